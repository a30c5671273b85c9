"""`models.trinity.attention`: attention over intervals of keys."""

from __future__ import annotations

import math
from functools import lru_cache

from ghost_architect.training.meter import Held

from .setting import WIDE, Part

_ROWS = 512
"""Queries of a block at most, where no kernel computes attention (`attention._ROWS`)."""

_SCORES = 1 << 28
"""Bytes of scores that are there at a time (`attention._SCORES`)."""

_DELTA = 2048
"""Tokens of which the kernel holds float32 copies (`kernels.attention._PART`)."""


class Attention(Part):
    """Attention of one layer."""

    def attend(self, i: int) -> list[Held]:
        """What `attention.attend` gives: the output and its sums."""
        m, t, b, model = self.meter, self.tokens, self.bytes, self.model
        out = [m.take(t * model.heads * model.size * b), m.take(model.heads * t * WIDE)]
        if self.setting.attention == "blocks":
            old: list[Held | None] = []
            for rows, keys in self._blocks(i, _SCORES // (model.heads * b)):
                part = rows * model.heads * model.size * b
                grouped = m.take(part)
                scaled = m.take(part)
                m.drop(grouped)
                p = m.take(model.heads * rows * keys * b)
                m.drop(scaled)
                sums = m.take(model.heads * rows * WIDE)
                m.drop(old)
                m.brief(part, part)
                m.drop(p)
                old = [sums]
            m.drop(old)
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
            delta = m.take(model.heads * t * WIDE)
            few = min(t, _DELTA) * model.heads * model.size * WIDE
            m.brief(few, few)
            out = [m.take(size * b) for size in (q, k, k)]
            m.drop(delta)
            return out
        return self._blocks_backward(i, q, k)

    def _blocks_backward(self, i: int, q: int, k: int) -> list[Held]:
        """`attention._blocks_backward`."""
        m, b, model = self.meter, self.bytes, self.model
        dq, dk, dv = m.take(q * b), m.take(k * WIDE), m.take(k * WIDE)
        most = _SCORES // (2 * model.heads * b)
        old: list[Held | None] = []
        for rows, seen in self._blocks(i):
            part = rows * model.heads * model.size
            own, d, o = (m.take(part * b) for _ in range(3))
            m.drop(old[:3])
            scaled = m.take(part * b)
            m.drop(own)
            sums = m.take(rows * model.heads * WIDE)
            m.drop(old[3:4])
            m.brief(*[part * WIDE] * (3 if b < WIDE else 1))
            delta = m.take(rows * model.heads * WIDE)
            m.drop(old[4:5])
            wide = m.take(part * WIDE)
            m.drop(old[5:])
            keys = min(max(most // rows, 1), seen)
            for _ in range(min(math.ceil(seen / keys), 2)):  # the other parts take no more
                p = m.take(model.heads * rows * keys * b)
                m.brief(model.groups * keys * model.size * b)
                ds = m.take(p.size)
                m.drop(p)
                m.brief(part * b)
                m.brief(model.groups * keys * model.size * b)
                m.drop(ds)
            m.brief(part * WIDE)
            old = [d, o, scaled, sums, delta, wide]
        m.drop(old)
        if b == WIDE:
            return [dq, dk, dv]
        narrow_k, narrow_v = m.take(k * b), m.take(k * b)
        m.drop(dk, dv)
        return [dq, narrow_k, narrow_v]

    def _blocks(self, i: int, scores: float = math.inf) -> tuple[tuple[int, int], ...]:
        """Queries of blocks, and the keys that they see (`Spans.blocks`): of all of one size, the last two."""
        return _blocks(self.tokens, None if self.model.whole[i] else self.model.window, scores)


@lru_cache
def _blocks(tokens: int, window: int | None, scores: float) -> tuple[tuple[int, int], ...]:
    def seen(start: int, rows: int) -> int:
        return start + rows - (0 if window is None else max(0, start - window + 1))

    start = 0
    found: list[tuple[int, int]] = []
    while start < tokens:
        rows = min(_ROWS, tokens - start)
        while rows > 1 and rows * seen(start, rows) > scores:
            rows = (rows + 1) // 2
        if len(found) > 1 and found[-2][0] == found[-1][0] == rows and seen(start, rows) >= found[-1][1]:
            del found[-2]
        found.append((rows, seen(start, rows)))
        start += rows
    return tuple(found)
