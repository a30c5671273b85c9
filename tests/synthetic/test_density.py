"""How much screens show: what they are drawn of, how many columns lists have, what a plan of slots says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from statistics import fmean

from ghost_architect.synthetic.apps.app import Thing
from ghost_architect.synthetic.camera.window import Window
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.draw import choose
from ghost_architect.synthetic.groups import Group
from ghost_architect.synthetic.looks.icons import ICONS
from ghost_architect.synthetic.looks.kit import Kit
from ghost_architect.synthetic.looks.look import looks
from ghost_architect.synthetic.plan import Plan
from ghost_architect.synthetic.screens import detail, form, slots, table
from ghost_architect.synthetic.screens.columns import columns_for, width_of
from ghost_architect.synthetic.screens.parts import facts
from ghost_architect.synthetic.shell import frame_of
from ghost_architect.synthetic.stage import Stage, likely_first
from ghost_architect.synthetic.weights import weight_of

from .drawing import WIDE, Reader, application, stage

DOMAINS = ("school", "helpdesk", "library", "hotel", "invoicing", "clinic", "fleet", "restaurant", "ecommerce", "legal")
CLOCK = re.compile(r"\d\d?[:.]\d\d\D{0,4}")
BOOKED = (
    "clinic",
    "restaurant",
    "legal",
    "events",
    "courts",
    "property",
    "bookings",
    "veterinary",
    "hiring",
    "airline",
)


def rich() -> Iterator[tuple[Stage, Thing]]:
    """The richest things of some applications."""
    for domain in DOMAINS:
        for seed in range(3):
            on = stage(domain, seed)
            yield on, max(on.app.things.values(), key=lambda t: (weight_of(on.app, t), t.name))


def test_what_is_rich_weighs_more_than_a_list_of_names() -> None:
    weights: dict[str, list[float]] = {"main": [], "lookup": []}
    for domain in DOMAINS:
        app, _ = application(domain, 1)
        for thing in app.things.values():
            weights.get(thing.role, []).append(weight_of(app, thing))
    assert fmean(weights["main"]) > 2.5 * fmean(weights["lookup"])
    assert min(weights["lookup"]) > 0, "a lookup can never be seen"


def test_screens_are_mostly_of_what_is_rich() -> None:
    drawn = Counter[str]()
    width, by_chance = list[int](), list[int]()
    for domain in DOMAINS:
        app, rows = application(domain, 2)
        group = Group(app, rows, "soft", "", f"density/{domain}")
        by_chance += [len(t.attributes) for t in app.things.values()]
        for number in range(16):
            plan = Plan(number, 0, "train", empty=False, windows=(WIDE, WIDE), dark=False)
            for _, thing in choose(plan, group, Random(f"{domain}/{number}")):
                drawn[thing.role] += 1
                width.append(len(thing.attributes))
    assert drawn["main"] > 0.7 * drawn.total()
    assert 0 < drawn["lookup"] < 0.12 * drawn.total()
    assert fmean(width) > fmean(by_chance) + 1


def test_lists_have_as_many_columns_as_fit_and_some_have_few() -> None:
    counts = Counter[int]()
    for on, thing in rich():
        for width in (500, 900, 1400):
            shown = columns_for(on, thing, 3, width)
            taken = sum(width_of(on, thing, a) for a in shown)
            assert taken <= width or len(shown) <= 4, "wider than its place"
            assert [a for a in thing.attributes if a in shown] == shown, "not in their own order"
            assert any(a.name == thing.called for a in shown) or thing.attribute(thing.called) is None
            if width == 1400:
                counts[len(shown)] += 1
    assert fmean(counts.elements()) > 7.5
    assert min(counts) <= 6
    assert max(counts) <= 14


def test_no_list_has_more_columns_than_it_may() -> None:
    for on, thing in rich():
        assert len(columns_for(on, thing, 2, 1400, most=5)) <= 5
        barred = thing.attributes[0].name
        assert barred not in {a.name for a in columns_for(on, thing, 2, 1400, {barred})}


def test_relations_come_first_more_often_than_not() -> None:
    ranks = list[float]()
    for on, thing in rich():
        order = likely_first(Random(f"{on.app.id}/order"), thing.attributes)
        assert sorted(a.name for a in order) == sorted(a.name for a in thing.attributes)
        ranks += [order.index(a) / len(order) for a in thing.attributes if a.kind == "->"]
    assert fmean(ranks) < 0.4


def test_pages_and_forms_show_most_of_what_there_is() -> None:
    shares = {detail.draw: list[float](), form.draw: list[float]()}
    for on, thing in rich():
        for draw, found in shares.items():
            marked = {f for said, _, _ in Reader(draw(on, thing).body).said for f in said}
            columns = [f"{thing.table}.{c}" for a in thing.attributes for c in a.columns]
            found.append(sum(c in marked for c in columns) / len(columns))
    assert fmean(shares[detail.draw]) > 0.6
    assert fmean(shares[form.draw]) > 0.5
    assert min(shares[detail.draw]) < 0.5, "no page is sparse"


def test_facts_stand_in_columns_where_there_is_room() -> None:
    several = 0
    for on, thing in rich():
        row = on.rows.of(thing)[0]
        slim, wide = (
            facts(replace(on, rng=Random("facts")), thing, row, thing.attributes, room=room) for room in (300, 1200)
        )
        assert "repeat(" not in slim
        assert Counter(Reader(slim).texts) == Counter(Reader(wide).texts)
        several += "repeat(" in wide
    assert several > 5


def test_a_menu_takes_room_from_the_page() -> None:
    taken = set()
    for number in range(30):
        app, _ = application(DOMAINS[number % len(DOMAINS)], 1)
        frame = frame_of(app, WIDE, Random(f"frame/{number}"))
        taken.add((frame.layout, frame.beside))
    assert {beside for layout, beside in taken if layout in ("side", "both")} == {220}
    assert {beside for layout, beside in taken if layout in ("top", "bare")} == {0}
    counts: dict[int, list[int]] = {0: [], 600: []}
    for on, thing in rich():
        for beside, found in counts.items():
            again = replace(on, beside=beside, rng=Random("room"), implied=set())
            said = Reader(table.draw(again, thing).body).said
            found.append(sum(part == "label" for _, part, _ in said))
    assert sum(counts[0]) > 1.2 * sum(counts[600])


def plans() -> Iterator[tuple[Stage, Thing, Reader]]:
    for domain in BOOKED:
        for seed in range(4):
            app, rows = application(domain, seed)
            for window in (WIDE, Window(390, 844, 2.0)):
                for thing in app.things.values():
                    chance = Random(f"{app.id}/{thing.name}/{window.width}")
                    on = Stage(app, rows, Kit(looks()["soft"], chance), window, chance, manner=f"slots/{app.id}")
                    if slots.suits(on, thing) > 0:
                        yield on, thing, Reader(slots.draw(on, thing).body)


def clock(on: Stage, value: object) -> str:
    """The time of day of a moment as the application writes it; empty for anything else."""
    return on.rows.writing.time(value) if isinstance(value, datetime) else ""


def test_slots_that_are_free_say_nothing_and_taken_ones_say_when() -> None:
    seen = times = free = 0
    for on, thing, read in plans():
        seen += 1
        assert not read.opened
        known = {f"{t.name}.{c.name}" for t in on.app.schema.tables for c in t.columns}
        marked = {f for facts_, _, _ in read.said for f in facts_}
        assert marked | on.implied <= known
        starts = {f"{thing.table}.{c}" for a in thing.attributes if a.kind == "moment" for c in a.columns}
        said = [text for facts_, part, text in read.said if part == "value" and starts & set(facts_)]
        written = {w for r in on.rows.of(thing) for a in thing.attributes if (w := clock(on, r[a.name]))}
        times += sum(text in written for text in said)
        marks = Counter(text for _, _, text in read.said)
        free += sum(count - marks[text] for text, count in Counter(read.texts).items() if CLOCK.fullmatch(text))
    assert seen > 12
    assert times > 10
    assert free > 5 * times, "free times are marked"


def test_what_is_booked_is_no_person_and_no_lookup() -> None:
    for domain in sorted(catalogue().domains)[::5]:
        on = stage(domain, 1)
        for thing in on.app.things.values():
            if slots.suits(on, thing) > 0:
                assert thing.role in ("main", "part")
                assert thing.name != "user"


def test_icons_are_outlines() -> None:
    kit = Kit(looks()["soft"], Random("icons"))
    assert all(path in kit.icon(name) for name, path in ICONS.items())
