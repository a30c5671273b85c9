"""Pages on which the rules once went wrong: dialogs, calendars, link lists, charts, labelled cards, odd characters."""

from __future__ import annotations

import pytest

from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages.page import Line, Page
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.execute import execute
from ghost_architect.schema.objects import Schema

from .drawing import BORDER, GREY, Screen, listing, scaled, shifted
from .samples import ORDER_ROWS, page, types


def names(of: Schema) -> list[str]:
    return [t.name for t in of.tables]


def expense_dialog(screen: Screen) -> None:
    screen.frame((280, 110, 560, 480), "#ffffff", None)
    screen.heading(310, 140, "Add expense", 24)
    for y, label, text in (
        (200, "Title", ""),
        (284, "Amount", "$12.00"),
        (368, "Spent on", ""),
        (452, "Receipt number", ""),
    ):
        screen.labelled(310, y, label, text, 480)
    screen.button(310, 545, "Save")


def test_a_dialog_hides_the_grid_behind_it() -> None:
    screen = Screen(1100, 700, "#7f7f7f")
    screen.write(40, 20, "Warehouses", 28, "#202020")
    rows = [("Name", "City", "Phone", "Opened")]
    rows += [(f"House {i}", "Oslo", f"555 010 {20 + i}", f"2020-01-0{i + 1}") for i in range(8)]
    for i, row in enumerate(rows):
        for x, text in zip((30, 120, 860, 980), row, strict=True):
            screen.write(x, 80 + 60 * i, text, 16, "#303030")
    expense_dialog(screen)
    assert names(read_page(screen.page())) == ["expenses"]


