"""Every screen that the tests of the rules draw: `SHOWN` with data, `SILENT` without."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages.page import Page
from ghost_architect.schema.answer import AnswerRead, read_answer
from ghost_architect.schema.objects import Evidence, Schema, Table
from ghost_architect.schema.types import spell

from .drawing import BORDER, GREY, INK, Screen

SHOWN: dict[str, Callable[[], Page]] = {}
SILENT: dict[str, Callable[[], Page]] = {}


def _shown(draw: Callable[[], Screen]) -> Callable[[], Screen]:
    SHOWN[draw.__name__] = cache(lambda: draw().page(draw.__name__ + ".png"))
    return draw


def _silent(draw: Callable[[], Screen]) -> Callable[[], Screen]:
    SILENT[draw.__name__] = cache(lambda: draw().page(draw.__name__ + ".png"))
    return draw


def page(name: str) -> Page:
    """A drawn screen."""
    return (SHOWN | SILENT)[name]()


@cache
def schema(name: str) -> Schema:
    """What the rules read from it."""
    return read_page(page(name))


def table(name: str, table_name: str) -> Table:
    """One of its tables."""
    found = schema(name).table(table_name)
    assert found is not None, [t.name for t in schema(name).tables]
    return found


def understood(drawn: Page, text: str) -> AnswerRead:
    """What somebody else reads in an answer to this page."""
    return read_answer(text, {n.n: Evidence(0, n.n, n.box, n.text) for n in drawn.lines})


def types(of: Table) -> dict[str, str]:
    """Its columns in order, `enum(a, b)` or the spelled type, " not null" where it is."""
    return {
        c.name: (f"enum({', '.join(c.enum)})" if c.enum else spell(c.type)) + ("" if c.nullable else " not null")
        for c in of.columns
    }


# --- grids ------------------------------------------------------------------------------------------------------

ORDER_COLUMNS = [
    (160, "Order number"),
    (220, "Email"),
    (130, "Total"),
    (140, "Status"),
    (140, "Placed on"),
    (80, "Paid"),
]
ORDER_ROWS = [
    ["SO-1001", "ada@example.org", "$120.50", "Draft", "2024-03-01", "Yes"],
    ["SO-1002", "bo@example.org", "$99.00", "Sent", "2024-03-02", "No"],
    ["SO-1003", "cy@example.org", "$10.00", "Draft", "2024-03-05", "Yes"],
    ["SO-1004", "di@example.org", "$1,210.00", "Done", "2024-03-08", "Yes"],
]
MENU = ("Dashboard", "Orders", "Customers", "Reports", "Settings")


def _menu(screen: Screen, step: int = 36) -> None:
    screen.bar((0, 0, 190, screen.height), "#1f2937")
    for i, word in enumerate(MENU):
        screen.write(30, 100 + step * i, word, 16, "#e5e7eb")


@_shown
def orders_grid() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Orders")
    screen.button(820, 26, "Add order")
    screen.grid(40, 110, ORDER_COLUMNS, ORDER_ROWS)
    return screen


@_shown
def grid_beside_a_menu() -> Screen:
    screen = Screen(1180)
    _menu(screen)
    screen.heading(240, 30, "Orders")
    screen.grid(240, 110, ORDER_COLUMNS, ORDER_ROWS)
    return screen


@_shown
def grid_beside_a_menu_on_its_rows() -> Screen:
    """The worst case: the menu keeps the grid's rows, but says the same on no two of them."""
    screen = Screen(1180)
    _menu(screen, 44)
    screen.heading(240, 30, "Invoices")
    screen.grid(240, 100, ORDER_COLUMNS, ORDER_ROWS)
    return screen


@_shown
def grid_with_tools() -> Screen:
    """A row number, a check mark column, buttons, a computed figure: none of them is stored."""
    screen = Screen()
    screen.heading(40, 30, "Products")
    columns = [
        (60, "#"),
        (220, "Product name"),
        (140, "SKU"),
        (120, "Price"),
        (100, "Stock"),
        (140, "Subtotal"),
        (140, "Actions"),
    ]
    rows = [
        ["1", "Steel bolt", "BLT-20", "€0.40", "1200", "€480.00", "Edit Delete"],
        ["2", "Wood screw", "SCR-31", "€0.15", "5400", "€810.00", "Edit Delete"],
        ["3", "Brass hinge", "HNG-07", "€3.20", "310", "€992.00", "Edit Delete"],
        ["4", "Door lock", "LCK-11", "€24.90", "45", "€1,120.50", "Edit Delete"],
    ]
    screen.grid(40, 110, columns, rows)
    return screen


