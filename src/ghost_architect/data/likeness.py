"""How alike two texts are, from 64 numbers each (MinHash; Broder, "On the resemblance and containment of
documents", 1997): the share of equal numbers estimates the share of common runs of five words.

    text -> words -> hashes of runs of five -> 64 minima -> bands of four -> pairs that share a band -> pairs alike
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Signature = NDArray[np.uint32]

RUN = 5
SIZE = 64
ALIKE = 0.8
"""From this share of common runs on, two texts are near-duplicates. With 64 numbers the estimate is off by 0.05."""

_BAND = 4
_MOST_PAIRS = 64
"""Of a band that many rows share, so many neighbours are compared: they are all alike anyway."""

_WORD = re.compile(rb"\w+|[^\w\s]")
_RANDOM = np.random.Generator(np.random.PCG64(20261101))
_FACTORS = _RANDOM.integers(1, 1 << 63, SIZE, dtype=np.uint64) | np.uint64(1)
_TERMS = _RANDOM.integers(0, 1 << 63, SIZE, dtype=np.uint64)
_POWERS = np.array([pow(1_000_003, i, 1 << 64) for i in range(RUN)], dtype=np.uint64)


def shingles(text: str) -> NDArray[np.uint64]:
    """A number for each run of five words, each once."""
    words = _WORD.findall(text.lower().encode("utf-8", "replace"))
    numbers = np.fromiter(map(zlib.crc32, words), dtype=np.uint64, count=len(words))
    if len(numbers) < RUN:
        numbers = np.pad(numbers, (0, RUN - len(numbers)))
    last = len(numbers) - RUN + 1
    runs = np.zeros(last, dtype=np.uint64)
    for i, power in enumerate(_POWERS):
        runs += numbers[i : i + last] * power
    return np.unique(runs)


def signature(text: str) -> Signature:
    """The 64 numbers of a text."""
    hashed = shingles(text)[:, None] * _FACTORS + _TERMS
    least: Signature = (hashed >> np.uint64(32)).min(axis=0).astype(np.uint32)
    return least


def alike(signatures: Sequence[Signature]) -> Iterator[tuple[int, int, float]]:
    """(earlier, later, share) for texts that are alike: of each the earlier one that is most like it."""
    if len(signatures) < 2:
        return
    matrix = np.stack(signatures)
    best: dict[int, tuple[float, int]] = {}
    for start in range(0, SIZE, _BAND):
        band = np.ascontiguousarray(matrix[:, start : start + _BAND]).view("V16").ravel()
        order = np.argsort(band, kind="stable")
        same = band[order][1:] == band[order][:-1]
        for i in np.flatnonzero(same).tolist():
            first = i
            while first > 0 and same[first - 1] and i - first < _MOST_PAIRS // 16:
                first -= 1
            later = int(order[i + 1])
            for k in range(first, i + 1):
                earlier = int(order[k])
                share = float((matrix[earlier] == matrix[later]).mean())
                if share >= ALIKE and share > best.get(later, (0.0, 0))[0]:
                    best[later] = (share, earlier)
    for later, (share, earlier) in sorted(best.items()):
        yield earlier, later, share
