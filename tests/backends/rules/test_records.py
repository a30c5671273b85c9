"""Pages of one record, and cards that show several."""

from __future__ import annotations

import pytest

from .samples import schema, table, types

PATIENT = {
    "id": "bigint not null",
    "full_name": "varchar(255) not null",
    "email": "varchar(255)",
    "phone": "varchar(32)",
    "date_of_birth": "date",
    "blood_group": "varchar(64)",
    "balance": "numeric(12,2)",
}


@pytest.mark.parametrize("name", ["detail_beside", "detail_over", "detail_in_tiles", "detail_with_colons"])
def test_labels_beside_over_and_before_their_values(name: str) -> None:
    assert [t.name for t in schema(name).tables] == ["patients"]
    assert types(table(name, "patients")) == PATIENT


def test_label_and_value_in_one_line_are_cited_together() -> None:
    column = table("detail_with_colons", "patients").column("phone")
    assert column is not None
    assert [e.text for e in column.evidence] == ["Phone: +47 555 010 22"]


def test_cards_are_rows() -> None:
    found = table("cards", "products")
    assert [t.name for t in schema("cards").tables] == ["products"]
    assert types(found)["name"] == "varchar(255) not null"
    assert types(found)["price"] == "numeric(12,2)"
    assert len(types(found)) == 4


def test_values_without_a_label_are_cited_themselves() -> None:
    price = table("cards", "products").column("price")
    assert price is not None
    assert [e.text for e in price.evidence] == ["$0.40"]
