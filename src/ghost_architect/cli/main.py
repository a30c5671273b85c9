"""The program: the verbs, and the one place where an error becomes a line and an exit code.

    argv -> typer -> a verb -> stdout (data), stderr (everything else), exit code

Exit codes: 0 done, 1 our own fault, 2 wrong call, 3 input rejected, 4 the schema does not verify
or run, 5 backend unreachable, 6 deadline, 130 interrupted. The errors carry theirs (`errors`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from ghost_architect import __version__
from ghost_architect.errors import GhostError, UsageError

from . import console, dataset, design, diff, doctor, evaluate, mock, plan, synth, train, verify

PROGRAM = "ghost-architect"
INTERRUPTED = 130

app = typer.Typer(
    name=PROGRAM,
    help="A picture of a screen goes in, a database that really runs comes out.",
    epilog=f"Try:  {PROGRAM} design screenshot.png",
    invoke_without_command=True,
    rich_markup_mode=None,  # typer's rich help takes 0.2 s longer than the plain one
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help=design.HELP, epilog=design.EXAMPLES)(design.design)
app.command(help=verify.HELP, epilog=verify.EXAMPLES)(verify.verify)
app.command(help=diff.HELP, epilog=diff.EXAMPLES)(diff.diff)
app.command("eval", help=evaluate.HELP, epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.add_typer(synth.app, name="synth")
app.add_typer(dataset.app, name="dataset")
app.command(help=mock.HELP, epilog=mock.EXAMPLES)(mock.mock)
app.command(help=plan.HELP, epilog=plan.EXAMPLES)(plan.plan)
app.command(help=train.HELP, epilog=train.EXAMPLES)(train.train)
app.command(help=doctor.HELP)(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        console.data(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


@app.callback()
def _program(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """The options that belong to no verb; without a verb there is nothing to do but to help."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(UsageError.exit_code)


def run(argv: Sequence[str]) -> int:
    """Run one command line.

    Args:
        argv: the words behind the program's name.

    Returns:
        The exit code.
    """
    console.show_tracebacks(False)
    console.mute(False)
    try:
        code = typer.main.get_command(app).main(list(argv), prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as ending:  # typer's own end, where it met the closed pipe first
        return _reader_left() if isinstance(ending.__context__, BrokenPipeError) else GhostError.exit_code
    except Exception as error:
        return _report(error)
    if code == INTERRUPTED:  # typer makes this number of Ctrl-C inside a verb
        console.say("interrupted")
    return code if isinstance(code, int) else 0


def _reader_left() -> int:
    """The reader of our output (`| head`) has what it wanted. The interpreter must not flush into it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _report(error: Exception) -> int:
    """Say what went wrong in one line, and return the exit code."""
    console.traceback_of(error)
    if isinstance(error, GhostError):
        console.error(error.message, error.hint)
        return error.exit_code
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else PROGRAM
        console.error(error.format_message().rstrip("."), f"{command} --help")
        return UsageError.exit_code
    console.error(f"this is a fault of {PROGRAM}: {type(error).__name__}: {error}", "--debug shows where")
    return GhostError.exit_code
