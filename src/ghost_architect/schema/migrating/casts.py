"""What becomes of values when the type of their column changes.

`effect` is about meaning and is the same for every engine; `using` is the expression that PostgreSQL
needs where its own assignment cast does something else or nothing (manual, "CREATE CAST", and
"ALTER TABLE ... SET DATA TYPE ... USING").
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from ..types import INTEGERS, MOMENTS, NUMBERS, TEXTS, Kind, Type


class Effect(StrEnum):
    """SAFE: every value stays what it is. STOPS: the engine refuses values that do not fit, and the migration ends.
    ROUNDS: values are rounded or cut and nobody is asked. NONE: there is no sensible way."""

    SAFE = "safe"
    STOPS = "stops"
    ROUNDS = "rounds"
    NONE = "none"


_DIGITS = {Kind.SMALLINT: 5, Kind.INTEGER: 10, Kind.BIGINT: 19}
_ORDER = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT)
_LENGTHS = {Kind.SMALLINT: 6, Kind.INTEGER: 11, Kind.BIGINT: 20, Kind.BOOLEAN: 5, Kind.UUID: 36}
"""The longest text that values of a kind make."""

_STAMPS = frozenset((Kind.TIMESTAMP, Kind.TIMESTAMPTZ))
_EXACT_IN = {Kind.REAL: (Kind.SMALLINT,), Kind.DOUBLE: (Kind.SMALLINT, Kind.INTEGER, Kind.REAL)}
_READ_FROM_TEXT = frozenset(
    (*NUMBERS, *MOMENTS, Kind.BOOLEAN, Kind.UUID, Kind.JSON, Kind.INET, Kind.INTERVAL, Kind.ENUM)
)


def effect(before: Type, after: Type) -> Effect:
    """What becomes of the values of one type in a column of another."""
    if before == after:
        return Effect.SAFE
    for applies, outcome in _RULES:
        if applies(before, after):
            return outcome if isinstance(outcome, Effect) else outcome(before, after)
    return Effect.NONE


def _to_text(before: Type, after: Type) -> Effect:
    longest = _longest(before)
    fits = after.length is None or (longest is not None and longest <= after.length)
    return Effect.SAFE if fits else Effect.STOPS


def _longest(type_: Type) -> int | None:
    """How many characters a value has at most; None for any number."""
    if type_.kind is Kind.ENUM:
        return max(map(len, type_.values))
    if type_.precision is not None:
        return type_.precision + 2
    return type_.length or _LENGTHS.get(type_.kind)


def _between_enums(before: Type, after: Type) -> Effect:
    return Effect.SAFE if set(before.values) <= set(after.values) else Effect.STOPS


def _between_numbers(before: Type, after: Type) -> Effect:
    if after.kind in (Kind.REAL, Kind.DOUBLE):
        return Effect.SAFE if before.kind in _EXACT_IN[after.kind] else Effect.ROUNDS
    if before.kind in (Kind.REAL, Kind.DOUBLE):
        return Effect.ROUNDS
    if before.kind in INTEGERS and after.kind in INTEGERS:
        return Effect.SAFE if _ORDER.index(before.kind) <= _ORDER.index(after.kind) else Effect.STOPS
    return _between_exact(before, after)


def _between_exact(before: Type, after: Type) -> Effect:
    """Integers and NUMERIC: by digits before and behind the point, None for any number of them."""
    if after.kind is Kind.NUMERIC and after.precision is None:
        return Effect.SAFE
    if before.kind is Kind.NUMERIC and before.precision is None:
        return Effect.ROUNDS
    whole, rest = _places(before)
    new_whole, new_rest = _places(after)
    if rest > new_rest:
        return Effect.ROUNDS
    return Effect.SAFE if whole < new_whole or (whole == new_whole and after.kind is Kind.NUMERIC) else Effect.STOPS


def _places(type_: Type) -> tuple[int, int]:
    if type_.kind in _DIGITS:
        return _DIGITS[type_.kind], 0
    scale = type_.scale or 0
    return (type_.precision or 0) - scale, scale


def _between_moments(before: Type, after: Type) -> Effect:
    if before.kind is Kind.DATE:
        return Effect.SAFE if after.kind in _STAMPS else Effect.NONE
    if before.kind in _STAMPS:
        return Effect.SAFE if after.kind in _STAMPS else Effect.ROUNDS
    return Effect.NONE


_Rule = tuple[Callable[[Type, Type], bool], Effect | Callable[[Type, Type], Effect]]
_RULES: tuple[_Rule, ...] = (
    (lambda a, b: b.kind in TEXTS and a.kind is not Kind.BINARY, _to_text),
    (lambda a, b: a.kind in TEXTS and b.kind in _READ_FROM_TEXT, Effect.STOPS),
    (lambda a, b: a.kind is b.kind is Kind.ENUM, _between_enums),
    (lambda a, b: a.kind in NUMBERS and b.kind in NUMBERS, _between_numbers),
    (lambda a, b: a.kind in INTEGERS and b.kind is Kind.BOOLEAN, Effect.ROUNDS),
    (lambda a, b: a.kind is Kind.BOOLEAN and b.kind in INTEGERS, Effect.SAFE),
    (lambda a, b: a.kind in MOMENTS and b.kind in MOMENTS, _between_moments),
)


def lost(before: Type, after: Type) -> str:
    """What is lost where values are rounded, for a message."""
    if before.kind in MOMENTS:
        return "the time of day is cut off" if after.kind is Kind.DATE else "the date is cut off"
    if after.kind is Kind.BOOLEAN:
        return "every number but 0 becomes true"
    if after.kind in (Kind.REAL, Kind.DOUBLE):
        return "digits that floating point does not keep are rounded"
    return "digits that have no place any more are rounded"


def is_made_boolean(before: Type, after: Type) -> bool:
    """Whether numbers become yes or no, which no engine does as it is meant here: 0 is no, all others are yes."""
    return before.kind in INTEGERS and after.kind is Kind.BOOLEAN


def assumes_utc(before: Type, after: Type) -> bool:
    """Whether a moment gains or loses its time zone."""
    zoned = before.kind is Kind.TIMESTAMPTZ, after.kind is Kind.TIMESTAMPTZ
    return zoned[0] != zoned[1] and before.kind in MOMENTS and after.kind in MOMENTS


def using(before: Type, after: Type, column: str, written: str) -> str:
    """The expression for PostgreSQL's USING; empty where assignment does it.

    A cast to VARCHAR(n) is left to assignment, which refuses what is too long; a cast would cut it off.

    Args:
        before, after: the types; `effect` is not NONE.
        column: the column, as it stands in SQL.
        written: the new type, as it stands in SQL.
    """
    if Kind.ENUM in (before.kind, after.kind) and after.kind not in TEXTS:
        return f"{column}::text::{written}"
    if after.kind in TEXTS:
        # An address is written with its mask by a cast, and without it where it names one host by abbrev.
        return f"abbrev({column})" if before.kind is Kind.INET else ""
    if before.kind in TEXTS:
        return f"{column}::{written}"
    if after.kind is Kind.BOOLEAN:
        return f"{column} <> 0"
    if before.kind is Kind.BOOLEAN:
        return f"{column}::integer::{written}"
    if assumes_utc(before, after):
        moved = f"{column}::timestamp" if before.kind is Kind.DATE else column
        zoned = f"{moved} AT TIME ZONE 'UTC'"
        return zoned if after.kind in _STAMPS else f"({zoned})::{written}"
    return ""
