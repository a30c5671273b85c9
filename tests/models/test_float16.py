"""float16 that holds: a residual stream beyond 65,504, feed-forwards beyond it, and gradients of any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ghost_architect.models.ops import geglu as ops
from ghost_architect.models.trinity import layer as layers
from ghost_architect.models.trinity.adopt import Recipe, adapt, decoder_of
from ghost_architect.models.trinity.decoder import Decoder

from . import tiny
from .layers import relative, stir

LARGEST = 65_504
"""Of float16's numbers."""


def large(stream: float = 4e4, **scaled: float) -> tiny.Tiny:
    """A float32 model.

    Args:
        stream: what each half of a layer adds to the residual stream, root mean square.
        scaled: by what the weights of linear layers with such names are multiplied.
    """
    model = tiny.untouched(layers=6).float()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "language_model" not in name:
                continue
            if "post_attention_layernorm" in name or "post_feedforward_layernorm" in name:
                value.add_(stream)
            for own, scale in scaled.items():
                if own in name:
                    value.mul_(scale)
    made = adapt(model, Recipe(rank=4, alpha=8))
    for n, layer in enumerate(made.values()):
        stir(layer.adapter, n)
    return tiny.Tiny(model, made)


def half(made: tiny.Tiny, **settings: Any) -> Decoder:
    done = decoder_of(made.model, torch.float16, settings.pop("tile", None))
    return replace(done, words=done.words.half(), **settings)


def gradients(made: tiny.Tiny, own: Decoder, weight: float = 1 / 9) -> dict[str, Tensor]:
    """The loss, the gradient of the embeddings and those of all parameters."""
    row = tiny.row(64, pictures=((4, 20),))
    embeddings = tiny.embedded(made.model, row.ids).detach()
    loss, d = own.step(embeddings, row.example(), weight, want=True)
    assert d is not None
    return {"loss": loss, "embeddings": d, **tiny.taken(made.layers)}


def compare(made: tiny.Tiny, own: Decoder, weight: float = 1 / 9, limit: float = 0.02) -> None:
    wanted = gradients(made, decoder_of(made.model, torch.float32), weight)
    found = gradients(made, own, weight)
    for name, value in found.items():
        assert bool(value.isfinite().all()), name
        assert relative(value, wanted[name]) < limit, name


class Seen(TorchDispatchMode):
    """The operations that ran, and the dtypes of what went in and came out."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: set[str] = set()
        self.dtypes: set[torch.dtype] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = function(*args, **(kwargs or {}))
        self.operations.add(str(function))
        self.dtypes |= {t.dtype for t in tree_leaves((args, kwargs, out)) if isinstance(t, Tensor)}
        return out


def stream_of(made: tiny.Tiny) -> float:
    """The largest number of the residual stream."""
    own, row = decoder_of(made.model, torch.float32), tiny.row(64)
    h = tiny.embedded(made.model, row.ids).detach()
    places = own.places(row.example(), len(h))
    most = 0.0
    for layer, kind in zip(own.layers, own.kinds, strict=True):
        h, _ = layer.forward(h, places[id(kind)])
        most = max(most, float(h.abs().max()))
    return most


def test_a_stream_beyond_float16() -> None:
    made = large()
    assert stream_of(made) > 2 * LARGEST
    compare(made, half(made))


@pytest.mark.parametrize("settings", [{"tile": 24}, {"keep": True}, {"keep": True, "tile": 24, "loss_rows": 5}])
def test_with_tiles_and_what_is_kept(settings: dict[str, Any]) -> None:
    made = large()
    compare(made, half(made, **settings))


def test_feed_forwards_beyond_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    made = large(up_proj=10_500)
    factors = []
    real = ops.geglu

    def geglu(both: Tensor, room: float | None, into: Tensor) -> tuple[Tensor, Tensor | None]:
        act, factor = real(both, room, into)
        if factor is not None:
            factors.append((act.float() * factor[:, None]).abs().max())
        return act, factor

    monkeypatch.setattr(layers, "geglu", geglu)
    compare(made, half(made))
    assert float(torch.stack(factors).max()) > 2 * LARGEST


@pytest.mark.parametrize(
    ("scaled", "limit"),
    [({"v_proj": 3000}, 0.02), ({"v_proj": 1e-3}, 0.025), ({"o_proj": 1000}, 0.02), ({"o_proj": 0.01}, 0.02)],
)
def test_attention_of_any_size(scaled: dict[str, float], limit: float) -> None:
    """What is behind attention is normed: its weights may have any size, and so may gradients on their way back.

    The magnitudes of k come off worst, since keys are normed: their gradients are what is left of sums that cancel.
    """
    made = large(**scaled)
    compare(made, half(made), limit=limit)


@pytest.mark.parametrize("weight", [1e-12, 1e-6, 1.0, 1e6])
def test_gradients_of_any_size(weight: float) -> None:
    """No loss scale has to be found: each gradient brings its own power of two."""
    made = large(stream=1.0)
    compare(made, half(made), weight)


def test_nothing_is_bfloat16_and_nothing_is_flash_attention() -> None:
    made = large()
    own = half(made)
    with Seen() as seen:
        gradients(made, own)
    assert torch.float16 in seen.dtypes
    assert not seen.dtypes & {torch.bfloat16, torch.float64}
    assert not [name for name in seen.operations if "attention" in name]
    products = {name for name in seen.operations if "mm" in name}
    assert {"aten.mm.default", "aten.bmm.default"} <= products
    with Seen() as seen:  # or nothing was seen
        torch.nn.functional.scaled_dot_product_attention(*(torch.zeros(1, 1, 4, 8, dtype=torch.bfloat16),) * 3)
    assert torch.bfloat16 in seen.dtypes
    assert [name for name in seen.operations if "attention" in name]


def test_a_gradient_that_is_not_finite_is_not_hidden() -> None:
    """The power of two of an infinite gradient must not turn it into numbers."""
    made = large(stream=1.0)
    own, row = half(made), tiny.row(64)
    watch: list[Tensor] = []
    embeddings = tiny.embedded(made.model, row.ids).detach()
    embeddings[3, 5] = torch.inf
    loss, _ = own.step(embeddings, row.example(), 1.0, want=True, watch=watch)
    assert not bool(loss.isfinite())
    assert not any(bool(value.isfinite()) for value in watch)
