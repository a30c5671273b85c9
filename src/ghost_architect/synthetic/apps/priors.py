"""What the sampler draws with: figures of real schemas (`priors.yaml`), fields that come together (`blocks.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..domains.fields import Field, read_field


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
    fields: tuple[Field, ...]


@cache
def blocks() -> tuple[Block, ...]:
    """The file of blocks."""
    raw = yaml.safe_load(files(__package__).joinpath("blocks.yaml").read_text(encoding="utf-8"))
    return tuple(
        Block(
            frozenset(b["roles"]),
            float(b["chance"]),
            frozenset(b["unless"]),
            frozenset(b.get("needs", ())),
            frozenset(b.get("never", ())),
            tuple(read_field(name, line) for name, line in b["fields"].items()),
        )
        for b in raw.values()
    )
