"""Does a recipe learn better than plain LoRA? Runs that differ in the recipe alone, at the rate that suits each.

    rows -> train | validation | test, once for all
    sweep    recipe x rate x seeds of its own  -> of each recipe, the rate with the least loss on `validation`
    report   recipe at its rate x seeds        -> loss on `test`, paired with LoRA's under the same seed

A rate that suits one recipe does not suit another (rsLoRA scales its update sqrt(rank) times as much); with a rate
of its own each, variants of LoRA end close together (arXiv 2602.04998). No run that chose a rate is reported, and
no row that a rate was chosen by.

Each run is one of the trainer's own. One that is done is found by its settings, data and versions, and not run
again; one that was interrupted goes on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from ..config import TrainingConfig
from ..data_processing import with_pixels
from ..errors import GhostError, UsageError
from ..models.trinity.adapters import read_adapter
from .bench import set_up, setting_of
from .data import Data, Sources, predicted
from .finite import NotFiniteError
from .hardware import here
from .metrics import FILE
from .models import base_of
from .ranks import ranks
from .runs import Run, finished, versions
from .shapes import model_of

PLAIN = "LoRA"
RECIPES: Mapping[str, tuple[bool, bool]] = {
    PLAIN: (False, False),
    "rsLoRA": (True, False),
    "DoRA": (False, True),
    "Trinity": (True, True),
}
"""What is compared: whether it scales by the rank's root, and whether it learns magnitudes."""

SWEEP_SEED = 1000
"""The first seed of the sweep; those that are reported begin with the configuration's."""

