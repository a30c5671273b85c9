"""What is different between two schemas, as values: what a migration does, and what a person is told of it.

    old, new -> fit -> renames -> old by its new names -> compared part by part -> changes

The order of columns is no change: no engine moves a column that is there without writing the table
anew, and no statement that names its columns depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from . import types as t
from .ddl import check_sql
from .dialects import dialect as find_dialect
from .fit import fit
from .migrating.renames import Renames, recognise
from .objects import Check, Column, Default, ForeignKey, Index, OnDelete, Schema, Table
from .types import Type


class Action(StrEnum):
    """What happened to a part."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    CHANGED = "changed"


class Part(StrEnum):
    """What something happened to."""

    TABLE = "table"
    COLUMN = "column"
    TYPE = "type"
    NULLABLE = "nullable"
    DEFAULT = "default"
    COMMENT = "comment"
    PRIMARY_KEY = "primary key"
    UNIQUE = "unique"
    CHECK = "check"
    FOREIGN_KEY = "foreign key"
    INDEX = "index"


Thing = Table | Column | Type | Default | Check | ForeignKey | Index | tuple[str, ...] | str | bool
"""A name, where something was renamed; else what stands in the schema."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        table, column: where, by the new names; a table or column that is gone, by its old one.
        before, after: what was and what is. None where there was, or is, nothing of the kind.
    """

    action: Action
    part: Part
    table: str
    column: str = ""
    before: Thing | None = None
    after: Thing | None = None

    def __str__(self) -> str:
        """In words: `orders.total: type numeric(12,2) -> numeric(14,2)`."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        if self.action is Action.RENAMED:
            return f"{place}: {self.part} renamed, was {self.before}"
        if self.part in (Part.TABLE, Part.COLUMN):
            gone = self.action is Action.DROPPED
            return f"{place}: {self.part} {self.action}" + ("" if gone else f", {describe(self.after)}")
        if self.action is Action.CHANGED:
            return f"{place}: {self.part} {describe(self.before)} -> {describe(self.after)}"
        thing = self.before if self.after is None else self.after
        return f"{place}: {self.part} {describe(thing)} {self.action}"


def describe(thing: Thing | None) -> str:
    """A part of a schema in a few words, as PostgreSQL writes it."""
    if isinstance(thing, Type):
        return f"enum ({', '.join(thing.values)})" if thing.values else t.spell(thing)
    if isinstance(thing, Default):
        return str(thing.kind) if thing.value is None else find_dialect("postgres").value(thing.value)
    if isinstance(thing, Check):
        return f"({check_sql(thing)})"
    if isinstance(thing, ForeignKey):
        action = "" if thing.on_delete is OnDelete.NO_ACTION else f" on delete {thing.on_delete.lower()}"
        return f"({', '.join(thing.columns)}) -> {thing.table} ({', '.join(thing.references)}){action}"
    if isinstance(thing, Index):
        return f"{'unique ' if thing.unique else ''}({', '.join(thing.columns)})"
    if isinstance(thing, tuple):
        return f"({', '.join(thing)})"
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, Table):
        return f"({', '.join(c.name for c in thing.columns)})"
    if isinstance(thing, Column):
        default = f" default {describe(thing.default)}" if thing.default else ""
        return describe(thing.type) + (" not null" if not thing.nullable else "") + default
    return repr(thing) if thing else "none"


def changes(old: Schema, new: Schema, dialect: str = "postgres", renames: Renames | None = None) -> tuple[Change, ...]:
    """Every difference between what a dialect can hold of two schemas, table by table.

    Args:
        old, new: the schemas.
        dialect: a name in `DIALECTS`.
        renames: what is called otherwise now; None lets it be recognised.

    Raises:
        UsageError: there is no such dialect.
    """
    d = find_dialect(dialect)
    before, after = fit(old, dialect).schema, fit(new, dialect).schema
    known = recognise(before, after, d) if renames is None else renames
    return (*renamings(before, known), *differences(known.schema(before), after))


def renamings(old: Schema, renames: Renames) -> Iterator[Change]:
    """The renames as changes, tables before columns."""
    for table in old.tables:
        if table.name in renames.tables:
            yield Change(Action.RENAMED, Part.TABLE, renames.table(table.name), "", table.name)
    for table in old.tables:
        for column in table.columns:
            if (table.name, column.name) in renames.columns:
                now = renames.column(table.name, column.name)
                yield Change(Action.RENAMED, Part.COLUMN, renames.table(table.name), now, column.name)


def differences(old: Schema, new: Schema) -> Iterator[Change]:
    """What is different, names apart: `old` by its new names, and both fitted."""
    there = {table.name: table for table in old.tables}
    for table in new.tables:
        if table.name not in there:
            yield Change(Action.ADDED, Part.TABLE, table.name, "", None, table)
        else:
            yield from _table(there[table.name], table)
    kept = {table.name for table in new.tables}
    yield from (Change(Action.DROPPED, Part.TABLE, t.name, "", t) for t in old.tables if t.name not in kept)


def _table(old: Table, new: Table) -> Iterator[Change]:
    name = new.name
    if old.comment != new.comment:
        yield _changed(Part.COMMENT, name, "", old.comment or None, new.comment or None)
    for column in new.columns:
        was = old.column(column.name)
        if was is None:
            yield Change(Action.ADDED, Part.COLUMN, name, column.name, None, column)
        else:
            yield from _column(name, was, column)
    for column in old.columns:
        if new.column(column.name) is None:
            yield Change(Action.DROPPED, Part.COLUMN, name, column.name, column)
    if old.primary_key != new.primary_key:
        yield _changed(Part.PRIMARY_KEY, name, "", old.primary_key or None, new.primary_key or None)
    yield from _sets(Part.UNIQUE, name, uniques(old), uniques(new))
    yield from _sets(Part.CHECK, name, old.checks, new.checks)
    yield from _sets(Part.FOREIGN_KEY, name, old.foreign_keys, new.foreign_keys)
    yield from _sets(Part.INDEX, name, old.indexes, new.indexes)


def uniques(table: Table) -> tuple[tuple[str, ...], ...]:
    """The unique constraints that say more than the primary key does; engines drop the others."""
    return tuple(u for u in table.uniques if u != table.primary_key)


def _column(table: str, old: Column, new: Column) -> Iterator[Change]:
    if old.type != new.type:
        yield _changed(Part.TYPE, table, new.name, old.type, new.type)
    if old.nullable != new.nullable:
        yield _changed(Part.NULLABLE, table, new.name, old.nullable, new.nullable)
    if old.default != new.default:
        yield _changed(Part.DEFAULT, table, new.name, old.default, new.default)
    if old.comment != new.comment:
        yield _changed(Part.COMMENT, table, new.name, old.comment or None, new.comment or None)


def _changed(part: Part, table: str, column: str, before: Thing | None, after: Thing | None) -> Change:
    action = Action.ADDED if before is None else Action.DROPPED if after is None else Action.CHANGED
    return Change(action, part, table, column, before, after)


def _sets(part: Part, table: str, old: Sequence[Thing], new: Sequence[Thing]) -> Iterable[Change]:
    yield from (Change(Action.DROPPED, part, table, "", thing) for thing in old if thing not in new)
    yield from (Change(Action.ADDED, part, table, "", None, thing) for thing in new if thing not in old)


__all__ = ["Action", "Change", "Part", "changes", "describe"]
