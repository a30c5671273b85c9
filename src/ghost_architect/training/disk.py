"""What a model's own files take of the disk, and whether they lie there."""

from __future__ import annotations

import os

from ..multimodal_model.cache import cached
from . import static
from .shapes import Model

_HALF = 2
"""Bytes of a weight that is not quantised: checkpoints of Gemma 3 have bfloat16."""


def files(model: Model) -> tuple[int, str]:
    """Bytes of the files of weights, and how they are counted.

    A name with `bnb-4bit` in it is a checkpoint in NF4, of which everything but linear layers has 16 bits. Of a folder
    the name says nothing about that, and 16 bits are counted throughout unless it has such a name as well.
    """
    linears = list(static.linears(model))
    words = model.words * model.width * (1 if model.tied else 2)
    tower = model.tower.weights(model.width) if model.tower else 0
    rest = (words + model.norms + tower) * _HALF
    if "bnb-4bit" not in model.name.lower():
        return sum(own.weights for own in linears) * _HALF + rest, "its weights, x 2 B"
    packed = sum(own.weights * _HALF if own.plain else static.nf4(own) for own in linears)
    return packed + rest, "its linear layers in NF4, its other weights x 2 B"


def lies(name: str) -> bool:
    """Whether a model lies on this disk: as a folder, or in the local cache of what was downloaded."""
    return os.path.isdir(name) or cached(name) is not None  # noqa: PTH112  # Path.is_dir() raises on too long names
