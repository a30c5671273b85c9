"""`design`: screens -> SQL, JSON, models, a diagram or a dictionary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.errors import EngineError, UsageError

from . import console, screens
from .options import (
    BackendOption,
    ConfigOption,
    DebugOption,
    DialectOption,
    ModelOption,
    OutputOption,
    TimeoutOption,
    checked,
    dialects,
    formats,
    open_reader,
    start,
    starting_with,
)

if TYPE_CHECKING:
    from ghost_architect.inference import Reading

MOST_SCREENS = 50
"""How many screens one call reads."""

HELP = f"""Read screens of one app and write its schema.

SCREEN is a PNG, JPEG or WebP, a folder of them, or - for standard input; 1 to {MOST_SCREENS} make one schema."""

EXAMPLES = "ghost-architect design orders.png customers.png --dialect sqlite -o shop.sql"

BY_SUFFIX = {
    ".sql": "sql",
    ".json": "json",
    ".dbml": "dbml",
    ".md": "markdown",
    ".mmd": "mermaid",
    ".png": "png",
    ".prisma": "prisma",
    ".svg": "svg",
}
"""The format that a file's name asks for, where `--format` says nothing."""

_SEVERAL = {".py": ("sqlalchemy", "django")}
"""Names of files that do not say which format is meant."""


def design(
    screen: Annotated[list[str], typer.Argument(metavar="SCREEN...", show_default=False, help="Files, folders or -.")],
    dialect: DialectOption = None,
    backend: BackendOption = None,
    model: ModelOption = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            autocompletion=starting_with(formats),
            help=f"{', '.join(formats())} (else as FILE is called, else sql).",
        ),
    ] = None,
    cite: Annotated[bool, typer.Option("--cite", help="Behind each column, the text it was read from.")] = False,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    settings = start(config, debug)
    dialect = checked("--dialect", dialect or settings.deployment.dialect, dialects())
    form = _format(format_, output)
    if cite and form != "sql":
        raise UsageError(f"--cite writes comments into SQL, and the format is {form}", "--format sql")
    target = console.check_target(output)
    _check_writable(form, target)
    sources = screens.collect(screen, MOST_SCREENS)
    reader = open_reader(backend or settings.model.backend, model or settings.model.model)

    from ghost_architect.inference import read_pages
    from ghost_architect.pages.load import load_pages
    from ghost_architect.schema.execute import available, warm

    if settings.deployment.engines is None and available().get(dialect):
        warm(dialect)  # the engine starts while the text is read
    with console.progress() as show:
        show(f"reading the text of {len(sources)} screen{'s' if len(sources) > 1 else ''}")
        pages = load_pages(sources)
        reading = read_pages(
            pages,
            reader,
            dialect=dialect,
            engines=settings.deployment.engines,
            seconds=timeout or settings.deployment.seconds,
            progress=show,
            repairs=settings.model.repair,
        )
    content, notes = _written(reading, form, cite)
    console.deliver(content, target)
    for note in notes:
        console.say(f"{form}: {note}")
    _say_outcome(reading)
    if not reading.ok:
        raise typer.Exit(EngineError.exit_code)


def _format(named: str | None, output: Path | None) -> str:
    if named is not None:
        return checked("--format", named, formats())
    suffix = output.suffix.lower() if output else ""
    if suffix in _SEVERAL:
        raise UsageError(f"-o {output} may be {' or '.join(_SEVERAL[suffix])}", f"--format {_SEVERAL[suffix][0]}")
    return BY_SUFFIX.get(suffix, "sql")


def _check_writable(form: str, target: Path | None) -> None:
    """Better said before the work than after it: a package that is missing, or bytes that a terminal cannot show.

    Raises:
        UsageError: the format cannot be written, or not to there.
    """
    from ghost_architect.writers import BINARY, WRITERS, writer

    if form in WRITERS:
        writer(form)
    if form in BINARY and target is None and console.is_terminal():
        raise UsageError(f"{form} is not text, and this is a terminal", f"-o schema.{form}")


def _written(reading: Reading, form: str, cite: bool) -> tuple[str | bytes, Sequence[str]]:
    """The reading in this format, and remarks; nothing where there is nothing, except in JSON."""
    if form == "json":
        return json.dumps(reading.to_json(), ensure_ascii=False, indent=2) + "\n", ()
    if not reading.schema.tables:
        return "", ()
    if form == "sql":
        return reading.sql(cite=cite), ()

    from ghost_architect.writers import render

    made = render(reading.schema, form, reading.dialect)
    return made.content, made.notes


def _say_outcome(reading: Reading) -> None:
    for screen in reading.screens:
        for note in screen.notes:
            console.say(f"{screen.name}: {note}")
        if screen.lines_left_out:
            console.say(f"{screen.name}: {screen.lines_left_out} of {screen.lines} lines did not fit into the prompt")
    if not reading.schema.tables:
        console.say("no data on any screen, so there is no schema")
    console.say_findings(reading.findings)
    for execution in reading.executions:
        console.say_execution(execution)
