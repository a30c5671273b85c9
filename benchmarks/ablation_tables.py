"""What `ablation.py` found, as the tables of its record."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev

import record

from ghost_architect.config import TrainingConfig
from ghost_architect.multimodal_model import miniature
from ghost_architect.training.ablation import PLAIN, RECIPES, SWEEP_SEED, Held, Outcome, Sweep, Trial, unequal
from ghost_architect.training.differences import Difference

SCOPE = (
    "The loss says how well answers are predicted that somebody else wrote; whether what the model itself writes is a "
    "better schema is GhostScore's to say. Rows of one kind or domain can stand on both sides of the division: none is "
    "twice in the data, but they are drawn from the same templates."
)
TOY = (
    "The model is a miniature of 0.4 million weights with a vocabulary of 2,048, drawn at random and, where the header "
    "says so, taught for some minutes. It shows that the four recipes run through the code that trains Gemma 3 12B, on "
    "the same rows in the same order, and which differences the procedure can tell from luck. It cannot show which "
    "recipe is better on Gemma 3 12B: here rank 8 is an eighth of the width, where rank 64 is a sixtieth there; the "
    "frozen weights know little that an update could build on; and a run sees some dozens of rows. Which rate is best, "
    "how far recipes lie apart and in which order are facts of this miniature. Seconds and memory are a CPU's, where "
    "most of the memory is the program; those of a card are in the records of `trinity.py`. "
) + SCOPE

Outcomes = Mapping[Trial, Outcome | None]


def fill(
    made: record.Record,
    config: TrainingConfig,
    options: argparse.Namespace,
    held: Mapping[str, Held],
    swept: Sweep,
    outcomes: Outcomes,
) -> list[str]:
    """Write facts and tables into a record; what of the runs cannot be compared."""
    whole = [outcome for outcome in outcomes.values() if outcome]
    wrong = unequal(whole)
    choosing, test = (held[name] for name in config.validation)
    made.facts |= {
        "Device": ", ".join(sorted({o.device for o in whole}))
        + (f", {options.threads} threads" * bool(options.threads)),
        "Model": _model(config, options.warm),
        "Adapters": f"rank {config.rank}, alpha {config.alpha:g} on {', '.join(config.targets)}; base in NF4",
        "Steps": f"{config.steps} of {config.batch * config.accumulation} rows of at most {config.sequence:,} tokens, "
        f"{config.optimizer}, {config.schedule} with a warm-up of {config.warmup:g}, dropout {config.dropout:g}",
        "Learned from": " ".join(Path(name).name for name in options.data or config.data)
        + "".join(f"; {_names_alone(line)}" for line in (whole[0].data if whole else ())),
        "Held out": f"{choosing.rows} rows ({choosing.tokens:,} tokens of answers) choose the rate; {test.rows} others "
        f"({test.tokens:,}) are reported",
        "Before training": f"loss {test.loss:.4f} on the rows that are reported",
        "Held alike": "; ".join(wrong)
        if wrong
        else "per seed: tokens of every step, loss of the first step; over all runs: device, versions",
    }
    _losses(made, swept, outcomes, test)
    _budget(made, outcomes)
    _rates(made, options, swept)
    _runs(made, outcomes)
    made.add("What this can show, and what not", (), (), TOY if _is_toy(config) else SCOPE)
    return wrong


def _names_alone(line: str) -> str:
    """Without the folders of this machine that files lie in."""
    return re.sub(r"\S*/(?=[^\s/])", "", line)


def _is_toy(config: TrainingConfig) -> bool:
    return Path(config.model).name.startswith(miniature.NAME)


def _model(config: TrainingConfig, warm: int) -> str:
    name = Path(config.model).name
    if not _is_toy(config):
        return config.model
    if not warm:
        return f"{name}: random weights, never trained"
    return f"{name}: random weights, then {warm} steps on questions of the training rows, all weights, no answers"


def _losses(made: record.Record, swept: Sweep, outcomes: Outcomes, test: Held) -> None:
    plain = _by_seed(outcomes, PLAIN)
    rows = []
    for recipe in RECIPES:
        own = _by_seed(outcomes, recipe)
        losses = [o.test for o in own.values() if o]
        failed = len(own) - len(losses)
        cells = [recipe, f"{swept.chosen(recipe):g}", f"{fmean(losses):.4f}" if losses else "-", _spread(losses)]
        if recipe == PLAIN:
            rows.append((*cells, "-", "-", _learned(losses, test) if losses else ""))
        elif failed or not all(plain.values()):
            rows.append((*cells, "-", "-", f"nothing: {failed or 'some of LoRA'}'s runs overflowed"))
        else:
            found = difference(own, plain)
            interval = "-" if math.isinf(found.half) else f"{found.low:+.4f} to {found.high:+.4f}"
            rows.append((*cells, f"{found.mean:+.4f}", interval, found.sentence(PLAIN)))
    note = (
        "Mean loss over tokens of answers that no run learned from, in nats; lower is better. A difference is taken "
        f"seed by seed; the intervals are Student's t over seeds, wide enough that all {len(RECIPES) - 1} hold "
        "together in 95% of tables. They allow for the luck of a seed (order of rows, first values), and not for "
        "other rows, models or lengths of training."
    )
    columns = ("Recipe", "Rate", "Loss", "s.d.", f"Against {PLAIN}", "Interval", "What the figures allow to say")
    made.add("Loss on rows that are held out", columns, rows, note)


def _learned(losses: Sequence[float], test: Held) -> str:
    gained = test.loss - fmean(losses)
    return f"{abs(gained):.4f} {'below' if gained > 0 else 'ABOVE'} the untrained model's {test.loss:.4f}"


def difference(ours: Mapping[int, Outcome | None], plain: Mapping[int, Outcome | None]) -> Difference:
    """Of two recipes whose runs are all done, seed by seed."""
    pairs = [(own.test, plain[seed]) for seed, own in ours.items() if own]
    return Difference.of([a for a, _ in pairs], [b.test for _, b in pairs if b], len(RECIPES) - 1)


def _budget(made: record.Record, outcomes: Outcomes) -> None:
    rows = []
    for recipe in RECIPES:
        own = [o for o in _by_seed(outcomes, recipe).values() if o]
        if not own:
            rows.append((recipe, *("-" * 7)))
            continue
        rows.append((
            recipe,
            f"{len(own[0].tokens)}",
            f"{fmean(sum(o.tokens) for o in own):,.0f}",
            f"{fmean(sum(o.learned) for o in own):,.0f}",
            f"{fmean(sum(o.seconds) for o in own):,.1f}",
            f"{fmean(o.speed for o in own):,.0f}",
            f"{max(o.memory_gib for o in own):.2f}",
            f"{own[0].trained:,}",
        ))  # fmt: skip
    columns = ("Recipe", "Steps", "Tokens", "Of answers", "Seconds", "Tokens/s", "Peak GiB", "Trained numbers")
    note = (
        "Means over seeds; of memory the most, of the card or, on the CPU, of the whole process. Seconds are those of "
        "steps, loading and evaluation left out; tokens/s leave out the first step, which compiles. Recipes took "
        "turns."
    )
    made.add("What it cost", columns, rows, note + _settings(outcomes))


def _settings(outcomes: Outcomes) -> str:
    """What `auto` settings became, where not the same for all: a faster recipe may be one that was given more."""
    became = {o.trial.recipe: dict(o.setting) | {"dora": None} for o in outcomes.values() if o}
    other = [name for name in next(iter(became.values()), {}) if len({str(own[name]) for own in became.values()}) > 1]
    if not other:
        return ""
    each = (f"{recipe} " + ", ".join(f"{name} {own[name]}" for name in other) for recipe, own in became.items())
    return f" NOT the same for all, as `auto` became: {'; '.join(each)}."


def _rates(made: record.Record, options: argparse.Namespace, swept: Sweep) -> None:
    rates = sorted(swept.tried[PLAIN])
    if len(rates) == 1:
        note = (
            f"One rate, {rates[0]:g}, for all: nothing was tuned. rsLoRA scales its update by the rank's root more "
            "than LoRA does, so that a difference may be one of step size alone."
        )
        made.add("Learning rates", (), (), note)
        return
    rows = [(recipe, *(_rate(swept, recipe, rate) for rate in rates)) for recipe in RECIPES]
    edges = ", ".join(f"{recipe} at {rate:g}" for recipe, rate in swept.edges().items())
    several = "s" * (options.sweep_seeds != 1)
    note = (
        f"Loss on the rows that choose, mean over {options.sweep_seeds} run{several}, seeds from {SWEEP_SEED} on, "
        "which are not reported; * marks the rate that was chosen. Rates added since some recipe did best at an end: "
        f"{swept.widened}. "
        + (f"The best of these may lie beyond: {edges}." if edges else "No recipe does best at an end.")
    )
    made.add("Learning rates that were tried", ("Recipe", *(f"{rate:g}" for rate in rates)), rows, note)


def _rate(swept: Sweep, recipe: str, rate: float) -> str:
    loss = swept.tried[recipe][rate]
    text = "overflowed" if math.isinf(loss) else f"{loss:.4f}"
    return text + " *" * (rate == swept.chosen(recipe))


def _runs(made: record.Record, outcomes: Outcomes) -> None:
    rows = []
    for trial, o in outcomes.items():
        if o is None:
            rows.append((trial.recipe, f"{trial.seed}", f"{trial.rate:g}", "-", "-", "overflowed", "-", ""))
            continue
        plain = _by_seed(outcomes, PLAIN)[trial.seed]
        beside = f"{o.test - plain.test:+.4f}" if plain and trial.recipe != PLAIN else "-"
        losses = (f"{o.first:.4f}", f"{o.validation:.4f}", f"{o.test:.4f}", beside)
        rows.append((trial.recipe, f"{trial.seed}", f"{trial.rate:g}", *losses, o.name))
    columns = ("Recipe", "Seed", "Rate", "First step", "Choosing rows", "Reported rows", f"Against {PLAIN}", "Run")
    made.add("Each run", columns, rows, "First step: training loss before any update, the same for all of a seed.")


def _by_seed(outcomes: Outcomes, recipe: str) -> dict[int, Outcome | None]:
    return {trial.seed: outcome for trial, outcome in outcomes.items() if trial.recipe == recipe}


def _spread(losses: Sequence[float]) -> str:
    return f"{stdev(losses):.4f}" if len(losses) > 1 else "-"
