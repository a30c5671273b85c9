"""Where things stand on a page: rows of lines, distances, headings. Geometry only; nothing knows what a word means.

Distances are compared with text heights, never with pixels, so that a screen photographed at twice
the scale is read the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from ghost_architect.pages.page import Line
from ghost_architect.pages.typeface import FALL, falls, type_size
from ghost_architect.schema.objects import Box


def left(box: Box) -> int:
    """x of the left edge."""
    return box[0]


def right(box: Box) -> int:
    """x just past the right edge."""
    return box[0] + box[2]


def top(box: Box) -> int:
    """y of the top edge."""
    return box[1]


def bottom(box: Box) -> int:
    """y just past the bottom edge."""
    return box[1] + box[3]


def middle(box: Box) -> tuple[float, float]:
    """The centre, x and y."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def shared_width(a: Box, b: Box) -> int:
    """How many pixels two boxes have in common from left to right; negative is a gap."""
    return min(right(a), right(b)) - max(left(a), left(b))


def shared_height(a: Box, b: Box) -> int:
    """How many pixels two boxes have in common from top to bottom; negative is a gap."""
    return min(bottom(a), bottom(b)) - max(top(a), top(b))


def holds(outer: Box, inner: Box) -> bool:
    """Whether the centre of `inner` is in `outer`."""
    x, y = middle(inner)
    return left(outer) <= x < right(outer) and top(outer) <= y < bottom(outer)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all of them."""
    all_ = list(boxes)
    x, y = min(map(left, all_)), min(map(top, all_))
    return x, y, max(map(right, all_)) - x, max(map(bottom, all_)) - y


def evened(line: Line) -> Line:
    """The line with a box as high as its type, whichever letters it happens to have (`pages.typeface`).

    Characters that cannot be seen go: they are no part of a name.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in line.text).split())
    size = type_size(text, line.box[3])
    base = bottom(line.box) - (FALL * size if falls(text) else 0.0)
    box = (line.box[0], round(base - (1 - FALL) * size), line.box[2], max(1, round(size)))
    return replace(line, text=text, box=box)


def text_height(lines: Sequence[Line]) -> float:
    """The usual height of a line, in pixels; 16 where there is none."""
    return median([line.box[3] for line in lines]) if lines else 16.0


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """The places of the boxes in the order they are read: row by row, from left to right."""
    marks = [Line(i, box, "") for i, box in enumerate(boxes)]
    return [mark.n for row in rows(marks) for mark in row]


def rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand beside each other, from top to bottom, each row from left to right.

    Two lines share a row when they overlap by more than half of the lower one's height.
    """
    out: list[list[Line]] = []
    for line in sorted(lines, key=lambda n: middle(n.box)[1]):
        row = next((r for r in reversed(out[-3:]) if _beside(r, line)), None)
        if row is None:
            out.append([line])
        else:
            row.append(line)
    return [sorted(r, key=lambda n: left(n.box)) for r in out]


def _beside(row: Sequence[Line], line: Line) -> bool:
    return all(shared_height(n.box, line.box) > 0.5 * min(n.box[3], line.box[3]) for n in row[-2:])


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines that belong together (a wrapped header, a wrapped value)."""

    lines: tuple[Line, ...]

    @property
    def box(self) -> Box:
        """Around all of its lines."""
        return around(n.box for n in self.lines)

    @property
    def text(self) -> str:
        """Its lines, joined by a space."""
        return " ".join(n.text for n in self.lines)
