"""`eval`: the report is the data, the tables are talk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghost_architect.cli import evaluate
from ghost_architect.schema import execute

from .conftest import ANSWER, Cli, png

REFERENCE = {
    "app": "shop",
    "screen_kind": "list",
    "tables": [
        {
            "name": "customers",
            "columns": [
                {"name": "id", "type": "bigint", "visible": False, "pk": True},
                {"name": "name", "type": "varchar(200)", "visible": True},
                {"name": "email", "type": "varchar(320)", "visible": True},
            ],
        }
    ],
}


@pytest.fixture
def screens(tmp_path: Path) -> Path:
    """A set of two screens of one app."""
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("one.png", "two.png"):
        png(folder / name)
    (folder / "refs.json").write_text(json.dumps([{**REFERENCE, "image": n} for n in ("one.png", "two.png")]))
    return folder


@pytest.fixture
def on_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite in the place of PostgreSQL, so that this runs without the extra."""
    monkeypatch.setattr(evaluate, "DIALECT", "sqlite")


@pytest.mark.usefixtures("known_text", "on_sqlite")
def test_the_report_is_json_on_stdout_and_a_table_on_stderr(cli: Cli, screens: Path, answer: Path) -> None:
    ran = cli("eval", screens, "-b", "fake", "-m", answer)
    body = json.loads(ran.out)
    assert ran.code == 0
    assert (body["set"], body["backend"], body["by"], body["screens"], body["unread"]) == (
        "set",
        "fake",
        "screen",
        2,
        0,
    )
    assert body["parts"]["typed"]["F1"] == 1.0
    assert "GhostScore" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.usefixtures("known_text", "on_sqlite")
def test_by_app_reads_the_screens_of_an_app_in_one_call(cli: Cli, screens: Path, answer: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ran = cli("eval", screens, "-b", "fake", "-m", answer, "--by", "app", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    body = json.loads(target.read_text())
    assert (body["by"], len(body["cases"]), body["cases"][0]["screens"]) == ("app", 1, 2)


@pytest.mark.usefixtures("on_sqlite")
def test_a_picture_that_is_refused_counts_as_unread(cli: Cli, screens: Path, answer: Path) -> None:
    (screens / "two.png").write_bytes((screens / "two.png").read_bytes()[:40])
    body = json.loads(cli("eval", screens, "-b", "fake", "-m", answer).out)
    assert body["unread"] == 1
    assert "two.png" in body["cases"][1]["error"]


@pytest.mark.usefixtures("known_text", "on_sqlite")
def test_sql_that_does_not_run_counts_as_unread(cli: Cli, screens: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text(ANSWER.replace("name VARCHAR(200)", "email VARCHAR(200)"))
    body = json.loads(cli("eval", screens, "-b", "fake", "-m", tmp_path / "bad").out)
    assert (body["unread"], body["parts"]["column"]["F1"]) == (2, 0.0)


@pytest.mark.usefixtures("known_text", "on_sqlite")
def test_a_backend_that_is_not_there_ends_it(cli: Cli, screens: Path) -> None:
    ran = cli("eval", screens, "-b", "fake")
    assert (ran.code, ran.out) == (5, "")


def test_without_the_engine_it_says_what_to_type(cli: Cli, screens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "available", lambda: {"sqlite": "3", "postgres": ""})
    ran = cli("eval", screens)
    assert (ran.code, ran.out) == (4, "")
    assert "make install EXTRAS=postgres" in ran.err


@pytest.mark.parametrize(("words", "code"), [(["missing"], 3), (["SET", "--by", "ap"], 2), ([], 2)])
def test_a_wrong_call_is_one_line(cli: Cli, screens: Path, words: list[str], code: int) -> None:
    ran = cli("eval", *(screens if word == "SET" else word for word in words))
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
