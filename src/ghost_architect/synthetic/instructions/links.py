"""What the foreign keys of a schema mean: whose deletion does what, and what needs what."""

from __future__ import annotations

from ghost_architect.schema.objects import ForeignKey, OnDelete, Schema, Table


def all_keys(schema: Schema) -> list[tuple[Table, ForeignKey]]:
    """Every foreign key with its table."""
    return [(t, f) for t in schema.tables for f in t.foreign_keys]


def fate(key: ForeignKey) -> str:
    """What happens to a row when what it points at is deleted."""
    if key.on_delete is OnDelete.CASCADE:
        return "cascade"
    return "clear" if key.on_delete is OnDelete.SET_NULL else "refuse"


def required_keys(table: Table) -> list[ForeignKey]:
    """The keys to other tables that every row has."""
    nullable = {c.name for c in table.columns if c.nullable}
    return [f for f in table.foreign_keys if not set(f.columns) & nullable and f.table != table.name]


def needed_first(schema: Schema, table: Table) -> list[Table]:
    """What has to be there before, in an order in which it can be made."""
    names: set[str] = set()
    waiting = [table]
    while waiting:
        for f in required_keys(waiting.pop()):
            target = schema.table(f.table)
            if target is not None and target.name not in names:
                names.add(target.name)
                waiting.append(target)
    return [t for t in schema.tables if t.name in names and t.name != table.name]
