"""Where the letters of a line really are: the detector's rough region -> tight pieces of ink.

The detector marks the middle of lines and sometimes runs across neighbours (a row of links, the
cells of a table header) or takes an icon along. What a line covers is therefore taken from the
pixels. A region's background is the median colour around its core; what is far from that is ink;
connected ink that comes in from outside without reaching the core (a border, a rule, the next
line), that is a thin rule across the region (an underline) or a line drawn around all the rest (a
button, a tag) is none. Then:

    gap rule    ink falls apart where a gap is at least `SPLIT_GAP` letter heights wide. Between words it is up to
                1.25; between links, cells and buttons 1.3 and more. Where letters are spaced, the words are too:
                what the usual gap is wider than `_USUAL` letter heights is taken off twice. (Monospaced words are
                1.3 to 1.9 apart: many fall apart, the price for keeping narrow table cells apart.)
    icon rule   a lone blob at an end of a piece, `ICON_GAP` or more away from the rest, that reaches both higher
                and lower than the rest by `ICON_RISE` is an icon and left out. A capital before small letters
                reaches higher, but stands on the same line.

The letter height, the measure of all three, is the height of the rows that hold the middle 92% of
the ink: it forgives a lone descender, bracket or accent. In the fonts measured it is 0.4 to 0.7 of
the type size, 0.55 for mixed text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ghost_architect.schema.objects import Box

from .page import Pixels

SPLIT_GAP = 1.3
ICON_GAP = 0.7
ICON_RISE = 0.15
"""All three in letter heights; the rules above say what for."""

_TAIL = 0.04
"""The share of ink above and below the rows that make the letter height."""
_WORD_GAP = 0.4
"""The gap between words in the height of the line's ink, where the letter height is not known yet."""
_THIN = 0.12
"""How high a rule is at most, as a share of the region."""
_USUAL, _WIDEST, _FEWEST = 0.25, 0.8, 4
"""The gap between letters that is usual, the widest that can be one, both in letter heights; and how many it takes to
know how a line is spaced."""
_Mask = NDArray[np.bool_]
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle as edges: left, top, right, bottom (the last two exclusive)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def box(self) -> Box:
        """The same as x, y, width, height."""
        return self.left, self.top, self.width, self.height

    def of(self, pixels: Pixels) -> Pixels:
        """The part of the picture inside."""
        return pixels[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of text.

    Attributes:
        area: its box.
        height: its letter height, in pixels.
        gaps: where its columns are empty, from left to right, as picture columns (start, end exclusive).
    """

    area: Area
    height: float
    gaps: tuple[_Span, ...] = ()


def pieces(pixels: Pixels, core: Area, whole: Area) -> list[Piece]:
    """The lines of text in a region: usually one, several where wide gaps part it, none where there is only an icon.

    Args:
        pixels: the screen.
        core: the part that the detector is sure of, inside `whole`.
        whole: that part grown to what the line may cover.
    """
    inner = Area(core.left - whole.left, core.top - whole.top, core.right - whole.left, core.bottom - whole.top)
    ink = _letters(_ink(whole.of(pixels), inner), inner)
    if not ink.any():
        return [Piece(whole, float(core.height))]
    unit = _letter_height(ink)
    found = []
    for span in _spans(ink, SPLIT_GAP * unit + 1 + 2 * _spacing(ink, unit)):
        left, right = _without_icons(ink, span, unit)
        rows = np.flatnonzero(ink[:, left:right].any(axis=1))
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        area = Area(whole.left + left, whole.top + top, whole.left + right, whole.top + bottom)
        letters = _spans(ink[:, left:right], 1)
        gaps = tuple((area.left + a, area.left + b) for (_, a), (b, _) in pairwise(letters))
        found.append(Piece(area, unit, gaps))
    return found


def _ink(cut: Pixels, core: Area) -> _Mask:
    """Which pixels are far from the background: at least a third as far as the furthest in the core."""
    reach = max(2, core.height // 2)
    near = cut[max(core.top - reach, 0) : core.bottom + reach, max(core.left - reach, 0) : core.right + reach]
    background = np.median(near.reshape(-1, 3), axis=0)
    distance = np.abs(cut - background).max(axis=2)
    furthest = float(np.percentile(distance[core.top : core.bottom, core.left : core.right], 98))
    return np.asarray(distance > max(16.0, furthest / 3))


def _letters(ink: _Mask, core: Area) -> _Mask:
    """The ink without what comes in from outside, and without rules across the region."""
    import cv2

    height, width = ink.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    x, y, w, h = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    at_edge = (x == 0) | (y == 0) | (x + w == width) | (y + h == height)
    reaches = np.zeros(count, bool)
    reaches[labels[core.top : core.bottom, core.left : core.right]] = True
    thin = max(2, round(_THIN * height))
    upright = (y == 0) & (y + h == height) & (w <= thin)
    rule = (h <= thin) & (w > 2 * height)
    keep = ~(at_edge & ~reaches) & ~upright & ~rule
    keep[0] = False
    keep &= ~_frames(np.asarray(stats, np.int32), keep)
    return np.asarray(keep[labels])


def _frames(stats: NDArray[np.int32], keep: _Mask) -> _Mask:
    """Which components are lines drawn around the others: wide, and with all else that is kept inside."""
    x, y, w, h = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    around = np.zeros(len(stats), bool)
    for i in np.flatnonzero(keep & (w >= 1.5 * h)):
        rest = keep.copy()
        rest[i] = False
        inside = (x > x[i]) & (y > y[i]) & (x + w < x[i] + w[i]) & (y + h < y[i] + h[i])
        if rest.any() and h[rest].max() >= h[i] / 4 and inside[rest].all():
            around[i] = True
    return around


def _bulk(ink: _Mask) -> tuple[float, float]:
    """Top and bottom of the rows that hold the ink, less `_TAIL` of it at either end."""
    rows = ink.sum(axis=1)
    share = np.concatenate([[0.0], np.cumsum(rows) / rows.sum()])
    edges = np.arange(len(share))
    return float(np.interp(_TAIL, share, edges)), float(np.interp(1 - _TAIL, share, edges))


def _letter_height(ink: _Mask) -> float:
    """The letter height of the line: the median over its words, each counted by its width, so that an
    icon beside a word does not set the measure."""
    top, bottom = _bulk(ink)
    words = _spans(ink, max(2.0, _WORD_GAP * (bottom - top)))
    heights = [_bulk(ink[:, left:right]) for left, right in words]
    return float(np.median([b - t for (t, b), (x, y) in zip(heights, words, strict=True) for _ in range(x, y)]))


def _spacing(ink: _Mask, unit: float) -> float:
    """By how much the letters are spaced beyond what is usual, in pixels: the middle one of the gaps that can be
    gaps between letters. A word gap grows by twice as much."""
    letters = _spans(ink, 1)
    gaps = [b - a for (_, a), (b, _) in pairwise(letters) if b - a < _WIDEST * unit]
    return max(0.0, median(gaps) - _USUAL * unit) if len(gaps) >= _FEWEST else 0.0


def _spans(ink: _Mask, gap: float) -> list[_Span]:
    """The stretches of columns with ink, parted by at least `gap` columns without."""
    columns = np.flatnonzero(ink.any(axis=0))
    breaks = np.flatnonzero(np.diff(columns) - 1 >= gap)
    starts = [0, *(breaks + 1).tolist()]
    ends = [*breaks.tolist(), len(columns) - 1]
    return [(int(columns[a]), int(columns[b]) + 1) for a, b in zip(starts, ends, strict=True)]


def _without_icons(ink: _Mask, span: _Span, unit: float) -> _Span:
    """The span less an icon at its left and its right end."""
    left, right = span
    parts = [(left + a, left + b) for a, b in _spans(ink[:, left:right], ICON_GAP * unit)]
    if len(parts) > 1 and _is_icon(ink, parts[0], (parts[1][0], right), unit):
        del parts[0]
    if len(parts) > 1 and _is_icon(ink, parts[-1], (parts[0][0], parts[-2][1]), unit):
        del parts[-1]
    return parts[0][0], parts[-1][1]


def _is_icon(ink: _Mask, part: _Span, rest: _Span, unit: float) -> bool:
    if part[1] - part[0] > 3 * unit:
        return False
    top, bottom = _bulk(ink[:, part[0] : part[1]])
    rest_top, rest_bottom = _bulk(ink[:, rest[0] : rest[1]])
    rise = max(1.0, ICON_RISE * unit)
    return top <= rest_top - rise and bottom >= rest_bottom + rise
