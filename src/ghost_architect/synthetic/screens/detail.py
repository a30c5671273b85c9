"""A page about one row: its name as the heading, facts with labels, groups with captions, what points at it in tabs."""

from __future__ import annotations

from collections.abc import Sequence

from .. import widgets
from ..apps.app import Attribute, Thing
from ..looks.html import NOTHING, Child, Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item, initials
from .beyond import about
from .columns import page_room
from .glance import state_of
from .lines import rows_under
from .parts import byline, captioned, facts, name_of, page_head, sections, stored
from .stamps import stamp_line
from .table import related

_FEW = 0.12
"""How many pages show hardly anything of their row."""


def suits(_stage: Stage, thing: Thing) -> float:
    """What is worth a page of its own."""
    return {"main": 3.8, "lookup": 0.3, "log": 0.4, "part": 0.2}[thing.role] * min(1.2, len(stored(thing)) / 7)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The heading with state and buttons, the facts, the tabs."""
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing))
    state = state_of(thing) if rng.random() < 0.6 else None
    barred = {thing.called if rng.random() < 0.6 else "", state.name if state else "", *_rare(stage, thing)}
    few = rng.random() < _FEW
    count = rng.randint(3, 7) if few else rng.randint(10, max(14, stage.window.height // 30))
    attributes = [a for a in stage.choose(thing, count, count) if a.name not in barred]
    head = heading(stage, thing, row, state)
    wide = stage.window.width > 980 and rng.random() < 0.45
    line = byline(stage, thing, row) if rng.random() < 0.4 else None
    if wide and len(attributes) > 3:
        body = _two_columns(stage, thing, row, attributes)
    else:
        near = about(stage, thing, row)
        groups = [*_groups(stage, thing, row, attributes), *([near] if near else [])]
        body = kit.stack(*groups, related_tabs(stage, thing, row, page_room(stage)) or join())
    times = stamp_line(stage, thing, row) if rng.random() < 0.45 else None
    first = rng.random() < 0.3
    parts = [head, line, times if first else None, body, None if first else times]
    return Drawing(kit.stack(*(p for p in parts if p)), f"{thing.noun} details")


def _rare(stage: Stage, thing: Thing) -> set[str]:
    return {a.name for a in thing.attributes if a.kind in ("secret", "json") and stage.rng.random() < 0.6}


def heading(stage: Stage, thing: Thing, row: Row, state: Attribute | None = None) -> Html:
    """The row's name; what kind of row it is stands before it, above it, or nowhere."""
    rng, kit = stage.rng, stage.kit
    name, mark = name_of(stage, thing, row)
    item = Item(stage, thing, row, state) if state is not None else None
    badge = widgets.cells.badge(item) if item is not None and item.text else None
    buttons = [
        kit.button(b) for b in rng.choice([("Edit",), ("Edit", "Delete"), ("Print", "Edit"), ("Back", "Edit"), ()])
    ]
    told = tag("span", thing.noun, mark=stage.title_mark(thing))
    told_already = name.startswith(thing.noun)
    match "none" if told_already else rng.choice(["before", "above", "above", "none"]):
        case "before":
            title: Child = tag("span", told, rng.choice([" ", ": ", " – "]), tag("span", name, mark=mark), " ", badge)
        case "above":
            title = tag("span", tag("span", name, mark=mark), " ", badge)
            above = tag(
                "div",
                stage.style.caption_of(thing.noun),
                mark=stage.title_mark(thing),
                style="color:var(--muted);font-size:.9em",
            )
            return kit.stack(above, page_head(stage, title, NOTHING, *buttons))
        case _:
            title = tag("span", tag("span", name, mark=mark), " ", badge)
    return page_head(stage, title, NOTHING, *buttons)


def _groups(stage: Stage, thing: Thing, row: Row, attributes: Sequence[Attribute]) -> list[Html]:
    room = page_room(stage) - 40
    if len(attributes) < 6 or stage.rng.random() < 0.25:
        return [stage.kit.card(facts(stage, thing, row, attributes, room=room))]
    found = sections(stage, attributes)
    if stage.style.caption == "aside" or room < 800 or len(found) < 2 or stage.rng.random() < 0.35:
        room = int(room * 0.72) if stage.style.caption == "aside" else room
        return [captioned(stage, s.caption, facts(stage, thing, row, s.attributes, room=room)) for s in found]
    halves: tuple[list[Html], list[Html]] = ([], [])
    heights = [0, 0]
    for section in found:  # the shorter of two columns takes the next group
        side = heights.index(min(heights))
        halves[side].append(captioned(stage, section.caption, facts(stage, thing, row, section.attributes)))
        heights[side] += len(section.attributes) + 2
    return [stage.kit.grid(*(stage.kit.stack(*half) for half in halves if half))]


