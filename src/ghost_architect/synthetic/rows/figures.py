"""What numbers look like: a maker a kind, for `values.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from ghost_architect.schema.naming import word_set

from ..domains.fields import Field
from .column import Column, Maker, Value
from .sums import beside


def _range(field: Field) -> tuple[float, float]:
    return float(field.low or 0), float(field.high if field.high is not None else 100)


_APART = 0.06
"""How far the places of two sums of a row lie apart, as a standard deviation: cost stays below price mostly."""

_LEAST = frozenset("low lowest lower min minimum from first shortest smallest floor".split())
_MOST = frozenset("high highest upper max maximum to last longest largest ceiling".split())


def _quantile(c: Column, i: int) -> float:
    """Where between its smallest and its largest a number of a row lies: near where the row's other numbers do."""
    return min(1.0, max(0.0, c.level(i) + c.rng.gauss(0, _APART)))


def _spread(share: float, low: float, high: float) -> float:
    """A number so far up the range: evenly, or by size where the range spans several."""
    if low >= 0 and high > 40 * max(low, 1):
        bottom = math.log(max(low, high / 300))
        return max(low, math.exp(bottom + share * (math.log(high) - bottom)))
    return low + share * (high - low)


def _least(c: Column) -> str:
    """The attribute that says from where, where this one says up to where; else nothing."""
    own = set(c.field.name.split("_"))
    if not own & _MOST:
        return ""
    able = (a.name for a in c.thing.attributes if a.kind == c.field.kind and a.name != c.field.name)
    return next((n for n in able if set(n.split("_")) & _LEAST and set(n.split("_")) - _LEAST == own - _MOST), "")


def _above(c: Column, make: Maker) -> Maker:
    """What the maker makes, and never less than where it begins."""
    least = _least(c)
    if not least:
        return make

    def above(i: int) -> Value:
        value, low = make(i), c.other(least, i)
        if isinstance(low, int | Decimal) and isinstance(value, int | Decimal) and value < low <= (c.field.high or low):
            return low
        return value

    return above


def _int(c: Column) -> Maker:
    low, high = _range(c.field)
    if "age" in c.field.name.split("_"):
        return lambda _: c.rng.randint(int(low), int(high))
    make = _above(c, lambda i: min(int(high), max(math.ceil(low), round(_spread(_quantile(c, i), low, high)))))
    return beside(c, make)


def _year(c: Column) -> Maker:
    low, high = _range(c.field)
    return _above(c, lambda _: c.rng.randint(int(low), int(high)))


_AGREED = word_set(
    "allowance bid bonus budget cap ceiling cost credit deposit estimate estimated excess fee floor goal income "
    "insured limit pay pledge price quote rent reserve reward salary stipend sum target turnover value wage worth"
)
"""Words of sums that somebody names: they are round where they are large."""

_LARGE = 2000


def _money(c: Column) -> Maker:
    (low, high), rng = _range(c.field), c.rng
    ends = rng.choice([("any",), ("00",), ("00", "50"), ("99", "95", "90"), ("any",), ("00", "any")])
    if high - low < 12:
        ends = rng.choice([("any",), ("00", "25", "50", "75"), ("90", "50", "20")])
    round_ = high >= _LARGE and not _AGREED.isdisjoint(c.field.name.split("_")) and rng.random() < 0.95

    def make(i: int) -> Decimal:
        value, end = _spread(_quantile(c, i), low, high), rng.choice(ends)
        if round_:
            step = 5 * 10 ** max(0, math.floor(math.log10(max(abs(value), 1))) - 2)
            said = Decimal(round(value / step) * step)
        else:
            said = Decimal(f"{value:.2f}" if end == "any" else f"{int(value)}.{end}")
        return min(max(said, Decimal(f"{low:.2f}")), Decimal(f"{high:.2f}"))

    return beside(c, _above(c, make))


_COARSE = frozenset({"°C", "°F", "%", "dB", "bpm", "km/h", "mph"})
"""Units of what is read from an instrument: hardly any shows hundredths."""


def _decimal(c: Column) -> Maker:
    """With as many digits as the range asks for; a column holds two of them."""
    low, high = _range(c.field)
    said = [-int(e.as_tuple().exponent) for e in (c.field.low, c.field.high) if e is not None]
    width = high - low
    most = 1 if c.field.unit in _COARSE else 2
    places = min(most, max([*said, 2 if width <= 10 else 1 if width <= 100 else 0]))
    return _above(c, lambda i: Decimal(f"{_spread(_quantile(c, i), low, high):.{places}f}"))


def _percent(c: Column) -> Maker:
    (low, high), step = _range(c.field), c.rng.choice([1, 1, 1, 5, 0.5, 0.1])
    if high - low < 10 * step:
        step = 0.1 if high - low < 8 else 1
    places = 0 if step >= 1 else 1

    def make(_i: int) -> Decimal:
        value = round(c.rng.uniform(low, high) / step) * step
        return Decimal(f"{min(max(value, low), high):.{places}f}")

    return make


def _minutes(c: Column) -> Maker:
    low, high = _range(c.field)
    step = 15 if high > 180 else 5 if high > 30 else 1
    return lambda _: min(int(high), max(math.ceil(low), round(_spread(c.rng.random(), low, high) / step) * step))


def _coordinate(c: Column) -> Maker:
    low, high = c.locale.area[:2] if c.field.when == "lat" else c.locale.area[2:]
    return lambda _: Decimal(f"{c.rng.uniform(low, high):.6f}")


_SELDOM = word_set(
    """anonymous appealed archived banned blocked broken cancelled closed confidential damaged deleted disabled disputed
    draft edited emergency escalated exempt expired failed failing fired flagged fragile frozen hidden hold late locked
    lost muted nsfw offline opted overdue paused pinned quarantined recalled refunded rejected reversed staff stolen
    superuser suspended switched terminated urgent void voided waived withdrawn written"""
)
"""Words of what is so for few rows: most threads are not locked."""

_MOSTLY = word_set(
    "accessible active available billable bookable confirmed consent current enabled insured open public published "
    "required searchable use verified visible working"
)


def _flag(c: Column) -> Maker:
    words = set(c.field.name.split("_"))
    shares = [0.05, 0.1, 0.2] if words & _SELDOM else [0.75, 0.85, 0.95] if words & _MOSTLY else [0.15, 0.4, 0.7, 0.9]
    share = c.rng.choice(shares)
    return lambda _: c.rng.random() < share


FIGURES: Mapping[str, Callable[[Column], Maker]] = {
    "flag": _flag,
    "int": _int,
    "count": _int,
    "money": _money,
    "decimal": _decimal,
    "minutes": _minutes,
    "year": _year,
    "percent": _percent,
    "measure": _decimal,
    "coordinate": _coordinate,
}
"""A maker for every kind that is a number, or yes or no."""
