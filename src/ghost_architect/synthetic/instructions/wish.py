"""What a wish for a change is, told from its end: the schema before it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ghost_architect.schema.objects import Column, Schema, Table

from ..apps.app import Attribute, Thing
from .case import Case


@dataclass(frozen=True, slots=True)
class Wish:
    """A change, told from its end: the schema before it was made.

    Attributes:
        old, new: the schema before and after.
        said: what is asked for, a sentence.
        table: where; another wish looks for another table.
        rename, fill: what the migration has to be told.
    """

    old: Schema
    new: Schema
    said: str
    table: str
    rename: str = ""
    fill: str = ""


Maker = Callable[[Case, Schema, Schema, Random], Wish | None]


def attributes(case: Case, old: Schema) -> list[tuple[Thing, Attribute, Table, Column]]:
    """Facts with their columns, in tables that no wish has touched."""
    out = []
    for thing in case.things.values():
        table = old.table(thing.table)
        for a in thing.attributes if table is not None else ():
            column = table.column(a.columns[0]) if table is not None and len(a.columns) == 1 and not a.targets else None
            if table is not None and column is not None and table == case.schema.table(thing.table):
                out.append((thing, a, table, column))
    return out
