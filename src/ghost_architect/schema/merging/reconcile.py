"""One column out of two that are the same: which type, which default, and whether it may be empty.

The rules, in this order:
1. A type that says something beats one that does not: TEXT and VARCHAR(255) are what a column gets of
   which nothing is known. A foreign key beats everything.
2. Two types of one family are widened until both fit: values of enums are united, lengths and
   precisions grow, INTEGER becomes BIGINT.
3. Otherwise the form or detail page beats the cell of a list, which shows values cut and rounded.
4. Otherwise the more telling type wins (`_TELLING`), and then the first.
NOT NULL and the default come from the form too; where both are of one rank, NOT NULL wins, because a
screen has to say it while nullable is what is taken where it says nothing.

Where a column comes from is read off its evidence: the headers of a list stand side by side, the
labels of a form below one another. So every backend that cites lines is understood alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..defaults import default_fits
from ..types import MOMENTS, NUMBERS, TEXTS, Kind, Type

if TYPE_CHECKING:
    from ..objects import Column, Default, Evidence, Table

LIST_FROM = 3
"""How many columns of a table stand side by side in a list at least; in a form it is one or two."""

_UNKNOWN_LENGTH = 255
_TELLING = (
    *(Kind.UUID, Kind.INET, Kind.ENUM, Kind.TIMESTAMPTZ, Kind.TIMESTAMP, Kind.DATE, Kind.TIME, Kind.INTERVAL),
    *(Kind.BOOLEAN, Kind.NUMERIC, Kind.DOUBLE, Kind.REAL, Kind.BIGINT, Kind.INTEGER, Kind.SMALLINT),
    *(Kind.JSON, Kind.BINARY, Kind.CHAR, Kind.VARCHAR, Kind.TEXT),
)


def strengths(table: Table) -> dict[str, int]:
    """How much each column is to be believed: 2 from a form or detail page, 1 from a list, 0 inferred."""
    seen = [(column.name, first) for column in table.columns for first in _first_lines(column)]
    result = dict.fromkeys((column.name for column in table.columns), 0)
    for name, line in seen:
        beside = {other for other, its_line in seen if _side_by_side(line, its_line)}
        result[name] = max(result[name], 1 if len(beside) >= LIST_FROM else 2)
    return result


def _first_lines(column: Column) -> list[Evidence]:
    """The line on each screen that a column was read from first: its label or header."""
    return list({e.screen: e for e in reversed(column.evidence)}.values())


def _side_by_side(a: Evidence, b: Evidence) -> bool:
    (_, ya, _, ha), (_, yb, _, hb) = a.box, b.box
    return a.screen == b.screen and abs((ya + ha / 2) - (yb + hb / 2)) <= min(ha, hb) / 2


def united(first: Column, second: Column, believed: tuple[int, int], keys: tuple[bool, bool]) -> Column:
    """One column, under the name of the first.

    Args:
        believed: the `strengths` of both.
        keys: whether each is part of a foreign key.
    """
    stronger, weaker = (second, first) if believed[1] > believed[0] else (first, second)
    if keys[0] != keys[1]:
        type_ = (first if keys[0] else second).type
    else:
        type_ = _type(first.type, second.type, stronger.type if believed[0] != believed[1] else None)
    same_rank = believed[0] == believed[1]
    return replace(
        first,
        type=type_,
        nullable=first.nullable and second.nullable if same_rank else stronger.nullable,
        default=_default(type_, stronger, weaker),
        comment=first.comment or second.comment,
        evidence=tuple(dict.fromkeys(first.evidence + second.evidence)),
    )


def retyped(column: Column, type_: Type) -> Column:
    """The column with another type, and without a default that does not fit it."""
    return replace(column, type=type_, default=_default(type_, column))


def _default(type_: Type, *sources: Column) -> Default | None:
    """The first default that a column of this type can have; what stood in such a column already may stay."""
    defaults = (c.default for c in sources if c.default and (c.type == type_ or default_fits(type_, c.default)))
    return next(defaults, None)


def says_nothing(type_: Type) -> bool:
    """Whether this is the type of a column of which nothing is known."""
    return type_.kind is Kind.TEXT or (type_.kind is Kind.VARCHAR and type_.length == _UNKNOWN_LENGTH)


def one_family(a: Type, b: Type) -> bool:
    """Whether values of both can live in one column without being read anew."""
    families = (TEXTS, NUMBERS, MOMENTS - {Kind.TIME})
    return a.kind is b.kind or any(a.kind in family and b.kind in family for family in families)


def _type(a: Type, b: Type, believed: Type | None) -> Type:
    """The type for values of both; `believed` is the one of the stronger column, if one is stronger."""
    if a == b:
        return a
    if says_nothing(a) and says_nothing(b):
        return believed or Type(Kind.TEXT)
    if says_nothing(a) or says_nothing(b):
        return b if says_nothing(a) else a
    if one_family(a, b):
        return _widened(a, b, believed)
    return believed or min(a, b, key=lambda t: _TELLING.index(t.kind))


def _widened(a: Type, b: Type, believed: Type | None) -> Type:
    if a.kind is Kind.ENUM:
        return Type(Kind.ENUM, values=tuple(dict.fromkeys(a.values + b.values)))
    if a.kind in TEXTS:
        return Type(Kind.VARCHAR, length=max(a.length or 0, b.length or 0))
    if a.kind in MOMENTS:
        return believed or min(a, b, key=lambda t: _TELLING.index(t.kind))
    if a.kind is b.kind is Kind.NUMERIC:
        return _wider_numeric(a, b)
    # Never a float where one side knows better: NUMERIC comes before the floats, and these before integers.
    return min(a, b, key=lambda t: _TELLING.index(t.kind))


def _wider_numeric(a: Type, b: Type) -> Type:
    if a.precision is None or b.precision is None:
        return b if a.precision is None else a
    scale = max(a.scale or 0, b.scale or 0)
    whole = max(a.precision - (a.scale or 0), b.precision - (b.scale or 0))
    return Type(Kind.NUMERIC, precision=min(1000, whole + scale), scale=scale)
