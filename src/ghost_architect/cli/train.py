"""`train`: settings and data become an adapter; stdout has its folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.config import TrainingConfig, load_training
from ghost_architect.errors import GhostError, UsageError

from . import console
from .options import DebugOption, starting_with

if TYPE_CHECKING:
    from rich.progress import Progress

    from ghost_architect.training.metrics import Measured

HELP = """Train a model on instructions and pairs of screens and schema.

Prints the adapter's folder: design --backend transformers --model FOLDER reads with it. Interrupted, killed? The
same command goes on. Several cards: torchrun --nproc-per-node 2 -m ghost_architect train."""

EXAMPLES = "ghost-architect train --profile small"

LINES = 60
"""So many steps at most are said without a terminal; of more, each n-th one."""


def names() -> list[str]:
    """The profiles that `--profile` takes."""
    from ghost_architect.training.profiles import profiles

    return list(profiles())


def train(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE|DIR", help="A training_config.yaml, or a folder of settings."),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            "-p",
            metavar="NAME",
            autocompletion=starting_with(names),
            help="Settings that come with the program: small tries it without a card.",
        ),
    ] = "",
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="FILE|DIR", help="What to learn from, and not the settings' (several times)."),
    ] = None,
    resume: Annotated[
        str, typer.Option("--resume", metavar="auto|no|RUN", help="Go on with an unfinished run, or begin a new one.")
    ] = "auto",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where checkpoints and adapters go.")
    ] = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    console.show_tracebacks(debug)
    with _one_voice():
        settings = _settings(config, profile)
        if data:
            settings = replace(settings, data=tuple(data))
        if output:
            settings = replace(settings, output=str(output))

        from ghost_architect.training.models import check

        check(settings)  # before torch is imported, which takes seconds

        from ghost_architect.train import train as run

        with _shown() as watch:
            folder = run(settings, resume, watch)
        if _is_first():
            console.data(f"{folder}\n")
            console.say(f"to read with it: ghost-architect design SCREEN --backend transformers --model {folder}")


def _is_first() -> bool:
    """Whether this is the process that speaks, of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def _one_voice() -> Iterator[None]:
    """What all processes are told, or find alike, one of them says. What one alone stumbled over, it says."""
    try:
        yield
    except (GhostError, KeyboardInterrupt):
        console.mute(not _is_first())
        raise


def _settings(config: Path | None, profile: str) -> TrainingConfig:
    if config and profile:
        raise UsageError("--config and --profile name two settings", "leave one of them out")
    if not profile:
        return load_training(config)
    from ghost_architect.training.profiles import profile as named

    return named(profile)


@contextmanager
def _shown() -> Iterator[Shown]:
    """A bar on a terminal; lines elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    screen = console.stderr()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=screen, transient=True, disable=not (_is_first() and screen.is_terminal)) as bar:
        yield Shown(bar)


class Shown:
    """What a user sees of a run; see `training.watch.Watch`."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._task = bar, bar.add_task("loading", total=None)
        self._steps = self._since = 0
        self._begun = 0.0

    def say(self, text: str) -> None:
        """One line; the bar stays below it."""
        console.say(text)

    def begin(self, done: int, steps: int) -> None:
        """Steps begin."""
        self._steps, self._since, self._begun = steps, done, time.monotonic()
        self._bar.update(self._task, total=steps, completed=done, description="the first step")

    def step(self, measured: Measured) -> None:
        """A step is done."""
        text = self._text(measured)
        self._bar.update(self._task, completed=measured.step, description=text)
        if self._bar.disable and (measured.step % -(-self._steps // LINES) == 0 or measured.step == self._steps):
            self.say(f"step {measured.step}/{self._steps}  {text}")

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None:
        """An evaluation is done."""
        self.say(f"step {step}/{self._steps}  " + ", ".join(f"loss on {n}: {loss:.4f}" for n, loss in losses.items()))

    def _text(self, measured: Measured) -> str:
        each = (time.monotonic() - self._begun) / (measured.step - self._since)
        left = round(each * (self._steps - measured.step))
        return (
            f"loss {measured.loss:.4f}  {measured.tokens_per_second:,.0f} tokens/s  {measured.memory_gib:.2f} GiB  "
            f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
        )
