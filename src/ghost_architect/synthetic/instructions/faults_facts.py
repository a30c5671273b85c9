"""Faults of normal form, one fact in several places or several in one, and passwords as they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

from ghost_architect.schema import naming, types
from ghost_architect.schema.objects import (
    Column,
    ForeignKey,
    Index,
    OnDelete,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import Kind

from . import english as en
from .case import Case
from .fault import Fault, free_columns
from .parts import is_junction, pointing, put, without, without_column


def numbered_columns(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """phone_1, phone_2, phone_3 in place of a child table."""
    named = {
        (t.table, a.columns[0])
        for t in case.things.values()
        for a in t.attributes
        if a.kind in ("phone", "email", "url") and a.columns
    }
    places = [
        (t, c) for t, c in free_columns(bad, [Kind.VARCHAR]) if (t.name, c.name) in named and t == good.table(t.name)
    ]
    places = [(t, c) for t, c in places if not any(c.name in u for u in t.uniques) and t.primary_key == ("id",)]
    if not places:
        return None
    table, column = rng.choice(places)
    count = rng.randint(2, 4)
    columns = [
        replace(column, name=f"{column.name}_{i}", nullable=i > 1 or column.nullable) for i in range(1, count + 1)
    ]
    wrong = replace(table, columns=tuple(x for c in table.columns for x in (columns if c.name == column.name else [c])))
    child_name = f"{naming.entity_name(table.name)}_{naming.table_name(column.name)}"
    if good.table(child_name):
        return None
    key = naming.reference_name(table.name)
    child = Table(
        child_name,
        (table.columns[0], Column(key, table.columns[0].type, False), replace(column, nullable=False)),
        ("id",),
        foreign_keys=(ForeignKey((key,), table.name, ("id",), OnDelete.CASCADE),),
        indexes=(Index((key,)),),
    )
    names = f"{columns[0].name} to {columns[-1].name}" if count > 2 else f"{columns[0].name} and {columns[1].name}"
    said = rng.choice(
        [
            f"{names} of {table.name} are one thing several times, with no room for one more. Each is a row of {child_name} now, deleted with its {en.one(table.name)}.",
            f"A repeating group ({names}) in {table.name}: moved to a child table, {child_name}.",
        ]
    )
    return Fault(put(good, without_column(table, column.name), child), put(bad, wrong), said, table.name)


def list_in_text(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A list with commas in place of a junction table."""
    places = [t for t in bad.tables if is_junction(t) and t.foreign_keys[0].table != t.foreign_keys[1].table]
    places = [t for t in places if t == good.table(t.name)]
    if not places:
        return None
    junction = rng.choice(places)
    owner_key, other_key = (next(f for f in junction.foreign_keys if f.columns == (c,)) for c in junction.primary_key)
    owner = bad.table(owner_key.table)
    assert owner is not None
    name = rng.choice([other_key.table, f"{naming.entity_name(other_key.table)}_ids"])
    if owner.column(name):
        return None
    wrong = replace(owner, columns=(*owner.columns, Column(name, types.TEXT, comment="separated by commas")))
    said = rng.choice(
        [
            f"{owner.name}.{name} was a list in a text: it can be neither joined nor checked. The junction table {junction.name} holds one row for each pair.",
            f"Comma lists break the first normal form. {owner.name}.{name} became {junction.name}, whose key is the pair.",
        ]
    )
    return Fault(good, put(without(bad, junction.name), wrong), said, owner.name)


def copied_column(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """The name of what a key points at, kept beside the key."""
    places = [
        (t, f, c)
        for t in bad.tables
        for f in t.foreign_keys
        for c in _texts(bad.table(f.table))
        if len(f.columns) == 1 and f.table != t.name and not is_junction(t)
    ]
    places = [(t, f, c) for t, f, c in places if t.column(_copy(f, c)) is None]
    if not places:
        return None
    table, key, column = rng.choice(places)
    copy = _copy(key, column)
    wrong = replace(table, columns=(*table.columns, replace(column, name=copy, nullable=True, default=None)))
    said = rng.choice(
        [
            f"{table.name}.{copy} repeated {key.table}.{column.name}, to which {key.columns[0]} leads anyway; the copy goes stale with the first correction. Dropped.",
            f"{copy} in {table.name} depends on {key.columns[0]} and not on the row's own key (third normal form), so it lives in {key.table} only.",
        ]
    )
    return Fault(good, put(bad, wrong), said, table.name)


def _copy(key: ForeignKey, column: Column) -> str:
    base = key.columns[0].removesuffix("_id")
    return column.name if column.name.startswith(f"{base}_") else f"{base}_{column.name}"


def _texts(table: Table | None) -> Iterator[Column]:
    if table is not None:
        yield from (
            c
            for c in table.columns[1:4]
            if c.type.kind is Kind.VARCHAR and not any(c.name in f.columns for f in table.foreign_keys)
        )


def stored_count(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A count of rows as a column."""
    places = [
        (t, child)
        for t in bad.tables
        for child, f in pointing(bad, t.name)
        if t.primary_key == ("id",) and not is_junction(child)
    ]
    places = [(t, c) for t, c in places if t.column(f"{naming.entity_name(c.name)}_count") is None]
    if not places:
        return None
    table, child = rng.choice(places)
    name = f"{naming.entity_name(child.name)}_count"
    column = Column(name, types.INTEGER, False, literal(Decimal(0)))
    said = rng.choice(
        [
            f"{table.name}.{name} can be counted from {child.name} whenever it is needed, and is wrong as soon as one insert forgets it. Dropped.",
            f"Removed {table.name}.{name}: a stored count of {child.name} is a second truth.",
        ]
    )
    return Fault(good, put(bad, replace(table, columns=(*table.columns, column))), said, table.name)


def plain_password(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A password as it was typed, and its confirmation."""
    places = [t for t in bad.tables if t.column("password_hash")]
    if not places:
        return None
    table = places[0]
    column = table.column("password_hash")
    assert column is not None
    again = [Column("confirm_password", types.varchar(100))] if rng.random() < 0.5 else []
    new = [
        x
        for c in table.columns
        for x in ([replace(c, name="password", type=types.varchar(100)), *again] if c is column else [c])
    ]
    said = f"{table.name}.password kept the password as it was typed. Only a slow hash is stored, in password_hash{'; the confirmation is compared and never stored' if again else ''}."
    return Fault(good, put(bad, replace(table, columns=tuple(new))), said, table.name)
