"""A list in groups: rows of one thing under captions that are rows of another, as forums and price lists have it.

The caption is all that says which row is above: the key between the two has no column of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .columns import columns_for, page_room
from .glance import (
    RARE,
    bits,
    children,
    excerpt,
    first,
    glance,
    hinted,
    moment_of,
    named,
    one_to_many,
    person_of,
    signed,
)
from .parts import new_button, page_head, several

_SORTED = frozenset(
    (
        "category group section board area forum kind type class topic department chapter shelf aisle room "
        "floor team zone line"
    ).split()
)
_GROUPS = (2, 12)


def suits(stage: Stage, thing: Thing) -> float:
    """What is sorted by rows of another thing, of which there are a few."""
    by = _by(stage, thing)
    if by is None:
        return 0.0
    return RARE * (0.7 if _SORTED & {*by.name.split("_"), *by.targets[0].split("_")} else 0.25) + hinted(
        thing, "grouped"
    )


def _by(stage: Stage, thing: Thing) -> Attribute | None:
    """What makes the groups."""
    able = [a for a in one_to_many(thing) if len(a.targets) == 1 and thing.role in ("main", "lookup", "part")]
    few = [
        a
        for a in able
        if _GROUPS[0] <= len(stage.rows.of(stage.app.things[a.targets[0]])) <= _GROUPS[1] or a.field.part
    ]
    return next((a for a in few if _SORTED & {*a.name.split("_"), *a.targets[0].split("_")}), few[0] if few else None)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, a table or list for each group."""
    rng, kit = stage.rng, stage.kit
    by = _by(stage, thing)
    assert by is not None
    whole = stage.app.things[by.targets[0]]
    forum = not stage.window.narrow and first(thing, ("text",)) is not None and rng.random() < 0.5
    width = int(page_room(stage) * (0.6 if forum else 0.75))
    shown = columns_for(stage, thing, 1 if stage.window.narrow else 2, width, {by.name})
    if stage.window.narrow:
        shown = shown[:3]
    shown = [a for a in shown if a.targets != (whole.name,)]
    once = rng.random() < 0.4
    seen = glance(stage, thing, 2, {by.name})
    latest = _latest(stage, thing) if forum else None
    groups: list[tuple[Html, list[Row]]] = []
    for row in stage.rows.of(whole):
        own = [r for r in stage.rows.of(thing) if r[by.name] == row.number - 1][:6]
        if own:
            groups.append((_caption(stage, thing, by, own[0], whole, row), own))
    groups = groups[: max(2, stage.window.height // 170)]
    body = seen.body if forum else None
    shown = [a for a in shown if a is not body]
    if stage.window.narrow:
        made = [_narrow(stage, thing, cap, own, shown) for cap, own in groups]
    else:
        head = _head(stage, thing, shown, latest)
        lines = [[_cells(stage, thing, r, shown, body, latest) for r in own] for _, own in groups]
        made = _one(stage, head, groups, lines) if once else _each(stage, head, groups, lines)
    title = rng.choice([thing.title, thing.title, whole.title, f"{thing.title} by {small(whole.noun)}"])
    mark = stage.title_mark(whole if title == whole.title else thing)
    top = page_head(stage, title, mark, *([new_button(stage, thing)] if rng.random() < 0.5 else []))
    foot = _statistics(stage) if forum and rng.random() < 0.4 else None
    return Drawing(kit.stack(top, *made, *([foot] if foot else [])), title)


def _caption(stage: Stage, thing: Thing, by: Attribute, first_: Row, whole: Thing, row: Row) -> Html:
    """The row above, by its name; something more of it in small letters in some applications."""
    item = Item(stage, thing, first_, by)
    said = stage.kit.link(item.text, item.mark) if stage.style.right else tag("span", item.text, mark=item.mark)
    body = first(whole, ("text",)) if stage.style.units == "value" else None
    more = excerpt(stage, whole, row, body)
    return tag("div", said, tag("div", more, style="font-weight:400") if more else None)


def _latest(stage: Stage, thing: Thing) -> Thing | None:
    """What the last one of is shown at the right ("Last post")."""
    return next((t for t in children(stage, thing) if moment_of(t) is not None), None)


def _narrow(stage: Stage, thing: Thing, caption: Html, rows: Sequence[Row], shown: Sequence[Attribute]) -> Html:
    others = [a for a in shown if a.name != thing.called]
    lines = (join(named(stage, thing, r), bits(stage, thing, r, others)) for r in rows)
    return tag("div", tag("div", caption, class_="x-caption"), stage.kit.items(*lines))


def _head(stage: Stage, thing: Thing, shown: Sequence[Attribute], latest: Thing | None) -> list[Html]:
    kit = stage.kit
    called = thing.attribute(thing.called)
    head = [widgets.head(stage, thing, called)] if called else []
    head += [widgets.head(stage, thing, a) for a in shown if a is not called]
    last = [kit.head(latest.title), kit.head(f"Last {small(latest.noun)}", stage.title_mark(latest))] if latest else []
    return head + last


def _cells(
    stage: Stage, thing: Thing, row: Row, shown: Sequence[Attribute], body: Attribute | None, latest: Thing | None
) -> list[Html]:
    called = thing.attribute(thing.called)
    alone = called is not None and len(thing.calling) > 1  # the head says "First name", so no other name stands there
    item = Item(stage, thing, row, called) if called is not None and alone else None
    title = stage.kit.link(item.text, item.mark) if item else named(stage, thing, row, link=True)
    name = join(title, excerpt(stage, thing, row, body))
    line = [stage.kit.cell(name, style="width:34%")] if called else []
    line += [widgets.place(stage, thing, row, a) for a in shown if a is not called]
    return line + (_last(stage, thing, row, latest) if latest else [])


def _one(
    stage: Stage, head: list[Html], groups: Sequence[tuple[Html, list[Row]]], lines: Sequence[list[list[Html]]]
) -> list[Html]:
    """One table with the captions as lines across it."""
    body: list[list[Html]] = []
    for (caption, _), own in zip(groups, lines, strict=True):
        body += [
            [stage.kit.cell(caption, colspan=str(len(head)), style="background:var(--stripe);font-weight:600")],
            *own,
        ]
    return [tag("div", stage.kit.table(head, body), class_="x-scrolls")]


def _each(
    stage: Stage, head: list[Html], groups: Sequence[tuple[Html, list[Row]]], lines: Sequence[list[list[Html]]]
) -> list[Html]:
    """A table for each group."""
    pairs = zip(groups, lines, strict=True)
    return [tag("div", tag("div", c, class_="x-caption"), stage.kit.table(head, own)) for (c, _), own in pairs]


def _last(stage: Stage, thing: Thing, row: Row, latest: Thing) -> list[Html]:
    """How many there are, which is no column, and the last one: its name, who and when."""
    kit = stage.kit
    own = list(stage.rows.under(latest, thing, row.number - 1))
    number = kit.cell(str(len(own)), style="text-align:center")
    if not own:
        return [number, kit.cell(kit.words("–", role="muted"))]
    stage.belongs(latest, thing)
    when = moment_of(latest)
    last = max(own, key=lambda r: str(r[when.name]) if when else "")
    title = named(stage, latest, last, link=True) if latest.called else None
    return [
        number,
        kit.cell(
            join(title, signed(stage, latest, last, person_of(stage, latest, [thing.name]), when)),
            style="font-size:.93em",
        ),
    ]


def _statistics(stage: Stage) -> Html:
    """Figures at the foot: counts of everything, no columns."""
    rng = stage.rng
    names = [several(t) for t in stage.app.things.values()][:3]
    lines = [tag("div", f"Total {n}: ", tag("b", str(rng.randint(5, 4000)))) for n in names]
    return stage.kit.card(
        tag("div", *lines, class_="x-bits"), title=rng.choice(["Statistics", "Board statistics", "Who is online"])
    )
