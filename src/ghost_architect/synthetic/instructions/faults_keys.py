"""Faults of keys and indexes: missing, of another type, twice."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ghost_architect.schema import naming, types
from ghost_architect.schema.objects import (
    Index,
    OnDelete,
    Schema,
)

from . import english as en
from .case import Case
from .fault import Fault, retyped
from .parts import is_junction, pointing, put, with_column, without_column


def no_primary_key(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A table whose rows nobody can name."""
    places = [
        t
        for t in bad.tables
        if not pointing(bad, t.name) and not is_junction(t) and not any(f.table == t.name for f in t.foreign_keys)
    ]
    places = [t for t in places if t.primary_key == ("id",)]
    if not places:
        return None
    table = rng.choice(places)
    said = rng.choice(
        [
            f"{table.name} had no primary key, so a single row could be neither addressed nor protected against doubling. It has an id now.",
            f"Every table needs a primary key; {table.name} had none and got id.",
            f"Without a key two identical rows of {table.name} cannot be told apart. Added id as primary key.",
        ]
    )
    return Fault(good, put(bad, without_column(table, "id")), said, table.name)


def junction_without_key(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A junction with a number of its own, in which a pair can stand twice."""
    places = [t for t in bad.tables if is_junction(t)]
    if not places:
        return None
    table = rng.choice(places)
    other = next(t for t in bad.tables if t.primary_key == ("id",)).columns[0]
    wrong = replace(table, columns=(other, *table.columns), primary_key=("id",), indexes=())
    pair = en.listed(table.primary_key)
    said = rng.choice(
        [
            f"{table.name} could hold the same pair twice: its key was a number of its own. {pair} together are the primary key.",
            f"The pair ({', '.join(table.primary_key)}) identifies a row of {table.name}; the extra id allowed duplicates and is gone.",
        ]
    )
    return Fault(good, put(bad, wrong), said, table.name)


def keys_without_index(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Foreign keys that nothing indexes."""
    places = [t for t in bad.tables if t.indexes and not is_junction(t)]
    if not places:
        return None
    table = rng.choice(places)
    names = en.listed([c for i in table.indexes for c in i.columns])
    said = rng.choice(
        [
            f"PostgreSQL does not index foreign keys by itself. Joins and deletions on {table.name} ({names}) would read the whole table; added the index{'es' if len(table.indexes) > 1 else ''}.",
            f"No index on {table.name} ({names}): every deletion on the other side would scan it. Indexed.",
            f"Indexed {names} of {table.name}, since {'they are foreign keys that are' if len(table.indexes) > 1 else 'it is a foreign key that is'} joined on.",
        ]
    )
    return Fault(good, put(bad, replace(table, indexes=())), said, table.name)


def undeclared_key(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A column that is a foreign key in name only."""
    places = [(t, f) for t in bad.tables for f in t.foreign_keys if not is_junction(t)]
    places = [(t, f) for t, f in places if f.on_delete is OnDelete.NO_ACTION and len(f.columns) == 1]
    places = [(t, f) for t, f in places if f.columns[0] == naming.reference_name(f.table)]
    if not places:
        return None
    table, key = rng.choice(places)
    said = rng.choice(
        [
            f"{table.name}.{key.columns[0]} was a foreign key in name only and could point at nobody. It references {key.table} (id).",
            f"Nothing tied {table.name}.{key.columns[0]} to {key.table}; declared the foreign key, so orphans are refused.",
        ]
    )
    wrong = replace(table, foreign_keys=tuple(f for f in table.foreign_keys if f != key))
    return Fault(good, put(bad, wrong), said, table.name)


def key_of_other_type(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A foreign key of another type than its target."""
    places = [
        (t, f)
        for t in bad.tables
        for f in t.foreign_keys
        if len(f.columns) == 1 and f.table != t.name and not is_junction(t)
    ]
    if not places:
        return None
    table, key = rng.choice(places)
    column = table.column(key.columns[0])
    assert column is not None
    wrong = types.varchar(36) if case.uuid else rng.choice([types.INTEGER, types.varchar(20)])
    spelled = types.spell(column.type).upper()
    said = f"{table.name}.{column.name} was {types.spell(wrong).upper()}, while {key.table}.id is {spelled}. A foreign key has the type of what it points at."
    return retyped(good, bad, table, replace(column, type=wrong), said)


def mandatory_root(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A tree whose root needs a parent."""
    places = [
        (t, f) for t in bad.tables for f in t.foreign_keys if f.table == t.name and f.on_delete is OnDelete.SET_NULL
    ]
    if not places:
        return None
    table, key = rng.choice(places)
    column = table.column(key.columns[0])
    assert column is not None
    wrong = replace(
        with_column(table, replace(column, nullable=False)),
        foreign_keys=tuple(replace(f, on_delete=OnDelete.NO_ACTION) if f == key else f for f in table.foreign_keys),
    )
    said = f"{table.name}.{column.name} points at its own table and was NOT NULL, so the first row could never be inserted. It may be empty, and is emptied when its target goes."
    return Fault(good, put(bad, wrong), said, table.name)


def double_index(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """An index on what a unique constraint indexes already."""
    places = [(t, u) for t in bad.tables for u in t.uniques]
    if not places:
        return None
    table, unique = rng.choice(places)
    wrong = replace(table, indexes=(*table.indexes, Index(unique)))
    said = f"The index on {table.name} ({', '.join(unique)}) repeated what the UNIQUE constraint brings along, and only cost writes. Dropped."
    return Fault(good, put(bad, wrong), said, table.name)
