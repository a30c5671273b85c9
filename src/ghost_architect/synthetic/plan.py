"""What is drawn: which application, in which look, on which windows, as which screens.

    seed, number -> Plan(split, domain, look, theme, shots)

Pairs come in groups that share an application: its look and frame are the same on all of its screens, as they are
in life, while theme, window, rows and kinds of screens differ. A plan follows from the seed and the number alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from .camera.window import Window

_T = TypeVar("_T")

GROUP = 6
"""So many pairs share an application."""

_SPLITS = {"train": 0.96, "validation": 0.02, "test": 0.02}

_SCREENS = {1: 0.74, 2: 0.12, 3: 0.07, 4: 0.04, 5: 0.02, 6: 0.01}
"""How many screens a pair has, and how often."""

_EMPTY = 0.06
"""How often a pair shows nothing that is stored."""

_WINDOWS: Mapping[tuple[int, int], float] = {
    (360, 740): 2,
    (375, 812): 2,
    (390, 844): 3,
    (412, 915): 2,
    (600, 960): 1,
    (768, 1024): 3,
    (820, 1180): 2,
    (1024, 768): 5,
    (1100, 700): 4,
    (1200, 800): 7,
    (1280, 720): 10,
    (1280, 900): 8,
    (1366, 768): 15,
    (1440, 900): 13,
    (1536, 864): 9,
    (1600, 900): 6,
    (1920, 1080): 9,
    (900, 600): 3,
    (1000, 560): 2,
}
"""CSS pixels, and how often. Screenshots are cropped as often as whole."""

_SCALES = {1.0: 0.72, 1.25: 0.12, 1.5: 0.1, 2.0: 0.06}
_SCALES_NARROW = {1.0: 0.1, 1.5: 0.35, 2.0: 0.55}
_MOST_PIXELS = 2_400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """One pair to be.

    Attributes:
        number: which pair of the run.
        group: which application of the run.
        split: whose it is.
        empty: whether its truth is empty.
        screens: how many.
        windows: of each screen.
        dark: whether it is drawn dark.
    """

    number: int
    group: int
    split: str
    empty: bool
    windows: tuple[Window, ...]
    dark: bool

    @property
    def screens(self) -> int:
        """How many."""
        return len(self.windows)


def split_of(seed: int, group: int) -> str:
    """The split that an application of a mixed run belongs to."""
    return _drawn(Random(f"split/{seed}/{group}"), _SPLITS)


def plan(seed: int, number: int, split: str = "") -> Plan:
    """The plan of a pair.

    Args:
        seed: of the run.
        number: of the pair, from 0.
        split: the split or slice that everything belongs to; empty mixes train, validation and test.
    """
    group = number // GROUP
    rng = Random(f"plan/{seed}/{number}")
    size = _drawn(rng, _WINDOWS)
    count = _drawn(rng, _SCREENS)
    return Plan(
        number,
        group,
        split or split_of(seed, group),
        rng.random() < _EMPTY,
        tuple(_window(size if i == 0 or rng.random() < 0.8 else _drawn(rng, _WINDOWS), rng) for i in range(count)),
        rng.random() < 0.22,
    )


def _window(size: tuple[int, int], rng: Random) -> Window:
    width, height = size
    if rng.random() < 0.35:  # a window that was made larger or smaller by hand
        width += rng.randint(-40, 40) if width < 500 else rng.randint(-160, 120)
        height += rng.randint(-160, 200)
    width, height = max(340, min(1920, width)), max(420, min(1400, height))
    scale = _drawn(rng, _SCALES_NARROW if width < 600 else _SCALES)
    while width * height * scale * scale > _MOST_PIXELS and scale > 1:
        scale = max(1.0, scale - 0.25)
    return Window(width, height, scale)


def _drawn(rng: Random, weights: Mapping[_T, float]) -> _T:
    return rng.choices(list(weights), list(weights.values()))[0]


def spread(total: int, size: int) -> Sequence[range]:
    """The numbers 0 to total in ranges of this size; the last may be shorter."""
    return [range(start, min(start + size, total)) for start in range(0, total, size)]
