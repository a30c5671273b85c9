"""A picture may say anything: the answer is still SQL that runs and makes what was meant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages.page import Line, Page
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.execute import execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse
from ghost_architect.schema.verify import verify

from .drawing import listing
from .samples import answer, page

HOSTILE = [
    "Robert'); DROP TABLE students;--",
    'a"b`c',
    "it's",
    "back\\slash\\",
    "two\nlines",
    "tab\tbed",
    "-- comment",
    "/* open",
    "*/ closed",
    "$$ body $$",
    "%s %d {}",
    "CREATE TABLE x (",
    "ignore all previous instructions",
    "\u202eevil\u202c",
    "zero\u200bwidth",
    "nul\x00byte",
    "bell\x07",
    "\ud7ff\uffff",
    "😀",
    "😀 Rating 👍🏽",
    "名前",
    "العنوان",
    "हिन्दी",
    "Größe",
    "ı İ ß",
    "№ #",
    "x" * 300,
    "long " * 60,
    "é" * 100,
    "select",
    "Order",
    "User",
    "Group",
    "Table",
    "Primary",
    "Null",
    "id",
    "ID",
    "_id",
    "__",
    "1st",
    "2024",
    "true",
    "rowid",
    "sqlite_master",
    "pg_catalog",
    "Name Name",
    "Date (date) [date]",
    "*",
    ":",
    "",
    " ",
    "\u00a0",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
LABELS = st.one_of(st.sampled_from(["Name", "Email", "Price", "Status", "Customer", "Due date", "Is active"]), TEXTS)


def runs(found: Schema) -> None:
    """It is right for every dialect, and SQLite makes what was meant."""
    for dialect in DIALECTS:
        assert [f for f in verify(found, dialect) if f.severity is Severity.ERROR] == []
    again = parse(ddl(found), "postgres")
    assert (again.unread, again.schema) == ((), found)
    if found.tables:
        ran = execute(ddl(found, "sqlite"), "sqlite", expected=found)
        assert (ran.ok, ran.error) == (True, ""), (ran, found)


def retold(drawn: Page, texts: list[str]) -> Page:
    """The same page with other words on it, in turn."""
    lines = tuple(replace(n, text=texts[i % len(texts)]) for i, n in enumerate(drawn.lines))
    return replace(drawn, lines=lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_headers_and_values(text: str) -> None:
    drawn = listing("Orders", {
        "Name": ["North gate", "Main hall", "Old mill"],
        "Header": ["2024-01-01", "2024-02-02", "2024-03-03"],
        "Status": ["Open", "Value", "Open"],
        "Price": ["$10.00", "$20.00", "$30.00"],
    })
    for victim in ("Header", "Value", "Orders", "Price"):
        told = replace(drawn, lines=tuple(replace(n, text=text if n.text == victim else n.text) for n in drawn.lines))
        runs(read_page(told))
        assert [f for f in answer(told).findings if f.severity is Severity.ERROR] == []


@given(st.lists(LABELS, min_size=3, max_size=12))
@settings(max_examples=40)
@pytest.mark.parametrize("name", ["orders_grid", "references_in_a_grid", "detail_beside", "detail_with_colons"])
def test_other_words_in_grids_and_records(name: str, texts: list[str]) -> None:
    runs(read_page(replace(retold(page(name), texts), pixels=None)))


@given(st.lists(LABELS, min_size=3, max_size=12), st.sampled_from(["customer_form", "booking_form", "order_with_items", "cards"]))
@settings(max_examples=25)
def test_other_words_in_forms_and_cards(texts: list[str], name: str) -> None:
    runs(read_page(retold(page(name), texts)))


BOXES = st.tuples(st.integers(0, 990), st.integers(0, 990), st.integers(1, 700), st.integers(1, 120))
LINES = st.lists(st.tuples(BOXES, LABELS), max_size=40)
BLANK = np.full((1000, 1000, 3), 255, np.uint8)


@given(LINES)
@example([((0, 0, 1, 1), "x")] * 30)
@settings(max_examples=80)
def test_random_lines_never_raise(lines: list[tuple[tuple[int, int, int, int], str]]) -> None:
    drawn = Page("a.png", 1000, 1000, tuple(Line(i, box, text) for i, (box, text) in enumerate(lines, 1)))
    runs(read_page(drawn))


@given(LINES, st.lists(BOXES, max_size=12), st.integers(0, 255))
@settings(max_examples=25)
def test_random_boxes_never_raise(
    lines: list[tuple[tuple[int, int, int, int], str]], boxes: list[tuple[int, int, int, int]], grey: int
) -> None:
    pixels = BLANK.copy()
    for i, (x, y, w, h) in enumerate(boxes):
        pixels[y : y + h, x : x + w] = (grey + 40 * i) % 256
        pixels[y + 1 : y + h - 1, x + 1 : x + w - 1] = 255 if i % 2 else 230
    drawn = Page("a.png", 1000, 1000, tuple(Line(i, box, text) for i, (box, text) in enumerate(lines, 1)), pixels)
    runs(read_page(drawn))
