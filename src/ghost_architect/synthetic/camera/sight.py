"""What a person reads on a photographed screen: text lines with boxes, and what each of them says.

    runs of letters (capture.js) -> lines in device pixels, joined where a reader sees one line -> facts

A line of a page made here and a line that recognition finds on the same picture should be the same: boxes are
tight around the ink, text is spelt as `pages.lines` spells it, and what holds no letter or digit is no line.
What recognition does otherwise is `noise.py`'s matter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ghost_architect.schema.objects import Box

_GAP = 0.7
"""How far apart two runs may stand to be one line, in font sizes: `pages.ink` parts at 1.3 letter heights of 0.55."""

_SPACE = 0.2
"""From here on a gap between two runs of one block is a space, if none is written there. Letters keep up to 0.15 of
blank on their sides, a space has 0.25."""

_LEVEL = 0.2
"""How far apart the lines that two runs stand on may be, in font sizes."""

_SHARED = 0.4
"""Or they share so much of the lower one's height."""

_BAND = 8.0
"""Runs are looked up by the height they stand on, in bands of so many pixels."""

_EDGE = 0.3
"""Device pixels: so much of a letter's edge is too faint to count as its ink."""

_SMALLEST = 4
"""Device pixels: letters that are lower than this nobody reads."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: facts (`table.column`), and whether as label, value or title."""

    facts: tuple[str, ...]
    part: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One line of text as it is seen.

    Attributes:
        box: x, y, width, height in device pixels.
        text: what can be read.
        said: what it says about the schema; empty for what says nothing.
        contrast: of the letters to their ground, 1 to 21 (WCAG 2.2, "contrast ratio").
        size: of the font, device pixels.
        cut: whether a part of the text is cut off.
    """

    box: Box
    text: str
    said: tuple[Said, ...] = ()
    contrast: float = 21.0
    size: float = 14.0
    cut: bool = False


@dataclass(slots=True)
class _Run:
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    text: str
    size: float
    said: tuple[Said, ...]
    contrast: float
    cut: bool
    block: int
    before: bool
    behind: bool


def sightings(pieces: Iterable[Mapping[str, Any]], scale: float, width: int, height: int) -> list[Sighting]:
    """The lines of a screen, from the top.

    Args:
        pieces: what `capture.js` returned, in CSS pixels.
        scale: device pixels for one of them.
        width, height: of the picture, device pixels.
    """
    joined = _joined(sorted(map(_run, pieces), key=lambda run: (run.left, run.top)))
    down = sorted(joined, key=lambda run: (round(run.baseline), run.left))
    return [s for run in down if (s := _sighting(run, scale, width, height)) is not None]


def _run(piece: Mapping[str, Any]) -> _Run:
    facts = tuple(piece["f"].split())
    said = (Said(facts, piece["p"]),) if facts else ()
    left, top, right, bottom = piece["b"]
    return _Run(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        baseline=piece["y"],
        text=piece["t"],
        size=piece["s"],
        said=said,
        contrast=piece["c"],
        cut=piece["w"],
        block=piece["k"],
        before=piece["h"],
        behind=piece["z"],
    )


def _joined(runs: Sequence[_Run]) -> list[_Run]:
    """Runs (from the left) that a reader takes for one line, joined."""
    out: list[_Run] = []
    bands: dict[int, list[_Run]] = {}
    for run in runs:
        band = int(run.baseline // _BAND)
        near = (line for b in (band, band - 1, band + 1) for line in bands.get(b, ()) if _continues(line, run))
        line = min(near, key=lambda x: run.left - x.right, default=None)
        if line is None:
            out.append(run)
            bands.setdefault(band, []).append(run)
        else:
            _append(line, run)
    return out


def _append(line: _Run, run: _Run) -> None:
    spaced = run.before or line.behind or run.block != line.block or run.left - line.right >= _SPACE * run.size
    line.text += (" " if spaced else "") + run.text
    line.block, line.behind = run.block, run.behind
    line.said += tuple(s for s in run.said if s not in line.said)
    line.top, line.bottom = min(line.top, run.top), max(line.bottom, run.bottom)
    line.right, line.cut = max(line.right, run.right), line.cut or run.cut
    line.contrast = min(line.contrast, run.contrast)


def _continues(line: _Run, run: _Run) -> bool:
    size, lower = max(line.size, run.size), min(line.bottom - line.top, run.bottom - run.top)
    alike = 0.7 < line.size / run.size < 1.45
    level = abs(line.baseline - run.baseline) <= _LEVEL * size
    raised = min(line.bottom, run.bottom) - max(line.top, run.top) >= _SHARED * lower  # a small 2 behind m
    return alike and (level or raised) and -0.2 * size <= run.left - line.right <= _GAP * size


def _sighting(run: _Run, scale: float, width: int, height: int) -> Sighting | None:
    left, top = max(0, round(run.left * scale + _EDGE)), max(0, round(run.top * scale + _EDGE))
    right, bottom = min(width, round(run.right * scale - _EDGE)), min(height, round(run.bottom * scale - _EDGE))
    text = " ".join(unicodedata.normalize("NFKC", run.text).split())
    if right <= left or bottom - top < _SMALLEST or not any(map(str.isalnum, text)):
        return None
    return Sighting((left, top, right - left, bottom - top), text, run.said, run.contrast, run.size * scale, run.cut)
