"""`design`: screens -> SQL, JSON or a diagram."""

from __future__ import annotations

import json
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
    backends,
    checked,
    dialects,
    formats,
    start,
    starting_with,
)

if TYPE_CHECKING:
    from ghost_architect.backends.base import Backend
    from ghost_architect.inference import Reading

MOST_SCREENS = 50
"""How many screens one call reads."""

HELP = f"""Read screens of one app and write its schema.

SCREEN is a PNG, JPEG or WebP, a folder of them, or - for standard input; 1 to {MOST_SCREENS} make one schema."""

EXAMPLES = "ghost-architect design orders.png customers.png --dialect sqlite -o shop.sql"

BY_SUFFIX = {".sql": "sql", ".json": "json", ".mmd": "mermaid", ".svg": "svg"}
"""The format that a file's name asks for, where `--format` says nothing."""


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
            help="sql, json, mermaid or svg (else as FILE is called, else sql).",
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
    sources = screens.collect(screen, MOST_SCREENS)
    reader = opened(backend or settings.model.backend, model or settings.model.model)

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
        )
    console.deliver(_written(reading, form, cite), target)
    _say_outcome(reading)
    if not reading.ok:
        raise typer.Exit(EngineError.exit_code)


def opened(name: str, model: str) -> Backend:
    """The backend of this name; who reads, and where pictures go, is said before anything is read."""
    from ghost_architect.backends import open_backend

    reader = open_backend(checked("--backend", name, backends()), model or None)
    host = getattr(reader, "host", "")
    console.say(f"backend: {reader.name} ({reader.model})" + (f"; the screens are sent to {host}" if host else ""))
    return reader


def _format(named: str | None, output: Path | None) -> str:
    if named is None:
        return BY_SUFFIX.get(output.suffix.lower(), "sql") if output else "sql"
    return checked("--format", named, formats())


def _written(reading: Reading, form: str, cite: bool) -> str:
    """The reading in this format; nothing where there is nothing, except in JSON."""
    if form == "json":
        return json.dumps(reading.to_json(), ensure_ascii=False, indent=2) + "\n"
    if not reading.schema.tables:
        return ""
    if form == "sql":
        return reading.sql(cite=cite)

    from ghost_architect.writers import write

    return write(reading.schema, form, reading.dialect)


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
