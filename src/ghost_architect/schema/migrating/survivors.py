"""Rows for a rehearsal: such as the old schema takes and the new one can keep, and whether they were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from ..engines.base import Session
from ..findings import Finding, Severity
from ..objects import Check, Column, DefaultKind, ForeignKey, Index, Schema, Table
from ..types import NUMBERS, TEXTS, Kind, Type, enum
from .casts import Effect, effect
from .plan import Plan

Rows = list[tuple[str | None, ...]]

_NOWHERE = "\0"
"""The name of no table: a key that points there can only be empty."""

_SAME_AS_TEXT = TEXTS | {Kind.ENUM, Kind.UUID, Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.DATE}
"""Kinds whose values are spelled alike by every engine when they become texts."""


def takeable(plan: Plan) -> Schema:
    """The old schema, by its old names, with what the new one asks of the same columns."""
    back = _Back(plan)
    return Schema(tuple(back.table(t) for t in plan.old.tables if not back.must_be_empty(t)))


class _Back:
    """From new names to old ones."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def after(self, table: Table) -> Table | None:
        """The table as it shall be."""
        return self.plan.after.table(self.plan.renames.table(table.name))

    def now(self, table: Table, column: Column) -> Column | None:
        """The column as it shall be; None where it goes."""
        after = self.after(table)
        old = self.plan.old_columns
        return next((c for c in after.columns if old.get((after.name, c.name)) == column.name), None) if after else None

    def must_be_empty(self, table: Table) -> bool:
        """Whether no two rows can stay.

        A required column comes, or keeps no word of its list, and nothing fills it; or rows that are all filled
        with the same shall differ.
        """
        after = self.after(table)
        if any(_keeps_nothing(c, now) for c in table.columns if (now := self.now(table, c)) is not None):
            return True
        if after is None:
            return False
        if any(not c.nullable and self._fills(after.name, c) is None for c in self._new(after)):
            return True
        return () in self._uniques(after)

    def table(self, table: Table) -> Table:
        """The table with the rules of both sides."""
        after = self.after(table)
        if after is None:
            return table
        now = {self.plan.old_columns.get((after.name, c.name)): c for c in after.columns}
        return replace(
            table,
            columns=tuple(_narrowed(c, now.get(c.name)) for c in table.columns),
            uniques=(*table.uniques, *self._uniques(after)),
            checks=(*table.checks, *self._checks(after)),
            foreign_keys=(*table.foreign_keys, *self._keys(after)),
            indexes=tuple(Index(i.columns, i.unique) for i in table.indexes),
        )

    def _new(self, after: Table) -> list[Column]:
        """The columns that come."""
        return [c for c in after.columns if (after.name, c.name) not in self.plan.old_columns]

    def _fills(self, table: str, column: Column) -> bool | None:
        """Whether a column that comes is filled with the same in all rows; None where nothing fills it."""
        if column.default is not None:
            return column.default.kind not in (DefaultKind.IDENTITY, DefaultKind.UUID)
        return True if self.plan.fill(table, column.name) else None

    def _uniques(self, after: Table) -> Iterator[tuple[str, ...]]:
        """Columns by their old names in which rows have to differ; none of them where rows cannot differ."""
        constant = {c.name for c in self._new(after) if self._fills(after.name, c)}
        for columns in (after.primary_key, *after.uniques, *(i.columns for i in after.indexes if i.unique)):
            old = tuple(c for c in columns if c not in constant)
            if columns and (not old or self._names(after.name, old)):
                yield self._names(after.name, old)

    def _names(self, table: str, names: Sequence[str]) -> tuple[str, ...]:
        """By their old names; nothing where one is new."""
        old = [self.plan.old_columns.get((table, n)) for n in names]
        return tuple(n for n in old if n is not None) if None not in old else ()

    def _checks(self, after: Table) -> Iterator[Check]:
        for check in after.checks:
            if self._names(after.name, check.columns):
                old = {n: self.plan.old_columns[after.name, n] for n in check.columns}
                terms = (replace(t, left=old[t.left], column=t.column and old[t.column]) for t in check.terms)
                yield Check(tuple(terms))

    def _keys(self, after: Table) -> Iterator[ForeignKey]:
        for key in after.foreign_keys:
            here, there = self._names(after.name, key.columns), self._names(key.table, key.references)
            if here:
                yield ForeignKey(here, self.plan.old_tables[key.table] if there else _NOWHERE, there or here)


