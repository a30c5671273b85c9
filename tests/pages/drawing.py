"""Screens drawn for tests, with the truth about them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ghost_architect.pages.page import Line, Pixels
from ghost_architect.schema.objects import Box


@dataclass
class Screen:
    """A picture to draw on; `texts` collects what was written, with the box of its ink."""

    width: int = 640
    height: int = 400
    background: str = "white"
    texts: list[tuple[str, Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), self.background)
        self.draw = ImageDraw.Draw(self.image)

    def write(self, x: int, y: int, text: str, size: int = 16, colour: str = "black", spacing: int = 0) -> int:
        """Write a line, its letters spaced by so many pixels more, and return where it ends."""
        font = ImageFont.load_default(size)
        left, top, right, bottom = (round(v) for v in self.draw.textbbox((x, y), text, font))
        if spacing:
            at = float(x)
            for char in text:
                self.draw.text((round(at), y), char, colour, font)
                at += font.getlength(char) + spacing
            right += spacing * (len(text) - 1)
        else:
            self.draw.text((x, y), text, colour, font)
        self.texts.append((text, (left, top, right - left, bottom - top)))
        return right

    @property
    def pixels(self) -> Pixels:
        return np.asarray(self.image)

    @property
    def png(self) -> bytes:
        out = io.BytesIO()
        self.image.save(out, "PNG")
        return out.getvalue()


def line(n: int, x: int, y: int, text: str = "word", w: int = 60, h: int = 14) -> Line:
    """A text line of the usual size."""
    return Line(n, (x, y, w, h), text)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    (x, y, w, h), (u, v, t, s) = one, other
    wide = max(0, min(x + w, u + t) - max(x, u))
    high = max(0, min(y + h, v + s) - max(y, v))
    return wide * high / (w * h + t * s - wide * high)
