"""A device whose memory does not suffice: at one place of a step, in one process, once a rung."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch

from ghost_architect import train
from ghost_architect.models.trinity.layer import Layer
from ghost_architect.training.learner import Learner

SAID = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 14.56 GiB"
LAYERS = 6

PLACES: dict[str, tuple[Any, str, int]] = {
    "setting up": (train, "set_up", 1),
    "the probe": (Learner, "probe", 1),
    "forwards": (Layer, "forward", LAYERS + LAYERS + 2),  # behind the probe, in the second row
    "backwards": (Layer, "backward", LAYERS + 2),
    "the optimizer": (Learner, "_step", 2),
    "the evaluation": (Learner, "loss", 1),
}
"""Where it happens: a function, and which of its calls since the last rung."""


def fill(troubles: tuple[tuple[str, int], ...]) -> None:
    """Make this process fail as these say, one a rung: where, and in which process."""
    rungs = 0
    calls = dict.fromkeys(PLACES, 0)
    own = int(os.environ.get("RANK", "0"))

    def patched(place: str, real: Callable[..., Any], count: int) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            calls[place] += 1
            if rungs < len(troubles) and troubles[rungs] == (place, own) and calls[place] == count:
                raise torch.OutOfMemoryError(SAID)
            return real(*arguments, **named)

        return called

    for place, (home, name, count) in PLACES.items():
        setattr(home, name, patched(place, getattr(home, name), count))
    road: Any = train
    real = road.down

    def down(*arguments: Any) -> Any:
        nonlocal rungs
        rungs += 1
        calls.update(dict.fromkeys(PLACES, 0))
        return real(*arguments)

    road.down = down
