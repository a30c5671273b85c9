"""Softmax over one interval of keys a row, in place: what blocks of attention are made of."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def softmax(s: Tensor, first: Tensor, last: Tensor, start: int) -> Tensor:
    """Write probabilities over scores; keys outside a row's interval get none.

    Args:
        s: [batch, heads * rows, keys], contiguous.
        first: int32 [rows], the first key that each row sees.
        last: int32 [rows], one behind its last.
        start: the number of the first key.

    Returns:
        log of the sum of exponentials of each row, [batch, heads * rows], float32 or wider.
    """
    sums = torch.empty(s.shape[:2], device=s.device, dtype=wide(s.dtype))
    if fast(s):
        from ..kernels import softmax as kernel

        kernel.softmax(s, sums, first, last, start, known=False)
        return sums
    z = _masked(s, first, last, start)
    torch.logsumexp(z, 2, out=sums)
    s.copy_(z.sub_(sums[:, :, None]).exp_())
    return sums


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
        delta: [batch, rows], contiguous, the sum over the keys of p * dp.
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
    z.view(len(s), -1, rows, keys).masked_fill_(hidden, -math.inf)
    return z
