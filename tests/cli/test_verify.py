"""`verify`: findings are the data, the exit code says whether one is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli

GOOD = """CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name VARCHAR(200) NOT NULL
);
"""
DANGLING = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES clients (id));"


def test_nothing_found_is_nothing_printed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.sql").write_text(GOOD)
    ran = cli("verify", tmp_path / "good.sql", "--dialect", "sqlite")
    assert (ran.code, ran.out) == (0, "")
    assert "ran on sqlite" in ran.err


def test_an_error_is_a_line_and_ends_in_4(cli: Cli) -> None:
    ran = cli("verify", "-", "--dialect", "sqlite", stdin=DANGLING.encode())
    assert ran.code == 4
    assert [line for line in ran.out.splitlines() if line.startswith("error ") and "orders" in line]


def test_json(cli: Cli) -> None:
    body = json.loads(cli("verify", "-", "-d", "sqlite", "-f", "json", stdin=DANGLING.encode()).out)
    assert (body["version"], body["dialect"]) == (1, "sqlite")
    assert {"code", "severity", "table", "column", "message", "hint"} == set(body["findings"][0])
    assert list(body["executed"]) == ["sqlite"]


def test_what_the_engine_refuses_is_a_finding(cli: Cli) -> None:
    ran = cli("verify", "-", "-d", "sqlite", stdin=b"CREATE TABLE t (id INTEGER PRIMARY KEY); DROP TABLE t;")
    assert ran.code == 4
    assert [line for line in ran.out.splitlines() if "sqlite refuses the script" in line]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["missing.sql"], 2, "missing.sql: there is no such file"),
        (["latin.sql"], 3, "latin.sql: is not UTF-8 text (byte 3)"),
        ([], 2, "Missing argument 'FILE.sql'"),
        (["good.sql", "--format", "jsn"], 2, "did you mean json?"),
        (["good.sql", "--engine", "postgres", "--dialect", "sqlite"], 2, "--dialect postgres"),
    ],
)
def test_a_wrong_call_is_one_line(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.sql").write_text(GOOD)
    Path("latin.sql").write_bytes(b"-- \xe9")
    ran = cli("verify", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert message in ran.err


def test_a_mark_at_the_start_of_a_file_is_no_sql(cli: Cli) -> None:
    assert cli("verify", "-", "-d", "sqlite", stdin=b"\xef\xbb\xbf" + GOOD.encode()).code == 0


def test_an_empty_file_is_said(cli: Cli) -> None:
    ran = cli("verify", "-", "-d", "sqlite")
    assert (ran.code, ran.out, ran.err) == (0, "", "-: holds no table\n")
