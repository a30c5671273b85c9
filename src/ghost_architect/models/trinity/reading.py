"""A linear layer that only answers: its frozen matrix as it is, and what was learned beside it.

    many rows    y = x (g W)^T + (x A^T) (s g B)^T        as `TrinityLinear`: the matrix is made dense
    few rows     y = g * (x W^T) + (x A^T) (s g B)^T      bitsandbytes multiplies by the packed matrix

A model that writes token by token sends one row through all its layers each time. To make them dense would be to
write and read 16 bits a weight where four are enough. Nothing is merged into a matrix in NF4: it would have to be
rounded to NF4 again, and DoRA's norms are those of the matrix as it was quantised.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .adapter import Adapter
from .adopt import weight_of
from .linear import Ready, TrinityLinear
from .weight import Nf4Weight, PlainWeight, Weight

FEW = 4
"""Up to so many rows bitsandbytes multiplies by the packed matrix on every card; with more it may unpack it first
(bitsandbytes 0.50, `_GEMM_4BIT_CUSTOM_FLOOR_M`), and on a CPU it always does."""


class ReadingLinear(nn.Module):
    """Takes the place of a `TrinityLinear`, or of a bitsandbytes `Linear4bit`.

    Args:
        weight: the frozen matrix.
        dtype: of what goes in and comes out.
        adapter: what was learned; None for nothing. It is not needed any more afterwards.
        bias: None where there is none.

    Attributes:
        frozen: the matrix; where it is not quantised, DoRA's factors are in it.
    """

    def __init__(
        self, weight: Weight, dtype: torch.dtype, adapter: Adapter | None = None, bias: Tensor | None = None
    ) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self._bias = None if bias is None else bias.detach().to(dtype)
        self._down: Tensor | None = None
        self._up: Tensor | None = None
        self._factor: Tensor | None = None
        if adapter is not None:
            ready = Ready.of(weight, adapter, dtype)
            self._down, self._up = ready.down, ready.up
            self._factor = None if ready.factor is None else ready.factor.g
        self._state: Any = None
        if isinstance(weight, Nf4Weight):
            self._state = weight.state(dtype)
        else:
            weight, self._factor = PlainWeight(weight.dense(dtype, self._factor)), None
        self.frozen = weight

    def forward(self, x: Tensor) -> Tensor:
        """y [..., rows] of x [..., columns]."""
        flat = x.reshape(-1, x.shape[-1])
        y = self._frozen_product(flat)
        if self._bias is not None:
            y += self._bias
        if self._down is not None and self._up is not None:
            y = torch.addmm(y, flat @ self._down.T, self._up.T)
        return y.view(*x.shape[:-1], -1)

    def _frozen_product(self, x: Tensor) -> Tensor:
        """g * (x W^T) [batch, rows] of x [batch, columns]."""
        if not isinstance(self.frozen, Nf4Weight) or len(x) > FEW:
            return x @ self.frozen.dense(x.dtype, self._factor).T
        from bitsandbytes import matmul_4bit

        y: Tensor = matmul_4bit(x, self.frozen.packed[:, None], self._state)
        return y if self._factor is None else y.mul_(self._factor)


def settle(model: nn.Module, dtype: torch.dtype) -> None:
    """Put layers that only answer in the place of a model's adapted layers and of those that are quantised.

    Args:
        model: nothing went through it yet: see `adopt.weight_of`.
        dtype: in which it answers.
    """
    for name in [name for name, module in model.named_modules() if _settles(module)]:
        module: Any = model.get_submodule(name)
        if isinstance(module, TrinityLinear):
            made = ReadingLinear(module.frozen, dtype, module.adapter, module.bias)
        else:
            made = ReadingLinear(weight_of(module), dtype, None, module.bias)
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, made)


def _settles(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(module, TrinityLinear) or getattr(weight, "quant_state", None) is not None
