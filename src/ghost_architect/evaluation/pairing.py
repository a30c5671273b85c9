"""Which table of an answer is which of the truth, and which column which: GhostScore's optimal assignment.

Tables are paired by 0.4 name + 0.6 column overlap, columns by name; a foreign key that points at
the table paired with the true target lifts its column. Pairs of tables thus depend on pairs of
tables, so the assignment is made up to three times, each time with the pairs of the last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ghost_architect.schema.match import assign, is_audit, name_similarity, words

from .shapes import Field, Shape

NAME_WEIGHT, COLUMNS_WEIGHT = 0.4, 0.6
TABLE_FROM, COLUMN_FROM = 0.35, 0.7
"""Less alike than this is no pair."""
LABEL_WORTH = 0.98
"""A label or an alias is worth a little less than the name itself, so that the name wins."""
ONE_IS_ID = 0.9
"""What is left of the similarity where one of two columns ends in _id and the other does not."""
ROUNDS = 3
LOOKUP_COLUMNS = 3
"""A lookup table has at most so many columns."""

Matrix = list[list[float]]


@dataclass(frozen=True)
class Pairing:
    """A truth, an answer, and what belongs together.

    Args:
        truth, answer: tables by name.
        tables: table of the answer -> table of the truth.
        columns: column of the answer -> column of the truth, within paired tables.
    """

    truth: Mapping[str, Shape]
    answer: Mapping[str, Shape]
    tables: Mapping[str, str]
    columns: Mapping[Field, Field]

    @cached_property
    def neutral(self) -> frozenset[str]:
        """Tables of the answer that are neither right nor wrong.

        Small lookup tables that a paired *_id column points at where the truth leaves that key
        without a target: a fair reading of the screen, though the application was built without.
        """
        return frozenset(
            target
            for t in self.answer.values()
            for column, target in t.links.items()
            if target in self.answer
            and target not in self.tables
            and len(self.answer[target].types) <= LOOKUP_COLUMNS
            and (t.name, column) in self.columns
            and self._is_open_key(*self.columns[t.name, column])
        )

    def _is_open_key(self, table: str, column: str) -> bool:
        return words(column)[-1:] == ("id",) and column not in self.truth[table].links

    @cached_property
    def judged(self) -> tuple[Field, ...]:
        """The columns of the answer that are right or wrong.

        Left out: hits on hidden columns, unpaired audit columns and unpaired columns that only
        hold the table together (its key, or a key that is made of foreign keys), neutral tables.
        """
        tables = (t for t in self.answer.values() if t.name not in self.neutral)
        return tuple((t.name, c) for t in tables for c in t.types if self._is_judged(t, c))

    def _is_judged(self, table: Shape, column: str) -> bool:
        hit = self.columns.get((table.name, column))
        if hit is not None:
            return not self.is_hidden(hit)
        holds_together = column in table.key and (len(table.key) == 1 or column in table.links)
        return not (is_audit(column) or holds_together)

    def is_hidden(self, field: Field) -> bool:
        """Whether the screen does not show this column of the truth."""
        return field[1] in self.truth[field[0]].hidden

    @cached_property
    def visible(self) -> tuple[Field, ...]:
        """The columns of the truth that the screen shows."""
        return tuple((t.name, c) for t in self.truth.values() for c in t.visible)

    @cached_property
    def found(self) -> dict[Field, Field]:
        """Visible column of the truth -> the column of the answer paired with it."""
        return {true: answered for answered, true in self.columns.items() if not self.is_hidden(true)}

    @cached_property
    def read(self) -> frozenset[Field]:
        """The visible columns that some table of the answer has under a matching name."""
        return frozenset(f for f in self.visible if self._is_read(f))

    def _is_read(self, field: Field) -> bool:
        names = [field[1], *self.truth[field[0]].labels.get(field[1], ())]
        return any(
            max(name_similarity(name, column), name_similarity(name, f"{t.name}_{column}")) >= COLUMN_FROM
            for t in self.answer.values()
            for column in t.types
            for name in names
        )


def pair(truth: Mapping[str, Shape], answer: Mapping[str, Shape]) -> Pairing:
    """The pairing of an answer with the truth."""
    names = {(g.name, p.name): _column_names(g, p) for g in truth.values() for p in answer.values()}
    tables = _pair_tables(truth, answer, names)
    columns: dict[Field, Field] = {}
    for answered, true in tables.items():
        g, p = truth[true], answer[answered]
        matrix = _from(COLUMN_FROM, _with_keys(names[true, answered], g, p, tables))
        own, others = list(g.types), list(p.types)
        columns |= {(answered, others[j]): (true, own[i]) for i, j in assign(matrix) if matrix[i][j] > 0}
    return Pairing(truth, answer, tables, columns)


def _pair_tables(
    truth: Mapping[str, Shape], answer: Mapping[str, Shape], names: Mapping[tuple[str, str], Matrix]
) -> dict[str, str]:
    own, others = list(truth), list(answer)
    tables: dict[str, str] = {}
    for _ in range(ROUNDS):
        alike = [[_table_similarity(truth[g], answer[p], names[g, p], tables) for p in others] for g in own]
        last, tables = tables, {others[j]: own[i] for i, j in assign(alike) if alike[i][j] >= TABLE_FROM}
        if tables == last:
            break
    return tables


def _table_similarity(g: Shape, p: Shape, names: Matrix, tables: Mapping[str, str]) -> float:
    columns = _with_keys(names, g, p, tables)
    rows = [i for i, c in enumerate(g.types) if not is_audit(c)]
    places = [j for j, c in enumerate(p.types) if not is_audit(c)]
    overlap = 0.0
    if rows and places:
        alike = _from(COLUMN_FROM, [[columns[i][j] for j in places] for i in rows])
        # fsum: equal overlaps are equal whatever the order of the columns, in every Python.
        overlap = 2 * math.fsum(alike[i][j] for i, j in assign(alike)) / (len(rows) + len(places))
    name = max([name_similarity(g.name, p.name)] + [LABEL_WORTH * name_similarity(t, p.name) for t in g.titles])
    return NAME_WEIGHT * name + COLUMNS_WEIGHT * overlap


def _column_names(g: Shape, p: Shape) -> Matrix:
    """How alike the names of the columns are, each row a column of the truth."""
    bare = {b: _bare(b, p.name) for b in p.types}
    return [[_column_name(g, a, b, bare[b]) for b in p.types] for a in g.types]


def _column_name(g: Shape, a: str, b: str, bare_b: str) -> float:
    own = max(name_similarity(a, b), name_similarity(_bare(a, g.name), bare_b))
    labels = (max(name_similarity(t, b), name_similarity(t, bare_b)) for t in g.labels.get(a, ()))
    return max(own, LABEL_WORTH * max(labels, default=0.0))


def _bare(column: str, table: str) -> str:
    """The column's words without the table's in front: customer_name of customers is name."""
    return "_".join(words(column)).removeprefix("_".join(words(table)) + "_") or column


def _with_keys(names: Matrix, g: Shape, p: Shape, tables: Mapping[str, str]) -> Matrix:
    """The similarity of names, lifted where both are keys to one table, lowered where only one looks like a key."""
    return [[_with_key(names[i][j], a, b, g, p, tables) for j, b in enumerate(p.types)] for i, a in enumerate(g.types)]


def _with_key(alike: float, a: str, b: str, g: Shape, p: Shape, tables: Mapping[str, str]) -> float:
    true, answered = g.links.get(a), p.links.get(b)
    if true and answered:
        return 0.5 + 0.5 * alike if tables.get(answered) == true else alike
    return alike * ONE_IS_ID if a.endswith("_id") != b.endswith("_id") else alike


def _from(least: float, matrix: Matrix) -> Matrix:
    return [[x if x >= least else 0.0 for x in row] for row in matrix]
