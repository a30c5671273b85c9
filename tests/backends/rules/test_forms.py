"""Fields with labels above, beside or in them become the columns of the form's table; what they pick from, keys."""

from __future__ import annotations

import pytest

from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages.page import Page
from ghost_architect.schema.objects import Check, Comparison, ForeignKey, Index, OnDelete, Op, literal

from .drawing import Screen
from .samples import schema, table, types


def test_labels_above_fields_of_every_kind() -> None:
    assert types(table("customer_form", "customers")) == {
        "id": "bigint not null",
        "full_name": "varchar(255) not null",
        "status": "varchar(64)",
        "email": "varchar(255)",
        "credit_limit": "numeric(12,2)",
        "phone_number": "varchar(32)",
        "notes": "text",
        "department_id": "bigint",
        "birth_date": "date",
        "newsletter_enabled": "boolean not null",
    }


def test_labels_at_the_left() -> None:
    assert types(table("labels_at_the_left", "vehicles")) == {
        "id": "bigint not null",
        "license_plate": "varchar(64)",
        "model_year": "smallint",
        "purchase_price": "numeric(12,2)",
        "mileage": "numeric(12,2)",
        "description": "text",
    }


def test_labels_inside() -> None:
    assert types(table("labels_inside", "students")) == {
        "id": "bigint not null",
        "first_name": "varchar(255) not null",
        "last_name": "varchar(255)",
        "email_address": "varchar(255)",
        "phone_number": "varchar(32)",
        "address": "text",
    }


def test_a_dark_form() -> None:
    assert types(table("dark_form", "suppliers")) == {
        "id": "bigint not null",
        "company_name": "varchar(255) not null",
        "website": "varchar(2048)",
        "phone": "varchar(32)",
        "vat_number": "varchar(64)",
    }


def test_headings_of_parts_make_no_tables() -> None:
    assert [t.name for t in schema("form_in_parts").tables] == ["employees"]
    assert types(table("form_in_parts", "employees")) == {
        "id": "bigint not null",
        "first_name": "varchar(255) not null",
        "last_name": "varchar(255)",
        "email": "varchar(255)",
        "mobile_phone": "varchar(32)",
        "job_title": "varchar(255)",
        "salary": "numeric(12,2)",
        "hire_date": "date",
        "postal_code": "varchar(16)",
    }


def test_an_asterisk_is_not_null() -> None:
    page = form(("Reference number", ""), ("Weight *", ""), ("Deposit", ""), ("Due date*", ""))
    (found,) = read_page(page).tables
    assert types(found) == {
        "id": "bigint not null",
        "reference_number": "varchar(64) not null",
        "weight": "numeric(12,2) not null",
        "deposit": "numeric(12,2)",
        "due_date": "date not null",
    }


def test_a_select_of_things_is_a_key_to_their_table() -> None:
    found = table("booking_form", "bookings")
    assert ForeignKey(("customer_id",), "customers", ("id",)) in found.foreign_keys
    assert ForeignKey(("room_id",), "rooms", ("id",)) in found.foreign_keys
    assert Index(("customer_id",)) in found.indexes
    assert types(found)["customer_id"] == "bigint not null"
    assert types(found)["room_id"] == "bigint"
    lookup = table("booking_form", "customers")
    assert types(lookup) == {"id": "bigint not null", "name": "varchar(255) not null"}
    assert [e.text for e in lookup.columns[1].evidence] == ["Ada Berg"]


@pytest.mark.parametrize(
    ("name", "of", "column"), [("customer_form", "customers", "status"), ("switches", "coupons", "type")]
)
def test_a_select_of_fixed_words_is_no_key(name: str, of: str, column: str) -> None:
    found = table(name, of)
    assert types(found)[column] == "varchar(64)"
    assert all(f.columns != (column + "_id",) for f in found.foreign_keys)


def test_boxes_to_tick_and_switches_are_boolean() -> None:
    for name, of, column in (
        ("customer_form", "customers", "newsletter_enabled"),
        ("switches", "coupons", "is_public"),
        ("switches", "coupons", "auto_renew"),
        ("user_form", "users", "is_active"),
    ):
        found = table(name, of).column(column)
        assert found is not None
        assert (str(found.type.kind), found.nullable, found.default) == ("boolean", False, literal(False))


