"""Queries and keys: RMSNorm over each head, then rotary positions (Su et al., 2021, arXiv 2104.09864)."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast
from .norm import rms_norm, rms_norm_backward


def norm_rope(x: Tensor, heads: int, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Tensor:
    """Normed and rotated heads.

    Args:
        x: [rows, heads * size], its last dimension dense.
        heads: how many.
        weight: [size] of the norm.
        cos: [rows, size / 2], of each row's position; the two halves of a head turn together.
        sin: likewise.
        eps: of the norm.

    Returns:
        [rows, heads, size].
    """
    if fast(x):
        from ..kernels import rope

        return rope.forward(x, heads, weight, cos, sin, eps)
    rows, size = x.shape[0], x.shape[1] // heads
    normed = rms_norm(x.reshape(rows * heads, size), weight, eps, cos.dtype)
    first, second = normed.view(rows, heads, size).chunk(2, dim=2)
    c, s = cos[:, None], sin[:, None]
    return torch.cat((first * c - second * s, second * c + first * s), dim=2).to(x.dtype)


def norm_rope_backward(
    dy: Tensor, x: Tensor, heads: int, weight: Tensor, cos: Tensor, sin: Tensor, eps: float, out: Tensor
) -> Tensor:
    """Write the gradient of x into `out` [rows, heads * size], its last dimension dense."""
    if fast(x):
        from ..kernels import rope

        return rope.backward(dy, x, heads, weight, cos, sin, eps, out)
    rows, size = x.shape[0], x.shape[1] // heads
    first, second = dy.to(cos.dtype).chunk(2, dim=2)
    c, s = cos[:, None], sin[:, None]
    turned = torch.cat((first * c + second * s, second * c - first * s), dim=2).view(rows * heads, size)
    dx = rms_norm_backward(turned, x.reshape(rows * heads, size), weight, eps, cos.dtype)
    return out.copy_(dx.view(rows, heads * size))
