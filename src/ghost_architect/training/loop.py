"""The steps of a run, from where it is to its end, or until something stops it.

portion -> learn each row | share | update, metrics | evaluation | share | checkpoint

At each bar all processes learn of what failed in one of them, and of who asked to stop. Between two bars a process
waits for no other, or all do the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto

import torch

from ..config import TrainingConfig
from ..data_processing import Row, with_pixels
from ..multimodal_model.machine import is_out_of_memory
from .ahead import Ahead
from .bench import Bench
from .data import Data, Portion, predicted
from .metrics import Measured, Metrics, memory_gib
from .optimizer import rate_at
from .ranks import Ranks
from .runs import Run
from .state import Reached, keep
from .stopping import Stop
from .watch import Watch


class End(Enum):
    """Why the steps ended."""

    DONE = auto()
    STOPPED = auto()
    FULL = auto()


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
        self._reached = Reached()
        self._saved = 0

    def go(self, reached: Reached) -> Ended:
        """Do the steps that are left.

        Raises:
            CheckpointError: something cannot be written.
            NotFiniteError: a gradient is not finite.
            InputError: a row of the data is damaged.
        """
        self._reached, self._saved = reached, reached.step
        first, folder = self._ranks.first, self._run.folder
        self._metrics = self._ranks.together(lambda: Metrics(folder, reached.step) if first else None)
        self._watch.begin(reached.step, self._config.steps)
        portions = self._data.portions(reached.position, self._ranks.own, self._ranks.world)
        try:
            with Ahead(portions) as coming, self._stop.waiting():
                end = self._steps(coming)
            return Ended(end, self._reached)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return Ended(End.FULL, self._reached, brief(error))
        finally:
            if self._metrics:
                self._metrics.close()

    def _steps(self, coming: Iterator[Portion]) -> End:
        stopped = self._is_owed() and self._evaluate()
        while not stopped and self._reached.step < self._config.steps:
            stopped = self._step(coming) or (self._is_due(self._config.evaluate_every) and self._evaluate())
            if stopped or self._is_due(self._config.checkpoint_every):
                self._ranks.together(self._save)
        return End.STOPPED if stopped else End.DONE

    def _agreed(self, work: Callable[[], None]) -> bool:
        """Do what waits for no other process; whether somebody asked one of them to stop."""
        self._ranks.together(work)
        return bool(self._ranks.most(int(self._stop.asked)))

    def _is_due(self, every: int) -> bool:
        step = self._reached.step
        return step == self._config.steps or bool(every and step % every == 0)

    # --- a step ---

    def _step(self, coming: Iterator[Portion]) -> bool:
        """Do a step, or, where somebody asked to stop meanwhile, none; whether they did."""
        begun = time.perf_counter()
        found: list[Portion] = []
        if self._agreed(lambda: found.append(self._learned(coming))):
            self._bench.learner.forget()
            return True
        self._bench.learner.share()
        (portion,) = found
        self._ranks.together(lambda: self._update(portion, begun))
        reached = self._reached
        self._reached = Reached(
            reached.step + 1, portion.position, reached.tokens + portion.tokens, reached.examples + portion.examples
        )
        return False

    def _learned(self, coming: Iterator[Portion]) -> Portion:
        """The next portion, learned from as far as nobody asked to stop."""
        portion = next(coming)
        weight = 1 / max(portion.learned, 1)
        if self._config.dropout:  # drawn anew in each step, so that a run that goes on draws the same
            torch.manual_seed((self._config.seed * 1_000_003 + self._reached.step) * 1024 + self._ranks.own)
        for row, pixels in portion.rows:
            if self._stop.asked:
                break
            self._bench.learner.learn(row, pixels, weight)
        return portion

    def _update(self, portion: Portion, begun: float) -> None:
        rate = rate_at(self._reached.step, self._config)
        done = self._bench.learner.update(rate, portion.learned)
        seconds, memory = time.perf_counter() - begun, memory_gib(self._ranks.device)
        measured = Measured(
            step=self._reached.step + 1,
            loss=done.loss,
            norm=done.norm,
            rate=rate,
            tokens=portion.tokens,
            learned=portion.learned,
            seconds=seconds,
            tokens_per_second=portion.tokens / seconds,
            memory_gib=memory,
        )
        if self._metrics:
            self._metrics.step(measured)
        self._watch.step(measured)

    # --- behind it ---

    def _is_owed(self) -> bool:
        """Whether the step that the run goes on behind was to be evaluated, and was not: it was stopped there."""
        due = self._reached.step > 0 and self._is_due(self._config.evaluate_every)
        return bool(self._ranks.same(due and self._metrics is not None and not self._metrics.is_evaluated))

    def _evaluate(self) -> bool:
        """Evaluate, or, where somebody asked to stop meanwhile, not; whether they did."""
        if not self._held:
            return False
        sums: list[torch.Tensor] = []
        if self._agreed(lambda: sums.extend(map(self._loss, self._held.values()))):
            return True
        for one in sums:
            self._ranks.sum(one)
        counts = (sum(map(predicted, rows)) for rows in self._held.values())
        losses = {n: float(one) / max(1, count) for n, one, count in zip(self._held, sums, counts, strict=True)}
        self._ranks.together(lambda: self._tell(losses))
        return False

    def _loss(self, rows: tuple[Row, ...]) -> torch.Tensor:
        """The summed loss of this process's share of these rows, as far as nobody asked to stop."""
        ranks, learner = self._ranks, self._bench.learner
        own = ((row, None) for row in rows[ranks.own :: ranks.world])
        total = torch.zeros((), device=ranks.device, dtype=torch.float64)
        with closing(with_pixels(own, self._data.eye)) as coming:
            for row, _, pixels in coming:
                if self._stop.asked:
                    break
                total += learner.loss(row, pixels)
        return total

    def _tell(self, losses: Mapping[str, float]) -> None:
        if self._metrics:
            self._metrics.evaluated(self._reached.step, losses)
        self._watch.evaluated(self._reached.step, losses)

    def _save(self) -> None:
        """Save what was learned, where that is not done."""
        reached = self._reached
        if self._ranks.first and reached.step != self._saved:
            keep(self._run.folder, self._bench, reached, self._base, self._config)
        self._saved = reached.step


def brief(error: Exception) -> str:
    """What a device says when its memory does not suffice: the first sentence of it."""
    return str(error).strip().split("\n")[0].split(". ")[0][:200] or type(error).__name__
