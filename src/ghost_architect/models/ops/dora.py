"""DoRA's factor of each row (Liu et al., 2024, arXiv 2402.09353, section 4), of an updated matrix W + s B A."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .fast import fast


class Factor(NamedTuple):
    """What DoRA makes of each row, [rows], float32 or wider.

    Attributes:
        g: m / ||W + s B A||, never nothing.
        up: s g, by which B is multiplied.
        share: 1 / (g ||W + s B A||), by which sums of gradients times outputs become the magnitudes' gradients.
    """

    g: Tensor
    up: Tensor
    share: Tensor


def factor_of(squares: Tensor, crossed: Tensor, b: Tensor, m: Tensor, scaling: float, least: float) -> Factor:
    """The factor of each row.

    Args:
        squares: ||W||^2, [rows], float32 or wider, the dtype of all that comes out.
        crossed: 2 s W A^T + s^2 B A A^T, [rows, rank], in that dtype.
        b: B, [rows, rank].
        m: magnitudes, [rows].
        scaling: s.
        least: the magnitude of the smallest g.
    """
    if fast(crossed):
        from ..kernels import dora

        return Factor(*dora.factor_of(squares, crossed, b, m, scaling, least))
    norm = (squares + (crossed * b.to(crossed.dtype)).sum(1)).clamp_min(torch.finfo(squares.dtype).tiny).sqrt()
    norm = norm.to(m.dtype).to(norm.dtype)  # rounded as the magnitudes were
    g = m.to(norm.dtype) / norm  # exactly one at the start
    g = torch.where(g.abs() < least, torch.where(g < 0, -least, least).to(g.dtype), g)
    return Factor(g, scaling * g, 1 / (norm * g))
