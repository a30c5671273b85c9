"""A model of `transformers` takes on adapters, and lends its weights to the decoder that trains them.

Nothing is copied: `TrinityLinear` stands where the linear layers stood, so the model still answers by itself
(the plain road), and the decoder (the fast one) reads the same parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import InputError
from .adapter import Adapter
from .decoder import Decoder, Kind
from .group import Group, Member
from .layer import Layer, Shape
from .linear import TrinityLinear
from .weight import Nf4Weight, PlainWeight, Weight

SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of a decoder layer, by the names that Gemma 3 gives them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which adapters a model takes on; the defaults are Trinity's.

    Attributes:
        rank: of each update.
        alpha: what the scaling is made from.
        rslora: alpha / sqrt(rank) instead of alpha / rank.
        dora: with a magnitude for each row.
        dropout: of what goes into an adapter while training.
        targets: the last part of the names of layers that take one.
        vision: whether the layers of the vision tower take one as well.
        seed: of A's first values.
    """

    rank: int = 64
    alpha: float = 32
    rslora: bool = True
    dora: bool = True
    dropout: float = 0.0
    targets: tuple[str, ...] = SEVEN
    vision: bool = False
    seed: int = 0


def weight_of(linear: nn.Module) -> Weight:
    """The frozen matrix of a `Linear`, or of a bitsandbytes `Linear4bit`.

    A weight that bitsandbytes packed for AVX-512, as it does when a model answers on the CPU, is unpacked in place
    as bitsandbytes does it before saving. The factors of its blocks went through bfloat16 by then: adopt first.
    """
    value: Any = linear.weight
    state = getattr(value, "quant_state", None)
    if state is None:
        return PlainWeight(value.detach())
    if getattr(state, "packing_format_for_cpu", False):
        from bitsandbytes.functional import _convert_weight_packed_for_cpu_inverse as unpacked

        value.data, value.quant_state = unpacked(value.data, state)
    return Nf4Weight.of(value.detach(), value.quant_state)


def adapt(model: nn.Module, recipe: Recipe) -> dict[str, TrinityLinear]:
    """Freeze the model and put adapters on its targets, by the layers' names."""
    model.requires_grad_(False)
    generator = torch.Generator().manual_seed(recipe.seed)
    found = {}
    for name, linear in list(_targets(model, recipe)):
        weight = weight_of(linear)
        adapter = Adapter(
            weight, recipe.rank, recipe.alpha, recipe.rslora, recipe.dora, recipe.dropout, generator=generator
        )
        bias = None if linear.bias is None else linear.bias.detach()
        found[name] = TrinityLinear(weight, adapter, bias)
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, found[name])
    return found


def pattern(recipe: Recipe) -> str:
    """What the whole name of a layer that takes an adapter fits: a regular expression, as PEFT's files have it too."""
    elsewhere = "" if recipe.vision else "(?!.*vision)"
    return elsewhere + r"(.*\.)?layers\.\d+\.[a-z_]+\.(" + "|".join(map(re.escape, recipe.targets)) + ")"


def _targets(model: nn.Module, recipe: Recipe) -> Iterator[tuple[str, nn.Linear]]:
    wanted = re.compile(pattern(recipe))
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and wanted.fullmatch(name):
            yield name, module


# --- the decoder ---

_COMPUTED: Mapping[str, tuple[object, ...]] = {
    "attention_bias": (False,),
    "attn_logit_softcapping": (None,),
    "final_logit_softcapping": (None,),
    "hidden_activation": ("gelu_pytorch_tanh",),
    "use_bidirectional_attention": (False, None),
}
"""Settings of a text model that change what it computes, and the values for which the decoder computes the same."""

_ROTATIONS = ("default", "linear")
"""Kinds of rotary positions whose frequencies are all there is to them: no factor, nothing that depends on the row."""


def text_of(model: nn.Module) -> nn.Module:
    """The text model with embeddings, layers and norm, in a Gemma 3 of either kind."""
    for name, module in model.named_modules():
        if name.rpartition(".")[2] in ("language_model", "model") and hasattr(module, "layers"):
            return module
    raise ValueError(f"{type(model).__name__} holds no Gemma 3 text model")


def decoder_of(model: nn.Module, dtype: torch.dtype, tile: int | None = None, flash: bool = True) -> Decoder:
    """The decoder over a model's own parameters.

    Args:
        model: a Gemma 3 of `transformers`, its targets adapted or not.
        dtype: of matrix products; the words' matrix has to be in it already.
        tile: rows of the feed-forward part at a time.
        flash: whether flash attention may be taken.

    Raises:
        InputError: the model computes something that the decoder does not.
    """
    text: Any = text_of(model)
    config = text.config
    _check(config)
    shape = Shape(
        config.num_attention_heads,
        config.num_key_value_heads,
        config.head_dim,
        config.rms_norm_eps,
        config.query_pre_attn_scalar**-0.5,
        dtype,
        tile,
        flash,
    )
    kinds = {name: _kind(text, name) for name in set(config.layer_types)}
    layers = tuple(_layer(layer, shape) for layer in text.layers)
    return Decoder(
        layers, tuple(kinds[name] for name in config.layer_types), text.norm.weight.detach(), words_of(model).detach()
    )


def _check(config: Any) -> None:
    found = [(name, getattr(config, name), plain) for name, plain in _COMPUTED.items()]
    kinds = sorted(set(config.layer_types))
    found += [("rope_type", config.rope_parameters[kind]["rope_type"], _ROTATIONS) for kind in kinds]
    for name, value, plain in found:
        if value not in plain:
            raise InputError(
                f"the model's {name} is {value!r:.40}, with which it cannot be trained here",
                "name a Gemma 3 as it was published",
            )


def words_of(model: nn.Module) -> Tensor:
    """The matrix that makes logits: the embeddings' own where they are tied."""
    head: Any = model.get_output_embeddings()
    weight: Tensor = head.weight
    return weight


def _kind(text: Any, name: str) -> Kind:
    rotary = text.rotary_emb
    frequencies = getattr(rotary, f"{name}_inv_freq")
    window = text.config.sliding_window if name == "sliding_attention" else None
    return Kind(window, frequencies)


def _layer(layer: Any, shape: Shape) -> Layer:
    attention, mlp = layer.self_attn, layer.mlp
    return Layer(
        shape,
        _group(attention.q_proj, attention.k_proj, attention.v_proj),
        _group(attention.o_proj),
        _group(mlp.gate_proj, mlp.up_proj),
        _group(mlp.down_proj),
        *(
            norm.weight.detach()
            for norm in (
                layer.input_layernorm,
                layer.post_attention_layernorm,
                layer.pre_feedforward_layernorm,
                layer.post_feedforward_layernorm,
                attention.q_norm,
                attention.k_norm,
            )
        ),
    )


def _group(*linears: nn.Module) -> Group:
    return Group(tuple(_member(linear) for linear in linears))


def _member(linear: nn.Module) -> Member:
    if isinstance(linear, TrinityLinear):
        return Member(linear.frozen, linear.adapter)
    return Member(weight_of(linear), None)
