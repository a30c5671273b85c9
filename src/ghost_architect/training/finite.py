"""Gradients that are no numbers are found before they are used, and the layer where they began is named."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import GhostError

HINT = "precision: bf16 where the card has it, else fp32; or a lower learning_rate"
"""What to do: bfloat16 and float32 reach to 3e38, float16 to 65,504."""


class NotFiniteError(GhostError):
    """A loss or gradient overflowed."""


def check(norm: float, watched: Sequence[Tensor], layers: int, several: bool) -> None:
    """Raise where the gradients are not all finite.

    Args:
        norm: of all of them together, on all cards.
        watched: of each row, the largest gradient behind each layer, the last layer first, and before the first one.
        layers: how many there are.
        several: whether it may have happened on another card.

    Raises:
        NotFiniteError: it names the place where it began.
    """
    if math.isfinite(norm):
        return
    for watch in watched:
        passed = first_bad(watch)
        if passed is not None:
            raise NotFiniteError(f"a gradient is not finite: it overflowed first in {where(passed, layers)}", HINT)
    elsewhere = " of another card" if several else ""
    raise NotFiniteError(f"a gradient{elsewhere} is not finite, in the adapters alone", HINT)


def first_bad(watch: Tensor) -> int | None:
    """How many layers the gradient had come through when it was first not finite; None where it always was."""
    bad = (~torch.isfinite(watch)).cpu().nonzero()
    return int(bad[0, 0]) if len(bad) else None


def where(passed: int, layers: int) -> str:
    """In words where a gradient overflowed that had come through so many layers."""
    return "the loss" if passed == 0 else f"layer {layers - passed}"
