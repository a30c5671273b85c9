"""LoRA, rsLoRA, DoRA and Trinity on one budget: does any of them learn better than plain LoRA?

    python benchmarks/ablation.py --profile small --warm 400 -o ablation.md          a miniature on the CPU
    python benchmarks/ablation.py --config configs/training_config.yaml -o ablation.md    Gemma 3 12B on a card

All runs share the model, the rows, the steps, rank, alpha and targets; under one seed they share the order of rows
and the adapters' first values. Learning rates are tried first, all recipes at the same ones, by runs and rows that
are not reported. Each run is one of `ghost-architect train` in a process of its own. Interrupted, the same command
goes on; a run that is done is not run again (`--home` another folder, where the code has changed). Ends with 1
where runs cannot be compared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing import connection
from pathlib import Path
from typing import Any

import ablation_tables
import machine
import record
import warm

from ghost_architect.config import TrainingConfig, load_training
from ghost_architect.errors import GhostError, UsageError
from ghost_architect.training.ablation import RECIPES, Ablation, Outcome, Trial, sweep, untrained
from ghost_architect.training.data import Sources
from ghost_architect.training.metrics import Measured
from ghost_architect.training.models import base_of, check
from ghost_architect.training.parts import divided
from ghost_architect.training.profiles import profile
from ghost_architect.training.watch import Silent

INTERRUPTED = 130
PRELOADED = ("ghost_architect.train", "transformers.models.gemma3", "bitsandbytes")
"""Imported once for all runs."""
PACKAGES = ("ghost-architect", "torch", "transformers", "bitsandbytes", "peft", "triton", "numpy")


# --- a run in a process of its own, so that the most memory it took is its own ---


class Steps(Silent):
    """Says now and then where a run is, on stderr."""

    def step(self, measured: Measured) -> None:
        """See `Watch`."""
        if measured.step % 20 == 0:
            print(f"    step {measured.step}  loss {measured.loss:.4f}", file=sys.stderr, flush=True)


def apart(threads: int, work: Callable[[TrainingConfig], Any], config: TrainingConfig) -> Any:
    """What `work` gives, in another process.

    Raises:
        GhostError: what it raised, or that it died.
        KeyboardInterrupt: it was stopped; what was learned is saved.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(far, threads, work, config))
    asked: list[int] = []

    def ask(*_: Any) -> None:
        """Ctrl-C and kill reach this process alone, which hands them on."""
        asked.append(1)
        if process.pid:
            process.terminate()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        process.start()
        far.close()
        if asked:  # before there was anybody to hand it to
            process.terminate()
        try:
            found = near.recv()
        except EOFError:
            found = None
        process.join()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt
    if found is None:
        raise GhostError(f"a run died ({process.exitcode})", "the same command goes on")
    if isinstance(found, GhostError):
        raise found
    return found[0]


def _child(answer: Any, threads: int, work: Callable[[TrainingConfig], Any], config: TrainingConfig) -> None:
    """What the process does: it hears its parent alone, and stops where that is gone."""
    os.setsid()
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_outlive, args=(parent.sentinel,), daemon=True).start()
    import torch

    if threads:
        torch.set_num_threads(threads)
    try:
        answer.send((work(config),))
    except GhostError as error:
        answer.send(error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _outlive(parent: int) -> None:
    connection.wait([parent])
    os.kill(os.getpid(), signal.SIGTERM)


def trained(config: TrainingConfig) -> str:
    """Train, or go on."""
    from ghost_architect.train import train

    return str(train(config, watch=Steps()))


def prepared(steps: int, config: TrainingConfig) -> str:
    """The model that all runs begin with, which a run would otherwise make with its own seed."""
    folder, name = base_of(config, Sources.of(config).learned)
    if steps and config.model != "miniature":
        raise UsageError(f"--warm is for the miniature, and the model is {config.model}", "leave it out")
    return str(warm.warm(Path(folder.base).resolve(), config.data, steps, config.seed)) if steps else name


# --- all of them ---


def settings(options: argparse.Namespace) -> TrainingConfig:
    """What all runs share, the parts of the data drawn."""
    base = profile(options.profile) if options.profile else load_training(options.config)
    given = {"data": tuple(options.data or ()), "steps": options.steps}
    base = replace(base, output=str(options.home), **{name: value for name, value in given.items() if value})
    check(base)
    return divided(base, options.home, options.held_out)


def ablation(options: argparse.Namespace) -> int:
    """Run what is not done yet, and write the record; what the script ends with."""
    made = record.Record("Ablation", "On one budget, does rsLoRA, DoRA or both learn better than plain LoRA?")
    inside = partial(apart, options.threads)
    config = settings(options)
    config = replace(config, model=inside(partial(prepared, options.warm), config))
    held = inside(untrained, Trial(next(iter(RECIPES)), config.learning_rate, config.seed).settings(config))
    runs = Ablation(config, partial(inside, trained))

    def outcome(trial: Trial) -> Outcome | None:
        found = runs.outcome(trial)
        said = f"validation {found.validation:.4f}, test {found.test:.4f}, {found.name}" if found else "overflowed"
        print(f"{trial.recipe}, {trial.rate:g}, seed {trial.seed}: {said}", file=sys.stderr, flush=True)
        return found

    def loss(trial: Trial) -> float:
        found = outcome(trial)
        return found.validation if found else float("inf")

    rates = options.learning_rates or [config.learning_rate * share for share in (0.5, 1, 2)]
    swept = sweep(rates, options.sweep_seeds, options.widen, loss)
    seeds = range(config.seed, config.seed + options.seeds)
    trials = [Trial(recipe, swept.chosen(recipe), seed) for seed in seeds for recipe in RECIPES]
    outcomes = {trial: outcome(trial) for trial in trials}
    wrong = ablation_tables.fill(made, config, options, held, swept, outcomes)
    made.deliver(options.output)
    return int(bool(wrong))


def count(text: str) -> int:
    """A whole number of at least 1."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def rate(text: str) -> float:
    """A learning rate."""
    if not 0 < float(text) < 1:
        raise ValueError
    return float(text)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = record.parser(__doc__)
    add = made.add_argument
    which = made.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar="NAME", help="settings that come with the program: small needs no card")
    which.add_argument("--config", type=Path, metavar="FILE", help="a training_config.yaml")
    add("--data", action="append", metavar="FILE", help="rows, and not the settings' (several times)")
    add("--steps", type=count, metavar="N", help="of each run, and not the settings'")
    add("--seeds", type=count, default=3, metavar="N", help="runs of each recipe that are reported (3)")
    add("--learning-rates", type=rate, nargs="+", metavar="R", help="to try; one is not tuned (half, once, twice)")
    add("--sweep-seeds", type=count, default=1, metavar="N", help="runs of each recipe at each rate (1)")
    add("--widen", type=int, default=4, metavar="N", help="rates that may be added beyond the ends (4)")
    add("--held-out", type=float, default=0.2, metavar="SHARE", help="of the rows: half choose, half report (0.2)")
    add("--warm", type=int, default=0, metavar="STEPS", help="teach the miniature questions first (0)")
    add("--threads", type=int, default=0, metavar="N", help="of a run on the CPU (as many as torch takes)")
    add("--home", type=Path, default=Path("output/ablation"), metavar="DIR", help="of the runs (output/ablation)")
    return made


def main() -> None:
    """See the module's text."""
    options = parser().parse_args()
    machine.PACKAGES = PACKAGES
    try:
        sys.exit(ablation(options))
    except GhostError as error:
        print(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("stopped: the same command goes on", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
