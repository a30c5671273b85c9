"""A header row with rows beneath becomes a table named after the heading; what is beside it, or computed, does not."""

from __future__ import annotations

import pytest

from ghost_architect.backends.rules.backend import read_page
from ghost_architect.schema.objects import Schema

from .drawing import listing
from .samples import schema, table, types

NAMES = ["Ada Berg", "Bo Lind", "Cy Dahl", "Di Roos"]
ORDERS = {
    "id": "bigint not null",
    "order_number": "varchar(64) not null",
    "email": "varchar(255)",
    "total": "numeric(12,2)",
    "status": "enum(Draft, Sent, Done)",
    "placed_on": "date",
    "paid": "boolean not null",
}


def names(of: Schema) -> list[str]:
    return [t.name for t in of.tables]


def test_columns_in_order_with_types_by_their_values() -> None:
    found = table("orders_grid", "orders")
    assert list(types(found).items()) == list(ORDERS.items())
    assert names(schema("orders_grid")) == ["orders"]
    assert (found.primary_key, found.title) == (("id",), "Orders")
    assert found.uniques == (("order_number",),)


def test_each_column_cites_its_header() -> None:
    found = table("orders_grid", "orders")
    cited = {c.name: [e.text for e in c.evidence] for c in found.columns}
    assert cited == {
        "id": [],
        "order_number": ["Order number"],
        "email": ["Email"],
        "total": ["Total"],
        "status": ["Status"],
        "placed_on": ["Placed on"],
        "paid": ["Paid"],
    }
    assert [e.text for e in found.evidence] == ["Orders"]


@pytest.mark.parametrize("name", ["grid_beside_a_menu", "grid_beside_a_menu_on_its_rows", "grid_beside_a_titled_menu"])
def test_a_menu_beside_the_grid_is_not_read(name: str) -> None:
    (found,) = schema(name).tables
    assert found.name == ("invoices" if name == "grid_beside_a_menu_on_its_rows" else "orders")
    assert types(found) == ORDERS


def test_groups_of_one_list_are_one_table() -> None:
    (found,) = schema("grid_in_groups").tables
    assert types(found) == {
        "id": "bigint not null",
        "guest_email": "varchar(255)",
        "arrival_date": "date",
        "status": "enum(Open, Paid, Lost)",
        "price": "numeric(12,2)",
    }


def test_row_numbers_buttons_and_computed_figures_are_no_columns() -> None:
    assert types(table("grid_with_tools", "products")) == {
        "id": "bigint not null",
        "product_name": "varchar(255) not null",
        "sku": "varchar(64)",
        "price": "numeric(12,2)",
        "stock": "integer",
    }
    assert table("grid_with_tools", "products").uniques == (("sku",),)


def test_a_header_over_two_lines_is_one_name() -> None:
    found = table("wrapped_header", "contracts")
    assert types(found) == {
        "id": "bigint not null",
        "contract_number": "varchar(64) not null",
        "monthly_fee": "numeric(12,2)",
        "signed_on": "date",
        "customer_email": "varchar(255)",
    }
    signed = found.column("signed_on")
    assert signed is not None
    assert [e.text for e in signed.evidence] == ["Signed", "on"]


def test_a_row_over_two_lines_is_one_row() -> None:
    assert types(table("wrapped_rows", "tickets")) == {
        "id": "bigint not null",
        "subject": "varchar(255) not null",
        "email": "varchar(255)",
        "priority": "enum(High, Low, Medium)",
        "created_at": "timestamptz",
    }


def test_empty_cells_take_no_column_away() -> None:
    assert types(table("grid_with_holes", "employees")) == {
        "id": "bigint not null",
        "full_name": "varchar(255) not null",
        "email": "varchar(255)",
        "phone": "varchar(32)",
        "hire_date": "date",
    }


def test_two_grids_are_two_tables() -> None:
    assert names(schema("two_grids")) == ["suppliers", "shipments"]
    assert list(types(table("two_grids", "suppliers"))) == ["id", "name", "website", "phone"]
    assert types(table("two_grids", "shipments"))["shipped_at"] == "timestamptz"


