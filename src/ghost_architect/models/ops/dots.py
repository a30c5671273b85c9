"""Sums over rows of products of two matrices, column by column: what a row's magnitude learns from."""

from __future__ import annotations

from torch import Tensor

from .fast import fast
from .norm import wide


def column_dots(a: Tensor, b: Tensor) -> Tensor:
    """`(a * b).sum(0)` of two [rows, N], in float32 or wider, [N]."""
    if fast(a):
        from ..kernels import dots

        return dots.column_dots(a, b)
    return (a.to(wide(a.dtype)) * b.to(wide(a.dtype))).sum(0)
