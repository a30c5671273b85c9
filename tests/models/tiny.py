"""A tiny Gemma 3 with random weights, adapted, and what transformers and autograd make of the same tokens."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ghost_architect.models.trinity.adopt import Recipe, adapt
from ghost_architect.models.trinity.decoder import Example
from ghost_architect.models.trinity.linear import TrinityLinear

from .layers import stir

WIDTH = 64
PICTURE = 290
"""The token that stands where a picture's own embeddings go."""


class Tiny(NamedTuple):
    """A model and the adapters in it."""

    model: Any
    layers: dict[str, TrinityLinear]


class Row(NamedTuple):
    """One row of tokens, as transformers takes it."""

    ids: Tensor
    labels: Tensor
    pictures: tuple[tuple[int, int], ...] = ()

    def example(self) -> Example:
        """As the decoder takes it."""
        targets = torch.full_like(self.labels, -100)
        targets[:-1] = self.labels[1:]
        return Example(targets, torch.arange(len(self.ids)), pictures=self.pictures)

    def types(self) -> Tensor:
        """1 where a picture is."""
        types = torch.zeros_like(self.ids)
        for start, end in self.pictures:
            types[start:end] = 1
        return types


def row(tokens: int = 40, seed: int = 0, pictures: tuple[tuple[int, int], ...] = ()) -> Row:
    """Random words; about a third of them count."""
    random = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 280, (tokens,), generator=random)
    labels = torch.where(torch.rand(tokens, generator=random) < 0.3, ids, -100)
    labels[1:2] = ids[1:2]  # at least one, and not only the first, which nothing predicts
    return Row(ids, labels, pictures)


def config(layers: int = 6) -> Any:
    """Five local layers and one that sees everything, as Gemma 3 has them."""
    from transformers import Gemma3Config

    text = {
        "hidden_size": WIDTH,
        "intermediate_size": 128,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 300,
        "sliding_window": 8,
        "query_pre_attn_scalar": 24,
        "max_position_embeddings": 512,
        "rope_parameters": {
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
        },
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 7,
        "vision_use_head": False,
    }
    return Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=PICTURE,
        boi_token_index=291,
        eoi_token_index=292,
    )


def untouched(seed: int = 0, layers: int = 6) -> Any:
    """The model before it is adapted, float64, its norms not the identity."""
    from transformers import Gemma3ForConditionalGeneration

    torch.manual_seed(seed)
    model = Gemma3ForConditionalGeneration(config(layers)).double()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "norm" in name:
                value.normal_(0, 0.3)
            elif value.ndim == 2:
                value.normal_(0, 1 / math.sqrt(WIDTH))
    model.set_attn_implementation("sdpa")  # "eager" takes its softmax in float32, even in a float64 model
    return model.requires_grad_(False).train()


def adapted(recipe: Recipe | None = None, seed: int = 0, layers: int = 6) -> Tiny:
    """With adapters whose values are not those of the start."""
    model = untouched(seed, layers)
    made = adapt(model, recipe or Recipe(rank=4, alpha=8))
    for n, layer in enumerate(made.values()):
        layer.adapter.double()
        stir(layer.adapter, n)
    return Tiny(model, made)


def embedded(model: Any, ids: Tensor) -> Tensor:
    """What goes into the decoder, as a leaf that gets a gradient."""
    return model.get_input_embeddings()(ids).detach().requires_grad_()


def parameters(layers: dict[str, TrinityLinear]) -> list[tuple[str, nn.Parameter]]:
    return [(f"{name}.{own}", p) for name, layer in layers.items() for own, p in layer.adapter.named_parameters()]


def taken(layers: dict[str, TrinityLinear]) -> dict[str, Tensor]:
    """The gradients of all parameters, which have none afterwards."""
    made = {}
    for name, parameter in parameters(layers):
        assert parameter.grad is not None, name
        made[name], parameter.grad = parameter.grad, None
    return made


def wide_norms(model: Any) -> None:
    """Have transformers compute norms and rotations in float64, where it always takes float32."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt() * (1 + self.weight)

    for module in model.modules():
        if type(module).__name__ == "Gemma3RMSNorm":
            module.forward = forward.__get__(module)
    rotary = model.model.language_model.rotary_emb

    def rotations(x: Tensor, position_ids: Tensor, layer_type: str) -> tuple[Tensor, Tensor]:
        angles = position_ids[..., None].double() * getattr(rotary, f"{layer_type}_inv_freq").double()
        both = torch.cat((angles, angles), -1)
        return both.cos(), both.sin()

    rotary.forward = rotations


class Reference(NamedTuple):
    """What transformers says."""

    loss: Tensor
    gradients: dict[str, Tensor]
    embeddings: Tensor


def reference(tiny: Tiny, made: Row, weight: float, embeddings: Tensor) -> Reference:
    """The summed loss times `weight`, and its gradients, through the model's own modules."""
    out = tiny.model(
        inputs_embeds=embeddings[None],
        attention_mask=torch.ones_like(made.ids)[None],
        token_type_ids=made.types()[None],
    )
    targets = made.example().targets
    loss = nn.functional.cross_entropy(out.logits[0], targets, ignore_index=-100, reduction="sum")
    (loss * weight).backward()
    assert embeddings.grad is not None
    return Reference(loss.detach(), taken(tiny.layers), embeddings.grad)
