"""Draw an application from a domain: which things it keeps, how it words them, and its schema.

    domain, seed -> entities (choosing.py) -> attributes -> tables (tables.py) -> App

The same domain and seed give the same application, whatever else is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from ghost_architect.schema import naming
from ghost_architect.schema.objects import Column, Schema, Table

from ..domains.catalogue import Catalogue, Domain, Entity
from ..domains.fields import Field
from ..domains.kinds import RELATIONS
from ..domains.phrases import phrase
from ..rows.writing import locale as locale_of
from . import tables
from .app import App, Attribute, Preset, Thing
from .calling import called_by
from .choosing import choose
from .priors import priors
from .wording import in_currency, worded

STAMPS = ("created_at", "updated_at", "deleted_at")
"""What every row may carry; the last one under the name that the preset has for it."""


def sample_app(all_: Catalogue, domain: Domain, seed: int, split: str = "train") -> App:
    """An application of this domain, in the words that a split may use."""
    rng = Random(f"app/{domain.name}/{seed}")
    said = priors()["sampling"]
    preset = rng.choices(list(Preset), [said["presets"][p]["weight"] for p in Preset])[0]
    entities = choose(all_, domain, split, preset, rng)
    locale = rng.choices(list(said["locales"]), list(said["locales"].values()))[0]
    things = _Naming(preset, entities, locale_of(locale).currency, rng).things()
    schema = _schema(things, said["presets"][preset], rng)
    name = rng.choice(domain.apps)
    return App(f"{domain.name}-{seed}", name, domain.name, preset, locale, things, schema, all_.lists(domain), seed)


# --- what they are called ---


@dataclass
class _Naming:
    """Gives things, attributes and columns their names; no two of a table are one."""

    preset: Preset
    entities: Mapping[str, tuple[Entity, tuple[Field, ...]]]
    currency: Mapping[str, str]
    rng: Random
    taken: set[str] = field(default_factory=set)

    def things(self) -> dict[str, Thing]:
        """All things, their attributes without junctions first: those need every table's name."""
        found = {name: self._thing(entity, fields) for name, (entity, fields) in self.entities.items()}
        return {name: self._joined(thing, found) for name, thing in found.items()}

    def _thing(self, entity: Entity, fields: tuple[Field, ...]) -> Thing:
        rng = self.rng
        table = entity.plural
        others = [t for t in entity.tables if t not in self.taken]
        if others and rng.random() < priors()["sampling"]["own_table_name"]:
            table = rng.choice(others)
        if table in self.taken:
            table = f"{entity.domain}_{table}"
        self.taken.add(table)
        words = phrase(table)
        suits = [t for t in entity.titles if table == entity.plural]
        title = rng.choice([words, words, *suits])
        noun = phrase(naming.entity_name(table))
        names: set[str] = {"id"}
        nouns = {naming.entity_name(t) for t in (entity.plural, *entity.tables)} | set(entity.name.split("_"))
        attributes = tuple(self._attribute(f, names, nouns) for f in fields)
        return Thing(entity, table, "id", noun, title, attributes, called_by(entity.fields))

    def _attribute(self, f: Field, names: set[str], nouns: set[str]) -> Attribute:
        label, short, name = worded(f, self.rng, nouns)
        label, short = (in_currency(text, self.currency) for text in (label, short))
        required = f.required if f.required is not None else self.rng.random() < _open()
        columns = self._columns(f, name, names)
        return Attribute(f, label, short, columns, f.targets, "", required)

    def _columns(self, f: Field, name: str, names: set[str]) -> tuple[str, ...]:
        if f.computed or f.kind == "><":
            return ()
        if f.kind not in RELATIONS:
            wanted: tuple[str, ...] = (tables.stored_name(f, name),)
        elif len(f.targets) > 1:
            wanted = (f"{name}_type", f"{name}_id")
        else:
            wanted = (f"{name}_id",)
        if names & set(wanted):
            wanted = tuple(naming.free_name(w.replace(name, f.name), names) for w in wanted)
        names |= set(wanted)
        return wanted

    def _joined(self, thing: Thing, found: Mapping[str, Thing]) -> Thing:
        """The thing with the names of its junction tables; a pair of things is joined once by the same field."""

        def joined(a: Attribute) -> Attribute:
            if a.kind != "><":
                return a
            return replace(a, junction=self._junction(thing, found[a.targets[0]], a))

        return replace(thing, attributes=tuple(map(joined, thing.attributes)))

    def _junction(self, thing: Thing, target: Thing, a: Attribute) -> str:
        own = naming.entity_name(thing.table)
        plain = tables.junction_name(thing.table, target.table, self.preset)
        if thing is target or plain in self.taken:
            plain = f"{own}_{naming.table_name(a.field.name)}"
        name = naming.free_name(plain, self.taken)
        self.taken.add(name)
        return name


def _open() -> float:
    chance: float = priors()["sampling"]["required_where_open"]
    return chance


# --- the schema ---


def _schema(things: Mapping[str, Thing], preset: Mapping[str, Any], rng: Random) -> Schema:
    keys = tables.Keys(uuid=rng.random() < preset["uuid"])
    gone = rng.choice(preset["gone"])
    made: list[Table] = []
    for thing in things.values():
        columns = [tables.key_of(thing, keys)]
        for attribute in thing.attributes:
            default = rng.random() < priors()["sampling"]["default_of_choices"]
            columns += tables.columns_of(attribute, keys, default)
        made.append(tables.table_of(thing, [*columns, *_stamps(thing, preset, gone, rng)], things))
        made += [tables.junction_of(thing, a, things, keys) for a in thing.attributes if a.junction]
    return Schema(tuple(made))


def _stamps(thing: Thing, preset: Mapping[str, Any], gone: str, rng: Random) -> Iterator[Column]:
    own = {column for a in thing.attributes for column in a.columns}
    for name in STAMPS:
        called = gone if name == "deleted_at" else name
        if called not in own and rng.random() < preset[name] * (0.4 if thing.role == "lookup" else 1.1):
            yield tables.stamp(called, bool(preset.get("nullable")))
