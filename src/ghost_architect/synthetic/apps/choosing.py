"""Which entities of a domain an application keeps, and which of their fields.

domain, split -> what may be said in its words -> entities, near ones first -> fields -> nothing that leads nowhere
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from ghost_architect.schema import naming

from ..domains.catalogue import PLATFORM, Catalogue, Domain, Entity
from ..domains.fields import Field
from .calling import called_by
from .priors import blocks, priors
from .splits import speakable

_FIRM = frozenset({"flag", "count", "position", "secret", "first_name", "last_name"})
"""Kinds that are filled in every application where the domain says that they must be."""


def _usable(all_: Catalogue, domain: Domain, split: str) -> dict[str, Entity]:
    """The entities and fields in this split's words; an entity that needs one that is not among them is not either."""
    both = {**all_.platform.entities, **domain.entities}
    found = {name: _spoken(entity, split) for name, entity in both.items() if speakable(split, entity)}
    while lost := [n for n, e in found.items() if any(_needed(f, n) not in ("", *found) for f in e.fields)]:
        for name in lost:
            del found[name]
    return found


def _spoken(entity: Entity, split: str) -> Entity:
    """The entity in a split's words; what it is called by is its name or number where the split lacks the word."""
    called = entity.field(called_by(entity.fields))
    plain = "number" if called is not None and called.kind == "code" else "name"
    if called is not None and not speakable(split, called) and entity.field(plain) is None:
        other = replace(called, name=plain)
        keys = tuple(tuple(plain if n == called.name else n for n in key) for key in entity.unique)
        entity = replace(entity, unique=keys, fields=tuple(other if f is called else f for f in entity.fields))
    return replace(entity, fields=tuple(f for f in entity.fields if speakable(split, f)))


def _needed(f: Field, own: str) -> str:
    """The entity that a row with this field cannot do without, or nothing."""
    if not (f.is_relation and f.required and f.kind != "><") or "self" in f.targets or own in f.targets:
        return ""
    return f.targets[0]


def choose(
    all_: Catalogue, domain: Domain, split: str, preset: str, rng: Random
) -> dict[str, tuple[Entity, tuple[Field, ...]]]:
    """Entities by name with the fields that stay. What a required field points at comes along."""
    usable = _usable(all_, domain, split)
    said = priors()["sampling"]
    sizes = said["tables"]
    size = round(rng.lognormvariate(math.log(sizes["median"]), sizes["sigma"]))
    size = min(max(size, sizes["low"]), sizes["high"])
    chosen: dict[str, tuple[Entity, tuple[Field, ...]]] = {}
    count = 0
    while count < size:
        name = _next(usable, chosen, rng)
        if not name:
            break
        for entity in _closure(usable, name, chosen, rng):
            chosen[entity.name] = (entity, _kept(entity, preset, rng))
        count = _tables(chosen)
    return _without_circles(_resolved(chosen))


def _next(usable: Mapping[str, Entity], chosen: Mapping[str, object], rng: Random) -> str:
    """An entity to add: one of the domain that has to do with what is there, else one that many domains share."""
    left = [e for e in usable.values() if e.name not in chosen]
    own = [e for e in left if e.domain != PLATFORM]
    shared = [e for e in left if e.domain == PLATFORM]
    if own and (not shared or not chosen or rng.random() >= priors()["sampling"]["shared_entity"] * (len(chosen) > 2)):
        return rng.choices(own, [_weight(e, chosen) for e in own])[0].name
    return rng.choices(shared, [_weight(e, chosen) for e in shared])[0].name if shared else ""


def _weight(entity: Entity, chosen: Mapping[str, object]) -> float:
    near = sum(t in chosen for f in entity.fields for t in f.targets)
    joined = any(f.kind == "><" for f in entity.fields)
    weight = {"main": 2.0, "part": 3.0, "log": 0.7, "lookup": 0.15}[entity.role] * (2 if joined else 1)
    return weight * (1 + 6 * near if chosen else 1)


def _closure(usable: Mapping[str, Entity], name: str, chosen: Mapping[str, object], rng: Random) -> Iterator[Entity]:
    """The entity and what it cannot do without; often what it is joined to many to many."""
    said = priors()["sampling"]
    waiting, seen = [name], set(chosen)
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        entity = usable[current]
        yield entity
        waiting += [needed for f in entity.fields if (needed := _needed(f, current))]
        for f in entity.fields:
            chance = said["many_follows" if f.kind == "><" else "one_follows"]
            waiting += [t for t in f.targets if t in usable and rng.random() < chance]


