"""`models.trinity.attention`: attention over intervals of keys."""

from __future__ import annotations

import math
from functools import lru_cache

from ghost_architect.training.meter import Held

from .setting import WIDE, Part

_ROWS = 512
"""Queries of a block at most, where no kernel computes attention (`attention._ROWS`)."""

_FEW = 64
"""The same where a window is smaller (`attention._FEW`)."""

_SCORES = 1 << 28
"""Bytes of scores that are there at a time (`attention._SCORES`)."""

_ALIGNED = 8
"""The keys of a block begin and end at multiples of it (`attention._ALIGNED`)."""


class Attention(Part):
    """Attention of one layer."""

    def attend(self, i: int) -> list[Held]:
        """What `attention.attend` gives: the output and its sums."""
        m, t, model = self.meter, self.tokens, self.model
        q, sums = t * model.heads * model.size * self.bytes, model.heads * t * WIDE
        if self.setting.attention != "blocks":
            return [m.take(q), m.take(sums)]
        own, grouped, lse = m.take(q), m.take(q), m.take(sums)
        for rows, keys in self._blocks(i, _SCORES // (model.heads * self.bytes)):
            m.brief(model.heads * rows * keys * self.bytes)
        m.drop(own)
        out = [m.take(q), m.take(sums)]
        m.drop(grouped, lse)
        return out

    def attend_backward(self, i: int) -> list[Held]:
        """What `attention.attend_backward` gives: the gradients of q, k and v."""
        m, t, b, model = self.meter, self.tokens, self.bytes, self.model
        q, k = t * model.heads * model.size, t * model.groups * model.size
        if self.setting.attention == "flash":
            out = [m.take(size * b) for size in (q, k, k)]
            rounded = -(-t // 128) * 128
            shared = [q * b, q * b] if model.heads > model.groups else []
            m.brief(rounded * model.heads * model.size * WIDE, rounded * model.heads * WIDE, *shared)
            return out
        if self.setting.attention == "kernel":
            m.brief(model.heads * t * WIDE)
            delta = m.take(model.heads * t * WIDE)
            out = [m.take(size * b) for size in (q, k, k)]
            m.drop(delta)
            return out
        return self._blocks_backward(i, q, k)

    def _blocks_backward(self, i: int, q: int, k: int) -> list[Held]:
        """`attention._blocks_backward`."""
        m, b, model = self.meter, self.bytes, self.model
        row = self.tokens * model.heads * WIDE
        m.brief(row, row)
        delta, sums = m.take(row), m.take(row)
        own, d, grouped = (m.take(q * b) for _ in range(3))
        dk, dv = m.take(k * WIDE), m.take(k * WIDE)
        most = _SCORES // (2 * model.heads * b)
        for rows, seen in self._blocks(i):
            few = max(most // rows, 1)
            keys = min(few // _ALIGNED * _ALIGNED or few, seen)
            p, part = model.heads * rows * keys * b, rows * model.heads * model.size * WIDE
            # of two parts the second begins with what the first made for the queries
            m.brief(p, p, part if keys < seen else 0)
            m.brief(p, part)
        m.drop(own, d)
        dq = m.take(q * b)
        m.drop(grouped)
        if b == WIDE:
            m.drop(delta, sums)
            return [dq, dk, dv]
        narrow_k, narrow_v = m.take(k * b), m.take(k * b)
        m.drop(dk, dv, delta, sums)
        return [dq, narrow_k, narrow_v]

    def _blocks(self, i: int, scores: float = math.inf) -> tuple[tuple[int, int], ...]:
        """Queries of blocks, and the keys that they see (`Spans.blocks`): of all of one size, the last two."""
        return _blocks(self.tokens, None if self.model.whole[i] else self.model.window, scores)


@lru_cache
def _blocks(tokens: int, window: int | None, scores: float) -> tuple[tuple[int, int], ...]:
    def seen(start: int, rows: int) -> int:
        first = 0 if window is None else max(0, start - window + 1)
        return min(-(-(start + rows) // _ALIGNED) * _ALIGNED, tokens) - first // _ALIGNED * _ALIGNED

    most = _ROWS if window is None else min(_ROWS, max(_FEW, window))
    start = 0
    found: list[tuple[int, int]] = []
    while start < tokens:
        rows = min(most, tokens - start)
        while rows > 1 and rows * seen(start, rows) > scores:
            rows = (rows + 1) // 2
        if len(found) > 1 and found[-2][0] == found[-1][0] == rows and seen(start, rows) >= found[-1][1]:
            del found[-2]
        found.append((rows, seen(start, rows)))
        start += rows
    return tuple(found)
