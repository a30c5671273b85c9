"""How long a pair is as a training row, in estimated tokens: what cannot be left out, and its lines.

    instructions, pictures, headers, answer, marks of turns -> fixed
    the lines as `pages.prompt` writes them                 -> lines

The answer is what the screens ask for: the columns that are not hidden, in their tables, with the lines cited. Keys
that these need, and lines that name a table, are not looked for: the answer that `asked` writes is a little longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

import numpy as np

from ghost_architect.pages.page import Line
from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.pages.prompt import INSTRUCTIONS, LONGEST, harmless, header
from ghost_architect.schema.objects import Schema, Table

from .pictures import Size
from .tokens import PICTURE, TURNS, tokens

_Screen = tuple[Sequence[Line], Size]

_tokens = lru_cache(1 << 14)(tokens)
"""Of the lines of a schema, which says the same few columns a million times."""
UNKNOWN: Size = (1, 1)
"""Of a picture that is not there."""
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


def lengths(pairs: Sequence[tuple[Pair, Mapping[str, Size], Prices]]) -> Iterator[Length]:
    """How long pairs are.

    Args:
        pairs: the row, the sizes of its pictures, where they are known, and what its schema costs.
    """
    costs = prompts([(pair, sizes, None) for pair, sizes, _ in pairs])
    for (pair, _, known), (around, lines) in zip(pairs, costs, strict=True):
        answer = known.answer(pair)
        yield Length(around + answer, answer, lines)


def prompts(
    asked: Sequence[tuple[Pair, Mapping[str, Size], Collection[int] | None]],
) -> Iterator[tuple[int, int]]:
    """What prompts cost: with pictures and turns, but without their lines; and the lines.

    Args:
        asked: a pair, the sizes of its pictures, and the numbers of the lines that its prompt has; None for all.
    """
    screens = [
        (own if kept is None else [line for line in own if line.n in kept], sizes.get(image, UNKNOWN))
        for pair, sizes, kept in asked
        for image, own in zip(pair.images, pair.lines, strict=True)
    ]
    shown, costs = iter(screens), iter(_lines(screens))
    for pair, _, _ in asked:
        around = _ASKED + TURNS + PICTURE * len(pair.images)
        for screen, every in enumerate(pair.lines):
            own, size = next(shown)
            around += _tokens(header(screen, size, len(every) - len(own)))
        yield around, sum(islice(costs, len(pair.images)))


def _lines(screens: Sequence[_Screen]) -> Iterator[int]:
    """What the lines of each screen cost as `prompt` writes them; a test holds the two together.

    A line is `12 340 87 Text`: a token for each digit, for the space before each number, for the end.
    """
    for (own, _), places in zip(screens, _places(screens), strict=True):
        if not own:
            yield 0
            continue
        texts = [x.text if x.text.isascii() and len(x.text) <= LONGEST else harmless(x.text) for x in own]
        numbers = _digits(own)
        # Each text has a space before it, as in the prompt, where one before a digit counts.
        yield numbers + places + tokens(" " + "\n ".join(texts)) - 1 + len(own)


def _places(screens: Sequence[_Screen]) -> list[int]:
    """What the centres of the lines of each screen cost: all at once, since numpy takes as long for one as for many."""
    found = [x.box for own, _ in screens for x in own]
    try:
        boxes = np.fromiter(chain.from_iterable(found), np.int64, 4 * len(found)).reshape(-1, 4)
    except OverflowError:  # no picture is so large, and what numpy then does is one row's matter
        if len(screens) > 1:
            return [n for screen in screens for n in _places([screen])]
        boxes = np.array(found, object)
    counts = [len(own) for own, _ in screens]
    sides = np.repeat(np.array([size for _, size in screens]), counts, axis=0)
    middles = np.minimum((2 * boxes[:, :2] + boxes[:, 2:]) * 500 // sides, 999)
    digits = np.r_[0, np.cumsum((middles > 9).sum(axis=1) + (middles > 99).sum(axis=1))]
    ends = np.cumsum(counts)
    costs: list[int] = (digits[ends] - digits[ends - counts] + 4 * np.array(counts)).tolist()
    return costs


def _digits(own: Sequence[Line]) -> int:
    """How many digits the numbers of lines have."""
    first, last = own[0].n, own[-1].n
    if last - first < len(own):  # none between them was left out
        return _counted(last) - _counted(first - 1)
    return len("".join([str(line.n) for line in own]))


def _counted(last: int) -> int:
    """How many digits the numbers from 1 to this one have: those from 1 on, those from 10 on, ..."""
    return sum(last - 10**i + 1 for i in range(len(str(last)))) if last else 0


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
        hidden = Visibility.HIDDEN
        for name in [name for name, seen in pair.visibility.items() if seen is not hidden]:
            shown.setdefault(name.rpartition(".")[0], []).append(name)
        cost = 1 + _cited(pair.evidence.values())
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
            cost = _tokens(line)
            if column.comment:
                cost += _tokens(next(said, ""))
            if column.enum:  # one that several columns share is counted for each, which is rare
                cost += _tokens(self._types.get(line.split(maxsplit=2)[1].rstrip(","), ""))
            columns[f"{table.name}.{column.name}"] = cost
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


def _cited(lists: Collection[Sequence[int]]) -> int:
    """` -- 12, 31` for each list: two signs, and for each number its space, its digits, its comma."""
    numbers = list(chain.from_iterable(lists))
    return len(lists) + 2 * len(numbers) + len("".join(map(str, numbers)))
