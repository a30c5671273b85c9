"""Schema -> the diagram of `svg` as a PNG, for what takes no SVG: slides, chats, wikis, printers.

    Schema -> svg.drawing (light) -> resvg -> bytes

resvg is one library of 3 MB without a browser or a system library (MIT, as the crates in it). It draws
with the fonts of the machine. A server may have none, and then resvg leaves every text out; so the font
inside Pillow (Aileron, CC0, basic Latin) goes along as the last resort. A letter that no font has is a box.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import resvg_py
from PIL import ImageFont

from ghost_architect.schema.objects import Schema

from . import Written
from .svg import Drawing, drawing
from .theme import Theme

SCALE = 2.0
"""Pixels of the picture for a pixel of the SVG: sharp on the screens of today, and in print at 10 cm width."""

MOST_PIXELS = 36_000_000
"""Of the whole picture: 144 MB while it is drawn. Four times the area of an A4 page at 300 dots per inch."""

LONGEST_SIDE = 16_384
"""Pixels. What browsers and graphics cards still show, and what this project reads itself."""

_READABLE = 0.75
"""The scale below which 13-pixel letters turn into dots."""

_LAST_FONT = "Aileron"


def write(schema: Schema, dialect: str = "postgres") -> Written:
    """The diagram as a PNG in light colours, twice as large as the SVG; smaller where that would be too large.

    Args:
        schema: what to draw; see `svg.draw`.
        dialect: whose limits apply, as in `schema.fit`.

    Raises:
        UsageError: there is no such dialect.
    """
    drawn = drawing(schema, dialect, Theme.LIGHT)
    scale = fitting_scale(drawn.width, drawn.height)
    return Written(_pixels(drawn, scale), _notes(scale))


def fitting_scale(width: float, height: float) -> float:
    """The largest scale, at most `SCALE`, at which the picture stays within `MOST_PIXELS` and `LONGEST_SIDE`.

    Args:
        width, height: of the SVG, in pixels.
    """
    # A pixel less on each side: sizes are rounded up.
    by_side = (LONGEST_SIDE - 1) / max(width, height)
    by_area = math.sqrt(MOST_PIXELS / (width * height)) * (1 - 1 / LONGEST_SIDE)
    return min(SCALE, by_side, by_area)


def _notes(scale: float) -> tuple[str, ...]:
    if scale == SCALE:
        return ()
    said = f"the diagram is large, so it is drawn at {scale:.2f} pixels for one, not {SCALE:g}"
    return (f"{said}; its text cannot be read, svg can be" if scale < _READABLE else said,)


def _pixels(drawn: Drawing, scale: float) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ghost-architect-") as folder:
        font = Path(folder) / "last.ttf"
        own = ImageFont.load_default(12)
        assert isinstance(own, ImageFont.FreeTypeFont)  # it is one wherever a size is given
        font.write_bytes(own.font_bytes)
        return resvg_py.svg_to_bytes(
            svg_string=drawn.text,
            zoom=scale,
            font_files=[str(font)],
            # resvg looks for a serif font where it finds none of those that the SVG names.
            serif_family=_LAST_FONT,
        )
