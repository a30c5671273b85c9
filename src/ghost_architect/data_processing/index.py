"""Where the rows of a data set lie: some bytes a row, so that any row can be read without those before it.

files -> `data.source` (once through: headers of shards, line ends, commas of arrays) -> places, in flat arrays
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ghost_architect.data import source
from ghost_architect.data.source import Place, Row
from ghost_architect.errors import InputError, UsageError, printable

TRAIN, VALIDATION = "train", "validation"

_GAP = 4096
_TAIL = 200
_SPLIT = re.compile(rb'(?<!\\)"split"\s*:\s*"(\w*)"\s*\}\s*\Z')
"""The split of a pair as it is written, at its end. Within a text, the quotes would have backslashes before them."""
_BEFORE = b" \t\r\n,["


class Index:
    """The rows of one part of a data set.

    Args:
        names: files and folders, as `data.source` reads them.
        part: `train`, `validation`, `test`: rows that say that they belong to another part are left out; empty for
            all rows.
        hold: of the rows that say nothing, each `hold`-th belongs to the validation part and the others to the
            training part; 0 leaves all of them in whatever part is asked for.

    Attributes:
        others: how many rows belong to other parts.
        unsaid: how many rows of all say nothing of a part.

    Raises:
        UsageError: there is no such file.
        InputError: a file cannot be read, or a row in it is broken; the message names the row.
    """

    def __init__(self, names: Sequence[str | Path], part: str = "", hold: int = 0) -> None:
        self._files: list[str] = []
        self._paths: list[str] = []
        self._file, self._number, self._split = array("i"), array("q"), array("i")
        self._offset, self._size = array("q"), array("q")
        self._pictures = array("q", [0])  # where those of each row begin
        self._picture_offset, self._picture_size = array("q"), array("q")
        self._has_pictures = bytearray()
        self._names, self._name_end = bytearray(), array("q", [0])
        self._part, self._hold = part, hold
        self.others = self.unsaid = 0
        self._digest = hashlib.sha256()
        for path in source.files([str(name) for name in names]):
            self._take(path)

    def __len__(self) -> int:
        return len(self._file)

    def __getitem__(self, number: int) -> Row:
        """A row, unread."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        path = self._paths[self._file[number]]
        pictures: dict[str, Place] | None = None
        if self._has_pictures[number]:
            places = range(self._pictures[number], self._pictures[number + 1])
            pictures = {self._name(i): Place(path, self._picture_offset[i], self._picture_size[i]) for i in places}
        place = Place(path, self._offset[number], self._size[number])
        return Row(self._files[self._file[number]], self._number[number], place, pictures=pictures)

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))

    def fingerprint(self) -> str:
        """A checksum over names and sizes of the files, where each row lies in them, and each file's beginning."""
        return self._digest.hexdigest()

    def _name(self, picture: int) -> str:
        return self._names[self._name_end[picture] : self._name_end[picture + 1]].decode("utf-8", "surrogateescape")

    def _take(self, path: Path) -> None:
        self._files.append(printable(path))
        self._paths.append(str(path))
        try:
            with path.open("rb") as file:
                self._digest.update(f"{path.name} {path.stat().st_size}".encode("utf-8", "surrogateescape"))
                self._digest.update(file.read(1 << 20))
                for row, place in _placed(path, file):
                    self._add(row, place)
        except OSError as error:
            raise InputError(f"{printable(path)}: cannot be read ({error.strerror})") from error

    def _add(self, row: Row, place: Place) -> None:
        if not self._belongs(row, place):
            self.others += 1
            return
        self._file.append(len(self._files) - 1)
        self._number.append(row.number)
        self._offset.append(place.offset)
        self._size.append(place.size)
        self._has_pictures.append(row.pictures is not None)
        for name, picture in (row.pictures or {}).items():
            self._names += name.encode("utf-8", "surrogateescape")
            self._name_end.append(len(self._names))
            self._picture_offset.append(picture.offset)
            self._picture_size.append(picture.size)
        self._pictures.append(len(self._picture_offset))
        self._digest.update(f" {place.offset} {place.size}".encode())

    def _belongs(self, row: Row, place: Place) -> bool:
        """Whether it is of the part that is wanted: by what it says itself, else by the name of its file."""
        if not self._part:
            return True
        split = _said(place) or row.split
        if split:
            return split == self._part
        self.unsaid += 1
        held = self._hold > 0 and self.unsaid % self._hold == 0
        return not self._hold or held == (self._part == VALIDATION)


def _placed(path: Path, file: BinaryIO) -> Iterator[tuple[Row, Place]]:
    """The rows of a file and their places."""
    end = 0
    for row in source.rows(path):
        if row.wrong:
            raise InputError(f"{row.file} row {row.number}: {row.wrong}", "ghost-architect dataset check FILE")
        if isinstance(row.content, Place):
            yield row, row.content
            continue
        content = row.bytes()
        place = Place(str(path), _start(file, end), len(content))
        end = place.offset + place.size
        yield row, place


def _start(file: BinaryIO, end: int) -> int:
    """Where the next value of an array begins, behind the end of the last."""
    file.seek(end)
    while piece := file.read(_GAP):
        bare = piece.removeprefix(b"\xef\xbb\xbf") if end == 0 else piece
        bare = bare.lstrip(_BEFORE)
        if bare:
            return end + len(piece) - len(bare)
        end += len(piece)
    raise UsageError(f"{printable(file.name)}: was changed while it was read")


def _said(place: Place) -> str:
    """The split that a pair says itself; empty where a row says none."""
    tail = min(_TAIL, place.size)
    found = _SPLIT.search(Place(place.path, place.offset + place.size - tail, tail).read())
    if found:
        return found[1].decode()
    try:
        value = json.loads(place.read())
    except (ValueError, RecursionError):
        return ""  # whoever reads it will say what is wrong
    split = value.get("split") if isinstance(value, dict) else None
    return split if isinstance(split, str) else ""
