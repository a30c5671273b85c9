"""`plan`: what a training run will take of a card, the host and the disk, before anything is loaded."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.config import load_training

from . import console, plan_text
from .options import DebugOption, checked, starting_with

if TYPE_CHECKING:
    from ghost_architect.training.hardware import Card

HELP = """Say what a training run will take, term by term, and whether it fits.

Nothing is loaded. Without --gpu it is this machine's card, or a T4 where there is none; configs/hardware has the
others. What a setting of `auto` becomes is said; it is the fastest way that fits."""

EXAMPLES = "ghost-architect plan --gpu t4"

FORMATS = ("text", "json")


def gpus() -> list[str]:
    """The cards that `--gpu` takes."""
    from ghost_architect.training.hardware import cards

    return list(cards())


def plan(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE|DIR", help="A training_config.yaml, or a folder of settings."),
    ] = None,
    gpu: Annotated[
        str,
        typer.Option(
            "--gpu",
            "-g",
            metavar="NAME",
            autocompletion=starting_with(gpus),
            help="The card: a file in configs/hardware.",
        ),
    ] = "",
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="DIR|NAME", help="Plan for this model, and not the settings'.")
    ] = "",
    format_: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="NAME", autocompletion=starting_with(lambda: FORMATS), help="text or json."
        ),
    ] = "text",
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    console.show_tracebacks(debug)
    form = checked("--format", format_, FORMATS)
    settings = load_training(config)
    if model:
        settings = replace(settings, model=model)

    from ghost_architect.training.choose import choose
    from ghost_architect.training.rungs import rungs
    from ghost_architect.training.shapes import model_of

    base = model_of(settings.model)
    if base.name != settings.model:
        console.say(f"{settings.model} is an adapter: planned for its model, {base.name}")
    made = choose(settings, base, _card(gpu, config))
    steps = list(rungs(made))
    if settings.dropout:
        console.say("dropout goes through the modules of transformers, which take more than is planned here")
    if form == "json":
        body = {**made.json(), "rungs": [step.json() for step in steps]}
        console.data(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        return
    width = shutil.get_terminal_size().columns if console.is_terminal() else None
    for line in plan_text.lines(made, steps, settings, config, bool(model)):
        for text in line.broken(width):
            console.line(text, line.style)


def _card(gpu: str, config: Path | None) -> Card:
    from ghost_architect.training.hardware import card, here

    if gpu:
        return card(gpu, config)
    found = here(config)
    if found is None:
        console.say("no card here: planned for a T4 (--gpu names another)")
    return found or card("t4", config)
