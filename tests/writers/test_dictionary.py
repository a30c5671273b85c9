"""The data dictionary: the literal form, what a Markdown parser finds in it, and that it is the schema."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from ghost_architect.errors import printable
from ghost_architect.schema.ddl import check_sql
from ghost_architect.schema.objects import Check, Comparison, ForeignKey, Index, OnDelete, Op, Schema, Table, literal
from ghost_architect.schema.types import BIGINT, Kind, enum, spell
from ghost_architect.writers.dictionary import code, words, write
from ghost_architect.writers.text import clean
from tests.schema.strategies import cited_schemas

from .markdown import ALLOWED, read, read_with_marked
from .samples import READ, SHOP, column, table, to

ORDERS = replace(
    table("orders", column("state", enum("new", "paid"), read=True), column("day"), column("customer_id", BIGINT)),
    checks=(Check((Comparison("id", Op.GT, value=Decimal(0)),)),),
    indexes=(Index(("day", "state")),),
    uniques=(("day", "customer_id"),),
    foreign_keys=(ForeignKey(("customer_id",), "customers", ("id",), OnDelete.CASCADE),),
    comment="One order of one customer.",
    title="Orders",
    evidence=READ,
)


def test_literal() -> None:
    customers = replace(table("customers", column("name", nullable=True)), comment="Who buys")
    belongs = "exactly one row, and when that is deleted, the rows that point at it are too"
    assert (
        write(Schema((customers, ORDERS)))
        == f"""# Data dictionary

2 tables, 6 columns, 1 relation, as PostgreSQL holds them.

