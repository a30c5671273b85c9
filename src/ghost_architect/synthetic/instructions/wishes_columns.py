"""Wishes about columns: new, called otherwise, wider, required or not, with other values."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ghost_architect.schema import types
from ghost_architect.schema.objects import Column, Schema, Table, literal
from ghost_architect.schema.types import Kind

from . import english as en
from .case import Case
from .parts import put, with_column, without_column
from .wish import Wish, attributes


def new_column(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A column more."""
    places = [
        (t, a, table, c)
        for t, a, table, c in attributes(case, old)
        if (c.nullable or c.default is not None) and a.name != t.called and len(table.columns) > 3
    ]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    about = f" ({en.hint(a)})" if en.hint(a) else ""
    must = "It may stay empty." if column.nullable else f"Rows that are there get {_shown(column)}."
    unique = f" No two {thing.title} may have the same." if (column.name,) in table.uniques else ""
    said = rng.choice(
        [
            f"Add {column.name}{about} to {table.name}. {must}{unique}",
            f"People want to record the {en.spaced(a.name)}{about} of {en.a(thing.noun)}, as {column.name}. {must}{unique}",
            f"{en.capital(thing.title)} shall have {en.a(en.spaced(a.name))}{about}: a new column {column.name}. {must}{unique}",
        ]
    )
    return Wish(put(old, without_column(table, column.name)), new, said, table.name)


def _shown(column: Column) -> str:
    value = column.default.value if column.default else None
    return str(value).lower() if isinstance(value, bool) else f"'{value}'" if isinstance(value, str) else str(value)


_OLD_WORDS = {
    "name": ["title", "label"],
    "title": ["name", "caption"],
    "description": ["details", "text"],
    "email": ["mail"],
    "phone": ["telephone"],
    "status": ["state"],
    "stage": ["status"],
}


