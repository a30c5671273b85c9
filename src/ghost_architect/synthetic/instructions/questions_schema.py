"""Questions about the whole: what is kept, how it hangs together, why it has these types."""

from __future__ import annotations

from collections import deque
from random import Random

from ghost_architect.schema import types
from ghost_architect.schema.objects import OnDelete, Schema, Table
from ghost_architect.schema.types import Kind

from . import english as en
from .case import Case
from .links import all_keys, fate
from .parts import is_junction, pointing


def path(case: Case, rng: Random) -> tuple[str, str] | None:
    """How to get from one table to a far one."""
    found = [p for t in case.schema.tables for p in [_longest(case.schema, t.name)] if len(p) >= 2]
    if not found:
        return None
    steps = rng.choice(found)
    start, end = steps[0][0], steps[-1][3]
    asked = rng.choice(
        [
            f"How do I get from a row of {start} to the {en.one(end)} behind it? Which joins does that take?",
            f"Which {en.one(end)} does {en.a(en.one(start))} lead to, and through which columns?",
            f"{start} has no column for {en.many(end)}. How are the two connected?",
            f"I have the id of {en.a(en.one(start))} and want to know its {en.one(end)}. What is the way?",
        ]
    )
    out = [f"The way takes {en.number(len(steps))} joins."]
    for i, (table, column, nullable, target) in enumerate(steps):
        word = "First" if i == 0 else "Finally" if i > 1 and i == len(steps) - 1 else "Then"
        out.append(
            f"{word}, {table}.{column} leads to {target}.id"
            + (" (it may be NULL, so a LEFT JOIN is needed to keep rows without one)" if nullable else "")
            + "."
        )
    loose = [f"{t}.{c}" for t, c, n, _ in steps if n]
    if loose:
        out.append(f"Because {en.listed(loose)} may be empty, not every {en.one(start)} has {en.a(en.one(end))}.")
    else:
        out.append(
            f"All of these columns are NOT NULL, so every {en.one(start)} has exactly one {en.one(end)}, and inner joins lose nothing."
        )
    out.append(
        rng.choice(
            [
                "Each of the columns is indexed, so the way back is cheap too.",
                f"The other way round, {en.a(en.one(end))} can have any number of {en.many(start)}.",
            ]
        )
    )
    return asked, " ".join(out)


def _longest(schema: Schema, start: str) -> list[tuple[str, str, bool, str]]:
    """The farthest table by foreign keys, and the way there: (table, column, may be empty, target)."""
    ways: dict[str, list[tuple[str, str, bool, str]]] = {start: []}
    waiting = deque([start])
    while waiting:
        table = schema.table(waiting.popleft())
        for f in table.foreign_keys if table is not None and not is_junction(table) else ():
            if f.table not in ways and table is not None:
                column = table.column(f.columns[0])
                ways[f.table] = [
                    *ways[table.name],
                    (table.name, f.columns[0], bool(column and column.nullable), f.table),
                ]
                waiting.append(f.table)
    return max(ways.values(), key=len)


