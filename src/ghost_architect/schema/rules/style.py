"""How tables and columns are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..naming import entity_name, identifier, is_plural, is_snake_case, table_name
from .base import Spot

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Schema


def _names(schema: Schema) -> Iterator[tuple[str, str]]:
    """(table, column) of every name; the column is empty for the table's own."""
    for table in schema.tables:
        yield table.name, ""
        yield from ((table.name, column.name) for column in table.columns)


def not_snake_case(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA110"""
    for table, column in _names(schema):
        name = column or table
        if name and not is_snake_case(name):
            message = f"the name {name!r} is not snake_case, so it has to be quoted wherever it is used"
            yield Spot(table, column, message, f"call it {identifier(name, 'unnamed')}")


def table_not_plural(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA111"""
    for table in schema.tables:
        if is_snake_case(table.name) and not is_plural(table.name):
            message = f"the table name {table.name} is not a plural, though it holds many rows"
            yield Spot(table.name, "", message, f"call it {table_name(table.name)}")


def reserved_word(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA112"""
    for table, column in _names(schema):
        name = column or table
        if name.lower() in dialect.reserved:
            message = f"{name} is a reserved word of {dialect.title}: SQL that does not quote it fails"
            better = f"{entity_name(table)}_{name.lower()}" if column else table_name(name)
            better = f"{better}_records" if better in dialect.reserved else better
            yield Spot(table, column, message, f"call it {better}, or something that says more")
