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

from ..ops.dots import add_product, product, row_dots
from ..ops.fast import fast
from ..ops.norm import wide
from ..ops.softmax import softmax, softmax_again, softmax_backward

_ROWS = 512
"""Queries of a block at most."""

_FEW = 64
"""Queries of a block where a window has no more keys: of 512 queries nine tenths of the scores would be hidden."""

_SCORES = 1 << 28
"""Bytes of scores that are there at a time: 512 queries of 16 heads over 16,384 keys in 16 bits, once on the way
there, twice on the way back. There fewer queries are taken where more keys are seen; back, parts of the keys, because
the gradients of all keys that a block sees are read and written again with each block."""

_ALIGNED = 8
"""The keys of a block begin and end at multiples of it, where they can: of scores in 16 bits whose rows do not begin at
16 bytes, cuBLAS makes products of half the speed."""


class Near(NamedTuple):
    """Spans on a card, int32: of each query, and of the queries that see any key of each block of keys."""

    first: Tensor
    last: Tensor
    begin: Tensor
    end: Tensor


Blocks = tuple[tuple[slice, slice], ...]
"""Queries and keys."""


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
    _cut: dict[tuple[int, float], Blocks] = field(default_factory=dict, repr=False, compare=False)

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

    def blocks(self, rows: int, scores: float = math.inf) -> Blocks:
        """Queries of a block and the keys that any of them sees, with those that align them; found once for all layers.

        Args:
            rows: queries of a block at most.
            scores: the most that queries times keys may be; blocks of one query are made whatever they see.
        """
        if (rows, scores) not in self._cut:
            self._cut[rows, scores] = tuple(self._blocks(rows, scores))
        return self._cut[rows, scores]

    def _blocks(self, rows: int, scores: float) -> Iterator[tuple[slice, slice]]:
        start, tokens = 0, len(self.first)
        while start < tokens:
            block, keys = self._block(start, min(start + rows, tokens))
            while (few := block.stop - start) > 1 and few * (keys.stop - keys.start) > scores:
                block, keys = self._block(start, start + (few + 1) // 2)
            yield block, keys
            start = block.stop

    def _block(self, start: int, end: int) -> tuple[slice, slice]:
        block = slice(start, end)
        first, last = int(self.first[block].min()), int(self.last[block].max())
        stop = min(-(-last // _ALIGNED) * _ALIGNED, len(self.first))
        return block, slice(first // _ALIGNED * _ALIGNED, stop)

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


def _rows(spans: Spans) -> int:
    """Queries of a block at most."""
    return _ROWS if spans.window is None else min(_ROWS, max(_FEW, spans.window))


def _grouped(x: Tensor, groups: int, scale: float = 1.0) -> Tensor:
    """[tokens, heads, size] -> [groups, tokens * heads of a group, size], times a number."""
    tokens, heads, size = x.shape
    out = torch.empty(groups, tokens, heads // groups, size, device=x.device, dtype=x.dtype)
    torch.mul(x.view(tokens, groups, -1, size).transpose(0, 1), scale, out=out)
    return out.view(groups, -1, size)


def _ungrouped(x: Tensor, tokens: int) -> Tensor:
    """[groups, tokens * heads of a group, size] -> [tokens, heads, size]."""
    groups, _, size = x.shape
    return x.view(groups, tokens, -1, size).transpose(0, 1).reshape(tokens, -1, size)


def _blocks(q: Tensor, k: Tensor, v: Tensor, spans: Spans, scale: float) -> Attended:
    tokens, heads, _ = q.shape
    groups, near = k.shape[1], spans.on(q.device, _ROWS)
    shared = heads // groups
    own, keys, values = _grouped(q, groups, scale), k.permute(1, 2, 0), v.transpose(0, 1)
    out = torch.empty_like(own)
    sums = torch.empty(own.shape[:2], device=q.device, dtype=wide(q.dtype))
    for block, seen in spans.blocks(_rows(spans), _SCORES / (heads * q.itemsize)):
        rows = slice(block.start * shared, block.stop * shared)
        p = torch.bmm(own[:, rows], keys[:, :, seen])
        softmax(p, sums[:, rows], near.first[block], near.last[block], seen.start)
        torch.bmm(p, values[:, seen], out=out[:, rows])
        del p  # before the next ones are made
    del own
    return Attended(_ungrouped(out, tokens), sums.view(groups, tokens, shared).transpose(1, 2).reshape(heads, tokens))


def _blocks_backward(
    dout: Tensor, q: Tensor, k: Tensor, v: Tensor, done: Attended, spans: Spans, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    tokens, heads, _ = q.shape
    groups, near = k.shape[1], spans.on(q.device, _ROWS)
    shared = heads // groups
    delta = row_dots(dout, done.out).view(tokens, groups, shared).transpose(0, 1).reshape(groups, -1)
    sums = done.lse.view(groups, shared, tokens).transpose(1, 2).reshape(groups, -1)
    own, d = _grouped(q, groups, scale), _grouped(dout, groups)
    dq = torch.empty_like(own)
    dk, dv = (torch.zeros(k.shape, device=k.device, dtype=wide(k.dtype)) for _ in range(2))
    most = _SCORES // (2 * heads * q.itemsize)
    for block, seen in spans.blocks(_rows(spans)):
        rows = slice(block.start * shared, block.stop * shared)
        part: Tensor | None = None
        for keys in _parts(seen, max(most // (block.stop - block.start), 1)):
            kk, vv, dkk, dvv = (x[keys].transpose(0, 1) for x in (k, v, dk, dv))
            p = torch.bmm(own[:, rows], kk.transpose(1, 2))
            softmax_again(p, sums[:, rows], near.first[block], near.last[block], keys.start)
            add_product(dvv, p.transpose(1, 2), d[:, rows])
            ds = softmax_backward(p, torch.bmm(d[:, rows], vv.transpose(1, 2)), delta[:, rows])
            del p
            add_product(dkk, ds.transpose(1, 2), own[:, rows])
            if part is None:
                part = product(ds, kk)
            else:
                add_product(part, ds, kk)
            del ds
        assert part is not None
        torch.mul(part, scale, out=dq[:, rows])
    del own, d, part
    return _ungrouped(dq, tokens), dk.to(k.dtype), dv.to(v.dtype)


def _parts(keys: slice, most: int) -> list[slice]:
    """These keys in parts of at most so many."""
    step = most // _ALIGNED * _ALIGNED or most
    return [slice(start, min(start + step, keys.stop)) for start in range(keys.start, keys.stop, step)]


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
