"""Attention in which every query sees one interval of keys.

Causal attention, a sliding window, a picture whose tokens see each other, examples packed into one row: each of
them, and all together, give a query i the keys `first[i] <= j < last[i]`. Three ways to compute it:

    blocks   matrix products over blocks of queries: any device, any dtype; the definition
    kernel   our own, in Triton: 16 bits, sm_80 and later
    flash    PyTorch's flash attention (Dao, 2023, arXiv 2307.08691): 16 bits, sm_80 and later, no pictures

All keep the output and one number a row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from ..ops.fast import fast
from ..ops.norm import wide
from ..ops.softmax import softmax, softmax_again, softmax_backward

_ROWS = 512
"""Queries of a block at most."""

_SCORES = 1 << 28
"""Bytes of scores that are there at a time: 512 queries of 16 heads over 16,384 keys in 16 bits, once on the way
there, twice on the way back. There fewer queries are taken where more keys are seen; back, parts of the keys, because
the gradients of all keys that a block sees are read and written again with each block."""


class Near(NamedTuple):
    """Spans on a card, int32: of each query, and of the queries that see any key of each block of keys."""

    first: Tensor
    last: Tensor
    begin: Tensor
    end: Tensor


@dataclass(frozen=True, slots=True)
class Spans:
    """Which keys each query of one row of tokens sees.

    Attributes:
        first: the first key of each query, [tokens], on the CPU.
        last: one behind the last key, [tokens], on the CPU.
        window: of the sliding kind, the query itself counted; None without.
        examples: where packed examples begin, and the end of the last.
        pictures: the first token of each picture and one behind its last.
    """

    first: Tensor
    last: Tensor
    window: int | None
    examples: tuple[int, ...]
    pictures: tuple[tuple[int, int], ...]
    _near: dict[tuple[torch.device, int], Near] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        tokens: int,
        window: int | None = None,
        examples: Sequence[int] | None = None,
        pictures: Sequence[tuple[int, int]] = (),
    ) -> Spans:
        """Causal spans.

        Args:
            tokens: of the row.
            window: how many keys a query sees at most, itself counted.
            examples: where each packed example begins; None for one example.
            pictures: (first, one behind the last) of each picture; all its tokens see each other, but none before
                the window, as in `transformers` (a picture of Gemma 3 is smaller than its windows).
        """
        edges = (*(examples or (0,)), tokens)
        at = torch.arange(tokens)
        first = torch.zeros(tokens, dtype=torch.long)
        for start, end in pairwise(edges):
            first[start:end] = start
        if window is not None:
            first = torch.maximum(first, at - window + 1)
        last = at + 1
        for start, end in pictures:
            last[start:end] = end
        return cls(first, last, window, edges, tuple(pictures))

    def blocks(self, rows: int, scores: float = math.inf) -> Iterator[tuple[slice, slice]]:
        """Queries of a block and the keys that any of them sees.

        Args:
            rows: queries of a block at most.
            scores: the most that queries times keys may be; blocks of one query are made whatever they see.
        """
        start, tokens = 0, len(self.first)
        while start < tokens:
            block, keys = self._block(start, min(start + rows, tokens))
            while (few := block.stop - start) > 1 and few * (keys.stop - keys.start) > scores:
                block, keys = self._block(start, start + (few + 1) // 2)
            yield block, keys
            start = block.stop

    def _block(self, start: int, end: int) -> tuple[slice, slice]:
        block = slice(start, end)
        return block, slice(int(self.first[block].min()), int(self.last[block].max()))

    def on(self, device: torch.device, block: int) -> Near:
        """What a kernel wants to know, on its card; made once.

        Args:
            device: the card.
            block: how many keys the kernel takes at a time.
        """
        if (device, block) not in self._near:
            starts = torch.arange(0, len(self.first), block)[:, None]
            sees = (self.first < starts + block) & (self.last > starts)
            rows = torch.arange(len(self.first))
            begin = torch.where(sees, rows, len(rows)).amin(1)
            end = torch.where(sees, rows + 1, 0).amax(1)
            parts = (t.to(device, torch.int32) for t in (self.first, self.last, begin, end))
            self._near[device, block] = Near(*parts)
        return self._near[device, block]


@dataclass(frozen=True, slots=True)
class Attended:
    """What attention gives, and what its way back needs.

    Attributes:
        out: [tokens, heads, size].
        lse: log of the sum of exponentials of each row, [heads, tokens], float32 or wider.
    """

    out: Tensor
    lse: Tensor


class Way(StrEnum):
    """How attention is computed."""

    BLOCKS = "blocks"
    KERNEL = "kernel"
    FLASH = "flash"


def way_of(q: Tensor, spans: Spans, flash: bool) -> Way:
    """The fastest way for these queries [tokens, heads, size].

    Args:
        q: they.
        spans: which keys they see.
        flash: whether flash attention may be taken: not where a run shall do as a T4 does.
    """
    if q.dtype not in (torch.float16, torch.bfloat16) or not fast(q) or q.shape[2] not in (64, 128, 256):
        return Way.BLOCKS
    if torch.cuda.get_device_capability(q.device) < (8, 0):
        return Way.BLOCKS  # Triton has no tensor cores there, and the kernel does not fit (triton-lang/triton#5066)
    return Way.FLASH if flash and not spans.pictures else Way.KERNEL


def attend(q: Tensor, k: Tensor, v: Tensor, spans: Spans, scale: float, way: Way) -> Attended:
    """Attention.

    Args:
        q: [tokens, heads, size].
        k: [tokens, groups, size]; heads is a multiple of groups.
        v: [tokens, groups, size]; its last two dimensions are dense.
        spans: which keys are seen.
        scale: of the scores.
        way: how it is computed.
    """
    if way is Way.FLASH:
        return _flash(q, k, v, spans, scale)
    if way is Way.BLOCKS:
        return _blocks(q, k, v, spans, scale)
    from ..kernels import attention as kernel

    near = spans.on(q.device, kernel.key_block(q.device))
    return Attended(*kernel.forward(q, k, v, near.first, near.last, scale))


def attend_backward(
    dout: Tensor, q: Tensor, k: Tensor, v: Tensor, done: Attended, spans: Spans, scale: float, way: Way
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of q, k and v from that of the output."""
    if way is Way.FLASH:
        return _flash_backward(dout, q, k, v, done, spans, scale)
    if way is Way.BLOCKS:
        return _blocks_backward(dout, q, k, v, done, spans, scale)
    from ..kernels import attention as kernel

    near = spans.on(q.device, kernel.key_block(q.device))
    seen = (near.begin, near.end)
    return kernel.backward(dout, q, k, v, done.out, done.lse, near.first, near.last, seen, scale)


