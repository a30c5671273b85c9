"""How many rows stand at each end of a foreign key: what both diagrams draw as crow's feet."""

from __future__ import annotations

from dataclasses import dataclass

from ghost_architect.schema.objects import ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class Relation:
    """One foreign key between two tables of a schema.

    Attributes:
        child, parent: the table that holds the key, and the one it points at.
        key: the foreign key.
        optional: a child may have no parent (a column of the key may be NULL).
        single: a parent has at most one child (the key's columns hold a whole unique key).
        identifying: the key is part of the child's primary key.
    """

    child: Table
    parent: Table
    key: ForeignKey
    optional: bool
    single: bool
    identifying: bool


def relations(schema: Schema) -> tuple[Relation, ...]:
    """The relations of a schema, child by child. A key on a table that is not there is none."""
    return tuple(
        _relation(table, parent, key)
        for table in schema.tables
        for key in table.foreign_keys
        if (parent := schema.table(key.table)) is not None
    )


def _relation(child: Table, parent: Table, key: ForeignKey) -> Relation:
    mine = set(key.columns)
    nullable = {c.name for c in child.columns if c.nullable}
    return Relation(
        child=child,
        parent=parent,
        key=key,
        optional=bool(mine & nullable),
        single=any(mine.issuperset(unique) for unique in child.unique_keys),
        identifying=mine <= set(child.primary_key),
    )


def unique_alone(table: Table) -> frozenset[str]:
    """The columns that are unique by themselves, the primary key apart."""
    alone = {key[0] for key in table.unique_keys if len(key) == 1}
    return frozenset(alone - set(table.primary_key))
