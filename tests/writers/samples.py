"""Schemas that the tests of the writers share."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

from hypothesis import Phase, given, settings

from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    NOW,
    TODAY,
    Check,
    Column,
    Comparison,
    Evidence,
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
    BINARY,
    BOOLEAN,
    DATE,
    INET,
    INTEGER,
    INTERVAL,
    JSON,
    SMALLINT,
    TEXT,
    TIMESTAMPTZ,
    UUID,
    Type,
    enum,
    numeric,
    varchar,
)
from tests.schema.strategies import schemas

READ = (Evidence(0, 4, (10, 20, 80, 16), "Customer name"),)
HOSTILE = '</svg><script>alert("1")</script>\'&\u202egnp\x00'


@cache
def random_schemas(count: int) -> tuple[Schema, ...]:
    """The same schemas each time, for a tool that takes many at once (under `make soak`: more, and new ones)."""
    found: list[Schema] = []
    more = settings().max_examples // settings.get_profile("default").max_examples

    @settings(max_examples=count * max(more, 1), phases=[Phase.generate], database=None)
    @given(schemas())
    def collect(schema: Schema) -> None:
        found.append(schema)

    collect()
    return tuple(found)


def has_short_names(schema: Schema) -> bool:
    """Whether no name is so long that a formatter has to break what stands before it."""
    return all(len(name) < 20 for t in schema.tables for name in (t.name, *(c.name for c in t.columns)))


def column(name: str, type_: Type = TEXT, nullable: bool = False, read: bool = False) -> Column:
    return Column(name, type_, nullable, evidence=READ if read else ())


def table(name: str, *columns: Column, keys: tuple[ForeignKey, ...] = (), uniques: tuple[str, ...] = ()) -> Table:
    first = Column("id", BIGINT, False, IDENTITY)
    return Table(name, (first, *columns), ("id",), tuple((u,) for u in uniques), foreign_keys=keys)


def to(parent: str, child_column: str) -> ForeignKey:
    return ForeignKey((child_column,), parent, ("id",))


SHOP = Schema(
    (
        table("customers", column("name", varchar(120), read=True), column("phone", varchar(40), nullable=True)),
        table(
            "orders",
            column("total", numeric(12, 2), read=True),
            column("status", enum("draft", "paid"), read=True),
            column("customer_id", BIGINT),
            keys=(to("customers", "customer_id"),),
        ),
        table(
            "invoices",
            column("order_id", BIGINT),
            column("paid_by", BIGINT, nullable=True),
            keys=(to("orders", "order_id"), to("customers", "paid_by")),
            uniques=("order_id",),
        ),
    )
)

LIBRARY = Schema(
    (
        Table(
            "members",
            (
                Column("id", UUID, False, NEW_UUID),
                Column("full name", varchar(120), False, comment="As on the card; it's shown \u201cas is\u201d"),
                Column("level", enum("Basic", "Gold member", "größte", "50% off"), False, literal("Basic")),
                Column("invited_by", UUID),
                Column("active", BOOLEAN, False, literal(True)),
                Column("settings", JSON, False, literal("{}")),
                Column("photo", BINARY),
                Column("last_address", INET),
                Column("joined_on", DATE, False, TODAY),
            ),
            ("id",),
            foreign_keys=(ForeignKey(("invited_by",), "members", ("id",), OnDelete.SET_NULL),),
            indexes=(Index(("invited_by",)), Index(("full name", "level"), unique=True)),
            comment="People who borrow.\nOne row a card.",
            title="Member list",
        ),
        Table(
            "books",
            (
                Column("isbn", varchar(17), False),
                Column("edition", SMALLINT, False, literal(1)),
                Column("title", TEXT, False),
                Column("price", numeric(8, 2), True, literal(0)),
                Column("pages", INTEGER, True),
                Column("loan_period", INTERVAL, False, literal("14 days")),
            ),
            ("isbn", "edition"),
            uniques=(("title", "edition"),),
            checks=(
                Check((Comparison("price", Op.GE, value=Decimal(0)), Comparison("pages", Op.GT, value=Decimal(0)))),
            ),
        ),
        Table(
            "loans",
            (
                Column("id", BIGINT, False, IDENTITY),
                Column("book_isbn", varchar(17), False),
                Column("book_edition", SMALLINT, False),
                Column("member_id", UUID, False),
                Column("returned_to", UUID),
                Column("state", enum("open", "returned", "lost"), False, literal("open")),
                Column("lent_at", TIMESTAMPTZ, False, NOW),
                Column("note", TEXT, True, literal("it's \\ new")),
            ),
            ("id",),
            checks=(Check((Comparison("book_edition", Op.GT, value=Decimal(0)),)),),
            foreign_keys=(
                ForeignKey(("book_isbn", "book_edition"), "books", ("isbn", "edition"), OnDelete.RESTRICT),
                ForeignKey(("member_id",), "members", ("id",), OnDelete.CASCADE),
                ForeignKey(("returned_to",), "members", ("id",), OnDelete.SET_NULL),
            ),
            indexes=(Index(("book_isbn", "book_edition")), Index(("member_id",)), Index(("returned_to",))),
        ),
    )
)
"""Most of what a schema can hold, in three tables that somebody could have."""

BLOG = Schema(
    (
        table("users", column("email", varchar(255)), uniques=("email",)),
        table(
            "posts",
            column("author_id", BIGINT),
            column("editor_id", BIGINT, nullable=True),
            column("metadata"),
            column("class"),
            keys=(to("users", "author_id"), replace(to("users", "editor_id"), on_delete=OnDelete.SET_NULL)),
        ),
        table("tags", column("label", varchar(40))),
        Table(
            "post_tags",
            (Column("post_id", BIGINT), Column("tag_id", BIGINT)),
            ("post_id", "tag_id"),
            foreign_keys=tuple(
                ForeignKey((f"{row}_id",), f"{row}s", ("id",), OnDelete.CASCADE) for row in ("post", "tag")
            ),
            indexes=(Index(("tag_id",)),),
        ),
        table("categories", column("parent_id", BIGINT, nullable=True), keys=(to("categories", "parent_id"),)),
        table("teams", column("captain_id", BIGINT), keys=(to("players", "captain_id"),)),
        table("players", column("team_id", BIGINT, nullable=True), keys=(to("teams", "team_id"),)),
        Table("log", (Column("line", INTEGER), Column("said", TEXT, False))),
    )
)
"""Two keys between two tables, many to many, a tree, a circle, a table without a key, names that are taken."""
