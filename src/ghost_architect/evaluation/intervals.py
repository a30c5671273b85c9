"""Percentiles, and how far a figure could be off by the luck of which apps are in the set."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from .ghostscore import Counts, add

RESAMPLES, SEED, COVERAGE = 1000, 0, 0.95

Interval = tuple[float, float]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies, straight between neighbours. `values` is not empty."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def resample(groups: Sequence[Counts]) -> list[Counts]:
    """What the set could have been: as many groups, drawn with replacement, added up; RESAMPLES times.

    Args:
        groups: the counts of one app each. Screens of one app are not independent, so an app is
            drawn with all of its screens (Efron & Tibshirani 1993, section 8: resample the
            independent units).
    """
    draw = random.Random(SEED)
    return [add(draw.choices(groups, k=len(groups))) for _ in range(RESAMPLES)]


def interval(resampled: Sequence[Counts], figure: Callable[[Counts], float | None]) -> Interval | None:
    """The middle COVERAGE of a figure over the resampled sets; None if it is never defined."""
    values = [v for v in map(figure, resampled) if v is not None]
    if not values:
        return None
    tail = (1 - COVERAGE) / 2
    return round(percentile(values, tail), 3), round(percentile(values, 1 - tail), 3)
