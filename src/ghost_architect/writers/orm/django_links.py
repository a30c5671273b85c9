"""Which foreign keys Django can hold: those of one column that point at one that is unique by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ghost_architect.schema.objects import Column, Schema

from ..relations import Relation, relations
from .django_constraints import unique_keys

Place = tuple[str, str]
"""A table and a column."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key that Django holds: the column that is one, and the column at its end."""

    relation: Relation
    column: Column
    target: Column


def held_keys(schema: Schema, keys: Mapping[str, tuple[str, ...]], note: Callable[[str], None]) -> dict[Place, Link]:
    """Per column the foreign key that it is.

    Args:
        schema: the tables. `keys`: what is the primary key of each in Django.
        note: is told of every key that cannot be held, and of a type that changes.
    """
    out = dict[Place, Link]()
    for relation in relations(schema):
        child, parent, key = relation.child, relation.parent, relation.key
        why = _why_not(relation, keys, out)
        if why:
            columns = ", ".join(map(repr, key.columns))
            note(f"Django cannot hold the foreign key ({columns}) of {child.name!r} to {parent.name!r}: {why}")
            continue
        column, target = child.column(key.columns[0]), parent.column(key.references[0])
        assert column is not None
        assert target is not None
        out[child.name, column.name] = Link(relation, column, target)
        if column.type != target.type:
            note(f"{child.name!r}.{column.name!r} has the type of what it points at")
    return out


def _why_not(relation: Relation, keys: Mapping[str, tuple[str, ...]], found: Mapping[Place, Link]) -> str:
    child, parent, key = relation.child, relation.parent, relation.key
    if len(key.columns) != 1:
        return "it has several columns"
    if key.references not in [keys[parent.name], *unique_keys(parent)]:
        return "what it points at is not unique by itself"
    start, at = (child.name, key.columns[0]), (parent.name, key.references[0])
    if start in found:
        return "its column is a foreign key already"
    while at != start and at in found:
        at = (found[at].relation.parent.name, found[at].target.name)
    return "it comes back to itself" if at == start else ""
