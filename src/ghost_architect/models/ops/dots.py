"""Products of matrices whose sums are float32, whatever dtype the matrices are in."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def product(a: Tensor, b: Tensor) -> Tensor:
    """`a @ b` in float32 (or wider), of matrices in any one dtype, or of batches of them [batch, rows, columns]."""
    if _narrow(a):
        return (torch.mm if a.ndim == 2 else torch.bmm)(a, b, out_dtype=torch.float32)
    return a.to(wide(a.dtype)) @ b.to(wide(b.dtype))


def add_product(into: Tensor, a: Tensor, b: Tensor) -> None:
    """Add `a @ b` to a batch of matrices in float32 (or wider), [batch, rows, columns], the last dimension dense."""
    if _narrow(a):
        torch.baddbmm(into, a, b, out_dtype=torch.float32, out=into)
    else:
        into.baddbmm_(a.to(into.dtype), b.to(into.dtype))


def _narrow(a: Tensor) -> bool:
    """Whether cuBLAS reads 16 bits and sums in float32 (on the CPU torch cannot ask for that)."""
    return a.is_cuda and a.dtype in (torch.float16, torch.bfloat16)


def column_dots(a: Tensor, b: Tensor) -> Tensor:
    """`(a * b).sum(0)` of two [rows, N], in float32 or wider, [N]: what a row's magnitude learns from."""
    if fast(a):
        from ..kernels import dots

        return dots.column_dots(a, b)
    return (a.to(wide(a.dtype)) * b.to(wide(b.dtype))).sum(0)


def row_dots(a: Tensor, b: Tensor) -> Tensor:
    """`(a * b).sum(-1)` of two [rows, heads, N], both contiguous, in float32 or wider, [rows, heads]."""
    if fast(a):
        from ..kernels import dots

        return dots.row_dots(a, b)
    return torch.linalg.vecdot(a.to(wide(a.dtype)), b.to(wide(b.dtype)))
