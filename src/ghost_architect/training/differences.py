"""Whether one way of training beats another: differences of pairs, and an interval that allows for their luck."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

COVERAGE = 0.95
"""How often all intervals of one table together hold what they are made for."""

_HALVINGS = 60
"""Of an angle below a right one: it is known to the last bit then."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two ways, pair by pair.

    Attributes:
        each: of each pair, the first way's figure less the second's.
        half: half of the interval's width; infinite where there is one pair.
    """

    each: tuple[float, ...]
    half: float

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float], comparisons: int = 1) -> Difference:
        """The difference, with Student's t interval over the pairs.

        Args:
            ours: figures, at least one.
            theirs: those that they are paired with, in the same order.
            comparisons: how many intervals stand in one table; each is made wide enough that all of them hold
                together in `COVERAGE` of tables (Bonferroni's bound).
        """
        each = tuple(a - b for a, b in zip(ours, theirs, strict=True))
        if len(each) < 2:
            return cls(each, math.inf)
        share = 1 - (1 - COVERAGE) / comparisons
        return cls(each, within(share, len(each) - 1) * stdev(each) / math.sqrt(len(each)))

    @property
    def mean(self) -> float:
        """Of the pairs."""
        return fmean(self.each)

    @property
    def low(self) -> float:
        """Where the interval begins."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Where it ends."""
        return self.mean + self.half

    def sentence(self, other: str) -> str:
        """What the figures allow to say, where a smaller figure is better."""
        if math.isinf(self.half):
            return "nothing: one seed has no spread"
        if self.low <= 0 <= self.high:
            return (
                f"no difference from {other} that these seeds could show: it would have to be {self.half:.4f} or more"
            )
        return f"{'lower' if self.mean < 0 else 'higher'} than {other} by {abs(self.mean):.4f}"


def within(share: float, freedom: int) -> float:
    """What Student's t stays within, on either side of 0, in this share of cases.

    Args:
        share: more than 0, and less than 1.
        freedom: degrees of freedom, at least 1.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, freedom) < share else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _inside(angle: float, freedom: int) -> float:
    """The share of cases within sqrt(freedom) * tan(angle) of 0: Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    total = math.sin(angle) * math.fsum(_terms(math.cos(angle), freedom))
    return total if freedom % 2 == 0 else 2 / math.pi * (angle + total)


def _terms(cosine: float, freedom: int) -> Iterator[float]:
    """1, 1/2 cos^2, (1*3)/(2*4) cos^4 ... of an even freedom; cos, 2/3 cos^3, (2*4)/(3*5) cos^5 ... of an odd one."""
    odd = freedom % 2
    term = cosine if odd else 1.0
    for power in range(odd, freedom - 1, 2):
        yield term
        term *= (power + 1) / (power + 2) * cosine**2
