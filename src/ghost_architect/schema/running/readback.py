"""Whether what an engine gives back is the default that was meant."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from ..objects import Default, DefaultKind
from ..types import MOMENTS, NUMBERS, TEXTS, Kind, Type

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def same(type_: Type, default: Default, text: str | None) -> bool | None:
    """Whether a column's text is its default; None where spellings differ and neither can be told.

    A default that the engine makes counts when it has the right form: a moment, a UUID, a number.
    """
    if text is None:
        return False
    if default.kind is DefaultKind.IDENTITY:
        return text.isdecimal()
    if default.kind is DefaultKind.UUID:
        return _UUID.fullmatch(text) is not None
    if default.kind in (DefaultKind.NOW, DefaultKind.TODAY):
        return _is_moment(text)
    assert default.value is not None
    return _same_literal(type_, default.value, text)


def _same_literal(type_: Type, value: str | Decimal | bool, text: str) -> bool | None:
    if isinstance(value, bool):
        return text.lower() in (("true", "t", "1") if value else ("false", "f", "0"))
    if type_.kind in NUMBERS:
        return _same_number(type_, Decimal(value), text)
    if isinstance(value, Decimal):
        return None
    if type_.kind in TEXTS or type_.kind is Kind.ENUM:
        padded = type_.kind is Kind.CHAR
        return (text.rstrip() if padded else text) == (value.rstrip() if padded else value)
    if text == value:
        return True
    return _same_other(type_, value, text)


def _same_number(type_: Type, value: Decimal, text: str) -> bool:
    """Exact, or equal in the precision of a double: SQLite keeps NUMERIC as one where it has to."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        return False
    if type_.kind is Kind.NUMERIC and type_.scale is not None:
        with localcontext(prec=2_200):  # PostgreSQL keeps up to 1000 digits on either side of the point
            if read == value.quantize(Decimal(1).scaleb(-type_.scale), ROUND_HALF_UP):
                return True
    tolerance = 1e-5 if type_.kind is Kind.REAL else 1e-14  # MySQL shows six digits of a FLOAT
    return read == value or math.isclose(float(read), float(value), rel_tol=tolerance)


def _same_other(type_: Type, value: str, text: str) -> bool | None:
    try:
        if type_.kind is Kind.JSON:
            return bool(json.loads(value) == json.loads(text))
        if type_.kind in MOMENTS and type_.kind is not Kind.TIME:
            return _naive(value) == _naive(text) or None
    except ValueError:
        return None
    return None


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text if ":" not in text or "-" in text else f"2024-01-01T{text}")
    except ValueError:
        return False
    return True
