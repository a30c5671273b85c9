"""Pixels -> numbered text lines with tight boxes.

    pixels                height x width x 3
      |  ocr.text_map     in overlapping tiles
    text map              height x width, how probable text is
      |  regions          connected pixels, grown to what the line may cover
    core, whole           two areas a region
      |  ink.pieces       by gaps and icons
    pieces                areas of ink, tight
      |  ocr.read         in batches of one width
    characters            with their places, and how probable a space is between two
      |  spaces.spelled
    Line                  box, text, confidence; unsure ones and icons dropped
      |  order
    Lines                 in reading order, numbered from 1

Time goes with the number of lines: of a picture with more than `MAX_LINES` the topmost are read, since
titles, labels and the heads of tables stand above what repeats.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .ink import Area, pieces
from .ocr import NETWORKS
from .order import reading_order
from .page import Line, Pixels
from .spaces import spelled

CONFIDENCE = 0.6
"""Lines are kept whose characters have at least this probability on the mean."""

MAX_LINES = 1000
"""So many lines of a picture are read: a full 4K screen has about 800, a page of 40 megapixels had 2,520."""

_TILE, _OVERLAP = 1600, 96
"""Sides of the tiles that the detector is given, at most, and what neighbours share: more than a line is high."""
_MAX_DETECTED = 16_000_000
"""Pixels that the detector looks at; a larger picture is made smaller for it."""
_TEXT, _REGION = 0.3, 0.5
"""How probable a pixel has to be to belong to text, and the pixels of a region on the mean."""
_UNCLIP = 1.6
"""Regions are shrunk lines: they grow by area x this / circumference (the paper of DB, arXiv:1911.08947, has 1.5)."""
_MARGIN = 0.2
"""Around a line, as a share of its height, for the recogniser."""
_WIDEST_LETTER, _LONE_CONFIDENCE = 1.25, 0.9
"""Width to height of a lone letter, and how sure it has to be; what is wider or less sure is an icon."""


def read_lines(pixels: Pixels) -> tuple[Line, ...]:
    """The text lines of a screen in reading order, numbered from 1; see `read_screen`."""
    return read_screen(pixels)[0]


def read_screen(pixels: Pixels) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The text lines of a screen in reading order, numbered from 1, and notes about what was not read.

    Boxes are tight around the ink, in whole pixels of the picture.
    """
    top_down = sorted(regions(pixels), key=lambda region: region[0].top)
    pieced = (p for core, whole in top_down for p in pieces(pixels, core, whole))
    found = list(islice(pieced, MAX_LINES))
    more = next(pieced, None)
    areas = [_with_margin(p.area) for p in found]
    read = NETWORKS.read([a.of(pixels) for a in areas])
    kept = [x for x in zip(found, areas, read, strict=True) if x[2].confidence >= CONFIDENCE]
    lines = [Line(0, p.area.box, _clean(spelled(r, p, a.left)), round(r.confidence, 3)) for p, a, r in kept]
    ordered = reading_order(_without_junk(lines))
    numbered = tuple(Line(n, x.box, x.text, x.confidence) for n, x in enumerate(ordered, 1))
    return numbered, (f"only the topmost {MAX_LINES:,} lines of text are read",) if more else ()


def regions(pixels: Pixels) -> list[tuple[Area, Area]]:
    """Where the detector sees lines: the core that it marked, and that core grown to the whole line."""
    height, width = pixels.shape[:2]
    found = []
    for core in _found(pixels):
        grow = round(core.width * core.height * _UNCLIP / (2 * (core.width + core.height))) + 1
        whole = Area(
            max(core.left - grow, 0),
            max(core.top - grow, 0),
            min(core.right + grow, width),
            min(core.bottom + grow, height),
        )
        found.append((core, whole))
    return found


def _found(pixels: Pixels) -> list[Area]:
    """The cores of all lines. A huge picture is looked at in a smaller copy, and read at full size."""
    import cv2

    height, width = pixels.shape[:2]
    scale = (_MAX_DETECTED / (height * width)) ** 0.5
    if scale >= 1:
        return _cores(_text_map(pixels))
    size = round(width * scale), round(height * scale)
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    edges = ((c.left, c.top, c.right, c.bottom) for c in _cores(_text_map(small)))
    return [Area(*(round(edge / scale) for edge in core)) for core in edges]


def _text_map(pixels: Pixels) -> NDArray[np.float32]:
    """The detector's map of the whole picture, made in overlapping tiles so that memory stays bounded."""
    height, width = pixels.shape[:2]
    out = np.zeros((height, width), np.float32)
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            tile = NETWORKS.text_map(pixels[top:bottom, left:right])
            np.maximum(out[top:bottom, left:right], tile, out=out[top:bottom, left:right])
    return out


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Cut a side into equal tiles that overlap, so that no line is cut in all of them."""
    count = max(1, -(-(length - _OVERLAP) // (_TILE - _OVERLAP)))
    step = (length - _OVERLAP) / count
    for i in range(count):
        yield round(i * step), min(length, round((i + 1) * step) + _OVERLAP)


def _cores(found: NDArray[np.float32]) -> list[Area]:
    import cv2

    mask = (found > _TEXT).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    total = np.bincount(labels.ravel(), weights=found.ravel(), minlength=count)
    cores = []
    for (x, y, w, h, area), weight in zip(stats[1:].tolist(), total[1:].tolist(), strict=True):
        if min(w, h) >= 3 and weight / area >= _REGION:
            cores.append(Area(x, y, x + w, y + h))
    return cores


def _with_margin(area: Area) -> Area:
    """The piece with the margin that the recogniser knows from its training."""
    margin = max(2, round(_MARGIN * area.height))
    left, top = max(area.left - margin, 0), max(area.top - margin, 0)
    return Area(left, top, area.right + margin, area.bottom + margin)


def _clean(text: str) -> str:
    """Full-width Latin as plain Latin, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _is_ideograph(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and unicodedata.east_asian_width(char) == "W"


def _without_junk(lines: Sequence[Line]) -> list[Line]:
    """Drop what was read from icons.

    An icon is read as: no letter or digit at all; one unsure character; one letter in a box wider
    than letters are (a chevron reads as V); ideographs on a screen that is otherwise written without.
    """
    rich = sum(sum(map(_is_ideograph, line.text)) > 2 for line in lines)
    if rich * 10 < len(lines):
        lines = [replace(line, text="".join(c for c in line.text if not _is_ideograph(c)).strip()) for line in lines]
    return [line for line in lines if any(c.isalnum() for c in line.text) and not _is_symbol(line)]


def _is_symbol(line: Line) -> bool:
    if len(line.text) > 1 or line.text.isdigit():
        return False
    wide = line.box[2] > _WIDEST_LETTER * line.box[3] and line.text not in "MmWw"
    return wide or line.confidence < _LONE_CONFIDENCE