| Table | Meaning | Columns |
| --- | --- | ---: |
| [`customers`](#customers) | Who buys | 2 |
| [`orders`](#orders) | Orders: One order of one customer. | 4 |

## `customers`

Meaning: Who buys

| Column | Type | Null | Default | Key | Allowed values | Meaning | Read from |
| --- | --- | --- | --- | --- | --- | --- | --- |
| `id` | bigint | no | numbered | primary | | | inferred |
| `name` | text | yes | | | | | inferred |

**Referenced by**

- `orders` (`customer_id`): any number of rows for one `id`

## `orders`

On the screen: Orders (screen 0, line 4).

Meaning: One order of one customer.

| Column | Type | Null | Default | Key | Allowed values | Meaning | Read from |
| --- | --- | --- | --- | --- | --- | --- | --- |
| `id` | bigint | no | numbered | primary | | | inferred |
| `state` | enum | no | | | `new`, `paid` | | Customer name (screen 0, line 4) |
| `day` | text | no | | | | | inferred |
| `customer_id` | bigint | no | | to `customers` (`id`) | | | inferred |

**Keys**

- unique `day`, `customer_id`

**Checks**

- `id > 0`

**Indexes**

- `day`, `state`

**Belongs to**

- `customer_id` points at `customers` (`id`): {belongs}
"""
    )


def test_no_tables() -> None:
    assert write(Schema()) == "# Data dictionary\n\n0 tables, 0 columns, 0 relations, as PostgreSQL holds them.\n"


def test_without_any_evidence_nothing_is_called_inferred() -> None:
    bare = Schema(tuple(replace(t, columns=tuple(replace(c, evidence=()) for c in t.columns)) for t in SHOP.tables))
    assert "inferred" not in write(bare)
    assert "Read from" not in write(bare)


def test_a_key_on_a_missing_table_and_no_key_at_all_are_said() -> None:
    lone = Table("a", (column("b_id", BIGINT),), foreign_keys=(to("b", "b_id"),))
    (section,) = read(write(Schema((lone,)))).tables
    assert section.lists["Belongs to"] == ["b_id points at b (id), which is not part of this schema"]
    assert section.lists["Keys"] == ["no primary key"]


def test_a_change_of_one_column_is_a_change_of_its_line() -> None:
    before = write(SHOP).splitlines()
    orders = SHOP.tables[1]
    longer = replace(orders, columns=tuple(replace(c, comment="All of it, with tax") for c in orders.columns[1:2]))
    longer = replace(orders, columns=(orders.columns[0], *longer.columns, *orders.columns[2:]))
    after = write(Schema((SHOP.tables[0], longer, SHOP.tables[2]))).splitlines()
    assert len([1 for a, b in zip(before, after, strict=True) if a != b]) == 1


@pytest.mark.parametrize(
    "text",
    ["Net price", "R & D", "first-name", "50 % off; (net)", "größe", "Ask: why?", "名前", "e.g. this.", "3.5 kg"],
)
def test_harmless_text_stands_as_it_is(text: str) -> None:
    assert words(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a@example.org",
            "www.example.org",
            "http://example.org",
            "@user",
            "#1",
            "GH-1",
            "0123abcdef",
            "*a*",
            "<b>",
            "&amp;",
        ),
        *(
            "a_b_",
            "[a](b)",
            "`",
            "``a",
            "a`",
            "|",
            "a|b",
            "a\\|b",
            "\\|",
            "a\\\\|b|",
            ":a:",
            "$a$",
            "!",
            "- a",
            "~a~",
            "\\",
            "a\\",
        ),
    ],
)
def test_any_other_text_is_code_and_says_the_same(text: str) -> None:
    assert words(text) == code(text)
    cell = read(f"# a\n\n| {code(text)} | b |\n| --- | --- |\n| {code(text)} | `b` |\n")
    assert cell.sections[0].rows == [[text, "b"], [text, "b"]]
    assert not cell.strange
    assert not cell.links


def test_links_are_only_where_the_address_is_sure() -> None:
    schema = Schema((table("orders"), table("or!ders"), table("Items"), table("a b")))
    assert "](#" not in write(schema)
    assert read(write(Schema((table("order_items"),)))).links == ["#order_items"]


def test_marked_finds_no_address_either() -> None:
    texts = [write(SHOP), *(f"# {code(t)}\n\n{words(t)}" for t in ("a@example.org", "www.example.org", "http://a.org"))]
    for kinds, links in read_with_marked(texts):
        assert kinds <= ALLOWED
        assert set(links) <= {f"#{t.name}" for t in SHOP.tables}


@settings(max_examples=settings().max_examples * 2 // 3)
@given(cited_schemas())
def test_what_a_parser_finds_is_the_schema(schema: Schema) -> None:
    document = read(write(schema))
    assert not document.strange
    assert set(document.links) <= {f"#{t.name}" for t in schema.tables}
    assert [s.title for s in document.tables] == [printable(t.name) for t in schema.tables]
    known = any(c.evidence for t in schema.tables for c in t.columns)
    for section, t in zip(document.tables, schema.tables, strict=True):
        for row, c in zip(section.rows[1:], t.columns, strict=True):
            assert row[:2] == [printable(c.name), "enum" if c.type.kind is Kind.ENUM else spell(c.type)]
            assert row[2] == ("yes" if c.nullable else "no")
            assert ("primary" in row[4].split(", ")) == (c.name in t.primary_key)
            assert bool(row[3]) == (c.default is not None)
            assert len(row) == len(section.rows[0]) == (8 if known else 7)
            if known:
                assert (row[7] == "inferred") == (not c.evidence)
        assert len(section.lists.get("Checks", [])) == len(t.checks)
        assert section.lists.get("Checks", []) == [printable(check_sql(c)) for c in t.checks]
        assert len(section.lists.get("Belongs to", [])) == len(t.foreign_keys)
        assert len(section.lists.get("Indexes", [])) == len(t.indexes)
    referenced = sum(len(s.lists.get("Referenced by", [])) for s in document.tables)
    assert referenced == sum(len(t.foreign_keys) for t in schema.tables)


def test_values_and_defaults_are_exact() -> None:
    odd = "a|\u202e'`b"
    states = replace(column("s", enum(odd, "b")), default=literal(odd), comment=odd)
    (section,) = read(write(Schema((table("t", states),)))).tables
    shown = printable(odd)
    assert section.rows[2][3] == shown.replace("'", "''").join("''")
    assert section.rows[2][5] == f"{shown}, b"
    assert section.rows[2][6] == clean(odd)
