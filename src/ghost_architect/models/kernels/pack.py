"""Rows in float16 with a power of two each, one program a row."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _packed(h, half, factor, N, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < N
    value = tl.load(h + row * N + at, mask=inside, other=0.0)
    size = tl.abs(value)
    most = tl.max(tl.where(size == size, size, float("inf")), 0)
    f = tl.exp2(tl.ceil(tl.log2(tl.maximum(most / 32768.0, 7.888609052210118e-31))))
    tl.store(factor + row, f)
    tl.store(half + row * N + at, (value / f).to(tl.float16), mask=inside)


@triton.jit
def _unpacked(half, factor, h, N, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < N
    value = tl.load(half + row * N + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(h + row * N + at, value * tl.load(factor + row), mask=inside)


def packed(h: Tensor) -> tuple[Tensor, Tensor]:
    """See `ops.pack.packed`."""
    rows, n = h.shape
    half = torch.empty(h.shape, device=h.device, dtype=torch.float16)
    factor = torch.empty(rows, device=h.device, dtype=torch.float32)
    with torch.cuda.device(h.device):
        _packed[(rows,)](h, half, factor, n, BLOCK=triton.next_power_of_2(n), num_warps=8)
    return half, factor


def unpacked(half: Tensor, factor: Tensor) -> Tensor:
    """See `ops.pack.unpacked`."""
    rows, n = half.shape
    h = torch.empty(half.shape, device=half.device, dtype=torch.float32)
    with torch.cuda.device(half.device):
        _unpacked[(rows,)](half, factor, h, n, BLOCK=triton.next_power_of_2(n), num_warps=8)
    return h
