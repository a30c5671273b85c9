"""What times look like: a maker a kind, for `values.py`.

The times of a row know each other: what has passed has done so in the order in which the domain tells it, and what is
planned comes after what has begun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from ghost_architect.schema.naming import word_set

from ..apps.app import Attribute, Thing
from .column import DAYS_OF_KEYS, Column, Maker, Value
from .writing import NOW, TODAY

_YOUNG = word_set("baby calf cat child colt dog foal horse kid lamb pet pupil puppy kitten livestock animal")
_GROWING = word_set("student undergraduate apprentice trainee intern freshman cadet learner")
_AGES: Mapping[str, tuple[int, int]] = {"young": (700, 5500), "growing": (6200, 11500), "": (7300, 28000)}
"""In days."""

_OPEN = (7 * 60.0, 20 * 60.0)
"""Between which minutes of a day things happen where nothing else is said."""

_CLOSING = word_set("close closes closing shut shuts")
LIMITS = word_set("by deadline due estimated expected expires planned promised scheduled target until valid")
"""Words of times by which something should happen; it may do so before."""

_DONE = word_set("begun brought done drove given gone hung left let made paid read seen sent shut sold taken won")
"""Words of what has happened that do not end as "closed" does."""

_SINCE = word_set("last latest seen updated edited modified changed")
"""Words of times that are set again and again: the latest of a row."""


def _passed(thing: Thing) -> Sequence[str]:
    """The attributes that say when something happened, in the order in which the domain tells it."""
    told = {f.name: place for place, f in enumerate(thing.entity.fields)}
    able = [a for a in thing.attributes if a.kind in ("date", "moment") and a.field.when == "past"]
    names = [a.name for a in able if not a.field.after and not a.field.computed]
    return sorted(names, key=lambda n: told.get(n, len(told)))


def begun(thing: Thing) -> str:
    """The attribute that says when a row began; empty where none does."""
    names = _passed(thing)
    return next((n for n in names if _SINCE.isdisjoint(n.split("_"))), names[0] if names else "")


def _earlier(c: Column) -> Sequence[str]:
    """The fields that a time comes after, the nearest first: what the field says, else what happened before."""
    if c.field.after:
        return (c.field.after,)
    if c.field.when != "past":
        return ()
    first = begun(c.thing)
    steady = [n for n in _passed(c.thing) if n == first or _SINCE.isdisjoint(n.split("_"))]
    if c.field.name not in steady:
        return (first,) if first else ()
    return steady[: steady.index(c.field.name)][::-1]


def _base(c: Column, names: Sequence[str], i: int) -> date | None:
    """The nearest of these times that a row has."""
    return next((v for n in names if isinstance(v := c.other(n, i), date)), None)


def _siblings(c: Column) -> Sequence[str]:
    """What comes after the same time as this field, and is told before it: the first answer, before the last."""
    told = [f for f in c.thing.entity.fields if c.field.after and f.after == c.field.after and f.kind == c.field.kind]
    names = [f.name for f in told]
    before = names[: names.index(c.field.name)] if c.field.name in names else []
    return [n for n in before if LIMITS.isdisjoint(n.split("_")) and c.thing.attribute(n) is not None]


def _later(c: Column, base: date) -> datetime:
    """Some time between a time and now, mostly soon after it."""
    start = base if isinstance(base, datetime) else datetime.combine(base, time(9))
    room = max(1, int((NOW - start).total_seconds()) // 60 - 1)
    return start + timedelta(minutes=1 + int(room * c.rng.random() ** 3))


def happened(attribute: Attribute) -> bool:
    """Whether a time tells of what has happened, by its name: nothing was closed tomorrow."""
    words = attribute.name.split("_")
    return LIMITS.isdisjoint(words) and any(w in _DONE or w in _SINCE or w.endswith("ed") for w in words)


def _until_now(c: Column, start: datetime, said: datetime) -> datetime | None:
    """The time that was drawn, where it has not to have happened yet; else one before now, or none."""
    attribute = c.thing.attribute(c.field.name)
    if said <= NOW or attribute is None or not happened(attribute):
        return said
    again = not _SINCE.isdisjoint(c.field.name.split("_"))
    if start < NOW and (again or attribute.required):
        return _later(c, start)
    return said if attribute.required else None


def _ends_empty(c: Column) -> bool:
    """Whether nothing comes after what has not begun: where its field may be empty."""
    attribute = c.thing.attribute(c.field.name)
    return bool(c.field.after) and not (attribute is not None and attribute.required)


def _passed_near(c: Column) -> bool:
    """Whether a time around today has passed, by its name."""
    attribute = c.thing.attribute(c.field.name)
    return attribute is not None and happened(attribute)


def _followed(c: Column) -> int:
    """How many days at least lie between this time and what the domain lets come after it."""
    later = [a.field for a in c.thing.attributes if a.field.after == c.field.name and a.field.within]
    return max((f.within[0] // (1 if f.kind == "date" else 24 * 60) for f in later), default=0)


def _days(c: Column) -> Callable[[], int]:
    """So many days from today."""
    rng, when = c.rng, c.field.when
    if when == "birth":
        words = {w for n in (c.thing.name, c.field.name) for w in n.split("_")}
        low, high = _AGES["young" if words & _YOUNG else "growing" if words & _GROWING else ""]
        return lambda: -rng.randint(low, high)
    if when == "past":
        span = rng.randint(2, 15) if c.thing.role == "log" else rng.choice([30, 120, 400, 1200])
        span = max(span, 3 * _followed(c), DAYS_OF_KEYS if c.keyed else 0)
        return lambda: -int(span * rng.random() ** 1.5)
    if when == "future":
        span = rng.choice([20, 90, 400])
        return lambda: 1 + int(span * rng.random())
    return lambda: rng.randint(-40, 0 if _passed_near(c) else 40)


def _date(c: Column) -> Maker:
    rng, days, after, siblings = c.rng, _days(c), _earlier(c), _siblings(c)
    first, most = c.field.within or (1, rng.choice([7, 14, 30]))

    def make(i: int) -> Value:
        base = _base(c, after, i)
        if base is None:
            return None if _ends_empty(c) else _planned(c, i, TODAY + timedelta(days()))
        if not c.field.after:
            return _later(c, base).date()
        start = base.date() if isinstance(base, datetime) else base
        said = start + timedelta(rng.randint(first, most))
        last = max((v for n in siblings if isinstance(v := c.other(n, i), date)), default=said)
        found = _until_now(c, datetime.combine(start, time(0)), datetime.combine(max(said, last), time(0)))
        return None if found is None else found.date()

    return make


def _planned(c: Column, i: int, day: date) -> date:
    """A day around today, and not before that on which the row began."""
    first = begun(c.thing) if c.field.when == "near" else ""
    base = c.other(first, i) if first else None
    if not isinstance(base, date):
        return day
    start = base.date() if isinstance(base, datetime) else base
    return day if day >= start else start + timedelta(c.rng.randint(1, 20))


def _moment(c: Column) -> Maker:
    rng, days, after, siblings = c.rng, _days(c), _earlier(c), _siblings(c)
    first, most = c.field.within or (1, rng.choice([90, 480, 4320]))
    exact = c.thing.role == "log" or rng.random() < 0.5

    def make(i: int) -> Value:
        base = _base(c, after, i)
        if base is None:
            return None if _ends_empty(c) else _around(c, _planned(c, i, TODAY + timedelta(days())), 1 if exact else 15)
        if not c.field.after:
            return _later(c, base)
        start = base if isinstance(base, datetime) else datetime.combine(base + timedelta(1), time(8))
        said = start + timedelta(minutes=rng.randint(first, most))
        last = max((v for n in siblings if isinstance(v := c.other(n, i), datetime)), default=None)
        if last is not None and said <= last:
            said = last + timedelta(minutes=rng.randint(1, most))
        return _until_now(c, start, said)

    return make


def _around(c: Column, day: date, step: int) -> datetime:
    """A moment of this day, in steps of so many minutes; what has passed has."""
    said = datetime.combine(day, time(c.rng.randint(7, 19), c.rng.randrange(0, 60, step)))
    said += timedelta(seconds=c.rng.randrange(60) if step == 1 else 0)
    passed = c.field.when == "past" or (c.field.when == "near" and _passed_near(c))
    return said if not passed or said < NOW else said - timedelta(1)


def _time(c: Column) -> Maker:
    rng, after = c.rng, c.field.after
    low, high = (60 * float(x) for x in (c.field.low or 0, c.field.high)) if c.field.high is not None else _OPEN
    step = rng.choice([5, 15, 30, 30])
    shuts = not _CLOSING.isdisjoint(c.field.name.split("_"))
    least = 5 * 60 // step if shuts else 1
    span = least + rng.choice([4, 8, 16])

    def make(i: int) -> time:
        base = c.other(after, i) if after else None
        if isinstance(base, time):
            start = base.hour * 60 + base.minute
            said = min(start + step * rng.randint(least, span), 23 * 60 + 55)
            return time(*divmod(max(said, start), 60))
        return time(*divmod(min(int(low) + step * rng.randrange(1 + int(high - low) // step), 23 * 60 + 55), 60))

    return make


TIMES: Mapping[str, Callable[[Column], Maker]] = {"date": _date, "moment": _moment, "time": _time}
"""A maker for every kind of time."""