def test_people_and_things_in_cells_are_rows_of_other_tables() -> None:
    found = table("references_in_a_grid", "projects")
    keys = {f.columns: (f.table, f.references) for f in found.foreign_keys}
    assert keys == {("customer_id",): ("customers", ("id",)), ("owner_id",): ("users", ("id",))}
    assert {i.columns for i in found.indexes} == {("customer_id",), ("owner_id",)}
    assert types(table("references_in_a_grid", "users")) == {"id": "bigint not null", "name": "varchar(255) not null"}
    assert types(found)["progress_percent"] == "numeric(5,2)"


def test_a_grid_of_drawn_cells() -> None:
    assert types(table("bordered_grid", "courses")) == {
        "id": "bigint not null",
        "course_code": "varchar(64)",
        "title": "varchar(255) not null",
        "credits": "integer",
        "tuition_fee": "numeric(12,2)",
    }


def test_filters_ticks_pills_and_paging_are_no_columns() -> None:
    assert names(schema("busy_grid")) == ["shipments"]
    assert types(table("busy_grid", "shipments")) == {
        "id": "bigint not null",
        "tracking_number": "varchar(64) not null",
        "destination": "varchar(255)",
        "status": "enum(In transit, Delivered, Returned)",
        "shipped_on": "date",
        "weight": "numeric(12,2)",
    }


def test_figures_stand_at_the_right_and_dates_in_the_middle() -> None:
    assert types(table("aligned_right_and_in_the_middle", "payments")) == {
        "id": "bigint not null",
        "number": "varchar(64) not null",
        "amount": "numeric(12,2)",
        "paid_on": "date",
    }


def test_pictures_and_second_lines_in_a_cell() -> None:
    assert types(table("people_grid", "members")) == {
        "id": "bigint not null",
        "name": "varchar(255) not null",
        "role": "enum(Admin, Editor, Viewer)",
        "status": "enum(Active, Invited)",
        "last_login": "timestamptz",
    }


def test_several_tags_in_a_cell_are_many_to_many() -> None:
    pairs = table("tagged_grid", "article_tags")
    assert types(pairs) == {"article_id": "bigint not null", "tag_id": "bigint not null"}
    assert pairs.primary_key == ("article_id", "tag_id")
    assert {(f.columns, f.table) for f in pairs.foreign_keys} == {(("article_id",), "articles"), (("tag_id",), "tags")}
    assert [e.text for e in pairs.evidence] == ["Tags"]
    assert list(types(table("tagged_grid", "articles"))) == ["id", "title", "author_id", "published_on"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Customers", "customers"),
        ("Customer list", "customers"),
        ("All invoices", "invoices"),
        ("Manage Categories", "categories"),
        ("Your addresses", "addresses"),
        ("PURCHASE ORDERS", "purchase_orders"),
        ("Recent orders - Acme shop", "orders"),
        ("Employees (214)", "employees"),
        ("People", "people"),
    ],
)
def test_the_table_is_named_after_its_heading(title: str, expected: str) -> None:
    page = listing(
        title,
        {
            "Name": NAMES,
            "Email": ["a@b.org", "c@d.org", "e@f.org", "g@h.org"],
            "City": ["Oslo", "Lund", "Ghent", "Basel"],
        },
    )
    assert names(read_page(page)) == [expected]


