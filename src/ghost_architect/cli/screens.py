"""What was named on the command line -> the screens to read. No screen is dropped silently."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_architect.errors import InputError, UsageError

from . import console

if TYPE_CHECKING:  # it brings numpy
    from ghost_architect.pages.load import Source

STANDARD_INPUT = "-"
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def collect(named: Sequence[str], most: int) -> list[Source]:
    """The screens in the order they were named; those of a folder in the order a person would count them.

    Args:
        named: files, folders, and at most one `-` for standard input.
        most: how many screens one call reads.

    Raises:
        UsageError: a name that is no file, a URL, or too many screens.
        InputError: a folder without a picture.
    """
    if list(named).count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read once", "name `-` once")
    sources = [source for name in named for source in _sources(name)]
    if len(sources) > most:
        raise UsageError(f"{len(sources)} screens are too many; one call reads {most}", "name the screens of one part")
    return sources


def _sources(name: str) -> list[Source]:
    if name == STANDARD_INPUT:
        return [(STANDARD_INPUT, _standard_input())]
    if _URL.match(name):
        raise UsageError(f"{name}: addresses are not fetched", "save the picture and name the file")
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{name}: there is no such file or folder") from None
    except OSError as problem:
        raise InputError(f"{name}: cannot be opened ({problem.strerror})", "check the path") from problem
    return list(_pictures(path)) if stat.S_ISDIR(mode) else [path]


def _standard_input() -> bytes:
    from ghost_architect.pages.decode_worker import MAX_BYTES

    if sys.stdin.isatty():
        raise UsageError("`-` reads a picture from standard input, and that is the keyboard", "... - < screen.png")
    return sys.stdin.buffer.read(MAX_BYTES + 1)  # one more than allowed, so that the refusal can be told


def _pictures(folder: Path) -> list[Path]:
    """The pictures in a folder, by their content; what else is there is said."""
    try:
        entries = sorted(folder.iterdir(), key=lambda p: _counting(p.name))
    except OSError as problem:
        raise InputError(f"{folder}: cannot be opened ({problem.strerror})", "check its permissions") from problem
    pictures = [p for p in entries if _is_picture(p)]
    others = [p.name + ("/" if p.is_dir() else "") for p in entries if p not in pictures]
    if others:
        console.say(f"{folder}: not read, because not PNG, JPEG or WebP: {', '.join(others)}")
    if not pictures:
        raise InputError(f"{folder}: holds no PNG, JPEG or WebP")
    return pictures


def _is_picture(path: Path) -> bool:
    """Whether it is one by its first bytes; what cannot be opened, or is a pipe, is none."""
    from ghost_architect.files import read_file
    from ghost_architect.pages.decode import READ, image_type

    try:
        return image_type(read_file(path, 16)) in READ
    except InputError:
        return False


def _counting(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts `page2` before `page10`."""
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts], name
