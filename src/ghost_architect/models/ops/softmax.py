"""Softmax over one interval of keys a row, in place: what blocks of attention are made of."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def softmax(s: Tensor, sums: Tensor, first: Tensor, last: Tensor, start: int) -> None:
    """Write probabilities over scores; keys outside a row's interval get none.

    Args:
        s: [batch, rows * heads, keys], contiguous: of each row all heads, then the next row.
        sums: [batch, rows * heads], float32 or wider, its last dimension dense: where the log of the sum of each row's
            exponentials is written.
        first: int32 [rows], the first key that each row sees.
        last: int32 [rows], one behind its last.
        start: the number of the first key.
    """
    if fast(s):
        from ..kernels import softmax as kernel

        kernel.softmax(s, sums, first, last, start, known=False)
        return
    z = _masked(s, first, last, start)
    sums.copy_(torch.logsumexp(z, 2))
    s.copy_(z.sub_(sums[:, :, None]).exp_())


def softmax_again(s: Tensor, sums: Tensor, first: Tensor, last: Tensor, start: int) -> None:
    """As `softmax`, with the sums that it gave."""
    if fast(s):
        from ..kernels import softmax as kernel

        kernel.softmax(s, sums, first, last, start, known=True)
    else:
        s.copy_(_masked(s, first, last, start).sub_(sums[:, :, None]).exp_())


def softmax_backward(p: Tensor, dp: Tensor, delta: Tensor) -> Tensor:
    """`p * (dp - delta)`, written over `dp` and returned.

    Args:
        p: [batch, rows, keys], probabilities.
        dp: their gradient.
        delta: [batch, rows], its last dimension dense: the sum over the keys of p * dp.
    """
    if fast(p):
        from ..kernels import softmax as kernel

        return kernel.softmax_backward(p, dp, delta)
    return dp.copy_(p.to(delta.dtype) * (dp.to(delta.dtype) - delta[:, :, None]))


def _masked(s: Tensor, first: Tensor, last: Tensor, start: int) -> Tensor:
    rows, keys = len(first), s.shape[2]
    at = torch.arange(start, start + keys, device=s.device)
    hidden = (at < first[:, None]) | (at >= last[:, None])
    z = s.to(wide(s.dtype), copy=True)
    z.view(len(s), rows, -1, keys).masked_fill_(hidden[:, None], -math.inf)
    return z
