"""From lines that say something to visibility and evidence."""

from __future__ import annotations

from ghost_architect.pages.pair import Visibility
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse
from ghost_architect.synthetic.camera.sight import Said, Sighting
from ghost_architect.synthetic.truth import truth

SCHEMA = parse(
    """
    CREATE TABLE customers (id BIGINT PRIMARY KEY, name TEXT NOT NULL, email TEXT, created_at TIMESTAMPTZ);
    CREATE TABLE orders (
        id BIGINT PRIMARY KEY, number TEXT NOT NULL, total NUMERIC(12, 2),
        customer_id BIGINT NOT NULL REFERENCES customers (id)
    );
    CREATE INDEX orders_customer_id ON orders (customer_id);
    CREATE TABLE tags (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
    """
).schema


def line(x: int, y: int, text: str, *said: tuple[str, str]) -> Sighting:
    return Sighting((x, y, 8 * len(text), 10), text, tuple(Said(tuple(f.split()), part) for f, part in said))


LIST = [
    line(300, 40, "Ada", ("orders.customer_id customers.name", "value")),
    line(10, 10, "Number", ("orders.number", "label")),
    line(10, 40, "A-1", ("orders.number", "value")),
    line(150, 40, "9.50", ("orders.total", "value")),
    line(150, 70, "7.25", ("orders.total", "value")),
]


def test_numbers_run_in_reading_order_through_all_screens() -> None:
    found = truth(SCHEMA, [LIST, [line(10, 10, "Tags", ("tags.id", "title"))]], ())
    assert [[(x.n, x.text) for x in own] for own in found.lines] == [
        [(1, "Number"), (2, "A-1"), (3, "9.50"), (4, "Ada"), (5, "7.25")],
        [(6, "Tags")],
    ]


def test_evidence_is_the_label_or_else_the_values() -> None:
    found = truth(SCHEMA, [LIST], ())
    assert found.evidence == {
        "customers.name": (4,), "orders.number": (1,), "orders.total": (3, 5), "orders.customer_id": (4,),
    }  # fmt: skip


def test_labels_of_all_screens_are_evidence() -> None:
    found = truth(SCHEMA, [LIST, [line(10, 10, "Order number", ("orders.number", "label"))]], ())
    assert found.evidence["orders.number"] == (1, 6)


def test_keys_of_tables_that_are_shown_are_implied_and_the_rest_is_hidden() -> None:
    found = truth(SCHEMA, [[*LIST, line(10, 100, "All tags", ("tags.id", "title"))]], ())
    visible, implied, hidden = Visibility.VISIBLE, Visibility.IMPLIED, Visibility.HIDDEN
    assert found.visibility == {
        "customers.id": implied, "customers.name": visible, "customers.email": hidden, "customers.created_at": hidden,
        "orders.id": implied, "orders.number": visible, "orders.total": visible, "orders.customer_id": visible,
        "tags.id": implied, "tags.name": hidden,
    }  # fmt: skip


def test_what_screens_imply_is_implied_unless_it_is_visible() -> None:
    found = truth(SCHEMA, [LIST[1:3]], {"orders.customer_id", "orders.number"})
    assert found.visibility["orders.customer_id"] is Visibility.IMPLIED
    assert found.visibility["orders.number"] is Visibility.VISIBLE
    assert "orders.customer_id" not in found.evidence


def test_a_shown_key_is_visible() -> None:
    found = truth(SCHEMA, [[line(10, 10, "ID", ("orders.id", "label"))]], ())
    assert found.evidence == {"orders.id": (1,)}


def test_a_line_is_cited_once() -> None:
    twice = line(10, 10, "Ada Novak", ("customers.name orders.customer_id", "value"), ("customers.name", "value"))
    assert truth(SCHEMA, [[twice]], ()).evidence["customers.name"] == (1,)


def test_of_many_values_a_dozen_are_cited() -> None:
    values = [line(10, 20 * i, f"{i}.00", ("orders.total", "value")) for i in range(30)]
    assert truth(SCHEMA, [values], ()).evidence["orders.total"] == tuple(range(1, 13))


def test_what_no_column_is_called_is_no_evidence() -> None:
    found = truth(SCHEMA, [[line(10, 10, "Gone", ("gone.name", "value"))]], ())
    assert not found.evidence
    assert set(found.visibility.values()) == {Visibility.HIDDEN}


def test_no_screens_lines_or_tables() -> None:
    found = truth(Schema(()), [[], LIST[:1]], ())
    assert (len(found.lines[0]), len(found.lines[1]), found.visibility, found.evidence) == (0, 1, {}, {})
