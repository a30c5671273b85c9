"""The end of a purchase or booking: who, where to, how to pay, and what is bought with what it comes to."""

from __future__ import annotations

from decimal import Decimal

from ..apps.app import Attribute, Thing
from ..looks.html import NOTHING, Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .form import grid
from .lines import rows_under, totals, worth
from .parts import name_of, stored

_CARD = (("Card number", "1234 5678 9012 3456"), ("Expiry", "MM / YY"), ("CVC", "123"))


def suits(stage: Stage, thing: Thing) -> float:
    """What is bought: has parts with prices, or is said to be a checkout."""
    priced = any(a.kind == "money" for p in stage.app.parts(thing) for a in p.attributes)
    return (2.0 if "checkout" in thing.entity.screens else 0.0) + (0.7 if priced and thing.role == "main" else 0.0)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The questions at the left, the summary at the right or under them."""
    rng, kit = stage.rng, stage.kit
    asked = [a for a in stored(thing, {"json", "secret", "uuid", "moment"}) if a.kind != "code"][: rng.randint(4, 9)]
    picks = [a for a in asked if a.kind == "choice" or a.field.is_relation]
    others = [a for a in asked if a not in picks]
    row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.4 else None
    groups: list[Html] = []
    names = iter(
        rng.choice(
            [
                ("1. Your details", "2. Delivery", "3. Payment"),
                ("Your details", "Delivery and options", "Payment"),
                ("Contact", "Shipping", "Pay with"),
            ]
        )
    )
    for attributes in (others, picks):
        caption = next(names)
        if attributes:
            groups.append(kit.card(grid(stage, thing, row, attributes, stage.window.width > 1000), title=caption))
    if rng.random() < 0.7:
        groups.append(_payment(stage, next(names)))
    heading = kit.heading(
        rng.choice(["Checkout", "Complete your order", f"{thing.noun} checkout"]), mark=stage.title_mark(thing)
    )
    summary = _summary(stage, thing, row)
    if stage.window.width < 800:
        return Drawing(kit.stack(heading, *groups, summary), "Checkout")
    left, right = (
        tag("div", *groups, class_="x-stack", style="flex:2;min-width:0"),
        tag("div", summary, style="flex:1;min-width:260px"),
    )
    return Drawing(
        kit.stack(heading, tag("div", left, right, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap")),
        "Checkout",
    )


def _payment(stage: Stage, caption: str) -> Html:
    """Number, expiry and code of a card: nobody stores them, so they say nothing."""
    kit = stage.kit
    number, expiry, code = (kit.field(stage.style.caption_of(n), kit.input(placeholder=hint)) for n, hint in _CARD)
    return kit.card(number, kit.grid(expiry, code), title=caption)


def _summary(stage: Stage, thing: Thing, row: Row | None) -> Html:
    """What is bought, what it comes to, and the button."""
    rng, kit = stage.rng, stage.kit
    parts = stage.app.parts(thing)
    if parts:
        part = next((p for p in parts if any(a.kind == "money" for a in p.attributes)), parts[0])
        stage.belongs(part, thing)
        rows = rows_under(stage, part, thing, row, 5)
        lines, net = [_line(stage, part, thing, r) for r in rows], worth(stage, part, rows)
    else:
        lines, net = _goods(stage, thing)
    code = (
        kit.row(
            tag("div", kit.input(placeholder=rng.choice(["Discount code", "Voucher", "Promo code"])), style="flex:1"),
            kit.button("Apply"),
        )
        if rng.random() < 0.4
        else join()
    )
    pay = kit.button(rng.choice(["Place order", "Pay now", "Confirm and pay", "Buy now"]), "primary")
    terms = kit.checkbox("I agree to the terms and conditions") if rng.random() < 0.3 else join()
    return kit.card(
        *lines,
        code,
        totals(stage, net),
        terms,
        pay,
        title=stage.style.caption_of(rng.choice(["Order summary", "Your order", "Summary", "Your basket"])),
    )


def _goods(stage: Stage, thing: Thing) -> tuple[list[Html], Decimal]:
    """What is bought where no lines are kept: rows of something that has a price."""
    sold = [
        t
        for t in stage.app.things.values()
        if t is not thing and t.role == "main" and t.called and _first(t, ("money",))
    ]
    if not sold:
        return [], worth(stage, thing, ())
    chosen = stage.rng.choice(sold)
    rows = stage.sample(chosen, 1, 3)
    return [_line(stage, chosen, chosen, row) for row in rows], worth(stage, chosen, rows)


def _line(stage: Stage, part: Thing, whole: Thing, row: Row) -> Html:
    """A line of the summary: picture, name, how many, price; none of it labelled."""
    relations = [a for a in part.attributes if a.field.is_relation and a.columns and a.targets != (whole.name,)]
    named = next(iter(relations), None) if part is not whole else None
    count = _first(part, ("count", "int"))
    price = _first(part, ("money",))
    name, mark = name_of(stage, part, row)
    if named is not None and stage.text(part, row, named):
        item = Item(stage, part, row, named)
        name, mark = item.text, item.mark
    times = Item(stage, part, row, count) if count else None
    many = (
        tag("div", times.span(times.text), " ×", style="color:var(--muted);font-size:.9em")
        if times and times.text
        else None
    )
    sum_ = Item(stage, part, row, price) if price else None
    right = (
        tag("div", sum_.text, mark=sum_.mark if price and price.columns else NOTHING) if sum_ and sum_.text else None
    )
    picture = stage.kit.picture("46px", "46px") if stage.style.facts in ("grid", "") else None
    return tag(
        "div",
        picture,
        tag("div", tag("div", name, mark=mark), many, style="flex:1;min-width:0"),
        right,
        style="display:flex;gap:10px;align-items:center",
    )


def _first(thing: Thing, kinds: tuple[str, ...]) -> Attribute | None:
    return next((a for a in thing.attributes if a.kind in kinds and a.columns), None)
