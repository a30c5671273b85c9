"""The two streams: data goes to stdout, everything that is said goes to stderr.

Colour and progress appear on a terminal only (and never where NO_COLOR is set). Text that came
from a file, a picture or a server is made printable first, so that it cannot steer the terminal.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_architect.errors import UsageError, printable, shortened

if TYPE_CHECKING:
    from rich.console import Console

    from ghost_architect.schema.execute import Execution
    from ghost_architect.schema.findings import Finding

_COLOURS = {"error": "bold red", "warning": "yellow", "info": "dim"}

_NAME = 80
"""Characters of a name in a finding's line: no engine has a longer one, and a model that loops says ten thousands."""

_LONG = re.compile(rf"\S{{{_NAME + 1},}}")
_SAID = 600
"""Characters of a finding's message, and of its hint."""

_tracebacks = False
_is_muted = False


def mute(wanted: bool) -> None:
    """Whether nothing is said any more: another process says it."""
    global _is_muted
    _is_muted = wanted


def show_tracebacks(wanted: bool) -> None:
    """Whether an error is followed by where it happened (`--debug`)."""
    global _tracebacks
    _tracebacks = wanted


def traceback_of(error: Exception) -> None:
    """Print where the error happened, if that was asked for."""
    if _tracebacks:
        traceback.print_exception(error, file=sys.stderr)


def stderr(wraps: bool = False) -> Console:
    """The console that things are said on. A line is not broken, so that it can be searched for; a table has to be."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not wraps)


def say(text: str, style: str = "") -> None:
    """Say one line."""
    if _is_muted:
        return
    stderr().print(printable(text), style=style or None, markup=False)


def error(message: str, hint: str = "") -> None:
    """Say what went wrong, why, and what to type, in one line."""
    say(f"error: {message}" + (f" ({hint})" if hint else ""), _COLOURS["error"])


def is_terminal() -> bool:
    """Whether stdout is a terminal, where bytes would only be noise."""
    return sys.stdout.isatty()


def data(content: str | bytes) -> None:
    """Write data to stdout, text in UTF-8 whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(_encoded(content))
    sys.stdout.buffer.flush()


def _encoded(content: str | bytes) -> bytes:
    # Half a character (a file name that is no UTF-8, a JSON answer) is no reason to print nothing.
    return content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")


def deliver(content: str | bytes, target: Path | None) -> None:
    """Write data to a file, or to stdout where no file was named."""
    if target is None:
        data(content)
    else:
        write_whole(target, content)
        say(f"wrote {target}")


def check_target(target: Path | None) -> Path | None:
    """The file that `-o` names; None for stdout, which `-` names too.

    Raises:
        UsageError: the folder is not there, or a folder was named. Better said before the work than after it.
    """
    if target is None or str(target) == "-":
        return None
    if target.is_dir():
        raise UsageError(f"-o {target}: this is a folder", "name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"-o {target}: there is no folder {target.parent}", f"mkdir -p {target.parent}")
    return target


def write_whole(target: Path, content: str | bytes) -> None:
    """Write a file, text in UTF-8, so that it is there whole or not at all: another process never sees half of it.

    Raises:
        UsageError: the file cannot be written.
    """
    target = target.resolve()
    try:
        if target.exists() and not target.is_file():  # a pipe or a device is written to, not replaced
            target.write_bytes(_encoded(content))
        else:
            _replace(target, _encoded(content))
    except OSError as problem:
        raise UsageError(f"{target}: cannot be written: {problem.strerror}") from problem


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """What the user takes away from a new file's rights; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def finding_line(finding: Finding) -> str:
    """`warning GA203 orders.total: what it is (what to do)`."""
    place = ".".join(shortened(part, _NAME) for part in (finding.table, finding.column) if part)
    hint = f" ({_brief(finding.hint)})" if finding.hint else ""
    return f"{finding.severity} {finding.code}{' ' if place else ''}{place}: {_brief(finding.message)}{hint}"


def _brief(text: str) -> str:
    """What a finding says, without the rest of words that are no names and of lists that nobody reads."""
    return shortened(_LONG.sub(lambda word: shortened(word[0], _NAME), text), _SAID)


def say_findings(findings: Iterable[Finding]) -> None:
    """Say each finding on a line, the worst first; of remarks only how many there are for each code."""
    findings = list(findings)
    for severity in ("error", "warning"):
        for finding in findings:
            if finding.severity == severity:
                say(finding_line(finding), _COLOURS[severity])
    remarks = [f for f in findings if f.severity == "info"]
    for code in dict.fromkeys(f.code for f in remarks):
        of_code = [f for f in remarks if f.code == code]
        more = f" (and {len(of_code) - 1} more of {code})" if len(of_code) > 1 else ""
        say(finding_line(of_code[0]) + more, _COLOURS["info"])


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done right now; without a terminal it shows nothing."""
    screen = stderr()
    if not screen.is_terminal:
        yield lambda _text: None
        return
    with screen.status("starting") as status:
        yield lambda text: status.update(printable(text))


@contextlib.contextmanager
def bar(total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar; the function it gives moves it by one step. Without a terminal there is none."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    screen = stderr()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as shown:
        task = shown.add_task("", total=total)
        yield lambda text: shown.update(task, advance=1, description=printable(text))


def say_execution(execution: Execution) -> None:
    """Say on what the SQL ran. What the engine refused or made otherwise is among the findings."""
    if execution.ok:
        say(f"ran on {execution.engine} {execution.version} in {execution.seconds:.2f} s")


def report(mark: str, style: str, name: str, text: str, hint: str) -> None:
    """One row of `doctor` on stdout, which is its data."""
    from rich.console import Console
    from rich.text import Text

    row = Text.assemble((f"{mark:8}", style), f"{name:17}", printable(text))
    if hint:
        row.append(f"  ->  {hint}", "bold")
    Console(highlight=False, soft_wrap=True).print(row)


def line(text: str, style: str = "") -> None:
    """One line of data on stdout, in colour on a terminal only."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(printable(text), style=style or None, markup=False)