@pytest.mark.parametrize(
    ("header", "values", "column", "expected"),
    [
        ("Unit cost", ["€3.20", "€24.90", "€0.15", "€7.75"], "unit_cost", "numeric(12,2)"),
        ("Salary", ["5200", "4100", "3900", "6100"], "salary", "numeric(12,2)"),
        ("Hired", ["Mar 3, 2019", "Apr 14, 2020", "Jan 1, 2021", "Dec 9, 2021"], "hired", "date"),
        (
            "Delivered",
            ["2024-03-01 10:30", "2024-03-02 11:00", "2024-03-02 17:45", "2024-03-04 08:05"],
            "delivered_at",
            "timestamptz",
        ),
        ("Opens", ["08:00", "09:30", "10:00", "07:15"], "opens", "time"),
        ("Contact", ["ada@x.org", "bo@x.org", "cy@x.org", "di@x.org"], "contact", "varchar(255)"),
        ("Website", ["https://a.org", "https://b.org", "www.c.org", "https://d.org"], "website", "varchar(2048)"),
        (
            "Telephone",
            ["+47 555 010 22", "+47 555 010 23", "+47 555 010 24", "+47 555 010 25"],
            "telephone",
            "varchar(32)",
        ),
        ("Zip code", ["01234", "94107", "10001", "60601"], "zip_code", "varchar(16)"),
        ("Status", ["Open", "Closed", "Open", "On hold"], "status", "enum(Open, Closed, On hold)"),
        ("Active", ["Yes", "No", "Yes", "Yes"], "active", "boolean not null"),
        ("Discount", ["5%", "12.5 %", "0%", "20%"], "discount", "numeric(5,2)"),
        ("Quantity", ["4", "12", "1,200", "7"], "quantity", "integer"),
        ("Weight (kg)", ["12.5", "7", "150.2", "3"], "weight_kg", "numeric(12,2)"),
        ("Rating", ["4", "5", "3", "4"], "rating", "smallint"),
        ("IP address", ["10.0.0.1", "10.0.0.2", "10.0.0.17", "10.0.1.4"], "ip_address", "inet"),
        ("Remarks", ["Called twice", "None", "Pays late", "-"], "remarks", "text"),
    ],
)
def test_label_and_values_give_the_type(header: str, values: list[str], column: str, expected: str) -> None:
    page = listing(
        "Entries",
        {
            "Title": ["North gate", "Main hall", "Old mill", "South pier"],
            header: values,
            "City": ["Oslo", "Lund", "Ghent", "Basel"],
        },
    )
    (found,) = read_page(page).tables
    assert types(found).get(column) == expected, types(found)


def test_a_key_on_the_screen_is_the_key_of_the_table() -> None:
    page = listing(
        "Devices",
        {
            "ID": ["1", "2", "3"],
            "Serial number": ["SN-8001", "SN-8002", "SN-8003"],
            "Model": ["Alpha two", "Beta one", "Alpha three"],
        },
    )
    (found,) = read_page(page).tables
    assert found.primary_key == ("id",)
    identity = found.columns[0]
    assert (identity.name, identity.is_identity, [e.text for e in identity.evidence]) == ("id", True, ["ID"])


def test_codes_as_keys_of_the_table_are_text() -> None:
    page = listing(
        "Tickets",
        {
            "Ticket ID": ["TS-1001", "TS-1002", "TS-1003"],
            "Subject": ["No light", "Cold room", "Lost card"],
            "Due date": ["2024-01-01", "2024-02-02", "2024-03-03"],
        },
    )
    (found,) = read_page(page).tables
    assert types(found)["ticket_id"] == "varchar(64) not null"
    assert found.primary_key == ("ticket_id",)


def test_the_same_header_twice_is_one_column() -> None:
    page = listing(
        "Routes",
        {"City": ["Oslo", "Lund", "Ghent"], "Distance": ["120.5", "40.0", "7.25"], "city": ["Basel", "Bern", "Chur"]},
    )
    (found,) = read_page(page).tables
    assert list(types(found)) == ["id", "city", "distance"]


def test_a_grid_without_a_heading_still_has_a_table() -> None:
    (found,) = read_page(
        listing(
            "",
            {
                "Name": NAMES,
                "Email": ["a@b.org", "c@d.org", "e@f.org", "g@h.org"],
                "Salary": ["$10", "$20", "$30", "$40"],
            },
        )
    ).tables
    assert (found.title, found.evidence) == ("", ())
    assert list(types(found)) == ["id", "name", "email", "salary"]