@_shown
def wrapped_header() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Contracts")
    for x, words in ((40, ("Contract", "number")), (240, ("Monthly", "fee")), (400, ("Signed", "on"))):
        screen.write(x, 110, words[0])
        screen.write(x, 132, words[1])
    screen.write(560, 132, "Customer email")
    rows = [
        ("CT-2001", "$40.00", "2023-01-15", "ada@example.org"),
        ("CT-2002", "$55.00", "2023-02-20", "bo@example.org"),
        ("CT-2003", "$25.50", "2023-04-02", "cy@example.org"),
    ]
    for i, row in enumerate(rows):
        for x, text in zip((40, 240, 400, 560), row, strict=True):
            screen.write(x, 180 + 44 * i, text)
    return screen


@_shown
def wrapped_rows() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Tickets")
    for x, text in ((40, "Subject"), (340, "Email"), (580, "Priority"), (740, "Created")):
        screen.write(x, 110, text)
    rows = [
        (("Printer on the third", "floor is jammed"), "ada@example.org", "High", "2024-01-05 10:30"),
        (("Password reset",), "bo@example.org", "Low", "2024-01-06 09:12"),
        (("Screen stays black", "after an update"), "cy@example.org", "High", "2024-01-07 16:45"),
        (("Cannot open mail",), "di@example.org", "Medium", "2024-01-08 08:01"),
    ]
    y = 160
    for subject, *rest in rows:
        for i, part in enumerate(subject):
            screen.write(40, y + 20 * i, part)
        for x, text in zip((340, 580, 740), rest, strict=True):
            screen.write(x, y, text)
        y += 66
    return screen


@_shown
def grid_with_holes() -> Screen:
    """Empty cells, dashes, right-aligned figures."""
    screen = Screen()
    screen.heading(40, 30, "Employees")
    rows = [
        ["Ada Berg", "ada@example.org", "+47 555 010 22", "2019-05-02"],
        ["Bo Lind", "", "-", "2020-01-07"],
        ["Cy Dahl", "cy@example.org", "", "2021-11-30"],
        ["Di Roos", "di@example.org", "+47 555 010 77", ""],
        ["Ed Holm", "ed@example.org", "+47 555 010 31", "2022-02-14"],
    ]
    screen.grid(40, 110, [(200, "Full name"), (240, "Email"), (220, "Phone"), (160, "Hire date")], rows)
    return screen


@_shown
def two_grids() -> Screen:
    screen = Screen(1000, 760)
    screen.heading(40, 30, "Suppliers", 24)
    screen.grid(
        40,
        80,
        [(260, "Name"), (260, "Website"), (200, "Phone")],
        [
            ["Nordic Steel", "https://nordic.example", "+47 555 010 22"],
            ["Alpine Wood", "https://alpine.example", "+41 555 010 44"],
            ["Coast Paint", "https://coast.example", "+45 555 010 55"],
        ],
    )
    screen.heading(40, 380, "Shipments", 24)
    screen.grid(
        40,
        430,
        [(260, "Tracking number"), (260, "Shipped at"), (200, "Weight")],
        [
            ["TR-889001", "2024-02-01 08:00", "12.5 kg"],
            ["TR-889002", "2024-02-03 14:30", "7.0 kg"],
            ["TR-889003", "2024-02-04 11:15", "150.2 kg"],
        ],
    )
    return screen


@_shown
def references_in_a_grid() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Projects")
    rows = [
        ["Apollo", "Northwind Ltd", "Ada Berg", "$12,000.00", "40%"],
        ["Borealis", "Contoso", "Bo Lind", "$8,500.00", "75%"],
        ["Cirrus", "Fabrikam", "Cy Dahl", "$990.00", "10%"],
    ]
    screen.grid(40, 110, [(180, "Name"), (200, "Customer"), (180, "Owner"), (160, "Budget"), (120, "Progress %")], rows)
    return screen


