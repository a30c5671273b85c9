"""The domains: what kinds of software there are, and what such software keeps.

    domains/*.yaml -> Domain(entities) ; platform.yaml holds what many of them share

A new domain is a new file; `domains/README.md` says how one is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from ghost_architect.schema import naming

from .fields import Field, read_field

ROLES = frozenset({"main", "lookup", "part", "log"})
PLATFORM = "platform"
"""The file of what many domains share."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Nothing but plain values either way; with libyaml all domains are read in a ninth of the time (0.4 s, not 3.5)."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A kind of thing.

    Attributes:
        name: one row of it, singular, snake_case.
        domain: whose file it stands in.
        titles: headings on screens.
        tables: other names a table of it has, plural.
        role: main, lookup, part or log.
        screens: kinds of screen that suit it beyond what its fields say.
        unique: keys over several fields.
        fields: in order.
    """

    name: str
    domain: str
    titles: tuple[str, ...]
    tables: tuple[str, ...]
    role: str
    screens: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    fields: tuple[Field, ...]

    @property
    def plural(self) -> str:
        """Its name for many rows, snake_case."""
        return naming.table_name(self.name)

    @property
    def parent(self) -> str:
        """The entity whose part it is, or nothing."""
        return next((f.targets[0] for f in self.fields if f.part), "")

    def field(self, name: str) -> Field | None:
        """The field of this name, or None."""
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """A kind of software: what it is called, what it keeps, and lists that its values draw from."""

    name: str
    title: str
    apps: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    entities: Mapping[str, Entity]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All of them, by name, and the entities that they share."""

    domains: Mapping[str, Domain]
    platform: Domain

    def entity(self, domain: Domain, name: str) -> Entity:
        """The entity that a field of this domain means.

        Raises:
            KeyError: there is none.
        """
        return domain.entities.get(name) or self.platform.entities[name]

    def lists(self, domain: Domain) -> Mapping[str, tuple[str, ...]]:
        """The lists that values of this domain draw from."""
        return {**self.platform.lists, **domain.lists}


@cache
def catalogue() -> Catalogue:
    """The domains that come with the package."""
    folder = files(__package__)
    found = {d.name: d for d in map(read_domain, sorted(folder.iterdir(), key=lambda file: file.name)) if d is not None}
    platform = found.pop(PLATFORM)
    return Catalogue(found, platform)


def read_domain(file: Traversable) -> Domain | None:
    """A domain from its file; None where the file is none.

    Raises:
        ValueError: the file does not follow the format; the message names the place.
    """
    name, dot, ending = file.name.rpartition(".")
    if not dot or ending != "yaml":
        return None
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), _LOADER)
        lists = {str(k): tuple(map(str, v)) for k, v in (raw.get("lists") or {}).items()}
        entities = {e: _entity(name, e, body) for e, body in raw["entities"].items()}
        return Domain(name, str(raw["title"]), tuple(map(str, raw["apps"])), lists, entities)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{file.name}: {error}") from error


def _entity(domain: str, name: str, raw: Mapping[str, Any]) -> Entity:
    unknown = set(raw) - {"titles", "tables", "role", "screens", "unique", "fields"}
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    role = str(raw.get("role", "main"))
    if role not in ROLES:
        raise ValueError(f"{name}: {role!r} is no role")
    try:
        fields = tuple(read_field(str(n), str(line)) for n, line in raw["fields"].items())
    except ValueError as error:
        raise ValueError(f"{name}.{error}") from error
    return Entity(
        name,
        domain,
        tuple(map(str, raw.get("titles") or ())),
        tuple(map(str, raw.get("tables") or ())),
        role,
        tuple(map(str, raw.get("screens") or ())),
        tuple(tuple(map(str, key)) for key in raw.get("unique") or ()),
        fields,
    )


def problems(all_: Catalogue) -> Iterator[str]:
    """What is wrong over all files: references that lead nowhere, names used twice, lists that nobody has."""
    owners: dict[str, str] = dict.fromkeys(all_.platform.entities, PLATFORM)
    for domain in all_.domains.values():
        for name in domain.entities:
            if name in owners:
                yield f"{domain.name}: {name} is an entity of {owners[name]} already"
            owners.setdefault(name, domain.name)
    for domain in (all_.platform, *all_.domains.values()):
        lists = all_.lists(domain)
        for entity in domain.entities.values():
            yield from (
                f"{domain.name}: {entity.name}.{said}" for said in _entity_problems(all_, domain, entity, lists)
            )


def _entity_problems(
    all_: Catalogue, domain: Domain, entity: Entity, lists: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    known = {f.name for f in entity.fields}
    for field in entity.fields:
        for target in field.targets:
            if target != "self" and target not in domain.entities and target not in all_.platform.entities:
                yield f"{field.name}: there is no entity {target}"
        if field.after and field.after not in known:
            yield f"{field.name}: there is no field {field.after}"
        for text in field.texts:
            names = [text[1:]] if text.startswith("@") else [part.split("}")[0] for part in text.split("{")[1:]]
            yield from (f"{field.name}: there is no list {name}" for name in names if name not in lists)
    for key in entity.unique:
        yield from (f"unique: there is no field {name}" for name in key if name not in known)
