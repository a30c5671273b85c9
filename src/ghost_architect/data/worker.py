"""What is looked at in a row by itself; runs in every worker process.

rows -> Seen(problems, what the rows are compared by)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghost_architect.pages.pair import Pair, from_json

from . import answers, likeness, pairs, pictures
from .answers import Form
from .length import Length, length
from .likeness import Signature
from .problems import Kind
from .runs import Runner, migration
from .schemas import Schemas
from .source import Place, Row
from .tokens import TURNS, tokens


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

    def look(self, row: Row) -> Seen:
        """What is known of a row."""
        seen = Seen(row.file, row.number, split=row.split)
        if row.wrong:
            seen.problems.append((Kind.FORM, row.wrong))
            return seen
        try:
            value = self.schemas.row(row.bytes().decode("utf-8"))
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
        else:
            if row.pictures is not None or (isinstance(value, Mapping) and "lines" in value and "images" in value):
                self._pair(row, value, seen)
            else:
                self._instruction(value, seen)
        return seen

    # --- instructions ---

    def _instruction(self, value: Any, seen: Seen) -> None:
        seen.kind = "instructions"
        seen.problems += answers.form_problems(value)
        if any(kind is Kind.FORM for kind, _ in seen.problems):
            return
        row: Mapping[str, str] = value
        for name in answers.FIELDS:
            if char := answers.control_characters(row[name]):
                seen.problems.append((Kind.CONTROL, f"{name} holds {char}"))
        text = "\n".join(row[name] for name in answers.FIELDS)
        self._text(text, seen)
        seen.tokens = tokens(text) + text.count("\n") + TURNS
        if seen.tokens > self.sequence:
            self._too_long(seen, tokens(row["output"]) + row["output"].count("\n"))
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

    def _pair(self, row: Row, value: Any, seen: Seen) -> None:
        seen.kind = "pairs"
        if not isinstance(value, Mapping):
            seen.problems.append((Kind.FORM, "is no object"))
            return
        try:
            known = self.schemas.known(value["schema"])
            pair = from_json(value, known.schema)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            seen.problems.append((Kind.FORM, str(problem)[:200]))
            return
        seen.id, seen.split = pair.id, pair.split
        said = pairs.text(pair)
        seen.problems += pairs.problems(pair, known.columns, said)
        self._text(said, seen)
        if known.said:
            seen.problems.append((Kind.SQL, known.said))
        if known.schema.tables:
            seen.schema = seen.ran = known.name
        seen.script = known.script
        sizes = dict(self._pictures(row, pair, seen))
        seen.problems += ((Kind.FORM, text) for text in pairs.outside(pair, sizes))
        self._length(length(pair, sizes, known.prices), seen)

    def _length(self, found: Length, seen: Seen) -> None:
        seen.tokens = found.whole
        if found.whole <= self.sequence:
            return
        if found.fixed > self.sequence:
            self._too_long(seen, found.answer)
            return
        room = self.sequence - found.fixed
        text = f"about {found.whole} tokens, and the sequence has {self.sequence}: lines have to go"
        seen.problems.append((Kind.CUT, f"{text}, which have {found.lines} where there is room for {room}"))

    def _pictures(self, row: Row, pair: Pair, seen: Seen) -> Iterator[tuple[str, pictures.Size]]:
        for name in pair.images:
            place = _place(row, name)
            if place is None:
                seen.problems.append((Kind.PICTURE, f"{name} is missing"))
                continue
            try:
                data = place.read()
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
            if size:
                yield name, size

    # --- both ---

    def _text(self, text: str, seen: Seen) -> None:
        seen.exact = hashlib.blake2b(" ".join(text.lower().split()).encode("utf-8", "replace"), digest_size=16).digest()
        seen.signature = likeness.signature(text)

    def _too_long(self, seen: Seen, answer: int) -> None:
        lost = "the answer alone is longer" if answer > self.sequence else "the end of the answer would be cut off"
        seen.problems.append((Kind.LONG, f"about {seen.tokens} tokens, and the sequence has {self.sequence}: {lost}"))


def _place(row: Row, name: str) -> Place | None:
    if row.pictures is not None:
        return row.pictures.get(name)
    path = Path(row.content.path if isinstance(row.content, Place) else row.file).parent / name
    return Place(str(path), 0, _MOST) if path.is_file() else None


_MOST = (10 << 20) + 1
"""Of a picture so many bytes are read: one more than it may have."""
