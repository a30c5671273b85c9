"""The text model of Gemma 3 as it is trained: embeddings in, loss and gradients out, no autograd graph.

embeddings [tokens, width] -> layer 0 .. L-1, each input kept -> norm -> loss over the words
                           <- layer L-1 .. 0, each made again  <- gradient of the loss
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..ops.norm import rms_norm, rms_norm_backward, wide
from .attention import Spans
from .layer import Layer, Place
from .loss import ROWS, linear_entropy
from .store import Near, Store


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of attention that layers have: Gemma 3 has five local layers to each one that sees everything.

    Attributes:
        window: how many keys a query sees; None for all before it.
        frequencies: of the rotation, [size / 2], per position.
    """

    window: int | None
    frequencies: Tensor


@dataclass(frozen=True, slots=True)
class Example:
    """One row of tokens, on the device.

    Attributes:
        targets: the word that each position shall predict, [tokens]; below 0 where none counts.
        positions: of each token in its example, [tokens].
        examples: where packed examples begin.
        pictures: (first, one behind the last) token of each picture.
        counts: the positions whose targets count; found where it is None, which waits for the device.
    """

    targets: Tensor
    positions: Tensor
    examples: tuple[int, ...] = (0,)
    pictures: tuple[tuple[int, int], ...] = ()
    counts: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Decoder:
    """Layers with what stands before and behind them.

    Attributes:
        layers: of the model.
        kinds: the attention of each layer.
        norm: the weight of the last norm.
        words: [vocabulary, width], the output's matrix, in the dtype of matrix products.
        loss_rows: tokens whose logits are made at a time.
        keep: whether layers keep more than their inputs: faster, and 3 x 2 bytes a token, layer and width more.
    """

    layers: tuple[Layer, ...]
    kinds: tuple[Kind, ...]
    norm: Tensor
    words: Tensor
    loss_rows: int = ROWS
    keep: bool = False

    @property
    def residual(self) -> torch.dtype:
        """The dtype of the residual stream."""
        return wide(self.words.dtype)

    @torch.no_grad()
    def loss(self, embeddings: Tensor, example: Example) -> Tensor:
        """The sum of the losses of one row, without gradients."""
        h = embeddings
        places = self.places(example, len(h))
        for layer, kind in zip(self.layers, self.kinds, strict=True):
            h, _ = layer.forward(h, places[id(kind)])
        return self._end(h, example, weight=None)[0]

    @torch.no_grad()
    def step(
        self,
        embeddings: Tensor,
        example: Example,
        weight: float,
        store: Store | None = None,
        want: bool = False,
        watch: list[Tensor] | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """The loss of one row; the gradients of `weight` times the loss are added to the parameters.

        Args:
            embeddings: [tokens, width], float32 or wider; written over where the store sends them away.
            example: what the row is.
            weight: of the row's summed loss: one over the number of tokens that count in an optimizer step.
            store: where the inputs of layers wait; None keeps them on the device.
            want: whether the embeddings' gradient is wanted.
            watch: gets the largest gradient behind each layer, the last layer first; see `finite.py`.

        Returns:
            the sum of the losses, and the gradient of the embeddings where it is wanted.
        """
        store = store or Near()
        places = self.places(example, len(embeddings))
        h = embeddings
        for i, (layer, kind) in enumerate(zip(self.layers, self.kinds, strict=True)):
            h, saved = layer.forward(h, places[id(kind)], self.keep)
            store.put(i, saved)
            del saved  # what waits elsewhere is let go before the next layer
        loss, d = self._end(h, example, weight, embeddings if store.sends and len(self.layers) > 1 else h)
        assert d is not None
        del h
        for i in reversed(range(len(self.layers))):
            if watch is not None:
                watch.append(torch.linalg.vector_norm(d, ord=torch.inf))
            soon = partial(store.soon, i - 1)
            d = self.layers[i].backward(store.take(i), d, places[id(self.kinds[i])], want or i > 0, soon)
        if watch is not None:
            watch.append(torch.linalg.vector_norm(d, ord=torch.inf) if want else d.new_zeros(()))
        return loss, d if want else None

    def _end(
        self, h: Tensor, example: Example, weight: float | None, into: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The loss over the tokens that count, and the gradient of the last layer's output h, written `into` it."""
        dtype, eps = self.words.dtype, self.layers[0].shape.eps
        counts = (example.targets >= 0).nonzero()[:, 0] if example.counts is None else example.counts
        own = h[counts]
        x = rms_norm(own, self.norm, eps, dtype)
        loss, x = linear_entropy(x, self.words, example.targets[counts], self.loss_rows)
        if weight is None or into is None:
            return loss, None
        factor = torch.full((), weight, device=h.device, dtype=h.dtype)
        rms_norm_backward(x, own, self.norm, eps, h.dtype, unscale=factor, into=own)
        del x
        into.zero_()[counts] = own
        return loss, into

    def places(self, example: Example, tokens: int) -> dict[int, Place]:
        """Where a row's tokens stand for each kind of attention, by the kind's `id`."""
        found: dict[int, Place] = {}
        for kind in self.kinds:
            if id(kind) not in found:
                angles = example.positions[:, None].to(kind.frequencies.dtype) * kind.frequencies
                spans = Spans.of(tokens, kind.window, example.examples, example.pictures)
                found[id(kind)] = Place(angles.cos(), angles.sin(), spans)
        return found
