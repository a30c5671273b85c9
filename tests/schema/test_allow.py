"""What may run on an engine, and above all what may not."""

from __future__ import annotations

import re

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import TokenType

from ghost_architect.errors import SqlError
from ghost_architect.schema.allow import MAX_STATEMENTS, statements
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.objects import Check, Column, Comparison, ForeignKey, Index, Op, Schema, Table
from ghost_architect.schema.running.lexer import MAX_BYTES
from ghost_architect.schema.types import TEXT

from .engine_samples import SHOP, hostile

GOOD = "CREATE TABLE a (id INTEGER PRIMARY KEY, b VARCHAR(9) DEFAULT 'x''y' CHECK (length(b) > 2))"


@pytest.mark.parametrize(("dialect", "sql"), hostile("postgres", "sqlite", "mysql"))
def test_hostile_text_is_refused_in_one_line(dialect: str, sql: str) -> None:
    with pytest.raises(SqlError) as error:
        statements(sql, dialect)
    assert "\n" not in error.value.message
    assert len(error.value.message) < 300


@pytest.mark.parametrize(("dialect", "sql"), hostile("postgres", "sqlite", "mysql"))
def test_a_good_statement_in_front_does_not_open_the_door(dialect: str, sql: str) -> None:
    with pytest.raises(SqlError):
        statements(f"{GOOD};\n{sql}", dialect)


@pytest.mark.parametrize("dialect", ["postgres", "sqlite", "mysql"])
@pytest.mark.parametrize("citations", [Citations.NONE, Citations.LINES])
def test_what_we_write_is_allowed(dialect: str, citations: Citations) -> None:
    script = ddl(SHOP, dialect, citations)
    assert len(statements(script, dialect)) == len(statements(ddl(SHOP, dialect), dialect)) > 0


def _keywords() -> list[str]:
    """Every word that sqlglot knows in some dialect."""
    tokenizers = (sqlglot.Dialect.get_or_raise(d).tokenizer_class for d in DIALECTS)
    words = {w for t in tokenizers for k in t.KEYWORDS for w in re.findall(r"[a-z_][a-z0-9_]*", k.lower())}
    return sorted(words | {kind.name.lower() for kind in TokenType})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_a_column_or_table_is_called_it_is_allowed(dialect: str) -> None:
    for word in _keywords():
        key = ForeignKey(("other",), word, (word,))
        later = ForeignKey(("other",), "later", ("id",))
        columns = (Column(word, TEXT, False), Column("other", TEXT))
        terms = tuple(Comparison(word, op, column="other") for op in Op)
        checks = (Check(terms), Check((Comparison(word, Op.LT, value="y"), Comparison(word, Op.GE, value="x"))))
        table = Table(word, columns, (word,), ((word, "other"),), checks, (key, later), (Index((word,)),))
        schema = Schema((table, Table("later", (Column("id", TEXT, False),), ("id",))))
        assert statements(ddl(schema, dialect), dialect), word


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "CREATE TABLE public.t (a serial PRIMARY KEY, b text CHECK (b ~* '^[a-z]+@'), c timestamptz)"),
        ("postgres", "CREATE TABLE t (s text CHECK (s = ANY (ARRAY['a'::text, 'b'::text])))"),
        ("postgres", "CREATE TABLE t (a interval DEFAULT '1 day'::interval, b double precision DEFAULT 1.5e3)"),
        ("postgres", "CREATE TABLE IF NOT EXISTS t (a timestamp with time zone DEFAULT now() NOT NULL)"),
        ("postgres", "ALTER TABLE ONLY public.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES public.u (id)"),
        ("postgres", "CREATE UNIQUE INDEX i ON t USING btree (lower(a) DESC NULLS LAST, b) WHERE b IS NOT NULL"),
        ("postgres", "COMMENT ON COLUMN t.a IS 'DROP TABLE t; -- $$ \\! /* '"),
        ("postgres", 'CREATE TABLE "größe; DROP" ("select" int, größe int)'),
        ("sqlite", "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b DATE DEFAULT (date('now')), [c d] INT)"),
        (
            "mysql",
            "CREATE TABLE `t` (a BIGINT AUTO_INCREMENT PRIMARY KEY, b ENUM('x') COMMENT 'y', KEY k (b)) ENGINE=InnoDB",
        ),
    ],
)
def test_ordinary_definitions_are_allowed(dialect: str, sql: str) -> None:
    assert statements(sql, dialect) == [sql]


def test_more_statements_than_any_schema_has_are_refused() -> None:
    assert len(statements("CREATE TABLE t (a INT);" * MAX_STATEMENTS, "sqlite")) == MAX_STATEMENTS
    with pytest.raises(SqlError, match=f"{MAX_STATEMENTS + 1} statements"):
        statements("CREATE TABLE t (a INT);" * (MAX_STATEMENTS + 1), "sqlite")


def test_comments_go_and_everything_else_stays() -> None:
    sql = "-- it's\nCREATE TABLE t ( -- 12\n  a int, /* x; */ b text DEFAULT '-- no /* comment */'\n);;\n -- end"
    assert statements(sql, "postgres") == ["CREATE TABLE t ( a int, b text DEFAULT '-- no /* comment */'\n)"]


