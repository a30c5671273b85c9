"""Reading a file that somebody named: never one without an end, never more of it than is allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import InputError, UsageError, printable

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opened without waiting: a pipe that nobody writes into would keep us forever."""


def read_file(path: Path, most: int) -> bytes:
    """A file's bytes, and of a larger one `most` + 1, from which the caller sees that it is too large.

    Raises:
        InputError: it cannot be opened, or is a folder, a pipe, a socket or a device.
    """
    shown = printable(path)
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise InputError(f"{shown}: cannot be opened ({why})", "check the path and its permissions") from problem
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{shown}: cannot be opened (it is a folder)", "name a file in it")
        if not stat.S_ISREG(mode):
            raise InputError(f"{shown}: cannot be opened (it is a pipe or a device)", "hand it in as `-`: ... - < FILE")
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(most + 1)
    except OSError as problem:
        raise InputError(f"{shown}: cannot be read ({problem.strerror})", "check the disk it is on") from problem
    finally:
        os.close(handle)


def read_yaml(path: Path) -> object:
    """What a YAML file says; an empty file says nothing, which is an empty mapping.

    Raises:
        UsageError: the file cannot be read, or is not YAML.
    """
    import yaml  # 15 ms, which `--help` does without

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{where}: is not YAML: {getattr(error, 'problem', '') or error}") from error
    return {} if content is None else content