# --- blocks ---


def _grouped(x: Tensor, block: slice, groups: int) -> Tensor:
    """[tokens, heads, size] -> [groups, heads of a group * rows, size] of a block."""
    rows, size = block.stop - block.start, x.shape[2]
    return x[block].view(rows, groups, -1, size).permute(1, 2, 0, 3).reshape(groups, -1, size)


def _ungrouped(x: Tensor, rows: int) -> Tensor:
    """[groups, heads of a group * rows, size] -> [rows, heads, size]."""
    groups, _, size = x.shape
    return x.view(groups, -1, rows, size).permute(2, 0, 1, 3).reshape(rows, -1, size)


def _blocks(q: Tensor, k: Tensor, v: Tensor, spans: Spans, scale: float) -> Attended:
    tokens, heads, _ = q.shape
    groups, near = k.shape[1], spans.on(q.device, _ROWS)
    out = torch.empty_like(q)
    lse = torch.empty(heads, tokens, device=q.device, dtype=wide(q.dtype))
    for block, keys in spans.blocks(_ROWS, _SCORES / (heads * q.itemsize)):
        p = (_grouped(q, block, groups) * scale) @ k[keys].permute(1, 2, 0)
        sums = softmax(p, near.first[block], near.last[block], keys.start)
        rows = block.stop - block.start
        out[block] = _ungrouped(p @ v[keys].transpose(0, 1), rows)
        lse[:, block] = sums.view(heads, rows)
        del p  # before the next ones are made
    return Attended(out, lse)


