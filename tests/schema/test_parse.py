"""What `parse` takes from SQL that others wrote, and that it reports the rest.

`tests/fixtures/sql/<dialect>.sql` is such a script for every dialect; a new dialect brings its own.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.errors import SqlError
from ghost_architect.schema import types as t
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    NOW,
    TODAY,
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
from ghost_architect.schema.parse import MAX_SQL_BYTES, Parsed, column_type, parse, read_check, read_default
from ghost_architect.schema.types import Kind, Type

SCRIPTS = Path(__file__).parents[1] / "fixtures" / "sql"


def script(dialect: str) -> str:
    return (SCRIPTS / f"{dialect}.sql").read_text(encoding="utf-8")


def noted(parsed: Parsed) -> set[tuple[str, int]]:
    """Codes of the findings with their lines."""
    return {(f.code.removeprefix("PARSE-"), int(f.message.rpartition("(line ")[2][:-1])) for f in parsed.unread}


def column(clauses: str, dialect: str = "postgres") -> Column:
    """The column `c`, read without a finding."""
    parsed = parse(f"CREATE TABLE t (c {clauses}, d TEXT)", dialect)
    assert parsed.unread == ()
    return parsed.schema.tables[0].columns[0]


def table(items: str, dialect: str = "postgres", after: str = "") -> Table:
    """The table `t`, read without a finding."""
    parsed = parse(f"CREATE TABLE t ({items}); {after}", dialect)
    assert parsed.unread == ()
    return parsed.schema.tables[0]


# --- whole scripts ---


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_script_of_others_is_read_and_written_again(dialect: str) -> None:
    parsed = parse(script(dialect), dialect)
    assert len(parsed.schema.tables) >= 2
    assert parsed.unread != ()
    again = parse(ddl(parsed.schema, dialect), dialect)
    assert again.unread == ()
    assert again.schema == fit(parsed.schema, dialect).schema


def test_a_postgres_dump() -> None:
    parsed = parse(script("postgres"))
    customers, orders = parsed.schema.tables
    assert customers == Table(
        "customers",
        (
            Column("id", t.INTEGER, False, IDENTITY),
            Column("fullName", t.TEXT, False, comment="First and last"),
            Column("email", t.TEXT),
            Column("Balance", t.numeric(12, 2), default=literal(Decimal("0.00"))),
            Column("tags", t.TEXT),
            Column("created_at", t.TIMESTAMPTZ, default=NOW),
            Column("profile", t.JSON, default=literal("{}")),
        ),
        ("id",),
        (("email",),),
    )
    assert orders == Table(
        "orders",
        (
            Column("id", t.UUID, False, NEW_UUID),
            Column("customer_id", t.INTEGER),
            Column("status", t.enum("draft", "it's paid", "a, b"), False, literal("draft")),
            Column("quantity", t.INTEGER),
            Column("kind", t.enum("a", "b")),
            Column("price", t.numeric(19, 2)),
            Column("total", t.numeric(10, 2)),
            Column("note", t.varchar(20), False, literal("x")),
            Column("placed", t.TIMESTAMP),
            Column("due", t.DATE, default=TODAY),
            Column("shape", t.TEXT),
            Column("parentId", t.UUID),
        ),
        ("id",),
        (("customer_id", "due"),),
        (
            Check((Comparison("quantity", Op.GE, value=Decimal(1)), Comparison("quantity", Op.LE, value=Decimal(99)))),
            Check((Comparison("quantity", Op.GT, value=Decimal(0)), Comparison("due", Op.GE, value="2020-01-01"))),
            Check((Comparison("price", Op.GT, value=Decimal(0)),)),
        ),
        (
            ForeignKey(("customer_id",), "customers", ("id",), OnDelete.CASCADE),
            ForeignKey(("parentId",), "orders", ("id",)),
        ),
        (Index(("customer_id", "due"), unique=True),),
        "What was\nsold",
    )
    assert noted(parsed) == {
        *(("STATEMENT", 2), ("STATEMENT", 3), ("TYPE", 10), ("TYPE", 12), ("NAME", 17), ("OPTION", 19), ("TYPE", 23)),
        *(("OPTION", 24), ("OPTION", 25), ("TYPE", 26), ("TYPE", 28), ("CHECK", 31), ("OPTION", 32), ("OPTION", 33)),
        *(("STATEMENT", 38), ("INDEX", 39), ("INDEX", 40), ("INDEX", 41), ("STATEMENT", 45), ("STATEMENT", 46)),
    }


def test_a_mysql_dump() -> None:
    parsed = parse(script("mysql"), "mysql")
    customers, orders = parsed.schema.tables
    assert customers == Table(
        "customers",
        (
            Column("id", t.BIGINT, False, IDENTITY),
            Column("active", t.BOOLEAN, False, literal(True)),
            Column("name", t.varchar(255), comment="it's a \\ and a 'quote'"),
            Column("status", t.enum("new", "it's", "c:\\d"), False, literal("new")),
            Column("flags", t.TEXT),
            Column("price", t.numeric(10, 0), default=literal(Decimal("1.50"))),
            Column("created", t.TIMESTAMPTZ, default=NOW),
            Column("seen", t.TIMESTAMP),
            Column("token", Type(Kind.CHAR, length=36), default=NEW_UUID),
            Column("born", t.SMALLINT),
            Column("body", t.TEXT),
            Column("full", t.INTEGER),
        ),
        ("id",),
        (("name",),),
        (Check((Comparison("price", Op.GE, value=Decimal(0)),)),),
        indexes=(Index(("seen", "created")),),
        comment="People; all of them",
    )
    assert orders == Table(
        "orders",
        (Column("id", t.INTEGER, False, IDENTITY), Column("customer_id", t.BIGINT), Column("sum", t.DOUBLE)),
        ("id",),
        foreign_keys=(ForeignKey(("customer_id",), "customers", ("id",), OnDelete.SET_NULL),),
        indexes=(Index(("customer_id",)),),
    )
    assert noted(parsed) == {
        *(("STATEMENT", 2), ("TYPE", 4), ("OPTION", 6), ("TYPE", 8), ("OPTION", 10), ("TYPE", 11), ("TYPE", 13)),
        *(("OPTION", 15), ("OPTION", 16), ("INDEX", 17), ("OPTION", 18), ("OPTION", 19), ("OPTION", 20)),
        *(("OPTION", 21), ("TYPE", 25), ("OPTION", 26), ("TYPE", 28), ("OPTION", 28), ("STATEMENT", 28)),
    }


def test_an_sqlite_script() -> None:
    parsed = parse(script("sqlite"), "sqlite")
    posts, comments, settings = parsed.schema.tables
    assert posts == Table(
        "blog posts",
        (
            Column("id", t.INTEGER, False, IDENTITY),
            Column("title", t.varchar(80), False),
            Column("state", t.enum("draft", "published"), default=literal("draft")),
            Column("created", t.TIMESTAMP, default=NOW),
            Column("size", t.BIGINT),
            Column("anything", t.TEXT),
            Column("price", t.REAL, default=literal(Decimal("1.5"))),
            Column("stored", t.BOOLEAN, False, literal(False)),
        ),
        ("id",),
        checks=(Check((Comparison("price", Op.GT, value=Decimal(0)),)),),
    )
    assert comments == Table(
        "comments",
        (Column("post", t.INTEGER, False), Column("n", t.INTEGER, False), Column("code", t.INTEGER, False)),
        ("code",),
        (("post", "n"),),
        foreign_keys=(ForeignKey(("post",), "blog posts", ("id",)),),
        indexes=(Index(("post", "n")),),
    )
    assert settings.columns[0] == Column("id", t.INTEGER, False), "WITHOUT ROWID numbers nothing"
    assert noted(parsed) == {
        *(("STATEMENT", 1), ("OPTION", 4), ("TYPE", 7), ("TYPE", 8), ("OPTION", 10), ("OPTION", 16), ("OPTION", 17)),
        *(("OPTION", 18), ("INDEX", 19), ("INDEX", 20), ("STATEMENT", 21)),
    }


# --- types ---


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("INT", t.INTEGER),
        ("int4", t.INTEGER),
        ("Int8", t.BIGINT),
        ("TINYINT", t.SMALLINT),
        ("INTEGER(11)", t.INTEGER),
        ("DECIMAL(10)", t.numeric(10, 0)),
        ("NUMERIC", Type(Kind.NUMERIC)),
        ("VARCHAR", t.TEXT),
        ("VARCHAR(MAX)", t.TEXT),
        ("character varying(20)", t.varchar(20)),
        ("VARCHAR2(20 CHAR)", t.varchar(20)),
        ("CHAR", Type(Kind.CHAR, length=1)),
        ("DATETIME", t.TIMESTAMP),
        ("TIMESTAMP WITH TIME ZONE", t.TIMESTAMPTZ),
        ("TIMESTAMP WITHOUT TIME ZONE", t.TIMESTAMP),
        ("FLOAT", t.DOUBLE),
        ("FLOAT(24)", t.REAL),
        ("double precision", t.DOUBLE),
        ("BOOL", t.BOOLEAN),
        ("BLOB", t.BINARY),
        ("JSON", t.JSON),
        ("ENUM('a', 'it''s')", t.enum("a", "it's")),
        ('"inet"', t.INET),
    ],
)
def test_types_by_whatever_name(written: str, type_: Type) -> None:
    assert column(written).type == type_


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("tinyint(1)", t.BOOLEAN),
        ("TIMESTAMP", t.TIMESTAMPTZ),
        ("DATETIME", t.TIMESTAMP),
        ("FLOAT", t.REAL),
        ("REAL", t.DOUBLE),
        ("INT8", t.BIGINT),
        ("DECIMAL", t.numeric(10, 0)),
    ],
)
def test_what_means_something_else_in_mysql(written: str, type_: Type) -> None:
    assert column(written, "mysql").type == type_


@pytest.mark.parametrize(
    "written", ["FOOBAR", "FOOBAR(3)", "TEXT[]", "my_type", "x.y", "GEOMETRY(Point, 4326)", "SET('a')"]
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_column_of_an_unknown_type_stays(written: str, dialect: str) -> None:
    parsed = parse(f"CREATE TABLE t (\n a {written} NOT NULL,\n b INT)", dialect)
    assert parsed.schema.tables[0].columns == (Column("a", t.TEXT, False), Column("b", t.INTEGER))
    (finding,) = parsed.unread
    assert (finding.code, finding.severity) == ("PARSE-TYPE", Severity.WARNING)
    assert (finding.table, finding.column) == ("t", "a")
    assert finding.message == f"{written} is not a known type; it is held as text (line 2)"


@pytest.mark.parametrize(
    ("written", "type_", "lost"),
    [
        ("TIMESTAMP(3)", t.TIMESTAMP, "the (3) of TIMESTAMP is not kept"),
        ("BIGINT UNSIGNED", t.BIGINT, "UNSIGNED is not kept; it is held as bigint"),
        ("INT(10) UNSIGNED ZEROFILL", t.BIGINT, "UNSIGNED ZEROFILL is not kept; it is held as bigint"),
        ("CITEXT", t.TEXT, "that case does not matter is not kept; it is held as text"),
        ("VARCHAR(20) ENCRYPTED", t.varchar(20), "ENCRYPTED was not understood"),
        ("VARCHAR(0)", t.TEXT, "VARCHAR(0) is not a type"),
        ("NUMERIC(3, 5)", Type(Kind.NUMERIC), "NUMERIC(3, 5) is not a type"),
        ("ENUM('a', 'a')", t.enum("a"), "a value that stands twice in ENUM is kept once"),
    ],
)
def test_a_type_that_is_nearly_held(written: str, type_: Type, lost: str) -> None:
    parsed = parse(f"CREATE TABLE t (c {written})")
    assert parsed.schema.tables[0].columns[0].type == type_
    assert [f.message for f in parsed.unread] == [f"{lost} (line 1)"]


def test_types_as_a_catalogue_prints_them() -> None:
    assert column_type("character varying(20)") == t.varchar(20)
    assert column_type("timestamp(6) without time zone") == t.TIMESTAMP
    assert column_type("int(11) unsigned", "mysql") == t.BIGINT
    assert column_type("VARCHAR(20)", "sqlite") == t.varchar(20)
    assert column_type("nonsense") is None
    assert column_type("") is None
    assert column_type("int; int") is None


# --- defaults, checks, keys ---


@pytest.mark.parametrize(
    ("written", "default"),
    [
        ("INT DEFAULT 0", literal(0)),
        ("INT DEFAULT '7'", literal(7)),
        ("INT DEFAULT -1", literal(-1)),
        ("NUMERIC DEFAULT 1e3", literal(1000)),
        ("NUMERIC DEFAULT ((1.5))", literal(Decimal("1.5"))),
        ("NUMERIC DEFAULT '2'::numeric", literal(2)),
        ("TEXT DEFAULT 5", literal("5")),
        ("TEXT DEFAULT $$it's$$", literal("it's")),
        ("BOOLEAN DEFAULT 't'", literal(True)),
        ("BOOLEAN DEFAULT 0", literal(False)),
        ("TEXT DEFAULT NULL", None),
        ("TIMESTAMP DEFAULT now()", NOW),
        ("TIMESTAMP DEFAULT CURRENT_TIMESTAMP(6)", NOW),
        ("DATE DEFAULT now()", TODAY),
        ("DATE DEFAULT (CURRENT_DATE)", TODAY),
        ("TIME DEFAULT CURRENT_TIME", NOW),
        ("UUID DEFAULT uuid_generate_v4()", NEW_UUID),
        ("CHAR(36) DEFAULT (uuid())", NEW_UUID),
        ("INT DEFAULT nextval('t_c_seq'::regclass)", IDENTITY),
        ("INTERVAL DEFAULT INTERVAL '1 day'", literal("1 DAY")),
    ],
)
def test_defaults(written: str, default: Default | None) -> None:
    assert column(written).default == default


@pytest.mark.parametrize(
    "written",
    [
        *("INT DEFAULT (1 + 2)", "INT DEFAULT 'x'", "INT DEFAULT now()", "TEXT DEFAULT lower('A')", "DATE DEFAULT 5"),
        *("TEXT DEFAULT now()", "INT DEFAULT", "INT DEFAULT (", "TEXT DEFAULT gen_random_uuid(1)", "UUID DEFAULT 3"),
        *("VARCHAR(10) DEFAULT uuid()", "BOOLEAN DEFAULT 2", "INT DEFAULT 1e9999", "TEXT DEFAULT 'a' || 'b'"),
    ],
)
def test_a_default_that_is_not_understood_is_reported(written: str) -> None:
    parsed = parse(f"CREATE TABLE t (c {written}")
    assert parsed.schema.tables[0].columns[0].default is None
    assert "PARSE-DEFAULT" in {f.code for f in parsed.unread}


@pytest.mark.parametrize(
    "written", ["SERIAL", "INT AUTO_INCREMENT", "INT GENERATED BY DEFAULT AS IDENTITY", "INTEGER IDENTITY"]
)
def test_numbered_columns(written: str) -> None:
    assert column(written) == Column("c", t.INTEGER, False, IDENTITY)


def test_sqlite_numbers_what_is_declared_integer_and_nothing_else() -> None:
    for written, numbered in (
        ("INTEGER PRIMARY KEY", True),
        ("integer NOT NULL PRIMARY KEY AUTOINCREMENT", True),
        ("INT PRIMARY KEY", False),
        ("BIGINT PRIMARY KEY", False),
        ("INTEGER PRIMARY KEY DESC", False),
    ):
        assert column(written, "sqlite").is_identity is numbered
    assert table("c INTEGER, PRIMARY KEY (c)", "sqlite").columns[0].is_identity
    assert not column("INTEGER PRIMARY KEY").is_identity, "PostgreSQL numbers nothing unasked"


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        ("n > 0", (Comparison("n", Op.GT, value=Decimal(0)),)),
        ("0 < n", (Comparison("n", Op.GT, value=Decimal(0)),)),
        ("((n)::numeric >= (-5))", (Comparison("n", Op.GE, value=Decimal(-5)),)),
        ("n != '3'", (Comparison("n", Op.NE, value=Decimal(3)),)),
        ("n = m", (Comparison("n", Op.EQ, column="m"),)),
        ("(n > 1) AND (m < 2 AND n <> 7)", None),
    ],
)
def test_checks(condition: str, terms: tuple[Comparison, ...] | None) -> None:
    (check,) = table(f"n INT, m INT, CHECK ({condition})").checks
    expected = terms or (
        Comparison("n", Op.GT, value=Decimal(1)),
        Comparison("m", Op.LT, value=Decimal(2)),
        Comparison("n", Op.NE, value=Decimal(7)),
    )
    assert check.terms == expected


@pytest.mark.parametrize(
    "condition",
    [
        *("n > 0 OR n < 5", "NOT n > 3", "length(s) > 3", "n > m + 1", "b = TRUE", "n IN (1, 2)", "s LIKE 'a%'"),
        *("nowhere > 1", "n IN ('a')", "(SELECT 1) > n", "n >", "", "n > 1, m > 2", "s IS NOT NULL", "n"),
    ],
)
def test_a_check_that_is_not_understood_is_reported(condition: str) -> None:
    parsed = parse(f"CREATE TABLE t (n INT, m INT, s TEXT, b BOOLEAN, CHECK ({condition}))")
    assert parsed.schema.tables[0].checks == ()
    assert [f.code for f in parsed.unread] in (["PARSE-CHECK"], ["PARSE-SYNTAX"])


def test_a_list_of_words_is_an_enum_and_no_check() -> None:
    assert column("TEXT CHECK (c IN ('a', 'b'))").type == t.enum("a", "b")
    assert column("VARCHAR(9) CHECK ((c)::text = ANY ((ARRAY['a', 'b'])::text[]))").type == t.enum("a", "b")
    assert column("ENUM('a', 'b') CHECK (c IN ('b', 'a'))").type == t.enum("a", "b")
    both = table("c TEXT, n INT, CHECK (c IN ('a') AND n > 1)")
    assert both.columns[0].type == t.enum("a")
    assert both.checks == (Check((Comparison("n", Op.GT, value=Decimal(1)),)),)
    twice = parse("CREATE TABLE t (c TEXT CHECK (c IN ('a')), CHECK (c IN ('b')))")
    assert twice.schema.tables[0].columns[0].type == t.enum("a")
    assert [f.code for f in twice.unread] == ["PARSE-CHECK"]


def test_words_that_are_keywords_only_for_the_parser_are_columns() -> None:
    check = Check((Comparison("values", Op.LT, value=Decimal(3)), Comparison("date", Op.GT, value="2020-01-01")))
    made = table("values INT, date DATE, CHECK (values < 3 AND date > DATE '2020-01-01')")
    assert made.checks == (check,)


def test_a_reference_without_columns_means_the_key() -> None:
    sql = "CREATE TABLE a (b_x INT REFERENCES b, FOREIGN KEY (p, q) REFERENCES c, p INT, q INT);"
    sql += "CREATE TABLE b (X INT PRIMARY KEY); CREATE TABLE c (p INT, q INT, PRIMARY KEY (q, p))"
    parsed = parse(sql)
    made = parsed.schema.table("a")
    assert made is not None
    assert made.foreign_keys == (ForeignKey(("b_x",), "b", ("X",)), ForeignKey(("p", "q"), "c", ("q", "p")))
    assert parsed.unread == ()


def test_a_reference_into_nowhere_is_taken_for_an_id() -> None:
    parsed = parse("CREATE TABLE a (b INT REFERENCES elsewhere ON DELETE CASCADE)")
    assert parsed.schema.tables[0].foreign_keys == (ForeignKey(("b",), "elsewhere", ("id",), OnDelete.CASCADE),)
    assert [f.code for f in parsed.unread] == ["PARSE-KEY"]


@pytest.mark.parametrize("action", OnDelete)
def test_every_action(action: OnDelete) -> None:
    made = table(f"c INT REFERENCES t (c) MATCH FULL ON DELETE {action}".replace("MATCH FULL ", ""))
    assert made.foreign_keys[0].on_delete is action


def test_what_stands_behind_a_key_is_reported_word_for_word() -> None:
    parsed = parse(
        "CREATE TABLE t (c INT REFERENCES t (c) MATCH FULL ON UPDATE SET NULL NOT DEFERRABLE INITIALLY DEFERRED)"
    )
    messages = [re.sub(r" is not kept.*", "", f.message) for f in parsed.unread]
    assert messages == ["MATCH FULL", "ON UPDATE SET NULL", "NOT DEFERRABLE", "INITIALLY DEFERRED"]
    assert parsed.schema.tables[0].foreign_keys == (ForeignKey(("c",), "t", ("c",)),)


# --- names ---


def test_names_stay_as_written() -> None:
    made = table('orderNumber INT, "Größe" INT, PRIMARY KEY (ORDERNUMBER), UNIQUE ("Größe")')
    assert [c.name for c in made.columns] == ["orderNumber", "Größe"]
    assert made.primary_key == ("orderNumber",)
    assert made.uniques == (("Größe",),)


def test_quotes_tell_names_apart_in_postgres_only() -> None:
    sql = 'CREATE TABLE "T" ("A" INT, a INT, UNIQUE (A)); ALTER TABLE "T" ADD UNIQUE ("A")'
    assert parse(sql).schema.tables[0].uniques == (("A",), ("a",))
    assert parse('CREATE TABLE t ("A" INT, UNIQUE (a))', "sqlite").schema.tables[0].uniques == (("A",),)


def test_a_schema_is_dropped_and_named_once() -> None:
    parsed = parse(
        "CREATE TABLE public.a (x INT); CREATE TABLE s.b (x INT); CREATE TABLE s.c (x INT REFERENCES s.b (x))"
    )
    assert [x.name for x in parsed.schema.tables] == ["a", "b", "c"]
    assert [f.message for f in parsed.unread] == ["the schema s is not kept (line 1)"]


def test_two_of_a_name_are_both_kept() -> None:
    """That they are two is for `verify` to say."""
    parsed = parse("CREATE TABLE a (x INT, x TEXT); CREATE TABLE a (y INT)")
    assert [[c.name for c in x.columns] for x in parsed.schema.tables] == [["x", "x"], ["y"]]


# --- other statements ---


def test_alter_table_adds_columns_and_constraints() -> None:
    alter = """
        ALTER TABLE t ADD b INT NOT NULL, ADD COLUMN IF NOT EXISTS c INT DEFAULT 1;
        ALTER TABLE ONLY t ADD CONSTRAINT k PRIMARY KEY (a), ADD CHECK (c > 0), ADD UNIQUE (b, c);
        ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES t (a) ON DELETE SET NULL;
        ALTER TABLE t ALTER COLUMN c SET NOT NULL, ALTER COLUMN a ADD GENERATED BY DEFAULT AS IDENTITY;
    """
    assert table("a INT", after=alter) == Table(
        "t",
        (
            Column("a", t.INTEGER, False, IDENTITY),
            Column("b", t.INTEGER, False),
            Column("c", t.INTEGER, False, literal(1)),
        ),
        ("a",),
        (("b", "c"),),
        (Check((Comparison("c", Op.GT, value=Decimal(0)),)),),
        (ForeignKey(("b",), "t", ("a",), OnDelete.SET_NULL),),
    )


def test_indexes_and_comments() -> None:
    after = "CREATE INDEX ON t (a); CREATE UNIQUE INDEX IF NOT EXISTS u ON public.t USING btree (b, a);"
    after += "COMMENT ON TABLE t IS 'It''s'; COMMENT ON COLUMN public.t.b IS 'x;\ny'"
    made = table("a INT, b INT", after=after)
    assert made.indexes == (Index(("a",)), Index(("b", "a"), unique=True))
    assert (made.comment, made.columns[1].comment) == ("It's", "x;\ny")


@pytest.mark.parametrize(
    "statement",
    [
        *("DROP TABLE t", "CREATE VIEW v AS SELECT 1", "CREATE TABLE u AS SELECT 1", "CREATE TABLE u (LIKE t)", "junk"),
        *("CREATE TABLE p PARTITION OF t FOR VALUES IN (1)", "CREATE TABLE u LIKE t", "CREATE TYPE x AS (a INT)"),
        *("ALTER TABLE t DROP COLUMN a", "ALTER TABLE nowhere ADD b INT", "CREATE INDEX i ON nowhere (a)", "SELECT 1"),
        *(
            "COMMENT ON TABLE t IS NULL",
            "COMMENT ON COLUMN t.nowhere IS 'x'",
            "COMMENT ON COLUMN a IS 'x'",
            "(",
            "CREATE",
        ),
        *("CREATE TYPE e AS ENUM ()", "CREATE TYPE e AS ENUM ('a', 'a')", "ALTER TABLE t ALTER COLUMN a TYPE TEXT"),
        *("DO $$ BEGIN; END $$", "CREATE TABLE", "CREATE TABLE (a INT)", "ALTER TABLE t", "ALTER TABLE", "COMMENT ON"),
    ],
)
def test_any_other_statement_is_reported_and_the_rest_is_kept(statement: str) -> None:
    parsed = parse(f"CREATE TABLE t (a INT);\n{statement};\nCREATE TABLE z (a INT)")
    assert {x.name for x in parsed.schema.tables} >= {"t", "z"}
    assert parsed.schema.table("t") == Table("t", (Column("a", t.INTEGER),))
    assert 2 in {line for _, line in noted(parsed)}


def test_one_broken_part_costs_that_part() -> None:
    sql = """CREATE TABLE a (
        id INT,,
        total NUMERIC(10,2) NOT NULL DEFAULT (1 +) CHECK (total >) UNIQUE,
        !!! what,
        name TEXT WIBBLE NOT NULL
    );
    CREATE TABLE b (id INT PRIMARY KEY"""
    parsed = parse(sql)
    a, b = parsed.schema.tables
    assert a.columns == (
        Column("id", t.INTEGER),
        Column("total", t.numeric(10, 2), False),
        Column("name", t.TEXT, False),
    )
    assert a.uniques == (("total",),)
    assert b == Table("b", (Column("id", t.INTEGER, False),), ("id",))
    assert noted(parsed) == {("SYNTAX", 1), ("DEFAULT", 3), ("CHECK", 3), ("SYNTAX", 4), ("TYPE", 5), ("SYNTAX", 7)}


def test_a_quote_that_never_ends_costs_one_statement() -> None:
    sql = "CREATE TABLE a (x INT);\nCREATE TABLE b (x TEXT DEFAULT 'it's');\nCREATE TABLE c (x INT);\n"
    parsed = parse(sql)
    assert [x.name for x in parsed.schema.tables] == ["a", "c"]
    (finding,) = parsed.unread
    assert (finding.code, finding.message[-8:]) == ("PARSE-SYNTAX", "(line 2)")


def test_comments_and_blank_text_are_nothing() -> None:
    assert parse("") == Parsed(Schema())
    assert parse(" ;; -- nothing\n/* at all; */ ;") == Parsed(Schema())


# --- limits ---


@pytest.mark.parametrize("deep", ["(" * 3000 + "1" + ")" * 3000, "NOT " * 3000 + "TRUE", "- " * 3000 + "1"])
def test_what_is_nested_too_deep_is_reported(deep: str) -> None:
    parsed = parse(f"CREATE TABLE a (x INT DEFAULT {deep}); CREATE TABLE b (x INT, CHECK (x > {deep}))")
    assert [x.name for x in parsed.schema.tables] == ["a", "b"]
    assert [x.columns for x in parsed.schema.tables] == [(Column("x", t.INTEGER),)] * 2
    assert {"PARSE-DEFAULT", "PARSE-CHECK"} <= {f.code for f in parsed.unread}


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(SqlError, match="the SQL is longer than 256 kB") as caught:
        parse("é" * (MAX_SQL_BYTES // 2 + 1))
    assert caught.value.hint == "split it"


def test_sqlglot_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    parse("CREATE EXTENSION x; ALTER TABLE t ADD CHECK (a > 0); CREATE TABLE t (a INT, CHECK (a > ALL (1)))")
    assert capfd.readouterr() == ("", "")


FRAGMENTS = re.findall(r"\w+|\s+|[^\w\s]", "".join(script(d) for d in ("postgres", "mysql", "sqlite")))


@given(st.data())
@pytest.mark.parametrize("dialect", DIALECTS)
def test_damaged_scripts_are_read_without_an_accident(dialect: str, data: st.DataObject) -> None:
    """And what was understood of them is a schema that is written and read like any other."""
    parts = re.findall(r"\w+|\s+|[^\w\s]", script(dialect))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(parts) - 1))
        parts[at : at + data.draw(st.integers(0, 3))] = [data.draw(st.sampled_from(FRAGMENTS))]
    schema = parse("".join(parts), dialect).schema
    folded = [x.name.lower() for x in schema.tables]
    if len(set(folded)) == len(folded) and all(_distinct(x) for x in schema.tables):
        assert parse(ddl(schema, dialect), dialect).schema == fit(schema, dialect).schema


def _distinct(table: Table) -> bool:
    return len({c.name.lower() for c in table.columns}) == len(table.columns)


# --- the parts that the JSON form reads ---


def test_a_default_alone() -> None:
    assert read_default("'it''s'", t.TEXT) == literal("it's")
    assert read_default("NULL", t.TEXT) is None
    with pytest.raises(ValueError, match=r"^DEFAULT 1; 2: it cannot be read"):
        read_default("1; 2", t.INTEGER)


def test_a_check_alone() -> None:
    cols = [Column("Order", t.INTEGER), Column("kind", t.TEXT)]
    assert read_check('"Order" > 3', cols) == Check((Comparison("Order", Op.GT, value=Decimal(3)),))
    with pytest.raises(ValueError, match="there is no column b"):
        read_check("b > 3", cols)
    with pytest.raises(ValueError, match="it is a list of words"):
        read_check("kind IN ('a')", cols)


@pytest.mark.parametrize("values", ["'a', 'b' 'c'", "draft, paid", "'a', 1", "'a',", ",'a'", ","])
def test_an_enum_of_anything_but_quoted_texts_is_reported(values: str) -> None:
    read = parse(f"CREATE TYPE mood AS ENUM ({values}); CREATE TABLE t (id int PRIMARY KEY, m mood);")
    assert any("enum" in f.message for f in read.unread)
    assert read.schema.tables[0].columns[1].enum == ()