@_shown
def bordered_grid() -> Screen:
    """Every cell a box, the header grey."""
    screen = Screen()
    screen.heading(40, 30, "Courses")
    rows = [
        ["Course code", "Title", "Credits", "Tuition fee"],
        ["CS-101", "Databases", "6", "$900.00"],
        ["CS-102", "Compilers", "9", "$1,200.00"],
        ["MA-201", "Algebra", "6", "$850.00"],
        ["MA-202", "Statistics", "3", "$450.00"],
    ]
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            screen.frame((40 + 220 * j, 100 + 44 * i, 221, 45), "#eeeeee" if i == 0 else "#ffffff")
            screen.write(54 + 220 * j, 113 + 44 * i, text)
    return screen


@_shown
def busy_grid() -> Screen:
    """A filter bar above, boxes to tick, coloured pills, paging below."""
    screen = Screen(1060, 600)
    screen.heading(40, 24, "Shipments")
    screen.input(40, 80, "Search shipments", 300, colour="#8a8a8a")
    screen.select(360, 80, "All statuses", 200)
    screen.button(580, 80, "Filter")
    columns = [("Tracking number", 90), ("Destination", 300), ("Status", 520), ("Shipped on", 690), ("Weight", 860)]
    screen.bar((40, 140, 980, 44), "#f1f3f5")
    screen.frame((56, 153, 18, 18), outline="#555555")
    for text, x in columns:
        screen.write(x, 153, text)
    rows = [
        ("TR-889001", "Bergen", "In transit", "2024-02-01", "12.5 kg"),
        ("TR-889002", "Lund", "Delivered", "2024-02-03", "7.0 kg"),
        ("TR-889003", "Oslo", "In transit", "2024-02-04", "150.2 kg"),
        ("TR-889004", "Ghent", "Returned", "2024-02-06", "3.3 kg"),
        ("TR-889005", "Basel", "Delivered", "2024-02-07", "41.0 kg"),
    ]
    for i, row in enumerate(rows):
        y = 200 + 48 * i
        screen.frame((56, y - 1, 18, 18), outline="#555555")
        screen.draw.rounded_rectangle((510, y - 5, 620, y + 23), 14, ("#d3f9d8", "#ffe3e3", "#d0ebff")[i % 3])
        for (_, x), text in zip(columns, row, strict=True):
            screen.write(x, y, text)
        screen.draw.line((40, y + 32, 1020, y + 32), "#dee2e6")
    screen.write(40, 470, "Showing 1 to 5 of 48 entries", 14, GREY)
    for x, text in ((760, "Previous"), (850, "1"), (880, "2"), (910, "3"), (940, "Next")):
        screen.write(x, 470, text, 14)
    return screen


@_shown
def aligned_right_and_in_the_middle() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Payments")
    rows = [
        ["Number", "Amount", "Paid on"],
        ["PM-1001", "$1,200.00", "2024-01-01"],
        ["PM-1002", "$5.00", "2024-01-03"],
        ["PM-1003", "$99.90", "2024-02-01"],
    ]
    for i, row in enumerate(rows):
        for x, share, text in zip((40, 460, 700), (0, 1, 0.5), row, strict=True):
            screen.write(x - round(share * screen.draw.textlength(text, font_size=16)), 110 + 44 * i, text)
    return screen


@_shown
def tagged_grid() -> Screen:
    """Several tags in a cell."""
    screen = Screen()
    screen.heading(40, 30, "Articles")
    rows = [
        ["Why rivers bend", "Ada Berg", "water, land", "2024-01-01"],
        ["Old mills", "Bo Lind", "houses, water, work", "2024-01-02"],
        ["Snow", "Cy Dahl", "weather", "2024-02-01"],
    ]
    screen.grid(40, 110, [(300, "Title"), (200, "Author"), (260, "Tags"), (140, "Published on")], rows)
    return screen


@_shown
def people_grid() -> Screen:
    """A round picture and a second, smaller line in the first cell; coloured rows."""
    screen = Screen()
    screen.heading(40, 30, "Members")
    for x, text in ((40, "Name"), (360, "Role"), (560, "Status"), (760, "Last login")):
        screen.write(x, 110, text, 14, GREY)
    rows = (
        ("Ada Berg", "ada@example.org", "Admin", "Active", "2024-01-01 10:00"),
        ("Bo Lind", "bo@example.org", "Editor", "Active", "2024-01-02 10:00"),
        ("Cy Dahl", "cy@example.org", "Viewer", "Invited", "2024-01-03 10:00"),
        ("Di Roos", "di@example.org", "Viewer", "Active", "2024-01-04 10:00"),
    )
    for i, (name, mail, *rest) in enumerate(rows):
        y = 150 + 70 * i
        screen.bar((30, y - 14, 940, 70), "#f3f4f6" if i % 2 else "#ffffff")
        screen.draw.ellipse((40, y, 76, y + 36), "#93c5fd")
        screen.write(90, y, name)
        screen.write(90, y + 22, mail, 14, GREY)
        for x, text in zip((360, 560, 760), rest, strict=True):
            screen.write(x, y + 10, text)
    return screen


