"""Scripts on real engines: the database is the new one afterwards, and every row is what it was.

Hand-written pairs put rows in and say what has to come out; random pairs are rehearsed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ghost_architect.errors import UsageError
from ghost_architect.schema.ddl import Script, ddl
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Reason, Refused, Session
from ghost_architect.schema.execute import compare, execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.fit import fit
from ghost_architect.schema.migration import Migration, migration
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.rehearsal import in_order_of, rehearse

from .engine_samples import ENGINES
from .migration_cases import ANN_BO, CASES, PEOPLE, SHOP, Case, Row, schema
from .mutations import Pair, pairs

FEW = settings(max_examples=max(8, settings().max_examples // 5))


@contextmanager
def filled(old: Schema, engine: str, rows: Mapping[str, tuple[Row, ...]]) -> Iterator[Session]:
    """A database of the old schema with these rows."""
    runner = open_engine(engine)
    with runner.session(60.0, ours=True) as session:
        for block in Script(fit(old, runner.dialect).schema, find_dialect(runner.dialect)).blocks():
            for statement in block:
                session.run(statement)
        for table in fit(old, runner.dialect).schema.tables:
            for row in rows.get(table.name, ()):
                session.insert(table.name, row)
        session.keep()
        yield session


def run(session: Session, made: Migration) -> None:
    """The script, statement by statement."""
    for statement in made.statements:
        session.run(statement)


def held(session: Session, table: str, columns: tuple[str, ...]) -> Counter[tuple[str | None, ...]]:
    """The rows of a table; numbers without zeros behind the point."""
    return Counter(tuple(map(plain, row)) for row in session.rows(table, columns))


def plain(text: str | None) -> str | None:
    is_decimal = text is not None and "." in text and text.replace(".", "").lstrip("-").isdigit()
    return text.rstrip("0").rstrip(".") if text is not None and is_decimal else text


@pytest.mark.parametrize(
    ("case", "engine"), [pytest.param(c, e, id=f"{c.name}-{e}") for c in CASES for e in ENGINES if e in c.only]
)
def test_rows_are_what_they_were(case: Case, engine: str) -> None:
    made = migration(schema(case.old), schema(case.new), engine, **case.options)  # type: ignore[arg-type]
    with filled(schema(case.old), engine, case.rows) as session:
        run(session, made)
        seen = session.tables()
        assert list(compare(in_order_of(seen, made.plan.after), seen, made.plan.dialect)) == []
        for table, rows in case.after.items():
            columns = tuple(rows[0]) if rows else tuple(c.name for t in seen if t.name == table for c in t.columns)
            assert held(session, table, columns) == Counter(tuple(plain(row[c]) for c in columns) for row in rows)


# --- random pairs ---


def queries(made: Migration) -> list[str]:
    """The queries that find the rows which stop a migration."""
    return [f.hint.partition("; or --fill")[0] for f in made.findings if f.hint.startswith("SELECT ")]


def is_possible(pair: Pair, engine: str) -> bool:
    """Whether the engine takes both, and their rows: it refuses to index a value of megabytes."""
    return all(execute(ddl(side, engine), engine, expected=side).ok for side in pair)


@pytest.mark.parametrize("engine", ENGINES)
@FEW
@given(pair=pairs(), drop=st.booleans(), guess=st.booleans())
def test_a_random_pair(engine: str, pair: Pair, drop: bool, guess: bool) -> None:
    made = migration(*pair, engine, drop=drop, guess=guess)
    done = rehearse(made)
    assume((done.ok and not done.stopped) or is_possible(pair, engine))
    assert (done.error, done.stopped) == ("", "")
    assert not [d for d in done.differences if d.severity is not Severity.INFO]
    assert bool(made.statements) == bool(made.changes)
    with filled(pair.old, engine, {}) as session:
        for query in queries(made):
            session.run(query)
        run(session, made)
        migrated = names(session) if engine == "postgres" else set()
    if engine == "postgres":
        # What a migration drops it has to name, so everything is called as the new script alone would call it.
        with filled(made.plan.after, "postgres", {}) as session:
            assert migrated == names(session)


def names(session: Session) -> set[tuple[str | None, ...]]:
    """The names of constraints, indexes and enum types; a numbered column keeps the sequence that it has."""
    constraints = {
        ("constraint", n) for n, kind in session.rows("pg_constraint", ["conname", "contype"]) if kind != "n"
    }
    indexes = {("index", n) for n, kind in session.rows("pg_class", ["relname", "relkind"]) if kind in ("i", "r")}
    enums = {("type", n) for n, kind in session.rows("pg_type", ["typname", "typtype"]) if kind == "e"}
    return constraints | {i for i in indexes if not str(i[1]).startswith("pg_toast")} | enums


# --- rows that stop it ---


STOPPED = (
    ("a TEXT", "a TEXT NOT NULL", {"a": None}, Reason.NOT_NULL),
    ("a TEXT", "a TEXT, b TEXT NOT NULL", {"a": "x"}, Reason.NOT_NULL),
    ("a VARCHAR(9)", "a VARCHAR(3)", {"a": "four"}, Reason.OTHER),
    ("a INT", "a INT CHECK (a > 3)", {"a": "3"}, Reason.CHECK),
    ("a TEXT", "a INT", {"a": "five"}, Reason.OTHER),
    ("a INT", "a INT REFERENCES o (id)", {"a": "77"}, Reason.FOREIGN_KEY),
    ("a VARCHAR(9)", "a VARCHAR(9) UNIQUE", {"a": "7"}, Reason.UNIQUE),
)
OTHER = "CREATE TABLE o (id INT PRIMARY KEY);"


@pytest.mark.parametrize(
    ("engine", "old", "new", "row", "reason"),
    # SQLite keeps every value in a column of any type.
    [(e, *case) for case in STOPPED for e in ENGINES if e != "sqlite" or case[-1] is not Reason.OTHER],
)
def test_rows_that_do_not_fit_stop_it_and_stay(engine: str, old: str, new: str, row: Row, reason: Reason) -> None:
    before = schema(f"{OTHER} CREATE TABLE t (id INT PRIMARY KEY, {old});")
    made = migration(before, schema(f"{OTHER} CREATE TABLE t (id INT PRIMARY KEY, {new});"), engine)
    rows = ({"id": "1", **row}, {"id": "2", **row})
    with filled(before, engine, {"t": rows}) as session:
        for query in queries(made):
            session.run(query)
        with pytest.raises(Refused) as refused:
            run(session, made)
        if engine == "postgres":
            session.run("ROLLBACK")
        assert held(session, "t", tuple(rows[0])) == Counter(tuple(r.values()) for r in rows)
    assert refused.value.reason is not Reason.OTHER or reason is Reason.OTHER
    assert [f for f in made.findings if f.severity is Severity.WARNING], "and it was said before"


def test_a_script_that_goes_on_behind_an_error_loses_nothing_in_sqlite(tmp_path: Path) -> None:
    """`sqlite3 shop.db < script.sql` does."""
    old, new = schema(PEOPLE), schema(PEOPLE.replace("fax VARCHAR(20)", "fax VARCHAR(20) NOT NULL"))
    database = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    database.executescript(ddl(old, "sqlite"))
    database.executemany("INSERT INTO people VALUES (?, ?, ?)", [tuple(r.values()) for r in ANN_BO])
    refused = 0
    for statement in migration(old, new, "sqlite").statements:
        try:
            database.execute(statement)
        except sqlite3.Error:
            refused += 1
    assert refused > 0
    assert not database.in_transaction
    assert [t for (t,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["people"]
    assert database.execute("SELECT * FROM people ORDER BY id").fetchall() == [(1, "Ann", "12"), (2, "Bö 'x'", None)]
    database.close()


def test_the_script_is_what_its_statements_are(tmp_path: Path) -> None:
    old, new = schema(SHOP), schema(SHOP.replace("NOT NULL, fax", "NOT NULL UNIQUE, phone"))
    made = migration(old, new, "sqlite")
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(ddl(old, "sqlite"))
        database.executescript("INSERT INTO people VALUES (1, 'a;b', 'x')")
        database.executescript(made.sql)
        assert database.execute("SELECT id, name, phone, fax FROM people").fetchall() == [(1, "a;b", None, "x")]
    database.close()
    assert made.sql.startswith("PRAGMA foreign_keys = OFF;\n\nBEGIN;\n")
    assert made.sql.endswith("COMMIT;\n\nPRAGMA foreign_keys = ON;\n")


# --- what is said ---


def said(made: Migration) -> dict[str, str]:
    """Place and code of every finding, with what to type."""
    return {f"{f.code} {'.'.join(filter(None, (f.table, f.column)))}": f.hint for f in made.findings}


def test_what_stays_and_what_goes_is_said() -> None:
    old, new = schema(SHOP), schema("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL);")
    kept, gone = migration(old, new), migration(old, new, drop=True)
    assert said(kept) == {"MIGRATE-KEPT orders": "--drop drops it", "MIGRATE-KEPT people.fax": "--drop drops it"}
    assert set(said(gone)) == {"MIGRATE-DROP orders", "MIGRATE-DROP people.fax"}
    assert "DROP TABLE" not in kept.sql
    assert "DROP COLUMN" not in kept.sql
    assert "DROP TABLE orders" in gone.sql
    assert "DROP COLUMN fax" in gone.sql


def test_a_guess_is_said_and_a_rename_that_was_told_is_not() -> None:
    old, new = schema(PEOPLE), schema(PEOPLE.replace(" name", " person_name"))
    assert said(migration(old, new)) == {"MIGRATE-RENAME people.person_name": "--no-renames if it is another"}
    assert said(migration(old, new, renames=["people.name=person_name"])) == {}


def test_values_that_make_way_are_dropped_where_that_is_asked_for() -> None:
    old, new = schema("CREATE TABLE t (id INT, x INT);"), schema("CREATE TABLE t (id INT, x BYTEA);")
    kept, gone = migration(old, new), migration(old, new, drop=True)
    assert set(said(kept)) == set(said(gone)) == {"MIGRATE-ASIDE t.x"}
    assert "stay in x_old (--drop drops them)" in kept.findings[0].message
    assert "are dropped" in gone.findings[0].message
    assert "DROP COLUMN x;" in gone.sql
    assert "DROP" not in kept.sql


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        ("people.city", "there is no ="),
        ("people.town=x", "there is no such column"),
        ("people.points=x", "is no integer"),
        ("people.points=1e999999999", "is no integer"),
        ("people.points=1.5", "is no integer"),
        ("people.ok=maybe", "is no boolean"),
        ("people.state=sent", "is no enum"),
    ],
)
def test_a_fill_that_cannot_be_is_refused(fill: str, message: str) -> None:
    new = """CREATE TYPE s AS ENUM ('open');
    CREATE TABLE people (id BIGINT PRIMARY KEY, city TEXT NOT NULL, points INT NOT NULL, ok BOOLEAN, state s);"""
    with pytest.raises(UsageError) as refused:
        migration(schema(PEOPLE), schema(new), fills=[fill])
    assert message in refused.value.message
