"""Rows under a row, and what they come to: sums that are computed, so that nothing here has a mark."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..apps.app import Thing
from ..looks.html import Html, tag
from ..rows.rows import Row
from ..stage import Stage


def money_texts(stage: Stage, count: int) -> list[str]:
    """Sums of nothing that is stored, the last being what the others come to."""
    parts = [Decimal(stage.rng.randint(500, 90000)) / 100 for _ in range(count - 1)]
    return [stage.rows.writing.money(p) for p in (*parts, sum(parts, Decimal(0)))]


def rows_under(stage: Stage, thing: Thing, whole: Thing, row: Row | None, most: int) -> list[Row]:
    """The rows that belong to one row of another thing; some that could, where that row is new or has none."""
    own = stage.rows.under(thing, whole, row.number - 1) if row is not None else ()
    return list(own[:most]) or list(stage.sample(thing, 1 if row is None else 2, max(2, min(4, most))))


def worth(stage: Stage, thing: Thing, rows: Sequence[Row]) -> Decimal:
    """What lines come to: the sum of what each of them comes to, or of price times number."""
    money = sorted((a for a in thing.attributes if a.kind == "money"), key=lambda a: bool(a.columns))
    count = next((a for a in thing.attributes if a.kind == "count" and a.columns), None)
    total = Decimal(0)
    for row in rows if money else ():
        value, times = row[money[0].name], row[count.name] if count and money[0].columns else 1
        if isinstance(value, int | Decimal) and isinstance(times, int | Decimal):
            total += value * times
    return total or Decimal(stage.rng.randint(500, 90_000)) / 100


def totals(stage: Stage, net: Decimal) -> Html:
    """The foot of a list of lines that come to so much. It is computed: no mark, no column."""
    rng, written = stage.rng, stage.rows.writing.money
    more = (net * rng.choice([7, 10, 19, 20]) / 100).quantize(Decimal("0.01"))
    first, second, last = rng.choice(
        [
            ("Subtotal", "Tax", "Total"),
            ("Net", "VAT", "Gross"),
            ("Subtotal", "Shipping", "Grand total"),
            ("", "", "Total"),
        ]
    )
    said = (
        [(first, written(net)), (second, written(more)), (last, written(net + more))]
        if first
        else [(last, written(net))]
    )
    lines = (
        tag(
            "div",
            tag("span", n),
            tag("span", v),
            class_="x-row x-spread",
            style="font-weight:700" if n == last else None,
        )
        for n, v in said
    )
    return tag("div", *lines, style="margin-left:auto;width:min(260px,100%);display:flex;flex-direction:column;gap:5px")
