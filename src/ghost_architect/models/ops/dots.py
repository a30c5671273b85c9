"""Products of matrices whose sums are float32, whatever dtype the matrices are in."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def product(a: Tensor, b: Tensor) -> Tensor:
    """`a @ b` in float32 (or wider), of matrices in any one dtype: where gradients of parameters are summed."""
    if a.is_cuda and a.dtype in (torch.float16, torch.bfloat16):
        return torch.mm(a, b, out_dtype=torch.float32)
    return a.to(wide(a.dtype)) @ b.to(wide(b.dtype))


def column_dots(a: Tensor, b: Tensor) -> Tensor:
    """`(a * b).sum(0)` of two [rows, N], in float32 or wider, [N]: what a row's magnitude learns from."""
    if fast(a):
        from ..kernels import dots

        return dots.column_dots(a, b)
    return (a.to(wide(a.dtype)) * b.to(wide(a.dtype))).sum(0)
