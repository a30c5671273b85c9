"""The command line under attack: in this process with text recognition stubbed, or as a real command.

argv -> exit code, the two streams, seconds, peak memory of the process and all of its children
     -> faults: what breaks the contract, in words; none is what is wanted
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from ghost_architect.cli.main import run
from ghost_architect.pages import load
from ghost_architect.pages.page import Line, Pixels
from ghost_architect.schema.execute import available, execute

from .processes import STEP, children, memory

SECONDS = 10.0
"""Longer than this nothing may take, text recognition left out."""
MEMORY = 1_500_000_000
"""More bytes than these the process and its children may not have at any moment."""

_CODES = frozenset({0, 3, 4})
"""Done, input rejected, the schema does not verify or run: whatever is in a file, nothing else can come of it."""

_WORDS = ("Orders", "Customer name", "Total", "Due date", "Status")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `memory` is in bytes, 0 where it was not looked at."""

    code: int
    out: str
    err: str
    seconds: float
    memory: int = 0
    left: tuple[str, ...] = field(default=())

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        errors = [line for line in self.err.splitlines() if line.startswith("error: ")]
        odd = {c for c in self.out + self.err if not c.isprintable() and c != "\n"}
        checks = {
            f"exit code {self.code}": self.code not in _CODES,
            "a traceback": "Traceback" in self.err or "this is a fault of" in self.err,
            f"{len(errors)} lines of error for exit code {self.code}": len(errors) != (self.code == 3),
            "data beside an error": self.code == 3 and self.out != "",
            f"printed raw: {sorted(map(ascii, odd))}": bool(odd),
            f"took {self.seconds:.1f} s": self.seconds > SECONDS,
            f"took {self.memory / 1e6:.0f} MB": self.memory > MEMORY,
            f"left behind: {', '.join(self.left)}": bool(self.left),
        }
        return [fault for fault, is_so in checks.items() if is_so]

    def __str__(self) -> str:
        return f"{self.faults}: {self.code} {self.err[-300:]!r}"


# --- in this process ---


def _lines(pixels: Pixels) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """Some lines, wherever they fit, in the place of text recognition."""
    height, width = pixels.shape[:2]
    step = height // (len(_WORDS) + 1)
    boxes = [(width // 10, step * (i + 1), max(1, width // 4), max(1, min(18, step // 2))) for i in range(len(_WORDS))]
    return tuple(Line(i, box, word) for i, (box, word) in enumerate(zip(boxes, _WORDS, strict=True), 1)), ()


@contextmanager
def without_recognition() -> Iterator[None]:
    """Pictures are decoded and designed from as always, but their text is known."""
    with mock.patch.object(load, "warm"), mock.patch.object(load, "read_screen", _lines):
        yield


def ready(dialect: str) -> None:
    """Start what a process keeps running once it was asked for, so that it is not taken for something left behind."""
    if available()[dialect]:
        execute("", dialect)


def here(*words: str | Path) -> Ended:
    """Run a command line in this process."""
    before = _left()
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    begun = time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(word) for word in words])
    seconds = time.monotonic() - begun
    return Ended(code, _text(out), _text(err), seconds, 0, tuple(sorted(_left() - before)))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8", "backslashreplace")


def _left() -> set[str]:
    """Files in the temporary folder, and children of this process."""
    files = {f"file {p.name}" for p in Path(tempfile.gettempdir()).iterdir()}
    return files | {f"process {pid}" for pid in children(os.getpid())}


# --- as a real command ---


def command(*words: str | Path, stdin: str | Path = os.devnull, seconds: float = 120.0) -> Ended:
    """Run the program. `seconds` end it, with a fault; `stdin` is a file."""
    argv = [sys.executable, "-m", "ghost_architect", *map(str, words)]
    with tempfile.TemporaryDirectory() as folder, Path(stdin).open("rb") as given:
        out, err = Path(folder) / "out", Path(folder) / "err"
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        begun = time.monotonic()
        with out.open("wb") as to_out, err.open("wb") as to_err:
            child = subprocess.Popen(
                argv, stdin=given, stdout=to_out, stderr=to_err, env={**os.environ, "TMPDIR": str(temporary)}
            )
            memory = _watched(child, begun + seconds)
        left = tuple(p.name for p in temporary.iterdir())
        said, told = (p.read_bytes().decode("utf-8", "backslashreplace") for p in (out, err))
        return Ended(child.returncode, said, told, time.monotonic() - begun, memory, left)


def _watched(child: subprocess.Popen[bytes], end: float) -> int:
    """The most memory that the child and all of its children had together."""
    most = 0
    while child.poll() is None:
        most = max(most, memory(child.pid))
        if time.monotonic() > end:
            child.kill()
        time.sleep(STEP)
    return most
