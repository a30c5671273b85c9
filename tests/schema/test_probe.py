"""Proofs by rows: an engine that does less than the schema says is found out."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings

from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Habits
from ghost_architect.schema.execute import execute
from ghost_architect.schema.findings import Finding, Severity
from ghost_architect.schema.objects import IDENTITY, Check, Column, Comparison, ForeignKey, Op, Schema, Table, literal
from ghost_architect.schema.running.candidates import NULL, Reader, Value
from ghost_architect.schema.running.probe import probe
from ghost_architect.schema.running.readback import same
from ghost_architect.schema.running.solve import Rule, solve
from ghost_architect.schema.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    JSON,
    REAL,
    SMALLINT,
    TEXT,
    TIME,
    TIMESTAMP,
    Kind,
    Type,
    enum,
    numeric,
    varchar,
)

from .engine_samples import ENGINES, check
from .strategies import clashes, schemas

KEY = Column("id", INTEGER, False)


def proof(engine: str, script: str, schema: Schema) -> list[Finding]:
    """What the probe says when the engine holds `script` and `schema` is what was meant."""
    runner = open_engine(engine)
    with runner.session(20) as session:
        for statement in script.split(";"):
            if statement.strip():
                session.run(statement)
        return list(probe(session, schema, runner.habits))


def one(*columns: Column, checks: tuple[Check, ...] = ()) -> Schema:
    return Schema((Table("t", (KEY, *columns), ("id",), checks=checks),))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("body", "schema", "said"),
    [
        ("n INTEGER", one(Column("n", INTEGER, False)), "a row is taken that must be refused: NULL"),
        (
            "n INTEGER",
            one(Column("n", INTEGER), checks=(check(Comparison("n", Op.GT, value=Decimal(0))),)),
            "n > ... broken",
        ),
        (
            "n INTEGER CHECK (n > 0)",
            one(Column("n", INTEGER), checks=(check(Comparison("n", Op.GT, value=Decimal(5))),)),
            "n > ... broken",
        ),
        (
            "n INTEGER CHECK (n > 50)",
            one(Column("n", INTEGER), checks=(check(Comparison("n", Op.GT, value=Decimal(5))),)),
            "a row that must be taken is refused",
        ),
        ("n INTEGER CHECK (n > 5)", one(Column("n", INTEGER, False)), "a row that must be taken is refused"),
        ("n TEXT", one(Column("n", enum("a", "b"))), "a word that is not listed"),
        ("n TEXT CHECK (n IN ('a'))", one(Column("n", enum("a", "b"))), "the listed word 'b' is refused"),
        ("n INTEGER DEFAULT 4", one(Column("n", INTEGER, True, literal(3))), "the default reads back as '4'"),
        ("n TEXT", one(Column("n", TEXT, True, literal("x"))), "the default reads back as None"),
        ("n BOOLEAN DEFAULT FALSE", one(Column("n", BOOLEAN, True, literal(True))), "the default reads back as"),
    ],
)
def test_an_engine_that_does_otherwise_is_found_out(engine: str, body: str, schema: Schema, said: str) -> None:
    found = proof(engine, f"CREATE TABLE t (id INT NOT NULL PRIMARY KEY, {body})", schema)
    errors = [f for f in found if f.severity is Severity.ERROR]
    assert {(f.code, f.table) for f in errors} == {("PROBE", "t")}
    assert any(said in f.message for f in errors)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_identity_that_does_not_number_is_found_out(engine: str) -> None:
    schema = Schema((Table("t", (replace(KEY, default=IDENTITY), Column("n", TEXT)), ("id",)),))
    found = proof(engine, "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n TEXT)", schema)
    assert ["a row without id is refused" in f.message for f in found] == [True]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_range_is_proved_at_both_ends(engine: str) -> None:
    both = check(Comparison("n", Op.GE, value=Decimal(1)), Comparison("n", Op.LE, value=Decimal(5)))
    schema = one(Column("n", INTEGER, False), checks=(both,))
    lower = proof(engine, "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INTEGER NOT NULL CHECK (n >= 1))", schema)
    upper = proof(engine, "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INTEGER NOT NULL CHECK (n <= 5))", schema)
    assert ["n <=" in f.message for f in lower] == [True]
    assert ["n >=" in f.message for f in upper] == [True]


def _number(op: Op, value: str) -> Comparison:
    return Comparison("n", op, value=Decimal(value))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("type_", "terms"),
    [
        (SMALLINT, (_number(Op.GT, "32766"),)),
        (BIGINT, (_number(Op.LT, "-9223372036854775000"),)),
        (numeric(3, 2), (_number(Op.GT, "9.98"),)),
        (numeric(2, 2), (_number(Op.NE, "0.5"), _number(Op.GE, "0.49"), _number(Op.LE, "0.51"))),
        (numeric(30, 10), (_number(Op.LT, "0.0000000002"), _number(Op.GT, "0"))),
        (REAL, (_number(Op.GE, "0.1"), _number(Op.LE, "1.6"))),
        (DOUBLE, (_number(Op.EQ, "0.5"),)),
        (varchar(3), (Comparison("n", Op.NE, value=""),)),
        (varchar(1), (Comparison("n", Op.GT, value="y"),)),
        (DATE, (Comparison("n", Op.GE, value="1999-12-31"), Comparison("n", Op.LT, value="2000-01-01"))),
        (TIME, (Comparison("n", Op.GT, value="23:57:00"),)),
        (TIMESTAMP, (Comparison("n", Op.LE, value="1970-01-01 00:00:00"),)),
        (enum("a", "b"), (Comparison("n", Op.NE, value="a"),)),
    ],
    ids=str,
)
def test_rows_are_found_at_narrow_borders(engine: str, type_: Type, terms: tuple[Comparison, ...]) -> None:
    schema = one(Column("n", type_, False), checks=(Check(terms),))
    done = execute(ddl(schema, engine), engine, expected=schema)
    enum_word = [d for d in done.differences if "with 'a'" in d.message]  # forbidden by its own check
    assert (done.ok, done.error, list(done.differences)) == (True, "", enum_word)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chain_of_columns_is_ordered(engine: str) -> None:
    names = "abcdef"
    chain = tuple(check(Comparison(a, Op.LT, column=b)) for a, b in pairwise(names))
    schema = Schema((Table("t", (KEY, *(Column(n, DATE, False) for n in names)), ("id",), checks=chain),))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert (done.ok, done.differences) == (True, ())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "terms",
    [
        (Comparison("n", Op.GT, value=Decimal(5)), Comparison("n", Op.LT, value=Decimal(5))),
        (Comparison("n", Op.GT, value=Decimal(99999999999999999999)),),
    ],
    ids=["contradiction", "out of range"],
)
def test_what_cannot_be_proved_is_said_and_is_no_failure(engine: str, terms: tuple[Comparison, ...]) -> None:
    schema = one(Column("n", INTEGER, False), checks=(Check(terms),))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert done.ok
    assert [(d.code, d.severity) for d in done.differences] == [("PROBE-OPEN", Severity.INFO)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_an_enum_is_left_open(engine: str) -> None:
    above = check(Comparison("n", Op.GT, value="b"))  # PostgreSQL orders by place, SQLite by letter
    schema = one(Column("n", enum("c", "b", "a")), checks=(above,))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert done.ok
    assert {d.code for d in done.differences} == {"PROBE-OPEN"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_key_to_a_unique_column_that_may_be_null(engine: str) -> None:
    narrow = check(Comparison("n", Op.GT, value=Decimal(5)), Comparison("n", Op.LT, value=Decimal(5)))
    parent = Table("p", (KEY, Column("n", INTEGER)), ("id",), (("n",),), (narrow,))  # only NULL keeps that check
    child = Table("c", (KEY, Column("p_n", INTEGER, False)), ("id",), foreign_keys=(ForeignKey(("p_n",), "p", ("n",)),))
    schema = Schema((parent, child))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert done.ok
    assert ("c", "no row was found that this table must take") in {(d.table, d.message) for d in done.differences}


@pytest.mark.parametrize("engine", ENGINES)
def test_digits_beyond_a_double_are_no_failure(engine: str) -> None:
    tiny = check(
        Comparison("n", Op.GT, value=Decimal("1e-300")), Comparison("m", Op.NE, value=Decimal("1.000000000000000001"))
    )
    schema = one(Column("n", numeric(900, 400)), Column("m", numeric(30, 18)), checks=(tiny,))
    assert execute(ddl(schema, engine), engine, expected=schema).ok


@pytest.mark.parametrize("engine", ENGINES)
def test_a_circle_without_an_opening_is_said_and_is_no_failure(engine: str) -> None:
    def side(name: str, other: str) -> Table:
        keys = (ForeignKey((f"{other}_id",), other, ("id",)),)
        return Table(name, (KEY, Column(f"{other}_id", INTEGER, False)), ("id",), foreign_keys=keys)

    schema = Schema((side("a", "b"), side("b", "a")))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert done.ok
    assert {(d.table, d.code) for d in done.differences} == {("a", "PROBE-OPEN"), ("b", "PROBE-OPEN")}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_may_point_at_itself(engine: str) -> None:
    keys = (ForeignKey(("up",), "t", ("id",)),)
    schema = Schema((Table("t", (KEY, Column("up", INTEGER, False)), ("id",), foreign_keys=keys),))
    assert execute(ddl(schema, engine), engine, expected=schema).differences == ()


def test_the_search_prefers_the_first_choice_and_backtracks() -> None:
    one_, two = Value("1", Decimal(1)), Value("2", Decimal(2))
    differ = Rule(("a", "b"), lambda row: row["a"] != row["b"])
    assert solve({"a": [one_, two], "b": [one_, two], "c": [two]}, [differ]) == {"a": one_, "b": two, "c": two}
    assert solve({"a": [one_], "b": [one_]}, [differ]) is None
    assert solve({"a": []}, []) is None
    assert solve({}, []) == {}


def test_candidates_fit_their_type() -> None:
    reader = Reader(Habits())
    assert all(len(v.text or "") <= 2 for v in reader.candidates(varchar(2), ["longer", "xy"]))
    assert all(abs(Decimal(v.text or "")) < 1 for v in reader.candidates(numeric(2, 2), [Decimal("0.99")]))
    assert all(-32768 < int(v.text or "") < 32768 for v in reader.candidates(SMALLINT, [Decimal(32767)]))
    assert NULL not in reader.candidates(TEXT, [])


@pytest.mark.parametrize(
    ("type_", "default", "text", "expected"),
    [
        (numeric(5, 2), literal(Decimal("1.5")), "1.50", True),
        (numeric(5, 2), literal(Decimal("1.5")), "1.51", False),
        (INTEGER, literal(3), "three", False),
        (REAL, literal(Decimal("0.1")), "0.10000000149", True),
        (TEXT, literal("x"), "x ", False),
        (JSON, literal('{"a":1}'), '{"a": 1}', True),
        (JSON, literal('{"a":1}'), '{"a": 2}', False),
        (DATE, literal("2024-01-02"), "2024-01-02", True),
        (TIMESTAMP, literal("2024-01-02"), "2024-01-02 00:00:00", True),
        (TIMESTAMP, literal("today"), "2024-01-02 00:00:00", None),
        (INTEGER, IDENTITY, "7", True),
        (INTEGER, literal(3), None, False),
    ],
)
def test_a_default_is_read_back_by_value(type_: Type, default: object, text: str | None, expected: bool | None) -> None:
    assert same(type_, default, text) is expected  # type: ignore[arg-type]


EXAMPLES = int(os.environ.get("GHOST_ENGINE_EXAMPLES", settings().max_examples // 5))
"""Random schemas per engine; `GHOST_ENGINE_EXAMPLES=2000 pytest tests/schema/test_probe.py` is the long form."""


def _runnable(schema: Schema) -> Schema:
    """The schema without what PostgreSQL takes as a definition and then refuses in every row.

    That is a default with more digits than its column, and padded text too long for an index. Keys
    between columns of two enum types go too: it refuses the definition, and `verify` says so.
    """

    def column(c: Column) -> Column:
        if c.type.kind is Kind.CHAR and (c.type.length or 1) > 500:
            c = replace(c, type=varchar(500))
        value, precision = c.default.value if c.default else None, c.type.precision
        if isinstance(value, Decimal) and precision is not None:
            fits = abs(value) + 1 < Decimal(10) ** (precision - (c.type.scale or 0))
            c = c if fits else replace(c, default=None)
        return c

    def table(t: Table) -> Table:
        enums = {c.name for c in t.columns if c.enum}
        keys = tuple(f for f in t.foreign_keys if not enums & {*f.columns})
        return replace(t, columns=tuple(column(c) for c in t.columns), foreign_keys=keys)

    return Schema(tuple(table(t) for t in schema.tables))


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=EXAMPLES)
@given(schema=schemas().map(_runnable))
def test_an_engine_reports_and_does_what_any_schema_says(engine: str, schema: Schema) -> None:
    assume(engine != "mysql" or not clashes(schema))
    done = execute(ddl(schema, engine), engine, expected=schema, seconds=60)
    assert done.error == ""
    assert [d for d in done.differences if d.severity is Severity.ERROR] == []
