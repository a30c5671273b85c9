"""A decoder with a model's true shapes and random weights, made on the card in a second.

Speed and memory are those of the real model. What it says means nothing: the half bytes of its NF4 are drawn, so
that no matrix has to be quantised.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from ghost_architect.models.trinity import attention, layer
from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.decoder import Decoder, Kind
from ghost_architect.models.trinity.group import Group, Member
from ghost_architect.models.trinity.layer import Layer, Shape
from ghost_architect.models.trinity.linear import TrinityLinear
from ghost_architect.models.trinity.weight import Nf4Weight, PlainWeight, Weight
from ghost_architect.training.parameters import Parameters
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import Linear, Model

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
NORMAL = (-1.0, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0.0,
          0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1.0)  # fmt: skip
"""What half a byte of NF4 stands for (Dettmers et al., 2023, appendix E), to four digits."""

SPREAD = 0.02
"""The standard deviation of weights."""


class Built(NamedTuple):
    """A decoder, and all of it that learns."""

    decoder: Decoder
    parameters: Parameters


def nf4(rows: int, columns: int, device: str) -> Nf4Weight:
    """A random matrix in NF4."""
    blocks = rows * columns // 64
    draw: dict[str, Any] = {"device": device, "dtype": torch.uint8}
    return Nf4Weight(
        torch.randint(256, (rows * columns // 2,), **draw),
        torch.randint(256, (blocks,), **draw),
        torch.linspace(-1, 1, 256, device=device),
        torch.full((-(-blocks // 256),), SPREAD / 2, device=device),
        torch.tensor(2 * SPREAD, device=device),
        torch.tensor(NORMAL, device=device),
        (rows, columns),
    )


def weight(own: Linear, dtype: torch.dtype, device: str) -> Weight:
    """A random matrix as the checkpoint would have it."""
    if own.plain:
        return PlainWeight(torch.randn(own.rows, own.columns, device=device, dtype=dtype) * SPREAD)
    return nf4(own.rows, own.columns, device)


def build(model: Model, setting: Setting, device: str = "cuda") -> Built:
    """A decoder as the setting says.

    Args:
        model: its sizes.
        setting: how it is trained.
        device: where it is made.
    """
    dtype = DTYPES[setting.precision]
    learn: dict[str, TrinityLinear] = {}

    def member(i: int, own: Linear) -> Member:
        made = weight(own, dtype, device)
        if own.name not in setting.targets:
            return Member(made, None)
        adapter = Adapter(made, setting.rank, 32, dora=setting.dora)
        learn[f"{i}.{own.name}"] = TrinityLinear(made, adapter)
        return Member(made, adapter)

    def layer_of(i: int) -> Layer:
        own = {name: member(i, linear) for name, linear in model.linears(i).items()}
        q, k, v, o, gate, up, down = own.values()
        norms = [torch.zeros(size, device=device, dtype=dtype) for size in [model.width] * 4 + [model.size] * 2]
        return Layer(shape, Group((q, k, v)), Group((o,)), Group((gate, up)), Group((down,)), *norms)

    flash = setting.attention == "flash"
    shape = Shape(model.heads, model.groups, model.size, 1e-6, model.size**-0.5, dtype, setting.tile, flash)
    local, whole = Kind(model.window, frequencies(model, 1e4, device)), Kind(None, frequencies(model, 1e6, device) / 8)
    words = torch.randn(model.words, model.width, device=device, dtype=dtype).mul_(SPREAD)
    made = Decoder(
        tuple(layer_of(i) for i in range(model.layers)),
        tuple(whole if sees else local for sees in model.whole),
        torch.zeros(model.width, device=device, dtype=dtype),
        words,
        setting.loss_rows,
        setting.keep,
    )
    return Built(made, Parameters.of(learn))


@contextmanager
def attending(setting: Setting) -> Iterator[None]:
    """Have a card with newer ways to compute attention do it in blocks, as a T4 does, where the setting says so."""
    before = layer.way_of
    if setting.attention == "blocks":
        layer.way_of = lambda *_: attention.Way.BLOCKS
    try:
        yield
    finally:
        layer.way_of = before


def frequencies(model: Model, base: float, device: str) -> torch.Tensor:
    """Of the rotation, per position."""
    return 1.0 / base ** (torch.arange(0, model.size, 2, device=device).float() / model.size)


def embedded(decoder: Decoder, ids: torch.Tensor) -> torch.Tensor:
    """What goes into the decoder: words times the root of the width, in float32."""
    found = torch.nn.functional.embedding(ids, decoder.words)
    return (found * decoder.words.shape[1] ** 0.5).to(decoder.residual)
