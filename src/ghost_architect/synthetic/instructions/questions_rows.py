"""Questions about rows: what must be there first, what is refused, what may be left out."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ghost_architect.schema.ddl import check_sql
from ghost_architect.schema.objects import OnDelete, Table
from ghost_architect.schema.types import Kind

from . import english as en
from .case import Case
from .links import needed_first, required_keys
from .parts import is_junction


def order(case: Case, rng: Random) -> tuple[str, str] | None:
    """What must be there before a row can be."""
    tables = [t for t in case.schema.tables if len(required_keys(t)) >= 1 and not is_junction(t)]
    if len(case.schema.tables) < 3 or not tables:
        return None
    table = max(tables, key=lambda t: (len(needed_first(case.schema, t)), t.name))
    needed = needed_first(case.schema, table)
    if len(needed) < 2:
        return None
    asked = rng.choice(
        [
            f"In which order do I have to insert rows so that I can store my first {en.one(table.name)}?",
            f"The database is empty. What must exist before {en.a(en.one(table.name))} can be saved?",
            f"I am writing test data for {table.name}. Which other tables need rows first, and why?",
        ]
    )
    out = [f"{en.capital(en.a(en.one(table.name)))} cannot stand alone."]
    for t in needed:
        required = required_keys(t)
        if required:
            out.append(
                f"A row of {t.name} needs {en.listed([f'{f.table} ({f.columns[0]} is NOT NULL)' for f in required])}."
            )
        else:
            out.append(f"{t.name} needs nothing else and can come first.")
    out.append(
        f"{table.name} itself requires {en.listed([f'{f.columns[0]} ({f.table})' for f in required_keys(table)])}."
    )
    out.append(f"So a safe order is {', '.join([*(t.name for t in needed), table.name])}.")
    optional = [f for f in table.foreign_keys if f not in required_keys(table)]
    if optional:
        out.append(f"{en.listed([f.columns[0] for f in optional])} may stay empty and can be filled in later.")
    return asked, " ".join(out)


def refusals(case: Case, rng: Random) -> tuple[str, str] | None:
    """What the database refuses."""
    tables = [
        t
        for t in case.schema.tables
        if len(t.checks) + len(t.uniques) + len(required_keys(t)) + sum(c.type.kind is Kind.ENUM for c in t.columns)
        >= 4
    ]
    if not tables:
        return None
    table = rng.choice(tables)
    asked = rng.choice(
        [
            f"Which mistakes in {en.a(en.one(table.name))} does the database itself catch?",
            f"What can make an INSERT into {table.name} fail?",
            f"List the rules that {table.name} enforces, in plain words.",
            f"Our form for {en.many(table.name)} shall check what the database would refuse anyway. What is that?",
        ]
    )
    out = [*_demands(table), *_checks(table)]
    lengths = [c for c in table.columns if c.type.kind is Kind.VARCHAR]
    if lengths and rng.random() < 0.6:
        out.append(
            f"Texts are limited in length: {en.listed([f'{c.name} to {c.type.length}' for c in lengths])} characters."
        )
    head = rng.choice(
        [
            f"A row of {table.name} is refused unless all of this holds:",
            f"The database checks {en.number(len(out))} things about {en.a(en.one(table.name))}:",
            f"These rules are enforced for {table.name}, whoever writes to it:",
        ]
    )
    return asked, "\n".join([head, *(f"- {line}" for line in out)])


def _demands(table: Table) -> Iterator[str]:
    """What has to be given, and what has to be there."""
    keyed = {c for f in table.foreign_keys for c in f.columns}
    needed = [c.name for c in table.columns if not c.nullable and c.default is None and c.name not in keyed]
    if needed:
        yield f"{en.listed(needed)} must be given; {'they are' if len(needed) > 1 else 'it is'} NOT NULL without a default."
    needs = required_keys(table)
    for f in needs:
        yield f"{f.columns[0]} must be given too and has to be the id of an existing row of {f.table}."
    for f in table.foreign_keys:
        if f not in needs:
            yield f"{f.columns[0]} may be empty, but if it is filled, the row of {f.table} must exist."


def _checks(table: Table) -> Iterator[str]:
    """What values may be."""
    for u in table.uniques:
        yield f"No two rows may have the same {en.listed(u)}{' together' if len(u) > 1 else ''}."
    for check in table.checks:
        empty = any((c := table.column(n)) is not None and c.nullable for n in check.columns)
        tail = f"; where {en.listed(check.columns, 'or')} is empty, the check does not apply." if empty else "."
        yield f"{check_sql(check)} has to hold{tail}"
    for c in table.columns:
        if c.enum:
            words = [repr(v) if "'" not in v else v for v in c.enum]
            yield f"{c.name} takes only {en.listed(words, 'or')}, spelled exactly so."


def empty(case: Case, rng: Random) -> tuple[str, str] | None:
    """What may be left out."""
    tables = [t for t in case.schema.tables if sum(c.nullable for c in t.columns) >= 2 and len(t.columns) >= 5]
    if not tables or len(case.schema.tables) < 2:
        return None
    table = rng.choice(tables)
    asked = rng.choice(
        [
            f"What may be left out when {en.a(en.one(table.name))} is entered, and what does the database fill in by itself?",
            f"Which columns of {table.name} are optional?",
            f"What is the least that an INSERT into {table.name} has to name?",
        ]
    )
    optional = [c.name for c in table.columns if c.nullable]
    filled = [c for c in table.columns if c.default is not None]
    needed = [c.name for c in table.columns if not c.nullable and c.default is None]
    out = [f"{en.listed(optional)} may be NULL and can be left out."]
    if filled:
        out.append(
            f"These fill themselves: {en.listed([f'{c.name} ({_default(c.default.kind, c.default.value)})' for c in filled if c.default])}."
        )
    out.append(
        f"That leaves {en.listed(needed)} to be given every time."
        if needed
        else "So an INSERT with DEFAULT VALUES would already work."
    )
    links = [f for f in table.foreign_keys if f.columns[0] in optional]
    out += [
        f"An empty {f.columns[0]} means that there is no {en.one(f.table)}{'; it also becomes empty when that row is deleted' if f.on_delete is OnDelete.SET_NULL else ''}."
        for f in links
    ]
    return asked, " ".join(out)


def _default(kind: str, value: object) -> str:
    said = {"identity": "the next number", "now": "the current time", "today": "the current date", "uuid": "a new UUID"}
    return said.get(str(kind)) or (
        str(value).lower() if isinstance(value, bool) else f"'{value}'" if isinstance(value, str) else str(value)
    )
