"""`diff`: two schemas -> the script that takes a database, with its rows, from the one to the other.

OLD, NEW -> readings or SQL -> migration -> rehearsal on an engine -> script (stdout), what to know (stderr)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_architect.errors import EngineError, UsageError, printable

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
    from ghost_architect.schema.findings import Finding
    from ghost_architect.schema.migration import Migration
    from ghost_architect.schema.readings import Kept
    from ghost_architect.schema.rehearsal import Rehearsal

HELP = """Write the migration from one schema to another, which keeps the rows.

OLD and NEW are readings (design --format json) or SQL; one of them may be - for standard input. The script goes
to stdout. Before that it is tried in a throw-away database: made as OLD, filled with rows, migrated, compared
with NEW. What NEW has no place for stays, unless --drop is given. Nothing is done to a database of yours."""

EXAMPLES = "ghost-architect diff last-week.json today.json -o migration.sql"

FORMATS = ("sql", "json", "text")
_BY_SUFFIX = {".json": "json", ".txt": "text"}


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", show_default=False, help="What the database is.")],
    new: Annotated[str, typer.Argument(metavar="NEW", show_default=False, help="What it shall be.")],
    dialect: DialectOption = None,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the tables and columns that NEW does not have.")] = False,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="OLDNAME=NEWNAME", help="A TABLE or TABLE.COLUMN that is called NEWNAME now."),
    ] = None,
    no_renames: Annotated[
        bool, typer.Option("--no-renames", help="Guess no renames; what is called otherwise is something else.")
    ] = False,
    fill: Annotated[
        list[str] | None,
        typer.Option(
            "--fill", metavar="TABLE.COLUMN=VALUE", help="What rows get where they have no value and need one."
        ),
    ] = None,
    engine: EngineOption = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            autocompletion=starting_with(lambda: FORMATS),
            help="sql (the script), text (the changes) or json (both); else as FILE is called, else sql.",
        ),
    ] = None,
    output: OutputOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    settings = start(config, debug)
    form = checked("--format", format_ or _by_name(output), FORMATS)
    named = dialect or spoken_by(engine)
    if named is not None:
        checked("--dialect", named, dialects())
    target = console.check_target(output)
    before, after = _texts(old, new)

    from ghost_architect.schema.execute import engine_of
    from ghost_architect.schema.migration import migration
    from ghost_architect.schema.verify import verify

    spoken = checked("--dialect", named or _agreed(before, after) or settings.deployment.dialect, dialects())
    engine_of(spoken, engine)
    sides = [side.read(spoken) for side in (before, after)]
    wrong = [[*side.unread, *_errors(verify(side.schema, spoken))] for side in sides]
    made = migration(
        sides[0].schema,
        sides[1].schema,
        spoken,
        drop=drop,
        renames=rename or (),
        guess=not no_renames,
        fills=fill or (),
    )
    result = _Result(made, (old, new), (wrong[0], wrong[1]))
    failure = None
    try:
        result.rehearsal = _rehearsed(result, engine)
    except EngineError as problem:  # the script is worth having all the same
        failure = problem
    console.deliver(result.written(form), target)
    result.say(form)
    if failure is not None:
        raise failure
    if not result.ok:
        raise typer.Exit(EngineError.exit_code)


def _by_name(output: Path | None) -> str:
    return _BY_SUFFIX.get(output.suffix.lower() if output else "", "sql")


# --- the two sides ---


@dataclass(frozen=True, slots=True)
class _Side:
    """A file that was handed in; of a reading, what it says."""

    name: str
    text: str
    reading: Kept | None

    def read(self, dialect: str) -> Kept:
        """The schema; SQL is read as this dialect's."""
        from ghost_architect.schema.readings import read_sql

        return self.reading or read_sql(self.text, self.name, dialect)


def _texts(old: str, new: str) -> tuple[_Side, _Side]:
    """Both files.

    Raises:
        UsageError: there is no such file, or both are standard input.
        InputError: one cannot be read, or is no reading.
    """
    if old == new == "-":
        raise UsageError("OLD and NEW cannot both be standard input", "name a file for one of them")
    return _side(old), _side(new)


def _side(file: str) -> _Side:
    from ghost_architect.schema.readings import MAX_JSON_BYTES, is_json, read_json

    text = read_text(file, MAX_JSON_BYTES)
    shown = printable(file)
    meant = Path(file).suffix.lower() == ".json" or is_json(text)
    return _Side(shown, text, read_json(text, shown) if meant else None)


