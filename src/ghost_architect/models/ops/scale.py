"""How large a tensor gets, and a tensor times one number: what `half` does to gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def largest(x: Tensor) -> Tensor:
    """The largest magnitude in x [rows, N], its last dimension dense: a number in float32 or wider, on its device.

    What is infinite or no number comes out as one of the two.
    """
    if fast(x):
        from ..kernels import scale

        return scale.largest(x)
    return torch.linalg.vector_norm(x, ord=torch.inf, dtype=wide(x.dtype))


def scaled(x: Tensor, factor: Tensor, out: Tensor) -> Tensor:
    """Write x [rows, N] times a number on its device into `out`, in its dtype; last dimensions are dense."""
    if fast(x):
        from ..kernels import scale

        return scale.scaled(x, factor, out)
    return torch.mul(x, factor, out=out)
