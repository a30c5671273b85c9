"""A screen as everything after it sees it: pixels, and numbered text lines with boxes.

A page made from a photograph (lines from OCR) and one made by the generator (lines from the
browser) are the same type. Boxes are whole pixels of the upright picture at full resolution.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ghost_architect.schema.objects import Box

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. `n` counts from 1 through all screens of a call; `confidence` is 0..1."""

    n: int
    box: Box
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One screen. `pixels` is None where only text is known; `notes` say what was done to it and what was not read."""

    name: str
    width: int
    height: int
    lines: tuple[Line, ...]
    pixels: Pixels | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def numbered(pages: Iterable[Page]) -> tuple[Page, ...]:
    """The same pages with their lines numbered from 1 through all of them."""
    out, n = [], 1
    for page in pages:
        lines = tuple(replace(line, n=n + i) for i, line in enumerate(page.lines))
        out.append(replace(page, lines=lines))
        n += len(lines)
    return tuple(out)
