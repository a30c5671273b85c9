"""What each dialect gives up, and that it says so. (That `fit` is idempotent is in test_roundtrip.)"""

from __future__ import annotations

from decimal import Decimal

import pytest

from ghost_architect.schema import types as t
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    Check,
    Column,
    Comparison,
    Default,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import Kind, Type


def one(column: Column, **parts: object) -> Schema:
    """A schema of one table with this column."""
    return Schema((Table("t", (column,), **parts),))  # type: ignore[arg-type]


def codes(schema: Schema, dialect: str) -> list[str]:
    return [loss.code for loss in fit(schema, dialect).losses]


def fitted(column: Column, dialect: str, **parts: object) -> Column:
    return fit(one(column, **parts), dialect).schema.tables[0].columns[0]


@pytest.mark.parametrize(
    ("type_", "mysql", "sqlite"),
    [
        (t.SMALLINT, t.SMALLINT, t.INTEGER),
        (t.BIGINT, t.BIGINT, t.INTEGER),
        (t.UUID, Type(Kind.CHAR, length=36), Type(Kind.CHAR, length=36)),
        (t.INET, t.varchar(45), t.varchar(45)),
        (t.INTERVAL, t.varchar(64), t.varchar(64)),
        (t.TIMESTAMPTZ, t.TIMESTAMP, t.TIMESTAMP),
        (t.JSON, t.JSON, t.TEXT),
        (Type(Kind.NUMERIC), t.numeric(65, 30), Type(Kind.NUMERIC)),
        (t.numeric(1000, 900), t.numeric(65, 30), t.numeric(1000, 900)),
        (t.numeric(70, 2), t.numeric(65, 2), t.numeric(70, 2)),
        (t.varchar(16_384), t.TEXT, t.varchar(16_384)),
        (Type(Kind.CHAR, length=256), t.varchar(256), Type(Kind.CHAR, length=256)),
    ],
)
def test_types_that_are_not_everywhere(type_: Type, mysql: Type, sqlite: Type) -> None:
    for dialect, held in (("mysql", mysql), ("sqlite", sqlite), ("postgres", type_)):
        schema = one(Column("c", type_))
        assert fit(schema, dialect).schema == one(Column("c", held))
        assert len(codes(schema, dialect)) == (held != type_)


def test_a_wider_integer_is_only_worth_knowing() -> None:
    (loss,) = fit(one(Column("c", t.SMALLINT)), "sqlite").losses
    assert (loss.code, loss.severity, loss.table, loss.column) == ("FIT-INTEGER", Severity.INFO, "t", "c")
    assert loss.message == "SQLite: smallint is held as integer"


def test_text_in_a_key_gets_a_length_in_mysql() -> None:
    for parts in ({"primary_key": ("c",)}, {"uniques": (("c",),)}, {"indexes": (Index(("c",)),)}):
        assert fitted(Column("c", t.TEXT), "mysql", **parts).type == t.varchar(255)
        assert fitted(Column("c", t.varchar(769)), "mysql", **parts).type == t.varchar(255)
        assert fitted(Column("c", t.varchar(768)), "mysql", **parts).type == t.varchar(768)
    assert fitted(Column("c", t.TEXT), "mysql").type == t.TEXT


def test_text_that_is_pointed_at_gets_a_length_on_both_sides() -> None:
    target = Table("a", (Column("code", t.TEXT),), ("code",))
    source = Table("b", (Column("a_code", t.TEXT),), foreign_keys=(ForeignKey(("a_code",), "a", ("code",)),))
    for table in fit(Schema((target, source)), "mysql").schema.tables:
        assert table.columns[0].type == t.varchar(255)


def test_bytes_in_a_key_have_a_length_in_mysql() -> None:
    assert "c VARBINARY(255) PRIMARY KEY" in ddl(one(Column("c", t.BINARY), primary_key=("c",)), "mysql")
    assert "c LONGBLOB" in ddl(one(Column("c", t.BINARY)), "mysql")


def test_a_long_key_is_shortened_and_a_long_row_spills() -> None:
    """InnoDB: 3072 bytes a key, 65,535 a row, four a character."""
    key = Table("t", tuple(Column(n, t.varchar(700)) for n in "ab"), ("a", "b"))
    lengths = [c.type.length or 0 for c in fit(Schema((key,)), "mysql").schema.tables[0].columns]
    assert 4 * sum(lengths) <= 3072
    assert min(lengths) > 300
    row = Table("t", tuple(Column(n, t.varchar(9000)) for n in "abc"))
    kinds = [c.type.kind for c in fit(Schema((row,)), "mysql").schema.tables[0].columns]
    assert sorted(kinds) == [Kind.TEXT, Kind.TEXT, Kind.VARCHAR]


def test_sqlite_numbers_only_a_sole_integer_key() -> None:
    number = Column("c", t.BIGINT, False, IDENTITY)
    assert fitted(number, "sqlite", primary_key=("c",)).is_identity
    assert not fitted(number, "sqlite").is_identity
    assert "FIT-IDENTITY" in codes(one(number), "sqlite")


def test_a_sole_integer_key_that_is_not_numbered_stays_so_in_sqlite() -> None:
    plain = one(Column("c", t.INTEGER, False), primary_key=("c",))
    assert ddl(plain, "sqlite") == "CREATE TABLE t (\n    c INT NOT NULL PRIMARY KEY\n);\n"


