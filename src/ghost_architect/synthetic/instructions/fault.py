"""What a fault in a schema is: a good schema turned into a bad one, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from ghost_architect.schema import naming
from ghost_architect.schema.objects import (
    Column,
    Schema,
    Table,
)
from ghost_architect.schema.types import Kind

from .case import Case
from .parts import put, with_column


@dataclass(frozen=True, slots=True)
class Fault:
    """What was made of a schema.

    Attributes:
        good, bad: the schema as it should be, and with the fault.
        said: what is wrong, why, and what was done, in one sentence or two.
        table: whose columns it concerns; another fault looks for another table.
    """

    good: Schema
    bad: Schema
    said: str
    table: str


Maker = Callable[[Case, Schema, Schema, Random], Fault | None]
"""case, good, bad, rng -> fault; None where there is no place for it."""


def free_columns(bad: Schema, kinds: Sequence[Kind], words: frozenset[str] = frozenset()) -> list[tuple[Table, Column]]:
    """Columns of these kinds that no key holds, whose last word is one of the words, if words are given."""
    return [
        (t, c)
        for t in bad.tables
        for c in t.columns
        if c.type.kind in kinds
        and not any(c.name in f.columns for f in t.foreign_keys)
        and c.name not in t.primary_key
        and not any(c.name in check.columns for check in t.checks)
        and (not words or naming.tokens(c.name)[-1] in words)
    ]


def retyped(good: Schema, bad: Schema, table: Table, column: Column, said: str) -> Fault:
    """The fault of a column that is of another type."""
    return Fault(good, put(bad, with_column(table, column)), said, table.name)
