"""AdamW (Loshchilov and Hutter, 2019, arXiv 1711.05101), its moments in 8 bits where asked for (bitsandbytes,
Dettmers et al., 2022, arXiv 2110.02861): 2 bytes a parameter instead of 8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..config import TrainingConfig
from .parameters import Parameters

_MOMENTS = ("state", "exp_avg")
"""How the names of moments begin: bitsandbytes', and torch's."""


def optimizer_of(parameters: Parameters, config: TrainingConfig) -> torch.optim.Optimizer:
    """The optimizer that a configuration names, over all parameters as one."""
    arguments: dict[str, Any] = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
    if config.optimizer == "adamw":
        return torch.optim.AdamW([parameters.values], **arguments)
    from bitsandbytes.optim import AdamW8bit

    return AdamW8bit([parameters.values], **arguments)


def rate_at(step: int, config: TrainingConfig) -> float:
    """The learning rate of a step (the first is 0): up over the warm-up, then as the schedule says."""
    rising = max(1, round(config.warmup * config.steps)) if config.warmup else 0
    if step < rising:
        return config.learning_rate * (step + 1) / rising
    left = (config.steps - step) / max(1, config.steps - rising)
    share = {"constant": 1.0, "linear": left, "cosine": 0.5 * (1 + math.cos(math.pi * (1 - left)))}[config.schedule]
    return config.learning_rate * share


def state_of(optimizer: torch.optim.Optimizer, parameters: Parameters) -> tuple[dict[str, Tensor], dict[str, float]]:
    """What an optimizer remembers: tensors for a file, and numbers."""
    state = optimizer.state[parameters.values]
    tensors = {k: v for k, v in state.items() if isinstance(v, Tensor)}
    return tensors, {k: float(v) for k, v in state.items() if isinstance(v, int | float)}


def restore(
    optimizer: torch.optim.Optimizer,
    parameters: Parameters,
    tensors: Mapping[str, Tensor],
    numbers: Mapping[str, float],
) -> None:
    """Make an optimizer remember what another did.

    Raises:
        ValueError: what is remembered is of another size.
    """
    own: dict[str, Any] = {}
    for name, value in tensors.items():
        if name.startswith(_MOMENTS) and value.shape != parameters.values.shape:
            raise ValueError(f"{name} holds {value.numel():,} numbers, and {parameters.values.numel():,} are trained")
        # torch counts steps on the host
        own[name] = value if name == "step" else value.to(parameters.values.device)
    own.update({name: int(value) for name, value in numbers.items()})
    optimizer.state[parameters.values] = own
