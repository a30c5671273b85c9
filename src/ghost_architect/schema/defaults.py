"""Whether a column of a type can hold a default: what a rule asks of a schema, and `merge` before it changes a type."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from .objects import Default, DefaultKind, is_literal_for
from .types import INTEGER_BITS, INTEGERS, MOMENTS, TEXTS, Kind, Type

_MAKES = {
    DefaultKind.NOW: MOMENTS | TEXTS,
    DefaultKind.TODAY: (MOMENTS | TEXTS) - {Kind.TIME},
    DefaultKind.UUID: TEXTS | {Kind.UUID},
    DefaultKind.IDENTITY: INTEGERS,
}
_MOMENT_WORDS = frozenset({"now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "allballs"})


_READERS: dict[Kind, Callable[[str], object]] = {
    Kind.UUID: uuid.UUID,
    Kind.JSON: json.loads,
    Kind.INET: ipaddress.ip_interface,
}


def default_fits(type_: Type, default: Default) -> bool:
    """Whether a column of this type can hold this default."""
    if default.value is None:
        return type_.kind in _MAKES[default.kind]
    return is_literal_for(type_, default.value) and _can_hold(type_, default.value)


def _can_hold(type_: Type, value: str | Decimal | bool) -> bool:
    if isinstance(value, Decimal):
        return _number_fits(type_, value)
    if isinstance(value, bool):
        return True
    if type_.length is not None:
        return len(value.rstrip() if type_.kind is Kind.CHAR else value) <= type_.length
    if type_.kind is Kind.ENUM:
        return value in type_.values
    if type_.kind in MOMENTS:
        return value.lower() in _MOMENT_WORDS or _looks_like_moment(value)
    return _readable(_READERS[type_.kind], value) if type_.kind in _READERS else True


def _number_fits(type_: Type, value: Decimal) -> bool:
    if type_.kind in INTEGER_BITS:
        limit = 1 << INTEGER_BITS[type_.kind]
        return value == value.to_integral_value() and -limit <= value < limit
    if type_.precision is not None:
        return abs(value) < Decimal(10) ** (type_.precision - (type_.scale or 0))
    return True


def _looks_like_moment(value: str) -> bool:
    """Only what is written the ISO way is checked closely: engines read many other forms."""
    if re.match(r"\d{4}-\d\d-\d\d", value):
        return _readable(date.fromisoformat, value[:10])
    return any(c.isdigit() for c in value)


def _readable(reader: Callable[[str], object], value: str) -> bool:
    try:
        reader(value)
    except ValueError:
        return False
    return True
