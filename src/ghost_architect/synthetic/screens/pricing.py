"""Plans as cards side by side: a name, a price, what is included. The one in the middle stands out."""

from __future__ import annotations

from decimal import Decimal

from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Child, Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets import cells
from ..widgets.item import Item
from .glance import RARE, bit, excerpt, first, hinted, named, named_so
from .parts import page_head

_OFFERED = frozenset("plan tier package membership pass tariff bundle".split())
_ASKED = frozenset("price fee rate fare monthly yearly annual cost charge amount tuition".split())
_TITLES = ("Choose your plan", "Pricing", "Pick what suits you", "Plans and pricing", "Compare")
_DEEDS = ("Choose", "Get started", "Select", "Buy now", "Start free trial", "Sign up", "Upgrade")


def suits(_stage: Stage, thing: Thing) -> float:
    """What is offered at a price."""
    if _price(thing) is None or thing.role not in ("main", "lookup") or not thing.called:
        return 0.0
    offered = bool(_OFFERED & set(thing.name.split("_")))
    return (RARE if offered else 0.0) + hinted(thing, "pricing")


def _price(thing: Thing) -> Attribute | None:
    """What it costs: not what it insures, holds or allows."""
    able = (a for a in thing.attributes if a.kind == "money" and a.columns)
    return next((a for a in able if _ASKED & set(a.name.split("_"))), None)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the cards."""
    rng, kit = stage.rng, stage.kit
    price = _price(thing)
    assert price is not None
    count = 2 if stage.window.narrow else rng.choice([3, 3, 4])
    priced = [r for r in stage.rows.of(thing) if r[price.name] is not None] or list(stage.rows.of(thing))
    rows = sorted(rng.sample(priced, min(count, len(priced))), key=lambda r: _worth(stage, thing, r, price))
    others = [
        a
        for a in thing.attributes
        if a.kind in ("flag", "count", "int", "measure", "percent", "choice", "minutes", "date") and a.columns
    ]
    shown = rng.sample(others, min(len(others), rng.randint(2, 6)))
    shown = [a for a in others if a in shown]
    deed, best = rng.choice(_DEEDS), -1 if named_so(thing, ("flag",), ("popular",)) else rng.choice([-1, 1, 1])
    period = named_so(thing, ("choice",), ("interval", "period", "billing", "cycle", "term"))
    own = [a for a in shown if a is not period]
    cards = [_card(stage, thing, r, price, period, own, deed, i == best) for i, r in enumerate(rows)]
    said = rng.choice([thing.title, thing.title, *_TITLES])
    mark = stage.title_mark(thing)
    top = (
        tag("div", kit.heading(said, 1, mark if said == thing.title else type(mark)()), class_="x-mid")
        if rng.random() < 0.6
        else page_head(stage, said, mark)
    )
    switch = kit.row(kit.tabs(["Monthly", "Yearly"])) if period is None and rng.random() < 0.2 else None
    grid = tag(
        "div",
        *cards,
        class_="x-tiles",
        style=f"grid-template-columns:repeat({1 if stage.window.narrow else len(cards)},minmax(0,1fr))",
    )
    return Drawing(kit.stack(*[p for p in (top, switch, grid) if p]), said)


def _worth(stage: Stage, thing: Thing, row: Row, price: Attribute) -> Decimal:
    value = Decimal(0) if stage.rows.name_of(thing, row.number - 1).lower() == "free" else row[price.name]
    return value if isinstance(value, Decimal) else Decimal(0)


def _card(
    stage: Stage,
    thing: Thing,
    row: Row,
    price: Attribute,
    period: Attribute | None,
    shown: list[Attribute],
    deed: str,
    best: bool,
) -> Html:
    kit = stage.kit
    item = Item(stage, thing, row, price)
    every = Item(stage, thing, row, period) if period else None
    per = kit.words(f" / {small(every.text)}", every.mark, "muted") if every and every.text else None
    free = stage.rows.name_of(thing, row.number - 1).lower() == "free"
    cost = tag(
        "div",
        tag(
            "span",
            "Free" if free or not item.text else item.text,
            mark=item.mark,
            style="font-size:1.8em;font-weight:700",
        ),
        per,
    )
    parts: list[Child] = [
        tag("div", kit.badge("Most popular", "info")) if best else None,
        named(stage, thing, row),
        cost,
    ]
    parts.append(excerpt(stage, thing, row, first(thing, ("text",))))
    parts += [_line(stage, thing, row, a) for a in shown]
    return kit.card(tag("div", *parts, kit.button(deed, "primary" if best else ""), class_="x-tile", style="gap:10px"))


def _line(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html | None:
    """A feature: ticked or crossed out, or with its figure."""
    item = Item(stage, thing, row, attribute)
    if attribute.kind == "flag":
        on = cells.on(item)
        label = stage.kit.words(stage.style.label(attribute), item.names, "text" if on else "muted")
        return tag("div", cells.icon(item), " ", label)
    made = bit(stage, thing, row, attribute, False)
    return tag("div", tag("span", stage.kit.icon("check"), style="color:var(--good)"), " ", made) if made else None