@_shown
def grid_in_groups() -> Screen:
    """One list under two headings, the header repeated."""
    screen = Screen(1000, 700)
    screen.heading(40, 24, "Bookings", 30)
    columns = [(260, "Guest email"), (200, "Arrival date"), (200, "Status"), (160, "Price")]
    groups = (
        ("North wing", (("ada@x.org", "2024-01-02", "Open", "$40.00"), ("bo@x.org", "2024-01-03", "Paid", "$55.00"))),
        ("South wing", (("cy@x.org", "2024-01-05", "Open", "$60.00"), ("di@x.org", "2024-01-09", "Lost", "$45.00"))),
    )
    for i, (title, rows) in enumerate(groups):
        screen.heading(40, 100 + 280 * i, title, 20)
        screen.grid(40, 150 + 280 * i, columns, rows)
    return screen


@_shown
def grid_beside_a_titled_menu() -> Screen:
    """The menu's first word is level with the header, and one of its entries with a row."""
    screen = Screen(1180)
    for y, word in ((110, "Overview"), (154, "Calendar"), (430, "Help desk")):
        screen.write(30, y, word)
    screen.heading(240, 30, "Orders")
    screen.grid(240, 110, ORDER_COLUMNS, ORDER_ROWS)
    return screen


# --- forms ------------------------------------------------------------------------------------------------------


@_shown
def customer_form() -> Screen:
    """Labels above the fields, every kind of widget."""
    screen = Screen(1000, 700)
    screen.heading(40, 30, "Add customer")
    screen.labelled(40, 90, "Full name *")
    screen.labelled(40, 174, "Email")
    screen.labelled(40, 258, "Phone number")
    screen.chosen(40, 342, "Department", "Please select")
    screen.labelled(40, 426, "Birth date", "YYYY-MM-DD")
    screen.chosen(480, 90, "Status", "Active")
    screen.labelled(480, 174, "Credit limit", "$500.00")
    screen.write(480, 258, "Notes")
    screen.frame((480, 284, 320, 120))
    screen.tick(480, 440, "Newsletter enabled")
    screen.button(40, 540, "Save")
    screen.button(180, 540, "Cancel")
    return screen


@_shown
def labels_at_the_left() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "New vehicle")
    for y, label in zip(
        (100, 160, 220, 280, 340),
        ("License plate", "Model year", "Purchase price", "Mileage", "Description"),
        strict=True,
    ):
        screen.write(40, y + 10, label + ":")
        if label == "Description":
            screen.frame((260, y, 400, 130))
        else:
            screen.input(260, y, "", 400)
    screen.button(260, 520, "Create")
    return screen


@_shown
def labels_inside() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Register student")
    for y, text in zip((100, 160, 220, 280), ("First name", "Last name", "Email address", "Phone number"), strict=True):
        screen.input(40, y, text, 460, colour="#8a8a8a")
    screen.frame((40, 340, 460, 130))
    screen.write(50, 352, "Enter your address ...", 16, "#8a8a8a")
    screen.button(40, 500, "Register")
    return screen


@_shown
def user_form() -> Screen:
    """A sign-up form asks for more than a login."""
    screen = Screen()
    screen.heading(40, 30, "Create user")
    for y, label in zip(
        (90, 174, 258, 342, 426), ("First name", "Last name", "Email", "Password", "Confirm password"), strict=True
    ):
        screen.labelled(40, y, label)
    screen.tick(480, 120, "Is active")
    screen.button(40, 540, "Create user")
    return screen


@_shown
def booking_form() -> Screen:
    """A pair of dates, an entity to pick, a number."""
    screen = Screen()
    screen.heading(40, 30, "New booking")
    screen.chosen(40, 90, "Customer *", "Ada Berg")
    screen.chosen(40, 174, "Room", "Select a room")
    screen.labelled(40, 258, "Start date *", "2024-03-01")
    screen.labelled(480, 258, "End date", "2024-03-05")
    screen.labelled(40, 342, "Guests count", "2")
    screen.chosen(480, 342, "Payment method", "Cash")
    screen.button(40, 460, "Save")
    return screen


