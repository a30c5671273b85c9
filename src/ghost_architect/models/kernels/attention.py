"""Attention over intervals of keys, after FlashAttention-2 (Dao, 2023, arXiv 2307.08691).

For sm_80 and later: before, Triton makes matrix products without tensor cores, and twice the shared memory that
there is would be needed. With `_SMALL` blocks a program takes less than 99 KiB.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from .dots import row_dots


class Blocks(NamedTuple):
    """How a kernel cuts its work: queries, keys, warps and stages."""

    rows: int
    keys: int
    warps: int
    stages: int


class Cuts(NamedTuple):
    """The blocks of the three kernels."""

    forward: Blocks
    keys: Blocks
    queries: Blocks


_LARGE = Cuts(Blocks(128, 64, 8, 2), Blocks(64, 64, 8, 2), Blocks(64, 64, 4, 1))
_SMALL = Cuts(Blocks(64, 32, 4, 1), Blocks(32, 32, 4, 1), Blocks(32, 32, 4, 1))


def cuts(capability: tuple[int, int]) -> Cuts:
    """What fits a card: all from sm_80 on have 99 KiB of shared memory a program, data centres' have 163 and more."""
    return _LARGE if capability in ((8, 0), (9, 0)) else _SMALL


@triton.jit
def _forward(q, k, v, first, last, out, lse, scale, tokens, q_stride, k_stride, v_stride, out_stride,
             SHARED: tl.constexpr, SIZE: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr):  # fmt: skip
    head = tl.program_id(1)
    group = head // SHARED
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    inside = rows < tokens
    low = tl.load(first + rows, mask=inside, other=2147483647)
    high = tl.load(last + rows, mask=inside, other=0)
    at = tl.arange(0, SIZE)
    place = rows.to(tl.int64)[:, None]
    own = tl.load(q + place * q_stride + head * SIZE + at[None, :], mask=inside[:, None], other=0.0)
    most = tl.full((ROWS,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((ROWS,), dtype=tl.float32)
    acc = tl.zeros((ROWS, SIZE), dtype=tl.float32)
    start = tl.min(low, 0) // KEYS * KEYS
    for n in range(start, tl.max(high, 0), KEYS):
        keys = n + tl.arange(0, KEYS)
        there = (keys < tokens)[:, None]
        key = keys.to(tl.int64)[:, None]
        kk = tl.load(k + key * k_stride + group * SIZE + at[None, :], mask=there, other=0.0)
        s = tl.dot(own, tl.trans(kk)) * (scale * 1.4426950408889634)
        seen = (keys[None, :] >= low[:, None]) & (keys[None, :] < high[:, None])
        s = tl.where(seen, s, float("-inf"))
        new = tl.maximum(most, tl.max(s, 1))
        safe = tl.where(new == float("-inf"), 0.0, new)
        p = tl.exp2(s - safe[:, None])
        less = tl.exp2(most - safe)
        total = total * less + tl.sum(p, 1)
        vv = tl.load(v + key * v_stride + group * SIZE + at[None, :], mask=there, other=0.0)
        acc = acc * less[:, None] + tl.dot(p.to(vv.dtype), vv)
        most = new
    acc = acc / tl.where(total > 0.0, total, 1.0)[:, None]
    tl.store(out + place * out_stride + head * SIZE + at[None, :], acc.to(out.dtype.element_ty), mask=inside[:, None])
    tl.store(lse + head.to(tl.int64) * tokens + rows, most * 0.6931471805599453 + tl.log(total), mask=inside)


@triton.jit
def _keys_backward(q, k, v, dout, first, last, begin, end, lse, delta, dk, dv, scale, tokens,
                   q_stride, k_stride, v_stride, dout_stride, dk_stride, dv_stride,
                   SHARED: tl.constexpr, SIZE: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr):  # fmt: skip
    group = tl.program_id(1)
    keys = tl.program_id(0) * KEYS + tl.arange(0, KEYS)
    there = (keys < tokens)[:, None]
    at = tl.arange(0, SIZE)
    key = keys.to(tl.int64)[:, None]
    kk = tl.load(k + key * k_stride + group * SIZE + at[None, :], mask=there, other=0.0)
    vv = tl.load(v + key * v_stride + group * SIZE + at[None, :], mask=there, other=0.0)
    dks = tl.zeros((KEYS, SIZE), dtype=tl.float32)
    dvs = tl.zeros((KEYS, SIZE), dtype=tl.float32)
    start = tl.load(begin + tl.program_id(0)) // ROWS * ROWS
    stop = tl.load(end + tl.program_id(0))
    for each in range(SHARED):
        head = group * SHARED + each
        for m in range(start, stop, ROWS):
            rows = m + tl.arange(0, ROWS)
            inside = rows < tokens
            place = rows.to(tl.int64)[:, None]
            low = tl.load(first + rows, mask=inside, other=2147483647)
            high = tl.load(last + rows, mask=inside, other=0)
            own = tl.load(q + place * q_stride + head * SIZE + at[None, :], mask=inside[:, None], other=0.0)
            s = tl.dot(own, tl.trans(kk)) * (scale * 1.4426950408889634)
            sums = tl.load(lse + head.to(tl.int64) * tokens + rows, mask=inside, other=0.0) * 1.4426950408889634
            seen = (keys[None, :] >= low[:, None]) & (keys[None, :] < high[:, None])
            p = tl.where(seen, tl.exp2(s - sums[:, None]), 0.0)
            do = tl.load(dout + place * dout_stride + head * SIZE + at[None, :], mask=inside[:, None], other=0.0)
            dvs += tl.dot(tl.trans(p.to(do.dtype)), do)
            minus = tl.load(delta + head.to(tl.int64) * tokens + rows, mask=inside, other=0.0)
            ds = p * (tl.dot(do, tl.trans(vv)) - minus[:, None]) * scale
            dks += tl.dot(tl.trans(ds.to(own.dtype)), own)
    tl.store(dk + key * dk_stride + group * SIZE + at[None, :], dks.to(dk.dtype.element_ty), mask=there)
    tl.store(dv + key * dv_stride + group * SIZE + at[None, :], dvs.to(dv.dtype.element_ty), mask=there)


@triton.jit
def _queries_backward(q, k, v, dout, first, last, lse, delta, dq, scale, tokens,
                      q_stride, k_stride, v_stride, dout_stride, dq_stride,
                      SHARED: tl.constexpr, SIZE: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr):  # fmt: skip
    head = tl.program_id(1)
    group = head // SHARED
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    inside = rows < tokens
    low = tl.load(first + rows, mask=inside, other=2147483647)
    high = tl.load(last + rows, mask=inside, other=0)
    at = tl.arange(0, SIZE)
    place = rows.to(tl.int64)[:, None]
    own = tl.load(q + place * q_stride + head * SIZE + at[None, :], mask=inside[:, None], other=0.0)
    do = tl.load(dout + place * dout_stride + head * SIZE + at[None, :], mask=inside[:, None], other=0.0)
    sums = tl.load(lse + head.to(tl.int64) * tokens + rows, mask=inside, other=0.0) * 1.4426950408889634
    minus = tl.load(delta + head.to(tl.int64) * tokens + rows, mask=inside, other=0.0)
    acc = tl.zeros((ROWS, SIZE), dtype=tl.float32)
    start = tl.min(low, 0) // KEYS * KEYS
    for n in range(start, tl.max(high, 0), KEYS):
        keys = n + tl.arange(0, KEYS)
        there = (keys < tokens)[:, None]
        key = keys.to(tl.int64)[:, None]
        kk = tl.load(k + key * k_stride + group * SIZE + at[None, :], mask=there, other=0.0)
        vv = tl.load(v + key * v_stride + group * SIZE + at[None, :], mask=there, other=0.0)
        s = tl.dot(own, tl.trans(kk)) * (scale * 1.4426950408889634)
        seen = (keys[None, :] >= low[:, None]) & (keys[None, :] < high[:, None])
        p = tl.where(seen, tl.exp2(s - sums[:, None]), 0.0)
        ds = p * (tl.dot(do, tl.trans(vv)) - minus[:, None]) * scale
        acc += tl.dot(ds.to(kk.dtype), kk)
    tl.store(dq + place * dq_stride + head * SIZE + at[None, :], acc.to(dq.dtype.element_ty), mask=inside[:, None])


def forward(q: Tensor, k: Tensor, v: Tensor, first: Tensor, last: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """See `trinity.attention.attend`; `first` and `last` are int32 on the card."""
    tokens, heads, size = q.shape
    out = torch.empty(tokens, heads, size, device=q.device, dtype=q.dtype)
    lse = torch.empty(heads, tokens, device=q.device, dtype=torch.float32)
    cut = cuts(torch.cuda.get_device_capability(q.device)).forward
    with torch.cuda.device(q.device):
        _forward[(triton.cdiv(tokens, cut.rows), heads)](
            q, k, v, first, last, out, lse, scale, tokens, q.stride(0), k.stride(0), v.stride(0), out.stride(0),
            SHARED=heads // k.shape[1], SIZE=size, ROWS=cut.rows, KEYS=cut.keys,
            num_warps=cut.warps, num_stages=cut.stages,
        )  # fmt: skip
    return out, lse


def backward(
    dout: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Tensor,
    first: Tensor,
    last: Tensor,
    seen: tuple[Tensor, Tensor],
    scale: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """See `trinity.attention.attend_backward`; `seen` are the queries that see any key of each block of `key_block`."""
    tokens, heads, size = q.shape
    groups = k.shape[1]
    cut = cuts(torch.cuda.get_device_capability(q.device))
    delta = row_dots(dout, out).T.contiguous()
    dq = torch.empty(q.shape, device=q.device, dtype=q.dtype)
    dk, dv = (torch.empty(k.shape, device=q.device, dtype=q.dtype) for _ in range(2))
    with torch.cuda.device(q.device):
        _keys_backward[(triton.cdiv(tokens, cut.keys.keys), groups)](
            q, k, v, dout, first, last, *seen, lse, delta, dk, dv, scale, tokens,
            q.stride(0), k.stride(0), v.stride(0), dout.stride(0), dk.stride(0), dv.stride(0),
            SHARED=heads // groups, SIZE=size, ROWS=cut.keys.rows, KEYS=cut.keys.keys,
            num_warps=cut.keys.warps, num_stages=cut.keys.stages,
        )  # fmt: skip
        _queries_backward[(triton.cdiv(tokens, cut.queries.rows), heads)](
            q, k, v, dout, first, last, lse, delta, dq, scale, tokens,
            q.stride(0), k.stride(0), v.stride(0), dout.stride(0), dq.stride(0),
            SHARED=heads // groups, SIZE=size, ROWS=cut.queries.rows, KEYS=cut.queries.keys,
            num_warps=cut.queries.warps, num_stages=cut.queries.stages,
        )  # fmt: skip
    return dq, dk, dv


def key_block(device: torch.device) -> int:
    """How many keys a program of the way back takes on this card."""
    return cuts(torch.cuda.get_device_capability(device)).keys.keys
