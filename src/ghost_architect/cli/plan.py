"""`plan`: what a training run will take of a card, the host and the disk, before anything is loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.config import TrainingConfig, load_training

from . import console
from .options import DebugOption, checked, starting_with

if TYPE_CHECKING:
    from ghost_architect.training.hardware import Card
    from ghost_architect.training.plan import Plan, Term
    from ghost_architect.training.rungs import Rung

HELP = """Say what a training run will take, term by term, and whether it fits.

Nothing is loaded. Without --gpu it is this machine's card, or a T4 where there is none; configs/hardware has the
others. What a setting of `auto` becomes is said; it is the fastest way that fits."""

EXAMPLES = "ghost-architect plan --gpu t4"

FORMATS = ("text", "json")

Line = tuple[str, str]
"""A line and its style."""


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
        str, typer.Option("--gpu", "-g", metavar="NAME", autocompletion=starting_with(gpus), help="The card.")
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

    made = choose(settings, model_of(settings.model), _card(gpu, config))
    steps = list(rungs(made))
    if form == "json":
        body = {**made.json(), "rungs": [step.json() for step in steps]}
        console.data(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        return
    for line, style in (*_head(made, settings), *_terms(made), *_verdict(made), *_help(made, steps)):
        console.line(line, style)


def _card(gpu: str, config: Path | None) -> Card:
    from ghost_architect.training.hardware import card, here

    if gpu:
        return card(gpu, config)
    found = here(config)
    if found is None:
        console.say("no card here: planned for a T4 (--gpu names another)")
    return found or card("t4", config)


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f}"


def _head(made: Plan, config: TrainingConfig) -> list[Line]:
    model, setting = made.model, made.setting
    count = model.layers * sum(rows * columns for rows, columns in model.shapes.values()) / 1e9
    kinds = f"{len(setting.targets)} targets, {'DoRA' if setting.dora else 'no DoRA'}"
    said = ", ".join(
        f"{name}: {json.dumps(getattr(setting, name)).strip(chr(34))}"
        for name in ("precision", "offload", "keep", "tile", "loss_rows", "tower")
    )
    rows = config.batch * config.accumulation
    return [
        (f"model    {model.name}: {model.layers} layers of {model.width:,}, {count:.2f} G linear weights", ""),
        (f"card     {made.card.name}: {made.card.memory:g} GiB, {made.card.said}", ""),
        (f"run      {setting.sequence:,} tokens, rank {setting.rank}, {kinds}, {setting.optimizer}, {rows} rows", ""),
        (f"memory   {said}", ""),
        ("", ""),
    ]


def _terms(made: Plan) -> list[Line]:
    head = f"{'where':6}{'term':20}{'GiB':>7}{'alone':>7}  "
    return [(f"{head}how", "bold"), *((_term(term), "" if term.bytes else "dim") for term in made.terms), ("", "")]


def _term(term: Term) -> str:
    alone = _gib(term.own) if term.own != term.bytes else ""
    return f"{term.where:6}{term.name:20}{_gib(term.bytes):>7}{alone:>7}  {term.formula}"


def _verdict(made: Plan) -> list[Line]:
    card, host = made.card, made.of("host")
    moments = ", ".join(f"{name} {_gib(size)}" for name, size in made.moments.items())
    most = made.dominates
    lines = [
        (f"peak     {_gib(made.total)} GiB of tensors in {made.moment}; {moments}", ""),
        (f"card     {_gib(made.needed)} of {card.memory:.2f} GiB with what is reserved, CUDA and a margin", ""),
        (f"host     {_gib(host)} of {card.host:.2f} GiB", ""),
        (f"disk     {_gib(made.of('disk'))} GiB", ""),
        (f"largest  {most.name}: {_gib(most.bytes)} GiB, {100 * most.bytes / made.total:.0f}% of the peak", ""),
    ]
    if made.fits:
        return [*lines, ("fits", "bold green")]
    missing = [
        f"{_gib(needed - has * 2**30)} GiB more of the {what}"
        for what, needed, has in (("card", made.needed, card.memory), ("host", host, card.host))
        if needed > has * 2**30
    ]
    return [*lines, (f"does not fit: it needs {' and '.join(missing)}", "bold red")]


def _help(made: Plan, steps: list[Rung]) -> list[Line]:
    if not steps:
        return []
    width = max(len(step.name) for step in steps)
    head = f"{'what would help, in this order':{width}}  {'saves':>6}  peak with all above"
    title = "" if made.fits else "  <-"
    lines = [(f"{s.name:{width}}  {_gib(s.saves):>6}  {_gib(s.total):>6}{title if s.fits else ''}", "") for s in steps]
    return [("", ""), (head, "bold"), *lines]
