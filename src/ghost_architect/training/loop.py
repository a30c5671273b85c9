"""The steps of a run, from where it is to its end, or until something stops it.

portion -> learn each row -> (all processes agree) -> update -> metrics -> evaluation -> checkpoint
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum

import torch

from ..config import TrainingConfig
from ..data_processing import Row, with_pixels
from ..multimodal_model.machine import is_out_of_memory
from .ahead import Ahead
from .bench import Bench
from .data import Data, Portion, predicted
from .learner import Step
from .metrics import Measured, Metrics, memory_gib
from .optimizer import rate_at
from .ranks import Ranks
from .runs import Run
from .state import Reached, keep
from .stopping import Stop
from .watch import Watch


class End(IntEnum):
    """Why the steps ended; of several processes, the worst counts."""

    DONE = 0
    STOPPED = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Ended:
    """How the steps ended.

    Attributes:
        end: why.
        reached: where the run is.
        why: what the device said, where the memory did not suffice.
    """

    end: End
    reached: Reached
    why: str = ""


class Loop:
    """The steps.

    Args:
        run: that they belong to.
        config: of it.
        base: the name or folder of the model, for the checkpoints.
        bench: what learns.
        data: what from.
        held: rows that are evaluated, by the name of their set.
        ranks: the processes that learn together.
        stop: whether somebody wants it to stop.
        watch: is told how it goes.
    """

    def __init__(
        self,
        run: Run,
        config: TrainingConfig,
        base: str,
        bench: Bench,
        data: Data,
        held: Mapping[str, tuple[Row, ...]],
        ranks: Ranks,
        stop: Stop,
        watch: Watch,
    ) -> None:
        self._run, self._config, self._base, self._bench, self._data = run, config, base, bench, data
        self._held, self._ranks, self._stop, self._watch = held, ranks, stop, watch
        self._metrics: Metrics | None = None

    def go(self, reached: Reached) -> Ended:
        """Do the steps that are left.

        Raises:
            CheckpointError: something cannot be written.
            NotFiniteError: a gradient is not finite.
            InputError: a row of the data is damaged.
        """
        self._metrics = Metrics(self._run.folder, reached.step) if self._ranks.first else None
        self._watch.begin(reached.step, self._config.steps)
        portions = self._data.portions(reached.position, self._ranks.own, self._ranks.world)
        try:
            with Ahead(portions) as coming:
                return self._steps(reached, coming)
        finally:
            if self._metrics:
                self._metrics.close()

    def _steps(self, reached: Reached, coming: Iterator[Portion]) -> Ended:
        while reached.step < self._config.steps:
            begun = time.perf_counter()
            portion = next(coming)
            end, why = self._learned(reached.step, portion)
            end = End(self._ranks.most(end))
            if end is End.FULL:
                return Ended(end, reached, why or "another card's")
            rate = rate_at(reached.step, self._config)
            done, why = self._updated(rate, portion)
            if done is None:
                return Ended(End.FULL, reached, why)
            reached = _behind(reached, portion)
            self._tell(reached.step, done, rate, portion, time.perf_counter() - begun)
            why = self._evaluate(reached.step)
            if why:
                return Ended(End.FULL, reached, why)
            self._save(reached, end is End.STOPPED)
            if end is End.STOPPED and reached.step < self._config.steps:
                return Ended(end, reached)
        return Ended(End.DONE, reached)

    def _learned(self, step: int, portion: Portion) -> tuple[End, str]:
        """Learn the rows; what the memory says where it does not suffice."""
        learner, weight = self._bench.learner, 1 / max(portion.learned, 1)
        if self._config.dropout:  # drawn anew in each step, so that a run that goes on draws the same
            torch.manual_seed((self._config.seed * 1_000_003 + step) * 1024 + self._ranks.own)
        try:
            for row, pixels in portion.rows:
                learner.learn(row, pixels, weight)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return End.FULL, brief(error)
        return End.STOPPED if self._stop.asked else End.DONE, ""

    def _updated(self, rate: float, portion: Portion) -> tuple[Step | None, str]:
        try:
            return self._bench.learner.update(rate, portion.learned), ""
        except Exception as error:
            if not is_out_of_memory(error) or self._ranks.world > 1:
                raise  # of several processes, the others wait for this one: it ends, and all begin again
            return None, brief(error)

    def _tell(self, step: int, done: Step, rate: float, portion: Portion, seconds: float) -> None:
        memory = memory_gib(self._ranks.device)
        measured = Measured(
            step, done.loss, done.norm, rate, portion.tokens, portion.learned, seconds, portion.tokens / seconds, memory
        )
        if self._metrics:
            self._metrics.step(measured)
        self._watch.step(measured)

    def _evaluate(self, step: int) -> str:
        """Evaluate where it is time; what the memory says where it does not suffice."""
        every, last = self._config.evaluate_every, step == self._config.steps
        if not self._held or not (last or (every and step % every == 0)):
            return ""
        try:
            losses = {name: self._loss(rows) for name, rows in self._held.items()}
        except Exception as error:
            if not is_out_of_memory(error) or self._ranks.world > 1:
                raise
            return brief(error)
        if self._metrics:
            self._metrics.evaluated(step, losses)
        self._watch.evaluated(step, losses)
        return ""

    def _loss(self, rows: tuple[Row, ...]) -> float:
        """The mean loss over these rows' tokens."""
        ranks, learner = self._ranks, self._bench.learner
        own = ((row, None) for row in rows[ranks.own :: ranks.world])
        total = torch.zeros((), device=ranks.device, dtype=torch.float64)
        with closing(with_pixels(own, self._data.eye)) as coming:
            for row, _, pixels in coming:
                total += learner.loss(row, pixels)
        ranks.sum(total)
        return float(total) / max(1, sum(map(predicted, rows)))

    def _save(self, reached: Reached, stopped: bool) -> None:
        every, last = self._config.checkpoint_every, reached.step == self._config.steps
        if self._ranks.first and (stopped or last or (every and reached.step % every == 0)):
            keep(self._run.folder, self._bench, reached, self._base, self._config)


def _behind(reached: Reached, portion: Portion) -> Reached:
    return Reached(
        reached.step + 1,
        portion.position,
        reached.tokens + portion.tokens,
        reached.examples + portion.examples,
    )


def brief(error: Exception) -> str:
    """What a device says when its memory does not suffice: the first sentence of it."""
    return str(error).strip().split("\n")[0].split(". ")[0][:200] or type(error).__name__
