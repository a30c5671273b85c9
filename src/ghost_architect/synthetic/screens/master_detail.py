"""A document with its lines and what they come to, or a list at the left with one of its rows opened at the right."""

from __future__ import annotations

from .. import widgets
from ..apps.app import Thing
from ..looks.html import Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item, initials, second
from .columns import page_room
from .detail import heading, related_tabs
from .glance import state_of
from .lines import rows_under, totals, worth
from .parts import captioned, facts, name_of, save_row, sections, several
from .table import related


def suits(stage: Stage, thing: Thing) -> float:
    """What has parts; other main things as a list beside one of its rows."""
    if thing.role != "main" or stage.window.narrow:
        return 0.0
    return (3.8 if stage.app.parts(thing) else 1.5) * (0.15 if stage.window.width < 900 else 1.0)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """One of the two."""
    parts = stage.app.parts(thing)
    if parts and stage.rng.random() < 0.7:
        return _document(stage, thing, stage.rng.choice(parts))
    return _beside(stage, thing)


def _document(stage: Stage, thing: Thing, part: Thing) -> Drawing:
    """The head of a document, its lines, its sum. The lines do not name the document: it stands above them."""
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing))
    state = state_of(thing)
    count = rng.randint(5, max(9, stage.window.height // 60))
    barred = {thing.called, state.name if state else ""}
    shown = [a for a in stage.choose(thing, count, count) if a.name not in barred and a.kind not in ("json", "secret")]
    boxes = [captioned(stage, s.caption, facts(stage, thing, row, s.attributes)) for s in sections(stage, shown)]
    if len(boxes) > 1 and stage.window.width > 900:
        boxes = [kit.grid(*boxes[:2]), *boxes[2:]]
    under = rows_under(stage, part, thing, row, rng.randint(3, 8))
    lines = related(stage, part, thing, under, page_room(stage))
    title = kit.heading(part.title, 3, stage.title_mark(part)) if rng.random() < 0.7 else join()
    priced = any(a.kind == "money" for a in part.attributes)
    foot = totals(stage, worth(stage, part, under)) if priced and rng.random() < 0.8 else join()
    buttons = save_row(stage) if rng.random() < 0.2 else join()
    body = kit.stack(heading(stage, thing, row, state), *boxes, kit.stack(title, lines, foot), buttons)
    return Drawing(body, thing.noun)


def _beside(stage: Stage, thing: Thing) -> Drawing:
    """Names at the left, one of them picked, its facts at the right."""
    rng, kit = stage.rng, stage.kit
    rows = list(stage.sample(thing, 5, max(6, stage.window.height // 70)))
    picked = rng.randrange(min(4, len(rows)))
    twice, stamp = rng.random() < 0.75, _aside(thing)
    items = [_entry(stage, thing, row, i == picked, twice, stamp) for i, row in enumerate(rows)]
    search = (
        kit.input(placeholder=rng.choice(["Search", f"Search {several(thing)}", "Filter"]))
        if rng.random() < 0.6
        else join()
    )
    top = kit.row(kit.heading(thing.title, 2, stage.title_mark(thing)), kit.icon_button("plus"), spread=True)
    left = tag("div", top, search, kit.items(*items), class_="x-stack", style="width:290px;flex:none")
    row = rows[picked]
    count = rng.randint(6, max(9, stage.window.height // 52))
    shown = [
        a for a in stage.choose(thing, count, count) if a.name != thing.called and a.kind not in ("json", "secret")
    ]
    tabs = related_tabs(stage, thing, row, page_room(stage) - 330) or join()
    right = tag(
        "div",
        heading(stage, thing, row),
        facts(stage, thing, row, shown, room=page_room(stage) - 330),
        tabs,
        class_="x-stack",
        style="flex:1;min-width:0",
    )
    return Drawing(
        tag("div", left, right, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap;gap:26px"), thing.title
    )


def _aside(thing: Thing) -> str:
    """What stands at the right of an entry: its state, time or sum."""
    state = state_of(thing)
    if state is not None:
        return state.name
    kinds = ("moment", "date", "money")
    return next((a.name for k in kinds for a in thing.attributes if a.kind == k and a.columns), "")


def _entry(stage: Stage, thing: Thing, row: Row, picked: bool, twice: bool, aside: str) -> Html:
    name, mark = name_of(stage, thing, row)
    attribute = thing.attribute(aside)
    item = Item(stage, thing, row, attribute) if attribute is not None else None
    under, said = second(Item(stage, thing, row, thing.attributes[0]), thing, row) if twice else ("", mark)
    line = (
        tag("div", under, mark=said, style="color:var(--muted);font-size:.9em")
        if under and (item is None or under != item.text)
        else None
    )
    body = tag(
        "div",
        tag("div", name, mark=mark, style="font-weight:600"),
        line,
        style="flex:1;min-width:0;overflow-wrap:anywhere",
    )
    called = thing.attribute(thing.called)
    person = called is not None and called.kind in ("person", "username", "company")
    face = stage.kit.avatar(initials(name), 30) if person and stage.style.facts in ("grid", "lines") else None
    end = (
        tag(
            "div",
            widgets.cells.badge(item) if item.kind == "choice" else stage.kit.words(item.text, item.mark, "muted"),
        )
        if item and item.text
        else None
    )
    ground = "background:var(--stripe);" if picked else ""
    return tag("div", face, body, end, style=f"{ground}display:flex;gap:10px;align-items:center")