@_shown
def form_in_a_dialog() -> Screen:
    """In front of a dimmed page with a form of its own."""
    screen = Screen(1100, 700, "#7f7f7f")
    screen.write(40, 30, "Warehouses", 28, "#202020")
    for y, label in zip((90, 200, 310), ("Colour", "Weight", "Deposit"), strict=True):
        screen.write(40, y, label, 16, "#202020")
        screen.frame((40, y + 26, 150, 38), "#808080", "#606060")
    screen.frame((280, 110, 560, 480), "#ffffff", None)
    screen.heading(310, 140, "Add expense", 24)
    screen.labelled(310, 200, "Title", "", 480)
    screen.labelled(310, 284, "Amount", "$12.00", 480)
    screen.labelled(310, 368, "Spent on", "2024-02-01", 480)
    screen.labelled(310, 452, "Receipt number", "", 480)
    screen.button(310, 545, "Save")
    return screen


@_shown
def grey_bars() -> Screen:
    """A wireframe: bars where values will be."""
    screen = Screen()
    screen.heading(40, 30, "Invoice")
    for y, label in zip(
        (110, 160, 210, 260, 310), ("Invoice number", "Due date", "Total amount", "Email", "Phone"), strict=True
    ):
        screen.write(40, y, label)
        screen.bar((260, y, 240, 20))
    return screen


@_shown
def order_with_items() -> Screen:
    """A form with the grid of its parts below."""
    screen = Screen(1000, 720)
    screen.heading(40, 30, "Edit order", 30)
    screen.chosen(40, 90, "Customer", "Ada Berg")
    screen.labelled(480, 90, "Order date", "2024-03-01")
    screen.labelled(40, 174, "Order number", "SO-1001")
    screen.chosen(480, 174, "Status", "Draft")
    screen.heading(40, 300, "Order items", 22)
    screen.grid(
        40,
        350,
        [(280, "Description"), (160, "Quantity"), (160, "Unit price"), (160, "Line total")],
        [
            ["Steel bolt M8", "40", "$0.40", "$16.00"],
            ["Wood screw", "100", "$0.15", "$15.00"],
            ["Brass hinge", "2", "$3.20", "$6.40"],
        ],
    )
    screen.button(40, 600, "Save")
    return screen


@_shown
def dark_form() -> Screen:
    screen = Screen(1000, 640, "#111827")
    screen.write(40, 30, "New supplier", 28, "#f9fafb")
    for y, label, text in (
        (90, "Company name *", "Nordic Steel"),
        (174, "Website", "https://nordic.example"),
        (258, "Phone", ""),
        (342, "VAT number", ""),
    ):
        screen.write(40, y, label, 16, "#d1d5db")
        screen.frame((40, y + 26, 400, 38), "#1f2937", "#4b5563")
        if text:
            screen.write(50, y + 36, text, 16, "#f9fafb")
    screen.button(40, 450, "Save")
    return screen


@_shown
def form_in_parts() -> Screen:
    """Headings of parts do not make tables; borderless grey fields."""
    screen = Screen(1000, 760)
    screen.heading(40, 24, "Edit employee", 30)
    screen.heading(40, 90, "Personal information", 22)
    screen.heading(40, 390, "Details", 22)
    fields = (
        (40, 140, "First name"),
        (500, 140, "Last name"),
        (40, 230, "Email"),
        (500, 230, "Mobile phone"),
        (40, 440, "Job title"),
        (500, 440, "Salary"),
        (40, 530, "Hire date"),
        (500, 530, "Postal code"),
    )
    for x, y, label in fields:
        screen.write(x, y, label)
        screen.bar((x, y + 28, 420, 40), "#eceff1")
    screen.button(40, 660, "Save changes", 160)
    return screen


@_shown
def switches() -> Screen:
    """Toggles, a number with a spinner, a fixed choice."""
    screen = Screen()
    screen.heading(40, 30, "New coupon")
    screen.labelled(40, 90, "Coupon code", "SPRING")
    screen.labelled(40, 174, "Discount percent", "15")
    screen.chosen(40, 258, "Type", "Fixed amount")
    for y, label in ((350, "Is public"), (400, "Auto renew")):
        screen.draw.rounded_rectangle((40, y, 80, y + 20), 10, "#2563eb" if y == 350 else "#9ca3af")
        screen.write(96, y + 1, label)
    screen.button(40, 470, "Save")
    return screen


