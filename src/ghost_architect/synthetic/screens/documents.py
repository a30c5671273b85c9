"""A document as it is printed: an invoice, a receipt, an order, a delivery note.

who sends it      letters at the top, of no table
for whom          blocks of a name and an address, each under what it is called
its numbers       labels with values, at the right
its lines         a table, the rows that belong to it
what it comes to  computed from the lines: no columns
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..apps.app import Attribute, Thing
from ..looks.html import Child, Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .columns import columns_for
from .glance import RARE, excerpt, first, hinted, moment_of, named_so, one_to_many, pair, person_of
from .parts import address
from .table import table

_PRINTED = frozenset(
    (
        "invoice receipt order bill quote estimate statement purchase delivery note prescription ticket "
        "certificate waybill payslip report contract voucher"
    ).split()
)
_PLACE = ("street", "postcode", "city", "region", "country")
_REACHED = ("company", "street", "postcode", "city", "region", "country", "email", "phone")


def suits(stage: Stage, thing: Thing) -> float:
    """What has lines, or is called like a paper."""
    if thing.role != "main":
        return 0.0
    lines = any(first(p, ("money", "count", "decimal")) for p in stage.app.parts(thing))
    printed = bool(_PRINTED & set(thing.name.split("_")))
    return RARE * (2.0 * (lines and printed) + 0.3 * (lines or printed)) + hinted(thing, "documents", "document")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The paper, and what can be done with it."""
    rng, kit, narrow = stage.rng, stage.kit, stage.window.narrow
    part = next((p for p in stage.app.parts(thing)), None)
    rows = stage.rows.of(thing)
    whole = [r for r in rows if part and len(stage.rows.under(part, thing, r.number - 1)) > 1]
    row = rng.choice(whole or list(rows))
    parties = _parties(stage, thing)
    numbers = _numbers(stage, thing, parties)
    state = first(thing, ("choice",), ("status", "state"))
    top = _top(stage, thing, row, numbers, state, narrow)
    blocks = tag(
        "div",
        *(_party(stage, thing, row, p) for p in parties),
        class_="x-grid",
        style=f"grid-template-columns:repeat({1 if narrow else max(2, len(parties))},minmax(0,1fr));gap:20px",
    )
    parts: list[Child] = [top, blocks if parties else None]
    width = min(stage.window.width - 60, rng.choice([640, 720, 800, 900]))
    if part is not None:
        parts += _lines(stage, thing, part, row, width)
    parts.append(_note(stage, thing, row))
    if rng.random() < 0.6:
        priced = first(thing, ("money",)) or (part and first(part, ("money",)))
        said = rng.choice(_FEET if priced else _FEET[:3])
        parts.append(tag("div", kit.words(said, role="muted"), class_="x-mid"))
    paper = tag("div", *parts, class_="x-paper x-tight" if narrow else "x-paper", style=f"max-width:{width}px")
    buttons = kit.row(
        *(kit.button(b) for b in rng.choice([("Print", "Download PDF"), ("Download",), ("Send", "Print", "Edit")]))
    )
    return Drawing(kit.stack(buttons, paper) if rng.random() < 0.6 else paper, thing.noun)


_FEET = (
    "Valid without signature.", "Page 1 of 1", "Questions? Call us on weekdays from 9 to 17.",
    "Thank you for your business.", "Please pay within 14 days.", "All prices include tax.",
)  # fmt: skip


_CLERKS = frozenset({"created_by", "updated_by", "approved_by", "entered_by", "author", "last_edited_by"})
"""People who only wrote it."""


def _parties(stage: Stage, thing: Thing) -> Sequence[Attribute]:
    """Who it is for, and where it goes."""
    able = [a for a in one_to_many(thing) if len(a.targets) == 1 and a.name not in _CLERKS]
    people = [
        a
        for a in able
        if a is person_of(stage, thing) or first(stage.app.things[a.targets[0]], ("email", "street", "company"))
    ]
    return people[:3]


def _numbers(stage: Stage, thing: Thing, parties: Sequence[Attribute]) -> Sequence[Attribute]:
    """Codes, dates and terms that stand in the corner."""
    able = [
        a
        for a in thing.attributes
        if a.columns and a.kind in ("code", "date", "moment", "choice", "->", "words") and a not in parties
    ]
    able = [a for a in able if a.name not in (*_CLERKS, "created_at", "updated_at", "deleted_at")]
    picked = stage.rng.sample(able, min(len(able), stage.rng.randint(2, 6)))
    when, called = moment_of(thing), thing.attribute(thing.called)
    return [a for a in thing.attributes if a in picked or a is when or (a is called and a in able)]