def _narrowed(column: Column, now: Column | None) -> Column:
    """The column with values that it can hold and that it can keep."""
    if now is None:
        return column
    type_ = _both(column.type, now.type) if effect(column.type, now.type) is Effect.STOPS else column.type
    return Column(column.name, type_, column.nullable and now.nullable, column.default)


def _keeps_nothing(column: Column, now: Column) -> bool:
    """Whether both are lists of words without one in common, and a row must have one."""
    lists = column.type.kind is Kind.ENUM and now.type.kind is Kind.ENUM
    return lists and not now.nullable and not set(column.enum) & set(now.enum)


def _both(before: Type, after: Type) -> Type:
    """A type whose values both take, as far as there is one."""
    if before.kind is not Kind.ENUM:
        return after
    fitting = after.values or tuple(v for v in before.values if len(v) <= (after.length or len(v)))
    words = tuple(v for v in before.values if v in fitting)
    return enum(*words) if words else after


# --- whether they were kept ---


def read_rows(session: Session, schema: Schema) -> dict[str, Rows]:
    """Every row of every table."""
    return {t.name: session.rows(t.name, [c.name for c in t.columns]) for t in schema.tables}


def lost_rows(session: Session, plan: Plan, before: Mapping[str, Rows]) -> Iterator[Finding]:
    """The tables whose rows are not what they were; values that were rounded or filled are not looked at."""
    for old in plan.old.tables:
        after = plan.after.table(plan.renames.table(old.name))
        if after is None:
            continue
        pairs = [(i, c, now) for i, c in enumerate(old.columns) if (now := _now(plan, old, c, after)) is not None]
        there = session.rows(after.name, [now.name for _, _, now in pairs]) if pairs else []
        here = [tuple(row[i] for i, _, _ in pairs) for row in before[old.name]]
        kinds = [_spelled_as(c.type, now.type) for _, c, now in pairs]
        if pairs and _counted(here, kinds) != _counted(there, kinds):
            message = f"{len(here)} rows are now {len(there)}, or hold other values"
            yield Finding("REHEARSED", Severity.ERROR, after.name, "", message)


def _now(plan: Plan, old: Table, column: Column, after: Table) -> Column | None:
    """What a column is now; None where it is gone, or may hold something else."""
    now = after.column(plan.renames.column(old.name, column.name))
    if now is None or (column.nullable and not now.nullable):
        return None
    return now if _spelled_as(column.type, now.type) is not None else None


def _spelled_as(before: Type, after: Type) -> Kind | None:
    """How two values are compared that may be spelled in two ways; None where they cannot be."""
    if before == after:
        return Kind.NUMERIC if before.kind in NUMBERS else Kind.TEXT
    outcome = effect(before, after)
    if before.kind in NUMBERS and after.kind in NUMBERS:
        return Kind.NUMERIC if outcome in (Effect.SAFE, Effect.STOPS) else None
    words = before.kind in _SAME_AS_TEXT and (after.kind in TEXTS or after.kind is Kind.ENUM)
    return Kind.TEXT if words else None


def _counted(rows: Rows, kinds: Sequence[Kind | None]) -> Counter[tuple[str | None, ...]]:
    return Counter(tuple(_plain(v, k) for v, k in zip(row, kinds, strict=True)) for row in rows)


def _plain(text: str | None, kind: Kind | None) -> str | None:
    if text is None or kind is not Kind.NUMERIC:
        return text.rstrip() if text else text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text
