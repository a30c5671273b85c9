"""What the vision tower and its projector make of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Sight:
    """The part of a model that sees.

    Args:
        model: a Gemma 3 of `transformers`.
        device: that computes.
        learns: whether gradients go through it.
        waits: whether it stays in the host's memory while nothing is to be seen; it does not learn then.
    """

    def __init__(self, model: nn.Module, device: torch.device, learns: bool, waits: bool) -> None:
        whole: Any = model
        self._inner, self._device, self._learns = whole.model, device, learns
        self._home: list[tuple[nn.Parameter, Tensor]] = []
        if waits and not learns and hasattr(self._inner, "vision_tower"):
            for part in (self._inner.vision_tower, self._inner.multi_modal_projector):
                self._home += [(p, p.data.cpu().pin_memory()) for p in part.parameters()]
            self._leave()

    def of(self, pixels: Tensor) -> Tensor:
        """[pictures, soft tokens, width] of [pictures, 3, side, side], one picture at a time."""
        with self._here(), torch.set_grad_enabled(self._learns and torch.is_grad_enabled()):
            like = next(self._inner.vision_tower.parameters())
            parts = []
            for picture in pixels.split(1):
                features = self._inner.vision_tower(pixel_values=picture.to(like.device, like.dtype)).last_hidden_state
                parts.append(self._inner.multi_modal_projector(features))
            return torch.cat(parts).to(self._device)

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
