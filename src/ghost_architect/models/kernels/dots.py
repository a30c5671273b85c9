"""Sums of products of two matrices, column by column or row by row."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_ROWS, _COLUMNS = 64, 512
_HEADS = 16
"""Rows of a program that sums each of them."""


@triton.jit
def _dots(a, b, out, rows, N, a_stride, b_stride, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    at = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    start = tl.program_id(1) * ROWS
    total = tl.zeros((COLUMNS,), dtype=tl.float32)
    for i in range(0, ROWS, 2):
        row = (start + i + tl.arange(0, 2)).to(tl.int64)
        inside = (row < rows)[:, None] & (at < N)[None, :]
        x = tl.load(a + row[:, None] * a_stride + at[None, :], mask=inside, other=0.0).to(tl.float32)
        y = tl.load(b + row[:, None] * b_stride + at[None, :], mask=inside, other=0.0).to(tl.float32)
        total += tl.sum(x * y, 0)
    tl.store(out + tl.program_id(1).to(tl.int64) * N + at, total, mask=at < N)


def column_dots(a: Tensor, b: Tensor) -> Tensor:
    """See `ops.dots.column_dots`. No atomic additions: the same input gives the same bits."""
    rows, n = a.shape
    parts = triton.cdiv(rows, _ROWS)
    out = torch.empty(parts, n, device=a.device, dtype=torch.float32)
    with torch.cuda.device(a.device):
        _dots[(triton.cdiv(n, _COLUMNS), parts)](
            a, b, out, rows, n, a.stride(0), b.stride(0), ROWS=_ROWS, COLUMNS=_COLUMNS, num_warps=2
        )
    return out.sum(0)


@triton.jit
def _row_dots(a, b, out, rows, N, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    at = tl.arange(0, BLOCK)
    inside = (row < rows)[:, None] & (at < N)[None, :]
    place = row[:, None] * N + at[None, :]
    x = tl.load(a + place, mask=inside, other=0.0).to(tl.float32)
    y = tl.load(b + place, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row, tl.sum(x * y, 1), mask=row < rows)


def row_dots(a: Tensor, b: Tensor) -> Tensor:
    """See `ops.dots.row_dots`."""
    n = a.shape[-1]
    out = torch.empty(a.shape[:-1], device=a.device, dtype=torch.float32)
    with torch.cuda.device(a.device):
        _row_dots[(triton.cdiv(out.numel(), _HEADS),)](
            a, b, out, out.numel(), n, ROWS=_HEADS, BLOCK=triton.next_power_of_2(n), num_warps=4
        )
    return out
