"""`design`: what goes to which stream, what is taken, and how it ends."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ghost_architect.cli import console
from ghost_architect.cli.design import _SEVERAL, BY_SUFFIX
from ghost_architect.cli.main import run
from ghost_architect.cli.options import formats
from ghost_architect.pages.load import Source
from ghost_architect.writers import BINARY

from .conftest import Cli, png

pytestmark = pytest.mark.usefixtures("known_text")
Asked = list[Sequence[Source]]


def test_sql_is_all_there_is_on_stdout_and_it_runs(cli: Cli, screen: Path, answer: Path) -> None:
    ran = cli("design", screen, "--backend", "fake", "--model", answer, "--dialect", "sqlite")
    assert ran.code == 0, ran.err
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(ran.out)
        assert [row[1] for row in database.execute("PRAGMA table_info(customers)")] == ["id", "name", "email"]
    assert "backend: fake" in ran.err
    assert "ran on sqlite" in ran.err
    assert "--" not in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_cite_says_the_text(cli: Cli, screen: Path, answer: Path) -> None:
    ran = cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "--cite")
    assert [line for line in ran.out.splitlines() if "E-mail" in line and "email" in line and "--" in line]


def test_json_is_the_contract(cli: Cli, screen: Path, answer: Path) -> None:
    ran = cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "--format", "json")
    body = json.loads(ran.out)
    keys = {"version", "dialect", "sql", "tables", "findings", "executed", "backend", "model", "screens", "timings"}
    assert set(body) == keys
    assert (body["dialect"], body["backend"], body["executed"]) == ("sqlite", "fake", {"sqlite": True})
    (email,) = [c for c in body["tables"][0]["columns"] if c["name"] == "email"]
    assert email["evidence"] == [{"screen": 0, "line": 3, "box": [20, 100, 90, 20], "text": "E-mail"}]
    assert body["screens"] == [{"name": "customers.png", "width": 320, "height": 200, "lines": 3, "lines_left_out": 0}]


STARTS = {
    "sql": "CREATE TABLE",
    "json": "{",
    "dbml": "Project",
    "markdown": "# Data dictionary",
    "mermaid": "erDiagram",
    "prisma": "generator",
    "svg": "<svg",
}


def test_every_text_format_with_a_suffix_of_its_own_is_tried_below() -> None:
    assert set(STARTS) == set(BY_SUFFIX.values()) - BINARY
    assert set(BY_SUFFIX.values()) | {name for names in _SEVERAL.values() for name in names} == set(formats())


@pytest.mark.parametrize(("form", "start"), STARTS.items())
def test_format_comes_from_the_option_or_from_the_name(
    cli: Cli, screen: Path, answer: Path, form: str, start: str
) -> None:
    said = cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "--format", form)
    assert start in said.out
    suffix = next(suffix for suffix, name in BY_SUFFIX.items() if name == form)
    target = screen.with_name(f"out{suffix}")
    written = cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "-o", target)
    assert (written.code, written.out) == (0, "")
    if form != "json":  # which has the seconds in it
        assert target.read_text() == said.out
    assert f"wrote {target}" in written.err


def test_a_picture_goes_to_a_file_or_a_pipe_and_not_to_a_terminal(
    cli: Cli, screen: Path, answer: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = ["design", str(screen), "-b", "fake", "-m", str(answer), "-d", "sqlite"]
    target = screen.with_name("out.png")
    target.write_bytes(b"old")
    target.chmod(0o640)
    assert cli(*words, "-o", target).code == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    capfdbinary.readouterr()
    assert run([*words, "--format", "png"]) == 0
    assert capfdbinary.readouterr().out == target.read_bytes()
    monkeypatch.setattr(console, "is_terminal", lambda: True)
    refused = cli(*words, "--format", "png")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines() == ["error: png is not text, and this is a terminal (-o schema.png)"]


def test_what_a_format_gave_up_is_said(cli: Cli, screen: Path, answer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.writers import png

    monkeypatch.setattr(png, "MOST_PIXELS", 100_000)
    ran = cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "-o", screen.with_name("a.png"))
    assert "png: the diagram is large, so it is drawn at" in ran.err


def test_a_python_file_may_be_two_things(cli: Cli, screen: Path, answer: Path) -> None:
    target = screen.with_name("models.py")
    ran = cli("design", screen, "-b", "fake", "-m", answer, "-o", target)
    assert ran.code == 2
    assert "may be sqlalchemy or django (--format sqlalchemy)" in ran.err
    assert cli("design", screen, "-b", "fake", "-m", answer, "-o", target, "-f", "sqlalchemy").code == 0
    assert "class Customer" in target.read_text()


def test_a_screen_whose_name_is_no_text(cli: Cli, screen: Path, answer: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(screen.parent) + b"/caf\xe9.png"))
    screen.rename(odd)
    ran = cli("design", odd, "-b", "fake", "-m", answer, "-d", "sqlite", "-f", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["screens"][0]["name"] == "caf\udce9.png"


def test_no_data_is_no_failure(cli: Cli, screen: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for form, out in (("sql", ""), ("svg", ""), ("mermaid", "")):
        ran = cli("design", screen, "-b", "fake", "-m", tmp_path / "empty", "-f", form)
        assert (ran.code, ran.out) == (0, out)
        assert [line for line in ran.err.splitlines() if "no data" in line] == [ran.err.splitlines()[-1]]
    body = json.loads(cli("design", screen, "-b", "fake", "-m", tmp_path / "empty", "-f", "json").out)
    assert (body["tables"], body["sql"]) == ([], "")


def test_sql_that_breaks_a_rule_is_printed_and_ends_in_4(cli: Cli, screen: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, customer_id BIGINT REFERENCES clients (id));"
    )
    ran = cli("design", screen, "-b", "fake", "-m", tmp_path / "bad", "-d", "sqlite")
    assert ran.code == 4
    assert "CREATE TABLE orders" in ran.out
    assert "error " in ran.err


def test_screens_come_in_the_order_that_a_person_counts_in(
    cli: Cli, tmp_path: Path, answer: Path, known_text: Asked
) -> None:
    folder = tmp_path / "screens"
    (folder / "old").mkdir(parents=True)
    for name in ("page10.png", "page2.png", "Page1.png", "no-suffix"):
        png(folder / name)
    (folder / "notes.txt").write_text("hello")
    (folder / "lying.png").write_text("hello")
    ran = cli("design", folder, png(tmp_path / "a.png"), "-b", "fake", "-m", answer, "-d", "sqlite")
    assert ran.code == 0, ran.err
    assert [Path(str(s)).name for s in known_text[0]] == ["no-suffix", "Page1.png", "page2.png", "page10.png", "a.png"]
    assert f"{folder}: not read, because not PNG, JPEG or WebP: lying.png, notes.txt, old/" in ran.err


def test_standard_input(cli: Cli, screen: Path, answer: Path, known_text: Asked) -> None:
    ran = cli("design", "-", "-b", "fake", "-m", answer, "-d", "sqlite", stdin=screen.read_bytes())
    assert ran.code == 0, ran.err
    assert known_text[0] == [("-", screen.read_bytes())]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["missing.png"], 2, "error: missing.png: there is no such file or folder"),
        (["https://example.org/a.png"], 2, "addresses are not fetched"),
        (["-", "-"], 2, "standard input can be read once"),
        (["SCREEN", "--dialect", "postgre"], 2, "--dialect: 'postgre' is not known (did you mean postgres?)"),
        (["SCREEN", "--dialect", "oracle"], 2, "--dialect: 'oracle' is not known (one of postgres, mysql, sqlite)"),
        (["SCREEN", "--format", "mermaidd"], 2, "--format: 'mermaidd' is not known (did you mean mermaid?)"),
        (["SCREEN", "--backend", "rule"], 2, "--backend: 'rule' is not known (did you mean rules?)"),
        (["SCREEN", "--format", "svg", "--cite"], 2, "--cite writes comments into SQL"),
        (["SCREEN", "-o", "no/such/x.sql"], 2, "there is no folder no/such (mkdir -p no/such)"),
        (["SCREEN", "-o", "."], 2, "this is a folder"),
        (["SCREEN", "--config", "nowhere"], 2, "nowhere: there is no such folder of settings"),
        (["SCREEN", "--backend", "openai"], 2, "needs the name of a model"),
        (["SCREEN", "--nonsense"], 2, "No such option: --nonsense"),
        ([], 2, "Missing argument 'SCREEN...' (ghost-architect design --help)"),
        (["EMPTY"], 3, "holds no PNG, JPEG or WebP"),
        (["SCREEN", "--backend", "fake"], 5, "has no answer left"),
        (["SCREEN", "--backend", "fake", "-m", "ANSWER", "--timeout", "0.001"], 6, "took longer than 0.001 s"),
    ],
)
def test_a_wrong_call_is_one_line(
    cli: Cli, screen: Path, answer: Path, words: list[str], code: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(screen.parent)
    (screen.parent / "empty").mkdir()
    names = {"SCREEN": screen.name, "ANSWER": answer.name, "EMPTY": "empty"}
    ran = cli("design", *(names.get(word, word) for word in words))
    errors = [line for line in ran.err.splitlines() if line.startswith("error:")]
    assert (ran.code, ran.out, len(errors)) == (code, "", 1), ran.err
    assert message in errors[0]
    assert "Traceback" not in ran.err


def test_too_many_screens_are_refused_and_none_is_dropped(cli: Cli, screen: Path, known_text: Asked) -> None:
    ran = cli("design", *[screen] * 51)
    assert (ran.code, known_text) == (2, [])
    assert "51 screens are too many; one call reads 50" in ran.err


def test_a_name_cannot_steer_the_terminal(cli: Cli) -> None:
    ran = cli("design", "\x1b[2Jgone\n.png")
    assert ran.err == "error: \\x1b[2Jgone\\n.png: there is no such file or folder\n"


@pytest.mark.parametrize(
    "said",
    [
        'CREATE TABLE "{0}" ("id" BIGINT',  # a model that loops, stopped inside of a name's table
        'CREATE TABLE "orders" ("id" BIGINT PRIMARY KEY, "{0}" TEXT, "{0}" TEXT);',
        'CREATE TABLE "{0}" ("{0}" BIGINT PRIMARY KEY);\nCREATE TABLE "{0}" ("{0}" BIGINT REFERENCES "none_{0}");',
    ],
)
@pytest.mark.parametrize("name", ["sing" * 5000, "si ng" * 4000], ids=["one word", "words"])
def test_no_name_of_a_model_makes_a_line_that_nobody_can_read(
    cli: Cli, screen: Path, tmp_path: Path, said: str, name: str
) -> None:
    (tmp_path / "loop.sql").write_text(said.format(name))
    ran = cli("design", screen, "-b", "fake", "-m", tmp_path / "loop.sql", "-d", "sqlite")
    assert max(map(len, ran.err.splitlines())) < 1500
    assert "…" in ran.err


def test_our_own_fault_is_1_and_debug_shows_where(cli: Cli, screen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_sources: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("ghost_architect.pages.load.load_pages", broken)
    ran = cli("design", screen)
    assert ran.code == 1
    assert ran.err.splitlines()[-1] == "error: this is a fault of ghost-architect: KeyError: 'x' (--debug shows where)"
    assert "Traceback" not in ran.err
    assert "in broken" in cli("design", screen, "--debug").err


def test_interrupted_is_130(cli: Cli, screen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_sources: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ghost_architect.pages.load.load_pages", interrupted)
    ran = cli("design", screen)
    assert (ran.code, ran.out, ran.err.splitlines()[-1]) == (130, "", "interrupted")


def test_settings_are_used_and_options_win(cli: Cli, screen: Path, answer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "model_config.yaml").write_text(f"backend: fake\nmodel: {answer}\n")
    (folder / "deployment_config.yaml").write_text("dialect: sqlite\nengines: []\n")
    ran = cli("design", screen, "--config", folder, "-f", "json")
    body = json.loads(ran.out)
    assert (body["dialect"], body["backend"], body["executed"]) == ("sqlite", "fake", {})
    ran = cli("design", screen, "--config", folder, "-f", "json", "--dialect", "mysql")
    assert json.loads(ran.out)["dialect"] == "mysql"


def test_a_file_is_replaced_whole_and_keeps_its_rights(cli: Cli, screen: Path, answer: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "out.sql", tmp_path / "link.sql"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "-o", link).code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("CREATE TABLE")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert {p.name for p in tmp_path.iterdir()} == {"out.sql", "link.sql", "customers.png", "answer.sql"}


def test_a_device_is_written_to_and_not_replaced(cli: Cli, screen: Path, answer: Path) -> None:
    assert cli("design", screen, "-b", "fake", "-m", answer, "-d", "sqlite", "-o", os.devnull).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
