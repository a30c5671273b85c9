"""How long a pair is as a training row, in estimated tokens: what cannot be left out, and its lines.

    instructions, pictures, headers, answer, marks of turns -> fixed
    the lines as `pages.prompt` writes them                 -> lines

The answer is what the screens ask for: the columns that are not hidden, in their tables, with the lines cited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ghost_architect.pages.page import Line
from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.pages.prompt import INSTRUCTIONS, LONGEST, harmless
from ghost_architect.schema.objects import Schema, Table

from .pictures import Size
from .tokens import PICTURE, TURNS, tokens

_UNKNOWN: Size = (1, 1)
_ASKED = sum(map(tokens, INSTRUCTIONS.split("\n")))


@dataclass(frozen=True, slots=True)
class Length:
    """Of a row: what is always there, of that the answer, and the lines, which a prompt can leave out."""

    fixed: int
    answer: int
    lines: int

    @property
    def whole(self) -> int:
        """With all lines."""
        return self.fixed + self.lines


def length(pair: Pair, sizes: Mapping[str, Size], known: Prices) -> Length:
    """How long a pair is.

    Args:
        pair: the row.
        sizes: of its pictures, where they are known.
        known: what its schema costs.
    """
    fixed, lines = _ASKED + TURNS + PICTURE * len(pair.images), 0
    for screen, (image, own) in enumerate(zip(pair.images, pair.lines, strict=True)):
        size = sizes.get(image, _UNKNOWN)
        fixed += tokens(f"Screen {screen}, {size[0]}x{size[1]}:")
        if own:
            lines += _lines(own, size)
    answer = known.answer(pair)
    return Length(fixed + answer, answer, lines)


def _lines(own: Sequence[Line], size: Size) -> int:
    """What the lines of a screen cost as `prompt` writes them, in a tenth of the time; a test holds the two together.

    A line is `12 340 87 Text`: a token for each digit, for the space before each number, for the end.
    """
    texts = [x.text if x.text.isascii() and len(x.text) <= LONGEST else harmless(x.text) for x in own]
    boxes = np.array([x.box for x in own])
    middles = np.minimum((2 * boxes[:, :2] + boxes[:, 2:]) * 500 // size, 999)
    places = 4 * len(own) + int((middles > 9).sum() + (middles > 99).sum())
    # Each text has a space before it, as in the prompt, where one before a digit counts.
    return places + sum(_digits(x.n) for x in own) + tokens(" " + "\n ".join(texts)) - 1 + len(own)


# --- the answer ---


@dataclass(frozen=True, slots=True)
class _Priced:
    """What a table costs: its columns under `table.column`, what is around them, indexes with the columns they need."""

    columns: Mapping[str, int]
    around: int
    indexes: Sequence[tuple[frozenset[str], int]]


class Prices:
    """What the parts of a schema cost in an answer; a table is priced when a screen shows it, and most never are.

    Args:
        schema: as it was read.
        made: the statements that `ddl` writes for it in PostgreSQL's words.
    """

    def __init__(self, schema: Schema, made: Iterable[str]) -> None:
        made = list(made)
        self._types = {s.split(" ", 3)[2]: s for s in made if s.startswith("CREATE TYPE")}
        self._made = {table.name: (table, own) for table, own in zip(schema.tables, _by_table(made), strict=False)}
        self._priced: dict[str, _Priced] = {}

    def answer(self, pair: Pair) -> int:
        """The answer to a pair; 1 (its end) where nothing is asked for."""
        shown: dict[str, list[str]] = {}
        for name, seen in pair.visibility.items():
            if seen is not Visibility.HIDDEN:
                shown.setdefault(name.rpartition(".")[0], []).append(name)
        cost = 1 + sum(map(_cited, pair.evidence.values()))
        for table, names in shown.items():
            priced = self._table(table)
            known = frozenset(names)
            cost += priced.around + sum(priced.columns.get(name, 0) for name in names)
            cost += sum(price for needed, price in priced.indexes if needed <= known)
        return cost

    def _table(self, name: str) -> _Priced:
        if name not in self._priced:
            self._priced[name] = self._price(*self._made[name]) if name in self._made else _Priced({}, 0, ())
        return self._priced[name]

    def _price(self, table: Table, made: Sequence[str]) -> _Priced:
        def those(head: str) -> list[str]:
            return [statement for statement in made if statement.startswith(head)]

        first, *lines = those("CREATE TABLE")[0].split("\n")
        said = iter(those("COMMENT ON COLUMN"))
        columns: dict[str, int] = {}
        for column, line in zip(table.columns, lines, strict=False):
            parts = [line]
            if column.comment:
                parts.append(next(said, ""))
            if column.enum:  # one that several columns share is counted for each, which is rare
                parts.append(self._types.get(line.split(maxsplit=2)[1].rstrip(","), ""))
            columns[f"{table.name}.{column.name}"] = sum(map(tokens, parts))
        around = [first, *lines[len(table.columns) :], *those("COMMENT ON TABLE")]
        indexes = zip(table.indexes, [s for s in made if s.startswith(("CREATE INDEX", "CREATE UNIQUE"))], strict=False)
        needed = [(frozenset(f"{table.name}.{c}" for c in i.columns), tokens(statement)) for i, statement in indexes]
        return _Priced(columns, sum(map(tokens, around)), needed)


def _by_table(made: Iterable[str]) -> Iterator[list[str]]:
    """The statements of each table: itself, its indexes and comments."""
    group: list[str] = []
    for statement in made:
        if statement.startswith("CREATE TABLE") and group:
            yield group
            group = []
        if group or statement.startswith("CREATE TABLE"):
            group.append(statement)
    if group:
        yield group


def _cited(numbers: Sequence[int]) -> int:
    """` -- 12, 31`: two signs, and for each number its space, its digits, its comma."""
    return 1 + sum(map(_digits, numbers)) + 2 * len(numbers)


def _digits(number: int) -> int:
    return 1 if number < 10 else 2 if number < 100 else 3 if number < 1000 else len(str(number))
