"""Widgets: the same fact in many of them, the same widget for many facts, and marks that do not lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from ghost_architect.pages import signals
from ghost_architect.synthetic import widgets
from ghost_architect.synthetic.apps.app import Attribute, Thing
from ghost_architect.synthetic.domains.kinds import KINDS
from ghost_architect.synthetic.stage import Stage
from ghost_architect.synthetic.style import cased, style_of
from ghost_architect.synthetic.widgets.cells import CELLS
from ghost_architect.synthetic.widgets.controls import CONTROLS
from ghost_architect.synthetic.widgets.item import Item
from ghost_architect.synthetic.widgets.values import VALUES

from .drawing import Reader, stage

DOMAINS = (
    "ecommerce",
    "clinic",
    "auctions",
    "it_assets",
    "museum",
    "helpdesk",
    "lending",
    "weather",
    "learning",
    "dns",
)
DRAWN = {"cell": CELLS, "control": CONTROLS, "value": VALUES}

CASES = ("sentence", "title", "upper", "lower", "snake")

ELSEWHERE = {"button", "calendar", "kanban_column", "tabs", "placeholder"}
"""Widgets that whole screens are, or that mean no column."""


def everything(manners: int = 1) -> Iterator[tuple[Stage, Thing, Attribute]]:
    """Every attribute of one application a domain, in so many manners."""
    for domain in DOMAINS:
        for manner in range(manners):
            on = stage(domain, 3, manner=f"manner{manner}")
            for thing in on.app.things.values():
                for attribute in thing.attributes:
                    yield on, thing, attribute


@cache
def taken() -> dict[str, set[tuple[str, str]]]:
    """Kind -> the (place, widget) that attributes of it took over many applications."""
    out: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for on, thing, attribute in everything(24):
        if attribute.columns or attribute.junction:
            for place in DRAWN:
                out[attribute.kind].add((place, widgets.widget(Item(on, thing, None, attribute), place)))
    return out


def test_every_widget_is_one_of_the_signals() -> None:
    said = signals.load()
    known = {w for s in said.columns for w in s.widgets} | {w for own in said.relations.values() for w in own}
    for drawn in DRAWN.values():
        assert set(drawn) <= known
    assert known - {w for drawn in DRAWN.values() for w in drawn} <= ELSEWHERE


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"secret"}))
def test_the_same_fact_has_at_least_four_widgets(kind: str) -> None:
    if kind in taken():
        assert len(taken()[kind]) >= 4


def test_a_secret_is_typed_or_masked() -> None:
    assert {w for _, w in taken()["secret"]} <= {"password_input", "masked", "header", "value"}


@pytest.mark.parametrize(
    "widget",
    "header value text_input select radio radio_cards badge chip link avatar segmented number_input spinner slider "
    "addon_input two_lines icon_text monospace autocomplete lookup_input copy_field".split(),
)
def test_the_same_widget_means_at_least_two_things(widget: str) -> None:
    kinds = {kind for kind, used in taken().items() if any(w == widget for _, w in used)}
    assert len(kinds) >= 2, kinds


def test_what_can_be_picked_is_an_enum_or_a_reference() -> None:
    for widget in ("select", "radio", "chip"):
        assert {"choice", "->"} <= {kind for kind, used in taken().items() if any(w == widget for _, w in used)}


def test_what_is_not_there_says_nothing() -> None:
    seen = 0
    for on, thing, attribute in everything():
        row = next((r for r in on.rows.of(thing) if r[attribute.name] is None), None)
        if row is not None:
            seen += 1
            assert not Reader(widgets.cell(on, thing, row, attribute)).said
            assert not Reader(widgets.value(on, thing, row, attribute)).said
    assert seen > 50


def test_what_is_computed_says_nothing() -> None:
    seen = 0
    for on, thing, attribute in everything():
        if attribute.columns or attribute.junction:
            continue
        seen += 1
        row = on.rows.of(thing)[0]
        label, value = widgets.fact(on, thing, row, attribute)
        made = [widgets.cell(on, thing, row, attribute), label, value, widgets.head(on, thing, attribute)]
        assert not any(Reader(html).said for html in [*made, widgets.control(on, thing, row, attribute)])
    assert seen > 20


def test_marks_name_columns_that_there_are() -> None:
    for on, thing, attribute in everything(2):
        known = {f"{t.name}.{c.name}" for t in on.app.schema.tables for c in t.columns}
        row = on.rows.of(thing)[1]
        own = {f"{thing.table}.{c}" for c in attribute.columns}
        for html in (
            widgets.cell(on, thing, row, attribute),
            widgets.value(on, thing, row, attribute),
            widgets.control(on, thing, row, attribute),
            widgets.control(on, thing, None, attribute),
        ):
            for facts, part, text in Reader(html).said:
                assert set(facts) <= known
                assert part in ("label", "value")
                assert text
                if own and part == "label":
                    assert set(facts) & own
        assert on.implied <= known


def test_a_label_is_spelt_as_the_application_spells() -> None:
    for on, thing, attribute in everything(6):
        label, _ = widgets.fact(on, thing, on.rows.of(thing)[0], attribute)
        (text,) = Reader(label).texts
        ways = {cased(attribute.label, c) for c in CASES} | set(attribute.columns)
        unit = attribute.field.unit
        said = text.removesuffix(":")
        assert said in ways or said.removesuffix(f" ({unit})") in ways
        assert text.endswith(":") == (on.style.colon and not attribute.label.endswith("?"))


def test_a_password_is_never_in_a_page() -> None:
    seen = 0
    for on, thing, attribute in everything(3):
        if attribute.kind == "secret":
            for row in on.rows.of(thing)[:5]:
                held = row[attribute.name]
                if held is not None:
                    seen += 1
                    assert str(held) not in widgets.control(on, thing, row, attribute) + widgets.value(
                        on, thing, row, attribute
                    )
    assert seen
    assert not Reader(widgets.confirmation(stage("clinic", 1))).said


def test_a_style_follows_from_its_manner() -> None:
    assert style_of("a") == style_of("a")
    assert len({style_of(str(n)).labels for n in range(60)}) == 5
    assert len({style_of(str(n)).place for n in range(60)}) == 4


def test_cases_of_labels() -> None:
    assert cased("Date of birth", "title") == "Date of Birth"
    assert cased("PO number", "lower") == "PO number"
    assert cased("Price (USD)", "snake") == "price_usd"
    assert cased("How urgent is it?", "title") == "How urgent is it?"
    assert cased("Due", "upper") == "DUE"


def test_values_of_a_polymorphic_key_name_the_row_that_it_points_at() -> None:
    seen = 0
    for on, thing, attribute in everything():
        for row in on.rows.of(thing)[:6] if len(attribute.columns) == 2 else ():
            value = row[attribute.name]
            if isinstance(value, tuple):
                seen += 1
                target = on.app.things[str(value[0])]
                said = {f for facts, _, _ in Reader(widgets.value(on, thing, row, attribute)).said for f in facts}
                assert {f"{thing.table}.{attribute.columns[1]}", *on.called(target)} <= said
    assert seen
