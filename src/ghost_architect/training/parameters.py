"""All that is trained, in one piece of memory: one launch for an optimizer step, one message between cards.

The adapters' parameters become views of one float32 tensor, and their gradients of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..models.trinity.linear import TrinityLinear


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is trained.

    Attributes:
        values: [all], the parameter that an optimizer steps.
        names: of each part, in the order of memory: the layer's name and the parameter's.
    """

    values: nn.Parameter
    names: tuple[str, ...]

    @classmethod
    def of(cls, layers: Mapping[str, TrinityLinear]) -> Parameters:
        """Move the parameters of these layers' adapters into one tensor; their values stay."""
        found = [
            (f"{name}.{own}", layer.adapter, own, parameter)
            for name, layer in layers.items()
            for own, parameter in layer.adapter.named_parameters()
        ]
        sizes = [parameter.numel() for *_, parameter in found]
        device = found[0][3].device
        values = torch.empty(sum(sizes), device=device, dtype=torch.float32)
        grads = torch.zeros(sum(sizes), device=device, dtype=torch.float32)
        for (_, adapter, own, old), value, grad in zip(found, values.split(sizes), grads.split(sizes), strict=True):
            value.copy_(old.detach().reshape(-1))
            new = nn.Parameter(value.view(old.shape))
            new.grad = grad.view(old.shape)
            setattr(adapter, own, new)
        whole = nn.Parameter(values)
        whole.grad = grads
        return cls(whole, tuple(name for name, *_ in found))

    @property
    def grads(self) -> Tensor:
        """The gradients, [all]."""
        assert self.values.grad is not None
        return self.values.grad

    def clear(self) -> None:
        """Set the gradients to zero, in place: the views stay."""
        self.grads.zero_()
