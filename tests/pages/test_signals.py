"""What labels, values and widgets say: every row is reached, none hangs, common labels come out right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.pages import signals
from ghost_architect.pages.signals import Proof, Role, Signal, tokens
from ghost_architect.schema import naming
from ghost_architect.schema.types import Kind, Type, spell

SIGNALS = signals.load()
ROWS = {row.name: row for row in SIGNALS.columns}
SHAPED = [row for row in SIGNALS.columns if row.values]

EXAMPLES = {
    "counted_children": ["3 items", "1 comment", "12 orders"],
    "identifier": ["17", "204", "9"],
    "uuid": ["6f1c1f0e-8d5a-4a53-9a36-0d8c1b0b5d11"],
    "email": ["ada@example.org", "b.lind@mail.example.com"],
    "phone": ["+47 555 010 22", "(020) 5550-1022", "555-010-2233"],
    "username": ["@ada_b", "@bo.lind"],
    "url": ["https://example.org/a?b=c", "www.example.org"],
    "slug": ["/steel-bolts", "/about-us"],
    "ip_address": ["10.0.0.1", "192.168.17.200"],
    "color": ["#ff8800", "#00AA11"],
    "country_code": ["NO", "USD"],
    "document_number": ["INV-2024", "SO 10021", "#10021"],
    "version": ["1.4.2", "v2.0.11-beta"],
    "flag": ["Yes", "No", "true"],
    "percent": ["40%", "12.5 %", "-3%"],
    "money": ["$1,204.50", "€ 12", "9,99 €", "(USD 40.00)"],
    "coordinate": ["59.9139", "-10.75224"],
    "rating": ["★★★★☆", "★★★"],
    "measure": ["12.5 kg", "40 cm", "-7 °C"],
    "duration": ["2h 30m", "45 minutes", "3 days"],
    "moment": ["2024-03-01 14:05", "Mar 3, 2024 14:05", "2 hours ago"],
    "date": ["2024-03-01", "3/14/2024", "Mar 3, 2024", "3 March 2024"],
    "time_of_day": ["14:05", "9:30 AM"],
    "year": ["1984", "2024"],
    "recurrence": ["every Monday", "Weekly"],
    "json": ['{"a": 1}', "[1, 2]"],
    "decimal_value": ["12.5", "1,204.75"],
    "integer_value": ["12", "1,204"],
    "sentence_value": ["one two three four five six seven eight nine"],
}


def test_every_shape_has_an_example_here() -> None:
    assert {row.name for row in SHAPED} == set(EXAMPLES)


@pytest.mark.parametrize("row", SHAPED, ids=lambda row: row.name)
def test_the_examples_have_the_shape(row: Signal) -> None:
    assert row.values is not None
    assert [text for text in EXAMPLES[row.name] if not row.values.fullmatch(text)] == []


@pytest.mark.parametrize("row", [r for r in SHAPED if r.proof is not Proof.WORDS], ids=lambda row: row.name)
def test_values_alone_are_enough(row: Signal) -> None:
    assert SIGNALS.meaning("", EXAMPLES[row.name]).signal == row.name


@pytest.mark.parametrize("row", [r for r in SIGNALS.columns if r.words], ids=lambda row: row.name)
def test_every_row_is_reached_by_one_of_its_words(row: Signal) -> None:
    reached = {SIGNALS.meaning(label(word)).signal for word in row.words}
    assert row.name in reached


def label(word: re.Pattern[str]) -> str:
    """The phrase that a pattern was made from."""
    return re.sub(r"\(\?.*?\)(?:\))?|[\\^$]", "", word.pattern).strip()


def test_phrases_are_taken_apart_as_meant() -> None:
    assert label(ROWS["email"].words[0]) == "email"
    assert label(ROWS["row_number"].words[0]) == "#"
    assert [row.name for row in SIGNALS.columns if not row.words and not row.values] == []


@pytest.mark.parametrize("row", SIGNALS.columns, ids=lambda row: row.name)
def test_every_row_can_be_stored(row: Signal) -> None:
    assert len([r for r in SIGNALS.columns if r.name == row.name]) == 1
    assert row.widgets
    if row.role in (Role.COLUMN, Role.SECRET):
        assert row.type == Type(Kind(row.type.kind), row.type.length, row.type.precision, row.type.scale)
        assert spell(row.type)
    for name in (row.rename, row.suffix):
        assert name == "" or naming.is_snake_case(name)
    assert row.minimum is None or row.maximum is None or row.minimum < row.maximum
    assert all(table == naming.table_name(table) for table in row.unique_in)
    # Only what a boolean is when nobody says anything has a default here.
    assert row.default is None or row.type.kind is Kind.BOOLEAN


def test_what_the_rules_call_a_widget_is_one() -> None:
    known = {widget for row in SIGNALS.columns for widget in row.widgets}
    assert {"header", "value", "text_input", "textarea", "select", "spinner", "checkbox", "toggle"} <= known


# What a regular expression can choke on: long runs of what its repetitions accept, and an end that fits none.
RUNS = [
    "1",
    "a",
    "A",
    " ",
    "-",
    ".",
    ",",
    "$",
    "(",
    "'",
    "#",
    "/",
    ":",
    "@",
    "★",
    "1,",
    "1 ",
    "1.",
    "a.",
    "a ",
    "a@",
    "$1",
    "1-",
]
RUNS += [
    "-a",
    "12:",
    "every ",
    "jan ",
    "1 h ",
    "1h1m",
    "{",
    "[",
    "1 hours ",
    "yes",
    "USD",
    "a-",
    "1%",
    "v1.",
    "©",
    "é",
    "\u202e",
]
LONG = [run * (200 // len(run)) + end for run in RUNS for end in ("", "!", " x1")]


def test_no_shape_hangs_on_long_text() -> None:
    """In a process of its own, since a regular expression cannot be stopped from within."""
    code = (
        "import json, sys; from ghost_architect.pages import signals; known = signals.load()\n"
        "for text in json.load(sys.stdin):\n"
        "    for row in known.columns:\n"
        "        row.values and row.values.fullmatch(text)\n"
        "    known.meaning(text, [text] * 3), known.meaning(text, [], 'select'), known.is_caption(text)\n"
    )
    subprocess.run([sys.executable, "-c", code], input=json.dumps(LONG), text=True, check=True, timeout=60)


@given(
    st.text(max_size=60),
    st.lists(st.text(max_size=30), max_size=5),
    st.sampled_from(["", "select", "textarea", "checkbox", "header"]),
)
def test_any_text_has_a_meaning(text: str, values: list[str], widget: str) -> None:
    found = SIGNALS.meaning(text, values, widget, "things")
    assert (found.role in (Role.REFERENCE, Role.MANY)) == bool(found.target)
    assert (found.role is Role.ENUM) == (found.type.kind is Kind.ENUM)
    assert set(found.type.values) <= {v.strip() for v in values}
    assert SIGNALS.meaning(text, values, widget, "things") == found


# --- labels as they stand on screens ------------------------------------------------------------------------------

LABELS = [
    ("Email", [], "varchar(255)"),
    ("E-mail address", [], "varchar(255)"),
    ("Phone", [], "varchar(32)"),
    ("Mobile number", [], "varchar(32)"),
    ("Fax", [], "varchar(32)"),
    ("Website", [], "varchar(2048)"),
    ("Homepage", [], "varchar(2048)"),
    ("First name", [], "varchar(255)"),
    ("Last name", [], "varchar(255)"),
    ("Company name", [], "varchar(255)"),
    ("Job title", [], "varchar(255)"),
    ("Subject", [], "varchar(255)"),
    ("City", [], "varchar(255)"),
    ("ZIP code", [], "varchar(16)"),
    ("Postal code", ["01234", "94107"], "varchar(16)"),
    ("Postcode", [], "varchar(16)"),
    ("SKU", [], "varchar(64)"),
    ("ISBN", ["9780306406157"], "varchar(64)"),
    ("IBAN", [], "varchar(64)"),
    ("Serial number", [], "varchar(64)"),
    ("License plate", [], "varchar(64)"),
    ("Invoice number", [], "varchar(64)"),
    ("Order #", ["#10021", "#10022"], "varchar(64)"),
    ("Tracking number", [], "varchar(64)"),
    ("Price", [], "numeric(12,2)"),
    ("Unit price", ["4", "12"], "numeric(12,2)"),
    ("Total amount", [], "numeric(12,2)"),
    ("Salary", [], "numeric(12,2)"),
    ("Monthly budget", [], "numeric(12,2)"),
    ("Shipping fee", [], "numeric(12,2)"),
    ("Discount %", [], "numeric(5,2)"),
    ("Tax rate", [], "numeric(5,2)"),
    ("Latitude", [], "numeric(9,6)"),
    ("Weight", [], "numeric(12,2)"),
    ("Quantity", [], "integer"),
    ("Qty", ["4", "12"], "integer"),
    ("Stock", [], "integer"),
    ("Bedrooms", [], "integer"),
    ("Page count", [], "integer"),
    ("Duration (minutes)", [], "integer"),
    ("Rating", [], "smallint"),
    ("Model year", [], "smallint"),
    ("Date of birth", [], "date"),
    ("Due date", [], "date"),
    ("Hire date", [], "date"),
    ("Deadline", [], "date"),
    ("Birthday", [], "date"),
    ("Expires", ["2025-01-01"], "date"),
    ("Created at", [], "timestamptz"),
    ("Last login", [], "timestamptz"),
    ("Published at", [], "timestamptz"),
    ("Last updated", ["Mar 3, 2024 14:05"], "timestamptz"),
    ("Opening time", [], "time"),
    ("Description", [], "text"),
    ("Notes", [], "text"),
    ("Comments", [], "text"),
    ("Is active", [], "boolean"),
    ("Email verified", [], "boolean"),
    ("Two-factor enabled", [], "boolean"),
    ("Require signature", [], "boolean"),
    ("IP address", [], "inet"),
    ("Metadata", [], "jsonb"),
    ("UUID", [], "uuid"),
    ("Photo", [], "varchar(2048)"),
    ("User ID", [], "bigint"),
]


@pytest.mark.parametrize(("text", "values", "expected"), LABELS, ids=[text for text, *_ in LABELS])
def test_labels_have_the_type_anybody_would_give(text: str, values: list[str], expected: str) -> None:
    found = SIGNALS.meaning(text, values)
    assert (found.role, spell(found.type)) == (Role.COLUMN, expected)


@pytest.mark.parametrize("text", ["Total", "Order status", "Payment method", "Notes on delivery", "Delivery date"])
def test_the_head_of_a_label_stands_at_its_end(text: str) -> None:
    expected = {"Total": "numeric(12,2)", "Delivery date": "date", "Notes on delivery": "text"}
    assert spell(SIGNALS.meaning(text).type) == expected.get(text, "varchar(64)")


@pytest.mark.parametrize(
    "text",
    [
        "#",
        "No",
        "Actions",
        "Action",
        "Edit",
        "Options",
        "Search",
        "Remember me",
        "Confirm password",
        "Subtotal",
        "Age",
        "Days left",
    ],
)
def test_what_is_no_column(text: str) -> None:
    assert SIGNALS.meaning(text).role is Role.ABSENT


@pytest.mark.parametrize(
    ("text", "name"), [("Password", "password_hash"), ("New password", "password_hash"), ("Card number", "card_token")]
)
def test_secrets_are_not_kept_as_they_are(text: str, name: str) -> None:
    found = SIGNALS.meaning(text)
    assert (found.role, found.rename) == (Role.SECRET, name)


@pytest.mark.parametrize("text", ["Status", "Priority", "Payment status", "Gender", "Type", "Stage"])
def test_a_choice_among_few_words_is_an_enum(text: str) -> None:
    found = SIGNALS.meaning(text, ["Open", "Closed", "Open"])
    assert (found.role, found.type.values) == (Role.ENUM, ("Open", "Closed"))
    one = SIGNALS.meaning(text, ["Open", "Open"])
    assert (one.role, spell(one.type)) == (Role.COLUMN, "varchar(64)")


def test_a_choice_among_many_words_is_text() -> None:
    found = SIGNALS.meaning("Status", [f"State {chr(65 + i)}" for i in range(20)])
    assert (found.role, spell(found.type)) == (Role.COLUMN, "varchar(64)")


@pytest.mark.parametrize(("word", "target"), sorted(SIGNALS.references.items()))
def test_words_for_rows_of_other_tables(word: str, target: str) -> None:
    assert target == "self" or target == naming.table_name(target)
    for values, widget in ((["Ada Berg", "Bo Lind"], ""), ([], "select"), (["Ada Berg"], "select")):
        found = SIGNALS.meaning(word.capitalize(), values, widget)
        assert (found.role, found.target, found.type.kind) == (Role.REFERENCE, target, Kind.BIGINT)


@pytest.mark.parametrize(("word", "target"), sorted(SIGNALS.lookups.items()))
def test_words_that_are_tables_only_where_rows_are_picked(word: str, target: str) -> None:
    assert word not in SIGNALS.references
    assert SIGNALS.meaning(word.capitalize(), [], "select").target == target == naming.table_name(target)
    assert SIGNALS.meaning(word.capitalize(), ["Red", "Blue"], "header").target == ""


def test_several_in_one_place_are_many_to_many() -> None:
    for word in SIGNALS.many:
        found = SIGNALS.meaning(word.capitalize(), ["red, blue", "green", "blue, grey"], "header")
        assert (found.role, found.target) == (Role.MANY, word) if naming.is_plural(word) else found.role is Role.COLUMN
    assert SIGNALS.meaning("Tags", ["red", "blue"], "text_input").role is Role.MANY
    assert SIGNALS.meaning("City", ["Oslo, Norway", "Lund, Sweden"], "header").role is Role.COLUMN
    assert SIGNALS.meaning("Status", ["Open", "Closed"], "select").role is Role.ENUM


def test_a_value_that_is_no_name_is_no_row_of_another_table() -> None:
    assert SIGNALS.meaning("Owner", ["+47 555 010 22", "+47 555 010 23"]).role is Role.COLUMN
    assert SIGNALS.meaning("Customer", ["ada@example.org", "bo@example.org"]).role is Role.COLUMN
    assert SIGNALS.meaning("Status", ["Open"], "select").role is not Role.REFERENCE


def test_values_contradict_a_label() -> None:
    assert spell(SIGNALS.meaning("Reading date", ["12.5", "13.0"]).type) == "date"
    assert SIGNALS.meaning("Paid", ["Ada Berg", "Bo Lind"]).type.kind is not Kind.BOOLEAN
    assert SIGNALS.meaning("Price", ["on request", "free of charge"]).type.kind is not Kind.NUMERIC
    assert spell(SIGNALS.meaning("Product ID", ["TS-1042", "TS-1043"]).type) == "varchar(64)"


def test_one_value_in_five_may_be_misread() -> None:
    values = ["2024-01-01", "2024-01-02", "2O24-O1-O3", "2024-01-04", "2024-01-05"]
    assert SIGNALS.meaning("", values).signal == "date"
    assert SIGNALS.meaning("", values[:3]).signal != "date"


def test_values_that_say_nothing_are_not_asked() -> None:
    assert [SIGNALS.is_empty(v) for v in ("N/A", " - ", "None", "—", "0", "no one")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert SIGNALS.meaning("", ["-", "2024-01-01", "N/A", "n/a", "--"]).signal == "date"
    assert SIGNALS.meaning("Status", ["Open", "-", "Closed", "N/A"]).type.values == ("Open", "Closed")


def test_buttons_are_captions_and_labels_are_not() -> None:
    for text in ("Save", "Log out", "ADD TO CART", "Cancel", "Next"):
        assert SIGNALS.is_caption(text)
    for text in ("Name", "Email", "Saved at", "Order status", ""):
        assert not SIGNALS.is_caption(text)
    assert all(SIGNALS.is_caption(text) for text in SIGNALS.captions["buttons"])


def test_known_labels() -> None:
    assert all(SIGNALS.knows(text) for text in ("Email", "Customer", "Brand", "Due date", "Actions"))
    assert not any(SIGNALS.knows(text) for text in ("Blorb", "", "Oslo", "Steel bolt"))


@pytest.mark.parametrize(
    ("table", "label", "unique"),
    [
        ("users", "Email", True),
        ("orders", "Email", False),
        ("products", "SKU", True),
        ("order_items", "SKU", False),
        ("pages", "Slug", True),
    ],
)
def test_unique_where_it_names_the_row(table: str, label: str, unique: bool) -> None:
    assert SIGNALS.meaning(label, table=table).unique is unique


def test_limits() -> None:
    rating = SIGNALS.meaning("Rating")
    assert (rating.minimum, rating.maximum) == (Decimal(1), Decimal(5))
    assert (SIGNALS.meaning("Stock").minimum, SIGNALS.meaning("Stock").maximum) == (Decimal(0), None)
    assert SIGNALS.meaning("Balance").minimum is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orderID", ["order", "id"]),
        ("order_number", ["order", "number"]),
        ("E-mail", ["e", "mail"]),
        ("Order #", ["order", "#"]),
        ("Größe (cm)", ["größe", "cm"]),
        ("", []),
    ],
)
def test_tokens(text: str, words: list[str]) -> None:
    assert tokens(text) == words