def _two_columns(stage: Stage, thing: Thing, row: Row, attributes: Sequence[Attribute]) -> Html:
    """Long texts and tabs in the middle, the other facts at the side."""
    kit, rng = stage.kit, stage.rng
    texts = [a for a in attributes if a.kind in ("text", "json", "image")]
    others = [a for a in attributes if a not in texts]
    near, tabs = about(stage, thing, row, slim=True), related_tabs(stage, thing, row, int(page_room(stage) * 0.6))
    alone = len(texts) + (near is not None) + 2 * (tabs is not None) > 1
    cut = len(others) if alone and rng.random() < 0.6 else max(1, len(others) // 2)
    middle = [labelled_text(stage, thing, row, a) for a in texts]
    if others[cut:]:
        middle.insert(
            0,
            captioned(
                stage,
                stage.style.caption_of(rng.choice(["Overview", "Summary", "Information"])),
                facts(stage, thing, row, others[cut:], room=int(page_room(stage) * 0.6)),
                slim=True,
            ),
        )
    middle += [near] if near else []
    caption = stage.style.caption_of(rng.choice(["Details", "Properties", "About", "Key facts"]))
    side = captioned(stage, caption, facts(stage, thing, row, others[:cut], slim=True), slim=True)
    left = tag("div", *middle, *([tabs] if tabs else []), class_="x-stack", style="flex:2;min-width:0")
    right = tag("div", side, style="flex:0 0 31%;min-width:0")
    both = [left, right] if rng.random() < 0.6 else [right, left]
    return (
        tag("div", *both, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap")
        if middle or tabs
        else kit.stack(side)
    )


def labelled_text(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """A long text under its label, which looks like the caption of a group."""
    item = Item(stage, thing, row, attribute)
    head = stage.kit.heading(stage.style.label(attribute), 3, item.names)
    return stage.kit.stack(head, tag("div", widgets.value(stage, thing, row, attribute)))


def related_tabs(stage: Stage, thing: Thing, row: Row, room: int = 0) -> Html | None:
    """What points at the row, each under a tab with its name; the first one is open.

    Args:
        stage, thing, row: whose page it is.
        room: how wide the tables may be, CSS pixels; about half of the window where nothing is said.
    """
    able = [(t, a) for t, a in stage.app.pointing(thing) if t.role != "lookup" and len(a.targets) == 1]
    able += [(p, p.attributes[0]) for p in stage.app.parts(thing) if all(p is not t for t, _ in able)]
    unique = list({t.name: t for t, _ in able}.values())
    if not unique or stage.rng.random() < 0.08:
        return None
    shown = stage.rng.sample(unique, min(len(unique), stage.rng.choice([1, 2, 2, 3, 4])))
    most = stage.rng.randint(2, 5)
    width = room or int(stage.window.width * 0.55)
    if len(shown) == 1 or stage.rng.random() < 0.6:
        heads = (stage.kit.heading(t.title, 3, stage.title_mark(t)) for t in shown)
        bodies = (related(stage, t, thing, rows_under(stage, t, thing, row, most), width) for t in shown)
        return stage.kit.stack(*(stage.kit.stack(h, b) for h, b in zip(heads, bodies, strict=True)))
    body = related(stage, shown[0], thing, rows_under(stage, shown[0], thing, row, most), width)
    counted = stage.rng.random() < 0.5
    names = [_tab(stage, t, counted) for t in shown]
    first = [stage.style.caption_of("Overview")] if stage.rng.random() < 0.3 else []
    return stage.kit.stack(stage.kit.tabs([*first, *names], len(first)), body)


def _tab(stage: Stage, thing: Thing, counted: bool) -> Html:
    """A thing's name, with how many there are of it: a figure that nothing stores."""
    count = f" ({stage.rng.randint(1, 24)})" if counted else ""
    return tag("span", thing.title + count, mark=stage.title_mark(thing))


def portrait(stage: Stage, thing: Thing, row: Row, size: int = 88) -> Html:
    """The picture of a row, or its initials."""
    name, _ = name_of(stage, thing, row)
    return stage.kit.avatar(initials(name) if stage.rng.random() < 0.5 else "", size)
