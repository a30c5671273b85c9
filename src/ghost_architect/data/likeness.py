"""How alike two texts are, from 64 numbers each (MinHash; Broder, "On the resemblance and containment of
documents", 1997): the share of equal numbers estimates the share of common runs of five words.

    text -> words -> hashes of runs of five -> 64 minima -> bands of four -> pairs that share a band -> pairs alike

Words are hashed as differences of one running sum over the bytes, so that there is no loop in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Signature = NDArray[np.uint32]
_Numbers = NDArray[np.uint64]

RUN = 5
SIZE = 64
ALIKE = 0.8
"""From this share of common runs on, two texts are near-duplicates. With 64 numbers the estimate is off by 0.05."""

_BAND = 4
_NEIGHBOURS = 5
"""Of a band that many rows share, so many rows before are compared: they are all alike anyway."""
_BLOCK = 1 << 13
"""So many runs are hashed at once, and so many pairs compared: a long text takes no more memory than a short one."""

_SPACE, _LETTER, _SIGN = 0, 1, 2
_KINDS = bytes(
    _LETTER if chr(b).isascii() and (chr(b).isalnum() or b == ord("_")) else _SPACE if bytes([b]).isspace() else _SIGN
    for b in range(256)
)
"""Of each byte: words are runs of ASCII letters, digits and `_`; every other byte that is no space is a word."""

_RANDOM = np.random.Generator(np.random.PCG64(20261101))
_FACTORS = _RANDOM.integers(0, 1 << 31, (SIZE, 1), dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_TERMS = _RANDOM.integers(0, 1 << 32, (SIZE, 1), dtype=np.uint32)
_BYTES = np.where(np.frombuffer(_KINDS, np.uint8) == _SPACE, 0, _RANDOM.integers(1, 1 << 63, 256, dtype=np.uint64))
_POWERS = np.array([pow(1_000_003, i, 1 << 64) for i in range(RUN)], dtype=np.uint64)

_BASE = 0x9E3779B97F4A7C15
"""Odd, so that its powers can be undone modulo 2^64."""
_MIX = np.uint64(0xBF58476D1CE4E5B9)
"""Of SplitMix64 (Steele, Lea and Flood, 2014): the upper bits of a product depend on all bits."""


def _powers(base: int, count: int) -> _Numbers:
    return np.cumprod(np.r_[np.uint64(1), np.full(count - 1, base, np.uint64)], dtype=np.uint64)


_UP, _DOWN = _powers(_BASE, _BLOCK), _powers(pow(_BASE, -1, 1 << 64), _BLOCK)


def shingles(text: str) -> _Numbers:
    """A number for each run of five words."""
    return _runs(_words(_bytes(text))[0])


def _bytes(text: str) -> bytes:
    return text.lower().encode("utf-8", "replace")


def _runs(numbers: _Numbers) -> _Numbers:
    if len(numbers) < RUN:
        numbers = np.pad(numbers, (0, RUN - len(numbers)))
    last = len(numbers) - RUN + 1
    runs = np.zeros(last, dtype=np.uint64)
    for i, power in enumerate(_POWERS):
        runs += numbers[i : i + last] * power
    return runs


def _words(data: bytes) -> tuple[_Numbers, NDArray[np.int64]]:
    """A number for each word, and where it begins."""
    kinds = np.frombuffer(b"\0" + data.translate(_KINDS), np.uint8)
    letters = kinds == _LETTER
    at = np.flatnonzero((kinds[1:] == _SIGN) | (letters[1:] > letters[:-1]))
    up, down = (_UP, _DOWN) if len(data) <= _BLOCK else (_powers(_BASE, len(data)), _powers(int(_DOWN[1]), len(data)))
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum(_BYTES[np.frombuffer(data, np.uint8)] * up[: len(data)], out=sums[1:])
    return np.diff(sums[np.append(at, len(data))]) * down[at], at


def signature(text: str) -> Signature:
    """The 64 numbers of a text."""
    return next(signatures([text]))


def signatures(texts: Iterable[str]) -> Iterator[Signature]:
    """The 64 numbers of each text. Short texts are hashed together, since numpy takes as long for one as for some."""
    for group in _groups(map(_bytes, texts)):
        numbers, at = _words(b"\n".join(group))
        hashes = _hashes(_runs(numbers))
        starts = np.cumsum([0, *(len(data) + 1 for data in group)])
        for begin, end in pairwise(np.searchsorted(at, starts).tolist()):
            if end - begin < RUN:
                yield _least(_hashes(_runs(numbers[begin:end])))
            else:
                yield _least(hashes[begin : end - RUN + 1])


def _groups(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """As many as have the length of a block together, or one that is longer."""
    group: list[bytes] = []
    room = _BLOCK
    for data in texts:
        if group and len(data) >= room:
            yield group
            group, room = [], _BLOCK
        group.append(data)
        room -= len(data) + 1
    if group:
        yield group


def _hashes(runs: _Numbers) -> NDArray[np.uint32]:
    """Of each run a number of 32 bits, which depends on all of it."""
    mixed = (runs ^ (runs >> np.uint64(29))) * _MIX
    return (mixed >> np.uint64(32)).astype(np.uint32)


def _least(short: NDArray[np.uint32]) -> Signature:
    """Of each of 64 hashes the least."""
    least = np.full(SIZE, 0xFFFFFFFF, np.uint32)
    for start in range(0, len(short), _BLOCK):
        hashed = short[start : start + _BLOCK] * _FACTORS
        hashed += _TERMS
        np.minimum(least, hashed.min(axis=1), out=least)
    return least


def alike(signatures: Sequence[Signature]) -> Iterator[tuple[int, int, float]]:
    """(earlier, later, share) for texts that are alike: of each the earlier one that is most like it."""
    if len(signatures) < 2:
        return
    matrix = np.stack(signatures)
    best: dict[int, tuple[float, int]] = {}
    for start in range(0, SIZE, _BAND):
        earlier, later = _neighbours(matrix[:, start : start + _BAND])
        for block in range(0, len(later), _BLOCK):
            one, other = earlier[block : block + _BLOCK], later[block : block + _BLOCK]
            shares = (matrix[one] == matrix[other]).mean(axis=1)
            near = np.flatnonzero(shares >= ALIKE)
            for share, first, second in zip(
                shares[near].tolist(), one[near].tolist(), other[near].tolist(), strict=True
            ):
                known, place = best.get(second, (0.0, 0))
                if share > known or (share == known and first < place):
                    best[second] = (share, first)
    for second, (share, first) in sorted(best.items()):
        yield first, second, share


def _neighbours(band: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(earlier, later) rows that have the same four numbers: each with the nearest ones before it."""
    keys = (band * _POWERS[:_BAND]).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    found = [(order[:-step][same], order[step:][same]) for step, same in _steps(keys)]
    return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])


def _steps(keys: _Numbers) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    for step in range(1, min(_NEIGHBOURS, len(keys) - 1) + 1):
        yield step, keys[step:] == keys[:-step]