def overview(case: Case, rng: Random) -> tuple[str, str] | None:
    """What is kept, and how it hangs together."""
    if not 3 <= len(case.schema.tables) <= 9:
        return None
    asked = rng.choice(
        [
            "Explain this schema to a new developer: what is kept where, and how it hangs together.",
            "Which tables are there, and how are they related?",
            "Describe this database in a few sentences for somebody who does not read SQL.",
            "Summarise the data model below.",
            f"I have to write the documentation of {case.product}. What does its schema say?",
        ]
    )
    main = max(
        (t for t in case.schema.tables if not is_junction(t)),
        key=lambda t: (len(pointing(case.schema, t.name)) + len(t.foreign_keys), t.name),
    )
    plain = [t for t in case.schema.tables if not is_junction(t)]
    out = [
        f"It is the database of {en.a(case.domain.title.lower())} application with {en.number(len(case.schema.tables))} tables. Most connected is {main.name}."
    ]
    for table in plain:
        facts = [
            en.spaced(c.name)
            for c in table.columns
            if c.name not in ("id", "created_at", "updated_at")
            and not any(c.name in f.columns for f in table.foreign_keys)
        ]
        shown = (
            (", ".join(facts[:4]) + " and more" if len(facts) > 5 else en.listed(facts))
            if facts
            else "nothing but their links"
        )
        said = f"{en.capital(en.spaced(table.name))} are stored with {shown}."
        for f in table.foreign_keys:
            column = table.column(f.columns[0])
            if f.table == table.name:
                said += f" They can form a tree through {f.columns[0]}."
            elif f.on_delete is OnDelete.CASCADE:
                said += f" Each is part of {en.a(en.one(f.table))} and goes with it."
            elif column is not None and (column.name,) in table.uniques:
                said += f" Each has {'at most' if column.nullable else 'exactly'} one {en.one(f.table)}, which no other shares."
            else:
                said += f" Each {'may have' if column and column.nullable else 'has'} {en.a(en.one(f.table))} ({f.columns[0]})."
        out.append(said)
    for table in case.schema.tables:
        if is_junction(table):
            one, other = (next(f.table for f in table.foreign_keys if f.columns == (c,)) for c in table.primary_key)
            out.append(
                f"The table {table.name} links {one} and {other if other != one else 'other rows of the same table'}, many to many."
            )
    out[0] = out[0].replace("application application", "application")
    return asked, "\n".join(f"- {line}" for line in out) if rng.random() < 0.3 else " ".join(out)


def numbers(case: Case, rng: Random) -> tuple[str, str] | None:
    """How many of one can there be for the other."""
    keys = [(t, f) for t, f in all_keys(case.schema) if not is_junction(t) and f.table != t.name]
    if len(keys) < 2 or rng.random() < 0.6:  # it fits every schema, and would be asked most
        return None
    (table, key) = rng.choice(keys)
    column = table.column(key.columns[0])
    assert column is not None
    one, other = en.one(table.name), en.one(key.table)
    asked = rng.choice(
        [
            f"How many {en.many(table.name)} can {en.a(other)} have, and how many {en.many(key.table)} {en.a(one)}?",
            f"Is the relation between {table.name} and {key.table} one to one, one to many or many to many? How does the schema say so?",
            f"Can {en.a(one)} exist without {en.a(other)}? And can it have two?",
        ]
    )
    unique = (column.name,) in table.uniques
    combined = [u for u in table.uniques if column.name in u and len(u) > 1]
    out = [
        rng.choice(
            [
                f"The relation is made by {table.name}.{column.name}, a single column, so {en.a(one)} never has more than one {other} in this role.",
                f"Look at {table.name}.{column.name}: it holds one id of {key.table}, hence {en.a(one)} cannot have two in this role.",
                f"{en.capital(en.a(one))} has at most one {other} here, since {column.name} is one column in {table.name} and holds one value.",
            ]
        ),
        rng.choice(
            [f"As {column.name} may be NULL, it can also have none.", "The column is nullable, so there may be none."]
        )
        if column.nullable
        else rng.choice(
            [
                f"{column.name} is NOT NULL, so there is always one.",
                f"It cannot do without: {column.name} is NOT NULL.",
                "The column is required, so none is not possible either.",
            ]
        ),
    ]
    if unique:
        out.append(
            f"It is also UNIQUE: no two {en.many(table.name)} share {en.a(other)}, which makes the relation one to one, seen from {key.table} zero or one."
        )
    else:
        out.append(
            rng.choice(
                [
                    f"Nothing makes it unique, so {en.a(other)} can have any number of {en.many(table.name)}, including none: one to many.",
                    f"On the side of {key.table} there is no limit. As many {en.many(table.name)} as one likes can carry the same id, or none: it is one to many.",
                    f"Without a UNIQUE constraint on it, many {en.many(table.name)} can share {en.a(other)}, which makes the relation one to many.",
                ]
            )
        )
    for u in combined:
        rest = [c for c in u if c != column.name]
        out.append(
            f"Within one {other}, though, {en.listed(rest)} must differ from row to row, because ({', '.join(u)}) is unique."
        )
    others = [f for f in table.foreign_keys if f.table == key.table and f is not key]
    if others:
        out.append(
            f"{table.name} also points at {key.table} through {en.listed([f.columns[0] for f in others])}; that is another relation."
        )
    out.append(
        {
            "cascade": f"Deleting the {other} deletes its {en.many(table.name)}.",
            "clear": f"Deleting the {other} leaves the {one} without one.",
            "refuse": f"{en.capital(en.a(other))} that still has {en.many(table.name)} cannot be deleted.",
        }[fate(key)]
    )
    return asked, " ".join(out)


