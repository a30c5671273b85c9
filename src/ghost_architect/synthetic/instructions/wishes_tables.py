"""Wishes about tables and what holds them together: new ones, links, keys, checks, indexes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ghost_architect.schema import naming, types
from ghost_architect.schema.objects import Column, ForeignKey, Index, OnDelete, Schema, Table

from ..apps.app import Attribute, Thing
from . import english as en
from .case import Case
from .parts import is_junction, pointing, put, without, without_column
from .wish import Wish


def new_table(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A table more, described."""
    places = [
        t
        for t in case.things.values()
        if not pointing(old, t.table)
        and not any(a.junction for a in t.attributes)
        and old.table(t.table) == case.schema.table(t.table)
    ]
    places = [
        t
        for t in places
        if t.table not in case.stamps and any(not a.targets for a in t.attributes) and len(old.tables) > 2
    ]
    if not places or case.uuid:
        return None
    thing = rng.choice(places)
    own = [a for a in thing.attributes if not a.targets]
    facts = en.listed(
        [
            en.item(a) + ("" if a.required else ", optional")
            if not en.hint(a) or a.required
            else f"{en.item(a)[:-1]}, optional)"
            for a in own
        ]
    )
    out = [
        rng.choice(
            [
                f"We need {thing.title} too, in a table {thing.table}: {facts}.",
                f"New table {thing.table} with {facts}.",
                f"Introduce {thing.title} ({thing.table}). Each has {facts}.",
            ]
        )
    ]
    out += [_link(thing, a, case.things[a.targets[0]], rng) for a in thing.attributes if a.targets]
    table = case.table(thing)
    out += [
        f"Unique: {en.listed(u)}."
        for u in table.uniques
        if not any(a.kind == "--" and a.columns == u for a in thing.attributes)
    ]
    for a in own:
        column = table.column(a.columns[0])
        if a.kind == "choice" and column is not None and column.default is not None:
            out.append(f"The first {en.spaced(a.name)} is '{column.default.value}'.")
        if a.field.after and any(len(c.terms) == 1 and a.columns[0] in c.columns for c in table.checks):
            out.append(f"{en.capital(en.spaced(a.name))} is never before {en.spaced(a.field.after)}.")
    return Wish(without(old, thing.table), new, " ".join(out), thing.table)


def _link(thing: Thing, a: Attribute, target: Thing, rng: Random) -> str:
    column = a.columns[0]
    if a.field.part:
        return f"They belong to {target.table} ({column}) and are deleted along with them."
    if a.kind == "--":
        return f"Each goes with one row of {target.table} ({column}), and no two with the same{'' if a.required else '; it may be missing'}."
    if a.required:
        return f"{column} refers to {target.table} and is required."
    return f"{column} refers to {target.table}; it is optional and is emptied when that row is deleted."


