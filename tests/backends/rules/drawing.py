"""Screens drawn for the rules: what is written is known without reading it, what is drawn is real pixels.

A `Screen` is a picture and the list of lines on it; a line's box is that of its ink, as text
recognition gives it. Widgets look like those of the usual web forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ghost_architect.pages.page import Line, Page, numbered
from ghost_architect.schema.objects import Box

INK, GREY, BORDER, BLUE = "#222222", "#777777", "#b0b0b0", "#2563eb"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@dataclass
class Screen:
    """A picture to draw on. `y` of a text is the top of its capitals, about."""

    width: int = 1000
    height: int = 640
    background: str = "#ffffff"
    written: list[tuple[tuple[int, int], Line]] = field(default_factory=list)
    """Where each line was asked for, and the line."""

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), self.background)
        self.draw = ImageDraw.Draw(self.image)

    def write(self, x: int, y: int, text: str, size: int = 16, colour: str = INK) -> Box:
        """Write one line; the box of its ink."""
        font = _font(size)
        left, top, right, bottom = (round(v) for v in self.draw.textbbox((x, y), text, font))
        self.draw.text((x, y), text, colour, font)
        box = (left, top, right - left, bottom - top)
        self.written.append(((x, y), Line(len(self.written) + 1, box, text)))
        return box

    def heading(self, x: int, y: int, text: str, size: int = 28) -> Box:
        """Write large."""
        return self.write(x, y, text, size)

    def frame(self, box: Box, fill: str | None = "#ffffff", outline: str | None = BORDER) -> None:
        """A box with a border of one pixel: an input, a card, a panel."""
        x, y, w, h = box
        self.draw.rectangle((x, y, x + w - 1, y + h - 1), fill, outline)

    def bar(self, box: Box, fill: str = "#dddddd") -> None:
        """A box without a border."""
        self.frame(box, fill, None)

    def arrow(self, x: int, y: int) -> None:
        """The triangle of a select, its middle here."""
        self.draw.polygon([(x - 5, y - 2), (x + 5, y - 2), (x, y + 3)], "#444444")

    def input(self, x: int, y: int, text: str = "", w: int = 320, h: int = 38, colour: str = INK) -> None:
        """A field for one line, with a text in it."""
        self.frame((x, y, w, h))
        if text:
            self.write(x + 10, y + (h - 18) // 2, text, 16, colour)

    def select(self, x: int, y: int, text: str = "", w: int = 320, h: int = 38) -> None:
        """A field with an arrow at its end."""
        self.input(x, y, text, w, h)
        self.arrow(x + w - 18, y + h // 2)

    def tick(self, x: int, y: int, label: str, size: int = 18) -> None:
        """A check box with its label behind it."""
        self.frame((x, y, size, size), outline="#555555")
        self.write(x + size + 10, y, label)

    def button(self, x: int, y: int, text: str, w: int = 120, h: int = 38) -> None:
        """A blue button."""
        self.bar((x, y, w, h), BLUE)
        left, _, right, _ = self.draw.textbbox((0, 0), text, _font(16))
        self.write(x + round((w - right + left) / 2), y + (h - 18) // 2, text, 16, "#ffffff")

    def labelled(self, x: int, y: int, label: str, text: str = "", w: int = 320) -> None:
        """An input of 38 pixels with its label above; takes 84 pixels."""
        self.write(x, y, label)
        self.input(x, y + 26, text, w)

    def chosen(self, x: int, y: int, label: str, text: str = "", w: int = 320) -> None:
        """A select with its label above; takes 84 pixels."""
        self.write(x, y, label)
        self.select(x, y + 26, text, w)

    def grid(
        self, x: int, y: int, columns: Sequence[tuple[int, str]], rows: Sequence[Sequence[str]], step: int = 44
    ) -> None:
        """A header row and rows beneath, a rule between them; `columns` are width and header. "" is an empty cell."""
        for i, row in enumerate([[h for _, h in columns], *rows]):
            at = x
            for (width, _), text in zip(columns, row, strict=True):
                if text:
                    self.write(at, y + i * step, text)
                at += width
            self.draw.line((x, y + i * step + 30, at, y + i * step + 30), "#dddddd")

    def page(self, name: str = "screen.png") -> Page:
        """What was drawn, lines in reading order; an empty lower part is cut off, which saves time."""
        ordered = (line for _, line in sorted(self.written, key=lambda w: (w[0][1], w[0][0])))
        pixels = np.asarray(self.image)
        drawn = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
        height = min(self.height, int(drawn[-1]) + 40) if drawn.size else self.height
        (page,) = numbered([Page(name, self.width, height, tuple(ordered), np.ascontiguousarray(pixels[:height]))])
        return page


def scaled(page: Page, times: int) -> Page:
    """The same screen, every pixel as a square of `times` pixels a side."""

    def larger(box: Box) -> Box:
        return box[0] * times, box[1] * times, box[2] * times, box[3] * times

    lines = tuple(replace(n, box=larger(n.box)) for n in page.lines)
    assert page.pixels is not None
    pixels = page.pixels.repeat(times, axis=0).repeat(times, axis=1)
    return replace(page, width=page.width * times, height=page.height * times, lines=lines, pixels=pixels)


def shifted(page: Page, right: int, down: int) -> Page:
    """The same screen with a strip in the colour of its corner at the left and at the top."""
    lines = tuple(replace(n, box=(n.box[0] + right, n.box[1] + down, n.box[2], n.box[3])) for n in page.lines)
    assert page.pixels is not None
    pixels = np.empty((page.height + down, page.width + right, 3), np.uint8)
    pixels[:] = page.pixels[0, 0]
    pixels[down:, right:] = page.pixels
    return replace(page, width=page.width + right, height=page.height + down, lines=lines, pixels=pixels)


def listing(title: str, columns: Mapping[str, Sequence[str]], width: int = 220) -> Page:
    """A heading and a grid, given column by column; only its text, which is all that a grid needs."""
    screen = Screen(80 + width * len(columns), 900)
    if title:
        screen.heading(40, 30, title)
    screen.grid(40, 110, [(width, header) for header in columns], list(zip(*columns.values(), strict=True)))
    return replace(screen.page(), pixels=None)
