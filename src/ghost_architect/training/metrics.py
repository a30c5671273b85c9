"""What a run measures: a line of JSON a step, and the same as curves for TensorBoard."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from .checkpoints import kept
from .events import Events

FILE = "metrics.jsonl"
_LINE = 400
"""Bytes of a line, about."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An optimizer step.

    Attributes:
        step: from 1.
        loss: mean over the tokens that counted.
        norm: of the gradients, before it was clipped.
        rate: the learning rate.
        tokens: in its rows, those of all processes.
        learned: of these, the ones that a loss was taken from.
        seconds: that it took.
        tokens_per_second: in it.
        memory_gib: the most that was taken so far: of the card, or of the host where there is none.
    """

    step: int
    loss: float
    norm: float
    rate: float
    tokens: int
    learned: int
    seconds: float
    tokens_per_second: float
    memory_gib: float


class Metrics:
    """The files of a run.

    Args:
        folder: of the run.
        step: behind which it goes on; what stands there of later steps is removed.

    Attributes:
        is_evaluated: whether an evaluation of that step stands there.

    Raises:
        CheckpointError: they cannot be written.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._folder = folder
        with kept(folder, FILE, _LINE):
            last = _shorten(folder / FILE, step)
            self.is_evaluated = any("validation" in line for line in last)
            self._lines = (folder / FILE).open("a", encoding="utf-8")
            try:
                self._events = Events(folder, step)
            except BaseException:
                self._lines.close()
                raise

    def step(self, measured: Measured) -> None:
        """A step is done."""
        line = asdict(measured)
        self._write(measured.step, line, {f"train/{k}": v for k, v in line.items() if k != "step"})

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None:
        """An evaluation is done: mean losses by the name of their set."""
        self._write(step, {"step": step, "validation": dict(losses)}, {f"validation/{k}": v for k, v in losses.items()})

    def close(self) -> None:
        """Close the files."""
        for file in (self._lines, self._events):
            with contextlib.suppress(OSError):  # of a line that could not be written, and was said so
                file.close()

    def _write(self, step: int, line: Mapping[str, Any], curves: Mapping[str, float]) -> None:
        with kept(self._folder, FILE, _LINE):
            self._lines.write(json.dumps(line) + "\n")
            self._lines.flush()
            self._events.add(step, curves)


def _shorten(path: Path, step: int) -> list[dict[str, Any]]:
    """Leave out the lines of later steps, and one that was cut off; what the lines of the step itself say."""
    if not path.is_file():
        return []
    stay, last = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            said = json.loads(line)
            if said["step"] <= step:
                stay.append(line)
                last += [said] if said["step"] == step else []
        except (ValueError, LookupError, TypeError):
            continue
    fresh = path.with_name(f".{path.name}")
    fresh.write_text("".join(f"{line}\n" for line in stay), encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105  # as everywhere where a file takes another's place
    return last


def memory_gib(device: torch.device) -> float:
    """The most memory that was taken so far, in GiB."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device)) / 2**30
    try:
        import resource
    except ImportError:  # Windows does not say
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)  # bytes there, KiB elsewhere
