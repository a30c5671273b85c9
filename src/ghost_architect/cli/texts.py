"""Text that a user hands in: a file, or standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ghost_architect.errors import InputError, SqlError, UsageError, printable


def read_text(file: str, most: int) -> str:
    """The text of a file; `-` is standard input.

    Raises:
        UsageError: there is no such file.
        InputError: it cannot be read, or is not text.
        SqlError: it has more than `most` bytes.
    """
    from ghost_architect.files import read_file

    shown = printable(file)
    if file == "-":
        if sys.stdin.isatty():
            raise UsageError("`-` reads from standard input, and that is the keyboard", "... - < FILE")
        raw = sys.stdin.buffer.read(most + 1)
    else:
        path = Path(file)
        if not os.path.lexists(path):
            raise UsageError(f"{shown}: there is no such file")
        raw = read_file(path, most)
    if len(raw) > most:
        raise SqlError(f"{shown}: is larger than {most // 1024} kB", "split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InputError(f"{shown}: is not UTF-8 text (byte {problem.start})") from problem