ALIKE = 1e-3
"""How far the losses of a seed's first step may be apart, as a share: adapters change nothing before it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run of an ablation."""

    recipe: str
    rate: float
    seed: int

    def settings(self, base: TrainingConfig) -> TrainingConfig:
        """The run's settings: only recipe, rate and seed are its own.

        Memory that does not suffice ends it, since a step down is another recipe; it is evaluated at its end only.
        """
        rslora, dora = RECIPES[self.recipe]
        return replace(
            base,
            rslora=rslora,
            dora=dora,
            learning_rate=self.rate,
            seed=self.seed,
            recover=False,
            evaluate_every=0,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        trial: what it was.
        name: of its folder.
        validation: mean loss over the answers' tokens that a rate is chosen by.
        test: the same of the rows that are reported.
        first: training loss of the first step, which no update was made before.
        tokens: of each step.
        learned: of these, the ones that a loss was taken from, of each step.
        seconds: of each step.
        memory_gib: the most that was taken: of the card, or of the process where there is none.
        trained: numbers in its adapter.
        data: what the trainer said of the rows that it learns from.
        setting: what `auto` settings became.
        device: that it ran on.
        versions: that it ran with.
    """

    trial: Trial
    name: str
    validation: float
    test: float
    first: float
    tokens: tuple[int, ...]
    learned: tuple[int, ...]
    seconds: tuple[float, ...]
    memory_gib: float
    trained: int
    data: tuple[str, ...]
    setting: Mapping[str, Any]
    device: str
    versions: Mapping[str, str]

    @property
    def speed(self) -> float:
        """Tokens a second behind the first step, which compiles; of a single step, in it."""
        later = slice(1 if len(self.tokens) > 1 else 0, None)
        return sum(self.tokens[later]) / sum(self.seconds[later])


Runner = Callable[[TrainingConfig], object]
"""Trains with these settings, or goes on with it; raises what `train` raises."""


class Ablation:
    """The runs of one ablation.

    Args:
        config: what all runs share, `validation` with the two sets of `parts.divided`.
        run: does one.
    """

    def __init__(self, config: TrainingConfig, run: Runner) -> None:
        self.config, self._run = config, run
        self._fingerprint = Sources.of(config).fingerprint()

    def outcome(self, trial: Trial) -> Outcome | None:
        """What a run came to, after it is run where it was not yet; None where its gradients overflowed.

        Raises:
            GhostError: it ended otherwise than done.
        """
        settings = trial.settings(self.config)
        run = finished(settings, self._fingerprint)
        if run is None or run.record["versions"] != versions():
            try:
                self._run(settings)
            except NotFiniteError:
                return None
            run = finished(settings, self._fingerprint)
        if run is None:
            raise GhostError("a run ended, and its folder does not say that it is done", settings.output)
        return _read(run, trial, self.config.validation)


def _read(run: Run, trial: Trial, sets: Sequence[str]) -> Outcome:
    lines = [json.loads(line) for line in (run.folder / FILE).read_text(encoding="utf-8").splitlines()]
    steps: list[dict[str, Any]] = [line for line in lines if "loss" in line]
    losses = [line["validation"] for line in lines if "validation" in line][-1]
    _, tensors = read_adapter(run.adapter)
    return Outcome(
        trial=trial,
        name=run.name,
        validation=losses[sets[0]],
        test=losses[sets[1]],
        first=steps[0]["loss"],
        tokens=tuple(line["tokens"] for line in steps),
        learned=tuple(line["learned"] for line in steps),
        seconds=tuple(line["seconds"] for line in steps),
        memory_gib=max(line["memory_gib"] for line in steps),
        trained=sum(t.numel() for t in tensors.values()),
        data=tuple(run.record["data"]["summary"]),
        setting=run.record["setting"],
        device=run.record["device"],
        versions=run.record["versions"],
    )


# --- before anything is trained ---


@dataclass(frozen=True, slots=True)
class Held:
    """A set that is not learned from.

    Attributes:
        rows: that are evaluated.
        tokens: of their answers.
        loss: mean over these, before anything is trained.
    """

    rows: int
    tokens: int
    loss: float


def untrained(config: TrainingConfig) -> dict[str, Held]:
    """The sets that are evaluated, by name, and how well the model does before it is trained.

    Raises:
        UsageError: no row of a set is short enough.
        InputError, BackendError: as `train` says.
    """
    sources = Sources.of(config)
    folder, _ = base_of(config, sources.learned)
    with ranks() as own:
        card = here() if own.device.type == "cuda" else None
        setting = setting_of(config, model_of(str(folder.base)), card)
        bench = set_up(folder, config, setting, own)
        data = Data(sources, bench.chat, bench.eye, config, setting.sequence)
        found = {}
        for name, rows in data.held().items():
            with closing(with_pixels(((row, None) for row in rows), data.eye)) as coming:
                total = math.fsum(float(bench.learner.loss(row, pixels)) for row, _, pixels in coming)
            tokens = sum(map(predicted, rows))
            found[name] = Held(len(rows), tokens, total / max(1, tokens))
    for name in set(sources.held) - set(found):
        raise UsageError(f"{name}: none of its rows has at most {config.sequence:,} tokens", "a longer sequence")
    return found


# --- the rate of each recipe ---


@dataclass(frozen=True, slots=True)
class Sweep:
    """Learning rates that were tried.

    Attributes:
        tried: mean loss on `validation` over the sweep's seeds, by recipe and rate; infinite where a run overflowed.
        widened: how many rates were added to those that were asked for.
    """

    tried: Mapping[str, Mapping[float, float]]
    widened: int = 0

    def chosen(self, recipe: str) -> float:
        """The rate with the least loss.

        Raises:
            GhostError: every run of the recipe overflowed.
        """
        losses = self.tried[recipe]
        rate = min(losses, key=lambda r: (losses[r], r))
        if math.isinf(losses[rate]):
            raise GhostError(f"{recipe} overflowed at every learning rate", "lower --learning-rates")
        return rate

    def edges(self) -> dict[str, float]:
        """The recipes that did best at an outermost rate, so that their best may lie beyond, and that rate."""
        chosen = {recipe: self.chosen(recipe) for recipe, losses in self.tried.items() if len(losses) > 1}
        return {
            recipe: rate
            for recipe, rate in chosen.items()
            if rate in (min(self.tried[recipe]), max(self.tried[recipe]))
        }


def sweep(rates: Sequence[float], seeds: int, widen: int, loss: Callable[[Trial], float]) -> Sweep:
    """Try every recipe at the same rates; add one beyond an end, for all of them, while one does best there.

    Args:
        rates: to begin with. Of a single one nothing is run: there is no choice.
        seeds: runs of each recipe at each rate.
        widen: how many rates may be added.
        loss: of a run on `validation`; infinite where it overflowed.

    Raises:
        GhostError: a recipe overflowed at every rate.
    """
    ordered = sorted(set(rates))
    if len(ordered) == 1:
        return Sweep({recipe: {ordered[0]: math.nan} for recipe in RECIPES})
    tried: dict[str, dict[float, float]] = {recipe: {} for recipe in RECIPES}
    found, wanted = Sweep(tried), ordered
    while wanted:
        for rate in wanted:
            # in turn, so that what a machine does meanwhile meets all of them
            runs = [(recipe, loss(Trial(recipe, rate, SWEEP_SEED + n))) for n in range(seeds) for recipe in RECIPES]
            for recipe in RECIPES:
                tried[recipe][rate] = fmean(value for own, value in runs if own == recipe)
        edges = found.edges().values()
        if not edges or found.widened == widen:
            break
        known = sorted(tried[PLAIN])
        step = known[1] / known[0]
        beyond = known[0] / step if known[0] in edges else known[-1] * step
        found, wanted = replace(found, widened=found.widened + 1), [float(f"{beyond:.6g}")]
    return found


# --- whether runs can be compared ---


def unequal(outcomes: Sequence[Outcome]) -> list[str]:
    """What of that which all recipes have to share they do not, in words; empty where they can be compared."""
    wrong = []
    for seed in sorted({o.trial.seed for o in outcomes}):
        own = [o for o in outcomes if o.trial.seed == seed]
        if len({(o.tokens, o.learned) for o in own}) > 1:
            wrong.append(f"seed {seed}: steps with other numbers of tokens, so other rows or another order")
        firsts = [o.first for o in own]
        if max(firsts) - min(firsts) > ALIKE * min(firsts):
            wrong.append(f"seed {seed}: losses of the first step from {min(firsts):.5f} to {max(firsts):.5f}")
    wrong += ["more than one device"] * (len({o.device for o in outcomes}) > 1)
    wrong += ["more than one set of versions"] * (len({tuple(sorted(o.versions.items())) for o in outcomes}) > 1)
    return wrong
