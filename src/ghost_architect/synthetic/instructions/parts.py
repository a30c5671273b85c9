"""Small changes to schemas, from which faults and wishes are made."""

from __future__ import annotations

from dataclasses import replace

from ghost_architect.schema.objects import (
    Column,
    ForeignKey,
    Schema,
    Table,
)


def put(schema: Schema, table: Table, *more: Table) -> Schema:
    """The schema with this table in the place of the one of its name, and with more tables."""
    return Schema((*(table if t.name == table.name else t for t in schema.tables), *more))


def without(schema: Schema, *names: str) -> Schema:
    """The schema without these tables."""
    return Schema(tuple(t for t in schema.tables if t.name not in names))


def with_column(table: Table, column: Column) -> Table:
    """The table with this column in the place of the one of its name."""
    return replace(table, columns=tuple(column if c.name == column.name else c for c in table.columns))


def without_column(table: Table, name: str) -> Table:
    """The table without a column, and all that speaks of it."""
    return replace(
        table,
        columns=tuple(c for c in table.columns if c.name != name),
        primary_key=tuple(c for c in table.primary_key if c != name),
        uniques=tuple(u for u in table.uniques if name not in u),
        checks=tuple(c for c in table.checks if name not in c.columns),
        foreign_keys=tuple(f for f in table.foreign_keys if name not in f.columns),
        indexes=tuple(i for i in table.indexes if name not in i.columns),
    )


def is_junction(table: Table) -> bool:
    """Whether it holds two keys and nothing else."""
    return len(table.primary_key) == 2 and len(table.columns) == 2


def pointing(schema: Schema, name: str) -> list[tuple[Table, ForeignKey]]:
    """The keys that point at a table."""
    return [(t, f) for t in schema.tables for f in t.foreign_keys if f.table == name and t.name != name]
