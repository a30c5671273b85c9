"""Softmax over one interval of keys a row, forwards and backwards, each in one pass that a T4 can do."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024


@triton.jit
def _softmax(s, sums, first, last, heads, start, keys, sums_stride, BLOCK: tl.constexpr, KNOWN: tl.constexpr):
    row, batch = tl.program_id(0), tl.program_id(1).to(tl.int64)
    low = tl.load(first + row // heads) - start
    high = tl.minimum(tl.load(last + row // heads) - start, keys)
    s += (batch * tl.num_programs(0) + row) * keys
    sums += batch * sums_stride + row
    if KNOWN:
        lse = tl.load(sums)
    else:
        most = float("-inf")
        total = 0.0
        for n in range(low // BLOCK * BLOCK, high, BLOCK):
            at = n + tl.arange(0, BLOCK)
            z = tl.load(s + at, mask=(at >= low) & (at < high), other=float("-inf")).to(tl.float32)
            new = tl.maximum(most, tl.max(z, 0))
            total = total * tl.exp(most - new) + tl.sum(tl.exp(z - new), 0)
            most = new
        lse = most + tl.log(total)
        tl.store(sums, lse)
    for n in range(0, keys, BLOCK):
        at = n + tl.arange(0, BLOCK)
        seen = (at >= low) & (at < high)
        z = tl.load(s + at, mask=seen, other=float("-inf")).to(tl.float32)
        tl.store(s + at, tl.exp(z - lse).to(s.dtype.element_ty), mask=at < keys)


@triton.jit
def _backward(p, dp, delta, keys, delta_stride, BLOCK: tl.constexpr):
    batch = tl.program_id(1).to(tl.int64)
    row = batch * tl.num_programs(0) + tl.program_id(0)
    minus = tl.load(delta + batch * delta_stride + tl.program_id(0))
    for n in range(0, keys, BLOCK):
        at = n + tl.arange(0, BLOCK)
        inside = at < keys
        own = tl.load(p + row * keys + at, mask=inside, other=0.0).to(tl.float32)
        d = tl.load(dp + row * keys + at, mask=inside, other=0.0).to(tl.float32)
        tl.store(dp + row * keys + at, (own * (d - minus)).to(dp.dtype.element_ty), mask=inside)


def softmax(s: Tensor, sums: Tensor, first: Tensor, last: Tensor, start: int, known: bool) -> None:
    """See `ops.softmax`."""
    batch, rows, keys = s.shape
    heads = rows // len(first)
    with torch.cuda.device(s.device):
        _softmax[(rows, batch)](
            s, sums, first, last, heads, start, keys, sums.stride(0), BLOCK=_BLOCK, KNOWN=known, num_warps=4
        )


def softmax_backward(p: Tensor, dp: Tensor, delta: Tensor) -> Tensor:
    """See `ops.softmax.softmax_backward`."""
    batch, rows, keys = p.shape
    with torch.cuda.device(p.device):
        _backward[(rows, batch)](p, dp, delta, keys, delta.stride(0), BLOCK=_BLOCK, num_warps=4)
    return dp
