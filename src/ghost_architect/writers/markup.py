"""Small pieces of SVG: numbers, texts, ways with rounded corners, crow's feet."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from .graph import Point


def num(value: float) -> str:
    """A coordinate, to a tenth of a pixel, without needless zeros."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def label(x: float, y: float, classes: str, words: str) -> str:
    """A text whose baseline starts (or, by its class, ends) at x, y. `words` is plain text."""
    return f'<text class="{classes}" x="{num(x)}" y="{num(y)}">{escape(words)}</text>'


def tooltip(words: str) -> str:
    """What a browser shows over the element that this is put into first."""
    return f"<title>{escape(words)}</title>"


def rounded(way: Sequence[Point], radius: float) -> str:
    """The `d` of a way of horizontal and vertical lines with rounded corners."""
    parts = [f"M{num(way[0][0])} {num(way[0][1])}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(way, way[1:], way[2:], strict=False):
        before, after = abs(ax - bx) + abs(ay - by), abs(cx - bx) + abs(cy - by)
        r = min(radius, before / 2, after / 2)
        if r < 0.05:
            continue
        sx, sy = bx + (ax - bx) / before * r, by + (ay - by) / before * r
        ex, ey = bx + (cx - bx) / after * r, by + (cy - by) / after * r
        parts.append(f"L{num(sx)} {num(sy)}Q{num(bx)} {num(by)} {num(ex)} {num(ey)}")
    parts.append(f"L{num(way[-1][0])} {num(way[-1][1])}")
    return "".join(parts)


def foot(x: float, y: float, way: int, many: bool, optional: bool) -> str:
    """The end of a wire at a card's rim, in crow's foot notation: 20 pixels long at most.

    Args:
        x, y: where the wire meets the card.
        way: 1 where the wire leaves to the right, -1 to the left.
        many: a crow's foot; else the bar of "at most one".
        optional: a circle ("or none"); else a second bar.
    """
    if many:
        end, lines = 11.0, f"M{num(x)} {num(y - 5.5)}L{num(x + 11 * way)} {num(y)}L{num(x)} {num(y + 5.5)}"
    else:
        end, lines = 7.0, _bar(x + 7 * way, y)
    if not optional:
        return f'<path class="foot" d="{lines}{_bar(x + (end + 4.5) * way, y)}"/>'
    circle = f'<circle class="ring" cx="{num(x + (end + 4.5) * way)}" cy="{num(y)}" r="3.6"/>'
    return f'<path class="foot" d="{lines}"/>{circle}'


def _bar(x: float, y: float) -> str:
    return f"M{num(x)} {num(y - 5)}V{num(y + 5)}"
