"""Cross-entropy over rows of logits."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast
from .norm import wide


def entropy(logits: Tensor, target: Tensor) -> Tensor:
    """The loss of each row, [rows], in float32 or wider; its gradient is written over `logits` [rows, words].

    Args:
        logits: of each row.
        target: [rows], the number of the right word.
    """
    if fast(logits):
        from ..kernels import entropy as kernel

        return kernel.entropy(logits, target)
    z = logits.to(wide(logits.dtype))
    lse = torch.logsumexp(z, 1)
    right = target[:, None]
    loss = lse - z.gather(1, right)[:, 0]
    p = (z - lse[:, None]).exp_()
    p.scatter_add_(1, right, torch.full_like(right, -1, dtype=p.dtype))
    logits.copy_(p)
    return loss
