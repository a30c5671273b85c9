"""Migration: a schema that is in use and a wish; the script that takes its database, with its rows, to the new schema.

The script is that of `schema.migration`, and each is rehearsed on a real engine before it goes into the file.
"""

from __future__ import annotations

from random import Random

from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.migration import migration
from ghost_architect.schema.objects import Schema

from . import wishes_columns as on_columns
from . import wishes_tables as on_tables
from .case import Case
from .example import Example
from .slips import restyled
from .wish import Maker, Wish

_ASK = (
    "Write the PostgreSQL migration for this change. Existing rows must be kept.",
    "Here is the current schema and what should change. Give me the migration script.",
    "Change the database as described, without losing data. PostgreSQL.",
    "Which statements take this database to the new state?",
    "We need an ALTER script for the following request.",
    "Migrate the schema of {product}. It is in production, so no table may be dropped and made again.",
    "Turn this change request into SQL for PostgreSQL.",
    "Produce the next migration of {product}.",
    "Below: what we have, and what we want. Write what is to be run.",
    "The {title} database has to change. Only the migration, please; no new schema dump.",
)


def migrate(case: Case, rng: Random) -> Example | None:
    """A schema, a wish and the script; None where the case has no room for a change."""
    old = new = case.schema
    wishes: list[Wish] = []
    wanted, used = rng.choice([2, 2, 3, 3, 4]), set[str]()
    for maker in rng.sample(_MAKERS, len(_MAKERS)):
        wish = maker(case, old, new, rng)
        if wish is None or wish.table in used:
            continue
        old, new = wish.old, wish.new
        used.add(wish.table)
        wishes.append(wish)
        if len(wishes) == wanted:
            break
    if len(wishes) < 2 or len(old.tables) < 2:
        return None
    made = migration(
        old,
        new,
        drop=True,
        guess=False,
        renames=[w.rename for w in wishes if w.rename],
        fills=[w.fill for w in wishes if w.fill],
    )
    ask = rng.choice(_ASK).format(product=case.product, title=case.domain.title.lower())
    return Example("migrate", ask, _question(old, wishes, rng), made.sql, made.plan.after, made)


def _question(old: Schema, wishes: list[Wish], rng: Random) -> str:
    said = [w.said for w in wishes]
    if len(said) == 1:
        wish = f"{rng.choice(['Change request', 'Wanted', 'Request', 'To do'])}: {said[0]}"
    elif rng.random() < 0.5:
        wish = "\n".join(
            [
                rng.choice(["Changes:", "Wanted:", "Change request", "Tickets"]),
                *(f"{i}. {text}" for i, text in enumerate(said, 1)),
            ]
        )
    else:
        wish = " ".join(said)
    script = restyled(ddl(old), rng)
    return (
        f"{wish}\n\n{rng.choice(['Current schema:', 'As it is now:', 'Today:'])}\n\n{script}"
        if rng.random() < 0.4
        else f"{script}\n\n{wish}"
    )


_MAKERS: tuple[Maker, ...] = (
    *(
        on_columns.new_column,
        on_tables.new_table,
        on_tables.new_junction,
        on_tables.new_reference,
        on_columns.rename_column,
        on_tables.rename_table,
        on_columns.wider,
        on_columns.bigger,
        on_columns.new_value,
    ),
    *(
        on_tables.new_unique,
        on_tables.new_check,
        on_tables.new_index,
        on_columns.loosen,
        on_columns.tighten,
        on_columns.drop_column,
        on_tables.cascade,
        on_columns.new_default,
        on_tables.split_out,
    ),
)
