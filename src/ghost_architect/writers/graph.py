"""What the layout of a diagram works on: cards of known size, and nets that join rows of them.

A net is everything that points at one row of one card in one way; its wires may share lines, so
twelve tables that point at `users.id` are a tree and not twelve lines. Lengths are in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A rectangle that wires must not cross."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Port:
    """Where a wire may leave a card: `y` is measured from the top of the card."""

    card: int
    y: float


@dataclass(frozen=True, slots=True)
class Net:
    """Wires from every one of `sources` to `target`."""

    target: Port
    sources: tuple[Port, ...]


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished layout.

    Attributes:
        width, height: of everything, without a margin.
        corners: top left corner of every card, in the order of the cards.
        widths: of the cards: those of one layer are equally wide.
        wires: for every net and every source of it the corners of its way, from source to target.
        crossings: how often wires of different nets cross.
        length: of all wires.
    """

    width: float
    height: float
    corners: tuple[Point, ...]
    widths: tuple[float, ...]
    wires: tuple[tuple[tuple[Point, ...], ...], ...]
    crossings: int
    length: float
