"""What an example is about: a few entities of one domain that have to do with each other, and their schema.

    domain + seed -> an entity, and what it points at or is pointed at by -> things -> schema

Names are those of the domain's files and no synonyms: what an example says in words and what its answer
calls a column have to be the same. Everything that the words cannot say (polymorphic keys, computed
figures) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from ghost_architect.schema import naming
from ghost_architect.schema.objects import Schema, Table

from ..apps import tables
from ..apps.app import Attribute, Thing
from ..apps.calling import called_by
from ..domains.catalogue import Catalogue, Domain, Entity
from ..domains.fields import Field

_DULL = frozenset({"json", "mac", "uuid", "file"})
"""Kinds that need more words than they are worth."""

_MOST = 8
"""Attributes of a thing, at most: a person who describes an application names no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A small application.

    Attributes:
        domain: of which kind.
        product: what it is called.
        things: by entity name, in the order in which they were thought of.
        schema: its database.
        stamps: table -> the times that its rows carry.
        uuid: whether keys are UUIDs, and not numbers.
    """

    domain: Domain
    product: str
    things: Mapping[str, Thing]
    schema: Schema
    stamps: Mapping[str, tuple[str, ...]]
    uuid: bool

    def table(self, thing: Thing) -> Table:
        """The table of a thing."""
        found = self.schema.table(thing.table)
        assert found is not None
        return found

    def parts(self, thing: Thing) -> list[Thing]:
        """The things whose rows belong to a row of this one."""
        return [
            t for t in self.things.values() if any(a.field.part and a.targets == (thing.name,) for a in t.attributes)
        ]

    def main(self) -> Thing:
        """The thing that it is mostly about: the one with most attributes among the main ones."""
        return max(self.things.values(), key=lambda t: (t.role == "main", len(t.attributes)))


def make_case(all_: Catalogue, domain: Domain, rng: Random, low: int, high: int) -> Case:
    """An application with `low` to `high` things, or with fewer where the domain has no more that are connected."""
    size = rng.randint(low, high)
    entities = _connected(all_, domain, size, rng)
    names = [e.name for e in entities]
    things = {e.name: _thing(e, names, rng) for e in entities}
    things = {name: _joined(thing, things) for name, thing in things.items()}
    return build(domain, rng.choice(domain.apps), things, _stamps(things, rng), uuid=rng.random() < 0.12)


def build(
    domain: Domain, product: str, things: Mapping[str, Thing], stamps: Mapping[str, tuple[str, ...]], uuid: bool
) -> Case:
    """The case with the schema of these things."""
    keys = tables.Keys(uuid)
    made: list[Table] = []
    for thing in things.values():
        columns = [tables.key_of(thing, keys)]
        for attribute in thing.attributes:
            columns += tables.columns_of(attribute, keys, default=True)
        columns += [tables.stamp(name, nullable=False) for name in stamps.get(thing.table, ())]
        made.append(tables.table_of(thing, columns, things))
        made += [tables.junction_of(thing, a, things, keys) for a in thing.attributes if a.junction]
    return Case(domain, product, things, Schema(tuple(made)), stamps, uuid)


# --- which entities ---


def _connected(all_: Catalogue, domain: Domain, size: int, rng: Random) -> list[Entity]:
    known = {**{e.name: e for e in all_.platform.entities.values()}, **domain.entities}
    links: dict[str, set[str]] = {name: set() for name in known}
    for entity in known.values():
        for field in entity.fields:
            if _is_link(field):
                links[entity.name].add(field.targets[0])
                links[field.targets[0]].add(entity.name)
    starts = [e.name for e in domain.entities.values() if e.role == "main" and _own(domain, links[e.name])]
    chosen = [rng.choice(starts or sorted(domain.entities))]
    while len(chosen) < size:
        near = sorted({n for c in chosen for n in links[c]} - set(chosen))
        if not near:
            break
        # What the platform shares (users, tags) belongs to an application, but does not make it.
        chosen.append(
            rng.choices(near, [(5 if n in domain.entities else 1) * _pull(n, chosen, links) for n in near])[0]
        )
    return [known[name] for name in chosen]


def _is_link(field: Field) -> bool:
    return field.is_relation and len(field.targets) == 1 and field.targets != ("self",)


def _own(domain: Domain, names: set[str]) -> bool:
    return any(name in domain.entities for name in names)


def _pull(name: str, chosen: Sequence[str], links: Mapping[str, set[str]]) -> int:
    shared = len(links[name] & set(chosen))
    return 1 << shared


# --- what they are ---


def _thing(entity: Entity, names: Sequence[str], rng: Random) -> Thing:
    fields = list(_fields(entity, names, rng))
    attributes: list[Attribute] = []
    taken = {"id"}
    for field in fields:
        required = field.required if field.required is not None else rng.random() < 0.5
        columns: tuple[str, ...] = ()
        if field.kind != "><":
            name = f"{field.name}_id" if field.is_relation else tables.stored_name(field, field.name)
            columns = (naming.free_name(name, taken),)
            taken.add(columns[0])
        attributes.append(Attribute(field, field.label, field.label, columns, field.targets, "", required))
    words = entity.plural.replace("_", " ")
    noun = entity.name.replace("_", " ")
    return Thing(entity, entity.plural, "id", noun, words, tuple(attributes), called_by(fields))


def _fields(entity: Entity, names: Sequence[str], rng: Random) -> Iterator[Field]:
    called = called_by(entity.fields)
    unique = {name for key in entity.unique for name in key}
    room = _MOST
    for field in entity.fields:
        targets = tuple(entity.name if t == "self" else t for t in field.targets)
        if field.computed or field.kind in _DULL or len(targets) > 1 or not set(targets) <= set(names):
            continue
        is_needed = field.is_relation or field.name == called or field.name in unique
        if not is_needed and (room <= 0 or rng.random() > 0.85):
            continue
        room -= not field.is_relation
        # A tree has a root, and nothing can be required to point at itself.
        loose = field.is_relation and targets == (entity.name,) and field.kind != "><"
        yield replace(
            field, targets=targets, required=False if loose else field.required, unique=field.unique and not loose
        )


def _joined(thing: Thing, things: Mapping[str, Thing]) -> Thing:
    taken: set[str] = {t.table for t in things.values()}

    def joined(a: Attribute) -> Attribute:
        if a.kind != "><":
            return a
        target = things[a.targets[0]]
        own, other = naming.entity_name(thing.table), naming.table_name(a.name) if target is thing else target.table
        name = f"{own}_{other}"
        if name in taken:
            name = naming.free_name(f"{own}_{naming.table_name(a.name)}", taken)
        taken.add(name)
        return replace(a, junction=name)

    return replace(thing, attributes=tuple(map(joined, thing.attributes)))


def _stamps(things: Mapping[str, Thing], rng: Random) -> dict[str, tuple[str, ...]]:
    """Which tables carry which times: all alike, as people ask for it."""
    policy = rng.choice(
        [(), ("created_at",), ("created_at",), ("created_at", "updated_at"), ("created_at", "updated_at")]
    )
    roles = ("main", "part", "log") if rng.random() < 0.4 else ("main",)
    out: dict[str, tuple[str, ...]] = {}
    for thing in things.values():
        own = {c for a in thing.attributes for c in a.columns}
        names = tuple(name for name in policy if name not in own)
        if thing.role in roles and names:
            out[thing.table] = names
    return out
