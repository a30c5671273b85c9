"""Boards, calendars, chats and the like: marks are true, counts are no columns, keys that follow are implied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from random import Random

import pytest

from ghost_architect.synthetic.apps.app import App, Thing
from ghost_architect.synthetic.apps.sample import sample_app
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.looks.kit import Kit
from ghost_architect.synthetic.looks.look import looks
from ghost_architect.synthetic.looks.sheets import sheet
from ghost_architect.synthetic.rows.rows import Rows
from ghost_architect.synthetic.screens import SCREENS, glance, kanban, tree
from ghost_architect.synthetic.stage import Drawing, Stage

from .drawing import NARROW, WIDE, Reader

KINDS = (
    *("calendar", "cards", "chat", "dashboard", "document", "feed", "gallery", "grouped", "inbox", "kanban", "matrix"),
    *("mobile", "pricing", "timeline", "tree"),
)
DOMAINS = (
    *("school", "ecommerce", "helpdesk", "warehouse", "events", "clinic", "projects", "forum", "billing", "cms"),
    *("construction", "invoicing", "fleet", "hiring", "cloud", "chat", "procurement"),
)
ENOUGH = 36
Screen = tuple[Stage, Thing, Drawing, Reader]


@cache
def application(place: int) -> tuple[App, Rows]:
    """An application with all the words that there are: the slice of the test set keeps the fewest back."""
    domain = catalogue().domains[DOMAINS[place % len(DOMAINS)]]
    app = sample_app(catalogue(), domain, place, "test")
    return app, Rows(app)


@cache
def drawn(kind: str) -> tuple[Screen, ...]:
    """Screens of this kind, of whatever suits it in these applications."""
    return tuple(_drawn(kind))


def _drawn(kind: str) -> Iterator[Screen]:
    found = 0
    for place in range(5 * len(DOMAINS)):
        if place >= 2 * len(DOMAINS) and found >= ENOUGH:  # few things suit some kinds
            return
        app, rows = application(place)
        window = NARROW if kind == "mobile" or place % 5 == 4 else WIDE
        for thing in app.things.values():
            seed = f"{kind}/{app.id}/{thing.name}"
            on = Stage(app, rows, Kit(looks()["soft"], Random(seed)), window, Random(seed), manner=app.id)
            if SCREENS[kind].suits(on, thing) > 0:
                drawing = SCREENS[kind].draw(on, thing)
                found += 1
                yield on, thing, drawing, Reader(drawing.body)


def texts(read: Reader, part: str) -> dict[str, set[str]]:
    """Fact -> the texts that say it as this part."""
    out: dict[str, set[str]] = {}
    for facts, said, text in read.said:
        for fact in facts if said == part else ():
            out.setdefault(fact, set()).add(text)
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_true(kind: str) -> None:
    assert len(drawn(kind)) >= 4
    for on, thing, _, read in drawn(kind):
        known = {f"{t.name}.{c.name}" for t in on.app.schema.tables for c in t.columns}
        marked = {f for facts, _, _ in read.said for f in facts}
        assert not read.opened
        assert marked | on.implied <= known
        assert {part for _, part, _ in read.said} <= {"label", "value", "title"}
        if kind != "dashboard":
            assert {f.partition(".")[0] for f in marked} & {thing.table, *(a.junction for a in thing.attributes)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_for_nothing_is_no_value(kind: str) -> None:
    for on, _, _, read in drawn(kind):
        empty = on.rows.writing.empty
        said = {text for facts, part, text in read.said if part == "value"}
        assert not empty or empty not in said


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same(kind: str) -> None:
    on, thing, drawing, _ = drawn(kind)[0]
    seed = f"{kind}/{on.app.id}/{thing.name}"
    kit = Kit(looks()["soft"], Random(seed))
    again = Stage(on.app, Rows(on.app), kit, on.window, Random(seed), manner=on.app.id)
    SCREENS[kind].suits(again, thing)
    assert SCREENS[kind].draw(again, thing) == drawing


@pytest.mark.parametrize("kind", ["cards", "kanban", "mobile", "gallery", "feed", "inbox"])
def test_a_bare_number_never_stands_without_its_label(kind: str) -> None:
    bare = re.compile(r"\d[\d.,  ]*")
    seen = 0
    for on, thing, _, read in drawn(kind):
        labels, values = texts(read, "label"), texts(read, "value")
        kinds = {f"{thing.table}.{c}": a for a in thing.attributes for c in a.columns}
        for fact, said in values.items():
            attribute = kinds.get(fact)
            if (
                attribute is None
                or attribute.kind not in ("int", "count", "decimal", "year", "measure")
                or fact in labels
            ):
                seen += attribute is not None and fact in labels
                continue
            assert attribute.name == thing.called or not all(map(bare.fullmatch, said)), (fact, said, on.app.id)
    assert seen > 10 or kind in ("feed", "inbox", "gallery")


def test_what_is_counted_or_summed_up_is_no_column() -> None:
    counts = re.compile(
        r"\d+ (likes|comments|shares|views|replies|saves)|(Sub)?total|Grand total|Amount due|To pay|Net"
    )
    for kind in ("feed", "document", "cards", "dashboard"):
        for _, _, _, read in drawn(kind):
            assert not [text for _, part, text in read.said if part == "value" and counts.fullmatch(text)]
    tiles = [t for _, _, drawing, _ in drawn("dashboard") for t in re.findall(r"x-stat_value[^>]*>", drawing.body)]
    assert tiles
    assert not [t for t in tiles if "data-f" in t]


def test_the_total_of_a_document_is_that_of_its_lines() -> None:
    checked = 0
    for place in range(60):
        domain = ("invoicing", "ecommerce", "billing", "projects", "crm", "legal")[place % 6]
        app = sample_app(catalogue(), catalogue().domains[domain], place)
        on = Stage(app, Rows(app), Kit(looks()["soft"], Random(place)), WIDE, Random(place), manner=app.id)
        for thing in app.things.values():
            part = next(iter(app.parts(thing)), None)
            amount = (
                next((a for a in part.attributes if a.kind == "money" and a.field.computed), None) if part else None
            )
            if part is None or amount is None or SCREENS["document"].suits(on, thing) <= 0:
                continue
            read = Reader(SCREENS["document"].draw(on, thing).body)
            at = next((i for i, t in enumerate(read.texts) if t in ("Subtotal", "Net")), None)
            sums = [
                sum((Decimal(str(r[amount.name] or 0)) for r in on.rows.under(part, thing, i)[:8]), Decimal(0))
                for i in range(len(on.rows.of(thing)))
            ]
            if at is not None:
                assert read.texts[at + 1] in {on.rows.writing.money(s) for s in sums if s}
                checked += 1
        if checked > 2:
            return
    raise AssertionError("no document has lines whose sum stands under them")


def test_lanes_are_values_of_one_column() -> None:
    for on, thing, _, read in drawn("kanban"):
        lanes = kanban.lanes_of(on, thing)
        assert lanes is not None
        fact = on.mark(thing, lanes).facts[0]
        said = texts(read, "value")[fact]
        if lanes.kind == "choice":
            assert set(lanes.field.choices) <= said


def test_a_thing_without_stages_has_no_board() -> None:
    for place in range(12):
        app, rows = application(place)
        on = Stage(app, rows, Kit(looks()["soft"], Random(0)), WIDE, Random(0), manner=app.id)
        for thing in app.things.values():
            if not any(a.kind == "choice" or a.field.is_relation for a in thing.attributes):
                assert SCREENS["kanban"].suits(on, thing) == 0
            if not any(a.kind in ("date", "moment") for a in thing.attributes):
                assert SCREENS["calendar"].suits(on, thing) == SCREENS["timeline"].suits(on, thing) == 0
            if tree.above(thing) is None:
                assert SCREENS["tree"].suits(on, thing) == 0
            assert SCREENS["mobile"].suits(on, thing) == 0


def test_a_calendar_shows_its_date_or_implies_it() -> None:
    for on, thing, _, read in drawn("calendar"):
        when = glance.moment_of(thing, planned=True)
        assert when is not None
        fact = f"{thing.table}.{when.columns[0]}"
        said = {f for facts, _, _ in read.said for f in facts}
        assert fact in said | on.implied


def test_branches_of_a_tree_imply_the_key_above() -> None:
    for on, thing, _, read in drawn("tree"):
        parent = tree.above(thing)
        assert parent is not None
        assert f"{thing.table}.{parent.columns[0]}" in on.implied
        assert not [t for t, n in _counted(read, on, thing).items() if n > 6]


def _counted(read: Reader, on: Stage, thing: Thing) -> dict[str, int]:
    called = on.called(thing)[0]
    said = [text for facts, _, text in read.said if called in facts]
    return {t: said.count(t) for t in said}


def test_ticks_of_a_matrix_say_both_keys_between() -> None:
    seen = 0
    for on, thing, _, read in drawn("matrix"):
        junctions = {a.junction for a in thing.attributes if a.junction}
        marked = {f for facts, _, _ in read.said for f in facts}
        for junction in junctions & {f.partition(".")[0] for f in marked}:
            table = next(t for t in on.app.schema.tables if t.name == junction)
            keys = {f"{junction}.{c}" for k in table.foreign_keys for c in k.columns}
            assert keys <= marked | on.implied
            seen += 1
    assert seen


def test_rows_under_a_row_imply_the_key_between() -> None:
    seen = 0
    for on, thing, _, read in drawn("document"):
        marked = {f.partition(".")[0] for facts, _, _ in read.said for f in facts}
        for part in on.app.parts(thing):
            if part.table in marked and part is on.app.parts(thing)[0]:
                key = next(a.columns[0] for a in part.attributes if a.targets == (thing.name,))
                assert f"{part.table}.{key}" in on.implied
                seen += 1
    assert seen > 3


def test_geometry_of_these_screens_is_in_every_sheet() -> None:
    assert ".x-month" in sheet(looks()["soft"], None).head
