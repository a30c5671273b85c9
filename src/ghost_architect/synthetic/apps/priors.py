"""What the sampler draws with: figures of real schemas (`priors.yaml`), fields that come together (`blocks.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ghost_architect.schema import naming

from ..domains.catalogue import Entity
from ..domains.fields import Field, read_field
from .calling import called_by


@cache
def priors() -> Mapping[str, Any]:
    """The file of priors."""
    found: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("priors.yaml").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that come together; `blocks.yaml` says what each of these means."""

    roles: frozenset[str]
    chance: float
    unless: frozenset[str]
    needs: frozenset[str]
    never: frozenset[str]
    called: frozenset[str]
    names: frozenset[str]
    others: frozenset[str]
    choices: frozenset[str]
    presets: frozenset[str]
    fields: tuple[Field, ...]

    def suits(self, entity: Entity, preset: str) -> bool:
        """Whether an entity of an application of this preset may get it, whatever fields it kept."""
        kinds = {f.kind for f in entity.fields}
        # What a thing is stands last in its name, or before "of": a drum kit, a unit of measure.
        kind = naming.singular(entity.name.partition("_of_")[0].rpartition("_")[2])
        said = {w.lower() for f in entity.fields for c in f.choices for w in c.split()}
        return (
            entity.role in self.roles
            and self.needs <= kinds
            and not self.never & kinds
            and (not self.called or _called(entity) in self.called)
            and kind not in self.others
            and (not self.names or kind in self.names)
            and (not self.choices or bool(self.choices & said))
            and (not self.presets or preset in self.presets)
        )


def _called(entity: Entity) -> str:
    """The kind of what a row is called by."""
    called = entity.field(called_by(entity.fields))
    return called.kind if called is not None else ""


@cache
def blocks() -> tuple[Block, ...]:
    """The file of blocks."""
    raw = yaml.safe_load(files(__package__).joinpath("blocks.yaml").read_text(encoding="utf-8"))
    return tuple(map(_block, raw.values()))


def _block(raw: Mapping[str, Any]) -> Block:
    def words(key: str) -> frozenset[str]:
        return frozenset(raw.get(key, ()))

    return Block(
        roles=words("roles"),
        chance=float(raw["chance"]),
        unless=words("unless"),
        needs=words("needs"),
        never=words("never"),
        called=words("called"),
        names=words("names"),
        others=words("others"),
        choices=words("choices"),
        presets=words("presets"),
        fields=tuple(read_field(name, line) for name, line in raw["fields"].items()),
    )
