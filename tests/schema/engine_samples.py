"""A schema with every kind of thing that an engine can be asked about, and the engines that are asked."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    NOW,
    TODAY,
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
    BIGINT,
    BOOLEAN,
    DATE,
    INET,
    INTEGER,
    INTERVAL,
    JSON,
    REAL,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    enum,
    numeric,
    varchar,
)

ENGINES = ("sqlite", "postgres", "mysql")
"""What a test is run on whose argument `engine` takes these; without the engine it is skipped (conftest)."""


HOSTILE = Path(__file__).parents[1] / "fixtures" / "hostile"


def hostile(*dialects: str) -> list[ParameterSet]:
    """Every block of the fixture files, as dialect and text: `-- name: ...` and what stands under it."""
    found = []
    for dialect in dialects:
        text = (HOSTILE / f"{dialect}.sql").read_text(encoding="utf-8")
        for block in re.split(r"^-- name: ", text, flags=re.MULTILINE)[1:]:
            name, _, sql = block.partition("\n")
            found.append(pytest.param(dialect, sql, id=f"{dialect}: {name}"))
    return found


def check(*terms: Comparison) -> Check:
    return Check(terms)


def at_least(column: str, value: str | int) -> Comparison:
    return Comparison(column, Op.GE, value=Decimal(value) if isinstance(value, int) else value)


def customers() -> Table:
    """Every kind of default, and a key to itself."""
    return Table(
        "customers",
        (
            Column("id", BIGINT, False, IDENTITY),
            Column("name", varchar(40), False),
            Column("order", TEXT, False, literal("it's; -- 'x'")),
            Column("parent_id", BIGINT),
            Column("token", UUID, False, NEW_UUID),
            Column("data", JSON, False, literal("{}")),
            Column("since", DATE, False, TODAY),
            Column("active", BOOLEAN, False, literal(True)),
            Column("rate", numeric(5, 2), True, literal(Decimal("1.50"))),
            Column("factor", REAL, True, literal(Decimal("0.1"))),
            Column("pause", INTERVAL, True, literal("1 day")),
            Column("address", INET),
            Column("opens", TIME),
            Column("seen", TIMESTAMP, False, literal("2024-05-06 07:08:09")),
        ),
        ("id",),
        checks=(check(at_least("opens", "08:00")),),
        foreign_keys=(ForeignKey(("parent_id",), "customers", ("id",), OnDelete.SET_NULL),),
    )


def friends() -> Table:
    """Two keys to one table that must differ: it takes two rows there to make one here."""
    return Table(
        "friends",
        (Column("a_id", BIGINT, False), Column("b_id", BIGINT, False)),
        ("a_id", "b_id"),
        checks=(check(Comparison("a_id", Op.NE, column="b_id")),),
        foreign_keys=tuple(ForeignKey((c,), "customers", ("id",)) for c in ("a_id", "b_id")),
    )


def orders() -> Table:
    """Checks over one column, over a range and over two columns; an enum; keys of two columns."""
    return Table(
        "orders",
        (
            Column("id", BIGINT, False, IDENTITY),
            Column("customer_id", BIGINT, False),
            Column("number", varchar(40), False),
            Column("status", enum("draft", "paid", "it's"), False, literal("draft")),
            Column("quantity", INTEGER, False, literal(0)),
            Column("share", numeric(3, 2)),
            Column("starts_at", TIMESTAMPTZ, False, NOW),
            Column("ends_at", TIMESTAMPTZ),
        ),
        ("id",),
        (("number",), ("customer_id", "number")),
        (
            check(at_least("quantity", 0)),
            check(at_least("share", 0), Comparison("share", Op.LE, value=Decimal(1))),
            check(Comparison("ends_at", Op.GT, column="starts_at")),
        ),
        (ForeignKey(("customer_id",), "customers", ("id",), OnDelete.CASCADE),),
        (Index(("customer_id",)), Index(("status", "ends_at"))),
    )


def circle() -> tuple[Table, Table]:
    """Two tables that point at each other; one of the keys may be left out."""
    teams = Table(
        "teams",
        (Column("id", BIGINT, False, IDENTITY), Column("captain_id", BIGINT, False)),
        ("id",),
        foreign_keys=(ForeignKey(("captain_id",), "players", ("id",)),),
    )
    players = Table(
        "players",
        (Column("id", BIGINT, False, IDENTITY), Column("team_id", BIGINT)),
        ("id",),
        foreign_keys=(ForeignKey(("team_id",), "teams", ("id",)),),
    )
    return teams, players


SHOP = Schema((customers(), friends(), orders(), *circle()))
