"""One fact in one place: figures that can be computed, lists in a column, copies.

Only what other columns or tables of the same schema make certain, or what the name says outright, is
reported: `guest_count` of a booking is typed in by a person, `order_count` beside a table of orders is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..naming import entity_name, plural, singular, tokens, word_set
from ..types import INTEGERS, NUMBERS, TEXTS
from .base import Spot, links
from .meaning import MONEY

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Column, Schema, Table


def computed_figure(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA140"""
    summed = _summed_tables(schema, dialect)
    for table in schema.tables:
        for column in table.columns:
            if column.type.kind not in NUMBERS or column.name in table.pointing_columns:
                continue
            source = _by_name(column) or _counted(schema, table, column) or _totalled(table, column, summed)
            if source:
                message = f"{table.name}.{column.name} can be computed from {source}, and goes stale when it is stored"
                yield Spot(table.name, column.name, message, "drop it and compute it in a query or a view")


_SPANS = word_set("days hours minutes weeks months")


def _by_name(column: Column) -> str:
    words = tokens(column.name)
    if len(words) > 1 and ({words[0], words[-1]} & {"average", "avg"}):
        return "the values it averages"
    if words in (("age",), ("current", "age"), ("age", "years"), ("age", "in", "years")):
        return "a date of birth"
    if words[:1] and words[0] in _SPANS and words[-1] in ("left", "remaining", "overdue"):
        return "a date and today"
    if len(words) > 2 and words[0] == "total" and words[-1] == "count":
        return "the rows it counts"
    return ""


def _counted(schema: Schema, table: Table, column: Column) -> str:
    """The table whose rows the column counts, if the schema has it."""
    if column.type.kind not in INTEGERS:
        return ""
    found = re.fullmatch(r"(?:number_of|num_of|count_of|no_of|num|total)_(.+)|(.+)_count", column.name)
    if found is None:
        return ""
    thing = entity_name(found[1] or found[2])
    for other in schema.tables:
        entity = entity_name(other.name)
        if other.name != table.name and (entity == thing or entity.endswith(f"_{thing}")):
            return f"the rows of {other.name}"
    return ""


_TOTALS = word_set("total subtotal sub_total grand_total total_amount total_price order_total invoice_total")
_ROW_TOTALS = word_set("total subtotal line_total row_total item_total total_price total_amount extended_price")


def _totalled(table: Table, column: Column, summed: dict[str, str]) -> str:
    if column.name in _ROW_TOTALS and _has_quantity_and_price(table, column):
        return "quantity and price of the same row"
    if column.name in _TOTALS and table.name in summed:
        return f"the rows of {summed[table.name]}"
    return ""


def _summed_tables(schema: Schema, dialect: Dialect) -> dict[str, str]:
    """Parent table -> the table of its line items."""
    return {
        link.target.name: link.table.name
        for link in links(schema, dialect)
        if link.target is not link.table and link.is_mandatory and _has_quantity_and_price(link.table, None)
    }


def _has_quantity_and_price(table: Table, but: Column | None) -> bool:
    lasts = {tokens(c.name)[-1] for c in table.columns if c is not but and c.name and c.type.kind in NUMBERS}
    return bool(lasts & {"quantity", "qty", "hours", "units"}) and bool(lasts & {"price", "cost", "rate"})


_NUMBERED = re.compile(r"(.*[a-z])_?([1-9])")
_LINES = word_set("address addr line street")


def numbered_columns(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA141"""
    for table in schema.tables:
        groups: dict[str, dict[int, Column]] = {}
        for column in table.columns:
            found = _NUMBERED.fullmatch(column.name)
            base, number = (found[1], int(found[2])) if found else (column.name, 1)
            groups.setdefault(base, {})[number] = column
        for base, columns in groups.items():
            first, second = columns.get(1), columns.get(2)
            # The lines of an address, and the coordinates x1 and x2, belong together.
            is_line = len(base) < 2 or tokens(base)[-1] in _LINES
            if first and second and not is_line and first.type.kind is second.type.kind:
                names = ", ".join(columns[n].name for n in sorted(columns))
                message = f"{table.name} has {names}: one thing several times, and no room for one more"
                child = f"{entity_name(table.name)}_{plural(base)}"
                yield Spot(table.name, first.name, message, f"make a table {child} with one row for each")


_LISTS = word_set(
    """tags labels categories roles permissions genres skills keywords participants attendees recipients members
    languages amenities hobbies interests ids"""
)
_PROSE = word_set("notes comments details settings terms instructions remarks options news")


def list_in_text(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA142"""
    tables = {table.name for table in schema.tables}
    for table in schema.tables:
        for column in table.columns:
            last = (tokens(column.name) or ("",))[-1]
            other = column.name in tables - {table.name} and singular(last) != last
            if column.type.kind in TEXTS and last not in _PROSE and (last in _LISTS or other):
                message = (
                    f"{table.name}.{column.name} is a list in a text: its entries cannot be searched, joined or checked"
                )
                one = entity_name(column.name).removesuffix("_id")
                thing = plural(one)
                hint = f"make a table {thing}, and one that joins it: {entity_name(table.name)}_{thing}"
                yield Spot(table.name, column.name, message, hint)


def copied_column(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA143"""
    for table, key, target, _ in links(schema, dialect):
        base = key.columns[0].removesuffix("_id")
        if len(key.columns) > 1 or table is target:
            continue
        for column in table.columns:
            rest = column.name.removeprefix(f"{base}_")
            if rest == column.name or column.name in table.pointing_columns or target.column(rest) is None:
                continue
            # What was charged at the time is a fact of its own.
            if not MONEY & set(tokens(rest)) and rest not in target.primary_key:
                message = (
                    f"{table.name}.{column.name} copies {target.name}.{rest}, which {key.columns[0]} leads to already"
                )
                hint = "drop it and join, unless it has to stay as it was on the day"
                yield Spot(table.name, column.name, message, hint)
