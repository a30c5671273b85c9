"""Which optional values are missing."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ghost_architect.schema.naming import word_set

from ..apps.app import Attribute, Thing
from .column import Value

SHARE = 0.15

_SELDOM = word_set(
    """abandoned archived banned cancelled closed completed dead deceased declined deleted died disposed disputed ended
    escalated expired failed finished left locked lost paused recalled refunded rejected resolved returned
    revoked suspended terminated withdrawn"""
)
"""Words of times that most rows do not have: few things are cancelled."""

_PLACE = frozenset({"street", "city", "region", "postcode", "country"})
_PARTLY = 0.05


def share(attribute: Attribute) -> float:
    """How many rows lack an optional value."""
    rare = attribute.kind in ("date", "moment") and not _SELDOM.isdisjoint(attribute.name.split("_"))
    return 0.6 if rare else SHARE


def holes(app: str, thing: Thing, attribute: Attribute, count: int, rng: Random) -> Sequence[bool]:
    """Which rows lack a value: of an address, all of it or hardly anything."""
    if attribute.kind not in _PLACE or sum(a.kind in _PLACE for a in thing.attributes) < 2:
        return [rng.random() < share(attribute) for _ in range(count)]
    whole = Random(f"rows/{app}/{thing.name}/address")
    part = _PARTLY if attribute.kind in ("region", "postcode") else 0.0
    return [whole.random() < SHARE - _PARTLY / 2 or rng.random() < part for _ in range(count)]


def with_holes(values: Sequence[Value], missing: Sequence[bool]) -> list[Value]:
    """The values without those that are missing."""
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]
