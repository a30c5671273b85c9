"""`synth` and `mock` as they are called: what they say, where they write, how they end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from tests.outside import program

from ghost_architect.cli.main import run

SQL = """
CREATE TABLE authors (id BIGINT PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL);
CREATE TABLE books (
    id BIGINT PRIMARY KEY, title VARCHAR(255) NOT NULL, author_id BIGINT NOT NULL REFERENCES authors (id),
    price NUMERIC(12, 2) NOT NULL, published_on DATE, in_print BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE INDEX books_author_id_idx ON books (author_id);
"""


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    file = tmp_path / "books.sql"
    file.write_text(SQL, encoding="utf-8")
    return file


def test_pairs_are_made_looked_at_and_unpacked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program("chromium-headless-shell", "chromium")
    folder, loose, sheet = tmp_path / "shards", tmp_path / "loose", tmp_path / "sheet.png"
    assert run(["synth", "-n", "4", "-s", "2", "-w", "1", "-o", str(folder)]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "pairs/s" in said.err
    assert run(["synth", "-n", "4", "-s", "2", "-o", str(folder)]) == 0
    assert "there already" in capfd.readouterr().err
    assert run(["synth", "unpack", str(folder), "-o", str(loose)]) == 0
    assert (loose / "pairs.jsonl").is_file()
    assert run(["synth", "sheet", str(folder), "-n", "2", "-o", str(sheet)]) == 0
    with Image.open(sheet) as picture:
        assert picture.width > 1500


def test_report_prints_both_sides(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["synth", "report", "--apps", "20"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split() == ["figure", "real", "ours"]
    assert any(line.startswith("tables median") and len(line.split()) == 4 for line in lines)
    assert any(line.startswith("domains") for line in lines)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["synth", "--split", "tset"], 2, "test"),
        (["synth", "--image", "gif"], 2, "webp"),
        (["synth", "-n", "0"], 2, "0"),
        (["synth", "sheet", "{empty}"], 3, "holds no shard"),
        (["synth", "unpack", "{empty}"], 3, "holds no shard"),
        (["synth", "-o", "{file}"], 2, "is a file"),
        (["mock", "{file}.none"], 2, "there is no such file"),
        (["mock", "{file}"], 3, "holds no table"),
        (["mock", "{sql}", "--look", "bootstarp"], 2, "--look"),
    ],
)
def test_a_wrong_call_is_one_line(
    words: list[str], code: int, said: str, tmp_path: Path, sql: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("-- nothing\n", encoding="utf-8")
    places = {"empty": tmp_path / "empty", "file": tmp_path / "note.txt", "sql": sql}
    assert run([w.format(**places) for w in words]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_without_a_browser_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GHOST_CHROMIUM", str(tmp_path / "none"))
    assert run(["synth", "-n", "1", "-w", "1", "-o", str(tmp_path / "out")]) == 4
    assert "chromium-headless-shell" in capfd.readouterr().err


def test_a_schema_is_drawn(tmp_path: Path, sql: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program("chromium-headless-shell", "chromium")
    out = tmp_path / "screens"
    assert run(["mock", str(sql), "-o", str(out), "--screens", "3", "--width", "800", "--look", "soft", "--dark"]) == 0
    files = sorted(out.iterdir())
    assert [f.suffix for f in files] == [".png"] * 3
    assert files[0].name.startswith("01-list-")
    for file in files:
        with Image.open(io.BytesIO(file.read_bytes())) as picture:
            assert picture.size == (800, 800)
    assert capfd.readouterr().out == ""


def test_a_schema_that_no_row_fits_is_not_drawn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.sql"
    file.write_text("CREATE TABLE a (id BIGINT PRIMARY KEY, b_id BIGINT REFERENCES b (id));", encoding="utf-8")
    assert run(["mock", str(file), "-o", str(tmp_path / "out")]) == 4
    assert "GA010" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()
