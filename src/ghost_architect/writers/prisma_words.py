"""How Prisma calls and spells things: models and fields, native types, defaults, strings, lines.

Names are ASCII letters, digits and underscores behind a letter
(https://www.prisma.io/docs/orm/reference/prisma-schema-reference, "Naming conventions"); what a thing
is called in the database stands behind it in `@map` or `@@map`. Native types: the same page, per
database; what Prisma takes without a native type is written without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.naming import entity_name, snake_case
from ghost_architect.schema.objects import Column, DefaultKind
from ghost_architect.schema.types import INTEGERS, MOMENTS, NUMBERS, Kind, Type

from .text import clean, is_visible

RESERVED = frozenset(
    """
    bigint boolean bytes datetime decimal float int json string unsupported
    prisma prismaclient prismapromise sql sortorder
    array buffer date error function map math number object omit partial promise record set symbol uint8array
    constructor then tostring valueof hasownproperty prototype
    """.split()
)
"""Names, lower case, that a model may not have (Prisma's scalars and client), or that would stand for something
else in the generated code: what TypeScript knows already, and what every object has."""

_TYPES: Mapping[Kind, str] = {
    Kind.SMALLINT: "Int",
    Kind.INTEGER: "Int",
    Kind.BIGINT: "BigInt",
    Kind.NUMERIC: "Decimal",
    Kind.REAL: "Float",
    Kind.DOUBLE: "Float",
    Kind.BOOLEAN: "Boolean",
    Kind.VARCHAR: "String",
    Kind.CHAR: "String",
    Kind.TEXT: "String",
    Kind.DATE: "DateTime",
    Kind.TIME: "DateTime",
    Kind.TIMESTAMP: "DateTime",
    Kind.TIMESTAMPTZ: "DateTime",
    Kind.INTERVAL: 'Unsupported("interval")',
    Kind.UUID: "String",
    Kind.JSON: "Json",
    Kind.BINARY: "Bytes",
    Kind.INET: "String",
    Kind.ENUM: "String",
}
"""An enum is a String where it has no type of its own."""

_TEXTS: Mapping[Kind, str] = {Kind.VARCHAR: "VarChar({length})", Kind.CHAR: "Char({length})"}
_NATIVE: Mapping[str, Mapping[Kind, str]] = {
    # Without an argument NUMERIC is unbounded, a moment has six digits behind the second.
    "postgres": {
        **_TEXTS,
        Kind.SMALLINT: "SmallInt",
        Kind.NUMERIC: "Decimal({precision}, {scale})",
        Kind.REAL: "Real",
        Kind.DATE: "Date",
        Kind.TIME: "Time(6)",
        Kind.TIMESTAMP: "Timestamp(6)",
        Kind.TIMESTAMPTZ: "Timestamptz(6)",
        Kind.UUID: "Uuid",
        Kind.INET: "Inet",
    },
    # Without an argument a moment has whole seconds.
    "mysql": {
        **_TEXTS,
        Kind.SMALLINT: "SmallInt",
        Kind.NUMERIC: "Decimal({precision}, {scale})",
        Kind.REAL: "Float",
        Kind.TEXT: "Text",
        Kind.DATE: "Date",
        Kind.TIME: "Time(0)",
        Kind.TIMESTAMP: "DateTime(0)",
    },
    "sqlite": {},
}
PROVIDERS: Mapping[str, str] = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}
"""How Prisma calls the databases."""

_MOST = 60
_IDENTIFIER = re.compile("[A-Za-z][A-Za-z0-9_]*")
_INT64 = 2**63
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_WRITTEN_AS_SQL = MOMENTS | {Kind.BINARY, Kind.INTERVAL}
"""Kinds whose literals Prisma writes in another way than SQL does."""


@dataclass(slots=True)
class Names:
    """Hands out names that differ from each other even without case."""

    taken: set[str] = field(default_factory=set)

    def make(self, wanted: str, *others: str) -> str:
        """The first of these that is free, else the first one with a number behind it."""
        free = next((n for n in (wanted, *others) if n.lower() not in self.taken), None)
        number = 2
        while free is None:
            free = f"{wanted}{number}" if f"{wanted}{number}".lower() not in self.taken else None
            number += 1
        self.taken.add(free.lower())
        return free


def _words(name: str) -> list[str]:
    """The ASCII words of a name."""
    return re.findall("[a-z0-9]+", snake_case(clean(name)))


def camel(name: str) -> str:
    """A field: `paid_by` -> `paidBy`."""
    first, *rest = _words(name) or ["field"]
    word = (first + "".join(w.capitalize() for w in rest))[:_MOST]
    return word if word[0].isalpha() else f"n{word}"


def pascal(name: str) -> str:
    """A type: `order_item` -> `OrderItem`."""
    word = "".join(w.capitalize() for w in _words(name))[:_MOST] or "Model"
    return word if word[0].isalpha() else f"N{word}"


def model_name(table: str) -> str:
    """One row of a table, where that is not something else: `order_items` -> `OrderItem`, `dates` -> `DateRecord`."""
    name = pascal(entity_name(table))
    return f"{name}Record" if name.lower() in RESERVED else name


def value_name(value: str) -> str:
    """A value of an enum, as near to the word as an identifier can be: `In progress` -> `In_progress`."""
    if _IDENTIFIER.fullmatch(value) and len(value) <= _MOST:
        return value
    words = re.findall("[A-Za-z0-9]+", value) if value.isascii() else _words(value)
    word = "_".join(words)[:_MOST]
    if not word:
        return "value" if clean(value) else "empty"
    return word if word[0].isalpha() else f"value_{word}"


def string(text: str) -> str:
    """A string literal, with what cannot be seen as an escape; half a character, which has none, is spelled out."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return '"' + "".join(_ESCAPES.get(c) or (c if is_visible(c) else _unseen(c)) for c in whole) + '"'


def _unseen(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def scalar(type_: Type) -> str:
    """The type of a field that is no enum."""
    return _TYPES[type_.kind]


def native(type_: Type, d: Dialect, keyed: bool) -> str:
    """The `@db.` attribute, empty where the type that Prisma would choose is the right one."""
    kind = type_.kind
    if d.name == "mysql" and (kind is Kind.ENUM or (kind is Kind.BINARY and keyed)):
        # As `ddl` writes them: words that MySQL's ENUM cannot hold, and bytes that need a length.
        word, length = d.write_type(type_, keyed=keyed).split("(")
        return f"@db.{'VarChar' if word == 'VARCHAR' else 'VarBinary'}({length}"
    spelled = _NATIVE[d.name].get(kind, "")
    if kind is Kind.NUMERIC and type_.precision is None:
        spelled = spelled.partition("(")[0]
    spelled = spelled.format(length=type_.length, precision=type_.precision, scale=type_.scale)
    return f"@db.{spelled}" if spelled else ""


def default(column: Column, d: Dialect) -> str:
    """What stands inside `@default(...)` for a column that is no Prisma enum; empty if there is no default.

    What the database makes, or reads in its own way, is its SQL in `dbgenerated`.
    """
    made, kind = column.default, column.type.kind
    if made is None:
        return ""
    if made.kind is DefaultKind.IDENTITY:
        return "autoincrement()"
    text, value = d.write_default(made, column.type), made.value
    if text == "CURRENT_TIMESTAMP":
        return "now()"
    if value is None or kind in _WRITTEN_AS_SQL or text.startswith("("):
        return f"dbgenerated({string(text)})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return text if _is_number(value, kind) else f"dbgenerated({string(text)})"
    return string(value)


def _is_number(value: Decimal, kind: Kind) -> bool:
    """Whether Prisma reads this number in a field of this kind."""
    if kind not in INTEGERS:
        return kind in NUMBERS
    return value == value.to_integral_value() and -_INT64 <= value < _INT64 and "." not in format(value, "f")


@dataclass(slots=True)
class Field:
    """One line of a model, with what is documented above it."""

    name: str
    type: str
    attributes: list[str]
    documentation: list[str] = field(default_factory=list)


def call(word: str, *arguments: str) -> str:
    """An attribute; without arguments it has no parentheses."""
    given = [a for a in arguments if a]
    return f"{word}({', '.join(given)})" if given else word


def aligned(fields: Sequence[Field]) -> Iterator[str]:
    """The lines of a model in columns, as Prisma's formatter sets them."""
    names = max(len(f.name) for f in fields)
    types = max(len(f.type) for f in fields)
    for one in fields:
        yield from (f"  /// {line}" for line in one.documentation)
        yield f"  {one.name.ljust(names)} {one.type.ljust(types)} {' '.join(one.attributes)}".rstrip()
