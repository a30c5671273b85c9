"""Logical column types, spelled as PostgreSQL spells them.

A logical type says what a column holds; how a dialect writes it is that dialect's business
(`dialects/`). An enum is a type of its own and carries its values. PostgreSQL can hold every
logical type, so its spelling is the one that appears in the JSON of a reading.

    >>> spell(read("NUMERIC(12, 2)"))
    'numeric(12,2)'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds. The value is PostgreSQL's name."""

    SMALLINT = "smallint"
    INTEGER = "integer"
    BIGINT = "bigint"
    NUMERIC = "numeric"
    REAL = "real"
    DOUBLE = "double precision"
    BOOLEAN = "boolean"
    VARCHAR = "varchar"
    CHAR = "char"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "jsonb"
    BINARY = "bytea"
    INET = "inet"
    ENUM = "enum"


INTEGERS = frozenset({Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
INTEGER_BITS = {Kind.SMALLINT: 15, Kind.INTEGER: 31, Kind.BIGINT: 63}
"""How many bits a number of this kind has besides its sign."""

NUMBERS = INTEGERS | {Kind.NUMERIC, Kind.REAL, Kind.DOUBLE}
TEXTS = frozenset({Kind.VARCHAR, Kind.CHAR, Kind.TEXT})
MOMENTS = frozenset({Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})


@dataclass(frozen=True, slots=True)
class Type:
    """One logical type.

    Args:
        kind: what the column holds.
        length: characters, for VARCHAR (required) and CHAR (1 if left out).
        precision, scale: digits in all and behind the point, for NUMERIC. Without a precision
            NUMERIC is unbounded; with one, a missing scale is 0.
        values: what an ENUM may hold, in order.

    Raises:
        ValueError: an argument does not belong to the kind, or is out of range.
    """

    kind: Kind
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is Kind.CHAR and self.length is None:
            object.__setattr__(self, "length", 1)
        if self.kind is Kind.NUMERIC and self.precision is not None and self.scale is None:
            object.__setattr__(self, "scale", 0)
        problem = self._problem()
        if problem:
            raise ValueError(f"{self.kind}: {problem}")

    def _problem(self) -> str:
        if (self.length is not None) != (self.kind in (Kind.VARCHAR, Kind.CHAR)):
            return "a length belongs to varchar and char, and to nothing else"
        if self.length is not None and not 1 <= self.length <= 10_485_760:
            return f"length {self.length} is not in 1..10485760"
        if self.kind is not Kind.NUMERIC and (self.precision, self.scale) != (None, None):
            return "precision and scale belong to numeric"
        if self.precision is None and self.scale is not None:
            return "a scale needs a precision"
        if self.precision is not None and not (
            1 <= self.precision <= 1000 and 0 <= (self.scale or 0) <= self.precision
        ):
            return f"numeric({self.precision},{self.scale}) is not a type"
        if (self.kind is Kind.ENUM) != bool(self.values) or len(set(self.values)) != len(self.values):
            return "an enum, and nothing else, has values, each once"
        return ""


def enum(*values: str) -> Type:
    """The enum type with these values."""
    return Type(Kind.ENUM, values=tuple(values))


def varchar(length: int) -> Type:
    """Text of at most `length` characters."""
    return Type(Kind.VARCHAR, length=length)


def numeric(precision: int, scale: int) -> Type:
    """An exact number with `precision` digits, `scale` of them behind the point."""
    return Type(Kind.NUMERIC, precision=precision, scale=scale)


SMALLINT, INTEGER, BIGINT = Type(Kind.SMALLINT), Type(Kind.INTEGER), Type(Kind.BIGINT)
REAL, DOUBLE, BOOLEAN = Type(Kind.REAL), Type(Kind.DOUBLE), Type(Kind.BOOLEAN)
TEXT, UUID, JSON, BINARY = Type(Kind.TEXT), Type(Kind.UUID), Type(Kind.JSON), Type(Kind.BINARY)
DATE, TIME, TIMESTAMP = Type(Kind.DATE), Type(Kind.TIME), Type(Kind.TIMESTAMP)
TIMESTAMPTZ, INTERVAL, INET = Type(Kind.TIMESTAMPTZ), Type(Kind.INTERVAL), Type(Kind.INET)


def spell(type_: Type) -> str:
    """The type in PostgreSQL's spelling, lower case. An enum is spelled `text`: its values stand beside it."""
    if type_.kind is Kind.ENUM:
        return "text"
    if type_.length is not None:
        return f"{type_.kind}({type_.length})"
    if type_.precision is not None:
        return f"{type_.kind}({type_.precision},{type_.scale})"
    return str(type_.kind)


_SPELLED = re.compile(r"\s*([a-z ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)


def read(text: str) -> Type:
    """The inverse of `spell`.

    Raises:
        ValueError: this is not how `spell` writes a type.
    """
    match = _SPELLED.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a logical type")
    kind = Kind(match[1].lower())
    first, second = (int(g) if g else None for g in match.group(2, 3))
    if kind is Kind.NUMERIC:
        return Type(kind, precision=first, scale=second)
    return Type(kind, length=first)
