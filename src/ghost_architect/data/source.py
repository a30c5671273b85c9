"""Files of a data set, read row by row in bounded memory: nothing in them can make us hold more than a row.

    FILE.json    an array: read in pieces, a row at a time
    FILE.jsonl   a row a line (instructions, or the rows of pairs.jsonl beside their pictures)
    FILE.tar     a shard: KEY.json and its pictures, one key after the other
    FOLDER       all of these in it

A row is handed on as a place in a file wherever that can be done, so that workers read it themselves.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

from ghost_architect.errors import InputError, UsageError, printable

from . import tar

MAX_ROW = 4 << 20
"""Bytes that a row may have."""

_PIECE = 1 << 20
_LONGEST_NUMBER = 1000
_MOST_MEMBERS = 64
"""Of one key, at most: a pair has up to 50 pictures."""

_ENDINGS = (".json", ".jsonl", ".ndjson", ".tar")
_SPACE = " \t\r\n"
_BEHIND = frozenset(" \t\r\n,]")
"""What can stand behind a value in an array."""


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes in a file."""

    path: str
    offset: int
    size: int

    def read(self) -> bytes:
        """The bytes.

        Raises:
            OSError: they cannot be read.
        """
        with Reader() as reader:
            return reader.read(self)


class Reader:
    """Reads places. The file that was read last stays open: what is read together mostly stands in one."""

    def __init__(self) -> None:
        self._path = ""
        self._file: BinaryIO = BytesIO()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, place: Place) -> bytes:
        """The bytes.

        Raises:
            OSError: they cannot be read.
        """
        if place.path != self._path:
            self._file.close()
            self._path = ""
            self._file = Path(place.path).open("rb", buffering=0)  # noqa: SIM115 - stays open for the next place
            self._path = place.path
        self._file.seek(place.offset)
        return self._file.read(place.size)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was not looked at yet.

    Attributes:
        file: what it is called to the user.
        number: from 1.
        content: its text, or where its bytes are.
        wrong: why there is no row here; then the rest is empty.
        pictures: of a shard, where they are, by name; None where they lie in the folder of the file.
        split: what the name of its file says.
    """

    file: str
    number: int
    content: str | Place = ""
    wrong: str = ""
    pictures: dict[str, Place] | None = None
    split: str = ""

    @property
    def size(self) -> int:
        """About how many bytes it has."""
        return self.content.size if isinstance(self.content, Place) else len(self.content)

    def bytes(self, reader: Reader | None = None) -> bytes:
        """The row as bytes.

        Args:
            reader: that many rows are read with, so that their file is opened once.
        """
        content = self.content
        if isinstance(content, str):
            return content.encode("utf-8", "surrogatepass")
        return content.read() if reader is None else reader.read(content)


def files(names: list[str]) -> list[Path]:
    """The files that are meant; a folder is all of its files.

    Raises:
        UsageError: there is no such file, or the folder has none.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in _ENDINGS)
            # A shard's manifest says what is in it, and is no data.
            inside = [p for p in inside if not (p.suffix == ".json" and p.with_suffix(".tar") in inside)]
            if not inside:
                raise UsageError(f"{printable(name)}: holds no {', '.join(_ENDINGS)}", "name a file of data")
            found += inside
        elif path.is_file():
            found.append(path)
        elif path.exists():
            raise InputError(f"{printable(name)}: cannot be read (it is a pipe or a device)", "name a file")
        else:
            raise UsageError(f"{printable(name)}: there is no such file", "name a file of data, or a folder of them")
    return found


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file. What is wrong with the file itself is a row with `wrong`.

    Raises:
        InputError: it cannot be opened.
    """
    shown, split = printable(path), _split(path)
    try:
        with path.open("rb") as file:
            head = file.read(512)
            file.seek(0)
            if path.suffix.lower() == ".tar" or tar.is_tar(head):
                yield from _shard(path, file, shown, split)
            elif head[:2] == b"\x1f\x8b":
                yield Row(shown, 0, wrong="is compressed; gunzip it first")
            elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
                yield from _array(file, shown, split)
            else:
                yield from _lines(path, file, shown, split)
    except OSError as problem:
        raise InputError(
            f"{shown}: cannot be read ({problem.strerror})", "check the path and its permissions"
        ) from problem


def _split(path: Path) -> str:
    """The part that a file is by its name: train.json, validation-00001.jsonl."""
    word = path.stem.lower().replace("_", "-").split("-")[0]
    return {"val": "validation", "valid": "validation", "dev": "validation"}.get(
        word, word if word in ("train", "validation", "test") else ""
    )


# --- JSON lines ---


def _lines(path: Path, file: BinaryIO, shown: str, split: str) -> Iterator[Row]:
    offset = number = 0
    while line := file.readline(MAX_ROW + 1):
        number += 1
        size = len(line)
        if size > MAX_ROW:
            yield Row(shown, number, wrong=f"is longer than {MAX_ROW >> 20} MB")
            while not line.endswith(b"\n") and (line := file.readline(_PIECE)):
                size += len(line)
        elif line.strip():
            start = 3 if number == 1 and line.startswith(b"\xef\xbb\xbf") else 0
            yield Row(shown, number, Place(str(path), offset + start, size - start), split=split)
        offset += size


# --- an array ---


def _array(file: BinaryIO, shown: str, split: str) -> Iterator[Row]:
    """The rows of an array. What is wrong ends it: behind broken JSON nobody knows where a row begins."""
    reader = _Window(file)
    number = 0
    try:
        reader.take("[")
        while reader.peek() != "]":
            if number:
                reader.take(",")
            text = reader.value()
            number += 1
            yield Row(shown, number, text, split=split)
        reader.take("]")
        if reader.peek():
            raise _BrokenError("has something behind the end of the array")
    except _BrokenError as problem:
        yield Row(shown, number + 1, wrong=f"{problem}; what follows was not read")


class _BrokenError(ValueError):
    """The text is no JSON array."""


class _Window:
    """A text of which a window is held, as large as a row at most."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._json = file, json.JSONDecoder()
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._done = "", 0, False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text) or self._done:
                return self._text[self._at : self._at + 1]
            self._more()

    def take(self, char: str) -> None:
        """Go past this character."""
        found = self.peek()
        if not found:
            raise _BrokenError("ends in the middle: the file was cut off")
        if found != char:
            raise _BrokenError(f"is no JSON ({char!r} is missing before {found!r})")
        self._at += 1

    def value(self) -> str:
        """The text of the next value."""
        self.peek()
        while True:
            try:
                _, end = self._json.raw_decode(self._text, self._at)
            except RecursionError:
                raise _BrokenError("is too deep") from None
            except ValueError as problem:
                self._check(problem)
            else:
                # A number could go on in the next piece; what has a bracket or a quote at its end could not.
                closed = self._text[end - 1] in '}]"' or self._text[end : end + 1] in _BEHIND
                if closed or self._done or end - self._at > _LONGEST_NUMBER:
                    start, self._at = self._at, end
                    return self._text[start:end]
                if len(self._text) - end > _LONGEST_NUMBER:
                    raise _BrokenError(f"is no JSON ({self._text[end]!r} behind a number)")
            self._more()

    def _check(self, problem: ValueError) -> None:
        """Whether more text could make it a value."""
        if len(self._text) - self._at > MAX_ROW:
            raise _BrokenError(f"is longer than {MAX_ROW >> 20} MB, or no JSON")
        if not self._done:
            return
        if not isinstance(problem, json.JSONDecodeError):
            raise _BrokenError("is no JSON")
        if problem.pos >= len(self._text.rstrip()) or "Unterminated" in problem.msg:
            raise _BrokenError("ends in the middle: the file was cut off")
        raise _BrokenError(f"is no JSON ({problem.msg} at character {problem.pos - self._at})")

    def _more(self) -> None:
        piece = self._file.read(_PIECE)
        self._done = not piece
        try:
            self._text, self._at = self._text[self._at :] + self._decoder.decode(piece, final=self._done), 0
        except UnicodeDecodeError as problem:
            raise _BrokenError(f"is not UTF-8 (byte {problem.object[problem.start]:#04x})") from None


