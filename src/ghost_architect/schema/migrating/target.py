"""What the database shall be afterwards: the new schema and, unless told to drop it, what it has no place for.

What stays behind keeps its values and nothing else: NOT NULL, a default, a key, a check or an index on
a column that nobody fills any more would refuse new rows, or the deletion of old ones. A table that
stays behind keeps all but its foreign keys, for the same reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..findings import Finding, Severity
from ..objects import Column, Schema, Table


def target(old: Schema, new: Schema, drop: bool) -> Schema:
    """The schema that the database has after the migration.

    Args:
        old: what is there, by its new names.
        new: what is wanted.
        drop: whether the rest goes.
    """
    if drop:
        return new
    there = {table.name: table for table in old.tables}
    kept = [_with_rest(there[t.name], t) if t.name in there else t for t in new.tables]
    names = {table.name for table in new.tables}
    rest = [replace(t, foreign_keys=()) for t in old.tables if t.name not in names]
    return Schema((*kept, *rest))


def _with_rest(old: Table, new: Table) -> Table:
    rest = [_bare(c) for c in old.columns if new.column(c.name) is None]
    return replace(new, columns=(*new.columns, *rest)) if rest else new


def _bare(column: Column) -> Column:
    return Column(column.name, column.type, True, None, column.comment, column.evidence)


def left_over(old: Schema, new: Schema, drop: bool, told: Collection[tuple[str, str]] = ()) -> Iterator[Finding]:
    """What has no place in the new schema, and what becomes of it; nothing of the columns of `told`."""
    for table in old.tables:
        after = new.table(table.name)
        if after is None:
            yield _left_over(table.name, "", drop)
        else:
            rest = [c.name for c in table.columns if after.column(c.name) is None and (table.name, c.name) not in told]
            yield from (_left_over(table.name, name, drop) for name in rest)


def _left_over(table: str, column: str, drop: bool) -> Finding:
    what = "column" if column else "table"
    if drop:
        message = f"the {what} is dropped, and with it all that it holds"
        return Finding("MIGRATE-DROP", Severity.WARNING, table, column, message)
    message = f"the {what} stays as it is, without its foreign keys, since the new schema has no place for it"
    if column:
        message = "the column stays with its values, optional and without keys: the new schema has no place for it"
    return Finding("MIGRATE-KEPT", Severity.WARNING, table, column, message, "--drop drops it")
