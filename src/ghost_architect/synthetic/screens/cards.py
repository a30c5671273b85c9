"""A grid of cards: each row by its picture, name, state and a few values, most of them without labels."""

from __future__ import annotations

from collections.abc import Iterable

from ..apps.app import Thing
from ..looks.html import Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import is_person
from .glance import (
    Glance,
    bit,
    bits,
    counted,
    excerpt,
    face,
    first,
    glance,
    hinted,
    named,
    pair,
    signed,
    state_of,
)
from .parts import new_button, page_head, several


def suits(_stage: Stage, thing: Thing) -> float:
    """What has a picture, a price or a state; people too."""
    if thing.role in ("log", "part"):
        return 0.0
    score = 0.2 + sum(0.5 for k in ("image", "money", "choice") if first(thing, (k,))) + 0.4 * is_person(thing)
    return score * (0.8 if thing.role == "main" else 0.3) + hinted(thing, "cards")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, tools, cards."""
    rng, kit = stage.rng, stage.kit
    seen = glance(stage, thing, rng.choice([3, 4, 5, 6, 7]))
    manner = rng.choice(["tall", "tall", "flat", "listed"]) if seen.picture else rng.choice(["flat", "listed", "tall"])
    room = stage.window.width - (30 if stage.window.narrow else 250)
    columns = max(1, min(5, round(room / rng.choice([230, 270, 320, 400]))))
    if stage.window.narrow:
        columns = 2 if manner == "tall" and len(seen.others) < 2 and rng.random() < 0.3 else 1
    rows = stage.sample(thing, columns * 2, columns * max(2, stage.window.height // 170))
    sold = seen.price is not None and not set(seen.price.name.split("_")) - _ASKED
    more = ["Select", "Book now", "Add to cart", "Buy"] if sold else ["Open", "Edit", "Show"]
    action = rng.choice(["", "", "View", "Details", "Open", "Edit", "See more", *more])
    counts, menu = rng.random() < 0.3, rng.random() < 0.25
    made = (_card(stage, thing, row, seen, manner, action, counts, menu) for row in rows)
    top = page_head(
        stage, thing.title, stage.title_mark(thing), *([new_button(stage, thing)] if rng.random() < 0.6 else [])
    )
    body = kit.stack(top, _tools(stage, thing), _grid(made, columns))
    return Drawing(body, thing.title)


_ASKED = frozenset("price unit sale list retail daily nightly hourly per day night hour month rate fare ticket".split())
"""Words of sums that somebody else pays for a thing: what has one can be bought or booked."""


def _grid(cards: Iterable[Html], columns: int) -> Html:
    """Cards of one row are equally high."""
    return tag("div", *cards, class_="x-tiles", style=f"grid-template-columns:repeat({columns},minmax(0,1fr))")


def _tools(stage: Stage, thing: Thing) -> Html | None:
    kit, rng = stage.kit, stage.rng
    tools: list[Html] = []
    if rng.random() < 0.5:
        tools.append(kit.part("search", kit.input(placeholder=f"Search {several(thing)}")))
    chosen = state_of(thing)
    if chosen is not None and rng.random() < 0.35:
        few, mark = chosen.field.choices[: 2 if stage.window.narrow else 5], stage.mark(thing, chosen)
        tools.append(tag("span", kit.chip("All"), *(kit.chip(said, mark) for said in few)))
    if rng.random() < 0.3:
        tools.append(kit.select(["Newest first", "Name A–Z", "Most popular"], rng.choice(["Newest first", "Name A–Z"])))
    return kit.row(*tools) if tools else None


def _card(
    stage: Stage, thing: Thing, row: Row, seen: Glance, manner: str, action: str, counts: bool, menu: bool
) -> Html:
    kit = stage.kit
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    price = bit(stage, thing, row, seen.price) if seen.price else None
    name = named(stage, thing, row, link=manner == "listed")
    dots = kit.icon("dots") if menu else None
    head = tag(
        "div",
        name,
        tag("span", state, " " if state and dots else None, dots),
        class_="x-row x-spread",
        style="flex-wrap:nowrap;gap:8px;align-items:flex-start",
    )
    lines: list[Html | None] = [head, excerpt(stage, thing, row, seen.body)]
    if manner == "listed":
        lines += [pair(stage, thing, row, a) for a in seen.others]
        lines += [pair(stage, thing, row, seen.when)] if seen.when and not seen.who else []
    else:
        lines += [tag("div", price, class_="x-price") if price else None]
        lines += [bits(stage, thing, row, [*seen.others, *([seen.when] if seen.when and not seen.who else [])])]
    lines += [signed(stage, thing, row, seen.who, seen.when)] if seen.who else []
    lines += [tag("div", *counted(stage, thing, row), class_="x-bits")] if counts else []
    if manner == "listed" and price:
        lines.append(tag("div", price))
    foot = (
        kit.row(kit.button(action, "primary" if action in ("Book now", "Select", "Add to cart", "Buy") else ""))
        if action
        else None
    )
    inner = tag("div", *lines, foot, class_="x-tile")
    if manner == "tall" and seen.picture:
        stage.implies(thing, seen.picture)
        return kit.card(kit.picture("100%", "132px"), inner)
    if manner == "flat" and (seen.picture or is_person(thing)):
        return kit.card(
            tag(
                "div",
                _small(stage, thing, row, seen),
                inner,
                class_="x-row",
                style="flex-wrap:nowrap;align-items:flex-start",
            )
        )
    return kit.card(inner)


def _small(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    if is_person(thing):
        if seen.picture:
            stage.implies(thing, seen.picture)
        return face(stage, thing, row, None, 44)
    if seen.picture:
        stage.implies(thing, seen.picture)
        return stage.kit.picture("64px", "64px")
    return join()