def rename_column(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A column that is to be called otherwise."""
    places = [
        (t, a, table, c)
        for t, a, table, c in attributes(case, old)
        if a.kind in ("words", "text", "email", "phone", "code", "date", "money")
    ]
    if not places:
        return None
    thing, _, table, column = rng.choice(places)
    word = rng.choice(
        [
            *_OLD_WORDS.get(column.name, []),
            f"{thing.noun.split()[-1]}_{column.name}",
            f"{column.name}_text" if column.type.kind in (Kind.VARCHAR, Kind.TEXT) else f"{column.name}_value",
        ]
    )
    if table.column(word) or word == column.name:
        return None
    said = rng.choice(
        [
            f"Rename {table.name}.{word} to {column.name}.",
            f"{table.name}.{word} shall be called {column.name}; its values stay.",
        ]
    )
    return Wish(
        put(old, _renamed(table, column.name, word)), new, said, table.name, rename=f"{table.name}.{word}={column.name}"
    )


def _renamed(table: Table, was: str, now: str) -> Table:
    def name(text: str) -> str:
        return now if text == was else text

    def names(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(name, texts))

    return replace(
        table,
        columns=tuple(replace(c, name=name(c.name)) for c in table.columns),
        uniques=tuple(map(names, table.uniques)),
        indexes=tuple(replace(i, columns=names(i.columns)) for i in table.indexes),
        checks=tuple(
            replace(c, terms=tuple(replace(x, left=name(x.left), column=x.column and name(x.column)) for x in c.terms))
            for c in table.checks
        ),
    )


def wider(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A text or a number with more room."""
    places = [
        (t, a, table, c)
        for t, a, table, c in attributes(case, old)
        if c.type.kind in (Kind.VARCHAR, Kind.NUMERIC) and a.kind not in ("secret", "percent", "coordinate")
    ]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    if column.type.kind is Kind.VARCHAR:
        assert column.type.length is not None
        short = rng.choice([n for n in (10, 20, 32, 50, 100) if n < column.type.length])
        narrow = types.varchar(short)
        why = rng.choice(
            [
                f"{short} characters are too few for the {en.spaced(a.name)} of {en.a(thing.noun)}",
                f"Some values of {table.name}.{column.name} were cut off at {short} characters",
            ]
        )
    else:
        narrow = types.numeric(rng.choice([6, 8]), 2)
        why = f"{table.name}.{column.name} overflows at {10 ** ((narrow.precision or 0) - 2):,}"
    said = f"{why}: make it {types.spell(column.type).upper()}."
    return Wish(put(old, with_column(table, replace(column, type=narrow))), new, said, table.name)


def bigger(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A counter that runs out."""
    places = [
        (table, c) for _, a, table, c in attributes(case, old) if a.kind == "count" and new.table(table.name) == table
    ]
    if not places:
        return None
    table, column = rng.choice(places)
    said = rng.choice(
        [
            f"{table.name}.{column.name} runs out of INTEGER. Make it BIGINT.",
            f"Counting past two billion: {table.name}.{column.name} needs BIGINT.",
        ]
    )
    return Wish(old, put(new, with_column(table, replace(column, type=types.BIGINT))), said, table.name)


def new_value(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A value more of an enum."""
    places = [(t, a, table, c) for t, a, table, c in attributes(case, old) if a.kind == "choice" and len(c.enum) > 2]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    default = column.default.value if column.default else None
    value = rng.choice([v for v in column.enum[1:] if v != default])
    before = types.enum(*(v for v in column.enum if v != value))
    place = column.enum.index(value)
    where = f"after '{column.enum[place - 1]}'"
    said = rng.choice(
        [
            f"The {en.spaced(a.name)} of {en.a(thing.noun)} can also be '{value}' ({where}).",
            f"Add '{value}' to the values of {table.name}.{column.name}, {where}.",
            f"Users ask for one more {en.spaced(a.name)} for {thing.title}: '{value}', {where}.",
        ]
    )
    return Wish(put(old, with_column(table, replace(column, type=before))), new, said, table.name)


def loosen(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A column that may be empty."""
    places = [
        (t, a, table, c) for t, a, table, c in attributes(case, old) if c.nullable and a.kind not in ("flag", "secret")
    ]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    said = rng.choice(
        [
            f"The {en.spaced(a.name)} of {en.a(thing.noun)} is not always known: allow it to be empty.",
            f"{table.name}.{column.name} shall no longer be required.",
        ]
    )
    return Wish(put(old, with_column(table, replace(column, nullable=False))), new, said, table.name)


def tighten(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A column that must be filled."""
    places = [
        (t, a, table, c)
        for t, a, table, c in attributes(case, old)
        if not c.nullable
        and c.default is None
        and a.kind in ("choice", "int", "money", "percent", "decimal")
        and not any(c.name in k.columns for k in table.checks if len(k.terms) == 1 and k.terms[0].column)
    ]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    value = column.enum[0] if column.enum else "0"
    shown = f"'{value}'" if column.enum else value
    said = rng.choice(
        [
            f"Every {thing.noun} must have {en.a(en.spaced(a.name))} from now on ({table.name}.{column.name}); where it is missing, put {shown}.",
            f"Make {table.name}.{column.name} required. Rows without it get {shown}.",
        ]
    )
    return Wish(
        put(old, with_column(table, replace(column, nullable=True))),
        new,
        said,
        table.name,
        fill=f"{table.name}.{column.name}={value}",
    )


def drop_column(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A column that nobody uses."""
    places = [t for t in old.tables if t.primary_key == ("id",) and t == case.schema.table(t.name)]
    if not places:
        return None
    table = rng.choice(places)
    name, type_ = rng.choice(
        [
            ("legacy_code", types.varchar(32)),
            ("old_reference", types.varchar(64)),
            ("import_batch_number", types.INTEGER),
            ("fax", types.varchar(32)),
            ("internal_memo", types.TEXT),
            ("sync_flag", types.BOOLEAN),
        ]
    )
    if table.column(name):
        return None
    said = rng.choice(
        [
            f"Nobody uses {table.name}.{name} any more. Drop it.",
            f"Remove the column {name} from {table.name}, with its data.",
        ]
    )
    return Wish(put(old, replace(table, columns=(*table.columns, Column(name, type_)))), new, said, table.name)


def new_default(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """Another first value."""
    places = [
        (t, a, table, c) for t, a, table, c in attributes(case, old) if a.kind == "choice" and c.default is not None
    ]
    if not places:
        return None
    thing, a, table, column = rng.choice(places)
    assert column.default is not None
    other = rng.choice([v for v in column.enum if v != column.default.value])
    said = (
        f"A new {thing.noun} shall start with the {en.spaced(a.name)} '{column.default.value}', and not with '{other}'."
    )
    return Wish(put(old, with_column(table, replace(column, default=literal(other)))), new, said, table.name)
