"""Linear cross-entropy: the loss over a large vocabulary without ever holding its logits.

The words' matrix is frozen, so all that the way back needs is the gradient of what goes in: it is made together
with the loss, a few rows at a time (as in Hsu et al., 2024, arXiv 2410.10989, and Wijmans et al., 2024,
arXiv 2411.09009), and only for tokens that count.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..ops.entropy import entropy
from ..ops.norm import wide

ROWS = 512
"""Tokens at a time: 0.27 GB of 16-bit logits over 262,208 words."""


def linear_entropy(x: Tensor, words: Tensor, target: Tensor, rows: int = ROWS) -> tuple[Tensor, Tensor]:
    """The sum of the losses, and its gradient.

    Args:
        x: [tokens, width], in the dtype of the matrix products; the gradient is written over it.
        words: [vocabulary, width] in that dtype.
        target: [tokens], the right word of each.
        rows: tokens at a time.

    Returns:
        the sum of the losses in float32 or wider, and x, which now is its gradient.
    """
    total = torch.zeros((), device=x.device, dtype=wide(x.dtype))
    for start in range(0, len(x), rows):
        part = slice(start, start + rows)
        logits = x[part] @ words.T
        total += entropy(logits, target[part]).sum()
        torch.mm(logits, words, out=x[part])
        del logits  # before the next ones are made
    return total, x
