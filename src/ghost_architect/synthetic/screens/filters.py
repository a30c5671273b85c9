"""What narrows a list: a line of labelled controls over it, or a column of boxes to tick beside it.

Both name columns that the list itself may not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..apps.app import Attribute, Thing
from ..looks.html import Html, join, tag
from ..stage import Stage
from ..widgets.item import Item

_BY = frozenset({"choice", "->", "date", "moment", "flag", "country", "city"})
_SHARE = 0.22


_SIDE = 215
"""How wide the column of boxes is with its gap, CSS pixels."""


def filtered(stage: Stage, thing: Thing, listed: Html) -> Html:
    """A list with its filters, where the application has them."""
    shown, facets = _picked(stage, thing)
    if facets:
        return _beside(stage, thing, facets, listed)
    return stage.kit.stack(_over(stage, thing, shown), listed) if shown else listed


def taken(stage: Stage, thing: Thing) -> int:
    """How much of the width of a list its filters take, CSS pixels."""
    return _SIDE if _picked(stage, thing)[1] else 0


def _picked(stage: Stage, thing: Thing) -> tuple[Sequence[Attribute], Sequence[Attribute]]:
    """What this application filters the list by, and what of that has boxes to tick at the side, if anything has."""
    rng = Random(f"{stage.style.seed}/filters/{thing.name}")
    able = [a for a in thing.attributes if a.kind in _BY and (a.columns or a.junction) and len(a.targets) < 2]
    if stage.window.width < 1000 or len(able) < 2 or rng.random() > _SHARE:
        return (), ()
    picked = rng.sample(able, min(len(able), rng.randint(2, 5)))
    shown = [a for a in able if a in picked]
    facets = [a for a in shown if a.kind == "choice" and len(a.field.choices) < 9]
    return shown, facets if stage.window.width >= 1280 and rng.random() < 0.45 else ()


def _over(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Html:
    """Controls in a line, each under its label, with buttons behind them."""
    kit, rng = stage.kit, Random(f"{stage.style.seed}/filter line")
    made = [tag("div", _control(stage, thing, a), style="flex:1;min-width:120px;max-width:230px") for a in shown]
    go, back = rng.choice(
        [("Apply", "Reset"), ("Filter", "Clear"), ("Search", "Reset"), ("Go", ""), ("Apply filters", "Clear all")]
    )
    buttons = join(kit.button(go, "primary"), " ", kit.button(back) if back else "")
    line = tag(
        "div", *made, tag("div", buttons, style="white-space:nowrap"), class_="x-row", style="align-items:flex-end"
    )
    return kit.card(line) if rng.random() < 0.4 else line


def _control(stage: Stage, thing: Thing, attribute: Attribute) -> Html:
    kit, item = stage.kit, Item(stage, thing, None, attribute)
    said = stage.style.label(attribute)
    if attribute.kind in ("date", "moment"):
        two = stage.style.chooser("between", attribute, thing.name).random() < 0.5
        hint = "mm/dd/yyyy" if stage.rows.writing.locale.name == "en_US" else "dd/mm/yyyy"
        ends = [kit.input(placeholder=h) for h in (("From", "To") if two else (hint,))]
        return kit.field(said, kit.grid(*ends, columns=len(ends)), mark=item.names)
    if attribute.kind == "city":
        return kit.field(said, kit.input(placeholder="Any"), mark=item.names)
    any_ = Random(f"{stage.style.seed}/any").choice(["All", "Any", "- All -", "All"])
    return kit.field(said, kit.select([any_], any_), mark=item.names)


def _beside(stage: Stage, thing: Thing, facets: Sequence[Attribute], listed: Html) -> Html:
    """Every state with a box before it and mostly a number behind it, which is counted."""
    kit, rng = stage.kit, stage.rng
    counted = rng.random() < 0.6
    groups: list[Html] = [kit.heading(rng.choice(["Filters", "Refine by", "Narrow results"]), 3)]
    for attribute in facets[:3]:
        item, mark = Item(stage, thing, None, attribute), stage.mark(thing, attribute)
        boxes: list[Html] = []
        for choice in attribute.field.choices:
            number = kit.words(f" ({rng.randint(0, 60)})", role="muted") if counted else None
            boxes.append(tag("div", kit.checkbox(choice, rng.random() < 0.15, mark), number))
        groups.append(tag("div", tag("b", stage.style.label(attribute), mark=item.names), *boxes))
    groups.append(kit.button(rng.choice(["Apply", "Clear filters", "Reset"])))
    side = tag("div", kit.stack(*groups), style="flex:0 0 190px;min-width:0")
    main = tag("div", listed, style="flex:1;min-width:0")
    return tag(
        "div", side, main, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap;gap:calc(var(--gap) * 2)"
    )
