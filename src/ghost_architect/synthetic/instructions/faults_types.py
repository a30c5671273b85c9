"""Faults of types: money as a float, codes as numbers, dates as text, flags and choices as anything."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ghost_architect.schema import types
from ghost_architect.schema.objects import (
    Check,
    Op,
    Schema,
    literal,
)
from ghost_architect.schema.rules.meaning import MONEY
from ghost_architect.schema.types import Kind

from . import english as en
from .case import Case
from .fault import Fault, free_columns, retyped
from .parts import put


def money_as_float(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Prices as floating point numbers."""
    places = free_columns(bad, [Kind.NUMERIC], MONEY)
    if not places:
        return None
    table, column = rng.choice(places)
    wrong = rng.choice([types.REAL, types.DOUBLE])
    said = rng.choice(
        [
            f"{table.name}.{column.name} is money. {types.spell(wrong).upper()} cannot hold 0.10 exactly, so sums drift by cents; it is NUMERIC(12, 2) now.",
            f"Money does not belong in {types.spell(wrong).upper()}: {table.name}.{column.name} became NUMERIC(12, 2), which is exact.",
            f"{table.name}.{column.name} was a binary float. Amounts need exact decimals: NUMERIC(12, 2).",
        ]
    )
    return retyped(good, bad, table, replace(column, type=wrong, default=None), said)


def code_as_number(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Phone numbers, postcodes and document numbers as integers."""
    coded = [
        (case.things[name].table, a.columns[0], a.kind)
        for name in case.things
        for a in case.things[name].attributes
        if a.kind in ("phone", "postcode", "code") and a.columns
    ]
    places = [
        (t, c, kind)
        for t, c in free_columns(bad, [Kind.VARCHAR])
        for table, name, kind in coded
        if (t.name, c.name) == (table, name)
    ]
    if not places:
        return None
    table, column, kind = rng.choice(places)
    lost = {
        "phone": "a leading + or 0, and extensions",
        "postcode": "leading zeros and the letters that many countries use",
        "code": "leading zeros, letters and dashes",
    }
    spelled = types.spell(column.type).upper()
    said = rng.choice(
        [
            f"{table.name}.{column.name} is an identifier, not a quantity: as a number it loses {lost[kind]}. It is {spelled}.",
            f"Nobody adds up {table.name}.{column.name}. Stored as a number it cannot keep {lost[kind]}, so it is text ({spelled}).",
        ]
    )
    return retyped(good, bad, table, replace(column, type=rng.choice([types.INTEGER, types.BIGINT])), said)


def moment_as_text(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Dates and times as text."""
    places = [(t, c) for t, c in free_columns(bad, [Kind.DATE, Kind.TIMESTAMPTZ]) if c.default is None]
    if not places:
        return None
    table, column = rng.choice(places)
    spelled = types.spell(column.type).upper()
    said = rng.choice(
        [
            f"{table.name}.{column.name} held a date as text, which sorts by letters and accepts 31 February. It is {spelled}.",
            f"A column for text takes 'next week' as a date. {table.name}.{column.name} has the type {spelled} now, so the engine checks it.",
            f"{table.name}.{column.name}: VARCHAR cannot be compared or subtracted as time; {spelled} can.",
        ]
    )
    return retyped(good, bad, table, replace(column, type=types.varchar(rng.choice([10, 20, 30, 50]))), said)


def flag_as_text(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Yes or no as a letter or a number."""
    places = free_columns(bad, [Kind.BOOLEAN])
    if not places:
        return None
    table, column = rng.choice(places)
    wrong = rng.choice([types.varchar(3), types.Type(Kind.CHAR, length=1), types.SMALLINT, types.INTEGER])
    said = rng.choice(
        [
            f"{table.name}.{column.name} answers yes or no, but {types.spell(wrong).upper()} also takes anything else. It is BOOLEAN NOT NULL DEFAULT FALSE.",
            f"{table.name}.{column.name} is a flag: BOOLEAN, never unknown, off by default.",
        ]
    )
    return retyped(good, bad, table, replace(column, type=wrong, default=None, nullable=True), said)


def choice_as_text(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A status that is any text; the comment beside it says what is meant."""
    places = free_columns(bad, [Kind.ENUM])
    if not places:
        return None
    table, column = rng.choice(places)
    comment = rng.choice(["one of: ", "allowed: ", "values: "]) + ", ".join(column.enum)
    said = rng.choice(
        [
            f"The values of {table.name}.{column.name} stood in a comment only. An enum type makes the database refuse every other word.",
            f"{table.name}.{column.name} took any text, misspellings included; it is an enum of its {en.number(len(column.enum))} values.",
        ]
    )
    return retyped(
        good, bad, table, replace(column, type=types.varchar(rng.choice([20, 50, 255])), comment=comment), said
    )


def impossible_check(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """Bounds the wrong way round."""
    places = [
        (t, c)
        for t in bad.tables
        for c in t.checks
        if len(c.terms) == 2 and all(term.value is not None for term in c.terms)
    ]
    if not places:
        return None
    table, check = rng.choice(places)
    low, high = check.terms
    turned = Check((replace(low, op=Op.LE), replace(high, op=Op.GE)))
    checks = tuple(turned if c == check else c for c in table.checks)
    said = f"No value could satisfy the check on {table.name}.{low.left}: its bounds were the wrong way round ({low.value} is the lowest value, {high.value} the highest)."
    return Fault(good, put(bad, replace(table, checks=checks)), said, table.name)


def default_of_other_type(case: Case, good: Schema, bad: Schema, rng: Random) -> Fault | None:
    """A default that is not of the column's type."""
    places = [(t, c) for t, c in free_columns(bad, [Kind.BOOLEAN]) if c.default is not None]
    if not places:
        return None
    table, column = rng.choice(places)
    word = rng.choice(["none", "n/a", "unset"])
    said = f"{table.name}.{column.name} is BOOLEAN and had the default '{word}', which is neither true nor false. The default is FALSE."
    return retyped(good, bad, table, replace(column, default=literal(word)), said)
