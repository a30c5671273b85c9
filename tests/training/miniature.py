"""A decoder of a model's sizes with random weights, as small as a test wants it."""

from __future__ import annotations

import torch
from torch import Tensor

from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.decoder import Decoder, Kind
from ghost_architect.models.trinity.group import Group, Member
from ghost_architect.models.trinity.layer import Layer, Shape
from ghost_architect.models.trinity.weight import Nf4Weight, PlainWeight, Weight
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import Linear, Model

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def nf4(rows: int, columns: int) -> Nf4Weight:
    """Random NF4: the numbers mean nothing."""
    n, device = rows * columns, torch.get_default_device()  # which linspace does not ask for in every version
    return Nf4Weight(
        torch.randint(256, (n // 2,), dtype=torch.uint8),
        torch.randint(256, (n // 64,), dtype=torch.uint8),
        torch.linspace(-1, 1, 256, device=device),
        torch.full((-(-n // 64 // 256),), 0.01),
        torch.tensor(0.05),
        torch.linspace(-1, 1, 16, device=device),
        (rows, columns),
    )


def decoder(model: Model, setting: Setting) -> tuple[Decoder, list[Adapter]]:
    """A decoder as the setting says, and its adapters, gradients there and parameters just moved."""
    dtype = DTYPES[setting.precision]
    adapters: list[Adapter] = []

    def member(own: Linear) -> Member:
        weight: Weight = nf4(own.rows, own.columns)
        if own.plain:
            weight = PlainWeight(weight.dense(dtype))
        if own.name not in setting.targets:
            return Member(weight, None)
        adapters.append(Adapter(weight, setting.rank, 32, dora=setting.dora))
        return Member(weight, adapters[-1])

    def layer(i: int) -> Layer:
        own = {name: member(linear) for name, linear in model.linears(i).items()}
        q, k, v, o, gate, up, down = own.values()
        norms = [torch.zeros(model.width, dtype=dtype)] * 4 + [torch.zeros(model.size, dtype=dtype)] * 2
        return Layer(shape, Group((q, k, v)), Group((o,)), Group((gate, up)), Group((down,)), *norms)

    shape = Shape(model.heads, model.groups, model.size, 1e-6, model.size**-0.5, dtype, setting.tile, False)
    frequencies = 1.0 / (1e4 ** (torch.arange(0, model.size, 2) / model.size))
    local, whole = Kind(model.window, frequencies), Kind(None, frequencies)
    words: Tensor = (torch.randn(model.words, model.width) * 0.02).to(dtype)
    made = Decoder(
        tuple(layer(i) for i in range(model.layers)),
        tuple(whole if w else local for w in model.whole),
        torch.zeros(model.width, dtype=dtype),
        words,
        setting.loss_rows,
        setting.keep,
    )
    for adapter in adapters:
        adapter.factor(dtype)
        for parameter in adapter.parameters():
            parameter.grad = torch.zeros_like(parameter)
            with torch.no_grad():
                parameter.add_(0)
    return made, adapters
