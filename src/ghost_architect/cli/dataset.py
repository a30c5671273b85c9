"""`dataset check`: files of training data -> what is wrong with their rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.errors import InputError

from . import console
from .options import DebugOption, OutputOption, checked, starting_with

if TYPE_CHECKING:
    from ghost_architect.data.problems import Report

HELP = "Look after the data that a model is trained on."

CHECK_HELP = """Check training data: instructions (a JSON array or JSON lines), pairs (pairs.jsonl), shards (.tar).

FILE is a file or a folder of them; several are checked together, for what one part must not share with another.
A row is one line, at most 20 of a kind, the rest is counted. Each distinct answer runs on SQLite, a sample on
PostgreSQL. Exit code 3 where a row is bad; near-duplicates, answers without SQL and prompts that have to leave lines
out are only told."""

EXAMPLES = "ghost-architect dataset check data/dataset.json"

FORMATS = ("text", "json")

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.callback()
def _dataset() -> None:
    """The verb has a second word; without this, typer would take the only one for the verb itself."""


@app.command("check", help=CHECK_HELP, epilog=EXAMPLES)
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False, help="Files or folders.")],
    sequence: Annotated[
        int, typer.Option("--sequence", "-s", min=64, metavar="TOKENS", help="What a training row may have, estimated.")
    ] = 4096,
    engine: Annotated[
        str,
        typer.Option("--engine", "-e", metavar="NAME|URL", help="Run every answer there too: postgres or a server."),
    ] = "",
    pictures: Annotated[bool, typer.Option("--all-pictures", help="Decode every picture, and not a sample.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, metavar="N", help="Processes (else one a processor).")
    ] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="NAME", autocompletion=starting_with(lambda: FORMATS), help="text or json."
        ),
    ] = "text",
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `CHECK_HELP`."""
    console.show_tracebacks(debug)
    form = checked("--format", format_, FORMATS)
    target = console.check_target(output)

    from ghost_architect.data import check as checking
    from ghost_architect.data import source

    if engine:
        from ghost_architect.schema.engines import open_engine

        open_engine(engine)
    wanted = checking.Wanted(sequence, engine, pictures, workers or checking.workers())
    found = source.files(files)
    with console.progress() as show:
        report = checking.check(found, wanted, lambda rows: show(f"{rows} rows"))
    console.deliver(_written(report, form), target)
    _say(report)
    if not report.ok or not sum(report.rows.values()):
        raise typer.Exit(InputError.exit_code)


def _written(report: Report, form: str) -> str:
    if form == "json":
        return json.dumps(report.json(), ensure_ascii=False, indent=2) + "\n"
    from ghost_architect.data.problems import SHOWN

    lines = [p.line() for p in report.shown]
    lines += [f"and {n - SHOWN} more of: {kind}" for kind, n in sorted(report.counts.items()) if n > SHOWN]
    return "".join(f"{line}\n" for line in lines)


def _say(report: Report) -> None:
    """The summary, on stderr."""
    total = sum(report.rows.values())
    if not total:
        console.error("there is no row in it")
    for what, text in _summary(report, total):
        console.say(f"{what:13}{text}")


def _summary(report: Report, total: int) -> list[tuple[str, str]]:
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in report.rows.items())
    out = [("rows", kinds or "none")]
    parts = {split: n for split, n in report.splits.items() if split != "-"}
    if parts:
        out.append(("parts", ", ".join(f"{split} {n:,}" for split, n in sorted(parts.items()))))
    low, middle, high, most = report.tokens
    out.append(("tokens", f"{low} to {most}, half of the rows up to {middle}, 95% up to {high} (estimated)"))
    out += _long(report)
    out.append(("ran", ", ".join(f"{n:,} on {engine}" for engine, n in report.ran.items()) + _read_only(report)))
    if report.pictures[0]:
        out.append(("pictures", f"{report.pictures[0]:,} looked at, {report.pictures[1]:,} of them decoded"))
    found = ", ".join(f"{n:,} {kind}" for kind, n in sorted(report.counts.items()))
    out.append(("found", found or "nothing"))
    out.append(("bad rows", f"{report.bad:,} of {total:,}, in {report.seconds:.1f} s"))
    return out


def _long(report: Report) -> list[tuple[str, str]]:
    from ghost_architect.data.problems import Kind

    cut, lost = report.counts[Kind.CUT], report.counts[Kind.LONG]
    out = []
    if cut:
        text = f"{cut:,} pairs are over {report.sequence:,} tokens and fit when their prompts leave lines out"
        out.append(("too long", text))
    if lost:
        out.append(("too long", f"{lost:,} rows do not fit {report.sequence:,} tokens in any way"))
    return out


def _read_only(report: Report) -> str:
    return f"; {report.not_run:,} migrations read and not run" if report.not_run else ""
