"""How many rows there are of each thing, and which parent each part has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from ..apps.app import App, Attribute, Thing
from .column import DAYS_OF_KEYS, Value
from .keys import keys_of
from .texts import all_of, size

_ANY = 10**9
_USUAL = {"lookup": (3, 12), "main": (12, 40), "part": (20, 40), "log": (20, 40)}
_BROTHERS = (2, 5)
_CROWD = 60
"""So many parents have fewer parts each."""


class Counts:
    """Of one application; counted when asked for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._counted: dict[str, int] = {}
        self._parents: dict[str, Sequence[int]] = {}
        self._places: dict[str, Sequence[int]] = {}

    def of(self, thing: Thing) -> int:
        """How many rows a thing has."""
        if thing.name not in self._counted:
            self._counted[thing.name] = len(self.parents(thing)) if self.parent(thing) else self._count(thing)
        return self._counted[thing.name]

    def parent(self, thing: Thing) -> Attribute | None:
        """The attribute that says whose part a row is, or None."""
        return next((a for a in thing.attributes if a.field.part), None)

    def parents(self, thing: Thing) -> Sequence[int]:
        """Of a part: the place of each row's parent, brothers one after another."""
        if thing.name not in self._parents:
            attribute = self.parent(thing)
            assert attribute is not None
            rng = Random(f"rows/{self._app.id}/{thing.name}")
            above = self.of(self._app.things[attribute.targets[0]])
            low, high = _BROTHERS if above <= _CROWD else (1, 3)
            able = self._room(thing, attribute.name)
            found = [p for p in range(above) for _ in range(min(rng.randint(low, high), able))]
            self._parents[thing.name] = found[: self._room(thing, "")]
        return self._parents[thing.name]

    def place(self, thing: Thing, index: int) -> int:
        """Which one among its brothers a row is, from 0; of what is no part, among all."""
        if self.parent(thing) is None:
            return index
        if thing.name not in self._places:
            seen: dict[int, int] = {}
            places = []
            for parent in self.parents(thing):
                places.append(seen.get(parent, 0))
                seen[parent] = places[-1] + 1
            self._places[thing.name] = places
        return self._places[thing.name][index]

    def _count(self, thing: Thing) -> int:
        rng = Random(f"rows/{self._app.id}/{thing.name}")
        low, high = _USUAL[thing.role]
        count = rng.randint(low, high)
        called = thing.attribute(thing.called)
        if called is not None and called.kind == "words":
            names = size(called.field.texts, self._app.lists)
            if thing.role == "lookup" and names > 2:
                count = names if names <= high else max(count, 6)
            elif names >= 8:
                count = min(count, names)
        return min(count, self._room(thing, ""))

    def _room(self, thing: Thing, parent: str) -> int:
        """How many rows the keys leave room for: in all, or (of keys that hold the parent) under each parent."""
        room = _ANY
        for key in keys_of(thing):
            if (parent in key.names) == bool(parent):
                by_name = [a for a in thing.attributes if a.name in key.names and a.name != parent]
                if not parent and any(a.field.part for a in by_name):
                    continue
                room = min(room, math.prod(self._different(a, thing) for a in by_name))
        return room

    def _different(self, attribute: Attribute, thing: Thing) -> int:
        """How many different values an attribute can have."""
        field = attribute.field
        if not attribute.required or attribute.targets == (thing.name,):
            return _ANY
        match field.kind:
            case "->" | "--":
                return self.of(self._app.things[attribute.targets[0]])
            case "choice":
                return len(field.choices)
            case "flag":
                return 2
            case "rating":
                return 5
            case "words":
                return size(field.texts, self._app.lists)
            case "int" | "count" | "year":
                return int((field.high or 0) - (field.low or 0)) + 1
            case "date":
                return DAYS_OF_KEYS
            case "code":
                return int(10 ** field.pattern.count("#") * 23 ** field.pattern.count("%"))
        return _ANY

    def choices(self, thing: Thing, name: str) -> Sequence[Value]:
        """Every value that an attribute can have, where they can be counted; else nothing."""
        attribute = thing.attribute(name)
        assert attribute is not None
        if attribute.field.part:
            return ()
        field = attribute.field
        match field.kind:
            case "->" | "--":
                return range(self.of(self._app.things[attribute.targets[0]])) if len(attribute.targets) == 1 else ()
            case "choice":
                return field.choices
            case "flag":
                return (False, True)
            case "rating":
                return range(1, 6)
            case "words":
                return all_of(field.texts, self._app.lists)[:2000]
            case "int" | "count" | "year":
                return range(int(field.low or 0), int(field.high or 0) + 1)
        return ()
