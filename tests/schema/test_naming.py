"""Names: identifiers from labels, and plurals that agree with English and with each other."""

from __future__ import annotations

import inflect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.schema.naming import (
    entity_name,
    free_name,
    identifier,
    is_plural,
    is_snake_case,
    plural,
    reference_name,
    singular,
    snake_case,
    table_name,
    tokens,
)

NOUNS = """
customer category company person child box bus glass analysis species equipment campus alias process business class
expense price invoice house horse bonus virus gas tax quiz hero photo tomato leaf life knife wolf man woman crisis
diagnosis movie cookie shoe schema agenda camera menu video logo piano echo veto radio bias atlas census tie pie
zombie cache formula area taxi key survey country employee fee tree attendee warehouse database license lease release
exercise response nurse course case phase purchase address batch branch match watch dish city selfie shelf glove valve
curve reserve archive drive salesman human size prize wish status phrase disease hypothesis synopsis axis clause use
excuse spouse cause quota visa bookmark store enterprise surprise franchise premise dose rose purpose lens canvas
""".split()


@pytest.mark.parametrize("noun", NOUNS)
def test_plurals_are_those_of_inflect_and_lead_back(noun: str) -> None:
    many = plural(noun)
    assert many == inflect.engine().plural_noun(noun)
    assert (singular(noun), singular(many), plural(many)) == (noun, noun, many)


@pytest.mark.parametrize(
    "word", ["news", "status", "address", "series", "data", "sms", "gps", "access", "bus", "canvas"]
)
def test_what_is_no_plural_stays_singular(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Customer name", "customer_name"),
        ("Customer's e-mail *", "customer_email"),
        ("First name (optional):", "first_name_optional"),
        ("Order #", "order_number"),
        ("Tax %", "tax_percent"),
        ("Terms & Conditions", "terms_and_conditions"),
        ("orderID", "order_id"),
        ("HTTPServer", "http_server"),
        ("SKUs", "skus"),
        ("orderIDs", "order_ids"),
        ("Straße", "strasse"),
        ("Prénom", "prenom"),
        ("客户名称", "客户名称"),
        ("Имя клиента", "имя_клиента"),
        ("हिन्दी", "हिन्दी"),
        ("2nd address", "n_2nd_address"),
        ("  --  ", "field"),
        ("", "field"),
        ("already_snake_case", "already_snake_case"),
    ],
)
def test_identifier(label: str, name: str) -> None:
    assert identifier(label, "field") == name


@pytest.mark.parametrize(
    ("label", "table"),
    [
        ("Customer", "customers"),
        ("Order Items", "order_items"),
        ("Person", "people"),
        ("News", "news"),
        ("Order history", "order_history"),
        ("SKU", "skus"),
        ("User address", "user_addresses"),
        ("Bill of lading", "bills_of_lading"),
        ("Units of measure", "units_of_measure"),
    ],
)
def test_table_name(label: str, table: str) -> None:
    assert table_name(label) == table
    assert is_plural(table)


def test_names_around_a_table() -> None:
    assert entity_name("order_items") == "order_item"
    assert reference_name("order_statuses") == "order_status_id"
    assert reference_name("bills_of_lading") == "bill_of_lading_id"
    assert not is_plural("number_of_pieces")
    assert len(reference_name("x" * 80)) == 63
    assert tokens("unitPrice") == ("unit", "price")
    assert tokens("") == ()


@pytest.mark.parametrize("name", ["customers", "address_line1", "a", "größe", "客户"])
def test_snake_case_names(name: str) -> None:
    assert is_snake_case(name)


@pytest.mark.parametrize("name", ["", "Customers", "first name", "a__b", "_a", "a_", "1a", "a-b", "firstName"])
def test_names_that_are_not_snake_case(name: str) -> None:
    assert not is_snake_case(name)


def test_long_labels_lose_whole_words() -> None:
    name = identifier("I have read and accept the terms and conditions of the shop and its partners")
    assert name == "i_have_read_and_accept_the_terms_and_conditions_of_the_shop_and"
    assert identifier("字" * 50) == "字" * 21


def test_free_name() -> None:
    assert free_name("name", set()) == "name"
    assert free_name("name", {"name", "name_2"}) == "name_3"
    assert free_name("x" * 63, {"x" * 63}) == "x" * 61 + "_2"


@given(st.text(max_size=200))
def test_any_label_gives_a_name_that_a_database_keeps(label: str) -> None:
    name = identifier(label, "field")
    assert is_snake_case(name)
    assert len(name.encode()) <= 63
    assert identifier(name) == name


@given(st.text(max_size=60))
def test_snake_case_twice_is_once(text: str) -> None:
    assert snake_case(snake_case(text)) == snake_case(text)
