"""Files or bytes -> pages: decoded side by side while the text models load, then read one after another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ghost_architect.errors import InputError

from .decode import Picture, decode, printable
from .decode_worker import MAX_BYTES
from .lines import read_screen
from .ocr import warm
from .page import Page, numbered

Source = Path | tuple[str, bytes]
"""A file, or a name and the bytes of one."""


def load_pages(sources: Sequence[Source]) -> tuple[Page, ...]:
    """Read screens: pixels, and text lines numbered through all of them.

    Raises:
        ImageError: a source is no picture that may be read (the first such source is named).
        InputError: a file cannot be opened.
    """
    warm()
    workers = max(1, min(len(sources), os.cpu_count() or 1))
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        waiting = [pool.submit(_picture, source) for source in sources]
        return numbered(_page(future.result()) for future in waiting)


def _picture(source: Source) -> Picture:
    if isinstance(source, tuple):
        name, data = source
        return decode(data, name)
    return decode(_bytes_of(source), source.name)


def _bytes_of(path: Path) -> bytes:
    """The file, and never more of it than it takes to see that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{printable(str(path))}: cannot be opened ({error.strerror})", "check the path and its permissions"
        ) from error


def _page(picture: Picture) -> Page:
    height, width = picture.pixels.shape[:2]
    lines, notes = read_screen(picture.pixels)
    return Page(picture.name, width, height, lines, picture.pixels, picture.notes + notes)
