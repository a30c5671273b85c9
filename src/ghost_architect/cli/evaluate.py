"""`eval`: a set of screens with known schemas -> GhostScore in parts, with the misses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.errors import DeadlineError, EngineError, InputError

from . import console
from .options import (
    BackendOption,
    ConfigOption,
    DebugOption,
    ModelOption,
    OutputOption,
    checked,
    open_reader,
    start,
    starting_with,
)

if TYPE_CHECKING:
    from ghost_architect.backends.base import Backend
    from ghost_architect.evaluation.run import Outcome

HELP = """Measure a backend on screens whose schema is known.

SET is a folder with refs.json, refs/*.json or pairs.jsonl. The report is JSON; the tables go to stderr."""

EXAMPLES = "ghost-architect eval screens/ --by app -o report.json"

GROUPINGS = ("screen", "app")
DIALECT = "postgres"
"""What is scored: the canonical form. It has to run on a real PostgreSQL, or it counts as unread."""


def evaluate(
    set_: Annotated[
        Path, typer.Argument(metavar="SET", show_default=False, help="A folder of screens and references.")
    ],
    backend: BackendOption = None,
    model: ModelOption = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WHAT",
            autocompletion=starting_with(lambda: GROUPINGS),
            help="screen, or app: all screens of an app in one call.",
        ),
    ] = "screen",
    output: OutputOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    settings = start(config, debug)
    grouping = checked("--by", by, GROUPINGS)
    target = console.check_target(output)

    from ghost_architect.evaluation import report, run, sets
    from ghost_architect.evaluation.render import render
    from ghost_architect.schema.execute import available

    if not available().get(DIALECT):
        raise EngineError(f"no {DIALECT} here, and the SQL has to run to count", f"make install EXTRAS={DIALECT}")
    eval_set = sets.load_set(set_)
    if grouping == "app":
        eval_set = sets.by_app(eval_set)
    reader = open_reader(backend or settings.model.backend, model or settings.model.model)
    results = []
    with console.bar(len(eval_set.cases)) as step:
        for result in run.evaluate(eval_set, reading_with(reader, settings.deployment.seconds)):
            results.append(result)
            step(result.case.name)
    made = report.build(eval_set.name, results, reader.name, grouping)
    console.deliver(json.dumps(made.to_json(), ensure_ascii=False, indent=2) + "\n", target)
    # After the data, so that on a terminal the tables are what is left on the screen.
    render(made, console.stderr(wraps=True))


def reading_with(reader: Backend, seconds: float | None) -> Callable[[Sequence[Path]], Outcome]:
    """What reads one case: all its screens in one call.

    A screen that is refused or takes too long counts as unread; a backend that is not there ends the whole.
    """
    from ghost_architect.evaluation.run import Outcome
    from ghost_architect.inference import read_pages
    from ghost_architect.pages.load import load_pages

    def read(images: Sequence[Path]) -> Outcome:
        began = time.perf_counter()
        try:
            reading = read_pages(load_pages(images), reader, dialect=DIALECT, engines=(DIALECT,), seconds=seconds)
        except (InputError, DeadlineError) as error:
            return Outcome("", False, time.perf_counter() - began, error.message)
        return Outcome(reading.sql(), reading.executed.get(DIALECT, False), time.perf_counter() - began)

    return read
