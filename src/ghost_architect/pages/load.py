"""Files or bytes -> pages: decoded one ahead of another while the text of the one before is read.

Reading the text takes ten times as long, so a second decoder would only take memory: one large
picture needs up to 0.8 GB in its child process.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ghost_architect.files import read_file

from .decode import Picture, decode
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
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as pool:
        waiting = [pool.submit(_picture, source) for source in sources]
        try:
            return numbered(_page(future.result()) for future in waiting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # after a bad picture, no other is decoded


def _picture(source: Source) -> Picture:
    if isinstance(source, tuple):
        name, data = source
        return decode(data, name)
    return decode(read_file(source, MAX_BYTES), source.name)


def _page(picture: Picture) -> Page:
    height, width = picture.pixels.shape[:2]
    lines, notes = read_screen(picture.pixels)
    return Page(picture.name, width, height, lines, picture.pixels, picture.notes + notes)
