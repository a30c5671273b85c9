"""Defaults that do not belong to their column, and checks that no row can pass."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..defaults import default_fits
from ..objects import Comparison, Op
from ..types import INTEGERS, MOMENTS, NUMBERS, TEXTS, Kind, Type, spell
from .base import Spot

if TYPE_CHECKING:
    from ..defaults import default_fits
    from ..dialects.base import Dialect
from ..objects import Column, Schema, Table


def default_of_another_type(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA020"""
    for table in schema.tables:
        for column in table.columns:
            if column.default is not None and not default_fits(column.type, column.default):
                shown = column.default.value if column.default.value is not None else column.default.kind.upper()
                what = f"one of {listed_values(column)}" if column.enum else spell(column.type)
                message = (
                    f"the default {str(shown)!r} of {table.name}.{column.name} is not {what}, so it can never be stored"
                )
                yield Spot(table.name, column.name, message, "give a default of the column's type, or none")


def listed_values(column: Column) -> str:
    """The first few values of an enum column."""
    return ", ".join(column.enum[:4]) + (", ..." if len(column.enum) > 4 else "")


def check_never_true(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA021"""
    for table in schema.tables:
        for name in _contradicted(table):
            message = f"the checks of {table.name} contradict each other: no value of {name} can satisfy them all"
            yield Spot(table.name, name, message, "correct the comparison that is the wrong way round")


def _contradicted(table: Table) -> Iterator[str]:
    terms = [term for check in table.checks for term in check.terms]
    pairs: dict[tuple[str, str], frozenset[str]] = {}
    values: dict[str, list[Comparison]] = {}
    for term in terms:
        if term.column is None:
            values.setdefault(term.left, []).append(term)
            continue
        pair, allowed = (term.left, term.column), _ALLOWED[term.op]
        if term.column < term.left:
            pair, allowed = (term.column, term.left), frozenset(o.translate(_TURNED) for o in allowed)
        possible = frozenset("=") if pair[0] == pair[1] else frozenset("<=>")
        pairs[pair] = pairs.get(pair, possible) & allowed
    yield from (pair[0] for pair, orders in pairs.items() if not orders)
    for name, compared in values.items():
        column = table.column(name)
        if column is not None and not _possible(column.type, compared):
            yield name


_ALLOWED = {
    Op.LT: frozenset("<"),
    Op.LE: frozenset("<="),
    Op.EQ: frozenset("="),
    Op.NE: frozenset("<>"),
    Op.GE: frozenset("=>"),
    Op.GT: frozenset(">"),
}
"""In which order (smaller, equal, greater) two values may stand."""

_TURNED = str.maketrans("<>", "><")


def _possible(type_: Type, terms: list[Comparison]) -> bool:
    """Whether some value meets all comparisons with constants. Values between two neighbours are taken to exist,
    except between whole numbers."""
    constants = sorted({v for t in terms if (v := _constant(type_, t)) is not None})
    if any(_constant(type_, t) is None for t in terms):
        return True  # A text in an order that we do not know.
    candidates: list[Any] = list(constants)
    if type_.kind in INTEGERS:
        floors = [v.to_integral_value(ROUND_FLOOR) for v in constants]
        return any(_meets(v + step, terms, type_) for v in floors for step in (-1, 0, 1, 2))
    gaps = [(None, constants[0]), *pairwise(constants), (constants[-1], None)]
    return any(_meets(v, terms, type_) for v in candidates) or any(_gap_meets(g, terms, type_) for g in gaps)


def _constant(type_: Type, term: Comparison) -> Any:
    """The constant as something that has an order, or None."""
    if isinstance(term.value, Decimal):
        return term.value if type_.kind in NUMBERS else None
    if type_.kind in MOMENTS and term.value is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", term.value):
        return term.value
    return None


def _meets(value: Any, terms: list[Comparison], type_: Type) -> bool:
    return all(_HOLDS[t.op](value, _constant(type_, t)) for t in terms)


def _gap_meets(gap: tuple[Any, Any], terms: list[Comparison], type_: Type) -> bool:
    """Whether the values strictly between two neighbouring constants (None: no end) meet all comparisons."""
    low, _ = gap
    for term in terms:
        constant = _constant(type_, term)
        order = ">" if low is not None and constant <= low else "<"
        if order not in _ALLOWED[term.op]:
            return False
    return True


_HOLDS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.GE: operator.ge,
    Op.GT: operator.gt,
}


def check_of_two_types(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA022"""
    for table in schema.tables:
        for term in (term for check in table.checks for term in check.terms):
            left = table.column(term.left)
            right = table.column(term.column) if term.column is not None else None
            if left is None or (term.column is not None and right is None):
                continue
            if not (_comparable(left.type, right.type) if right else _compares_with(left.type, term.value)):
                other = right.name if right else str(term.value)
                message = f"a check of {table.name} compares {term.left}, which is {spell(left.type)}, with {other}"
                yield Spot(table.name, term.left, message, "compare a column with something of its own type")


_DAYS = MOMENTS - {Kind.TIME}


_SPANS = frozenset({Kind.TIME, Kind.INTERVAL})


def _comparable(a: Type, b: Type) -> bool:
    """Whether PostgreSQL, the strictest, compares the two; enums only when they have the same values."""
    if Kind.ENUM in (a.kind, b.kind):
        return a == b
    families = (NUMBERS, TEXTS, _DAYS, _SPANS)
    return a.kind is b.kind or any(a.kind in family and b.kind in family for family in families)


def _compares_with(type_: Type, value: Decimal | str | None) -> bool:
    if isinstance(value, Decimal):
        return type_.kind in NUMBERS
    try:
        return type_.kind not in NUMBERS or Decimal(value or "").is_finite()
    except InvalidOperation:
        return False


def default_refused(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA124"""
    for table in schema.tables:
        for term in (term for check in table.checks for term in check.terms):
            column = table.column(term.left)
            value = column.default.value if column is not None and column.default is not None else None
            constant = _constant(column.type, term) if column is not None else None
            if constant is not None and type(value) is type(constant) and not _HOLDS[term.op](value, constant):
                message = (
                    f"the default {value} of {table.name}.{term.left} breaks the check {term.left} {term.op} {constant}"
                )
                yield Spot(table.name, term.left, message, "change the default or the check")


def enum_value_twice(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA125"""
    for table in schema.tables:
        for column in table.columns:
            seen: dict[str, str] = {}
            for value in column.enum:
                first = seen.setdefault(" ".join(value.casefold().split()), value)
                if first != value:
                    message = (
                        f"{table.name}.{column.name} may be {first!r} or {value!r}, which differ in case or spaces only"
                    )
                    yield Spot(table.name, column.name, message, "keep one of the two")
