"""`verify`: SQL -> what is wrong with it, by the rules and by a real engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.errors import EngineError

from . import console
from .options import (
    ConfigOption,
    DebugOption,
    DialectOption,
    EngineOption,
    OutputOption,
    checked,
    dialects,
    spoken_by,
    start,
    starting_with,
)
from .texts import read_text

if TYPE_CHECKING:
    from ghost_architect.schema.execute import Execution
    from ghost_architect.schema.findings import Finding

HELP = """Check SQL by the rules, and run it on a real engine.

Each finding is one line. Nothing is changed anywhere: it runs in a database made for it and thrown away.
A URL names a server, postgresql://USER@HOST or mysql://USER@HOST, where USER may make databases; the password
is read from GHOST_ENGINE_PASSWORD."""

EXAMPLES = "ghost-architect verify shop.sql --dialect sqlite"

FORMATS = ("text", "json")


def verify(
    file: Annotated[str, typer.Argument(metavar="FILE.sql", show_default=False, help="SQL, or - for standard input.")],
    dialect: DialectOption = None,
    engine: EngineOption = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="NAME", autocompletion=starting_with(lambda: FORMATS), help="text or json."
        ),
    ] = "text",
    output: OutputOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    settings = start(config, debug)
    dialect = checked("--dialect", dialect or spoken_by(engine) or settings.deployment.dialect, dialects())
    form = checked("--format", format_, FORMATS)
    target = console.check_target(output)

    from ghost_architect.schema.findings import Severity
    from ghost_architect.schema.parse import MAX_SQL_BYTES, parse
    from ghost_architect.schema.verify import verify as findings_of

    sql = read_text(file, MAX_SQL_BYTES)
    parsed = parse(sql, dialect)
    execution = _run(sql, dialect, engine)
    findings = (*parsed.unread, *findings_of(parsed.schema, dialect), *_said(execution))
    console.deliver(_written(form, dialect, findings, execution), target)
    if not parsed.schema.tables:
        console.say(f"{file}: holds no table")
    if execution is not None:
        console.say_execution(execution)
    if any(f.severity is Severity.ERROR for f in findings):
        raise typer.Exit(EngineError.exit_code)


def _run(sql: str, dialect: str, engine: str | None) -> Execution | None:
    """Run the SQL as it stands; None where no engine was named and the dialect's own is not installed."""
    from ghost_architect.schema.execute import available, execute

    if not sql.strip():
        return None
    if engine is None and not available().get(dialect):
        console.say(f"not run: no {dialect} here (ghost-architect doctor)")
        return None
    return execute(sql, dialect, engine)


def _said(execution: Execution | None) -> list[Finding]:
    """What is to be said of the run, and that it was refused."""
    from ghost_architect.schema.execute import refusal

    if execution is None:
        return []
    return [*execution.differences, *([refusal(execution)] if execution.error else [])]


def _written(form: str, dialect: str, findings: Sequence[Finding], execution: Execution | None) -> str:
    """One line a finding, or what a reading's JSON says of them."""
    from ghost_architect.schema.jsonform import VERSION, finding_to_json

    if form == "text":
        return "".join(console.finding_line(f) + "\n" for f in findings)
    body = {
        "version": VERSION,
        "dialect": dialect,
        "findings": [finding_to_json(f) for f in findings],
        "executed": {execution.engine: execution.ok} if execution else {},
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
