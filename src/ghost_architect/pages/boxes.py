"""Shapes drawn on a screen: fields, cards, cells, pills and buttons; and the colours of text.

A shape is a region of even colour, text and other shapes inside it cut out, that reaches all four
sides of its bounding box. Its edges are where neighbouring pixels differ by more than the
picture's own noise. This finds bordered and borderless shapes alike, with square or round corners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghost_architect.schema.objects import Box

from .page import Line, Pixels

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

MIN_WIDTH, MIN_HEIGHT = 12, 10
"""The smallest shape, in pixels; check boxes are about this size."""

SAME = 12
"""Colours that are no further `apart` look alike."""

_NOISE, _CLEAN_STEP, _NOISY_STEP = 0.10, 3, 7
"""The share of neighbours that differ a little from which a picture is noisy; and the largest step between two pixels
that is no edge, in a clean picture and in a noisy one."""
_REACH = 0.6
"""The share of a side that a rectangle lies along."""
_BORDER = 4
"""A border is at most so thick, in pixels."""
_SMEAR = 10
"""How far compression smears an edge, in pixels."""
_FIELD = (16, 200)
"""The heights of a field that may have an arrow at its end, in pixels."""
_INK = 40
"""How far from the ground the pixels of an arrow are."""
_SAMPLE = 20_000
"""Pixels that are looked at for the commonest colour."""


class Drawing(StrEnum):
    """OUTLINED: a border around what looks like its surroundings. FILLED: another colour than around it."""

    OUTLINED = "outlined"
    FILLED = "filled"


class Mark(StrEnum):
    """What stands alone at the right end of a field. DOWN: a downward arrow, as of a select. UP_DOWN: one
    upward above one downward, as of a number with a spinner, and of some selects."""

    NONE = ""
    DOWN = "down"
    UP_DOWN = "up-down"


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn rectangle. `box` is the part inside the border; `border` is None where there is none."""

    box: Box
    drawing: Drawing
    fill: Colour
    border: Colour | None = None
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Tone:
    """The colour behind a text and the colour of the text itself."""

    background: Colour
    text: Colour


def find_boxes(pixels: Pixels, lines: Sequence[Line] = ()) -> tuple[Shape, ...]:
    """The rectangles drawn on a screen, from the top, then from the left. The screen itself is none.

    Args:
        pixels: the screen.
        lines: its text; shapes that are parts of letters are left out.
    """
    import cv2

    height, width = pixels.shape[:2]
    flat = np.asarray(~_edges(pixels), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    large = (stats[:, 2] + 1 >= MIN_WIDTH) & (stats[:, 3] + 1 >= MIN_HEIGHT)
    full = 4 * stats[:, 4].astype(np.int64) >= stats[:, 2].astype(np.int64) * stats[:, 3]
    screen = (stats[:, 2] >= width - 2) & (stats[:, 3] >= height - 2)
    found = []
    for label in np.flatnonzero(large & full & ~screen).tolist():
        x, y, w, h = stats[label, :4].tolist()
        if label and _is_rectangle(labels[y : y + h, x : x + w], label):
            # a pixel counts as edge where it differs from the next: the last row and column are lost to it
            box = _grown(pixels, (x, y, min(w + 1, width - x), min(h + 1, height - y)))
            if not any(_is_in_text(box, line) for line in lines):
                found.append(_shape(pixels, box))
    return tuple(sorted(found, key=lambda s: (s.box[1], s.box[0])))


def tone_of(pixels: Pixels, box: Box) -> Tone:
    """The colours of a text line: what is behind it, and what it is written in.

    The background is the commonest colour of the box and a thin ring around it; the text colour is
    the middle one of the pixels that are furthest from it.
    """
    x, y, w, h = box
    around = pixels[max(y - 1, 0) : y + h + 1, max(x - 2, 0) : x + w + 2]
    background, cut = _commonest(around), around.reshape(-1, 3)
    distance = np.abs(cut.astype(np.int16) - np.asarray(background)).max(axis=1)
    furthest = cut[distance >= 0.8 * distance.max()]
    return Tone(background, _colour(np.median(furthest, axis=0)))


def _step(one: Pixels, other: Pixels) -> NDArray[np.uint8]:
    """How far two pictures are apart, pixel by pixel: the largest difference of a channel."""
    import cv2

    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(red, cv2.max(green, blue)), np.uint8)


