"""Which enum types of PostgreSQL stay, grow, come and go.

A type stays where the same columns have it before and after. It grows in place where values are only
added (ALTER TYPE ... ADD VALUE, which writes no table anew). Everything else is a new type and a cast
through text: PostgreSQL can neither remove a value nor move one (manual, "ALTER TYPE").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from ..ddl import Script
from ..objects import Schema
from ..types import Kind
from .plan import Plan
from .renames import Place

Values = tuple[str, ...]


class EnumTypes:
    """The types of one migration.

    Args:
        plan: what is to be done.
        was, then: the scripts of the old and the new schema, after `blocks`.
    """

    def __init__(self, plan: Plan, was: Script, then: Script) -> None:
        self._plan = plan
        by_old_name = _types(was)
        r = plan.renames
        self.before = {(r.table(t), r.column(t, c)): name for (t, c), name in by_old_name.items()}
        self.after = _types(then)
        self._values_before = _values(plan.before, self.before)
        self._values_after = _values(plan.after, self.after)

    @cached_property
    def kept(self) -> Mapping[str, str]:
        """Old name -> new name, of types that stay, or grow."""
        users, users_after = _users(self.before), _users(self.after)
        there = {(t.name, c.name) for t in self._plan.before.tables for c in t.columns}
        stays = {(t.name, c.name) for t in self._plan.after.tables for c in t.columns}
        out: dict[str, str] = {}
        for name, places in users_after.items():
            sources = {self.before.get(place) for place in places & there}
            if len(sources) == 1 and None not in sources:
                (source,) = sources
                if source is not None and users[source] & stays <= places and self._may_become(source, name):
                    out[source] = name
        return out

    @property
    def made(self) -> Iterator[tuple[str, Values]]:
        """The types that have to be made."""
        return ((n, v) for n, v in self._values_after.items() if n not in self.kept.values())

    @property
    def gone(self) -> list[str]:
        """The types, by their old names, that nothing uses afterwards."""
        return [name for name in self._values_before if name not in self.kept]

    @property
    def grown(self) -> Iterator[tuple[str, str, str]]:
        """New name of a type, a new value, and where it goes: `AFTER 'paid'`."""
        for source, name in self.kept.items():
            present = list(self._values_before[source])
            wanted = self._values_after[name]
            for i, value in enumerate(wanted):
                if value not in present:
                    neighbour = f"AFTER {self._string(wanted[i - 1])}" if i else f"BEFORE {self._string(present[0])}"
                    yield name, value, neighbour
                    present.insert(i, value)

    def is_retyped(self, place: Place) -> bool:
        """Whether a column that stays gets another type, one of the two being an enum with a name."""
        was, now = self.before.get(place), self.after.get(place)
        if was is None or now is None:
            return was != now
        return self.kept.get(was) != now

    def _string(self, text: str) -> str:
        return self._plan.dialect.string(text)

    def _may_become(self, source: str, name: str) -> bool:
        before, after = self._values_before[source], self._values_after[name]
        if tuple(v for v in after if v in before) != before:
            return False
        # A value that was just added cannot be used before the transaction ends.
        return not self._used(name).intersection(set(after) - set(before))

    def _used(self, name: str) -> set[str]:
        """The words that defaults, checks and fills use in columns of a type."""
        places = {p for p, n in self.after.items() if n == name}
        used = {str(d.value) for p, d in self._plan.fills.items() if p in places}
        for table in self._plan.after.tables:
            used |= {str(c.default.value) for c in table.columns if c.default and (table.name, c.name) in places}
            terms = (t for c in table.checks for t in c.terms)
            used |= {str(t.value) for t in terms if (table.name, t.left) in places and t.value is not None}
        return used


def _types(script: Script) -> dict[Place, str]:
    """For every column whose type is an enum with a name, that name."""
    return {p: script.enum_names[home] for p, home in script.home.items() if home in script.enum_names}


def _values(schema: Schema, types: Mapping[Place, str]) -> dict[str, Values]:
    enums = {(t.name, c.name): c.enum for t in schema.tables for c in t.columns if c.type.kind is Kind.ENUM}
    return {name: enums[place] for place, name in types.items()}


def _users(types: Mapping[Place, str]) -> Mapping[str, set[Place]]:
    out: dict[str, set[Place]] = defaultdict(set)
    for place, name in types.items():
        out[name].add(place)
    return out
