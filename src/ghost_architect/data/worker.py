"""What is looked at in a row by itself; runs in every worker process.

rows -> Seen(problems, what the rows are compared by)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghost_architect.pages.pair import Pair, from_json

from . import answers, likeness, pairs, pictures
from .answers import Form
from .length import lengths
from .likeness import Signature
from .problems import Kind
from .runs import Runner, migration
from .schemas import UNREADABLE, Known, Schemas
from .shortening import Fit, fits
from .source import MAX_ROW, Place, Reader, Row
from .tokens import TURNS, tokens

_NONE = object()
"""No value, which JSON's null is."""


@dataclass(slots=True)
class Seen:
    """What is known of a row.

    Attributes:
        file, number: which row.
        problems: what is wrong with it by itself.
        kind: instructions, pairs, or nothing for a row that is none.
        split: the part it belongs to.
        tokens: estimated, with all lines of a pair.
        exact: of its text, case and spaces apart.
        signature: to find rows like it.
        id: of a pair.
        schema: fingerprint of a pair's schema; empty for an empty one.
        pictures: of each picture its name, a hash of its bytes, and where they are.
        script: SQL that can be run by itself, for a sample to be run on other engines.
        ran: fingerprint of the script that was run.
        migration: whether its SQL was only read.
    """

    file: str
    number: int
    problems: list[tuple[Kind, str]] = field(default_factory=list)
    kind: str = ""
    split: str = ""
    tokens: int = 0
    exact: bytes = b""
    signature: Signature | None = None
    id: str = ""
    schema: bytes = b""
    pictures: list[tuple[str, bytes, Place]] = field(default_factory=list)
    script: str = ""
    ran: bytes = b""
    migration: bool = False


@dataclass(slots=True)
class _Read:
    """A pair on its way through the steps.

    Attributes:
        row: where it is.
        seen: what is known of it.
        pair: itself.
        known: its schema.
        said: all that can be read on its screens.
        sizes: of its pictures, where they are known.
    """

    row: Row
    seen: Seen
    pair: Pair
    known: Known
    said: str
    sizes: dict[str, pictures.Size] = field(default_factory=dict)


_Begun = tuple[Row, Seen, Known, Pair | str]
"""A pair whose schema was not run yet, or why it is none."""


