"""Runs under a cap: in one process of its own, first each setting of the ladder with all of the card, to know what it
takes; then from the top with less than that and more than the next takes; then with less from some step on.

What became of each run lies in a file of JSON, by its name: an `Outcome`.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ghost_architect.config import TrainingConfig
from ghost_architect.training.recovery import NoRungError, down
from ghost_architect.training.rehearsal.setting import Setting
from tests.training.medium import PROFILE, REHEARSED, Card, Rehearsal, Stand
from tests.training.small import Told, record, run_of, steps

LADDER = (
    "loss over 128 rows at a time",
    "checkpoints in the host's memory, inputs only",
    "feed-forward part over 1,024 rows at a time, inputs only",
    "sequence 4096 to 2048",
    "rank 64 to 32",
    "DoRA off",
    "targets q_proj and v_proj only",
)
DORA = LADDER.index("DoRA off") + 1
"""The setting without DoRA takes a few MiB less than the one before: less than any cap can tell."""

T4 = replace(PROFILE, precision="fp16", offload=True, loss_rows=512, tower="host")
PROCESS = "the process itself"
HALF, FULL = "as on a T4, with pictures", "in float32"


@dataclass(frozen=True, slots=True)
class Squeeze:
    """Less memory from a step on.

    Attributes:
        step: behind which.
        bytes: that are left.
        ends: whether all of it is back with the next rung.
    """

    step: int
    bytes: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """A run.

    Attributes:
        name: of it.
        config: of it.
        cap: bytes that it has once its model is loaded; None for all.
        squeezes: in the order in which they come.
    """

    name: str
    config: TrainingConfig
    cap: int | None = None
    squeezes: tuple[Squeeze, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of a run.

    Attributes:
        error: why it failed, if it did.
        record: its run.json.
        steps: of which it has a line.
        begun: the steps that each attempt began behind.
        said: what a user saw.
        allocated: at the most, from the probe of the last attempt on, in bytes.
        reserved: likewise.
        loading: allocated at the most while a model was loaded and adapted.
        pinned: bytes of the host that waited for the way back, at the most.
        cap: bytes that it had.
        seconds: that it took.
    """

    error: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    allocated: int = 0
    reserved: int = 0
    loading: int = 0
    pinned: int = 0
    cap: int | None = None
    seconds: float = 0.0


def settings_of_the_ladder() -> list[Setting]:
    """The top, and what each rung makes of it."""
    found = [PROFILE]
    while True:
        try:
            found.append(down(found[-1], None, "").setting)
        except NoRungError:
            return found


def alone(stand: Stand) -> Iterator[Trial]:
    """Each setting with all of the card; and two more."""
    for n, setting in enumerate(settings_of_the_ladder()):
        yield Trial(f"alone {n}", stand.forced(f"alone-{n}", setting))
    seen = {"data": (str(stand.long), str(stand.screens)), "accumulation": 2}
    yield Trial(HALF, stand.forced("half", T4, **seen))
    yield Trial(FULL, stand.forced("full", replace(PROFILE, precision="fp32", sequence=2048, loss_rows=512)))


def between(most: list[int], upper: int, lower: int) -> int:
    """A cap under which the one setting cannot be, and the other has all the room there is."""
    return most[upper] - (most[upper] - most[lower]) // 8


def probed(stand: Stand, most: list[int]) -> Iterator[Trial]:
    """From the top, with room for what each rung leads to."""
    top = settings_of_the_ladder()[0]
    for n in range(1, len(LADDER) + 1):
        if n != DORA:
            yield Trial(f"probe {n}", stand.forced(f"probe-{n}", top), between(most, n - 1, n))


