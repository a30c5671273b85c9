"""NF4 weights (Dettmers et al., 2023, arXiv 2305.14314) made dense.

A byte holds two weights, the first in its high half; 64 weights share a factor, and 256 factors are themselves
one byte each and share a second factor ("double quantisation"): `code[nibble] * (code2[absmax] * absmax2 + offset)`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast

BLOCK = 64
"""Weights that share a factor."""

NESTED = 256
"""Factors that share a second factor."""


def dense(
    packed: Tensor,
    absmax: Tensor,
    code2: Tensor,
    absmax2: Tensor,
    offset: Tensor,
    code: Tensor,
    scale: Tensor | None,
    out: Tensor,
) -> Tensor:
    """Write the weights, each row times its `scale`, into `out` and return it.

    Args:
        packed: uint8 [weights / 2], in row-major order of the matrix.
        absmax: uint8 [weights / 64].
        code2: [256], what a byte of `absmax` stands for.
        absmax2: [weights / 64 / 256, rounded up].
        offset: a number in a tensor, added to each factor.
        code: [16], what half a byte stands for.
        scale: [rows]; None for one everywhere.
        out: [rows, columns], its last dimension dense; columns a multiple of 64.
    """
    if fast(packed):
        from ..kernels import nf4

        return nf4.dense(packed, absmax, code2, absmax2, offset, code, scale, out)
    factor = code2[absmax.long()] * absmax2.repeat_interleave(NESTED)[: absmax.numel()] + offset
    rows = out.shape[0]
    if scale is not None:
        factor = (factor.view(rows, -1) * scale.to(factor.dtype)[:, None]).view(-1)
    halves = torch.stack((packed >> 4, packed & 15), dim=-1).view(-1, BLOCK)
    return out.copy_((code[halves.long()] * factor[:, None]).view_as(out))
