"""Dialogs: a bright panel over a page that was dimmed behind it. What is behind is no longer what the screen shows."""

from __future__ import annotations

from collections.abc import Sequence

from ghost_architect.pages.boxes import Colour, Shape, tone_of
from ghost_architect.pages.page import Line, Page
from ghost_architect.schema.objects import Box

from .layout import bottom, holds, left, middle, right, top

_SHARE = (0.04, 0.7)
"""How much of a screen a dialog covers."""

_DIMMED = 30
"""How much darker what is behind is than the dialog, of 255."""


def dialog_on(page: Page, lines: Sequence[Line], shapes: Sequence[Shape]) -> Box | None:
    """The box of the dialog, if the page shows one: it holds text, and all text around it stands on a darker ground."""
    if page.pixels is None:
        return None
    area = page.width * page.height
    fits = [s for s in shapes if _SHARE[0] <= s.box[2] * s.box[3] / area <= _SHARE[1] and _is_free(s.box, page)]
    for shape in sorted(fits, key=lambda s: -s.box[2] * s.box[3]):
        inside = [n for n in lines if holds(shape.box, n.box)]
        outside = [n for n in lines if not holds(shape.box, n.box)]
        if len(inside) < 4 or not _is_around(outside, shape.box):
            continue
        grounds = [tone_of(page.pixels, n.box).background for n in outside]
        dark = sum(_light(g) <= _light(shape.fill) - _DIMMED for g in grounds)
        if dark >= 0.95 * len(grounds):
            return shape.box
    return None


def _is_free(box: Box, page: Page) -> bool:
    """Away from the edges of the screen, but for the lower one, where sheets of phones stand."""
    margin = 0.02 * page.width
    return left(box) > margin and right(box) < page.width - margin and top(box) > 0.02 * page.height


def _is_around(outside: Sequence[Line], box: Box) -> bool:
    """Text on two opposite sides of it."""
    sides = {
        "left": any(right(n.box) <= left(box) and top(box) < middle(n.box)[1] < bottom(box) for n in outside),
        "right": any(left(n.box) >= right(box) and top(box) < middle(n.box)[1] < bottom(box) for n in outside),
        "over": any(bottom(n.box) <= top(box) and left(box) < middle(n.box)[0] < right(box) for n in outside),
        "under": any(top(n.box) >= bottom(box) and left(box) < middle(n.box)[0] < right(box) for n in outside),
    }
    return (sides["left"] and sides["right"]) or (sides["over"] and (sides["under"] or sides["left"] or sides["right"]))


def _light(colour: Colour) -> int:
    return max(colour)
