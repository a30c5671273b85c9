"""Make rows that a table must take, in an order in which every row finds what it points at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ..engines.base import Habits, Reason, Refused, Session
from ..objects import Column, Comparison, ForeignKey, Op, Schema, Table
from . import candidates
from .candidates import NULL, Reader, Unprovable, Value
from .solve import Row, Rule, solve


@dataclass
class Rows:
    """The rows of one table.

    Attributes:
        session: where they go.
        filled: the rows of tables that were filled before.
        kept: the rows that stay.
    """

    session: Session
    table: Table
    filled: Mapping[str, list[Row]]
    reader: Reader
    kept: list[Row] = field(default_factory=list)

    def row(self, fixed: Mapping[str, Value] | None = None) -> Row | None:
        """A row that keeps every rule of the table and has these values; None when none was found."""
        try:
            rules = [r for c in self.table.checks for t in c.terms for r in self.term_rule(t)]
            rules += [self._key_rule(f) for f in self.table.foreign_keys]
            rules += [self._unique_rule(u) for u in self.table.unique_keys]
            return solve(self.choices(pointing=True) | {n: [v] for n, v in (fixed or {}).items()}, rules)
        except Unprovable:
            return None

    def choices(self, pointing: bool) -> dict[str, Sequence[Value]]:
        """Values to try for every column; `pointing` ones hold only what is there to point at."""
        borders = candidates.borders(self.table, self.reader)
        choices: dict[str, Sequence[Value]] = {}
        for column in self.table.columns:
            plain = self.reader.candidates(column.type, borders)
            found = self._pointing(column, plain) if pointing else plain
            choices[column.name] = (*found, NULL) if column.nullable else found
        return choices

    def _pointing(self, column: Column, plain: Sequence[Value]) -> Sequence[Value]:
        """The values a column may have by its foreign keys: what the rows pointed at hold."""
        found = plain
        for key in self.table.foreign_keys:
            if column.name in key.columns and key.table != self.table.name:
                there = key.references[key.columns.index(column.name)]
                held = [r[there] for r in self.filled.get(key.table, ()) if r[there] != NULL]
                texts = {v.text for v in found} if found is not plain else None
                found = [v for v in dict.fromkeys(held) if texts is None or v.text in texts]
        return found

    def term_rule(self, term: Comparison) -> Iterator[Rule]:
        """The rule that a comparison is not false; none where its columns may be NULL and engines differ on it."""
        rule = self.term(term)
        try:
            asked = (c for c in self.table.columns if c.name in rule.columns)
            rule.holds({c.name: self.reader.candidates(c.type, ())[0] for c in asked})
            yield rule
        except Unprovable:
            nullable = [n for n in rule.columns if (c := self.table.column(n)) is not None and c.nullable]
            if not nullable:
                raise
            yield Rule((nullable[0],), lambda row: row[nullable[0]].text is None)

    def term(self, term: Comparison) -> Rule:
        """The rule that a comparison is not false."""
        left = self.table.column(term.left)
        if left is None or (left.enum and term.op not in (Op.EQ, Op.NE)):
            raise Unprovable(f"{term.left} {term.op}")  # enums are ordered by place here, by letter there
        if term.column is not None:
            right = term.column
            return Rule((term.left, right), lambda row: candidates.holds(term, row[term.left], row[right]) is not False)
        assert term.value is not None
        constant = self.reader.key(left.type, term.value)
        return Rule((term.left,), lambda row: candidates.holds(term, row[term.left], constant) is not False)

    def _key_rule(self, key: ForeignKey) -> Rule:
        own = key.table == self.table.name
        rows = self.kept if own else self.filled.get(key.table, [])
        there = {tuple(r[c].text for c in key.references) for r in rows}

        def points_at_something(row: Row) -> bool:
            here = tuple(row[c].text for c in key.columns)
            itself = own and here == tuple(row[c].text for c in key.references)
            return None in here or here in there or itself

        return Rule(key.columns + (key.references if own else ()), points_at_something)

    def _unique_rule(self, columns: tuple[str, ...]) -> Rule:
        taken = {tuple(r[c].text for c in columns) for r in self.kept}
        return Rule(columns, lambda row: tuple(row[c].text for c in columns) not in taken)

    def insert(self, row: Row, left_out: frozenset[str] = frozenset()) -> Refused | None:
        """Insert a row, without some of its columns; what the engine says where it refuses."""
        try:
            self.session.insert(self.table.name, {n: v.text for n, v in row.items() if n not in left_out})
        except Refused as refusal:
            if refusal.reason is Reason.DEADLINE:
                raise
            return refusal
        return None

    def keep(self, most: int) -> None:
        """Up to so many different rows stay; fewer where the table can hold no more."""
        for _ in range(most):
            row = self.row()
            if row is not None and self.insert(row) is None:
                self.kept.append(row)


_R = TypeVar("_R", bound=Rows)


def fill_each(session: Session, schema: Schema, habits: Habits, make: Callable[..., _R]) -> Iterator[_R]:
    """Every table in turn, referenced ones first; what is kept of it before the next is asked for counts for that.

    Args:
        session: a database in which the tables of the schema are.
        schema: what the rows have to keep.
        habits: the engine's.
        make: `Rows`, or a subclass of it.
    """
    filled: dict[str, list[Row]] = {}
    waiting, reader = list(schema.tables), Reader(habits)
    while waiting:
        names = {t.name for t in waiting}
        free = (t for t in waiting if not names & {f.table for f in t.foreign_keys} - {t.name})
        fillable = (t for t in waiting if Rows(session, t, filled, reader).row() is not None)
        table = next(free, None) or next(fillable, waiting[0])
        waiting.remove(table)
        rows = make(session, table, filled, reader)
        yield rows
        filled[table.name] = rows.kept


def fill(session: Session, schema: Schema, habits: Habits, most: int) -> dict[str, list[Row]]:
    """Put up to so many rows into every table, and say which.

    Raises:
        Refused: the time is up.
    """
    out: dict[str, list[Row]] = {}
    for rows in fill_each(session, schema, habits, Rows):
        rows.keep(most)
        out[rows.table.name] = rows.kept
    return out
