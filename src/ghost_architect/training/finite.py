"""Gradients that are no numbers are found before they are used, and the layer where they began is named."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..errors import GhostError

HINT = "precision: bf16 where the card has it, else fp32; or a lower learning_rate"
"""What to do: bfloat16 and float32 reach to 3e38, float16 to 65,504."""


class NotFiniteError(GhostError):
    """A loss or gradient overflowed."""


def check(norm: float, watch: Tensor, layers: int) -> None:
    """Raise where the gradients are not all finite.

    Args:
        norm: of all of them together, on all cards.
        watch: sums over all rows, on all cards, of how large the gradient is behind each layer, the last layer first,
            and before the first one; or behind the last layer and before the first one alone. What is not finite
            in one of them is not in the sum.
        layers: how many there are.

    Raises:
        NotFiniteError: it names the place where it began.
    """
    if math.isfinite(norm):
        return
    bad = (~torch.isfinite(watch)).nonzero()
    if not len(bad):
        raise NotFiniteError("a gradient is not finite, in the adapters alone", HINT)
    place = where(int(bad[0, 0]), len(watch) - 1, layers)
    raise NotFiniteError(f"a gradient is not finite: it overflowed first in {place}", HINT)


def where(passed: int, watched: int, layers: int) -> str:
    """In words where a gradient overflowed that had passed so many of the places that are watched behind the loss."""
    if passed == 0:
        return "the loss"
    return f"layer {layers - passed}" if watched == layers else "one of the layers"
