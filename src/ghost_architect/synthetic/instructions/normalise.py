"""Normalisation: one wide table, as a spreadsheet grows it, split into tables of which each says one thing.

case -> a thing with what it points at (copied into every row), what is part of it (numbered columns)
        and what it has many of (a list with commas) -> flat table -> why it is split, and the schema
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from ghost_architect.schema import naming, types
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.objects import Column, Schema, Table

from ..apps.app import Attribute, Thing
from . import english as en
from . import rules
from .case import Case, build
from .example import Example, fenced
from .slips import restyled

_ASK = (
    "Normalise this table to third normal form and explain each step.",
    "Everything is kept in one table. Split it up properly (3NF) and say why.",
    "Bring this design into third normal form. PostgreSQL.",
    "This table came out of a spreadsheet. Which tables should it be?",
    "Our {title} data lives in a single wide table. Decompose it, with reasons.",
    "Which normal forms does this table violate? Give a schema that does not.",
    "Find the repeating groups and the transitive dependencies, and design the tables that avoid them.",
    "We import this sheet into {product} every night. Design the tables that it should be loaded into.",
    "Refactor the table below so that every fact is stored once.",
    "Why do updates to this table go wrong so often? Propose a normalised schema.",
    "Take this flat file apart into tables with keys, and tell me what each one is for.",
)

_DULL = 0.7
"""How often a table that only copies is passed over: one with repeating groups or lists teaches more."""

_OTHERS = 5
"""Facts of a copied thing at most: a spreadsheet of sixty columns is no example."""


@dataclass(slots=True)
class _Flat:
    """The wide table as it grows, and why it is wrong."""

    columns: list[Column]
    copied: list[tuple[Thing, Attribute, list[str]]] = field(default_factory=list)
    groups: list[tuple[Thing, int, list[str]]] = field(default_factory=list)
    lists: list[tuple[Thing, Attribute, str]] = field(default_factory=list)


def normalise(case: Case, rng: Random) -> Example | None:
    """A flat table and its parts; None where the case has no thing with things around it."""
    root = next((t for t in _roots(case)), None)
    if root is None:
        return None
    small = _around(case, root, rng)
    if small is None:
        return None
    root = small.things[root.name]
    flat = _flattened(small, root, rng)
    names = [c.name for c in flat.columns]
    if (
        len(set(names)) != len(names)
        or not (flat.copied or flat.groups)
        or len(flat.copied) + len(flat.groups) + len(flat.lists) < 2
    ):
        return None
    if not (flat.groups or flat.lists) and rng.random() < _DULL:
        return None
    ask = rng.choice(_ASK).format(product=small.product, title=small.domain.title.lower())
    return Example("normalise", ask, _question(small, root, flat, rng), _answer(small, root, flat, rng), small.schema)


def _roots(case: Case) -> list[Thing]:
    """Main things, the ones with most around them first."""

    def around(thing: Thing) -> int:
        out = {a.targets[0] for a in thing.attributes if a.targets} - {thing.name}
        parts = {t.name for t in case.parts(thing)}
        return len(out | parts)

    def groups(thing: Thing) -> int:
        return len(case.parts(thing)) + any(a.kind == "><" for a in thing.attributes)

    fit = [t for t in case.things.values() if around(t) >= 2 and t.called]
    return sorted(fit, key=lambda t: (groups(t), around(t)), reverse=True)


def _around(case: Case, root: Thing, rng: Random) -> Case | None:
    """The root with what it points at and its parts, and of all of these only their own facts."""
    parts = list(case.parts(root))[:1]
    kept: list[Attribute] = []
    targets: dict[str, Thing] = {}
    for a in root.attributes:
        if not a.targets:
            kept.append(a)
        elif (
            a.targets[0] != root.name
            and a.targets[0] not in targets
            and a.kind in ("->", "><")
            and case.things[a.targets[0]].called
        ):
            targets[a.targets[0]] = case.things[a.targets[0]]
            kept.append(a)
    things = {root.name: replace(root, attributes=tuple(kept))}
    lists = {a.targets[0] for a in kept if a.kind == "><"}
    for name, thing in targets.items():
        own = [a for a in thing.attributes if not a.targets and a.columns and a.kind != "secret"]
        called = next(a for a in own if a.name == thing.called)
        rest = [a for a in own if a is not called][: _OTHERS - 1]
        if name in lists:
            called, rest = replace(called, required=True, field=replace(called.field, unique=True, required=True)), []
        things[name] = replace(thing, attributes=(called, *rest))
    for thing in parts:
        own = [a for a in thing.attributes if a.field.part or not a.targets]
        if len(own) >= 2:
            things[thing.name] = replace(thing, attributes=tuple(own[:4] if own[0].field.part else own))
    if len(things) < 3:
        return None
    return build(case.domain, case.product, things, {}, uuid=False)


def _flattened(case: Case, root: Thing, rng: Random) -> _Flat:
    table = case.table(root)
    flat = _Flat([])
    for a in root.attributes:
        if not a.targets:
            flat.columns += [_plain(c) for name in a.columns if (c := table.column(name)) is not None]
            continue
        target = case.things[a.targets[0]]
        if a.kind == "><":
            flat.columns.append(Column(naming.table_name(a.name), types.TEXT))
            flat.lists.append((target, a, naming.table_name(a.name)))
            continue
        copies = [_copied(a.name, c) for c in case.table(target).columns if c.name != "id"]
        flat.columns += copies
        flat.copied.append((target, a, [c.name for c in copies]))
    for part in case.parts(root):
        count = rng.choice([2, 3, 3, 4])
        own = [
            c
            for c in case.table(part).columns
            if c.name != "id" and not any(c.name in f.columns for f in case.table(part).foreign_keys)
        ]
        base = part.noun.removeprefix(f"{root.noun} ").replace(" ", "_")
        group = [
            _plain(replace(c, name=f"{base}_{i}_{c.name}", nullable=True)) for i in range(1, count + 1) for c in own
        ]
        flat.columns += group
        flat.groups.append((part, count, [c.name for c in group]))
    return flat


def _plain(column: Column) -> Column:
    """As a spreadsheet has it: no default, no enum."""
    return replace(column, default=None, type=types.TEXT if column.enum else column.type)


def _copied(prefix: str, column: Column) -> Column:
    name = column.name if column.name.startswith(f"{prefix}_") or column.name == prefix else f"{prefix}_{column.name}"
    return replace(_plain(column), name=name)


def _question(case: Case, root: Thing, flat: _Flat, rng: Random) -> str:
    if rng.random() < 0.5:
        name = rng.choice(
            [f"{root.table}_export", f"all_{root.table}", f"{root.table}_sheet", f"{root.table}_flat", root.table]
        )
        text = restyled(ddl(_script(name, flat)), rng)
    else:
        head = rng.choice(
            [
                "Columns of the sheet",
                "Header row",
                f"{en.capital(root.title)}, one row each, with the columns",
                f"CSV header of {root.table}.csv",
            ]
        )
        text = f"{head}: " + rng.choice([", ", "; ", " | "]).join(c.name for c in flat.columns)
    remarks = [_remark_copied(root, *x, rng) for x in flat.copied]
    remarks += [_remark_group(root, *x, rng) for x in flat.groups]
    remarks += [
        f"{name} names several {t.title}, by their {en.spaced(t.called)}, with commas between them."
        for t, _, name in flat.lists
    ]
    remarks += _meaning(case, root, flat, rng)
    rng.shuffle(remarks)
    return text + "\n\n" + " ".join(remarks)


def _script(name: str, flat: _Flat) -> Schema:
    return Schema((Table(name, tuple(flat.columns)),))


def _remark_copied(root: Thing, target: Thing, a: Attribute, names: list[str], rng: Random) -> str:
    shown = f"{names[0]} to {names[-1]}" if len(names) > 2 else en.listed(names)
    optional = "" if a.required else f" Not every {root.noun} has one."
    return (
        rng.choice(
            [
                f"The same {target.noun} appears on many rows, each time with {shown}.",
                f"{shown} describe the {target.noun} and not the {root.noun}.",
                f"{en.capital(target.title)} {en.be(target.title)} shared: one of them ({shown}) goes with many {root.title}.",
            ]
        )
        + optional
    )


def _remark_group(root: Thing, part: Thing, count: int, names: list[str], rng: Random) -> str:
    return rng.choice(
        [
            f"There is room for {en.number(count)} {part.title}, from {names[0]} to {names[-1]}; some {root.title} need more.",
            f"{names[0]} to {names[-1]} are up to {en.number(count)} {part.title}; most are empty, and a {'fifth' if count == 4 else 'fourth' if count == 3 else 'third'} does not fit.",
        ]
    )


def _meaning(case: Case, root: Thing, flat: _Flat, rng: Random) -> list[str]:
    """What a header row does not say: kinds of values, what may be empty, and what is unique."""
    out = []
    for thing in case.things.values():
        hints = [_hinted(a) for a in thing.attributes if not a.targets and (en.hint(a) or not a.required)]
        if hints:
            out.append(f"{en.capital(thing.noun)}: {'; '.join(hints)}.")
    return [*out, *rules.constraints(case, rng)]


def _hinted(a: Attribute) -> str:
    about = en.listed([text for text in (en.hint(a), "" if a.required else "may be empty") if text], ";").replace(
        " ;", ";"
    )
    return f"{en.spaced(a.name)} ({about})"


def _answer(case: Case, root: Thing, flat: _Flat, rng: Random) -> str:
    steps: list[str] = []
    for part, _, names in flat.groups:
        steps.append(
            rng.choice(
                [
                    f"First normal form: {names[0]} to {names[-1]} are a repeating group. Each {part.noun} becomes a row of {part.table} that points at its {root.noun} and is deleted with it.",
                    f"The numbered columns {names[0]} to {names[-1]} limit how many {part.title} {en.a(root.noun)} can have (1NF). {part.table} holds one row for each instead.",
                ]
            )
        )
    for target, a, name in flat.lists:
        steps.append(
            rng.choice(
                [
                    f"First normal form: {name} holds a list in one field. {target.table} keeps each value once, and {a.junction} says which {root.noun} has which, with the pair as its key.",
                    f"{name} is not atomic (1NF). It becomes {target.table} and the junction table {a.junction}.",
                ]
            )
        )
    for target, a, names in flat.copied:
        shown = en.listed(names) if len(names) < 4 else f"{names[0]} to {names[-1]}"
        column = a.columns[0]
        steps.append(
            rng.choice(
                [
                    f"Third normal form: {shown} depend{'s' if len(names) == 1 else ''} on the {target.noun}, not on the {root.noun}. They move to {target.table}; {root.table} keeps {column}.",
                    f"{shown} repeated the same {target.noun} on every row, so one correction had to be made many times (3NF). {target.table} stores it once, and {column} refers to it.",
                    f"A transitive dependency: the key determines the {en.spaced(a.name)}, and that determines {shown}. Hence a table {target.table}, referenced by {column}.",
                ]
            )
        )
    closing = rng.choice(
        [
            f"What is left in {root.table} is about the {root.noun} alone.",
            f"{en.capital(root.table)} keeps only what depends on its own key.",
            "Every fact is now stored once.",
            "Each foreign key is indexed.",
        ]
    )
    lines = [f"{i}. {s}" for i, s in enumerate(steps, 1)] if rng.random() < 0.5 else [f"- {s}" for s in steps]
    head = rng.choice(
        [
            f"The table mixes {en.number(len(case.schema.tables))} things:",
            "Step by step:",
            "What is wrong with it:",
            f"It should be {en.number(len(case.schema.tables))} tables.",
        ]
    )
    return "\n".join([head, "", *lines, "", closing, "", fenced(ddl(case.schema))])