def _kept(entity: Entity, preset: str, rng: Random) -> tuple[Field, ...]:
    """The fields that an application has: most required ones, some of the others, always what it is called by."""
    said = priors()["sampling"]
    called = called_by(entity.fields)
    unique = {name for key in entity.unique for name in key}
    share = _completeness(entity, rng)
    forename = any(f.name == called and f.kind == "first_name" for f in entity.fields)

    def stays(f: Field) -> bool:
        if f.part or f.name == called or f.name in unique or (f.required and f.is_relation):
            return True
        if f.kind == "last_name" and forename:
            return True
        if f.is_relation:
            return rng.random() < float(said["tree_kept" if "self" in f.targets else "relation_kept"])
        least = float(said["required_kept"])
        return rng.random() < (least + (1 - least) * share if f.required else share)

    def loosened(f: Field) -> Field:
        loose = f.kind not in _FIRM and not f.is_relation and f.name != called and not f.unique
        required = f.required and not (loose and rng.random() < said["loosened"])
        return replace(f, required=required, unique=f.unique and (f.kind == "--" or rng.random() < said["unique_kept"]))

    kept = [loosened(f) for f in entity.fields if stays(f)]
    if all(f.is_relation or f.computed for f in kept):
        kept = list(entity.fields)
    kept += _blocks(entity, preset, rng)
    if len(kept) > 3 and rng.random() < 0.25:
        place = rng.randrange(2, len(kept))
        kept = kept[:2] + kept[place:] + kept[2:place]
    return tuple(kept)


def _completeness(entity: Entity, rng: Random) -> float:
    """The share of its optional fields that an application has of an entity.

    What an application is about has nearly all in one and hardly more than its name in another, and seldom half: that
    is what spreads the widths of real tables. Small tables are small everywhere.
    """
    shares: Mapping[str, Sequence[float]] = priors()["sampling"]["optional_kept"]
    low, high = shares["central" if _is_central(entity) else entity.role]
    return low + (high - low) * rng.betavariate(0.6, 0.6)


def _is_central(entity: Entity) -> bool:
    return entity.role == "main" and len(entity.fields) >= int(priors()["sampling"]["central_from"])


def _blocks(entity: Entity, preset: str, rng: Random) -> Iterator[Field]:
    """Fields that come together in tables of every trade."""
    words = {naming.singular(w) for f in entity.fields for name in (f.name, *f.labels) for w in naming.tokens(name)}
    for block in blocks():
        if block.suits(entity, preset) and not words & block.unless and rng.random() < block.chance:
            yield from block.fields
            words |= {naming.singular(word) for f in block.fields for word in f.name.split("_")}


def _tables(chosen: Mapping[str, tuple[Entity, tuple[Field, ...]]]) -> int:
    junctions = sum(
        f.kind == "><" and (f.targets[0] in chosen or f.targets[0] == "self") for _, fs in chosen.values() for f in fs
    )
    return len(chosen) + junctions


def _resolved(
    chosen: Mapping[str, tuple[Entity, tuple[Field, ...]]],
) -> dict[str, tuple[Entity, tuple[Field, ...]]]:
    """Without the fields that point at what this application does not have."""

    def resolved(entity: Entity, f: Field) -> Field | None:
        targets = tuple(t for t in (entity.name if t == "self" else t for t in f.targets) if t in chosen)
        if f.is_relation and not targets:
            return None
        after = f.after if any(o.name == f.after for o in chosen[entity.name][1]) else ""
        lone = f.kind in ("date", "moment") and f.after and not after
        return replace(f, targets=targets, after=after, when="near" if lone else f.when)

    return {
        name: (entity, tuple(r for f in fields if (r := resolved(entity, f)) is not None))
        for name, (entity, fields) in chosen.items()
    }


def _without_circles(
    chosen: dict[str, tuple[Entity, tuple[Field, ...]]],
) -> dict[str, tuple[Entity, tuple[Field, ...]]]:
    """No row could live where required keys run in a circle: the last key of each circle may stay empty."""
    needs = {n: {f.targets[0] for f in fs if _needs(f) and f.targets[0] != n} for n, (_, fs) in chosen.items()}
    out = dict(chosen)
    for name, (entity, fields) in chosen.items():
        loose = []
        for f in fields:
            circle = _needs(f) and (f.targets[0] == name or _reaches(needs, f.targets[0], name))
            if circle and not f.part:
                needs[name].discard(f.targets[0])
                f = replace(f, required=False)
            loose.append(f)
        out[name] = (entity, tuple(loose))
    return out


def _needs(f: Field) -> bool:
    return f.is_relation and f.kind != "><" and bool(f.required) and len(f.targets) == 1


def _reaches(needs: Mapping[str, set[str]], start: str, goal: str) -> bool:
    waiting, seen = [start], set[str]()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += sorted(needs.get(name, ()))
    return False
