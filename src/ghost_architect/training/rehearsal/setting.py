"""What decides how much a step takes, and what every part of a rehearsal has."""

from __future__ import annotations

from dataclasses import dataclass, field

from ghost_architect.training.meter import Meter
from ghost_architect.training.shapes import Model

WIDE = 4
"""Bytes of a number in the residual stream, in norms, in what is trained, and in its gradient."""

BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
"""Of a number in matrix products."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides how much a step takes; nothing in it is `auto` any more.

    Attributes:
        sequence: tokens of the row.
        rank: of the updates.
        targets: the linear layers that learn.
        dora: whether they have magnitudes.
        precision: of matrix products: bf16, fp16 or fp32.
        attention: flash, kernel or blocks, as `models.trinity.attention` has them.
        offload: whether what layers keep waits in the host's memory.
        keep: whether they keep more than their inputs.
        tile: rows of the feed-forward part at a time; None for all.
        loss_rows: tokens whose logits are made at a time.
        tower: where the vision tower stays: card or host.
        vision: whether it learns.
        optimizer: adamw_8bit or adamw.
    """

    sequence: int
    rank: int
    targets: tuple[str, ...]
    dora: bool
    precision: str
    attention: str
    offload: bool = False
    keep: bool = True
    tile: int | None = None
    loss_rows: int = 512
    tower: str = "card"
    vision: bool = False
    optimizer: str = "adamw_8bit"


def kept_sizes(model: Model, setting: Setting) -> tuple[int, ...]:
    """Bytes of what a layer keeps besides its input: attention's output and sums, o's output, down's."""
    if not setting.keep:
        return ()
    t, b = setting.sequence, BYTES[setting.precision]
    narrow = t * model.width * b
    return t * model.heads * model.size * b, t * model.heads * WIDE, narrow, narrow


def sent(model: Model, setting: Setting) -> int:
    """Bytes that a layer takes in the host's memory, each tensor in whole lines of 256 (`store.Far`)."""
    sizes = (setting.sequence * model.width * 2, setting.sequence * WIDE, *kept_sizes(model, setting))
    return sum(-(-size // 256) * 256 for size in sizes)


@dataclass(slots=True)
class Part:
    """A part of a step.

    Attributes:
        model: what learns.
        setting: how.
        meter: what counts; its moments are `forward`, `loss` and `backward`.
    """

    model: Model
    setting: Setting
    meter: Meter = field(default_factory=Meter)

    @property
    def bytes(self) -> int:
        """Of a number in matrix products."""
        return BYTES[self.setting.precision]

    @property
    def tokens(self) -> int:
        """Of the row."""
        return self.setting.sequence
