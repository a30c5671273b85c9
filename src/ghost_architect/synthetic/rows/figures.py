"""What numbers and times look like: a maker a kind, for `values.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from ..domains.fields import Field
from .column import Column, Maker
from .writing import NOW, TODAY

_YOUNG = frozenset("baby calf cat child colt dog foal horse kid lamb pet pupil puppy kitten livestock animal".split())


def _range(field: Field) -> tuple[float, float]:
    return float(field.low or 0), float(field.high if field.high is not None else 100)


def _spread(rng: Random, low: float, high: float) -> float:
    """Evenly, or by size where the range spans several."""
    if low >= 0 and high > 40 * max(low, 1):
        return max(low, math.exp(rng.uniform(math.log(max(low, high / 300)), math.log(high))))
    return rng.uniform(low, high)


def _int(c: Column) -> Maker:
    low, high = _range(c.field)
    return lambda _: min(int(high), max(math.ceil(low), round(_spread(c.rng, low, high))))


def _year(c: Column) -> Maker:
    low, high = _range(c.field)
    return lambda _: c.rng.randint(int(low), int(high))


def _money(c: Column) -> Maker:
    (low, high), rng = _range(c.field), c.rng
    ends = rng.choice([("any",), ("00",), ("00", "50"), ("99", "95", "90"), ("any",), ("00", "any")])

    def make(_i: int) -> Decimal:
        value, end = _spread(rng, low, high), rng.choice(ends)
        said = Decimal(f"{value:.2f}" if end == "any" else f"{int(value)}.{end}")
        return min(max(said, Decimal(f"{low:.2f}")), Decimal(f"{high:.2f}"))

    return make


def _decimal(c: Column) -> Maker:
    """With as many digits as the range asks for; a column holds two of them."""
    low, high = _range(c.field)
    said = [-int(e.as_tuple().exponent) for e in (c.field.low, c.field.high) if e is not None]
    width = high - low
    places = min(2, max([*said, 2 if width <= 10 else 1 if width <= 100 else 0]))
    return lambda _: Decimal(f"{_spread(c.rng, low, high):.{places}f}")


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
    return lambda _: min(int(high), max(math.ceil(low), round(_spread(c.rng, low, high) / step) * step))


def _coordinate(c: Column) -> Maker:
    low, high = c.locale.area[:2] if c.field.when == "lat" else c.locale.area[2:]
    return lambda _: Decimal(f"{c.rng.uniform(low, high):.6f}")


def _flag(c: Column) -> Maker:
    share = c.rng.choice([0.15, 0.4, 0.7, 0.9])
    return lambda _: c.rng.random() < share


def _earlier(c: Column) -> str:
    """The field that a time comes after: what the field says, else the row's first time, where both have passed."""
    if c.field.after or c.field.when != "past":
        return c.field.after
    timed = (a for a in c.thing.attributes if a.field.when == "past" and not a.field.after and not a.field.computed)
    begun = next((a.name for a in timed if a.kind in ("date", "moment")), c.field.name)
    return "" if begun == c.field.name else begun


def _later(c: Column, base: date) -> datetime:
    """Some time between a time and now, mostly soon after it."""
    begun = base if isinstance(base, datetime) else datetime.combine(base, time(9))
    room = max(1, int((NOW - begun).total_seconds()) // 60 - 1)
    return begun + timedelta(minutes=1 + int(room * c.rng.random() ** 3))


def _days(c: Column) -> Callable[[], int]:
    """So many days from today."""
    rng, when = c.rng, c.field.when
    if when == "birth":
        young = bool(_YOUNG & {w for n in (c.thing.name, c.field.name) for w in n.split("_")})
        low, high = (700, 5500) if young else (7300, 28000)
        return lambda: -rng.randint(low, high)
    if when == "past":
        span = rng.randint(2, 15) if c.thing.role == "log" else rng.choice([30, 120, 400, 1200])
        return lambda: -int(span * rng.random() ** 1.5)
    if when == "future":
        span = rng.choice([20, 90, 400])
        return lambda: 1 + int(span * rng.random())
    return lambda: rng.randint(-40, 40)


def _date(c: Column) -> Maker:
    rng, days, after = c.rng, _days(c), _earlier(c)
    span = rng.choice([7, 14, 30, 90, 365])

    def make(i: int) -> date:
        base = c.other(after, i) if after else None
        if isinstance(base, date) and not c.field.after:
            return _later(c, base).date()
        if isinstance(base, datetime):
            return base.date() + timedelta(1 + rng.randrange(span))
        if isinstance(base, date):
            return base + timedelta(rng.randrange(1, span + 1))
        return TODAY + timedelta(days())

    return make


def _moment(c: Column) -> Maker:
    rng, days, after = c.rng, _days(c), _earlier(c)
    span = rng.choice([90, 480, 4320, 20160])
    exact = c.thing.role == "log" or rng.random() < 0.5

    def make(i: int) -> datetime:
        base = c.other(after, i) if after else None
        if isinstance(base, date) and not c.field.after:
            return _later(c, base)
        if isinstance(base, datetime):
            return base + timedelta(minutes=rng.randint(1, span))
        if isinstance(base, date):
            return datetime.combine(base, time(8)) + timedelta(days=1, minutes=rng.randint(1, span))
        step = 1 if exact else 15
        said = datetime.combine(TODAY + timedelta(days()), time(rng.randint(7, 19), rng.randrange(0, 60, step)))
        said += timedelta(seconds=rng.randrange(60) if exact else 0)
        return said if c.field.when != "past" or said < NOW else said - timedelta(1)

    return make


def _time(c: Column) -> Maker:
    rng, after = c.rng, c.field.after
    low, high = (60 * x for x in _range(c.field)) if c.field.high is not None else (7 * 60, 20 * 60)
    step = rng.choice([5, 15, 30, 30])
    span = rng.choice([4, 8, 16]) * step

    def make(i: int) -> time:
        base = c.other(after, i) if after else None
        if isinstance(base, time):
            begun = base.hour * 60 + base.minute
            said = min(begun + step * rng.randint(1, max(1, span // step)), 23 * 60 + 55)
            return time(*divmod(max(said, begun), 60))
        return time(*divmod(min(int(low) + step * rng.randrange(1 + int(high - low) // step), 23 * 60 + 55), 60))

    return make


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
    "date": _date,
    "moment": _moment,
    "time": _time,
}
"""A maker for every kind that is a number, a time, or yes or no."""