class Worker:
    """Looks at rows.

    Args:
        sequence: tokens that a row may have.
        scripts: whether scripts are handed back, since another engine is to run them; `every`: each of them.
    """

    def __init__(self, sequence: int, scripts: bool, every: bool = False) -> None:
        self.sequence, self.scripts = sequence, scripts
        self.batches = 0
        self.runner = Runner()
        self.schemas = Schemas(self.runner, scripts, every)

    def look(self, rows: Iterable[Row]) -> list[Seen]:
        """What is known of rows, in their order."""
        out: list[Seen] = []
        for portion in _portions(rows):
            with Reader() as reader:
                out += self._look(portion, reader)
        return out

    def _look(self, rows: Sequence[Row], reader: Reader) -> list[Seen]:
        """Step by step through all rows: of what one row leaves in a processor's cache, the next step has no use."""
        found = [Seen(row.file, row.number, split=row.split) for row in rows]
        texts: list[tuple[str, Seen]] = []
        begun: list[_Begun] = []
        for row, seen in zip(rows, found, strict=True):
            value = self._value(row, seen, reader)
            if value is _NONE:
                continue
            if row.pictures is not None or (isinstance(value, Mapping) and "lines" in value and "images" in value):
                begun += self._pair(row, value, seen)
            else:
                texts += self._instruction(value, seen)
        self.schemas.run()
        read = [pair for one in begun for pair in _whole(*one)]
        _compared([*texts, *((one.said, one.seen) for one in read)])
        for one in read:
            one.sizes.update(_pictures(one, reader))
        for one in read:
            one.seen.problems += ((Kind.FORM, text) for text in pairs.outside(one.pair, one.sizes))
        its = list(lengths([(one.pair, one.sizes, one.known.prices) for one in read]))
        judged = fits([(one.pair, one.sizes, length) for one, length in zip(read, its, strict=True)], self.sequence)
        for one, length, fit in zip(read, its, judged, strict=True):
            one.seen.tokens = length.whole
            self._fit(fit, one.seen)
        return found

    def _value(self, row: Row, seen: Seen, reader: Reader) -> Any:
        """The row as JSON has it; `_NONE` where it is none, which is noted."""
        if row.wrong:
            seen.problems.append((Kind.FORM, row.wrong))
            return _NONE
        try:
            return self.schemas.row(row.bytes(reader))
        except UnicodeDecodeError as problem:
            seen.problems.append((Kind.FORM, f"is not UTF-8 (byte {problem.start})"))
        except (ValueError, RecursionError) as problem:
            why = (
                f"{problem.msg} at character {problem.pos}"
                if isinstance(problem, json.JSONDecodeError)
                else str(problem)[:80]
            )
            seen.problems.append((Kind.FORM, f"is no JSON ({why})"))
        except OSError as problem:
            seen.problems.append((Kind.FORM, f"cannot be read ({problem.strerror})"))
        return _NONE

    # --- instructions ---

    def _instruction(self, value: Any, seen: Seen) -> Iterator[tuple[str, Seen]]:
        """Look at it, and yield its text if it has one."""
        seen.kind = "instructions"
        seen.problems += answers.form_problems(value)
        if any(kind is Kind.FORM for kind, _ in seen.problems):
            return
        row: Mapping[str, str] = value
        for name in answers.FIELDS:
            if char := answers.control_characters(row[name]):
                seen.problems.append((Kind.CONTROL, f"{name} holds {char}"))
        text = "\n".join(row[name] for name in answers.FIELDS)
        yield text, seen
        seen.tokens = tokens(text) + text.count("\n") + TURNS
        if seen.tokens > self.sequence:
            answer = tokens(row["output"]) + row["output"].count("\n")
            lost = "the answer alone is longer" if answer > self.sequence else "the end of the answer would be cut off"
            text = f"about {seen.tokens} tokens, and the sequence has {self.sequence}: {lost}"
            seen.problems.append((Kind.LONG, text))
        self._answer(row, seen)

    def _answer(self, row: Mapping[str, str], seen: Seen) -> None:
        found = answers.answer(row)
        if found.form is Form.NONE:
            if row["output"].strip() and answers.is_only_prose(row):
                seen.problems.append((Kind.PROSE, "the answer holds no SQL"))
            return
        if found.form is Form.MIGRATION:
            seen.migration = True
            said = migration(found.sql, found.before)
        else:
            said = self.runner.script(found.sql)
            seen.ran = hashlib.blake2b(found.sql.encode("utf-8", "replace"), digest_size=16).digest()
            seen.script = found.sql if self.scripts and not said else ""
        if said:
            seen.problems.append((Kind.SQL, said))

    # --- pairs ---

    def _pair(self, row: Row, value: Any, seen: Seen) -> Iterator[_Begun]:
        """Read it and its schema, and yield it if it has one."""
        seen.kind = "pairs"
        if not isinstance(value, Mapping):
            seen.problems.append((Kind.FORM, "is no object"))
            return
        try:
            known = self.schemas.known(value["schema"])
        except UNREADABLE as problem:
            seen.problems.append((Kind.FORM, str(problem)[:200]))
            return
        try:
            yield row, seen, known, from_json(value, known.schema)
        except UNREADABLE as problem:
            yield row, seen, known, str(problem)

    def _fit(self, found: Fit, seen: Seen) -> None:
        if found.least is None:
            return
        its = found.length
        text = f"about {its.whole} tokens, and the sequence has {self.sequence}"
        if found.least <= self.sequence:
            room = self.sequence - its.fixed
            text += f": lines have to go, which have {its.lines} where there is room for {room}"
            seen.problems.append((Kind.CUT, text))
        elif its.answer > self.sequence:
            seen.problems.append((Kind.LONG, f"{text}: the answer alone is longer"))
        else:
            text += f": with only the lines that the answer cites it still has {found.least}"
            seen.problems.append((Kind.LONG, text))


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, so many at once that they take no more memory than the longest row may take."""
    portion: list[Row] = []
    room = MAX_ROW
    for row in rows:
        if portion and row.size > room:
            yield portion
            portion, room = [], MAX_ROW
        portion.append(row)
        room -= row.size
    if portion:
        yield portion


def _whole(row: Row, seen: Seen, known: Known, pair: Pair | str) -> Iterator[_Read]:
    """Look at what a pair and its schema say, and yield it if it is one."""
    if known.wrong or isinstance(pair, str):
        seen.problems.append((Kind.FORM, (known.wrong or str(pair))[:200]))
        return
    said = pairs.text(pair)
    seen.id, seen.split = pair.id, pair.split
    seen.problems += pairs.problems(pair, known.columns, said)
    if known.said:
        seen.problems.append((Kind.SQL, known.said))
    if known.schema.tables:
        seen.schema = seen.ran = known.name
    seen.script = known.script
    yield _Read(row, seen, pair, known, said)


def _compared(found: Sequence[tuple[str, Seen]]) -> None:
    """Note what texts are compared by."""
    for (text, seen), signature in zip(found, likeness.signatures([text for text, _ in found]), strict=True):
        plain = " ".join(text.lower().split())
        seen.exact = hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).digest()
        seen.signature = signature


def _pictures(one: _Read, reader: Reader) -> Iterator[tuple[str, pictures.Size]]:
    """Look at its pictures, and yield the sizes of those that have one."""
    seen = one.seen
    for name in one.pair.images:
        place = _place(one.row, name)
        if place is None:
            seen.problems.append((Kind.PICTURE, f"{name} is missing"))
            continue
        try:
            data = reader.read(place)
        except OSError as problem:
            seen.problems.append((Kind.PICTURE, f"{name} cannot be read ({problem.strerror})"))
            continue
        wrong, size = pictures.look(data)
        if wrong:
            seen.problems.append((Kind.PICTURE, f"{name} {wrong}"))
        else:
            # Processors have an instruction for SHA-1; nothing but equality is asked of it.
            digest = hashlib.sha1(data, usedforsecurity=False).digest()
            seen.pictures.append((name, digest, place))
        if size and min(size):
            yield name, size


def _place(row: Row, name: str) -> Place | None:
    if row.pictures is not None:
        return row.pictures.get(name)
    path = Path(row.content.path if isinstance(row.content, Place) else row.file).parent / name
    return Place(str(path), 0, _MOST) if path.is_file() else None


_MOST = (10 << 20) + 1
"""Of a picture so many bytes are read: one more than it may have."""
