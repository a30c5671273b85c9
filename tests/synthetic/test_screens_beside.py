"""What lists and pages tell of other rows, filters, sketches, frames, and times that agree with one another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from random import Random

import pytest

from ghost_architect.synthetic import shell
from ghost_architect.synthetic.apps.app import Thing
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.looks.sheets import contrast
from ghost_architect.synthetic.rows.inserts import stamps
from ghost_architect.synthetic.rows.times import begun
from ghost_architect.synthetic.rows.writing import NOW
from ghost_architect.synthetic.screens import beyond, filters, form, kanban, tree, wireframe
from ghost_architect.synthetic.screens.columns import columns_for
from ghost_architect.synthetic.stage import Stage
from ghost_architect.synthetic.style import style_of

from .drawing import WIDE, Reader, application, stage

DOMAINS = ("school", "helpdesk", "library", "hotel", "invoicing", "parish", "fleet", "property", "projects", "clinic")


def stages() -> Iterator[Stage]:
    for domain in DOMAINS:
        for seed in range(3):
            yield stage(domain, seed)


def things() -> Iterator[tuple[Stage, Thing]]:
    for on in stages():
        yield from ((on, thing) for thing in on.app.things.values() if thing.attributes)


def test_columns_of_other_rows_are_told_by_those_rows() -> None:
    found = 0
    for on, thing in things():
        shown = columns_for(on, thing, 3, 1000)
        for column in beyond.reached(on, thing, shown):
            found += 1
            assert column.by in shown
            fact = f"{column.target.table}.{column.attribute.columns[-1]}"
            assert {f for facts, _, _ in Reader(column.head(on)).said for f in facts} == {fact}
            rows = on.rows.of(thing)
            for row in rows[:5]:
                index = row[column.by.name]
                said = [text for facts, _, text in Reader(column.cell(on, thing, row)).said if fact in facts]
                if isinstance(index, int):
                    target = on.rows.of(column.target)[index]
                    assert said in ([on.text(column.target, target, column.attribute)], [])
            assert f"{thing.table}.{column.by.columns[0]}" in on.implied
    assert found > 10


def test_filters_name_columns_of_their_own_thing() -> None:
    bars = sides = 0
    for on, thing in things():
        html = filters.filtered(on, thing, wireframe.draw(on, thing).body)
        read = Reader(html)
        assert not read.opened
        assert all(f.partition(".")[0] in _near(on, thing) for facts, _, _ in read.said for f in facts)
        bars += any(part == "label" for _, part, _ in read.said)
        sides += filters.taken(on, thing) > 0
    assert bars > 10
    assert sides > 0


def _near(on: Stage, thing: Thing) -> set[str]:
    """The tables that its attributes have to do with."""
    between = {a.junction for a in thing.attributes if a.junction}
    return {thing.table, *between, *(on.app.things[t].table for a in thing.attributes for t in a.targets)}


def test_sketches_say_names_and_no_values() -> None:
    for on, thing in things():
        if wireframe.suits(on, thing):
            read = Reader(wireframe.draw(on, thing).body)
            assert {part for _, part, _ in read.said} == {"label", "title"}
            assert sum(part == "label" for _, part, _ in read.said) >= 3


@pytest.mark.parametrize("domain", sorted(catalogue().domains)[::4])
def test_times_of_a_row_agree(domain: str) -> None:
    app, rows = application(domain, 5)
    for thing in app.things.values():
        past = [a for a in thing.attributes if a.field.when == "past" and a.columns and not a.field.after]
        past = [a for a in past if a.kind in ("date", "moment")]
        for row in rows.of(thing):
            times = [_moment(row[a.name]) for a in past]
            known = [t for t in times if t is not None]
            assert all(t <= NOW for t in known)
            first = _moment(row[began]) if (began := begun(thing)) else None
            if first is not None:
                assert min(known).date() == first.date()
            kept = stamps(rows, thing, row.number - 1)
            made, changed = kept["created_at"], kept["updated_at"]
            assert made is not None
            assert changed is not None
            assert made <= changed <= NOW


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def test_controls_write_times_out() -> None:
    for on, thing in things():
        row = on.rows.of(thing)[0]
        asked = form.chosen(on, thing)
        html = str(form.fields(on, thing, row, [a for a in asked if a.kind == "moment"], 900))
        assert " ago" not in html
        assert "Yesterday" not in html


def test_frames_have_icons_that_stay_and_starts_that_come_first() -> None:
    for on in stages():
        frame = shell.frame_of(on.app, WIDE, Random("frame"))
        assert frame == shell.frame_of(on.app, WIDE, Random("frame"))
        assert len(frame.icons) in (0, len(frame.menu))
        starts = [i for i, name in enumerate(frame.menu) if name in ("Dashboard", "Home", "Overview", "Start")]
        assert starts in ([], [0])


def test_what_is_painted_by_hand_can_be_read() -> None:
    styles = [style_of(f"painted/{i}") for i in range(400)]
    assert all(contrast(*style.paint) > 2.7 for style in styles)
    assert 50 < sum(bool(style.hand) for style in styles) < 150


def test_nobody_is_dragged_to_another_marital_state() -> None:
    for on, thing in things():
        lanes = kanban.lanes_of(on, thing)
        assert lanes is None or "marital" not in lanes.name
        above = tree.above(thing)
        assert above is None or not above.name.endswith("_by")


def test_what_is_free_costs_nothing_and_tiers_rise() -> None:
    checked = 0
    for domain in sorted(catalogue().domains):
        app, rows = application(domain, 1)
        for thing in (t for t in app.things.values() if t.role == "lookup" and t.called):
            for attribute in (a for a in thing.attributes if a.kind == "money" and a.columns and not a.field.computed):
                named = [(rows.name_of(thing, r.number - 1), r[attribute.name]) for r in rows.of(thing)]
                rising = [float(str(v)) for name, v in named if v is not None and name.lower() != "free"]
                free = [float(str(v)) for name, v in named if v is not None and name.lower() == "free"]
                assert rising == sorted(rising)
                assert all(v <= min(rising, default=v) for v in free)
                checked += len(rising) > 1
    assert checked > 10
