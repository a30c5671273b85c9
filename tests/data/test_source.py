"""Files of any kind, whole and broken, give rows or one line that says why not; and memory stays small."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.data import source, tar
from ghost_architect.errors import InputError, UsageError

from . import rows


def read(path: Path) -> list[object]:
    return [row.wrong or json.loads(row.bytes()) for row in source.rows(path)]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=12), st.sampled_from([None, 0, 2]), st.integers(1, 40))
def test_an_array_is_read_as_json_reads_it(
    tmp_path_factory: pytest.TempPathFactory, values: list[object], indent: int | None, piece: int
) -> None:
    path = tmp_path_factory.mktemp("array") / "data.json"
    path.write_text(json.dumps(values, indent=indent, ensure_ascii=False), encoding="utf-8")
    before = source._PIECE
    source._PIECE = piece  # pieces end in the middle of everything
    try:
        assert read(path) == values
    finally:
        source._PIECE = before


@pytest.mark.parametrize("text", ["[]", "\ufeff[]", "  [ ]  ", "", "\n\n"])
def test_an_empty_file_has_no_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")
    assert read(path) == []


@pytest.mark.parametrize(
    ("text", "rows_before", "said"),
    [
        ('[{"a": 1}, {"b": ', 1, "ends in the middle"),
        ('[{"a": 1}, {"b": "x', 1, "ends in the middle"),
        ('[{"a": 1}, {"b": 2}', 2, "ends in the middle"),
        ('[{"a": 1},', 1, "ends in the middle"),
        ("[", 0, "ends in the middle"),
        ('[{"a": 1} {"b": 2}]', 1, "is no JSON (',' is missing"),
        ('[{"a": 1}, {b: 2}, {"c": 3}]', 1, "is no JSON (Expecting property name"),
        ('[{"a": 1}] more', 1, "something behind the end"),
        ("[" + "[" * 100_000, 0, "is too deep"),
    ],
)
def test_a_broken_array_gives_one_line(tmp_path: Path, text: str, rows_before: int, said: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")
    *good, last = read(path)
    assert len(good) == rows_before
    assert said in str(last)


def test_an_array_in_another_encoding_gives_one_line(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_bytes('[{"a": "é"}]'.encode("latin-1"))
    assert [str(row) for row in read(path)] == ["is not UTF-8 (byte 0xe9); what follows was not read"]


def test_of_lines_only_the_broken_ones_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\n{"b": 2}\n{"c": 3}')
    assert read(path) == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert [row.number for row in source.rows(path)] == [1, 3, 4]


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": "' + b"x" * (source.MAX_ROW + 5) + b'"}\n{"c": 3}\n')
    assert read(path) == [{"a": 1}, "is longer than 4 MB", {"c": 3}]


@pytest.mark.parametrize("head", ["", "[", '[{"a": "'])
def test_a_line_without_an_end_takes_little_memory(tmp_path: Path, head: str) -> None:
    """1 GB in one line: a hole in the file, so that it takes no disk."""
    path = tmp_path / "data.json"
    with path.open("wb") as file:
        file.write(head.encode())
        file.truncate(1 << 30)
    code = """
import resource, sys
from pathlib import Path
from ghost_architect.data import source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
said = [row.wrong for row in source.rows(Path(sys.argv[1]))]
assert len(said) == 1 and said[0], said
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000, "kB"
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_shard_gives_its_rows_with_their_pictures(tmp_path: Path) -> None:
    path = rows.shard(tmp_path / "shard.tar", [rows.pair("a-1"), rows.pair("a-2")])
    found = list(source.rows(path))
    assert [json.loads(row.bytes())["id"] for row in found] == ["a-1", "a-2"]
    assert found[1].pictures is not None
    assert found[1].pictures["a-2.0.png"].read() == rows.png(2)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_those_of_tarfile(tmp_path: Path, form: int) -> None:
    path = tmp_path / "x.tar"
    names = ["a.json", "folder/b.json", "d" * 90 + "/" + "e" * 60 + ".json"]
    names += [] if form == tarfile.USTAR_FORMAT else ["long/" * 60 + "c.json", "größe.json"]
    with tarfile.open(path, "w", format=form) as archive:
        for name in names:
            rows.put(archive, name, name.encode() * 7)
    with path.open("rb") as file, tarfile.open(path) as archive:
        found = list(tar.members(file))
        assert [m.name for m in found] == names
        assert [(m.offset, m.size) for m in found] == [(m.offset_data, m.size) for m in archive.getmembers()]


def test_a_shard_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = rows.shard(tmp_path / "shard.tar", [rows.pair("a-1"), rows.pair("a-2")])
    whole = path.read_bytes()
    for size in (1, 700, 5000, len(whole) // 2):
        path.write_bytes(whole[:size] if size > 1 else b"x" * 600)
        found = list(source.rows(path))
        assert any("no whole tar file" in row.wrong for row in found), size


def test_a_header_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        rows.put(archive, "n" * 40_000, b"x")
    found = list(source.rows(path))
    assert [row.number for row in found] == [0]
    assert "has 40" in found[0].wrong


def test_a_folder_is_its_files_without_manifests(tmp_path: Path) -> None:
    rows.shard(tmp_path / "shard-000000.tar", [rows.pair("a-1")])
    (tmp_path / "shard-000000.json").write_text("{}")
    rows.array(tmp_path / "train.json", [rows.instruction()])
    (tmp_path / "notes.txt").write_text("no data")
    assert [path.name for path in source.files([str(tmp_path)])] == ["shard-000000.tar", "train.json"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        source.files([str(tmp_path / "nothing.json")])
    with pytest.raises(UsageError, match="holds no"):
        source.files([str(tmp_path)])
    with pytest.raises(InputError, match="pipe or a device"):
        source.files(["/dev/null"])


@pytest.mark.parametrize(
    ("name", "split"),
    [("train.json", "train"), ("val-00001.jsonl", "validation"), ("Test_2.json", "test"), ("data.json", "")],
)
def test_a_file_can_say_which_part_it_is(tmp_path: Path, name: str, split: str) -> None:
    path = rows.lines(tmp_path / name, [rows.instruction()])
    assert [row.split for row in source.rows(path)] == [split]


def test_a_number_that_is_none_is_not_looked_for_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text("[1x" + "x" * (source.MAX_ROW * 2) + "]")
    assert read(path) == ["is no JSON ('x' behind a number); what follows was not read"]
