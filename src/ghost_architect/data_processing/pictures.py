"""The pictures of a row, read when they are wanted: bytes -> upright pixels -> what the vision tower takes.

Decoding goes the way of every picture (`pages.decode`: a process of its own, with limits), which takes about a tenth
of a second; `with_pixels` does it for the rows to come while the model is busy with the last.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ghost_architect.data.pictures import Size, look
from ghost_architect.data.source import Place
from ghost_architect.errors import ImageError, InputError, printable
from ghost_architect.pages.decode import decode
from ghost_architect.pages.page import Pixels

if TYPE_CHECKING:
    from .rows import Row

Values = NDArray[np.float32]
"""[pictures, 3, side, side]."""

_T = TypeVar("_T")

_TURNED = 5
"""From this EXIF orientation on, width and height change places (Exif 2.32, tag 0x0112)."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that is not read yet.

    Attributes:
        row: whose it is, for messages.
        name: its own.
        place: its bytes.
        size: width and height upright, as the question says them.
    """

    row: str
    name: str
    place: Place
    size: Size

    @classmethod
    def of(cls, row: str, name: str, place: Place) -> Image:
        """The picture at this place, whose size its header says.

        Raises:
            InputError: it cannot be read, or is no picture that is taken.
        """
        data = _bytes(row, name, place)
        wrong, size = look(data)
        if wrong or size is None:
            raise InputError(f"{row}: {printable(name)} {wrong}", "ghost-architect dataset check FILE")
        return cls(row, name, place, size[::-1] if _is_turned(data) else size)

    def pixels(self) -> Pixels:
        """Its pixels, upright.

        Raises:
            InputError: it cannot be read, or is damaged.
        """
        try:
            pixels = decode(_bytes(self.row, self.name, self.place), self.name).pixels
        except ImageError as error:
            raise InputError(f"{self.row}: {error.message}", error.hint) from error
        size = pixels.shape[1::-1]
        if size != self.size:
            said = "x".join(map(str, self.size))
            raise InputError(f"{self.row}: {printable(self.name)} is said to have {said} pixels, and has not")
        return pixels


def _bytes(row: str, name: str, place: Place) -> bytes:
    try:
        return place.read()
    except OSError as error:
        raise InputError(f"{row}: {printable(name)} cannot be read ({error.strerror})") from error


def _is_turned(data: bytes) -> bool:
    """Whether its camera lay on its side."""
    if not any(mark in data for mark in (b"Exif\0", b"eXIf", b"EXIF")):
        return False
    import io

    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            return int(opened.getexif().get(0x0112, 1)) >= _TURNED
    except Exception:  # of Pillow, anything; decoding will say what is wrong
        return False


class Eye:
    """Makes pixel values: the picture squeezed to a square, bilinear, from -1 to 1.

    Args:
        side: pixels of a side (Gemma 3: 896).
        processor: an image processor of transformers, which then does it as it does for an answer; None for the
            same by itself.
    """

    def __init__(self, side: int, processor: Any = None) -> None:
        self._side, self._processor = side, processor

    def values(self, row: Row) -> Values | None:
        """Those of a row's pictures; None where it has none.

        Raises:
            InputError: a picture is damaged.
        """
        if not row.images:
            return None
        return np.stack([self.look(image.pixels()) for image in row.images])

    def look(self, pixels: Pixels) -> Values:
        """[3, side, side] of one picture."""
        from PIL import Image as Pillow

        picture = Pillow.fromarray(pixels)
        if self._processor is not None:
            made = self._processor(images=[picture], do_pan_and_scan=False, return_tensors="np")
            return np.asarray(made["pixel_values"][0], np.float32)
        small = picture.resize((self._side, self._side), Pillow.Resampling.BILINEAR)
        scaled = np.asarray(small).astype(np.float32) * np.float32(1 / 255)
        return np.ascontiguousarray(((scaled - np.float32(0.5)) / np.float32(0.5)).transpose(2, 0, 1))


def with_pixels(
    rows: Iterable[tuple[Row, _T]], eye: Eye, ahead: int = 4, threads: int = 2
) -> Generator[tuple[Row, _T, Values | None], None, None]:
    """Rows and what comes with them, with their pixel values, which are made for some rows ahead.

    Args:
        rows: as `stream.Rows` gives them.
        eye: makes the values.
        ahead: so many rows are read before they are asked for.
        threads: that decode.

    Raises:
        InputError: a picture is damaged; when its row comes.
    """
    coming = iter(rows)
    with ThreadPoolExecutor(threads, thread_name_prefix="pictures") as pool:

        def begun(count: int) -> list[tuple[Row, _T, Future[Values | None]]]:
            return [(row, what, pool.submit(eye.values, row)) for row, what in islice(coming, count)]

        try:
            waiting = begun(ahead + 1)
            while waiting:
                row, what, future = waiting.pop(0)
                yield row, what, future.result()
                waiting += begun(1)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
