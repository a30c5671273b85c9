"""Columns as Django's fields: the class, what it is told, and what it cannot keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.objects import Column
from ghost_architect.schema.types import Kind, Type

from ..python import INDENT, WIDTH, Call, Expr, Named, Names, shown_width, string, variable
from ..text import clean

MODULES = {
    "models": "django.db",
    **dict.fromkeys(("F", "Func", "Q"), "django.db.models"),
    **dict.fromkeys(("Cast", "Now"), "django.db.models.functions"),
    "RandomUUID": "django.contrib.postgres.functions",
    "Decimal": "decimal",
    "UUID": "uuid",
}
"""Where every name comes from that a module may import; `datetime` is imported as `dt`."""

IMPORTABLE = frozenset({*MODULES, "dt"})

RESERVED = IMPORTABLE | frozenset(
    """adelete arefresh_from_db asave check clean clean_fields date_error_message delete from_db full_clean
    get_constraints get_deferred_fields id meta mro objects pk prepare_database_save refresh_from_db save save_base
    serializable_value unique_error_message validate_constraints validate_unique""".split()
)
"""What a model has already (django.db.models.Model, `type.mro`), or its body uses. Only a key may be called `id`."""

_FIELDS: Mapping[Kind, str] = {
    Kind.SMALLINT: "SmallIntegerField",
    Kind.INTEGER: "IntegerField",
    Kind.BIGINT: "BigIntegerField",
    Kind.NUMERIC: "DecimalField",
    Kind.REAL: "FloatField",
    Kind.DOUBLE: "FloatField",
    Kind.BOOLEAN: "BooleanField",
    Kind.VARCHAR: "CharField",
    Kind.CHAR: "CharField",
    Kind.TEXT: "TextField",
    Kind.DATE: "DateField",
    Kind.TIME: "TimeField",
    Kind.TIMESTAMP: "DateTimeField",
    Kind.TIMESTAMPTZ: "DateTimeField",
    Kind.INTERVAL: "DurationField",
    Kind.UUID: "UUIDField",
    Kind.JSON: "JSONField",
    Kind.BINARY: "BinaryField",
    Kind.INET: "GenericIPAddressField",
    Kind.ENUM: "CharField",
}
_NUMBERED: Mapping[Kind, str] = {
    Kind.SMALLINT: "SmallAutoField",
    Kind.INTEGER: "AutoField",
    Kind.BIGINT: "BigAutoField",
}
_DIGITS, _DECIMALS = 65, 30
"""For a number without a precision, which Django does not have: as many as MySQL can hold."""


def field_class(type_: Type, *, numbered: bool = False) -> str:
    """The class of a field; `numbered` for a key whose rows the engine numbers."""
    return f"models.{_NUMBERED[type_.kind] if numbered else _FIELDS[type_.kind]}"


def sizes(type_: Type) -> list[Named]:
    """How long or exact a field is."""
    if type_.kind is Kind.NUMERIC:
        digits, decimals = (type_.precision, type_.scale) if type_.precision else (_DIGITS, _DECIMALS)
        return [Named("max_digits", str(digits)), Named("decimal_places", str(decimals))]
    length = max(map(len, type_.values)) or 1 if type_.values else type_.length
    return [Named("max_length", str(length))] if length else []


def note_type(column: Column, place: str, d: Dialect, note: Callable[[str], None]) -> None:
    """Say what becomes of a type that Django does not have."""
    kind = column.type.kind
    if kind is Kind.NUMERIC and column.type.precision is None:
        note(f"{place} has {_DIGITS} digits, {_DECIMALS} of them behind the point: a DecimalField has a limit")
    if kind is Kind.REAL:
        note(f"{place} is a double: Django has no single precision")
    if kind is Kind.TIMESTAMP and d.name == "postgres":
        note(f"{place} is a moment with a time zone: a DateTimeField has one in PostgreSQL")
    if kind is Kind.ENUM and not d.checked_enum(column.type):
        note(f"{place} is a text with a CHECK: Django makes no enum type")


def members(words: Sequence[str]) -> dict[str, str]:
    """Per word its member of TextChoices, in capitals as PEP 8 has constants."""
    names = Names(frozenset())
    return {word: names.take(variable(word, "empty" if not word else "value").upper()) for word in words}


def shown(word: str, member: str) -> Expr:
    """The value, and how it is shown where that is not what Django makes of the member's name."""
    label = clean(word) or "(empty)"
    if label == word and label.lower() == member.replace("_", " ").lower():
        return string(word)
    pair = string(word), string(label)
    line = f"{INDENT}{member} = {', '.join(pair)}"
    return ", ".join(pair) if shown_width(line) <= WIDTH else Call("", pair)