@_shown
def form_with_advice() -> Screen:
    """Small grey sentences under the heading and under the fields."""
    screen = Screen(1000, 640)
    screen.heading(40, 30, "New customer")
    screen.write(40, 70, "Fields marked with * are required", 13, GREY)
    advice = (
        ("Full name *", "As on the passport"),
        ("Email", "We never share your email"),
        ("Phone", "Include the country code"),
    )
    for i, (label, text) in enumerate(advice):
        screen.labelled(40, 110 + 110 * i, label)
        screen.write(40, 180 + 110 * i, text, 13, GREY)
    return screen


@_shown
def narrow_form() -> Screen:
    """On a telephone."""
    screen = Screen(390, 640)
    screen.heading(20, 30, "New task", 24)
    screen.labelled(20, 90, "Title", "", 350)
    screen.chosen(20, 174, "Assignee", "Select user", 350)
    screen.labelled(20, 258, "Due date", "2024-01-01", 350)
    screen.write(20, 342, "Description")
    screen.frame((20, 368, 350, 120))
    screen.button(20, 520, "Save", 350)
    return screen


@_shown
def fields_in_a_grid() -> Screen:
    """Line items that can be typed over."""
    screen = Screen()
    screen.heading(40, 30, "Edit invoice")
    screen.labelled(40, 80, "Invoice number", "INV-100")
    screen.labelled(480, 80, "Due date", "2024-01-01")
    screen.chosen(40, 164, "Customer", "Ada Berg")
    columns = ((40, 340, "Description"), (400, 120, "Quantity"), (560, 140, "Unit price"))
    for x, _, text in columns:
        screen.write(x, 290, text)
    for i, row in enumerate((("Steel bolt", "4", "$0.40"), ("Wood screw", "10", "$0.15"), ("Hinge", "2", "$3.20"))):
        for (x, width, _), text in zip(columns, row, strict=True):
            screen.input(x - 4, 320 + 50 * i, text, width)
    return screen


# --- records ----------------------------------------------------------------------------------------------------

PATIENT = (
    ("Full name", "Ada Berg"),
    ("Email", "ada@example.org"),
    ("Phone", "+47 555 010 22"),
    ("Date of birth", "1984-07-11"),
    ("Blood group", "A+"),
    ("Balance", "$120.00"),
)


@_shown
def detail_beside() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Patient details")
    for i, (label, value) in enumerate(PATIENT):
        screen.write(40, 110 + 40 * i, label, 16, GREY)
        screen.write(260, 110 + 40 * i, value)
    return screen


@_shown
def detail_over() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Patient details")
    for i, (label, value) in enumerate(PATIENT):
        screen.write(40, 100 + 62 * i, label, 14, GREY)
        screen.write(40, 122 + 62 * i, value)
    return screen