def column_types(case: Case, rng: Random) -> tuple[str, str] | None:
    """Why a column has the type that it has."""
    reasons = {
        Kind.NUMERIC: "NUMERIC is exact: 0.10 stays 0.10, and sums come out to the cent. A floating point column would round in binary.",
        Kind.TIMESTAMPTZ: "TIMESTAMPTZ stores a point in time, independent of the time zone of whoever wrote it, and shows it in that of the reader. A TIMESTAMP without time zone would be ambiguous as soon as two zones, or one change of the clock, are involved.",
        Kind.ENUM: "An enum type lists the allowed words once. Any other text, misspellings included, is refused, and the values sort in the order in which they are listed.",
        Kind.DATE: "It is about a day and not about a moment, so DATE is enough, and no time zone can shift it to the day before.",
        Kind.BOOLEAN: "It is a question with two answers. BOOLEAN takes nothing else, and NOT NULL with a default leaves no third state.",
    }
    coded = {
        (t.table, a.columns[0]): a.kind
        for t in case.things.values()
        for a in t.attributes
        if a.columns and a.kind in ("phone", "code", "postcode")
    }
    places = [
        (t, c, reasons[c.type.kind])
        for t in case.schema.tables
        for c in t.columns
        if c.type.kind in reasons and c.type.kind is not Kind.NUMERIC
    ]
    money = {(t.table, a.columns[0]) for t in case.things.values() for a in t.attributes if a.kind == "money"}
    places += [
        (t, c, reasons[Kind.NUMERIC]) for t in case.schema.tables for c in t.columns if (t.name, c.name) in money
    ]
    text = "It is an identifier that happens to contain digits. Nobody calculates with it, and a number would lose leading zeros, plus signs, letters and dashes."
    places += [(t, c, text) for t in case.schema.tables for c in t.columns if (t.name, c.name) in coded]
    if len({c.type.kind for _, c, _ in places}) < 3:
        return None
    chosen: list[tuple[Table, object, str]] = []
    kinds: set[Kind] = set()
    rng.shuffle(places)
    for t, c, why in places:
        if c.type.kind not in kinds and len(chosen) < 3:
            kinds.add(c.type.kind)
            chosen.append((t, c, why))
    names = [f"{t.name}.{c.name}" for t, c, _ in places if any(c is x for _, x, _ in chosen)]
    asked = rng.choice(
        [
            f"Why do {en.listed(names)} have the types that they have?",
            f"Justify the column types of {en.listed(names)}.",
            f"Would VARCHAR not do for {en.listed(names, 'or')}?",
        ]
    )
    out = []
    for t, c, why in places:
        if any(c is x for _, x, _ in chosen):
            spelled = "an enum" if c.enum else types.spell(c.type).upper()
            shown = f" ({', '.join(c.enum)})" if c.enum else ""
            out.append(f"{t.name}.{c.name} is {spelled}{shown}. {why}")
    return asked, "\n\n".join(out) if rng.random() < 0.5 else " ".join(out)
