"""A memory plan as a person reads it: what was planned, the terms, the steps down, and last whether it fits."""

from __future__ import annotations

import json
import os
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ghost_architect.config import AUTO, DEFAULT_FOLDER, ENVIRONMENT_VARIABLE, TRAINING, TrainingConfig

if TYPE_CHECKING:
    from ghost_architect.training.plan import Plan, Term
    from ghost_architect.training.rungs import Rung

_LEFT = 12
"""Columns of the words in front of a line."""

_NAME = 24
"""Columns of a term's name."""

_ROOM = 22
"""What stands last in a table goes below where it would have fewer columns."""

_AUTO = ("precision", "offload", "keep", "tile", "loss_rows", "tower")
"""The settings that can be `auto`."""

_LARGEST = 3
"""So many of the largest terms are named."""

_PLACES = {"card": "card", "host": "host's memory"}
"""What `Plan.left` speaks of, in words."""


class Line(NamedTuple):
    """What is printed at once.

    Attributes:
        front: stays in front.
        text: is broken, where that is wanted, and goes on behind `front`.
        style: of all of it.
    """

    front: str
    text: str = ""
    style: str = ""

    def broken(self, width: int | None) -> list[str]:
        """The line in lines of at most so many columns; None: as it is."""
        whole = (self.front + self.text).rstrip()
        if width is None or len(whole) <= width or not self.text:
            return [whole]
        room = width - len(self.front)
        if room >= _ROOM:
            first, *more = textwrap.wrap(self.text, room)
            return [self.front + first, *(" " * len(self.front) + text for text in more)]
        return [self.front.rstrip(), *(" " * 4 + text for text in textwrap.wrap(self.text, max(width - 4, _ROOM)))]


def lines(made: Plan, steps: Sequence[Rung], config: TrainingConfig, named: Path | None, other: bool) -> Iterator[Line]:
    """All lines of a plan.

    Args:
        made: the plan.
        steps: down from it.
        config: what it was made for.
        named: the file or folder that it was read from, where one was named.
        other: whether it was made for another model than the file names.
    """
    # What a plan that fits is not enough for is not known; one that does not needs no step beyond the first that does.
    enough = 1 + next((i for i, step in enumerate(steps) if step.fits), len(steps))
    shown = steps if made.fits else steps[:enough]
    yield from _head(made, config)
    yield from _tables(made)
    yield from _steps(made, shown, config)
    yield from _verdict(made)
    file = _file(named)
    if not made.fits:
        yield _line("do", _way_out(made, shown, config, file))
    else:
        command = "ghost-architect train" + (f" --config {shlex.quote(str(named))}" if named else "")
        yield _line("type", f"{command}, with model: {made.model.name} in {file}" if other else command)


def gib(size: float) -> str:
    """Bytes as GiB.

    >>> gib(3 * 2**29), gib(5000), gib(0)
    ('1.50', '<0.01', '-')
    """
    if size <= 0:
        return "-"
    return f"{size / 2**30:.2f}" if size >= 0.005 * 2**30 else "<0.01"


def _file(named: Path | None) -> Path:
    """The file of settings that a run reads."""
    home = named or Path(os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT_FOLDER)
    return home / TRAINING if named is None or named.is_dir() else home


def _line(word: str, text: str, style: str = "") -> Line:
    return Line(f"{word:{_LEFT}}", text, style)


def _head(made: Plan, config: TrainingConfig) -> Iterator[Line]:
    model, card, setting = made.model, made.card, made.setting
    count = model.layers * sum(rows * columns for rows, columns in model.shapes.values()) / 1e9
    dora = "DoRA" if setting.dora else "no DoRA"
    rows = config.batch * config.accumulation
    run = f"{rows} rows of {setting.sequence:,} tokens a step, rank {setting.rank}, {dora}, {setting.optimizer}"
    yield _line("model", f"{model.name}: {model.layers} layers of {model.width:,}, {count:.2f} billion linear weights")
    yield _line("card", f"{card.name}: {card.memory:.2f} GiB, in a host with {card.host:.2f} GiB; {_status(card.said)}")
    yield _line("run", run)
    yield _line("targets", ", ".join(setting.targets))
    auto = [name for name in _AUTO if getattr(config, name) == AUTO]
    for word, names in (("set", [n for n in _AUTO if n not in auto]), ("auto became", auto)):
        if names:
            yield _line(word, ", ".join(_yaml(name, getattr(setting, name)) for name in names))
    yield Line("")


