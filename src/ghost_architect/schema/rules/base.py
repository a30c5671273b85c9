"""What every rule is made of: where it found something, and how it looks names up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import printable
from ..findings import Finding, Severity
from ..naming import word_set

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Column, ForeignKey, Schema, Table

BOOKKEEPING = word_set("id uuid created created_at updated updated_at deleted_at position")
"""Columns that keep the books of a row and say nothing about the thing."""


class Spot(NamedTuple):
    """One place where a rule is broken: what is wrong there and why, and what to do."""

    table: str
    column: str
    message: str
    hint: str


Look = Callable[["Schema", "Dialect"], Iterator[Spot]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A plain function with its code, which never changes once it was released, and how bad a break is."""

    code: str
    severity: Severity
    title: str
    look: Look

    def __call__(self, schema: Schema, dialect: Dialect) -> tuple[Finding, ...]:
        """The findings of this rule."""
        return tuple(
            # Names come from pictures and models: none may steer the terminal that a finding is shown on.
            Finding(self.code, self.severity, s.table, s.column, printable(s.message), printable(s.hint))
            for s in self.look(schema, dialect)
        )


def fold(name: str, dialect: Dialect) -> str:
    """The name under which the engine looks it up: in some "Users" and users are one table, in some two."""
    return dialect.key(name, quoted=True)


def find_table(schema: Schema, name: str, dialect: Dialect) -> Table | None:
    """The first table that the engine finds under this name."""
    wanted = fold(name, dialect)
    return next((t for t in schema.tables if fold(t.name, dialect) == wanted), None)


def find_column(table: Table, name: str, dialect: Dialect) -> Column | None:
    """The first column that the engine finds under this name."""
    wanted = fold(name, dialect)
    return next((c for c in table.columns if fold(c.name, dialect) == wanted), None)


class Link(NamedTuple):
    """A foreign key whose parts are all there: the pairs are (column, the column it points at)."""

    table: Table
    key: ForeignKey
    target: Table
    pairs: tuple[tuple[Column, Column], ...]

    @property
    def is_mandatory(self) -> bool:
        """Whether every row has to point somewhere: one NULL column would switch the key off."""
        return not any(column.nullable for column, _ in self.pairs)


def links(schema: Schema, dialect: Dialect) -> Iterator[Link]:
    """All foreign keys that name an existing table and existing columns, as many here as there."""
    for table in schema.tables:
        for key in table.foreign_keys:
            target = find_table(schema, key.table, dialect)
            if target is None or len(key.columns) != len(key.references):
                continue
            own = [find_column(table, name, dialect) for name in key.columns]
            theirs = [find_column(target, name, dialect) for name in key.references]
            pairs = tuple((a, b) for a, b in zip(own, theirs, strict=True) if a is not None and b is not None)
            if len(pairs) == len(key.columns):
                yield Link(table, key, target, pairs)


def listed(names: tuple[str, ...]) -> str:
    """Names as a message shows them: "a, b"."""
    return ", ".join(names)