def test_nothing_is_no_statement() -> None:
    assert statements(" ; -- nothing\n;", "postgres") == []


def test_the_error_names_the_statement_and_the_way_out() -> None:
    with pytest.raises(SqlError) as error:
        statements(f"{GOOD};\nDROP TABLE users", "sqlite")
    assert error.value.message == (
        "statement 2 (DROP TABLE users) is refused: it is not on the list of allowed statements"
    )
    assert "CREATE TABLE" in error.value.hint


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
@pytest.mark.parametrize("place", ["{}CREATE TABLE t (a int)", "CREATE TABLE t (a text DEFAULT 'x{}')", "-- {}"])
def test_what_is_no_text_is_refused_everywhere(character: str, place: str) -> None:
    with pytest.raises(SqlError, match="no text"):
        statements(place.format(character), "postgres")


@pytest.mark.parametrize("character", ["\x1a", "\x08", "\x0b", "\x0c", "\x7f", "\u0085", "\u2028", "\ufeff"])
def test_control_characters_stand_in_quotes_and_nowhere_else(character: str) -> None:
    inside = f"CREATE TABLE t (a text DEFAULT 'x{character}')"
    assert statements(inside, "postgres") == [inside]
    for outside in (f"{character}CREATE TABLE t (a int)", f"CREATE{character}TABLE t (a int)"):
        with pytest.raises(SqlError, match="outside quotes"):
            statements(outside, "postgres")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "sql", ["CREATE TABLE t (a INT); -- x\rDROP TABLE t", "CREATE TABLE t (a INT -- x\r, b INT\n)"]
)
def test_a_comment_that_only_some_engines_end_is_refused(dialect: str, sql: str) -> None:
    with pytest.raises(SqlError, match="carriage return"):
        statements(sql, dialect)
    assert len(statements("CREATE TABLE t ( -- 1\r\na INT -- 2, 3\r\n) -- end\r", dialect)) == 1


def test_two_minuses_are_a_comment_for_mysql_only_with_a_blank_behind_them() -> None:
    sql = "CREATE TABLE t (a INT DEFAULT 5--1\n)"
    assert len(statements(sql, "postgres")) == len(statements(sql, "sqlite")) == 1
    with pytest.raises(SqlError, match="no comment for MySQL"):
        statements(sql, "mysql")
    assert len(statements("--\n-- x\n--\tx\nCREATE TABLE t (a INT) --", "mysql")) == 1


@pytest.mark.parametrize("store", ["InnoDB", "innodb", "MyISAM", "Aria", "MEMORY"])
def test_mysql_keeps_rows_where_it_keeps_all_of_them(store: str) -> None:
    assert statements(f"CREATE TABLE t (a INT) ENGINE={store}", "mysql")


def test_size_is_capped_before_anything_reads_it() -> None:
    with pytest.raises(SqlError, match="larger than 256 kB"):
        statements("-" * (MAX_BYTES + 1), "postgres")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a int CHECK (" + "(" * 50_000 + "1" + ")" * 50_000 + "))",
        "CREATE TABLE t (a int DEFAULT " + "array[" * 20 + "1" + "]" * 20 + ")",  # 35 s in sqlglot 30
        "CREATE TABLE t (a int CHECK (" + "NOT " * 60_000 + "true))",
        "CREATE TABLE t (a int CHECK (" + "(NOT " * 15 + "true" + ")" * 15 + "))" * 1_000,
        "CREATE TABLE t (a int CHECK (" + "- " * 100_000 + "1))",
        "CREATE TABLE t (a int CHECK (" + "CASE WHEN " * 20_000 + "1))",
        "CREATE TABLE t (a int CHECK (a = " + "1" * 200_000 + "))",
        "(" * 200_000,
        "'" * 200_001,
        "CREATE TABLE t (a int CHECK (a IN (" + "1," * 100_000 + "1)))",  # 5 s in sqlglot 30
        "CREATE TABLE t (a int);" * 10_000,
        "/*" * 100_000,
        "CREATE TABLE t (a text DEFAULT '" + "''" * 100_000,
    ],
    ids=lambda sql: sql[:40],
)
def test_deep_and_endless_text_is_refused_and_neither_crashes_nor_hangs(sql: str) -> None:
    with pytest.raises(SqlError):
        statements(sql, "postgres")


_PIECES = [*"();,.'\"`[]-/*#$\\@:!|=<>~ \n", "CREATE TABLE", "t", "INT", "CHECK", "--", "/*", "*/", "$$", "E'", "1e9"]
_PIECES += ["DEFAULT", "lower(", "AS", "SELECT", "LIKE", "REFERENCES", "NOT", "'x'", "::", "0x1", "ADD", "ALTER TABLE"]


@settings(max_examples=settings().max_examples * 5 // 2)
@given(st.lists(st.sampled_from(_PIECES), max_size=25), st.sampled_from(["postgres", "sqlite", "mysql"]))
def test_any_text_is_either_refused_or_starts_as_it_must(pieces: list[str], dialect: str) -> None:
    try:
        found = statements("CREATE TABLE t (a INT " + " ".join(pieces), dialect)
    except SqlError:
        return
    for statement in found:
        assert re.match(r"CREATE TABLE|ALTER TABLE", statement)
        assert not re.search(r"\bSELECT\b", re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]", "", statement))
