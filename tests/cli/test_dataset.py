"""`dataset check` at the command line: data, summary, exit codes, and one line for whatever is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghost_architect.schema.execute import available

from ..data import rows
from ..outside import need
from .conftest import Cli

DATASET = Path(__file__).parents[2] / "data" / "dataset.json"


@pytest.fixture(autouse=True)
def _one_process_and_no_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.data import check

    monkeypatch.setattr(check, "_has_postgres", lambda: False)
    monkeypatch.setattr(check, "workers", lambda: 1)


def test_the_repository_s_own_data_is_good(cli: Cli) -> None:
    ran = cli("dataset", "check", DATASET)
    assert (ran.code, ran.out) == (0, "")
    assert "600 instructions" in ran.err
    assert "found        nothing" in ran.err


def test_bad_rows_are_lines_and_exit_code_3(cli: Cli, tmp_path: Path) -> None:
    path = rows.array(tmp_path / "a.json", [rows.instruction(), {"output": "x"}])
    ran = cli("dataset", "check", path)
    assert ran.code == 3
    assert ran.out == f"error form {path} row 2: has no instruction, input\n"
    assert "bad rows     1 of 2" in ran.err


def test_warnings_cost_nothing(cli: Cli, tmp_path: Path) -> None:
    path = rows.array(tmp_path / "a.json", [rows.instruction("Use tables.")])
    ran = cli("dataset", "check", path)
    assert (ran.code, ran.out.split()[0]) == (0, "warning")


def test_of_many_twenty_are_shown_and_the_rest_is_counted(cli: Cli, tmp_path: Path) -> None:
    path = rows.lines(tmp_path / "a.jsonl", [{"a": i} for i in range(30)])
    ran = cli("dataset", "check", path)
    assert ran.out.splitlines()[-1] == "and 40 more of: form"
    assert len(ran.out.splitlines()) == 21


def test_json(cli: Cli, tmp_path: Path) -> None:
    path = rows.array(tmp_path / "a.json", [rows.instruction("CREATE TABLE")])
    target = tmp_path / "report.json"
    ran = cli("dataset", "check", path, "--format", "json", "-o", target)
    said = json.loads(target.read_text())
    assert (ran.code, ran.out, said["ok"], said["bad_rows"]) == (3, "", False, 1)
    assert said["shown"][0]["row"] == 1


def test_a_shard_and_a_folder(cli: Cli, tmp_path: Path) -> None:
    rows.shard(tmp_path / "shard-000000.tar", [rows.pair("a"), rows.pair("b", ("Name",))])
    for what in (tmp_path, tmp_path / "shard-000000.tar"):
        ran = cli("dataset", "check", what)
        assert (ran.code, ran.out) == (0, "")
        assert "2 pairs" in ran.err


CONTENTS = (
    *(
        b"",
        b"[]",
        b"\x00" * 3000,
        b"\xff\xfe[\x00]\x00",
        b"PK\x03\x04" * 99,
        b"\x1f\x8b\x08",
        b'[{"a":',
        b"[1e999]",
        b"[NaN]",
    ),
    *(b"[" * 9999, b'{"a": "\\ud800"}\n', b'{"instruction": 1, "input": 2, "output": 3}\n', b"null\n", b'"\n'),
)


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_whatever_a_file_holds_nothing_breaks(cli: Cli, tmp_path: Path, content: bytes) -> None:
    for name in ("a.json", "a.jsonl", "a.tar"):
        path = tmp_path / name
        path.write_bytes(content)
        ran = cli("dataset", "check", path)
        assert ran.code == 3, (name, ran.out, ran.err)
        assert "Traceback" not in ran.err
        assert "fault of" not in ran.err


def test_wrong_calls(cli: Cli, tmp_path: Path) -> None:
    assert cli("dataset", "check", tmp_path / "nothing.json").code == 2
    assert cli("dataset", "check", tmp_path).code == 2
    assert cli("dataset", "check", DATASET, "--engine", "oracle").code == 2
    assert cli("dataset", "check", DATASET, "--sequence", "3").code == 2
    assert cli("dataset").code == 2


def test_text_of_a_file_cannot_steer_the_terminal(cli: Cli, tmp_path: Path) -> None:
    path = rows.array(tmp_path / "a.json", [{"\x1b[2J\nerror": 1}])
    ran = cli("dataset", "check", path)
    assert "\x1b" not in ran.out + ran.err


def test_every_answer_on_another_engine(cli: Cli, tmp_path: Path) -> None:
    need(available()["postgres"], "PostgreSQL")
    made = [
        rows.instruction(),
        rows.instruction("CREATE TABLE a (id BIGINT PRIMARY KEY, b TEXT REFERENCES a (id));", given="A tree."),
    ]
    path = rows.array(tmp_path / "a.json", made)
    ran = cli("dataset", "check", path, "--engine", "postgres")
    assert ran.code == 3
    assert "2 on postgres" in ran.err
