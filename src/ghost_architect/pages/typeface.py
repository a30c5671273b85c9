"""How large the type of a line is, from the height of its ink and the letters that make it.

A box of text reaches from its highest to its lowest letter: that of "once" is little more than half as
high as that of "Only". In type sizes, letters without strokes up or down are 0.55 high; capitals, digits
and strokes up add 0.18, strokes down 0.21 (DejaVu and Liberation, to a tenth).
"""

from __future__ import annotations

PLAIN, RISE, FALL = 0.55, 0.18, 0.21
"""Shares of the type size: a letter like x, what ascenders add above it, what descenders add below."""

_RISING = frozenset("bdfhijklt()[]{}/|\\&%@#$€£!?'\"+")
_FALLING = frozenset("gjpqyQ,;()[]{}/|\\@$_")


def rises(text: str) -> bool:
    """Whether a letter stands higher than an x."""
    return any(c.isupper() or c.isdigit() or c in _RISING for c in text)


def falls(text: str) -> bool:
    """Whether a letter reaches below the line it stands on."""
    return any(c in _FALLING for c in text)


def type_size(text: str, height: float) -> float:
    """The size of the type in pixels; `height` is that of the ink of `text`."""
    return height / (PLAIN + RISE * rises(text) + FALL * falls(text))