def _threshold(pixels: Pixels) -> int:
    """The step that is an edge: a small one, unless many neighbours differ a little (JPEG, a photograph)."""
    sample = pixels[::7]
    step = _step(np.ascontiguousarray(sample[:, 1:]), np.ascontiguousarray(sample[:, :-1]))
    noisy = float(np.mean((step > 0) & (step <= 2 * _CLEAN_STEP))) > _NOISE
    return _NOISY_STEP if noisy else _CLEAN_STEP


def _edges(pixels: Pixels) -> NDArray[np.bool_]:
    """Pixels that differ from the one to their right or the one below."""
    edges = np.zeros(pixels.shape[:2], bool)
    limit = _threshold(pixels)
    edges[:, :-1] |= _step(np.ascontiguousarray(pixels[:, 1:]), np.ascontiguousarray(pixels[:, :-1])) > limit
    edges[:-1] |= _step(pixels[1:], pixels[:-1]) > limit
    return edges


def _is_in_text(box: Box, line: Line) -> bool:
    """Whether a shape is a stroke or the inside of a letter: within a line, and not higher or nearly as long."""
    (x, y, w, h), (u, v, t, s) = box, line.box
    inside = u - 2 <= x and x + w <= u + t + 2 and v - 2 <= y and y + h <= v + s + 2
    return inside and (w < 0.8 * t or len(line.text) == 1)


def _is_rectangle(labels: NDArray[Any], label: int) -> bool:
    """Whether the region lies along most of all four sides of its bounding box.

    A side counts as covered where the region comes within three pixels of it, so that a rounded or
    softened edge does. Round ends take most of the short sides of a pill, and little of the long ones.
    """
    height, width = labels.shape
    level = _REACH if width > 2 * height else _REACH / 2
    upright = _REACH / 4 if width > 1.5 * height else _REACH / 2
    covered = (
        ((labels[:3] == label).any(axis=0), level),
        ((labels[-3:] == label).any(axis=0), level),
        ((labels[:, :3] == label).any(axis=1), upright),
        ((labels[:, -3:] == label).any(axis=1), upright),
    )
    return all(float(side.mean()) >= need for side, need in covered)


def _shape(pixels: Pixels, box: Box) -> Shape:
    fill = _commonest(_of(pixels, box))
    border, around = _surroundings(pixels, box, fill)
    far = 0 if around is None else apart(fill, around)
    filled = far > (SAME if border is None else 2 * SAME)
    return Shape(box, Drawing.FILLED if filled else Drawing.OUTLINED, fill, border, _mark(pixels, box, fill))