def _top(
    stage: Stage, thing: Thing, row: Row, numbers: Sequence[Attribute], state: Attribute | None, narrow: bool
) -> Html:
    kit, rng = stage.kit, stage.rng
    sender = tag("div", kit.heading(stage.app.name, 2), tag("div", kit.words(rng.choice(_SENDERS), role="muted")))
    title = tag(
        "span",
        thing.noun.upper() if rng.random() < 0.4 else thing.noun,
        mark=stage.title_mark(thing),
        style="font-size:1.5em;font-weight:600",
    )
    stamp = (
        Item(stage, thing, row, state) if state is not None and state not in numbers and rng.random() < 0.4 else None
    )
    mark = (
        tag("span", stamp.text, mark=stamp.mark, class_="x-stamp", style="color:var(--accent)")
        if stamp and stamp.text
        else None
    )
    held = [a for a in numbers if stage.text(thing, row, a)]
    lines = tag("div", *(pair(stage, thing, row, a) for a in held), style="min-width:220px")
    if narrow:
        return tag("div", sender, title, mark, lines, class_="x-stack", style="gap:10px")
    right = tag("div", title if rng.random() < 0.5 else None, lines, style="display:flex;flex-direction:column;gap:8px")
    left = tag("div", sender, mark, style="display:flex;flex-direction:column;gap:10px;align-items:flex-start")
    head = tag("div", left, right, class_="x-row x-spread", style="align-items:flex-start;gap:28px")
    return head if "font-size:1.5em" in right else tag("div", title, head, class_="x-stack")


_SENDERS = (
    "12 Harbour Road · VAT 48 221 907",
    "Unit 4, Old Mill · Reg. no. 7719",
    "Mon–Fri 9:00–17:00",
    "www.example.com",
    "Kingsway 88, second floor",
)


def _party(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """A block: what this one is, its name, where and how to reach it. Only the first line has a label."""
    item = Item(stage, thing, row, attribute)
    target = stage.app.things[attribute.targets[0]]
    label = tag("div", stage.kit.words(stage.style.label(attribute), item.names, "muted"))
    value = row[attribute.name]
    if not item.text or not isinstance(value, int):
        return tag("div", label, tag("div", "–"))
    other = stage.rows.of(target)[value]
    reach = [a for k in _REACHED for a in target.attributes if a.kind == k and a.columns and a.name != target.called]
    place = [a for a in reach if a.kind in _PLACE]
    rest = [Item(stage, target, other, a) for a in reach if a.kind not in _PLACE]
    named = (
        tag("div", item.span(item.text), class_="x-name")
        if not (place and target.called in {a.name for a in place})
        else None
    )
    block = address(stage, target, other, place) if place else None
    return tag("div", label, named, block, *(tag("div", i.span(i.text)) for i in rest[:2] if i.text))


def _lines(stage: Stage, thing: Thing, part: Thing, row: Row, width: int) -> Sequence[Html]:
    """The rows that belong to it, and what they come to."""
    stage.belongs(part, thing)
    rows = stage.rows.under(part, thing, row.number - 1)[:8] or stage.sample(part, 2, 4)
    without = {a.name for a in part.attributes if a.targets == (thing.name,)}
    shown = columns_for(stage, part, 2, width, without)
    shown = shown[:3] if stage.window.narrow else shown
    caption = [tag("b", part.title, mark=stage.title_mark(part))] if stage.rng.random() < 0.4 else []
    return [*caption, table(stage, part, shown, rows, bare=True, printed=True), *_totals(stage, part, rows)]


def _totals(stage: Stage, part: Thing, rows: Sequence[Row]) -> Sequence[Html]:
    """The sum of the lines, with tax on top: figures, no columns."""
    amounts = [_amount(part, row) for row in rows]
    total = sum((a for a in amounts if a is not None), Decimal(0))
    if not total:
        return ()
    money, rng = stage.rows.writing.money, stage.rng
    manner = rng.choice(["total", "tax", "tax"])
    rate = rng.choice([Decimal("0.07"), Decimal("0.19"), Decimal("0.2"), Decimal("0.08")])
    tax = (total * rate).quantize(Decimal("0.01"))
    named = (
        [(rng.choice(["Subtotal", "Net"]), total), (f"{rng.choice(['Tax', 'VAT'])} {int(rate * 100)}%", tax)]
        if manner == "tax"
        else []
    )
    named.append((rng.choice(["Total", "Grand total", "Amount due", "To pay"]), total + tax if named else total))
    last = len(named) - 1
    lines = (
        tag(
            "div",
            tag("span", n),
            tag("span", money(v)),
            class_="x-pair",
            style="font-weight:700" if i == last else None,
        )
        for i, (n, v) in enumerate(named)
    )
    return [
        tag("div", *lines, style="margin-left:auto;width:min(260px,100%);display:flex;flex-direction:column;gap:5px")
    ]


_TIMES = ("quantity", "qty", "units", "hours", "pieces", "nights", "days", "ordered", "wanted", "needed")


def _amount(part: Thing, row: Row) -> Decimal | None:
    """What a line comes to: as it is computed, else quantity times price."""
    made = next((a for a in part.attributes if a.kind == "money" and a.field.computed), None)
    if made is not None:
        value = row[made.name]
        return value if isinstance(value, Decimal) else None
    price = first(part, ("money",), ("price", "amount", "total", "cost", "fee"))
    times = named_so(part, ("count", "int", "decimal"), _TIMES)
    worth = row[price.name] if price else None
    often = row[times.name] if times else 1
    return (
        (worth * Decimal(str(often))).quantize(Decimal("0.01"))
        if isinstance(worth, Decimal) and often is not None
        else None
    )


def _note(stage: Stage, thing: Thing, row: Row) -> Html | None:
    """A text under the lines, with its label or without."""
    body = first(thing, ("text",))
    text = excerpt(stage, thing, row, body, short=False)
    if body is None or text is None or stage.rng.random() < 0.3:
        return None
    label = (
        tag("b", stage.style.label(body), mark=Item(stage, thing, row, body).names)
        if stage.rng.random() < 0.7
        else None
    )
    return tag("div", label, text)
