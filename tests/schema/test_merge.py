"""Several screens into one schema: what is one, what stays two, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.schema.merge import merge, merge_traced
from ghost_architect.schema.merging.reconcile import strengths
from ghost_architect.schema.objects import (
    IDENTITY,
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
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TEXT,
    TIMESTAMPTZ,
    UUID,
    Type,
    enum,
    numeric,
    varchar,
)
from ghost_architect.schema.verify import verify

from .strategies import schemas

ID = Column("id", BIGINT, False, IDENTITY)


def table(name: str, *columns: Column, **parts: object) -> Table:
    return Table(name, (ID, *columns), ("id",), **parts)  # type: ignore[arg-type]


def text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def one(*tables: Table) -> Schema:
    return Schema(tables)


def names(schema: Schema) -> dict[str, list[str]]:
    return {t.name: [c.name for c in t.columns] for t in schema.tables}


def in_list(screen: int, *columns: Column) -> tuple[Column, ...]:
    """The columns as the header row of a grid."""
    lines = (Evidence(screen, n, (100 * n, 50, 80, 20), c.name) for n, c in enumerate(columns))
    return tuple(replace(c, evidence=(e,)) for c, e in zip(columns, lines, strict=True))


def in_form(screen: int, *columns: Column) -> tuple[Column, ...]:
    """The columns as labels below one another."""
    lines = (Evidence(screen, n, (40, 60 * n, 80, 20), c.name) for n, c in enumerate(columns))
    return tuple(replace(c, evidence=(e,)) for c, e in zip(columns, lines, strict=True))


def test_nothing_and_one() -> None:
    assert merge([]) == Schema()
    schema = one(table("customers", *text("name")))
    assert merge([schema]) is schema
    assert merge([Schema(), schema, Schema()]) == schema


def test_columns_of_one_entity_are_united_in_order_of_appearance() -> None:
    a = one(table("customers", *text("name", "city")))
    b = one(table("customers", *text("email", "name", "phone")))
    assert names(merge([a, b])) == {"customers": ["id", "name", "city", "email", "phone"]}


@pytest.mark.parametrize("other", ["Customers", "customer", "CUSTOMER"])
def test_names_that_differ_in_spelling_only_are_one_entity(other: str) -> None:
    merged = merge([one(table("customers", *text("name"))), one(table(other, *text("email")))])
    assert names(merged) == {"customers": ["id", "name", "email"]}


def test_synonyms_are_one_entity_when_half_of_the_columns_agree() -> None:
    a = one(table("customers", *text("name", "email", "phone", "city")))
    assert names(merge([a, one(table("clients", *text("email", "phone", "vat_number")))])) == {
        "customers": ["id", "name", "email", "phone", "city", "vat_number"]
    }
    assert len(merge([a, one(table("clients", *text("email", "fax", "vat_number")))]).tables) == 2


def test_id_name_and_created_at_make_no_entity() -> None:
    common = (*text("name"), Column("created_at", TIMESTAMPTZ))
    merged = merge([one(table("customers", *common)), one(table("clients", *common))])
    assert len(merged.tables) == 2


def test_the_same_columns_under_another_name_are_another_entity() -> None:
    contact = text("name", "email", "phone", "city")
    assert len(merge([one(table("customers", *contact)), one(table("suppliers", *contact))]).tables) == 2


def test_tables_of_one_screen_stay_two() -> None:
    both = one(table("customers", *text("email", "phone")), table("clients", *text("email", "phone")))
    assert names(merge([both, both])) == names(both)
    assert len(merge([one(table("customers", *text("email", "phone"))), both]).tables) == 2


def test_abbreviations_are_one_column() -> None:
    a, b = one(table("items", Column("qty", INTEGER))), one(table("items", Column("quantity", BIGINT)))
    merged = merge([a, b]).tables[0]
    assert names(Schema((merged,))) == {"items": ["id", "qty"]}
    assert merged.columns[1].type == BIGINT


def test_two_columns_of_the_same_words_stay_two() -> None:
    a = one(table("users", *text("phone", "mobile")))
    b = one(table("users", *text("phone", "telephone")))
    assert names(merge([a, b])) == {"users": ["id", "phone", "mobile", "telephone"]}


def test_names_in_other_scripts_are_not_all_one() -> None:
    a, b = one(table("客户", *text("名称"))), one(table("订单", *text("编号")))
    assert len(merge([a, b]).tables) == 2
    assert names(merge([a, one(table("客户", *text("编号")))])) == {"客户": ["id", "名称", "编号"]}


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (TEXT, numeric(12, 2), numeric(12, 2)),
        (varchar(255), DATE, DATE),
        (varchar(255), varchar(40), varchar(40)),
        (varchar(40), varchar(60), varchar(60)),
        (TEXT, varchar(255), TEXT),
        (enum("draft", "paid"), TEXT, enum("draft", "paid")),
        (enum("draft", "paid"), enum("paid", "lost"), enum("draft", "paid", "lost")),
        (SMALLINT, BIGINT, BIGINT),
        (INTEGER, numeric(12, 2), numeric(12, 2)),
        (DOUBLE, numeric(12, 2), numeric(12, 2)),
        (numeric(5, 2), numeric(8, 0), numeric(10, 2)),
        (numeric(5, 2), Type(numeric(1, 0).kind), numeric(5, 2)),
        (DATE, TIMESTAMPTZ, TIMESTAMPTZ),
        (BOOLEAN, enum("yes", "no"), enum("yes", "no")),
    ],
)
def test_more_telling_type_wins(first: Type, second: Type, result: Type) -> None:
    for one_, two in [(first, second), (second, first)]:
        merged = merge([one(table("things", Column("x", one_))), one(table("things", Column("x", two)))])
        found = merged.tables[0].columns[1].type
        assert (found.kind, set(found.values)) == (result.kind, set(result.values))
        assert found == result or found.values


def test_form_beats_list_where_types_conflict() -> None:
    listed = one(table("users", *in_list(0, Column("code", BIGINT), *text("name", "city"))))
    form = one(table("users", *in_form(1, Column("code", varchar(32), False), *text("name"))))
    for order in ([listed, form], [form, listed]):
        column = merge(order).tables[0].column("code")
        assert column is not None
        assert (column.type, column.nullable) == (varchar(32), False)
        assert {e.screen for e in column.evidence} == {0, 1}


def test_what_a_form_leaves_open_a_list_may_say() -> None:
    listed = one(table("users", *in_list(0, Column("state", enum("on", "off")), *text("name", "city"))))
    form = one(table("users", *in_form(1, Column("state", varchar(255)), *text("name"))))
    assert merge([form, listed]).tables[0].columns[1].type == enum("on", "off")


def test_not_null_of_equal_rank_wins() -> None:
    a, b = one(table("users", Column("code", TEXT))), one(table("users", Column("code", TEXT, False)))
    assert not merge([a, b]).tables[0].columns[1].nullable


def test_where_a_column_comes_from_is_read_off_its_boxes() -> None:
    listed = table("users", *in_list(0, *text("a", "b", "c")))
    assert strengths(listed) == {"id": 0, "a": 1, "b": 1, "c": 1}
    # Two labels beside each other are a form in two columns.
    assert strengths(table("users", *in_list(0, *text("a", "b")))) == {"id": 0, "a": 2, "b": 2}
    assert strengths(table("users", *in_form(0, *text("a", "b", "c")))) == {"id": 0, "a": 2, "b": 2, "c": 2}


CUSTOMERS = table("customers", *text("name"))
KEY = ForeignKey(("customer_id",), "customers", ("id",), OnDelete.CASCADE)
ORDERS = table("orders", Column("customer_id", BIGINT, False), foreign_keys=(KEY,), indexes=(Index(("customer_id",)),))


@pytest.mark.parametrize("key_first", [True, False])
def test_a_text_that_is_a_key_elsewhere_becomes_the_key(key_first: bool) -> None:
    shown = one(
        table("orders", Column("customer", TEXT, default=literal("nobody")), *text("note"), uniques=(("customer",),))
    )
    keyed = one(CUSTOMERS, ORDERS)
    traced = merge_traced([keyed, shown] if key_first else [shown, keyed])
    orders = traced.schema.table("orders")
    assert orders is not None
    column = orders.column("customer_id")
    assert column is not None
    assert (column.type, column.default) == (BIGINT, None)
    assert orders.column("customer") is None
    assert orders.foreign_keys == (KEY,)
    assert orders.uniques == (("customer_id",),)
    assert traced.places[1 if key_first else 0]["orders", "customer"] == ("orders", "customer_id")


def test_keys_follow_their_table() -> None:
    key = ForeignKey(("client_id",), "clients", ("id",))
    screens = [
        one(table("customers", *text("email", "phone"))),
        one(
            table("clients", *text("email", "phone")), table("calls", Column("client_id", BIGINT), foreign_keys=(key,))
        ),
    ]
    calls = merge(screens).table("calls")
    assert calls is not None
    assert calls.foreign_keys == (replace(key, table="customers"),)


def test_keys_take_the_type_that_their_target_got() -> None:
    by_uuid = Table("customers", (Column("id", UUID, False),), ("id",))
    merged = merge([one(by_uuid), one(CUSTOMERS, ORDERS)])
    assert not [f for f in verify(merged) if f.code in ("GA014", "GA102")]


def test_a_key_that_the_other_screen_requires_is_not_set_null() -> None:
    optional = table("orders", Column("customer_id", BIGINT), foreign_keys=(replace(KEY, on_delete=OnDelete.SET_NULL),))
    required = table("orders", Column("customer_id", BIGINT, False))
    merged = merge([one(CUSTOMERS, optional), one(required)])
    assert not [f for f in verify(merged) if f.code == "GA016"]
    orders = merge([one(CUSTOMERS, optional), one(CUSTOMERS, ORDERS)]).table("orders")
    assert orders is not None
    assert orders.foreign_keys == (KEY,)


def test_numbers_of_rows_are_one_column() -> None:
    other = Table("orders", (Column("order_id", BIGINT, False, IDENTITY), *text("note")), ("order_id",))
    assert names(merge([one(table("orders", *text("status"))), one(other)])) == {"orders": ["id", "status", "note"]}


def test_another_primary_key_becomes_a_unique() -> None:
    other = Table("orders", (Column("number", TEXT),), ("number",))
    merged = merge([one(table("orders", *text("note"))), one(other)]).tables[0]
    assert (merged.primary_key, merged.uniques) == (("id",), (("number",),))


def compare(column: str, op: Op, value: int) -> Check:
    return Check((Comparison(column, op, value=Decimal(value)),))


def test_constraints_are_united_and_impossible_ones_dropped() -> None:
    a = table("items", Column("qty", INTEGER), checks=(compare("qty", Op.GE, 0),), indexes=(Index(("qty",)),))
    b = table("items", Column("quantity", INTEGER), uniques=(("quantity",),), checks=(compare("quantity", Op.LE, 9),))
    merged = merge([one(a), one(b)]).tables[0]
    assert merged.checks == (compare("qty", Op.GE, 0), compare("qty", Op.LE, 9))
    assert merged.uniques == (("qty",),)
    code = table("items", *in_form(1, Column("qty", varchar(20))))
    listed = replace(a, columns=(ID, *in_list(0, a.columns[1], *text("name", "note"))))
    assert merge([one(listed), one(code)]).tables[0].checks == ()


def test_comments_and_evidence_of_both_are_kept() -> None:
    first = table("users", *in_form(0, *text("name")), title="Users", evidence=(Evidence(0, 1, (0, 0, 9, 9), "Users"),))
    second = table(
        "users", *in_form(1, *text("name")), comment="Who may log in", evidence=(Evidence(1, 7, (0, 0, 9, 9), "User"),)
    )
    merged = merge([one(first), one(second)]).tables[0]
    assert (merged.title, merged.comment) == ("Users", "Who may log in")
    assert [e.line for e in merged.evidence] == [1, 7]
    assert [e.screen for e in merged.columns[1].evidence] == [0, 1]


@given(schemas())
def test_a_schema_with_itself_is_itself(schema: Schema) -> None:
    assert merge([schema]) == schema
    assert merge([schema, schema]) == schema
    assert merge([schema, schema, schema]) == schema


@given(st.lists(schemas(), min_size=2, max_size=3))
def test_every_column_survives_in_a_place_of_its_own(screens: list[Schema]) -> None:
    traced = merge_traced(screens)
    for screen, places in zip(screens, traced.places, strict=True):
        assert len(set(places.values())) == len(places) == sum(len(t.columns) for t in screen.tables)
        for source in screen.tables:
            for column in source.columns:
                target = traced.schema.table(places[source.name, column.name][0])
                assert target is not None
                found = target.column(places[source.name, column.name][1])
                assert found is not None
                assert set(column.enum) <= set(found.enum) or found.type.kind is not column.type.kind


@given(st.lists(schemas(), min_size=2, max_size=2))
def test_merging_breaks_nothing(screens: list[Schema]) -> None:
    """What runs alone runs merged: no error that no screen had (a CHECK of each may contradict the other's)."""
    known = {f.code for s in screens for f in verify(s) if f.severity == "error"} | {"GA015", "GA021"}
    merged = merge(screens)
    assert {f.code for f in verify(merged) if f.severity == "error"} <= known
    assert merge(screens) == merged
