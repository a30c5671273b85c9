"""What would help where a run does not fit: the steps down, in the order in which a run takes them.

The first three cost nothing that the model could learn; the others are the ones that the seed names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .plan import Plan, plan
from .rehearsal.setting import Setting


@dataclass(frozen=True, slots=True)
class Rung:
    """One step down: less memory.

    Attributes:
        name: what it does.
        costless: whether the model learns the same.
        setting: with it, and with all above it.
        saves: bytes of tensors on the card that it saves by itself.
        total: bytes of tensors on the card with it and all above it.
        left: bytes of the card and of the host that are left over then.
        fits: whether the run fits then.
    """

    name: str
    costless: bool
    setting: Setting
    saves: int
    total: int
    left: Mapping[str, int]
    fits: bool

    def json(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return asdict(self)


def ladder(setting: Setting) -> Iterator[tuple[str, bool, Mapping[str, Any]]]:
    """The steps down that are left below a setting, in the order in which a run takes them.

    Each is a name, whether the model learns the same, and what changes in the setting.
    """
    if setting.loss_rows > 128:
        yield "loss over 128 rows at a time", True, {"loss_rows": 128}
    if not setting.offload:
        yield "checkpoints in the host's memory, inputs only", True, {"offload": True, "keep": False}
    tile = min(setting.tile or setting.sequence, 1024)
    if setting.sequence > 2048 and (setting.keep or tile != setting.tile):  # below, nothing is won
        name = f"feed-forward part over {tile:,} rows at a time, inputs only"
        yield name, True, {"tile": tile, "keep": False}
    if setting.sequence > 2048:
        yield f"sequence {setting.sequence} to {setting.sequence // 2}", False, {"sequence": setting.sequence // 2}
    if setting.rank > 32:
        yield f"rank {setting.rank} to {setting.rank // 2}", False, {"rank": setting.rank // 2}
    if setting.dora:
        yield "DoRA off", False, {"dora": False}
    if len(setting.targets) > 2:
        yield "targets q_proj and v_proj only", False, {"targets": ("q_proj", "v_proj")}


def rungs(made: Plan) -> Sequence[Rung]:
    """What would help: each step down by itself, and on top of those above it, to the last one."""
    found: list[Rung] = []
    below = made.setting
    # As a run does: what is next is asked of where it is, since a long sequence is halved more than once.
    while step := next(ladder(below), None):
        name, costless, change = step
        alone = plan(made.model, replace(made.setting, **change), made.card).total
        below = replace(below, **change)
        all_ = plan(made.model, below, made.card)
        found.append(Rung(name, costless, below, made.total - alone, all_.total, all_.left, all_.fits))
    return found