def new_junction(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A link many to many."""
    places = [t for t in old.tables if is_junction(t) and t == case.schema.table(t.name)]
    if not places:
        return None
    table = rng.choice(places)
    (left, right) = (next(f.table for f in table.foreign_keys if f.columns == (c,)) for c in table.primary_key)
    if left == right:
        return None
    said = rng.choice(
        [
            f"Link {left} and {right} many to many, through {table.name}. A link goes with either side.",
            f"{en.capital(en.a(en.one(left)))} can have several {en.many(right)} from now on, and the other way round: table {table.name}, deleted with either end.",
        ]
    )
    return Wish(without(old, table.name), new, said, table.name)


def new_reference(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """An optional key."""
    places = [
        (t, f)
        for t in old.tables
        for f in t.foreign_keys
        if f.on_delete is OnDelete.SET_NULL and t == case.schema.table(t.name) and len(t.columns) > 3
    ]
    places = [(t, f) for t, f in places if not any(f.columns[0] in u for u in t.uniques)]
    if not places:
        return None
    table, key = rng.choice(places)
    said = rng.choice(
        [
            f"{en.capital(en.a(en.one(table.name)))} may refer to {en.a(en.one(key.table))} ({key.columns[0]}). When that is deleted, the reference becomes empty.",
            f"Add an optional reference {key.columns[0]} from {table.name} to {key.table}, set to NULL on deletion, with an index.",
        ]
    )
    return Wish(put(old, without_column(table, key.columns[0])), new, said, table.name)


def rename_table(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A table that is to be called otherwise."""
    places = [
        t
        for t in case.things.values()
        if not pointing(old, t.table) and old.table(t.table) == case.schema.table(t.table) and t.entity.tables
    ]
    places = [t for t in places if not any(a.junction for a in t.attributes)]
    if not places:
        return None
    thing = rng.choice(places)
    name = rng.choice(thing.entity.tables)
    table = old.table(thing.table)
    if table is None or old.table(name) or any(f.table == table.name for f in table.foreign_keys):
        return None
    said = rng.choice(
        [
            f"The table {name} is to be called {thing.table}.",
            f"Rename {name} to {thing.table}; that is what the users say.",
        ]
    )
    return Wish(
        Schema(tuple(replace(t, name=name) if t is table else t for t in old.tables)),
        new,
        said,
        thing.table,
        rename=f"{name}={thing.table}",
    )


def new_unique(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """What must not occur twice any more."""
    keys = [(t, u) for t in old.tables for u in t.uniques if t == case.schema.table(t.name)]
    keys = [(t, u) for t, u in keys if not any(set(u) & set(f.columns) for f in t.foreign_keys)]
    if not keys:
        return None
    table, key = rng.choice(keys)
    said = rng.choice(
        [
            f"No two {en.many(table.name)} may have the same {en.listed(map(en.spaced, key))} any more.",
            f"Make {en.listed(key)} unique in {table.name}; there are no duplicates left.",
        ]
    )
    return Wish(put(old, replace(table, uniques=tuple(u for u in table.uniques if u != key))), new, said, table.name)


def new_check(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """What is to be refused."""
    checks = [(t, c) for t in old.tables for c in t.checks if t == case.schema.table(t.name)]
    if not checks:
        return None
    table, check = rng.choice(checks)
    term = check.terms[0]
    if term.column is not None:
        said = rng.choice(
            [
                f"In {table.name}, {term.left} must not come after {term.column}; have the database check it.",
                f"Reject {en.many(table.name)} whose {term.column} lies before {term.left}.",
            ]
        )
    elif len(check.terms) == 2:
        said = f"{table.name}.{term.left} has to lie between {term.value} and {check.terms[1].value}; add the check."
    else:
        said = rng.choice(
            [
                f"Negative values of {table.name}.{term.left} must be refused.",
                f"{table.name}.{term.left} may not be less than {term.value}: add a check.",
            ]
        )
    return Wish(put(old, replace(table, checks=tuple(c for c in table.checks if c != check))), new, said, table.name)


def new_index(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """An index that is missing."""
    places = [(t, i) for t in old.tables for i in t.indexes if t == case.schema.table(t.name) and not is_junction(t)]
    if not places:
        return None
    table, index = rng.choice(places)
    said = rng.choice(
        [
            f"Looking up {en.many(table.name)} by {index.columns[0]} reads the whole table. Index it.",
            f"Add the missing index on {table.name} ({', '.join(index.columns)}).",
            f"Deleting is slow, since nothing indexes the foreign key {table.name}.{index.columns[0]}. Change that.",
        ]
    )
    return Wish(put(old, replace(table, indexes=tuple(i for i in table.indexes if i != index))), new, said, table.name)


def cascade(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A deletion that takes others along."""
    places = [
        (t, f)
        for t in old.tables
        for f in t.foreign_keys
        if f.on_delete is OnDelete.CASCADE and not is_junction(t) and t == case.schema.table(t.name)
    ]
    if not places:
        return None
    table, key = rng.choice(places)
    said = rng.choice(
        [
            f"When {en.a(en.one(key.table))} is deleted, its {en.many(table.name)} shall go with it; today the deletion is refused.",
            f"{table.name}.{key.columns[0]} should cascade on delete.",
        ]
    )
    before = tuple(replace(f, on_delete=OnDelete.NO_ACTION) if f == key else f for f in table.foreign_keys)
    return Wish(put(old, replace(table, foreign_keys=before)), new, said, table.name)


def split_out(case: Case, old: Schema, new: Schema, rng: Random) -> Wish | None:
    """A note of its own for a thing: a child table that the case does not have."""
    places = [t for t in old.tables if t.primary_key == ("id",) and t == case.schema.table(t.name)]
    if not places or case.uuid:
        return None
    table = rng.choice(places)
    what, columns = rng.choice(
        [
            ("notes", (Column("body", types.TEXT, False), Column("written_on", types.DATE, False))),
            (
                "attachments",
                (
                    Column("file_name", types.varchar(255), False),
                    Column("file_url", types.varchar(2048), False),
                    Column("size_bytes", types.BIGINT),
                ),
            ),
            ("links", (Column("label", types.varchar(255), False), Column("url", types.varchar(2048), False))),
        ]
    )
    name, key = f"{naming.entity_name(table.name)}_{what}", naming.reference_name(table.name)
    if new.table(name):
        return None
    child = Table(
        name,
        (table.columns[0], Column(key, table.columns[0].type, False), *columns),
        ("id",),
        foreign_keys=(ForeignKey((key,), table.name, ("id",), OnDelete.CASCADE),),
        indexes=(Index((key,)),),
    )
    facts = en.listed([f"{c.name} ({types.spell(c.type)}{', optional' if c.nullable else ''})" for c in columns])
    said = rng.choice(
        [
            f"{en.capital(en.a(en.one(table.name)))} can have any number of {what}: table {name} with {facts}. They are deleted with it.",
            f"Let users add {what} to {en.many(table.name)} ({name}: {facts}); deleting {en.a(en.one(table.name))} deletes them.",
        ]
    )
    return Wish(old, Schema((*new.tables, child)), said, name)