def test_a_month_is_no_table() -> None:
    screen = Screen()
    screen.heading(40, 30, "March 2024")
    for i, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")):
        screen.write(50 + 130 * i, 100, day, 14, GREY)
    for n in range(31):
        screen.write(50 + 130 * ((n + 4) % 7), 140 + 80 * ((n + 4) // 7), str(n + 1))
    assert names(read_page(screen.page())) == []


def test_columns_of_links_are_no_table() -> None:
    screen = Screen(1000, 400, "#111827")
    columns = (
        ("Company", "About us", "Careers", "Press"),
        ("Support", "Help centre", "Contact us", "Status page"),
        ("Legal", "Terms of service", "Privacy policy", "Cookies"),
        ("Follow us", "Mastodon", "Newsletter", "Blog"),
    )
    for i, column in enumerate(columns):
        for j, text in enumerate(column):
            screen.write(40 + 240 * i, 60 + 40 * j, text, 18 if j == 0 else 15, "#9ca3af")
    assert names(read_page(screen.page())) == []


def test_the_bars_of_a_chart_are_no_fields() -> None:
    screen = Screen()
    screen.heading(40, 20, "Sales by region", 24)
    for i, (word, value) in enumerate((("North", 300), ("South", 180), ("East", 250), ("West", 90))):
        screen.bar((140, 90 + 70 * i, 2 * value, 36), "#2563eb")
        screen.write(60, 98 + 70 * i, word, 14)
        screen.write(150 + 2 * value, 98 + 70 * i, f"${value}k", 14)
    assert names(read_page(screen.page())) == []


def test_a_complaint_under_a_field_is_no_field() -> None:
    screen = Screen(1000, 600)
    screen.heading(40, 30, "New customer")
    for y, label in ((110, "Full name"), (220, "Email"), (330, "Birthday")):
        screen.labelled(40, y, label)
    screen.write(40, 400, "This field is required", 13, "#c00000")
    (found,) = read_page(screen.page()).tables
    assert list(types(found)) == ["id", "full_name", "email", "birthday"]


def test_a_label_on_every_card_makes_no_second_table() -> None:
    """The label over its value, on all cards, is taken for a record, and the rest of the cards for its items."""
    screen = Screen(1080, 640, "#f4f5f7")
    screen.heading(40, 30, "Products")
    goods = (("Steel bolt", "BLT-20", "$0.40"), ("Wood screw", "SCR-31", "$0.15"), ("Brass hinge", "HNG-07", "$3.20"))
    for i, (name, code, price) in enumerate(goods):
        x = 40 + 340 * i
        screen.frame((x, 100, 310, 220), outline=BORDER)
        screen.write(x + 20, 124, name, 18)
        screen.write(x + 20, 170, "SKU", 14, GREY)
        screen.write(x + 20, 194, code)
        screen.write(x + 20, 250, price)
    (found,) = read_page(screen.page()).tables
    assert (found.name, list(types(found))) == ("products", ["id", "name", "sku", "price"])


def test_one_header_half_way_beside_wrapped_ones() -> None:
    """A single line between the two rows of a header is dropped with its column."""
    screen = Screen()
    screen.heading(40, 30, "Contracts")
    for x, words in ((40, ("Contract", "number")), (240, ("Monthly", "fee")), (400, ("Signed", "on"))):
        screen.write(x, 110, words[0])
        screen.write(x, 132, words[1])
    screen.write(560, 121, "Customer email")
    rows = (("CT-2001", "$40.00", "2023-01-15", "ada@x.org"), ("CT-2002", "$55.00", "2023-02-20", "bo@x.org"))
    for i, row in enumerate(rows):
        for x, text in zip((40, 240, 400, 560), row, strict=True):
            screen.write(x, 180 + 44 * i, text)
    (found,) = read_page(screen.page()).tables
    assert list(types(found)) == ["id", "contract_number", "monthly_fee", "signed_on", "customer_email"]


@pytest.mark.parametrize(
    "values", [["12 km", "40 km", "7 km"], ["7 days", "30 days", "2 days"], ["16 GB", "8 GB", "64 GB"]]
)
def test_short_measures_are_values(values: list[str]) -> None:
    """`is_known("7 km")` holds, since "km$" is a word of `measure`: the grid is then taken for a record."""
    columns = {"City": ["Oslo", "Lund", "Ghent"], "Measure": values, "Note": ["Fjord", "Plain", "River"]}
    (found,) = read_page(listing("Routes", columns)).tables
    assert list(types(found)) == ["id", "city", "measure", "note"]


@pytest.mark.parametrize(("name", "down"), [("booking_form", 2), ("order_with_items", 7)])
def test_the_order_of_columns_does_not_change_with_the_place(name: str, down: int) -> None:
    """`forms._block` sorts by steps of 8 pixels: two labels of one row can fall into two of them."""
    before, after = (read_page(p) for p in (page(name), shifted(page(name), 0, down)))
    assert [list(types(t)) for t in before.tables] == [list(types(t)) for t in after.tables]


def test_the_arrow_of_a_select_at_three_times_the_scale() -> None:
    """`boxes._narrows` and `_FIELD` end at 24 and 90 pixels; telephones have three pixels where others have one."""
    screen = Screen(460, 360)
    screen.heading(20, 20, "New booking", 26)
    screen.chosen(20, 80, "Payment method", "Cash")
    screen.labelled(20, 164, "Due date", "2024-01-01")
    screen.labelled(20, 248, "Amount", "$12.00")
    drawn = screen.page()
    assert names(read_page(scaled(drawn, 3))) == names(read_page(drawn)) == ["payment_methods", "bookings"]


def test_a_line_without_a_text() -> None:
    """`titles._could_head` looks at the first letter."""
    drawn = Page("a.png", 400, 300, (Line(1, (10, 10, 40, 12), "Name"), Line(2, (10, 40, 40, 12), "")))
    assert read_page(drawn).tables == ()


@pytest.mark.parametrize("status", ["nul\x00byte", "two\nlines", "\u202edraft\u202c", "zero\u200bwidth"])
def test_values_of_an_enum_hold_no_characters_that_cannot_be_seen(status: str) -> None:
    columns = {"Name": ["North gate", "Main hall", "Old mill"], "Email": ["a@x.org", "b@x.org", "c@x.org"]}
    found = read_page(listing("Rooms", {**columns, "Status": ["Open", status, "Open"]}))
    assert all(value.isprintable() for t in found.tables for c in t.columns for value in c.enum)
    ran = execute(ddl(found, "sqlite"), "sqlite", expected=found)
    assert (ran.ok, ran.error) == (True, "")


def test_a_table_whose_name_sqlite_keeps_for_itself() -> None:
    """SQLite refuses every name that begins with sqlite_; `fit` or `verify` for SQLite has to know."""
    drawn = listing(
        "sqlite_master", {"Name": ["North gate", "Main hall"], "Price": ["$1.00", "$2.00"], "City": ["Oslo", "Lund"]}
    )
    found = read_page(drawn)
    ran = execute(ddl(found, "sqlite"), "sqlite", expected=found)
    assert (ran.ok, ran.error) == (True, "")


def test_evidence_has_the_boxes_of_the_page() -> None:
    """`read_page` cites lines after `evened`; the answer repairs it, since it only carries their numbers."""
    drawn = page("orders_grid")
    boxes = {n.n: n.box for n in drawn.lines}
    cited = [e for t in read_page(drawn).tables for c in t.columns for e in c.evidence]
    assert [(e.line, e.box) for e in cited] == [(e.line, boxes[e.line]) for e in cited]


@pytest.mark.parametrize("header", ["Views", "Downloads"])
def test_counts_that_are_stored_are_columns(header: str) -> None:
    """The file lists them as words of `quantity`; without its s, the header is the button "view"."""
    columns = {
        "Title": ["North gate", "Main hall", "Old mill"],
        header: ["120", "44", "1,200"],
        "Email": [r[1] for r in ORDER_ROWS[:3]],
    }
    (found,) = read_page(listing("Videos", columns)).tables
    assert types(found).get(header.lower()) == "integer"


def test_a_box_to_tick_that_begins_with_send() -> None:
    """ "^send" is a word of `action`, and "^send " one of `flag` that is never reached."""
    screen = Screen(800, 400)
    screen.heading(40, 30, "Edit contact")
    screen.labelled(40, 90, "Full name")
    screen.labelled(40, 174, "Email")
    screen.tick(40, 270, "Send notifications")
    (found,) = read_page(screen.page()).tables
    assert types(found).get("send_notifications") == "boolean not null"


def test_a_list_in_groups_is_named_after_the_page() -> None:
    """It is named after its first column, and cites the heading of the page all the same."""
    assert names(read_page(page("grid_in_groups"))) == ["bookings"]