# --- a shard ---


def _shard(path: Path, file: BinaryIO, shown: str, split: str) -> Iterator[Row]:
    """The rows of a shard: members of one key stand behind each other."""
    key, number, group = "", 0, list[tuple[str, Place]]()
    try:
        for member in tar.members(file):
            folder, bar, name = member.name.rpartition("/")
            own = f"{folder}{bar}{name.partition('.')[0]}"
            if own != key and group:
                number += 1
                yield _grouped(group, shown, number, split)
                group = []
            key = own
            if len(group) < _MOST_MEMBERS:
                group.append((name, Place(str(path), member.offset, member.size)))
    except tar.TarError as problem:
        yield Row(shown, 0, wrong=f"is no whole tar file behind row {number}: {problem}")
    if group:
        yield _grouped(group, shown, number + 1, split)


def _grouped(group: list[tuple[str, Place]], shown: str, number: int, split: str) -> Row:
    """The members of a key as a row."""
    texts = [place for name, place in group if name.endswith(".json")]
    if not texts:
        return Row(shown, number, wrong=f"{printable(group[0][0])} has no .json beside it")
    if texts[0].size > MAX_ROW:
        return Row(shown, number, wrong=f"is longer than {MAX_ROW >> 20} MB")
    return Row(shown, number, texts[0], pictures={n: p for n, p in group if p not in texts}, split=split)