def test_a_password_is_kept_as_a_hash_and_its_repetition_not_at_all() -> None:
    found = table("user_form", "users")
    assert types(found)["password_hash"] == "varchar(255) not null"
    assert not [c.name for c in found.columns if "confirm" in c.name or c.name == "password"]
    assert found.uniques == (("email",),)


def test_a_start_and_an_end_are_in_order() -> None:
    found = table("booking_form", "bookings")
    assert Check((Comparison("end_date", Op.GE, column="start_date"),)) in found.checks
    assert types(found)["start_date"] == "date not null"


def test_a_dialog_hides_the_form_behind_it() -> None:
    assert [t.name for t in schema("form_in_a_dialog").tables] == ["expenses"]
    assert set(types(table("form_in_a_dialog", "expenses"))) == {"id", "title", "amount", "spent_on", "receipt_number"}


def test_grey_bars_stand_for_values() -> None:
    assert types(table("grey_bars", "invoices")) == {
        "id": "bigint not null",
        "invoice_number": "varchar(64) not null",
        "due_date": "date",
        "total_amount": "numeric(12,2)",
        "email": "varchar(255)",
        "phone": "varchar(32)",
    }


def test_the_grid_on_a_form_belongs_to_its_record() -> None:
    items = table("order_with_items", "order_items")
    assert items.foreign_keys == (ForeignKey(("order_id",), "orders", ("id",), OnDelete.CASCADE),)
    assert types(items) == {
        "id": "bigint not null",
        "order_id": "bigint not null",
        "description": "text",
        "quantity": "integer",
        "unit_price": "numeric(12,2)",
    }
    assert Index(("order_id",)) in items.indexes
    assert {"customer_id", "order_date", "order_number", "status"} < set(types(table("order_with_items", "orders")))
    key = items.column("order_id")
    assert key is not None
    assert key.evidence == ()


def test_fields_in_a_grid_are_its_cells() -> None:
    assert [t.name for t in schema("fields_in_a_grid").tables] == ["customers", "invoices", "invoice_items"]
    items = table("fields_in_a_grid", "invoice_items")
    assert list(types(items)) == ["id", "invoice_id", "description", "quantity", "unit_price"]
    assert set(types(table("fields_in_a_grid", "invoices"))) == {"id", "invoice_number", "due_date", "customer_id"}


def test_advice_under_a_field_names_nothing() -> None:
    assert types(table("form_with_advice", "customers")) == {
        "id": "bigint not null",
        "full_name": "varchar(255) not null",
        "email": "varchar(255)",
        "phone": "varchar(32)",
    }


def test_a_form_on_a_telephone() -> None:
    assert types(table("narrow_form", "tasks")) == {
        "id": "bigint not null",
        "title": "varchar(255) not null",
        "assignee_id": "bigint",
        "due_date": "date",
        "description": "text",
    }
    assert {f.table for f in table("narrow_form", "tasks").foreign_keys} == {"users"}


def form(*fields: tuple[str, str], title: str = "New entry") -> Page:
    screen = Screen(1000, 100 + 84 * len(fields))
    screen.heading(40, 20, title)
    for i, (label, text) in enumerate(fields):
        screen.labelled(40, 80 + 84 * i, label, text)
    return screen.page()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Add new customer", "customers"),
        ("Edit category", "categories"),
        ("Create purchase order", "purchase_orders"),
        ("Register a vehicle", "vehicles"),
        ("Person details", "people"),
    ],
)
def test_the_table_is_what_the_form_adds_or_edits(title: str, expected: str) -> None:
    page = form(("Title", ""), ("Due date", ""), ("Amount", ""), title=title)
    assert [t.name for t in read_page(page).tables] == [expected]


def test_placeholders_that_ask_name_the_field() -> None:
    screen = Screen(800, 500)
    screen.heading(40, 30, "New ticket")
    for y, text in (
        (100, "Enter a title for the ticket ..."),
        (160, "Enter your phone number"),
        (220, "Type the due date here"),
    ):
        screen.input(40, y, text, 460, colour="#8a8a8a")
    (found,) = read_page(screen.page()).tables
    assert types(found) == {
        "id": "bigint not null",
        "title": "varchar(255) not null",
        "phone_number": "varchar(32)",
        "due_date": "date",
    }


def test_one_field_alone_is_no_form() -> None:
    assert read_page(form(("Email", ""))).tables == ()