def _agreed(*sides: _Side) -> str | None:
    """The dialect that the readings were made for; None where none says.

    Raises:
        UsageError: they say different things.
    """
    said = {side.reading.dialect: side.name for side in sides if side.reading is not None}
    if len(said) > 1:
        (one, file), (other, last) = said.items()
        message = f"{file} was made for {printable(one)}, and {last} for {printable(other)}"
        raise UsageError(message, f"say which it is to be: --dialect {'|'.join(dialects())}")
    return next(iter(said), None)


def _errors(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (f for f in findings if f.severity == "error")


# --- what comes out ---


def _rehearsed(result: _Result, engine: str | None) -> Rehearsal | None:
    """Try the script; None where there is none, or a side is broken, or nothing to try it on."""
    from ghost_architect.schema.execute import available
    from ghost_architect.schema.rehearsal import rehearse

    dialect = result.migration.plan.dialect.name
    if not result.migration.blocks or any(map(_broken, result.wrong)):
        return None
    if engine is None and not available().get(dialect):
        console.say(f"not rehearsed: no {dialect} here (ghost-architect doctor)")
        return None
    with console.progress() as show:
        show("rehearsing the migration")
        return rehearse(result.migration, engine)


def _broken(findings: Iterable[Finding]) -> bool:
    return any(True for _ in _errors(findings))


@dataclass(slots=True)
class _Result:
    """What there is to print and to say."""

    migration: Migration
    files: tuple[str, str]
    wrong: tuple[list[Finding], list[Finding]]
    rehearsal: Rehearsal | None = None

    @property
    def ok(self) -> bool:
        """Whether both schemas verify, and the rehearsal, if there was one, went well."""
        return not any(map(_broken, self.wrong)) and (self.rehearsal is None or self.rehearsal.ok)

    def written(self, form: str) -> str:
        """The data, in this format."""
        if form == "text":
            return "".join(f"{printable(change)}\n" for change in self.migration.changes)
        if form == "sql":
            return self.migration.sql
        return json.dumps(self._json(), ensure_ascii=False, indent=2) + "\n"

    def _json(self) -> dict[str, Any]:
        from ghost_architect.schema.changes import describe
        from ghost_architect.schema.jsonform import VERSION, finding_to_json

        found = [[finding_to_json(f) for f in findings] for findings in self.wrong]
        return {
            "version": VERSION,
            "dialect": self.migration.plan.dialect.name,
            "sql": self.migration.sql,
            "changes": [
                {
                    "action": str(c.action),
                    "part": str(c.part),
                    "table": c.table,
                    "column": c.column,
                    "before": None if c.before is None else describe(c.before),
                    "after": None if c.after is None else describe(c.after),
                }
                for c in self.migration.changes
            ],
            "findings": [finding_to_json(f) for f in self.migration.findings],
            "old": {"findings": found[0]},
            "new": {"findings": found[1]},
            "rehearsal": self._rehearsal_json(),
        }

    def _rehearsal_json(self) -> dict[str, Any] | None:
        from ghost_architect.schema.jsonform import finding_to_json

        tried = self.rehearsal
        if tried is None:
            return None
        return {
            "engine": tried.engine,
            "version": tried.version,
            "ok": tried.ok,
            "error": tried.error,
            "stopped": tried.stopped,
            "findings": [finding_to_json(f) for f in tried.differences],
            "rows": tried.rows,
            "empty": list(tried.empty),
        }

    def say(self, form: str) -> None:
        """Everything a person should know."""
        for file, findings in zip(self.files, self.wrong, strict=True):
            for finding in findings:
                console.say(f"{file}: {console.finding_line(finding)}")
        if not self.migration.changes:
            console.say("no difference, so there is nothing to migrate")
        elif form != "text":
            for change in self.migration.changes:
                console.say(str(change))
        console.say_findings(self.migration.findings)
        if self.rehearsal is not None:
            _say_rehearsal(self.rehearsal)


def _say_rehearsal(tried: Rehearsal) -> None:
    console.say_findings(tried.differences)
    if not tried.ok:
        why = tried.error or "the database it makes is not the one that is meant"
        console.error(f"the rehearsal on {tried.engine} {tried.version} failed: {why}", "do not use the script")
        return
    where = f"rehearsed on {tried.engine} {tried.version}"
    if tried.stopped:
        console.say(f"{where}: rows stopped it, and nothing was lost: {tried.stopped}")
    else:
        without = f" (there were none in {', '.join(tried.empty)})" if tried.empty else ""
        console.say(f"{where} in {tried.seconds:.2f} s: {tried.rows} rows kept{without}")
