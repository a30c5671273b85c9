"""Every rule has examples that break it and examples that do not, in `fixtures/rules/<CODE>.sql`.

A file is cut at its `-- bad` and `-- good` lines. A bad example breaks exactly the rule it is named
after; a good one breaks none. `-- dialect: sqlite` in the first line says for which dialect it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from ghost_architect.errors import UsageError
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import (
    IDENTITY,
    NOW,
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
from ghost_architect.schema.parse import parse
from ghost_architect.schema.types import BIGINT, INTEGER, REAL, TEXT, UUID, enum, numeric, varchar
from ghost_architect.schema.verify import RULES, rules_table, verify

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"


class Example(NamedTuple):
    code: str
    number: int
    dialect: str
    is_bad: bool
    sql: str


def examples() -> list[Example]:
    found = []
    for path in sorted(FIXTURES.glob("*.sql")):
        text = path.read_text("utf-8")
        dialect = re.match(r"-- dialect: (\w+)\n", text)
        parts = re.split(r"(?m)^-- (bad|good)\n", text)
        for number, (kind, sql) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
            found.append(Example(path.stem, number, dialect[1] if dialect else "postgres", kind == "bad", sql))
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.code}-{e.number}-{'bad' if e.is_bad else 'good'}")
def test_example_breaks_its_rule_and_no_other(example: Example) -> None:
    parsed = parse(example.sql, example.dialect)
    found = verify(parsed.schema, example.dialect)
    assert not parsed.unread
    assert {f.code for f in found} == ({example.code} if example.is_bad else set())


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_every_rule_has_a_bad_and_a_good_example(rule: object) -> None:
    kinds = {e.is_bad for e in EXAMPLES if e.code == getattr(rule, "code", "")}
    assert kinds == {True, False}


def test_fixtures_belong_to_rules() -> None:
    assert {e.code for e in EXAMPLES} == {rule.code for rule in RULES}


def test_codes_are_in_order_and_say_the_severity() -> None:
    codes = [code for code, _, _ in rules_table()]
    assert codes == sorted(set(codes))
    for code, severity, title in rules_table():
        assert severity is (Severity.ERROR if code < "GA100" else Severity.WARNING)
        assert title


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.is_bad], ids=lambda e: f"{e.code}-{e.number}")
def test_messages_say_where_and_what_to_do(example: Example) -> None:
    for finding in verify(parse(example.sql, example.dialect).schema, example.dialect):
        assert finding.table or "''" in finding.message
        assert finding.message[0].islower() or finding.message[0].isupper()
        assert "\n" not in finding.message + finding.hint
        assert finding.hint


def one(table: Table, *others: Table, dialect: str = "postgres") -> set[str]:
    return {f.code for f in verify(Schema((table, *others)), dialect)}


ID = Column("id", BIGINT, False)
USERS = Table("users", (ID, Column("name", TEXT)), ("id",))


def with_column(column: Column, **parts: object) -> Table:
    return replace(USERS, columns=(*USERS.columns, column), **parts)  # type: ignore[arg-type]


def test_nothing_is_wrong_with_nothing() -> None:
    for dialect in DIALECTS:
        assert verify(Schema(), dialect) == ()


def test_unknown_dialect_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="oracle"):
        verify(Schema(), "oracle")


def test_names_that_differ_in_case_only() -> None:
    """PostgreSQL keeps quoted names apart; SQLite and MySQL find columns whatever their case."""
    table = with_column(Column("Name", TEXT))
    assert one(table, dialect="postgres") == {"GA110"}
    assert one(table, dialect="sqlite") == {"GA002", "GA110"}
    assert one(table, dialect="mysql") == {"GA002", "GA110"}


@pytest.mark.parametrize(
    ("dialect", "length", "codes"), [("postgres", 64, {"GA006"}), ("postgres", 63, set()), ("sqlite", 200, set())]
)
def test_length_limit_is_the_dialects(dialect: str, length: int, codes: set[str]) -> None:
    assert one(with_column(Column("n" * length, TEXT)), dialect=dialect) == codes


def test_length_is_counted_in_bytes() -> None:
    assert one(with_column(Column("é" * 32, TEXT))) == {"GA006"}


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_names_that_cannot_be_written(name: str) -> None:
    assert "GA006" in one(with_column(Column(name, TEXT)))


def key_to_users(column: Column, on_delete: OnDelete = OnDelete.NO_ACTION) -> Table:
    key = ForeignKey((column.name,), "users", ("id",), on_delete)
    return Table("orders", (ID, column), ("id",), foreign_keys=(key,), indexes=(Index((column.name,)),))


@pytest.mark.parametrize(("dialect", "codes"), [("postgres", {"GA102"}), ("mysql", {"GA014"}), ("sqlite", {"GA102"})])
def test_smaller_integer_key_is_refused_by_mysql_only(dialect: str, codes: set[str]) -> None:
    assert one(USERS, key_to_users(Column("user_id", INTEGER)), dialect=dialect) == codes


def test_sqlite_takes_a_key_of_any_type() -> None:
    assert one(USERS, key_to_users(Column("user_id", TEXT)), dialect="sqlite") == {"GA102"}
    assert one(USERS, key_to_users(Column("user_id", UUID)), dialect="postgres") == {"GA014"}


@pytest.mark.parametrize(("values", "codes"), [(("s", "m"), set()), (("s", "m", "l"), {"GA014"})])
def test_enums_point_at_equal_enums_only(values: tuple[str, ...], codes: set[str]) -> None:
    sizes = Table("sizes", (Column("code", enum("s", "m")), Column("name", TEXT)), ("code",))
    key = ForeignKey(("size",), "sizes", ("code",))
    shirts = Table(
        "shirts", (ID, Column("size", enum(*values))), ("id",), foreign_keys=(key,), indexes=(Index(("size",)),)
    )
    assert one(sizes, shirts) == codes


def test_mysql_indexes_keys_by_itself() -> None:
    table = replace(key_to_users(Column("user_id", BIGINT)), indexes=())
    assert one(USERS, table) == {"GA103"}
    assert one(USERS, table, dialect="mysql") == set()


def test_circle_is_reported_once_with_its_way() -> None:
    names = ["as", "bs", "cs"]
    tables = [
        Table(n, (ID, Column("next_id", BIGINT, False)), ("id",), foreign_keys=(ForeignKey(("next_id",), to, ("id",)),))
        for n, to in zip(names, [*names[1:], names[0]], strict=True)
    ]
    (circle,) = [f for f in verify(Schema(tuple(tables))) if f.code == "GA015"]
    assert "as -> bs -> cs -> as" in circle.message


def test_a_profile_that_is_its_users_key_is_no_self_reference() -> None:
    table = with_column(
        Column("inviter_id", BIGINT, False), foreign_keys=(ForeignKey(("inviter_id",), "users", ("id",)),)
    )
    assert one(table) == {"GA103", "GA104"}


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        (Column("size", enum("s", "m"), default=literal("l")), {"GA020"}),
        (Column("size", enum("s", "m"), default=literal("m")), set()),
        (Column("size", TEXT, default=literal(3)), {"GA020"}),
        (Column("size", numeric(4, 2), default=literal(100)), {"GA020"}),
        (Column("size", numeric(4, 2), default=literal(99)), set()),
        (Column("size", INTEGER, default=NOW), {"GA020"}),
        (Column("size", REAL, default=IDENTITY), {"GA020"}),
        (Column("size", UUID, default=literal("none")), {"GA020"}),
        (Column("size", varchar(4), default=literal("large")), {"GA020"}),
    ],
)
def test_defaults(column: Column, codes: set[str]) -> None:
    assert one(with_column(column)) == codes


def compare(op: Op, value: int) -> Check:
    return Check((Comparison("points", op, value=literal(value).value),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("checks", "possible"),
    [
        ([(Op.GE, 0), (Op.LE, 0)], True),
        ([(Op.GT, 0), (Op.LT, 1)], False),
        ([(Op.GT, 0), (Op.LT, 2)], True),
        ([(Op.GT, 0), (Op.LT, 2), (Op.NE, 1)], False),
        ([(Op.EQ, 3), (Op.EQ, 4)], False),
        ([(Op.NE, 3), (Op.NE, 4)], True),
        ([(Op.LT, -5)], True),
    ],
)
def test_checks_on_whole_numbers(checks: list[tuple[Op, int]], possible: bool) -> None:
    table = with_column(Column("points", INTEGER), checks=tuple(compare(*c) for c in checks))
    assert one(table) == (set() if possible else {"GA021"})


def test_between_two_neighbours_there_is_a_fraction() -> None:
    table = with_column(Column("points", numeric(5, 2)), checks=(compare(Op.GT, 0), compare(Op.LT, 1)))
    assert one(table) == set()


def test_check_on_a_column_that_is_not_there() -> None:
    assert one(replace(USERS, checks=(compare(Op.GT, 1),))) == {"GA004"}


def test_column_compared_with_itself() -> None:
    check = Check((Comparison("points", Op.LT, column="points"),))
    assert one(with_column(Column("points", INTEGER), checks=(check,))) == {"GA021"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_order_is_reserved_everywhere(dialect: str) -> None:
    assert "GA112" in one(with_column(Column("order", INTEGER)), dialect=dialect)


def test_broken_in_every_way_is_still_judged() -> None:
    """Rules look at what other rules complain about, and must not fail on it."""
    broken = Table(
        "t", (Column("a", TEXT), Column("a", TEXT)), ("x",), (("y",),), (compare(Op.GT, 1),),
        (ForeignKey(("q", "r"), "t", ("a",)), ForeignKey(("a",), "nowhere", ("b",)), ForeignKey(("z",), "t", ("w",))),
        (Index(("v",)),),
    )  # fmt: skip
    for dialect in DIALECTS:
        codes = {f.code for f in verify(Schema((broken, broken, Table("", ()))), dialect)}
        assert {"GA001", "GA002", "GA003", "GA004", "GA006", "GA010", "GA011", "GA012"} <= codes


def test_names_from_outside_cannot_steer_a_terminal() -> None:
    for finding in verify(Schema((with_column(Column("a\n\x1b[2Jb", TEXT)),))):
        assert (finding.message + finding.hint).isprintable()


def test_hints_are_names_that_can_be_used() -> None:
    orders = replace(USERS, name="order", columns=(*USERS.columns, Column("group", TEXT)))
    hints = [f.hint for f in verify(Schema((orders,))) if f.code == "GA112"]
    assert hints == ["call it orders, or something that says more", "call it order_group, or something that says more"]
