"""Figures of one row that follow from one another: a total from its subtotal, what is left from what there is.

column -> beside(column, maker) -> a maker that never says more places left than there are
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from ghost_architect.schema.naming import word_set

from ..apps.app import Attribute
from .column import Column, Maker, Value

_NET = word_set("subtotal net")
_GROSS = word_set("total gross grand")
_TAX = word_set("tax vat")
_PAID = word_set("paid received collected refunded")
_OPEN = word_set("balance outstanding remaining owing")
_SHARES = word_set(
    "left taken booked sold used occupied free available attended filled remaining checked present enrolled issued "
    "reserved failed passed damaged missing returned"
)
_WHOLES = word_set("capacity total seats places max maximum slots limit pieces copies issued ordered sent")
_RATES = (Decimal("0.19"), Decimal("0.2"), Decimal("0.21"), Decimal("0.08"), Decimal("0.1"))
_CENT = Decimal("0.01")


def beside(c: Column, make: Maker) -> Maker:
    """What the maker makes, where nothing else in the row decides it."""
    return _sum(c, make) if c.field.kind == "money" else _share(c, make)


def _words(name: str) -> set[str]:
    return set(name.split("_"))


def _others(c: Column, *kinds: str) -> list[Attribute]:
    return [a for a in c.thing.attributes if a.kind in kinds and a.name != c.field.name]


def _named(c: Column, words: frozenset[str], without: frozenset[str] = frozenset()) -> str:
    """The money of the row that has one of the words in its name, and none of the others; else nothing."""
    able = (a.name for a in _others(c, "money") if _words(a.name) & words and not _words(a.name) & without)
    return next(able, "")


def _sum(c: Column, make: Maker) -> Maker:
    own = _words(c.field.name)
    if own & _NET:
        return make
    net, gross, paid = _named(c, _NET), _named(c, _GROSS, _NET | _PAID | _OPEN | _TAX), _named(c, _PAID, _OPEN)
    if own & _OPEN:
        return (lambda i: _left(make(i), c.other(gross, i), c.other(paid, i))) if gross and paid else make
    if own & _PAID:
        return (lambda i: _least(make(i), c.other(gross, i))) if gross else make
    if net and own & _TAX:
        return lambda i: _times(make(i), c.other(net, i), _rate(c, i))
    if net and own & _GROSS:
        return lambda i: _times(make(i), c.other(net, i), 1 + _rate(c, i))
    return make


def _rate(c: Column, i: int) -> Decimal:
    """What is added to a net sum: as the row says it, else the same everywhere."""
    told = next((a.name for a in _others(c, "percent") if _words(a.name) & _TAX), "")
    value = c.other(told, i) if told else None
    return value / 100 if isinstance(value, Decimal) else Random(f"tax/{c.host}").choice(_RATES)


def _times(made: Value, base: Value, rate: Decimal) -> Value:
    return (base * rate).quantize(_CENT) if isinstance(base, Decimal) else made


def _left(made: Value, whole: Value, part: Value) -> Value:
    if not isinstance(whole, Decimal):
        return made
    return whole - min(part, whole) if isinstance(part, Decimal) else whole


def _least(made: Value, whole: Value) -> Value:
    if isinstance(made, Decimal | int) and isinstance(whole, Decimal | int):
        return min(made, whole)
    return made


def _share(c: Column, make: Maker) -> Maker:
    """Of places that are taken or left: no more than there are."""
    own = _words(c.field.name)
    if not own & _SHARES:
        return make
    wholes = [a.name for a in _others(c, "int", "count") if _words(a.name) & _WHOLES and not _words(a.name) & _SHARES]
    return (lambda i: _least(make(i), c.other(wholes[0], i))) if wholes else make
