"""What is trained beside a frozen matrix, and DoRA's factor of each row.

    LoRA (Hu et al., 2021, arXiv 2106.09685)      y = x (W + s B A)^T        s = alpha / rank
    rsLoRA (Kalajdzievski, 2023, arXiv 2312.03732)                           s = alpha / sqrt(rank)
    DoRA (Liu et al., 2024, arXiv 2402.09353)     y = g * x (W + s B A)^T    g = m / ||W + s B A||, row by row

The norm is made from the factors: ||W_i||^2 + 2 s (W A^T)_i . B_i + s^2 (B A A^T)_i . B_i. It is held constant in
the backward pass, as in section 4.3 of the DoRA paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from ..ops.dora import Factor, factor_of
from ..ops.dots import product
from .weight import Weight

_LEAST = 2.0**-20
"""The magnitude of the smallest factor: a row whose magnitude vanished keeps this much, so that it can come back."""

_LEAST_HALF = 2.0**-10
"""The same for products in float16, where a weight of 0.02 times the other one is nothing."""

_STEPS = count()
_now = next(_STEPS)


def stepped(*_: object) -> None:
    """Say that parameters may have changed; every `torch.optim.Optimizer` says it after each of its steps.

    An optimizer that writes through pointers, as the 8-bit one of bitsandbytes does, leaves a tensor's version
    as it was, so that the version alone does not tell.
    """
    global _now
    _now = next(_STEPS)


register_optimizer_step_post_hook(stepped)


def scaling_of(alpha: float, rank: int, rslora: bool) -> float:
    """s of LoRA, or of rsLoRA."""
    return alpha / math.sqrt(rank) if rslora else alpha / rank


class Adapter(nn.Module):
    """The trained part of one linear layer.

    Attributes:
        weight: the frozen matrix that it stands beside.
        lora_A: [rank, columns].
        lora_B: [rows, rank], zero at the start.
        magnitude: [rows], the norm of each row at the start; None without DoRA.
        alpha: what s is made from.
        rslora: whether s = alpha / sqrt(rank).
        scaling: s.
    """

    magnitude: nn.Parameter | None

    def __init__(
        self,
        weight: Weight,
        rank: int,
        alpha: float,
        rslora: bool = True,
        dora: bool = True,
        dropout: float = 0.0,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.alpha, self.rslora = alpha, rslora
        self.scaling = scaling_of(alpha, rank, rslora)
        self.dropout = dropout
        bound = 1 / math.sqrt(columns)  # Kaiming's with a = sqrt(5), as PEFT draws it
        drawn = torch.empty(rank, columns, dtype=torch.float32).uniform_(-bound, bound, generator=generator)
        self.lora_A = nn.Parameter(drawn.to(weight.device, dtype))
        self.lora_B = nn.Parameter(torch.zeros(rows, rank, device=weight.device, dtype=dtype))
        self.weight = weight
        self._squares: Tensor | None = None
        self._factor: tuple[tuple[object, ...], Factor] | None = None
        if dora:
            self.magnitude = nn.Parameter(self.squares().sqrt().to(dtype))
        else:
            self.register_parameter("magnitude", None)

    @property
    def rank(self) -> int:
        """The rank of the update."""
        return self.lora_A.shape[0]

    def squares(self) -> Tensor:
        """||W||^2 of each row, made once."""
        if self._squares is None or self._squares.device != self.weight.device:
            self._squares = self.weight.squares()
        return self._squares

    @torch.no_grad()
    def factor(self, dtype: torch.dtype) -> Factor | None:
        """DoRA's factor of each row; None without DoRA.

        It is without a gradient, and made anew only when a parameter has changed.

        Args:
            dtype: of the products that g goes into.
        """
        if self.magnitude is None:
            return None
        key = (dtype, *self._key())
        if self._factor is None or self._factor[0] != key:
            least = _LEAST_HALF if dtype is torch.float16 else _LEAST
            crossed = self._crossed(dtype)
            made = factor_of(self.squares(), crossed, self.lora_B, self.magnitude, self.scaling, least)
            self._factor = (key, made)
        return self._factor[1]

    def _key(self) -> Iterator[int]:
        yield _now
        for p in (self.lora_A, self.lora_B, self.magnitude):
            assert p is not None
            yield p._version
            yield p.data_ptr()

    def _crossed(self, dtype: torch.dtype) -> Tensor:
        """2 s W A^T + s^2 B A A^T: its products with B, row by row, are what B A adds to ||W||^2.

        W A^T is one more product of W, in the dtype of the others and with sums in float32: what 16 bits round off W
        and A cancels out over its thousands of terms.
        """
        wide = self.squares().dtype
        a, b = self.lora_A.to(wide), self.lora_B.to(wide)
        low = product(self.weight.dense(dtype), a.to(dtype).T).to(wide)
        return torch.addmm(low, b, a @ a.T, beta=2 * self.scaling, alpha=self.scaling**2, out=low)
