"""What is kept apart for validation and test: domains, looks, fonts and words.

`train`, `validation` and `test` share none of the four. A slice (`test-look`, say) takes one of the four from
`test` and the other three from `train`, so that each gap can be measured by itself.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ..domains.catalogue import Entity, catalogue
from ..domains.fields import Field

_MANY = 12
"""A word of so many domains is everybody's."""

ASPECTS = ("domain", "look", "font", "words")
SPLITS = ("train", "validation", "test")
SLICES = tuple(f"test-{aspect}" for aspect in ASPECTS)


@cache
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("splits.yaml").read_text(encoding="utf-8"))
    return raw


@cache
def common() -> frozenset[str]:
    """Words that no split can do without: those of the entities that many domains share, and of many domains' own."""
    known = catalogue()
    shared = {
        w for e in known.platform.entities.values() for n in (e.name, *(f.name for f in e.fields)) for w in n.split("_")
    }
    count = Counter(
        w
        for d in known.domains.values()
        for w in {w for e in d.entities.values() for n in (e.name, *(f.name for f in e.fields)) for w in n.split("_")}
    )
    return frozenset(shared | {w for w, domains in count.items() if domains >= _MANY})


def source(split: str, aspect: str) -> str:
    """Whose domains (looks, fonts, words) this split or slice uses."""
    if split in SPLITS:
        return split
    return "test" if split == f"test-{aspect}" else "train"


def owned(split: str, aspect: str, names: Iterable[str]) -> Sequence[str]:
    """Those of these domains, looks or fonts that this split may use, in their order; all where it would have none."""
    everything = list(names)
    held: Mapping[str, Sequence[str]] = _raw()[f"{aspect}s"]
    wanted = source(split, aspect)
    if wanted == "train":
        apart = {name for others in held.values() for name in others}
        return [n for n in everything if n not in apart] or everything
    return [n for n in everything if n in held[wanted]] or everything


def speakable(split: str, thing: Entity | Field) -> bool:
    """Whether this split may use a thing of this name."""
    return all(_slice(word) in ("", source(split, "words")) for word in thing.name.split("_"))


@lru_cache(1 << 14)
def _slice(word: str) -> str:
    if word in common():
        return ""
    place = zlib.crc32(word.encode()) % 100
    return next((name for name, (low, high) in _raw()["words"].items() if low <= place < high), "")
