"""Figures that screens show and tables do not hold: totals, counts of children, ages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ghost_architect.schema import naming

from ..apps.app import Attribute, Thing
from .column import Value
from .writing import TODAY

if TYPE_CHECKING:
    from .rows import Rows

_AMOUNTS = frozenset("amount cost due gross net subtotal sum total value price worth charge charged".split())
_TAXED = frozenset("gross grand total due".split())
_TAX = frozenset("tax vat".split())
_PRICES = ("price", "rate", "fee", "cost", "charge", "amount")
_TIMES = ("quantity", "qty", "units", "hours", "count", "pieces", "nights", "days", "ordered", "amount")
_PER_CENT = Decimal("0.01")


def computed(rows: Rows, thing: Thing, attribute: Attribute) -> list[Value] | None:
    """The values of a computed attribute, where they follow from what else is there; None where they do not."""
    words = set(attribute.name.split("_"))
    if attribute.kind == "money" and words & _AMOUNTS:
        return _line(rows, thing) or _total(rows, thing, words)
    if attribute.kind in ("int", "count"):
        if "age" in words:
            return _age(rows, thing, "months" in words)
        return _children(rows, thing, words)
    return None


def _line(rows: Rows, thing: Thing) -> list[Value] | None:
    """Quantity times price, in the row itself."""
    price, times = _price(thing), _named(thing, ("count", "decimal", "int"), _TIMES)
    if price is None or times is None:
        return None
    pairs = zip(rows.column(thing, price.name), rows.column(thing, times.name), strict=True)
    return [_product(p, t) for p, t in pairs]


def _price(thing: Thing) -> Attribute | None:
    """What one of it costs: so named, or the only amount that a part has."""
    stored = [a for a in thing.attributes if a.kind == "money" and not a.field.computed]
    sole = stored[0] if len(stored) == 1 and thing.role == "part" else None
    return _named(thing, ("money",), _PRICES) or sole


def _amounts(rows: Rows, part: Thing) -> list[Value] | None:
    """What each part adds to the whole: quantity times price, else its price."""
    price = _price(part)
    return _line(rows, part) or (rows.column(part, price.name) if price else None)


def _product(price: Value, times: Value) -> Value:
    if not isinstance(price, Decimal) or not isinstance(times, Decimal | int):
        return None
    return (price * times).quantize(_PER_CENT)


def _named(thing: Thing, kinds: Sequence[str], words: Sequence[str]) -> Attribute | None:
    """The stored attribute of these kinds whose name has one of the words, those first that come first."""
    able = [a for a in thing.attributes if a.kind in kinds and not a.field.computed]
    return next((a for w in words for a in able if w in a.name.split("_")), None)


def _total(rows: Rows, thing: Thing, words: set[str]) -> list[Value] | None:
    """The sum of its parts, with tax where the name says so and a rate stands beside it."""
    for part in rows.app.parts(thing):
        amounts = _amounts(rows, part)
        whole = next((a for a in part.attributes if a.field.part), None)
        if amounts is None or whole is None:
            continue
        sums: defaultdict[Value, Decimal] = defaultdict(Decimal)
        for parent, amount in zip(rows.column(part, whole.name), amounts, strict=True):
            sums[parent] += amount if isinstance(amount, Decimal) else Decimal(0)
        rates = _tax(rows, thing) if words & _TAXED and "sub" not in words else None
        found = [sums[i] for i in range(len(rows.of(thing)))]
        if rates is None:
            return [s.quantize(_PER_CENT) for s in found]
        return [(s * (1 + r / 100)).quantize(_PER_CENT) for s, r in zip(found, rates, strict=True)]
    return None


def _tax(rows: Rows, thing: Thing) -> list[Decimal] | None:
    found = next((a for a in thing.attributes if a.kind == "percent" and _TAX & set(a.name.split("_"))), None)
    if found is None:
        return None
    return [v if isinstance(v, Decimal) else Decimal(0) for v in rows.column(thing, found.name)]


def _age(rows: Rows, thing: Thing, months: bool) -> list[Value] | None:
    born = next((a for a in thing.attributes if a.field.when == "birth"), None)
    return [_lived(v, months) for v in rows.column(thing, born.name)] if born else None


def _lived(born: Value, months: bool) -> Value:
    """Whole years, or months, up to today."""
    if not isinstance(born, date):
        return None
    whole = (TODAY.year - born.year) * 12 + TODAY.month - born.month - (TODAY.day < born.day)
    return whole if months else whole // 12


def _children(rows: Rows, thing: Thing, words: set[str]) -> list[Value] | None:
    """How many rows point at it, or it points at, of what the name speaks of."""
    for attribute in thing.attributes:
        if attribute.junction and attribute.name in words:
            return [len(v) if isinstance(v, tuple) else 0 for v in rows.column(thing, attribute.name)]
    for other, attribute in rows.app.pointing(thing):
        names = {other.table, other.entity.plural, naming.entity_name(other.table), other.name}
        tails = {n.rpartition("_")[2] for n in names}
        if words & (names | tails) and len(attribute.targets) == 1 and not attribute.field.computed:
            counted = Counter(rows.column(other, attribute.name))
            return [counted[i] for i in range(len(rows.of(thing)))]
    return None
