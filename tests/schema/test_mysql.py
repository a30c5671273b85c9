"""What only MySQL and MariaDB do: found on real servers, and kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.dialects.mysql import DIALECT
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.execute import execute
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import (
    Check,
    Column,
    Comparison,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import (
    BINARY,
    INTEGER,
    JSON,
    SMALLINT,
    TEXT,
    TIMESTAMPTZ,
    Kind,
    Type,
    enum,
    varchar,
)

KEY = Column("id", INTEGER, False)


def table(*columns: Column, checks: tuple[Check, ...] = ()) -> Schema:
    return Schema((Table("t", (KEY, *columns), ("id",), checks=checks),))


@pytest.mark.parametrize("engine", ["mysql"])
@pytest.mark.parametrize(
    "values",
    [
        ("draft", "paid"),
        ("offen", "gelöscht", "geschlossen"),
        ("черновик", "оплачен"),
        ("下書き", "支払済"),
        ("a\\b", "a'b", "a,b", "a\nb", ")"),
    ],
    ids=str,
)
def test_an_enum_stays_one(engine: str, values: tuple[str, ...]) -> None:
    schema = table(Column("state", enum(*values), False))
    assert "ENUM(" in ddl(schema, "mysql")
    done = execute(ddl(schema, "mysql"), engine, expected=schema)
    assert (done.error, done.differences) == ("", ())


@pytest.mark.parametrize("engine", ["mysql"])
@pytest.mark.parametrize(
    "values",
    [
        *(("a", "A"), ("e", "é"), ("s", "ß"), ("ss", "ß"), ("x ", "y"), ("か", "カ"), ("o", "ø"), ("a", "a\u200b")),
        *(("😀", "😁"), ("😀",), ("ﬁ", "fi"), ("İ", "i")),
    ],
    ids=str,
)
def test_words_that_a_collation_takes_for_one_are_kept_by_a_check(engine: str, values: tuple[str, ...]) -> None:
    schema = table(Column("state", enum(*values), False))
    assert "ENUM(" not in ddl(schema, "mysql")
    done = execute(ddl(schema, "mysql"), engine, expected=schema)
    assert (done.error, done.differences) == ("", ())


@pytest.mark.parametrize("engine", ["mysql"])
@pytest.mark.parametrize(
    ("type_", "term"),
    [
        (TIMESTAMPTZ, Comparison("n", Op.GE, value="2026-01-31 12:30:00+02")),
        (Type(Kind.NUMERIC), Comparison("n", Op.LT, value=Decimal("1e-40"))),
        (Type(Kind.NUMERIC), Comparison("n", Op.LT, value=Decimal("1e70"))),
    ],
    ids=["zone", "digits behind the point", "digits"],
)
def test_a_check_with_a_constant_that_mysql_does_not_hold_is_dropped_and_said(
    engine: str, type_: Type, term: Comparison
) -> None:
    schema = table(Column("n", type_, False), checks=(Check((term,)),))
    fitted = fit(schema, "mysql")
    assert fitted.schema.tables[0].checks == ()
    assert "FIT-CHECK" in {loss.code for loss in fitted.losses}
    assert execute(ddl(schema, "mysql"), engine, expected=schema).ok


@pytest.mark.parametrize("engine", ["mysql"])
def test_bytes_count_in_the_length_of_a_key(engine: str) -> None:
    columns = (Column("a", SMALLINT, False), Column("b", varchar(768), False), Column("c", BINARY, False))
    schema = Schema((Table("t", columns, ("a", "b", "c")),))
    assert execute(ddl(schema, "mysql"), engine, expected=schema).ok


@pytest.mark.parametrize("engine", ["mysql"])
def test_indexes_that_come_with_a_key_are_not_counted_and_others_are(engine: str) -> None:
    other = Table("other", (KEY, Column("b", INTEGER, False)), ("id",), (("id", "b"),))
    keys = (ForeignKey(("a",), "other", ("id",), OnDelete.CASCADE), ForeignKey(("b", "c"), "other", ("id", "b")))
    columns = (KEY, *(Column(n, INTEGER) for n in "abcd"))
    plain = Table("t", columns, ("id",), foreign_keys=keys)
    indexed = Table("t", columns, ("id",), foreign_keys=keys, indexes=(Index(("a",)), Index(("d",))))
    for meant, made, ok in ((plain, plain, True), (indexed, indexed, True), (indexed, plain, False)):
        done = execute(ddl(Schema((other, made)), "mysql"), engine, expected=Schema((other, meant)))
        assert done.ok is ok, done.differences


@pytest.mark.parametrize("engine", ["mysql"])
def test_json_is_told_from_a_long_text(engine: str) -> None:
    script = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, j JSON, l LONGTEXT)"
    right = table(Column("j", JSON), Column("l", TEXT))
    assert execute(script, engine, expected=right).ok
    assert not execute(script, engine, expected=table(Column("j", TEXT), Column("l", TEXT))).ok
    assert not execute(script, engine, expected=table(Column("j", JSON), Column("l", JSON))).ok


@pytest.mark.parametrize(
    ("name", "column", "taken"),
    [
        *(("größe", True, True), ("a b", False, True), ("ü" * 64, True, True), ("ü" * 65, True, False)),
        *(("a ", True, False), ("a ", False, False), ("😀", True, False), ("#mysql50#a", False, False)),
        *(("db_row_id", True, False), ("FTS_DOC_ID", True, False), ("FTS_DOC_ID", False, True)),
    ],
)
@pytest.mark.parametrize("engine", ["mysql"])
def test_a_name_is_taken_as_the_dialect_says(engine: str, name: str, column: bool, taken: bool) -> None:
    assert (DIALECT.why_no_name(name, column=column) == "") is taken
    with open_engine(engine).session(10) as session:
        script = f"CREATE TABLE t (`{name}` INT)" if column else f"CREATE TABLE `{name}` (a INT)"
        try:
            session.run(script)
        except Exception:
            assert not taken
        else:
            assert taken
            assert [(t.name, t.columns[0].name) for t in session.tables()] == [("t", name) if column else (name, "a")]


@pytest.mark.parametrize("engine", ["mysql"])
def test_a_default_that_would_be_rounded_is_dropped_and_said(engine: str) -> None:
    tiny, small = literal(Decimal("1e-40")), literal(Decimal("1e-30"))
    schema = table(Column("tiny", Type(Kind.NUMERIC), True, tiny), Column("small", Type(Kind.NUMERIC), True, small))
    fitted = fit(schema, "mysql")
    assert [c.default for c in fitted.schema.tables[0].columns] == [None, None, small]
    assert [loss.column for loss in fitted.losses if loss.code == "FIT-DEFAULT"] == ["tiny"]
    assert execute(ddl(schema, "mysql"), engine, expected=schema).ok
