"""What a migration has to do, before it is said in any dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..changes import Action, Change, Part, differences
from ..dialects import Dialect
from ..objects import Column, Default, Schema, Table
from .renames import Place, Renames


@dataclass(frozen=True)
class Plan:
    """From where to where.

    Attributes:
        dialect: whose SQL is wanted.
        old: the schema of the database that is there, fitted.
        renames: what is called otherwise.
        after: what the database shall be, fitted.
        fills: literals for columns, by their new names, whose rows hold nothing.
    """

    dialect: Dialect
    old: Schema
    renames: Renames
    after: Schema
    fills: Mapping[Place, Default]

    @cached_property
    def before(self) -> Schema:
        """The old schema by its new names."""
        return self.renames.schema(self.old)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Everything but the renames."""
        return tuple(differences(self.before, self.after))

    @cached_property
    def kept(self) -> tuple[tuple[Table, Table], ...]:
        """The tables that are there before and after, as they are and as they shall be."""
        there = {table.name: table for table in self.before.tables}
        return tuple((there[t.name], t) for t in self.after.tables if t.name in there)

    @cached_property
    def old_tables(self) -> Mapping[str, str]:
        """What each table of `before` is called in the database."""
        return {self.renames.table(t.name): t.name for t in self.old.tables}

    @cached_property
    def old_columns(self) -> Mapping[Place, str]:
        """What each column of `before` is called in the database."""
        r = self.renames
        return {(r.table(t.name), r.column(t.name, c.name)): c.name for t in self.old.tables for c in t.columns}

    def some(self, part: Part, *actions: Action) -> Iterator[Change]:
        """The changes of these kinds, in order."""
        return (c for c in self.changes if c.part is part and (not actions or c.action in actions))

    def columns(self) -> Iterator[tuple[Table, Column, Column]]:
        """The columns that stay, as they are and as they shall be, with their table as it shall be."""
        for before, after in self.kept:
            for column in after.columns:
                was = before.column(column.name)
                if was is not None:
                    yield after, was, column

    def fill(self, table: str, column: str) -> str:
        """The literal, as SQL, that rows without a value get; empty for none."""
        default = self.fills.get((table, column))
        return self.dialect.value(default.value) if default is not None and default.value is not None else ""
