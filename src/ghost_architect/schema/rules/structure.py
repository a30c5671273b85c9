"""Parts of a schema that have to be there, and names that an engine can keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import BOOKKEEPING, Spot, find_column, fold, listed

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Schema, Table


def same_table_twice(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA001"""
    seen: set[str] = set()
    for table in schema.tables:
        name = fold(table.name, dialect)
        if name in seen:
            yield Spot(
                table.name,
                "",
                f"there are two tables {table.name}, and a database holds one of a name",
                "merge the two, or rename one",
            )
        seen.add(name)


def same_column_twice(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA002"""
    for table in schema.tables:
        seen: set[str] = set()
        for column in table.columns:
            name = fold(column.name, dialect)
            if name in seen:
                message = f"{table.name} has two columns {column.name}, and a table holds one of a name"
                yield Spot(table.name, column.name, message, "drop or rename one of them")
            seen.add(name)


def no_columns(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA003"""
    for table in schema.tables:
        if not table.columns:
            yield Spot(table.name, "", f"{table.name} has no columns, so no row can say anything", "drop the table")


def _parts(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "the primary key", table.primary_key
    yield from (("a UNIQUE", columns) for columns in table.uniques)
    yield from (("an index", index.columns) for index in table.indexes)
    yield from (("a CHECK", check.columns) for check in table.checks)


def missing_column(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA004"""
    for table in schema.tables:
        for what, columns in _parts(table):
            for name in columns:
                if find_column(table, name, dialect) is None:
                    message = f"{what} of {table.name} names the column {name}, which {table.name} does not have"
                    yield Spot(table.name, name, message, f"add the column {name} or take it out of {what}")


def column_twice_in_a_key(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA005"""
    for table in schema.tables:
        keys = [("the primary key", table.primary_key)]
        keys += [("a UNIQUE", columns) for columns in table.uniques]
        keys += [("a foreign key", key.columns) for key in table.foreign_keys]
        for what, columns in keys:
            folded = [fold(name, dialect) for name in columns]
            if len(set(folded)) < len(folded):
                message = f"{what} of {table.name} ({listed(columns)}) names a column twice, which engines refuse"
                yield Spot(table.name, columns[0], message, "name every column once")


def name_not_kept(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA006"""
    for table in schema.tables:
        for name, is_column in [(table.name, False), *((c.name, True) for c in table.columns)]:
            problem = dialect.why_no_name(name, column=is_column)
            if problem:
                yield Spot(
                    table.name, name * is_column, f"the name {_shown(name)} {problem}", "choose a shorter, plain name"
                )


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:37]}...")


def no_primary_key(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA101"""
    for table in schema.tables:
        if table.columns and not table.primary_key:
            message = f"{table.name} has no primary key, so its rows cannot be told apart or pointed at"
            yield Spot(
                table.name, "", message, "add an id column as PRIMARY KEY, or name the columns that identify a row"
            )


def nothing_but_a_number(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA109"""
    for table in schema.tables:
        if table.columns and not table.foreign_keys and all(c.name in BOOKKEEPING for c in table.columns):
            message = (
                f"{table.name} has only {listed(tuple(c.name for c in table.columns))}: it says nothing about anything"
            )
            yield Spot(table.name, "", message, "add the columns that describe a row, or drop the table")
