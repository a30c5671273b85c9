"""Columns in which rows differ: names, and the sums of what people choose between."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from ..apps.app import Attribute, Thing
from ..domains.fields import Field
from .column import Maker, Value
from .shown import number

MOST_LISTED = 400
"""So many names can be written down; what templates make more of is drawn."""


def listed(thing: Thing, attribute: Attribute, names: Sequence[str], count: int, home: str, rng: Random) -> list[Value]:
    """A name for each row from all that there are: of a lookup in their order, and with the one that is at home."""
    if thing.role == "lookup":
        chosen = sorted(rng.sample(range(len(names)), min(count, len(names))))
        if home in names and names.index(home) not in chosen:
            chosen = sorted([names.index(home), *chosen[1:]])
    else:
        chosen = rng.sample(range(len(names)), len(names))
    if attribute.field.unique and not attribute.required:
        return [names[chosen[i]] if i < len(chosen) else None for i in range(count)]
    return [names[chosen[i % len(chosen)]] for i in range(count)]


def seldom(maker: Maker, count: int) -> list[Value]:
    """Values that are seldom the same twice."""
    values: list[Value] = []
    for i in range(count):
        values.append(next((v for v in (maker(i) for _ in range(6)) if v not in values), None) or maker(i))
    return values


def tiers(values: Sequence[Value], names: Sequence[Value], field: Field) -> list[Value]:
    """Sums of what is listed from the smallest to the largest; what is called free costs least."""
    rising = sorted(values, key=number)
    free = next((i for i, name in enumerate(names) if str(name).lower() == "free"), 0)
    lowest = Decimal(0) if names and str(names[free]).lower() == "free" and not field.low else rising[0]
    return [*rising[1 : free + 1], lowest, *rising[free + 1 :]]
