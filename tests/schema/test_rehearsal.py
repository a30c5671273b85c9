"""The rehearsal: it is content with what is good, and sees whatever a script loses, forgets or breaks."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from ghost_architect.errors import UsageError
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.migration import migration
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.rehearsal import rehearse
from ghost_architect.schema.verify import verify

from ..hostile.names import PLACES, SIGNS, apart, schema_with
from .engine_samples import ENGINES
from .migration_cases import CASES, PEOPLE, SHOP, Case, schema


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rehearsal_says_so_too(case: Case) -> None:
    done = rehearse(migration(schema(case.old), schema(case.new), "sqlite", **case.options))  # type: ignore[arg-type]
    assert (done.error, done.stopped, done.ok) == ("", "", True)
    assert not [d for d in done.differences if d.severity is not Severity.INFO]


LOSING = (
    "DELETE FROM people WHERE id = (SELECT min(id) FROM people)",
    "UPDATE people SET name = 'x'",
    "UPDATE people SET phone = NULL",
    "ALTER TABLE people ADD COLUMN more INTEGER",
    "DROP TABLE people",
    "CREATE TABLE rest (id INTEGER PRIMARY KEY)",
)


@pytest.mark.parametrize("statement", LOSING)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_rehearsal_sees_what_is_lost(engine: str, statement: str) -> None:
    old, new = schema(PEOPLE), schema(PEOPLE.replace("fax", "phone").replace("id BIGINT", "nr INT, id BIGINT"))
    made = migration(old, new, engine, renames=["people.fax=phone"])
    assert rehearse(made).ok
    if engine == "mysql" and "min(id)" in statement:
        statement = "DELETE FROM people ORDER BY id LIMIT 1"
    worse = replace(made, blocks=(*made.blocks, (statement,)))
    assert not rehearse(worse).ok


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rehearsal_sees_what_was_forgotten(engine: str) -> None:
    made = migration(
        schema(SHOP),
        schema(SHOP.replace("fax", "more INT, fax").replace("people (id)", "people (id) ON DELETE CASCADE")),
        engine,
    )
    assert rehearse(made).ok
    without = [tuple(s for s in block if "CASCADE" not in s) for block in made.blocks]
    assert without != list(made.blocks)
    assert not rehearse(replace(made, blocks=tuple(without))).ok


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refused_script_is_an_error_and_names_the_statement(engine: str) -> None:
    made = migration(schema(PEOPLE), schema(PEOPLE.replace("fax", "more INT, fax")), engine)
    done = rehearse(replace(made, blocks=(("ALTER TABLE people DROP COLUMN nothing",),)))
    assert not done.ok
    assert done.error.startswith("statement 1 (ALTER TABLE people DROP COLUMN nothing): ")


def test_a_required_column_leaves_its_table_empty_and_a_fill_does_not() -> None:
    old, new = schema(SHOP), schema(SHOP.replace("total NUM", "code TEXT NOT NULL, total NUM"))
    assert rehearse(migration(old, new, "sqlite")).empty == ("orders",)
    assert rehearse(migration(old, new, "sqlite", fills=["orders.code=x"])).empty == ()


@pytest.mark.parametrize(
    ("came", "empty"),
    [
        ("UNIQUE (code)", ("people",)),
        ("UNIQUE (code, name)", ()),
        ("UNIQUE (code, phone)", ()),
        ("UNIQUE (code), UNIQUE (code, name)", ("people",)),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_rows_that_are_filled_alike_differ_elsewhere(engine: str, came: str, empty: tuple[str, ...]) -> None:
    old = schema("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL)")
    columns = "id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL, code VARCHAR(20) NOT NULL DEFAULT 'x'"
    new = schema(f"CREATE TABLE people ({columns}, phone VARCHAR(20), {came})")
    done = rehearse(migration(old, new, engine))
    assert (done.error, done.stopped, done.empty) == ("", "", empty)
    assert bool(done.rows) is not bool(empty)


def test_another_engine_than_that_of_the_script_is_refused() -> None:
    with pytest.raises(UsageError, match="runs sqlite, not postgres"):
        rehearse(migration(schema(PEOPLE), Schema()), "sqlite")


TRIED = SIGNS if os.environ.get("GHOST_HOSTILE") == "long" else SIGNS[::80]


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_names_break_nothing(engine: str) -> None:
    d = find_dialect(engine)
    tried = [n for n in TRIED if not [f for f in verify(schema_with((n,)), engine) if f.severity is Severity.ERROR]]
    for group in apart(tried, lambda n: d.key(n, quoted=True), 6):
        old = schema_with(group)
        for place in ("tables", "columns", "values"):
            new = PLACES[place](group[::-1])
            for made in (migration(old, new, engine), migration(new, old, engine, drop=True)):
                done = rehearse(made)
                assert (done.error, done.ok) == ("", True)