def _status(said: str) -> str:
    return f"{said}: no run was measured on this card" if said.startswith("planned") else said


def _yaml(name: str, value: Any) -> str:
    """A setting as it stands in a file of settings."""
    shown = f"[{', '.join(value)}]" if isinstance(value, tuple) else json.dumps(value).strip('"')
    return f"{name}: {shown}"


# --- the terms ---


def _tables(made: Plan) -> Iterator[Line]:
    card, (top, *others) = made.card, sorted(made.moments.items(), key=lambda moment: -moment[1])
    peak = f"in {top[0]}; " + ", ".join(f"{name} {gib(size)}" for name, size in others)
    yield Line(f"{'on the card, GiB':{_NAME}}{'peak':>7}{'most':>7}  ", "how it is counted", "bold")
    yield from (_term(term) for term in made.terms if term.where == "card")
    yield _sum("all tensors", made.total, peak)
    yield from (_term(term) for term in made.beyond)
    yield _sum("together", made.needed, f"of {card.memory:.2f}")
    for where, title, of in (
        ("host", "in the host's memory", f"of {card.host:.2f}"),
        ("disk", "on the disk", "beside the data"),
    ):
        yield Line("")
        yield Line(title, style="bold")
        yield from (_term(term) for term in made.terms if term.where == where)
        yield _sum("together", made.of(where), of)
    yield Line("")


def _term(term: Term) -> Line:
    most = gib(term.own) if term.own != term.bytes else ""
    return Line(f"{term.name:{_NAME}}{gib(term.bytes):>7}{most:>7}  ", term.formula, "" if term.bytes else "dim")


def _sum(name: str, size: int, text: str) -> Line:
    return Line(f"{name:{_NAME}}{gib(size):>7}{'':7}  ", text, "bold")


# --- what to do ---


def _steps(made: Plan, steps: Sequence[Rung], config: TrainingConfig) -> Iterator[Line]:
    if not steps:
        return
    if not made.fits:
        title = "what would help, each step on top of those above"
    elif config.recover:
        title = "the steps that a run takes if it is out of memory all the same"
    else:
        title = "what would help if a run were out of memory all the same"
    yield Line("", f"{title} (GiB that each saves alone, and tensors behind it)", "bold")
    yield Line(f"{'saves':>6}{'tensors':>9}  {'fits':10}{'learns':10}", "step", "bold")
    for step in steps:
        lacks = [where for where, left in step.left.items() if left < 0]
        fits = "yes" if not lacks else "no: both" if len(lacks) > 1 else f"no: {lacks[0]}"
        learns = "the same" if step.costless else "less"
        yield Line(f"{gib(step.saves):>6}{gib(step.total):>9}  {fits:10}{learns:10}", step.name)
    yield Line("")


def _verdict(made: Plan) -> Iterator[Line]:
    share = [f"{term.name} {100 * term.bytes / made.total:.0f}%" for term in made.largest[:_LARGEST]]
    yield _line("largest", f"{', '.join(share)} of all tensors")
    if made.fits:
        yield _line("fits", " and ".join(_of(where, size) for where, size in made.left.items()) + " left", "bold green")
    else:
        lacks = " and ".join(_of(where, -size) for where, size in made.left.items() if size < 0)
        yield Line("does not fit: ", f"{lacks} missing", "bold red")


def _of(where: str, size: int) -> str:
    return f"{gib(size)} GiB of the {_PLACES[where]}"


def _way_out(made: Plan, steps: Sequence[Rung], config: TrainingConfig, file: Path) -> str:
    now, then = made.setting, steps[-1].setting if steps else made.setting
    if not (steps and steps[-1].fits):
        return "take a card with more memory (--gpu) or a smaller model (--model): no step is enough"
    # What is `auto` may stay so: it becomes what fits.
    changed = [f.name for f in fields(now) if getattr(now, f.name) != getattr(then, f.name)]
    changed = [name for name in changed if getattr(config, name) != AUTO]
    wanted = f"write into {file}: {', '.join(_yaml(name, getattr(then, name)) for name in changed)}"
    # A host that has too little ends the program, which then cannot take another step.
    if config.recover and all(left["host"] >= 0 for left in (made.left, *(step.left for step in steps))):
        return f"{wanted}; or nothing: a run takes these steps by itself"
    return wanted
