"""What a run does that is out of memory: one rung down, from the last checkpoint that can be taken over.

loss, checkpoints, tiles    nothing is lost
sequence                    longer examples are cut or left out from there on; each other one still comes once an epoch
rank                        what the smaller rank cannot hold of each update; the optimizer's moments
DoRA off, fewer targets     all steps: another model learns
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import BackendError
from .rehearsal.setting import Setting
from .rungs import ladder


class NoRungError(BackendError):
    """The memory does not suffice, and there is nothing left to do without."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step down that a run took.

    Attributes:
        name: what it does.
        costless: whether the model learns the same.
        setting: that it led to.
        step: how many optimizer steps were done when the memory did not suffice; None in the probe.
        why: what the device said.
    """

    name: str
    costless: bool
    setting: Setting
    step: int | None
    why: str

    def json(self) -> dict[str, Any]:
        """For the run's record."""
        return asdict(self)


def down(setting: Setting, step: int | None, why: str) -> Rung:
    """The next step down.

    Raises:
        NoRungError: there is none.
    """
    for name, costless, change in ladder(setting):
        return Rung(name, costless, replace(setting, **change), step, why)
    smallest = f"{setting.sequence:,} tokens, rank {setting.rank}, {' and '.join(setting.targets)} alone"
    raise NoRungError(f"out of memory, and nothing is left to do without ({smallest}): {why}", "a larger card")


def starts_over(before: Setting, now: Setting) -> bool:
    """Whether what was learned in one setting is nothing in the other."""
    return (before.dora, before.targets, before.vision) != (now.dora, now.targets, now.vision)


def setting_from(said: dict[str, Any]) -> Setting:
    """A setting from its JSON."""
    return Setting(**{**said, "targets": tuple(said["targets"])})
