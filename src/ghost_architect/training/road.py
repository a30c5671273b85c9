"""The two ways from embeddings to gradients.

Fast   the decoder without an autograd graph; everything is trained on it
Slow   the modules of `transformers` with autograd, for dropout, which the fast one does not have
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..models.trinity.adopt import text_of
from ..models.trinity.decoder import Decoder, Example
from ..models.trinity.loss import linear_entropy
from ..models.trinity.store import Store


class Road(Protocol):
    """A way through the model.

    Attributes:
        watched: at how many places it looks at the gradient.
    """

    watched: int

    def learn(
        self, embeddings: Tensor, example: Example, weight: float, want: bool
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """Add the gradients of `weight` times a row's summed loss to the parameters'.

        Returns:
            the summed loss, the embeddings' gradient where it is wanted, and how large the gradient is behind each
            layer (the last first) and before the first, or at these two ends alone: [watched].
        """
        ...

    def loss(self, embeddings: Tensor, example: Example) -> Tensor:
        """The summed loss of a row."""
        ...


class Fast:
    """Over the decoder.

    Args:
        decoder: with adapters.
        store: where what layers keep waits.
    """

    def __init__(self, decoder: Decoder, store: Store) -> None:
        self._decoder, self._store = decoder, store
        self.watched = len(decoder.layers) + 1

    def learn(
        self, embeddings: Tensor, example: Example, weight: float, want: bool
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """See `Road`."""
        watch: list[Tensor] = []
        loss, gradient = self._decoder.step(embeddings, example, weight, self._store, want, watch)
        return loss, gradient, torch.stack(watch)

    def loss(self, embeddings: Tensor, example: Example) -> Tensor:
        """See `Road`."""
        return self._decoder.loss(embeddings, example)


class Slow:
    """Over the model's own modules, each layer made again on the way back.

    Args:
        model: a Gemma 3 of `transformers`, adapted.
        decoder: over it, for the evaluation and the words' matrix.
    """

    def __init__(self, model: nn.Module, decoder: Decoder) -> None:
        self._model: Any = model
        self._decoder = decoder
        self.watched = 2
        self._text: Any = text_of(model)
        # transformers has a new name for it from 5.20 on
        name = "activation_checkpointing_enable"
        getattr(model, name if hasattr(model, name) else "gradient_checkpointing_enable")()

    def learn(
        self, embeddings: Tensor, example: Example, weight: float, want: bool
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """See `Road`."""
        leaf = embeddings.to(self._decoder.words.dtype).requires_grad_()
        self._model.train()
        try:
            hidden = self._text(inputs_embeds=leaf[None], use_cache=False, **self._masks(leaf, example))
            counts, hidden = example.counts, hidden.last_hidden_state[0]
            counted = hidden[counts]
            with torch.no_grad():
                words, targets = self._decoder.words, example.targets[counts]
                loss, gradient = linear_entropy(counted.detach(), words, targets, self._decoder.loss_rows)
            torch.autograd.backward(counted, gradient * weight)
        finally:
            self._model.eval()
        grad = leaf.grad
        assert grad is not None
        watch = [torch.linalg.vector_norm(d, dtype=torch.float32) for d in (gradient, grad)]
        return loss, grad if want else None, torch.stack(watch)

    def loss(self, embeddings: Tensor, example: Example) -> Tensor:
        """See `Road`."""
        return self._decoder.loss(embeddings, example)

    def _masks(self, leaf: Tensor, example: Example) -> dict[str, Any]:
        """Which keys each query sees, per kind of layer, as transformers takes it; and the positions."""
        places = self._decoder.places(example, len(leaf))
        keys = torch.arange(len(leaf), device=leaf.device)
        masks = {}
        for name, kind in zip(self._text.config.layer_types, self._decoder.kinds, strict=True):
            spans = places[id(kind)].spans
            first, last = spans.first.to(leaf.device)[:, None], spans.last.to(leaf.device)[:, None]
            masks[name] = ((keys >= first) & (keys < last))[None, None]
        return {"attention_mask": masks, "position_ids": example.positions[None].long()}
