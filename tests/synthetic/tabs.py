"""A browser for the tests, and what it shows of a piece of HTML."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from ghost_architect.pages.page import Pixels
from ghost_architect.synthetic.camera.browser import Browser, Shot
from ghost_architect.synthetic.camera.sight import Sighting, sightings
from ghost_architect.synthetic.camera.window import Window

from ..outside import program

SMALL = Window(640, 480)


def browser(*names: str) -> Browser:
    """A Chromium that is installed here, by default the fastest."""
    return Browser(program(*(names or ("chromium-headless-shell", "chromium"))))


def pixels(shot: Shot) -> Pixels:
    """The picture that was taken."""
    with Image.open(io.BytesIO(shot.image)) as picture:
        return np.asarray(picture.convert("RGB"))


def lines(shot: Shot, window: Window = SMALL) -> list[Sighting]:
    """The lines that a person sees."""
    return sightings(shot.pieces, window.scale, shot.width, shot.height)


class Screen:
    """A tab with one style sheet."""

    def __init__(self, own: Browser, style: str = "") -> None:
        plain = (
            "html,body{margin:0;height:100%;overflow:hidden;background:#fff;color:#111;font:14px/20px 'DejaVu Sans'}"
        )
        self.tab = own.tab(head=f"<style>{plain}{style}</style>")

    def shoot(self, body: str, window: Window = SMALL, root: Mapping[str, str] | None = None) -> Shot:
        """A picture without loss."""
        return self.tab.shoot(body, window, root, "png")

    def seen(self, body: str, window: Window = SMALL) -> list[Sighting]:
        """The lines that a person sees of it."""
        return lines(self.shoot(body, window), window)

    def read(self, body: str, window: Window = SMALL) -> list[str]:
        """Their texts."""
        return [line.text for line in self.seen(body, window)]