def later(stand: Stand, most: list[int]) -> Iterator[Trial]:
    """With all of the card at first, and less behind a step: a rung that loses nothing, one that loses a share, and
    two that lose all."""
    made = settings_of_the_ladder()
    more = {"steps": 4, "checkpoint_every": 1}
    yield Trial("later offload", stand.forced("later-1", made[1], **more), squeezes=(Squeeze(2, between(most, 1, 2)),))
    yield Trial("later rank", stand.forced("later-2", made[4], **more), squeezes=(Squeeze(2, between(most, 4, 5)),))
    tight = Squeeze(2, 9 * most[DORA + 1] // 10, ends=True)
    both = tight, Squeeze(1, between(most, DORA, DORA + 1))
    yield Trial("later DoRA", stand.forced("later-3", made[5], **more), squeezes=both)


class Capped:
    """The trainer with a part of the card's memory: while a model is loaded and quantised it has all of it, since
    that takes more than a card needs that gets a model in NF4.

    Args:
        memory: of the card.
    """

    def __init__(self, memory: Card) -> None:
        from ghost_architect import train
        from ghost_architect.models.trinity import store

        self.memory = memory
        self.outcome = Outcome()
        self._left: int | None = None
        self._ends = False
        road: Any = train
        self._set_up, self._changed, self._slab = road.set_up, road.changed, store._Slab.__init__
        road.set_up, road.changed = self.set_up, self.changed
        store._Slab.__init__ = self.slab(store._Slab.__init__)  # type: ignore[method-assign]

    def leave(self, left: int | None, ends: bool = False) -> None:
        """Leave it so many bytes, until the next rung where that ends it."""
        self._left, self._ends = left, ends
        self.memory.hold(left)

    def set_up(self, folder: Any, config: Any, setting: Setting, ranks: Any) -> Any:
        """As in `training.bench`."""
        self.memory.hold(None)
        self.memory.forget()
        made = self._set_up(folder, config, setting, ranks)
        self.outcome.loading = max(self.outcome.loading, self.memory.most()[0])
        self._ready(setting)
        return made

    def changed(self, bench: Any, config: Any, setting: Setting) -> bool:
        """As in `training.bench`."""
        taken = bool(self._changed(bench, config, setting))
        if taken:
            self._ready(setting)
        return taken

    def slab(self, real: Callable[..., None]) -> Callable[..., None]:
        """Pinned memory that is counted."""

        def made(slab: Any, layers: int, size: int) -> None:
            self.outcome.pinned = max(self.outcome.pinned, layers * size)
            real(slab, layers, size)

        return made

    def _ready(self, setting: Setting) -> None:
        self.memory.forget()
        self.memory.learns(setting)
        self.leave(None if self._ends else self._left)


class Squeezing(Told):
    """Sees how a run goes, and leaves it less where it is told to."""

    def __init__(self, capped: Capped, squeezes: tuple[Squeeze, ...]) -> None:
        super().__init__()
        self._capped, self._coming = capped, list(squeezes)

    def step(self, measured: Any) -> None:
        if self._coming and measured.step == self._coming[0].step:
            squeeze = self._coming.pop(0)
            self._capped.leave(squeeze.bytes, squeeze.ends)


def tried(capped: Capped, trial: Trial) -> Outcome:
    """What becomes of a run."""
    from ghost_architect.train import train

    found = capped.outcome = Outcome(cap=trial.cap)
    watch = Squeezing(capped, trial.squeezes)
    begun = time.monotonic()
    capped.leave(trial.cap)
    try:
        train(trial.config, watch=watch)
    except Exception:  # said where it is asked for; the other runs go on
        found.error = traceback.format_exc()
    found.allocated, found.reserved = capped.memory.most()
    found.begun, found.said, found.seconds = watch.begun, watch.said, time.monotonic() - begun
    capped.leave(None)
    home = Path(trial.config.output).parent
    if (home / "output" / "checkpoints").is_dir():
        found.record, found.steps = record(run_of(home)), steps(run_of(home))
    return found


def work(stand: Stand, out: Path) -> None:
    """What the process does."""
    os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"  # read when CUDA is first used
    if REHEARSED:
        import torch

        torch.set_num_threads(1)
    found: dict[str, Any] = {}

    def keep(name: str, outcome: Outcome) -> None:
        found[name] = asdict(outcome)
        out.write_text(json.dumps(found), encoding="utf-8")

    try:
        for name, outcome in outcomes(stand):
            keep(name, outcome)
    except Exception:  # nothing of a run, but of what is around it
        keep(PROCESS, Outcome(error=traceback.format_exc()))


def outcomes(stand: Stand) -> Iterator[tuple[str, Outcome]]:
    """What becomes of each run."""
    capped = Capped(Rehearsal(stand.model) if REHEARSED else Card())
    most = []
    for trial in alone(stand):
        outcome = tried(capped, trial)
        most.append(outcome.allocated)
        yield trial.name, outcome
    for trial in (*probed(stand, most), *later(stand, most)):
        yield trial.name, tried(capped, trial)