@_shown
def detail_in_tiles() -> Screen:
    """Two rows of labels over values: the second could be a grid of one row."""
    screen = Screen()
    screen.heading(40, 30, "Patient details")
    for i, (label, value) in enumerate(PATIENT):
        x, y = 40 + 320 * (i % 3), 120 + 90 * (i // 3)
        screen.write(x, y, label, 14, GREY)
        screen.write(x, y + 22, value)
    return screen


@_shown
def detail_with_colons() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Patient details")
    for i, (label, value) in enumerate(PATIENT):
        screen.write(40, 110 + 40 * i, f"{label}: {value}")
    return screen


@_shown
def cards() -> Screen:
    screen = Screen(1080, 640, "#f4f5f7")
    screen.heading(40, 30, "Products")
    goods = (
        ("Steel bolt", "BLT-20", "$0.40"),
        ("Wood screw", "SCR-31", "$0.15"),
        ("Brass hinge", "HNG-07", "$3.20"),
        ("Door lock", "LCK-11", "$24.90"),
        ("Window latch", "LTC-02", "$7.75"),
        ("Roof tile", "TLE-90", "$2.05"),
    )
    for i, (name, code, price) in enumerate(goods):
        x, y = 40 + 340 * (i % 3), 100 + 250 * (i // 3)
        screen.frame((x, y, 310, 220))
        screen.write(x + 20, y + 24, name, 18)
        screen.write(x + 20, y + 70, code, 14, GREY)
        screen.write(x + 20, y + 150, price)
    return screen


# --- nothing ----------------------------------------------------------------------------------------------------


@_silent
def blank() -> Screen:
    return Screen()


@_silent
def article() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Why rivers bend", 32)
    screen.write(40, 84, "By Mara Vale, 3 March 2024", 14, GREY)
    text = (
        "A river that flows over flat land does not stay in a straight line for long.",
        "Water on the outside of a bend is faster than water on the inside of it, and so it",
        "carries more away from the outer bank than it leaves there. The bend grows.",
        "On the inside the water is slow, and what it has carried so far sinks to the bed.",
        "After some decades the loop is so narrow that a flood cuts through its neck.",
        "What remains is a lake in the shape of a horseshoe, which slowly fills with mud.",
        "Engineers who straightened rivers learned that the water does not forget.",
    )
    for i, line in enumerate(text):
        screen.write(40, 130 + 28 * i, line)
    return screen


@_silent
def login() -> Screen:
    screen = Screen(1000, 640, "#eef1f5")
    screen.frame((320, 120, 360, 380))
    screen.heading(350, 150, "Sign in", 26)
    screen.labelled(350, 210, "Email", "", 300)
    screen.labelled(350, 294, "Password", "", 300)
    screen.tick(350, 390, "Remember me")
    screen.button(350, 430, "Sign in", 300)
    return screen


@_silent
def newsletter() -> Screen:
    screen = Screen()
    screen.heading(280, 160, "Stay up to date", 32)
    screen.write(280, 220, "News from our workshop, once a month, no advertising.")
    screen.input(280, 270, "Enter your email", 300, colour="#8a8a8a")
    screen.button(600, 270, "Subscribe")
    return screen


@_silent
def navigation() -> Screen:
    screen = Screen()
    screen.bar((0, 0, 1000, 64), "#1f2937")
    for x, word in zip(range(40, 900, 140), ("Acme", "Products", "Pricing", "About", "Contact"), strict=False):
        screen.write(x, 22, word, 16, "#ffffff")
    screen.heading(300, 220, "Tools for small teams", 36)
    screen.button(420, 320, "Get started", 160)
    return screen


@_silent
def figures() -> Screen:
    """A strip of key figures: sums over rows, and no rows."""
    screen = Screen(1080, 400, "#f4f5f7")
    screen.heading(40, 30, "Dashboard")
    tiles = (("Total revenue", "$84,250"), ("Orders", "1,204"), ("Customers", "860"), ("Conversion rate", "3.2%"))
    for i, (label, value) in enumerate(tiles):
        screen.frame((40 + 255 * i, 100, 235, 130))
        screen.write(60 + 255 * i, 122, label, 14, GREY)
        screen.write(60 + 255 * i, 156, value, 32)
    return screen


@_silent
def chart() -> Screen:
    """Paper with lines in both directions, words at one axis and numbers at the other."""
    screen = Screen(1000, 600)
    screen.heading(40, 20, "Revenue by month", 24)
    for i in range(7):
        screen.draw.line((100, 90 + 60 * i, 900, 90 + 60 * i), BORDER)
        screen.write(50, 82 + 60 * i, str(600 - 100 * i), 14, GREY)
    for i, month in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug")):
        screen.draw.line((100 + 100 * i, 90, 100 + 100 * i, 450), BORDER)
        screen.write(135 + 100 * i, 465, month, 14, GREY)
    screen.draw.line([(100 + 100 * i, 430 - 35 * i - 60 * (i % 3)) for i in range(8)], "#2563eb", 3)
    return screen


@_silent
def figures_without_boxes() -> Screen:
    screen = Screen(1080, 400)
    screen.heading(40, 30, "Overview")
    for i, (value, label) in enumerate(
        (("1,204", "Orders"), ("$84,250", "Revenue"), ("860", "Customers"), ("98.2%", "Uptime"))
    ):
        screen.write(60 + 255 * i, 130, value, 36)
        screen.write(60 + 255 * i, 180, label, 14, GREY)
    return screen


@_silent
def error_page() -> Screen:
    screen = Screen()
    screen.heading(430, 180, "404", 72)
    screen.write(330, 280, "This page does not exist any more.")
    screen.button(420, 330, "Back to home", 160)
    return screen


@_silent
def cookie_banner() -> Screen:
    screen = Screen(1000, 640, "#f3f4f6")
    screen.frame((120, 420, 760, 180))
    screen.heading(150, 440, "We value your privacy", 22)
    screen.write(150, 484, "We use cookies to make this site work and to count visits.")
    screen.frame((150, 530, 160, 40), "#ffffff", "#2563eb")
    screen.write(185, 541, "Reject all")
    screen.button(330, 530, "Accept all", 160)
    return screen


@_silent
def program_text() -> Screen:
    screen = Screen(1000, 500, "#1e1e1e")
    code = (
        "def total(rows: list[Row]) -> Decimal:",
        "    name, email, phone = rows[0]",
        "    price = Decimal(0)",
        "    for row in rows:",
        "        price += row.price * row.quantity",
        "    return price",
    )
    for i, text in enumerate(code):
        screen.write(40, 60 + 30 * i, str(i + 1), 15, "#858585")
        screen.write(90 + 34 * (len(text) - len(text.lstrip())) // 4, 60 + 30 * i, text.lstrip(), 15, "#d4d4d4")
    return screen


@_silent
def search_page() -> Screen:
    screen = Screen()
    screen.heading(400, 180, "Acme search", 40)
    screen.input(250, 260, "Search the web", 500, 44, "#8a8a8a")
    screen.button(430, 330, "Search")
    return screen


@_silent
def empty_list() -> Screen:
    """A header, and no row that would show what it heads."""
    screen = Screen()
    screen.heading(40, 30, "Invoices")
    screen.grid(40, 110, [(240, "Invoice number"), (260, "Customer email"), (160, "Due date"), (140, "Total")], [])
    screen.write(400, 180, "No invoices yet")
    return screen


@_silent
def promises() -> Screen:
    """Cards without data."""
    screen = Screen()
    screen.heading(40, 30, "Features", 32)
    texts = (
        ("Fast", "Answers within a second."),
        ("Safe", "Nothing leaves your machine."),
        ("Small", "Runs on an old laptop."),
    )
    for i, (title, text) in enumerate(texts):
        screen.frame((40 + 310 * i, 120, 290, 160))
        screen.write(60 + 310 * i, 150, title, 20)
        screen.write(60 + 310 * i, 190, text, 14, GREY)
    return screen


@_silent
def legend() -> Screen:
    """A pie with its shares."""
    screen = Screen()
    screen.heading(40, 20, "Traffic sources", 24)
    for i, (word, share, colour) in enumerate(
        (("Direct", "42%", "#2563eb"), ("Search", "33%", "#f97316"), ("Social", "25%", "#10b981"))
    ):
        screen.draw.pieslice((60, 80, 360, 380), 120 * i, 120 * i + 120, colour)
        screen.bar((430, 120 + 40 * i, 16, 16), colour)
        screen.write(460, 118 + 40 * i, word)
        screen.write(640, 118 + 40 * i, share)
    return screen


@_silent
def password_forgotten() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Forgot your password?")
    screen.write(40, 80, "Enter your email and we send you a link.")
    screen.labelled(40, 120, "Email")
    screen.button(40, 220, "Send link", 160)
    return screen


@_silent
def menu_of_settings() -> Screen:
    screen = Screen()
    screen.heading(40, 30, "Settings")
    entries = (
        ("Profile", "Your name and picture"),
        ("Notifications", "What we send you"),
        ("Billing", "Cards and invoices"),
        ("Security", "Password and devices"),
    )
    for i, (word, text) in enumerate(entries):
        screen.write(40, 110 + 70 * i, word, 18)
        screen.write(40, 136 + 70 * i, text, 14, GREY)
        screen.draw.line((40, 164 + 70 * i, 900, 164 + 70 * i), "#dddddd")
    return screen


@_silent
def photograph() -> Screen:
    """Noise with a shop's sign and a number plate in it."""
    screen = Screen(800, 500)
    noise = np.random.default_rng(7).integers(0, 256, (500, 800, 3), np.uint8)
    screen.image.paste(Image.fromarray(noise))
    screen.write(120, 80, "BAKERY", 48, INK)
    screen.write(500, 380, "AB 12345", 20, INK)
    screen.write(300, 250, "OPEN", 30, INK)
    return screen