def _blocks_backward(
    dout: Tensor, q: Tensor, k: Tensor, v: Tensor, done: Attended, spans: Spans, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    heads, groups, near = q.shape[1], k.shape[1], spans.on(q.device, _ROWS)
    dq = torch.empty_like(q)
    dk, dv = (torch.zeros(k.shape, device=k.device, dtype=wide(k.dtype)) for _ in range(2))
    most = _SCORES // (2 * heads * q.itemsize)
    for block, seen in spans.blocks(_ROWS):
        rows = block.stop - block.start
        own, d, o = (_grouped(x, block, groups) for x in (q, dout, done.out))
        own = own * scale
        sums = done.lse[:, block].reshape(groups, -1)
        delta = (d.to(sums.dtype) * o.to(sums.dtype)).sum(2)
        part = torch.zeros(own.shape, device=own.device, dtype=sums.dtype)
        for keys in _parts(seen, max(most // rows, 1)):
            p = own @ k[keys].permute(1, 2, 0)
            softmax_again(p, sums, near.first[block], near.last[block], keys.start)
            dv[keys] += (p.transpose(1, 2) @ d).transpose(0, 1)
            ds = softmax_backward(p, d @ v[keys].permute(1, 2, 0), delta)
            del p
            part += ds @ k[keys].transpose(0, 1)
            dk[keys] += (ds.transpose(1, 2) @ own).transpose(0, 1)
            del ds
        dq[block] = _ungrouped(part.mul_(scale), rows)
    return dq, dk.to(k.dtype), dv.to(v.dtype)


def _parts(keys: slice, most: int) -> list[slice]:
    """These keys in parts of at most so many."""
    return [slice(start, min(start + most, keys.stop)) for start in range(keys.start, keys.stop, most)]


# --- flash attention ---


def _packed(spans: Spans, device: torch.device) -> tuple[Tensor | None, int]:
    """The edges of the examples as flash attention wants them (None for one example), and the longest."""
    edges = spans.examples
    longest = max(b - a for a, b in pairwise(edges))
    if len(edges) == 2:
        return None, longest
    return torch.tensor(edges, dtype=torch.int32).to(device, non_blocking=True), longest


def _limits(spans: Spans) -> tuple[int | None, int | None]:
    return (None, None) if spans.window is None else (spans.window - 1, 0)


def _flash(q: Tensor, k: Tensor, v: Tensor, spans: Spans, scale: float) -> Attended:
    edges, longest = _packed(spans, q.device)
    left, right = _limits(spans)
    arguments = (q, k, v) if edges is not None else (q[None], k[None], v[None])
    out, lse, *_ = torch.ops.aten._flash_attention_forward(
        *arguments, edges, edges, longest, longest, 0.0, True, False,
        scale=scale, window_size_left=left, window_size_right=right,
    )  # fmt: skip
    return Attended(out if edges is not None else out[0], lse if edges is not None else lse[0])


def _flash_backward(
    dout: Tensor, q: Tensor, k: Tensor, v: Tensor, done: Attended, spans: Spans, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    edges, longest = _packed(spans, q.device)
    left, right = _limits(spans)
    single = edges is None
    tensors = (dout, q, k, v, done.out)
    seed = torch.zeros(2, device=q.device, dtype=torch.uint64)  # of dropout, of which there is none
    lse = done.lse[None] if single else done.lse
    made = torch.ops.aten._flash_attention_backward(
        *(t[None] if single else t for t in tensors), lse, edges, edges, longest, longest, 0.0, True, seed, seed,
        scale=scale, window_size_left=left, window_size_right=right,
    )  # fmt: skip
    dq, dk, dv = (t[0] if single else t for t in made)
    return dq, dk, dv
