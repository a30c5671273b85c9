"""Which rows a relation points at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from ..apps.app import App, Attribute, Thing
from .column import Maker, Value
from .counts import Counts
from .people import AT_HOME

if TYPE_CHECKING:
    from .rows import Rows


def pointing(rows: Rows, counts: Counts, thing: Thing, attribute: Attribute, rng: Random) -> Maker:
    """A maker of the places of the rows pointed at."""
    targets = [rows.app.things[t] for t in attribute.targets]
    sizes = [counts.of(t) for t in targets]
    count, own = sizes[0], targets[0] is thing
    if attribute.kind == "><":
        able = _called_apart(rows, targets[0], count)
        return lambda i: _several(rng, able, i if own else -1)
    if len(targets) > 1:
        return lambda _: _any(rng, targets, sizes)
    if attribute.field.part:
        return lambda i: counts.parents(thing)[i]
    if own:
        # Rows point at earlier ones, so no row is above itself.
        return lambda i: None if i == 0 or (not attribute.required and rng.random() < 0.3) else rng.randrange(i)
    if targets[0].name == "country" and any(a.kind == "city" for a in thing.attributes):
        return _at_home(rows, targets[0], count, rng)
    if attribute.field.unique:
        order = rng.sample(range(count), count)
        return lambda i: order[i] if i < count else None
    return _one(rows, thing, attribute, count, rng)


def echoed(app: App, thing: Thing, attribute: Attribute) -> Attribute | None:
    """The relation whose row an attribute names once more: the product of a line, beside what the line is for."""
    own = _list_of(attribute)
    if not own or (attribute.name == thing.called and attribute.field.unique):
        return None
    for a in thing.attributes:
        if a.kind == "->" and len(a.targets) == 1 and a.targets[0] != thing.name:
            target = app.things[a.targets[0]]
            called = target.attribute(target.called)
            if called is not None and _list_of(called) == own:
                return a
    return None


def _list_of(attribute: Attribute) -> str:
    """The list that all values of an attribute are from, as they stand there; else nothing."""
    texts = attribute.field.texts
    return texts[0].strip("@{}") if len(texts) == 1 and re.fullmatch(r"@\w+|\{\w+\}", texts[0]) else ""


def _at_home(rows: Rows, country: Thing, count: int, rng: Random) -> Maker:
    """The country of the locale for most rows."""
    names = [rows.name_of(country, i) for i in range(count)]
    home = names.index(rows.writing.locale.country) if rows.writing.locale.country in names else 0
    return lambda _: home if rng.random() < AT_HOME else rng.randrange(count)


def _one(rows: Rows, thing: Thing, attribute: Attribute, count: int, rng: Random) -> Maker:
    """Any row, some more often than others, and not the one that a relation of the same kind points at already."""
    skew = rng.choice([1.0, 1.0, 1.6])
    twins = [a.name for a in thing.attributes if a.targets == attribute.targets and a.kind == "->"]
    before = twins[: twins.index(attribute.name)] if attribute.kind == "->" and count > len(twins) else []

    def make(i: int) -> int:
        taken = [rows.column(thing, n)[i] for n in before]
        index = int(count * rng.random() ** skew)
        while index in taken:
            index = (index + 1) % count
        return index

    return make


def _called_apart(rows: Rows, thing: Thing, count: int) -> Sequence[int]:
    """The rows of a thing without those that are called as an earlier one: nobody picks one thing twice."""
    first: dict[str, int] = {}
    for i in range(count):
        first.setdefault(rows.name_of(thing, i), i)
    return list(first.values())


def _several(rng: Random, choice: Sequence[int], without: int) -> tuple[int, ...]:
    wanted = rng.choices([0, 1, 2, 3, 4], [1, 3, 3, 2, 1])[0]
    able = [i for i in choice if i != without]
    return tuple(rng.sample(able, min(wanted, len(able))))


def _any(rng: Random, targets: Sequence[Thing], sizes: Sequence[int]) -> Value:
    chosen = rng.randrange(len(targets))
    return targets[chosen].name, rng.randrange(sizes[chosen])
