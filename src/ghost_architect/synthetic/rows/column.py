"""A column of values while it is being made: what its maker may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from random import Random

from ..apps.app import Attribute, Thing
from ..domains.fields import Field
from .texts import Lists
from .writing import Locale

Value = None | str | int | Decimal | bool | date | time | tuple[str, int] | tuple[int, ...]
"""What a row holds: a datetime is a date; of `->` and `--` the number of the row pointed at, of a polymorphic
key its thing and number, of `><` the numbers."""

DAYS_OF_KEYS = 60
"""So many days at least lie under a key that a day is part of: room for two weeks of rows under each parent."""

Maker = Callable[[int], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """What a maker draws from.

    Attributes:
        thing, field: whose values.
        rng: of this column alone.
        locale, lists: words to use.
        other: the value of another attribute in a row, by name and place of the row.
        who: the person that a row is about, first and last name.
        place: which one among its brothers a row is, from 0.
        level: how large a row is among the others, 0 to 1: what is dear to buy is dear to hire.
        host: of the organisation that uses the application.
        keyed: whether the column is part of a key, so that its values must be many.
    """

    thing: Thing
    field: Field
    rng: Random
    locale: Locale
    lists: Lists
    other: Callable[[str, int], Value]
    who: Callable[[int], tuple[str, str]]
    place: Callable[[int], int]
    level: Callable[[int], float]
    host: str
    keyed: bool = False

    def first(self, *kinds: str) -> Attribute | None:
        """The thing's first attribute of these kinds that is not this one."""
        found = (a for a in self.thing.attributes if a.kind in kinds and not a.field.computed)
        return next((a for a in found if a.name != self.field.name), None)

    def is_first(self, kind: str) -> bool:
        """Whether no attribute before this one is of the kind."""
        return next(a.name for a in self.thing.attributes if a.kind == kind) == self.field.name