def _grown(pixels: Pixels, box: Box) -> Box:
    """A filled box out to its real edge: compression smears an edge over some pixels, and all of them are steps.

    The edge is where the colour has gone half of the way to what is `_SMEAR` pixels further out.
    """
    x, y, w, h = box
    fill = np.asarray(_commonest(_of(pixels, box)))
    across, down = slice(x + w // 3, x + w - w // 3), slice(y + h // 3, y + h - h // 3)
    up = _steps_out(pixels[max(y - _SMEAR, 0) : y, across][::-1], fill, 1)
    below = _steps_out(pixels[y + h : y + h + _SMEAR, across], fill, 1)
    left = _steps_out(pixels[down, max(x - _SMEAR, 0) : x][:, ::-1], fill, 0)
    right = _steps_out(pixels[down, x + w : x + w + _SMEAR], fill, 0)
    return x - left, y - up, w + left + right, h + up + below


def _steps_out(strip: Pixels, fill: NDArray[Any], along: int) -> int:
    if not strip.size:
        return 0
    far = np.abs(np.median(strip, axis=along) - fill).max(axis=1)
    if far[-1] <= 2 * SAME:
        return 0
    return int(np.argmax(far > far[-1] / 2))


def _of(pixels: Pixels, box: Box) -> Pixels:
    x, y, w, h = box
    return pixels[y : y + h, x : x + w]


def _surroundings(pixels: Pixels, box: Box, fill: Colour) -> tuple[Colour | None, Colour | None]:
    """The colour of the border, if there is one, and of what lies beyond it, seen from the middle of the sides."""
    x, y, w, h = box
    height, width = pixels.shape[:2]
    middle_x, middle_y = x + w // 2, y + h // 2
    rays = []
    if y >= _BORDER + 2:
        rays.append(pixels[y - _BORDER - 2 : y, middle_x][::-1])
    if y + h + _BORDER + 2 <= height:
        rays.append(pixels[y + h : y + h + _BORDER + 2, middle_x])
    if x >= _BORDER + 2:
        rays.append(pixels[middle_y, x - _BORDER - 2 : x][::-1])
    if x + w + _BORDER + 2 <= width:
        rays.append(pixels[middle_y, x + w : x + w + _BORDER + 2])
    if not rays:
        return None, None
    out = np.median(np.stack(rays), axis=0)
    around = _colour(out[-1])
    first = _colour(out[0])
    has_border = apart(first, fill) > _CLEAN_STEP and apart(first, around) > _CLEAN_STEP
    return (first if has_border else None), around


def _mark(pixels: Pixels, box: Box, fill: Colour) -> Mark:
    import cv2

    x, y, w, h = box
    if not (_FIELD[0] <= h <= _FIELD[1] and w >= 1.5 * h):
        return Mark.NONE
    end = pixels[y + 2 : y + h - 2, x + w - h : x + w - 2].astype(np.int16)
    ink = np.abs(end - np.asarray(fill)).max(axis=2) > _INK
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    marks = [(labels[b : b + d, a : a + c] == i, centres[i]) for i, (a, b, c, d, _) in enumerate(stats.tolist()) if i]
    down = [centre for mark, centre in marks if _narrows(mark)]
    up = [centre for mark, centre in marks if _narrows(mark[::-1])]
    if any(abs(d[0] - u[0]) <= 2 and u[1] < d[1] for d in down for u in up):
        return Mark.UP_DOWN
    return Mark.DOWN if down and len(marks) <= 2 else Mark.NONE


def _narrows(mark: NDArray[np.bool_]) -> bool:
    """Whether a blob has the size of a small arrow, is widest near its top (the ends of a stroke may be
    round), never widens below that, and ends in a point in the middle."""
    height, width = mark.shape
    if not (5 <= width <= 60 and 3 <= height <= width and width <= 3 * height):
        return False
    reach = [np.flatnonzero(row) for row in mark]
    spans = [int(r[-1] - r[0]) + 1 for r in reach]
    point = float(reach[-1].mean()) - (width - 1) / 2
    widest = int(np.argmax(spans))
    never_wider = widest <= height / 3 and all(b <= a + 1 for a, b in pairwise(spans[widest:]))
    return never_wider and spans[widest] >= 0.8 * width and spans[-1] <= 0.5 * width and abs(point) <= 1.5


def _commonest(pixels: Pixels) -> Colour:
    """The commonest colour of (a regular sample of) the pixels, in steps of 8: the mean of what falls into the step."""
    stride = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLE) ** 0.5))
    flat = pixels[::stride, ::stride].reshape(-1, 3)
    keys = (flat >> 3).astype(np.int32) @ np.array([1024, 32, 1], np.int32)
    key = np.bincount(keys).argmax()
    return _colour(flat[keys == key].mean(axis=0))


def apart(one: Colour, other: Colour) -> int:
    """How far two colours are apart, 0..255: the largest difference of a channel."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _colour(values: NDArray[Any]) -> Colour:
    red, green, blue = (round(float(v)) for v in values)
    return red, green, blue
