"""How a value of each kind is written by an application, as its screens show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from ghost_architect.schema.naming import word_set

from ..apps.app import Attribute
from .column import Value
from .writing import Writing

_CALLING = word_set("chapter code extension folio id index msn no number port serial status")
"""Words of whole numbers that are names and no quantities: nobody marks their thousands."""


def written(writing: Writing, attribute: Attribute, value: Value) -> str:
    """A value that is no reference; empty where there is none."""
    if value is None:
        return ""
    how = _SHOWN.get(attribute.kind)
    if how is not None:
        return how(writing, value)
    if attribute.kind == "measure":
        return writing.measure(number(value), attribute.field.unit)
    return _figure(writing, attribute, value) if isinstance(value, Decimal | int) else str(value)


def _figure(writing: Writing, attribute: Attribute, value: Decimal | int) -> str:
    low, high = attribute.field.low, attribute.field.high
    years = low is not None and high is not None and low >= 1900 and high <= 2100
    words = attribute.name.split("_")
    called = attribute.kind == "int" and "of" not in words and not _CALLING.isdisjoint(words)
    return str(value) if years or called or attribute.kind == "position" else writing.number(value)


def number(value: Value) -> Decimal | int:
    """A value that is a number; nothing counts as zero."""
    if value is None:
        return 0
    assert isinstance(value, Decimal | int)
    return value


def _moment(writing: Writing, value: Value) -> str:
    assert isinstance(value, datetime)
    return writing.moment(value)


def _day(writing: Writing, value: Value) -> str:
    assert isinstance(value, date)
    return writing.date(value)


def _clock(writing: Writing, value: Value) -> str:
    assert isinstance(value, time)
    return writing.time(value)


_SHOWN: Mapping[str, Callable[[Writing, Value], str]] = {
    "flag": lambda w, v: w.flag(bool(v)),
    "money": lambda w, v: w.money(number(v)),
    "percent": lambda w, v: w.percent(number(v)),
    "minutes": lambda w, v: w.minutes(int(number(v))),
    "rating": lambda w, v: w.rating(int(number(v))),
    "coordinate": lambda w, v: w.coordinate(Decimal(number(v))),
    "year": lambda _w, v: str(v),
    "moment": _moment,
    "date": _day,
    "time": _clock,
    "username": lambda w, v: f"{w.handle}{v}",
    "secret": lambda _w, _v: "•" * 10,
    "image": lambda _w, v: str(v).rpartition("/")[2],
    "file": lambda _w, v: str(v).rpartition("/")[2],
}
