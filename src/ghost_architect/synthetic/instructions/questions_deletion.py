"""Questions about what happens on deletion, and about the tables between tables."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ghost_architect.schema.objects import Schema, Table

from . import english as en
from .case import Case
from .links import fate
from .parts import is_junction, pointing


def deletion(case: Case, rng: Random) -> tuple[str, str] | None:
    """What happens when a row is deleted."""
    targets = [
        t
        for t in case.schema.tables
        if len({fate(x[1]) for x in pointing(case.schema, t.name)}) > 1 or len(pointing(case.schema, t.name)) > 1
    ]
    if not targets:
        return None
    target = rng.choice(targets)
    one = en.one(target.name)
    asked = rng.choice(
        [
            f"What happens when a row of {target.name} is deleted?",
            f"Somebody deletes {en.a(one)}. What does the database do?",
            f"Can I simply delete {en.a(one)}? Explain what goes with it and what stands in the way.",
            f"DELETE FROM {target.name} WHERE id = 42: which other tables are affected, and how?",
            f"We want to remove old {en.many(target.name)}. What do we have to know about this schema first?",
        ]
    )
    refused = [(t, f) for t, f in pointing(case.schema, target.name) if fate(f) == "refuse"]
    cleared = [(t, f) for t, f in pointing(case.schema, target.name) if fate(f) == "clear"]
    gone = [(t, f) for t, f in pointing(case.schema, target.name) if fate(f) == "cascade"]
    out: list[str] = []
    if refused:
        places = en.listed([f"{t.name} ({f.columns[0]})" for t, f in refused], "or")
        out.append(
            rng.choice(
                [
                    f"As long as a row of {places} points at it, PostgreSQL refuses the deletion with a foreign key violation: {'these keys have' if len(refused) > 1 else 'that key has'} no ON DELETE action.",
                    f"First of all it may not be possible: {places} must not refer to the {one} any more, since without an ON DELETE clause the default is NO ACTION, which raises an error.",
                ]
            )
        )
    else:
        out.append(
            rng.choice(
                [
                    "The deletion always succeeds; nothing in this schema blocks it.",
                    f"Nothing stands in the way: no key that points at {target.name} refuses.",
                ]
            )
        )
    when = "If nothing blocks it, " if refused else "With it, "
    if gone:
        names = en.listed(dict.fromkeys(t.name for t, _ in gone))
        out.append(
            f"{when}the rows of {names} that refer to it are deleted as well (ON DELETE CASCADE).{_further(case.schema, list(dict.fromkeys(t for t, _ in gone)))}"
        )
    if cleared:
        places = en.listed([f"{t.name}.{f.columns[0]}" for t, f in cleared])
        out.append(
            rng.choice(
                [
                    f"In {places} the reference is set to NULL, and the row itself stays.",
                    f"{places} become{'s' if len(cleared) == 1 else ''} empty (ON DELETE SET NULL); those rows survive.",
                ]
            )
        )
    junctions = list(dict.fromkeys(t.name for t, _ in gone if is_junction(t)))
    if junctions:
        out.append(
            f"{en.listed(junctions)} only hold{'s' if len(junctions) == 1 else ''} links, so what is on the other side of them is not touched."
        )
    own = [f for f in target.foreign_keys if f.table != target.name]
    if own:
        out.append(
            rng.choice(
                [
                    f"What the {one} itself points at ({en.listed(sorted({f.table for f in own}))}) stays.",
                    f"Rows of {en.listed(sorted({f.table for f in own}))} are not affected: deletion never follows a key towards its target.",
                ]
            )
        )
    if refused:
        out.append(
            rng.choice(
                [
                    f"So {en.listed([t.name for t, _ in refused])} would have to be dealt with first, by deleting those rows or by pointing them elsewhere.",
                    "Whoever wants it gone has to clear those references before.",
                ]
            )
        )
    return asked, " ".join(out)


def _further(schema: Schema, gone: Sequence[Table]) -> str:
    """What goes with what goes."""
    out = []
    for table in gone:
        out += [f"{t.name} with {table.name}" for t, f in pointing(schema, table.name) if fate(f) == "cascade"]
        out += [
            f"but {t.name}.{f.columns[0]} refuses as long as it points at such a row"
            for t, f in pointing(schema, table.name)
            if fate(f) == "refuse"
        ]
    return f" That goes on: {', '.join(out)}." if out else ""


def why_junction(case: Case, rng: Random) -> tuple[str, str] | None:
    """What a junction table is for."""
    junctions = [t for t in case.schema.tables if is_junction(t)]
    if not junctions:
        return None
    table = rng.choice(junctions)
    left, right = (next(f for f in table.foreign_keys if f.columns == (c,)) for c in table.primary_key)
    asked = rng.choice(
        [
            f"Why is there a table {table.name}? Could {left.table} not just have a column for it?",
            f"What is {table.name} good for?",
            f"Explain the purpose of {table.name} and why its primary key has two columns.",
            f"A colleague wants to drop {table.name} and keep a list of ids in {left.table}. What would be lost?",
        ]
    )
    one, other = en.one(left.table), en.one(right.table)
    same = left.table == right.table
    pair = f"({', '.join(table.primary_key)})"
    out = [
        rng.choice(
            [
                f"{en.capital(en.a(one))} can have many {'others of its kind' if same else en.many(right.table)}, and {en.a(other)} can belong to many {en.many(left.table)}. A column in either table holds one value, so it could express only one direction; the relation needs a table of its own.",
                f"The relation between {left.table} and {'rows of the same table' if same else right.table} is many to many. A foreign key in one of the tables would allow a single partner for each row, so the pairs are kept in {table.name}, one row each.",
            ]
        ),
        rng.choice(
            [
                f"The primary key {pair} makes sure that the same pair is stored only once, without a surrogate id that nobody would ever use.",
                f"Since {pair} is the primary key, linking the same two rows twice is an error, and looking up by {table.primary_key[0]} is fast.",
            ]
        ),
        f"The second column has an index of its own, because the key's index helps only when {table.primary_key[0]} is given; going from {en.a(other)} to its {'counterparts' if same else en.many(left.table)} needs the other one.",
        rng.choice(
            [
                "Both keys cascade: deleting either side removes the link and leaves the other side alone.",
                f"When {'either row' if same else f'the {one} or the {other}'} is deleted, the link disappears (ON DELETE CASCADE), and nothing else does.",
            ]
        ),
    ]
    if "list" in asked:
        out.append(
            "A list of ids in a column cannot be checked by a foreign key, needs string functions for every join, and two people who edit it at once overwrite each other."
        )
    return asked, " ".join(out)
