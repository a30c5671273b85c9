"""A telephone: a list of cards or lines, the details of one as a sheet over it, or a short form in such a sheet."""

from __future__ import annotations

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import is_person
from .glance import Glance, bit, bits, excerpt, face, first, glance, hinted, named, pair, signed, state_of
from .parts import facts, several, stored


def suits(stage: Stage, thing: Thing) -> float:
    """Anything, where the window is narrow."""
    if not stage.window.narrow:
        return 0.0
    return {"main": 3.0, "part": 0.4, "log": 0.8, "lookup": 0.5}[thing.role] + hinted(thing, "mobile")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The list, and what lies over it."""
    rng, kit = stage.rng, stage.kit
    seen = glance(stage, thing, 4)
    rows = stage.sample(thing, 4, max(5, stage.window.height // 82))
    manner = rng.choice(["lines", "lines", "cards"])
    made = [_line(stage, thing, r, seen) if manner == "lines" else _card(stage, thing, r, seen) for r in rows]
    over = rng.choice(["", "", "detail", "detail", "form"])
    find = kit.input(placeholder=f"Search {several(thing)}") if rng.random() < 0.5 else None
    head = kit.row(
        kit.heading(thing.title, 1 if rng.random() < 0.5 else 2, stage.title_mark(thing)),
        kit.icon_button("plus"),
        spread=True,
    )
    choice = state_of(thing)
    chips = (
        tag(
            "div",
            kit.chip("All"),
            *(kit.chip(c, stage.mark(thing, choice)) for c in choice.field.choices[:4]),
            class_="x-row",
            style="flex-wrap:nowrap;overflow:hidden;gap:2px",
        )
        if choice and rng.random() < 0.35
        else None
    )
    body = tag("div", *made, style="background:var(--surface);margin:0 -4px") if manner == "lines" else kit.stack(*made)
    listed = kit.stack(*[p for p in (head if rng.random() < 0.7 else None, find, chips) if p], body)
    sheet = _sheet(stage, thing, rng.choice(rows), seen) if over == "detail" else _form(stage, thing) if over else None
    plus = (
        tag("div", kit.button("+", "primary"), style="position:absolute;right:18px;bottom:74px;z-index:3")
        if not over and rng.random() < 0.3
        else None
    )
    return Drawing(tag("div", listed, plus, sheet), thing.title)


def _line(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    kit = stage.kit
    lead = (
        face(stage, thing, row, None, 40) if is_person(thing) else kit.picture("44px", "44px") if seen.picture else None
    )
    if seen.picture:
        stage.implies(thing, seen.picture)
    right = seen.price or seen.state
    under = signed(stage, thing, row, seen.who, seen.when) or bits(stage, thing, row, seen.others[:2])
    value = bit(stage, thing, row, right, True) if right else None
    middle = tag("div", named(stage, thing, row), under)
    arrow = tag("span", kit.icon("right"), style="color:var(--muted)") if stage.style.right else None
    return tag(
        "div",
        lead,
        middle,
        tag("span", value, style="flex:none") if value else None,
        arrow,
        class_="x-entry",
        style="align-items:center",
    )


def _card(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    kit = stage.kit
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    top = tag("div", named(stage, thing, row), state, class_="x-row x-spread", style="flex-wrap:nowrap;gap:8px")
    price = bit(stage, thing, row, seen.price) if seen.price else None
    lines = [
        top,
        excerpt(stage, thing, row, seen.body),
        bits(stage, thing, row, seen.others),
        tag("div", price) if price else None,
    ]
    return kit.card(tag("div", *lines, signed(stage, thing, row, seen.who, seen.when), class_="x-tile"))


def _over(stage: Stage, *body: Html | None) -> Html:
    grip = tag("div", class_="x-grip") if stage.rng.random() < 0.7 else None
    return tag(
        "div", tag("div", class_="x-backdrop"), tag("div", grip, *body, class_="x-sheet"), class_="x-sheet-layer"
    )


def _sheet(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    """Everything about one row, from below."""
    kit, rng = stage.kit, stage.rng
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    lead = (
        face(stage, thing, row, None, 52) if is_person(thing) else kit.picture("56px", "56px") if seen.picture else None
    )
    top = kit.row(lead or tag("span"), tag("span", state, " ", kit.icon("cross")), spread=True)
    price = bit(stage, thing, row, seen.price, True) if seen.price else None
    own = [
        a
        for a in stored(thing, {"secret", "json", "image", "text", "><"})
        if a.name != thing.called and a not in (seen.state, seen.price)
    ]
    shown = [a for a in own if a in rng.sample(own, min(len(own), rng.randint(5, 12)))]
    held = [a for a in shown if stage.text(thing, row, a)]
    if rng.random() < 0.5 and held:
        inner = kit.facts((widgets.fact(stage, thing, row, a) for a in held), "grid")
    else:
        inner = (
            tag("div", *(pair(stage, thing, row, a) for a in held), class_="x-stack")
            if rng.random() < 0.6
            else facts(stage, thing, row, held)
        )
    note = excerpt(stage, thing, row, first(thing, ("text",)), short=False)
    buttons = kit.row(
        *(
            kit.button(b, "primary" if i == 0 else "")
            for i, b in enumerate(rng.choice([("Edit",), ("Open", "Share"), ("Edit", "Delete"), ()]))
        )
    )
    return _over(
        stage,
        top,
        tag("div", named(stage, thing, row), style="font-size:1.2em"),
        tag("div", price, class_="x-price") if price else None,
        inner,
        note,
        buttons,
    )


def _form(stage: Stage, thing: Thing) -> Html:
    """A few fields of a new row, from below; what the list behind shows is still there."""
    kit, rng = stage.kit, stage.rng
    able: list[Attribute] = [a for a in stored(thing, {"secret", "json", "file"}) if a.required or rng.random() < 0.5]
    shown = able[: max(4, stage.window.height // 105)]
    row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.4 else None
    title = kit.heading(f"{'Edit' if row else 'New'} {small(thing.noun)}", 2, stage.title_mark(thing))
    fields = (widgets.control(stage, thing, row, a) for a in shown)
    return _over(
        stage, kit.row(title, kit.icon("cross"), spread=True), *fields, kit.button(stage.style.save, "primary")
    )
