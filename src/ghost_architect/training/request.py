"""What a run shall be of, by which the one is found that goes on."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Request:
    """What a run shall be of.

    Attributes:
        config: its settings.
        data: fingerprint of what it learns from.
        base: fingerprint of the model's files; empty where it is not looked at.
        processes: that learn together.
    """

    config: TrainingConfig
    data: str
    base: str = ""
    processes: int = 1

    @property
    def rows(self) -> int:
        """Of a step, of all processes together."""
        return self.config.batch * self.config.accumulation * self.processes

    def warning(self, rows: int) -> str:
        """What is to be said where the run was begun with so many rows a step; empty where it still has them.

        Args:
            rows: as its record has it.
        """
        if rows == self.rows:
            return ""
        each = self.config.batch * self.processes
        how = f"accumulation: {rows // each}" if rows % each == 0 else f"no accumulation on {_counted(self.processes)}"
        return (
            f"warning: a step has {self.rows} rows on {_counted(self.processes)}, and had {rows} when the run was "
            f"begun, at the same learning rate; {how} keeps it"
        )


def _counted(processes: int) -> str:
    return f"{processes} process{'es' * (processes != 1)}"