def test_mysql_numbers_one_column_and_it_leads_a_key() -> None:
    numbers = (Column("a", t.BIGINT, False, IDENTITY), Column("b", t.BIGINT, False, IDENTITY))
    schema = Schema((Table("t", numbers, ("a",), (("b",),)),))
    held = fit(schema, "mysql")
    assert [c.is_identity for c in held.schema.tables[0].columns] == [True, False]
    assert [(loss.code, loss.column) for loss in held.losses] == [("FIT-IDENTITY", "b")]
    # A plain index is made by a statement of its own, which is too late.
    assert not fitted(numbers[0], "mysql", indexes=(Index(("a",)),)).is_identity
    assert fitted(numbers[0], "mysql", indexes=(Index(("a",), unique=True),)).is_identity


@pytest.mark.parametrize(
    ("dialect", "type_", "default", "kept"),
    [
        ("sqlite", t.UUID, NEW_UUID, False),
        ("mysql", t.UUID, NEW_UUID, True),
        ("mysql", t.BINARY, literal("\\x00"), False),
        ("sqlite", t.BINARY, literal("\\x00"), False),
        ("mysql", t.TIMESTAMPTZ, literal("2026-01-31 12:30:00+02"), False),
        ("mysql", t.TIMESTAMPTZ, literal("2026-01-31 12:30:00"), True),
        ("mysql", t.DATE, literal("yesterday"), False),
    ],
)
def test_defaults_that_are_not_everywhere(dialect: str, type_: Type, default: Default, kept: bool) -> None:
    column = Column("c", type_, default=default)
    assert (fitted(column, dialect).default is not None) is kept
    assert ("FIT-DEFAULT" in codes(one(column), dialect)) is not kept


def test_comments_are_dropped_or_cut() -> None:
    schema = one(Column("c", t.TEXT, comment="x" * 2000), comment="y" * 3000)
    (table,) = fit(schema, "sqlite").schema.tables
    assert (table.comment, table.columns[0].comment) == ("", "")
    (table,) = fit(schema, "mysql").schema.tables
    assert (len(table.comment), len(table.columns[0].comment)) == (2048, 1024)
    assert codes(schema, "mysql") == ["FIT-COMMENT", "FIT-COMMENT"]
    (table,) = fit(one(Column("c", t.TEXT), comment="a 😀 b"), "mysql").schema.tables
    assert table.comment == "a  b", "MySQL would make it a question mark"


def test_actions_that_mysql_refuses_become_no_action() -> None:
    for action, nullable, kept in (
        (OnDelete.SET_DEFAULT, True, False),
        (OnDelete.SET_NULL, False, False),
        (OnDelete.SET_NULL, True, True),
        (OnDelete.CASCADE, False, True),
    ):
        key = ForeignKey(("c",), "t", ("c",), action)
        schema = one(Column("c", t.INTEGER, nullable), uniques=(("c",),), foreign_keys=(key,))
        (held,) = fit(schema, "mysql").schema.tables[0].foreign_keys
        assert held.on_delete is (action if kept else OnDelete.NO_ACTION)
        assert ("FIT-KEY" in codes(schema, "mysql")) is not kept


def test_a_unique_index_is_a_constraint_in_mysql() -> None:
    schema = one(Column("c", t.INTEGER), indexes=(Index(("c",), unique=True), Index(("c",))))
    (table,) = fit(schema, "mysql").schema.tables
    assert (table.uniques, table.indexes) == ((("c",),), (Index(("c",)),))


def test_mysql_checks_no_column_that_the_engine_changes() -> None:
    check = Check((Comparison("c", Op.GT, value=Decimal(0)),))
    numbered = one(Column("c", t.INTEGER, False, IDENTITY), primary_key=("c",), checks=(check,))
    key = ForeignKey(("c",), "t", ("c",), OnDelete.SET_NULL)
    emptied = one(Column("c", t.INTEGER), uniques=(("c",),), checks=(check,), foreign_keys=(key,))
    for schema in (numbered, emptied):
        assert fit(schema, "mysql").schema.tables[0].checks == ()
        assert codes(schema, "mysql") == ["FIT-CHECK"]
        assert fit(schema, "sqlite").schema.tables[0].checks == (check,)


def test_mysql_checks_no_enum_that_a_key_empties() -> None:
    """MariaDB's error 1901. An enum with a blank at the end of a word is a text with a CHECK there."""
    names = Table("names", (Column("id", t.enum("a "), nullable=False),), uniques=(("id",),))

    def pointing(action: OnDelete, nullable: bool = True) -> Schema:
        column = Column("name_id", t.enum("a "), nullable=nullable)
        return Schema(
            (names, Table("people", (column,), foreign_keys=(ForeignKey(("name_id",), "names", ("id",), action),)))
        )

    emptied = pointing(OnDelete.SET_NULL)
    assert fit(emptied, "mysql").schema.tables[1].columns[0].type == t.varchar(2)
    assert codes(emptied, "mysql") == ["FIT-TYPE"]
    assert "CHECK (name_id" not in ddl(emptied, "mysql")
    for other in (pointing(OnDelete.CASCADE), pointing(OnDelete.SET_NULL, nullable=False)):
        assert fit(other, "mysql").schema.tables[1].columns[0].type == t.enum("a ")
        assert "CHECK (name_id" in ddl(other, "mysql")
    for dialect in ("postgres", "sqlite"):
        assert fit(emptied, dialect).schema == emptied
