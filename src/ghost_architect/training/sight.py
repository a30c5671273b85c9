"""What the vision tower and its projector make of pictures, and how they learn from it.

A picture's graph takes 27 layers of 4,096 patches. So none is kept while the decoder works: on the way back each
picture is encoded once more, and learned from, by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..models.trinity.linear import TrinityLinear

_LARGEST = 64.0
"""To which the largest gradient of a picture is brought: in float16 there is as much room above it, for layers that
make it larger, as a thousandth of it has digits below."""


class Sight:
    """The part of a model that sees.

    Args:
        model: a Gemma 3 of `transformers`.
        device: that computes.
        layers: all adapted ones by their names; those of the vision tower learn.
        waits: whether it stays in the host's memory while nothing is to be seen, where it does not learn.
    """

    def __init__(
        self, model: nn.Module, device: torch.device, layers: Mapping[str, TrinityLinear], waits: bool
    ) -> None:
        whole: Any = model
        self._inner, self._device = whole.model, device
        self._learned = [p for name, own in layers.items() if "vision" in name for p in own.adapter.parameters()]
        self._home: list[tuple[nn.Parameter, Tensor]] = []
        if waits and not self.learns and hasattr(self._inner, "vision_tower"):
            for part in (self._inner.vision_tower, self._inner.multi_modal_projector):
                self._home += [(p, p.data.cpu().pin_memory()) for p in part.parameters()]
            self._leave()

    @property
    def learns(self) -> bool:
        """Whether it has adapters."""
        return bool(self._learned)

    def of(self, pixels: Tensor) -> Tensor:
        """[pictures, soft tokens, width] of [pictures, 3, side, side], one picture at a time."""
        with self._here(), torch.no_grad():
            return torch.cat([self._encoded(picture) for picture in pixels.split(1)]).to(self._device)

    def learn(self, pixels: Tensor, gradient: Tensor) -> None:
        """Add the gradients of its parameters.

        Args:
            pixels: [pictures, 3, side, side].
            gradient: of what `of` made of them, [pictures, soft tokens, width], in float32. A loss that is a mean over
                thousands of tokens has gradients that float16 does not, so a power of two goes along.
        """
        most = torch.linalg.vector_norm(gradient, ord=torch.inf)
        scale = (_LARGEST / most).clamp(2.0**-100, 2.0**100).log2().floor().exp2()
        for picture, own in zip(pixels.split(1), gradient.split(1), strict=True):
            with torch.enable_grad():
                features = self._encoded(picture)
            found = torch.autograd.grad(features, self._learned, (own * scale).to(features.device, features.dtype))
            for parameter, d in zip(self._learned, found, strict=True):
                assert parameter.grad is not None
                parameter.grad.add_(d.to(parameter.grad.dtype) / scale)

    def _encoded(self, picture: Tensor) -> Tensor:
        """[1, soft tokens, width] of [1, 3, side, side]."""
        like = next(self._inner.vision_tower.parameters())
        seen = self._inner.vision_tower(pixel_values=picture.to(like.device, like.dtype)).last_hidden_state
        features: Tensor = self._inner.multi_modal_projector(seen)
        return features

    @contextmanager
    def _here(self) -> Iterator[None]:
        """Its weights are on the card inside; none of them changes, so nothing comes back."""
        for parameter, home in self._home:
            parameter.data = home.to(self._device, non_blocking=True)
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        for parameter, home in self._home:
            parameter.data = home
