"""A residual stream in half its memory: rows in float16, each divided by a power of two so that it fits.

2^-11 of a row's largest number is lost, a quarter of what a stream in bfloat16 loses.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast


def packed(h: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of h [rows, N] in float16, and what each was divided by, [rows]; h is float32 and contiguous."""
    if fast(h):
        from ..kernels import pack

        return pack.packed(h)
    most = torch.linalg.vector_norm(h, ord=torch.inf, dim=1)
    factor = (most / 2.0**15).clamp_min(2.0**-100).log2().ceil().exp2()
    return (h / factor[:, None]).half(), factor


def unpacked(half: Tensor, factor: Tensor) -> Tensor:
    """The rows that `packed` gave, in float32."""
    if fast(half):
        from ..kernels import pack

        return pack.unpacked(half, factor)
    return half.float().mul_(factor[:, None])
