"""Screens: every kind over many applications is whole HTML whose marks are true, and the negatives say nothing."""

from __future__ import annotations

import pytest

from ghost_architect.synthetic.apps.app import App
from ghost_architect.synthetic.screens import NEGATIVES, SCREENS

from .drawing import NARROW, WIDE, Reader, drawn, stage

NAMES = "ecommerce clinic restaurant accounting film_production hiring games hotel".split()
APPS = tuple(zip(NAMES, range(1, 9), strict=True))


def known(app: App) -> set[str]:
    return {f"{t.name}.{c.name}" for t in app.schema.tables for c in t.columns}


@pytest.mark.parametrize("kind", sorted(SCREENS))
def test_marks_are_true(kind: str) -> None:
    made = 0
    for place, (domain, seed) in enumerate(APPS):
        on = stage(domain, seed, NARROW if place % 4 == 3 else WIDE, manner=f"{kind}{place}")
        found = drawn(kind, on)
        if found is None:
            continue
        made += 1
        drawing, thing = found
        read = Reader(drawing.body)
        assert not read.opened, "an element is not closed"
        marked = {f for facts, _, _ in read.said for f in facts}
        assert marked <= known(on.app)
        assert on.implied <= known(on.app)
        assert all(part in ("label", "value", "title") for _, part, _ in read.said)
        titled = {f for facts, part, _ in read.said if part == "title" for f in facts}
        assert titled <= {f"{t.table}.{t.key}" for t in on.app.things.values()}
        if kind != "empty":
            assert len(marked) >= 2, f"{thing.name} shows nothing"
    assert made or kind in ("chat", "feed", "inbox", "tree"), "test_screens_more.py draws these of more applications"


@pytest.mark.parametrize("kind", sorted(SCREENS))
def test_the_same_seeds_draw_the_same_screen(kind: str) -> None:
    first, second = (drawn(kind, stage("ecommerce", 1, manner="same")) for _ in range(2))
    assert (first and first[0]) == (second and second[0])


@pytest.mark.parametrize("kind", sorted(NEGATIVES))
def test_a_negative_says_nothing(kind: str) -> None:
    for domain, seed in APPS:
        on = stage(domain, seed, manner=kind)
        found = drawn(kind, on)
        assert found is not None
        read = Reader(found[0].body)
        assert not read.opened
        assert not read.said
        assert not on.implied


@pytest.mark.parametrize("kind", ["list", "detail", "form", "master_detail", "modal"])
def test_what_stands_for_nothing_is_no_value(kind: str) -> None:
    for domain, seed in APPS:
        on = stage(domain, seed, manner=kind)
        found = drawn(kind, on)
        empty = on.rows.writing.empty
        for _, part, text in Reader(found[0].body).said if found else ():
            assert part != "value" or not empty or text != empty


def test_lines_under_a_document_do_not_show_its_key_but_imply_it() -> None:
    seen = 0
    for domain, seed in APPS:
        for manner in range(12):
            on = stage(domain, seed, manner=f"lines{manner}")
            found = drawn("master_detail", on)
            if found is None:
                continue
            drawing, thing = found
            said = {f for facts, _, _ in Reader(drawing.body).said for f in facts}
            for part in on.app.parts(thing):
                key = next(a for a in part.attributes if a.targets == (thing.name,)).columns[0]
                if f"{part.table}.{part.key}" in said:
                    seen += 1
                    assert f"{part.table}.{key}" not in said
                    assert f"{part.table}.{key}" in on.implied
    assert seen > 5


def test_an_empty_list_shows_heads_and_no_values() -> None:
    labels = 0
    for domain, seed in APPS:
        found = drawn("empty", stage(domain, seed))
        parts = [part for _, part, _ in Reader(found[0].body).said] if found else []
        assert "value" not in parts
        labels += parts.count("label")
    assert labels > 10


def test_a_card_is_paid_with_but_not_stored() -> None:
    seen = 0
    for domain, seed in APPS:
        for manner in range(8):
            found = drawn("checkout", stage(domain, seed, manner=f"pay{manner}"))
            read = Reader(found[0].body) if found else None
            if read and any(t in ("CVC", "cvc") for t in read.texts):
                seen += 1
                assert not [text for _, _, text in read.said if text.lower() in ("card number", "expiry", "cvc")]
    assert seen


def test_what_a_screen_comes_to_is_no_column() -> None:
    for domain, seed in APPS:
        for kind in ("form", "master_detail", "checkout"):
            found = drawn(kind, stage(domain, seed, manner="sums"))
            for facts, part, text in Reader(found[0].body).said if found else ():
                assert not (text in ("Subtotal", "Grand total") and part == "value"), facts


def test_most_lists_have_several_columns() -> None:
    counts = []
    for domain, seed in APPS:
        for manner in range(3):
            found = drawn("list", stage(domain, seed, manner=f"wide{manner}"))
            assert found is not None
            counts.append(len({facts[0] for facts, part, _ in Reader(found[0].body).said if part == "label"}))
    assert sorted(counts)[len(counts) // 2] >= 4


def test_kinds_that_cannot_be_drawn_of_a_thing_say_so() -> None:
    on = stage("clinic", 2, NARROW)
    assert all(SCREENS["master_detail"].suits(on, t) == 0 for t in on.app.things.values())
    assert all(SCREENS["form"].suits(on, t) == 0 for t in on.app.things.values() if t.role == "log")
