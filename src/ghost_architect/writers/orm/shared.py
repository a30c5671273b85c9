"""What the classes of SQLAlchemy and of Django have in common: which parts can be written, and what links are called.

A foreign key is seen from both of its ends: an order has a `customer`, a customer has `orders`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ghost_architect.schema.naming import entity_name, identifier, table_name
from ghost_architect.schema.objects import ForeignKey, Schema, Table

from ..relations import Relation

_PREPOSITIONS = frozenset("as at by for from in of on to with".split())


@dataclass(frozen=True, slots=True)
class Sound:
    """A schema all of whose parts speak of tables and columns that are there, and what was left out for that."""

    schema: Schema
    left_out: tuple[str, ...] = ()


def sound(schema: Schema) -> Sound:
    """The parts of a schema that a class can be made of.

    SQL with a key that leads nowhere is refused by the engine, which is what `schema.verify` and
    `schema.execute` are for; a module of classes with one could not even be imported.
    """
    left_out = list[str]()
    tables = dict[str, Table]()
    for table in schema.tables:
        if not table.name or table.name in tables:
            left_out.append(f"a second table {table.name!r}" if table.name else "a table without a name")
            continue
        columns = {c.name: c for c in reversed(table.columns)}
        if columns.pop("", None):
            left_out.append(f"a column without a name of {table.name!r}")
        tables[table.name] = replace(table, columns=tuple(columns.values())[::-1])
    return Sound(Schema(tuple(_sound(t, tables, left_out) for t in tables.values())), tuple(left_out))


def _sound(table: Table, tables: dict[str, Table], left_out: list[str]) -> Table:
    names = {c.name for c in table.columns}

    def kept(what: str, columns: Sequence[str]) -> bool:
        if columns and names.issuperset(columns) and len(set(columns)) == len(columns):
            return True
        left_out.append(f"{what} of {table.name!r}: ({', '.join(map(repr, columns))}) are not columns of it")
        return False

    def leads(key: ForeignKey) -> bool:
        parent = tables.get(key.table)
        found = {c.name for c in parent.columns} if parent else set()
        if len(key.columns) == len(key.references) and found.issuperset(key.references):
            return True
        left_out.append(f"a key of {table.name!r} to {key.table!r}, where it finds nothing")
        return False

    return replace(
        table,
        primary_key=table.primary_key if not table.primary_key or kept("the primary key", table.primary_key) else (),
        uniques=tuple(u for u in table.uniques if kept("a unique key", u)),
        checks=tuple(c for c in table.checks if c.terms and kept("a check", c.columns)),
        foreign_keys=tuple(f for f in table.foreign_keys if kept("a foreign key", f.columns) and leads(f)),
        indexes=tuple(i for i in table.indexes if kept("an index", i.columns)),
    )


def stem(relation: Relation) -> str:
    """What the key's own name says about the row at its end: "customer" of `customer_id`, "paid_by" of `paid_by`.

    For a key of several columns it is what one row of the table is called.
    """
    key = relation.key
    if len(key.columns) != 1:
        return entity_name(relation.parent.name)
    name = identifier(key.columns[0])
    for ending in (identifier(key.references[0]), "id"):
        if ending and name.endswith(f"_{ending}"):
            return name.removesuffix(f"_{ending}")
    return name


def back(relation: Relation, others: int) -> str:
    """What the rows that point at a row are called there: "orders", or "posts_as_author" where that would not tell.

    Args:
        relation: the key.
        others: how many other keys lead from the same table to the same table.
    """
    child, parent = relation.child, relation.parent
    rows = entity_name(child.name) if relation.single else table_name(child.name)
    own = stem(relation)
    if child.name == parent.name and own == "parent":
        return "child" if relation.single else "children"
    if own == entity_name(parent.name) or (not others and child.name != parent.name):
        return rows
    return f"{rows}_{own}" if own.rpartition("_")[2] in _PREPOSITIONS else f"{rows}_as_{own}"


def is_junction(table: Table) -> bool:
    """Whether a table says which rows of two tables belong together, and nothing else."""
    if len(table.foreign_keys) != 2 or table.uniques or table.checks or any(c.default for c in table.columns):
        return False
    one, other = table.foreign_keys
    pointing = [*one.columns, *other.columns]
    return (
        len({table.name, one.table, other.table}) == 3
        and len(set(pointing)) == len(pointing) == len(table.columns)
        and set(pointing) == set(table.primary_key)
    )


def in_circles(schema: Schema) -> Iterator[tuple[Table, ForeignKey]]:
    """Keys that one comes back by to the table they started from, itself apart."""
    leads = {t.name: {f.table for f in t.foreign_keys if f.table != t.name} for t in schema.tables}
    reached = {name: _reached(name, leads) for name in leads}
    for table in schema.tables:
        for key in table.foreign_keys:
            if key.table != table.name and table.name in reached[key.table]:
                yield table, key


def _reached(start: str, leads: dict[str, set[str]]) -> set[str]:
    found, waiting = set[str](), [start]
    while waiting:
        new = leads[waiting.pop()] - found
        found |= new
        waiting += new
    return found
