"""Cards and nets -> where everything goes: layers per connected part, then the parts side by side.

Several numbers of layers and two starting points are laid out in full, and the sheet is kept that
is largest when shown in a window of `ASPECT` (that is, most legible), with few crossings and short
wires.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from .graph import Card, Net, Point, Port, Sheet
from .layers import CARD_GAP, Layering, assign, build, order
from .routes import STUB, Router

ASPECT = 1.5
"""Width to height of the window that a sheet is made for."""
PART_GAP = 44.0
"""Between two connected parts."""
_BALANCES = (1.0, 2.2, 4.5)
"""What like heights of layers are worth in `layers.assign`: all of these are tried."""
_CROSSING = 14.0
"""How many pixels of window size one crossing is worth."""
_TRIES = 240
"""How many cards are routed in all while looking for the best sheet of a part."""
_TRY_ALL = 40
"""Up to this many cards every assignment of layers is ordered; beyond, only the likeliest."""

_Box = tuple[float, float, float, float]
"""x, y, width, height."""


def arrange(cards: Sequence[Card], nets: Sequence[Net]) -> Sheet:
    """Lay out a diagram.

    Args:
        cards: at least 1 pixel high each.
        nets: ports must lie on their cards.

    Returns:
        A sheet in which no cards overlap and no wire crosses a card.
    """
    parts = [_part(members, cards, nets) for members in _connected(len(cards), nets)]
    return _packed(parts, len(cards), len(nets))


@dataclass(frozen=True, slots=True)
class _Placed:
    """One connected part: its sheet, the heights of its cards, and the numbers cards and nets have in the whole."""

    sheet: Sheet
    heights: tuple[float, ...]
    cards: tuple[int, ...]
    nets: tuple[int, ...]


def _connected(count: int, nets: Sequence[Net]) -> list[list[int]]:
    root = list(range(count))

    def find(card: int) -> int:
        while root[card] != card:
            card = root[card]
        return card

    for net in nets:
        for port in net.sources:
            low, high = sorted((find(port.card), find(net.target.card)))
            root[high] = low
    parts: dict[int, list[int]] = {}
    for card in range(count):
        parts.setdefault(find(card), []).append(card)
    return list(parts.values())


def _part(members: Sequence[int], cards: Sequence[Card], nets: Sequence[Net]) -> _Placed:
    local = {card: i for i, card in enumerate(members)}
    numbers = [n for n, net in enumerate(nets) if net.target.card in local]
    own_cards = [cards[c] for c in members]
    own_nets = [
        Net(
            Port(local[nets[n].target.card], nets[n].target.y),
            tuple(Port(local[p.card], p.y) for p in nets[n].sources),
        )
        for n in numbers
    ]
    ranked = _ordered(own_cards, own_nets)
    tries = max(1, _TRIES // len(own_cards))
    sheets = [Router(layering, own_cards, own_nets).sheet() for layering in ranked[:tries]]
    heights = tuple(c.height for c in own_cards)
    return _Placed(min(sheets, key=_badness), heights, tuple(members), tuple(numbers))


def _badness(sheet: Sheet) -> float:
    window = max(sheet.width / ASPECT, sheet.height)
    wires = sum(len(ways) for ways in sheet.wires)
    return window + _CROSSING * sheet.crossings + 0.25 * sheet.length / max(wires, 1) * sqrt(wires)


def _ordered(cards: Sequence[Card], nets: Sequence[Net]) -> list[Layering]:
    """Layerings worth routing, ordered, the most promising first."""
    found: list[tuple[float, Layering]] = []
    for layer in _candidates(cards, nets):
        layering = build(cards, nets, layer)
        crossings = order(layering)
        width = sum(max(cards[i].width for i in it if layering.is_card(i)) + 2.5 * STUB for it in layering.layers)
        height = max(sum(layering.heights[i] + CARD_GAP for i in it) for it in layering.layers)
        found.append((max(width / ASPECT, height) + _CROSSING * crossings, layering))
    return [layering for _, layering in sorted(found, key=lambda f: f[0])]


def _candidates(cards: Sequence[Card], nets: Sequence[Net]) -> list[list[int]]:
    """Different assignments of layers worth trying, each once."""
    if len(cards) == 1:
        return [[0]]
    area = sum((c.width + 2.5 * STUB) * (c.height + CARD_GAP) for c in cards)
    wide = max(c.width for c in cards) + 2.5 * STUB
    likely = max(2, round(sqrt(area * ASPECT) / wide))
    counts = range(max(2, likely - 1), likely + 3) if len(cards) <= _TRY_ALL else (likely,)
    balances = _BALANCES if len(cards) <= _TRY_ALL else _BALANCES[1:2]
    found: dict[tuple[int, ...], None] = {}
    for count in counts:
        for start in (_by_depth(len(cards), nets), _around_hub(len(cards), nets, count)):
            top = max(start) or 1
            fitted = [s if top < count else s * count // (top + 1) for s in start]
            for balance in balances:
                found[tuple(assign(cards, nets, count, fitted, balance))] = None
    return [list(layer) for layer in found]


def _by_depth(count: int, nets: Sequence[Net]) -> list[int]:
    """Layer 0 for cards that point at none; else one more than the deepest they point at. Cycles stop early."""
    layer = [0] * count
    for _ in range(min(count, 12)):
        for net in nets:
            for port in net.sources:
                if port.card != net.target.card:
                    layer[port.card] = min(max(layer[port.card], layer[net.target.card] + 1), count - 1, 12)
    return layer


def _around_hub(count: int, nets: Sequence[Net], layers: int) -> list[int]:
    """The best connected card in the middle, its neighbours on both sides, and so on outwards."""
    near: list[list[int]] = [[] for _ in range(count)]
    for net in nets:
        for port in net.sources:
            near[port.card].append(net.target.card)
            near[net.target.card].append(port.card)
    hub = max(range(count), key=lambda c: (len(near[c]), -c))
    layer, side, queue = {hub: layers // 2}, 1, [hub]
    for card in queue:
        for other in near[card]:
            if other not in layer:
                way = side if card == hub else (1 if layer[card] >= layers // 2 else -1)
                layer[other] = min(max(layer[card] + way, 0), layers - 1)
                side = -side
                queue.append(other)
    return [layer[c] for c in range(count)]


def _packed(parts: Sequence[_Placed], cards: int, count: int) -> Sheet:
    """The parts on one sheet, largest first, each where the whole stays most legible.

    A part may stand in a free corner of another: what it must not meet are cards and wires.
    """
    corners: list[Point] = [(0.0, 0.0)] * cards
    widths = [0.0] * cards
    wires: list[tuple[tuple[Point, ...], ...]] = [()] * count
    taken, width, height = list[_Box](), 0.0, 0.0
    for part in sorted(parts, key=lambda p: -p.sheet.width * p.sheet.height):
        sheet = part.sheet
        dx, dy = _spot(sheet.width, sheet.height, taken, width, height)
        width, height = max(width, dx + sheet.width), max(height, dy + sheet.height)
        for card, (x, y), card_width in zip(part.cards, sheet.corners, sheet.widths, strict=True):
            corners[card], widths[card] = (x + dx, y + dy), card_width
        for net, ways in zip(part.nets, sheet.wires, strict=True):
            wires[net] = tuple(tuple((x + dx, y + dy) for x, y in way) for way in ways)
        taken += [(x + dx, y + dy, w, h) for x, y, w, h in _boxes(part)]
    return Sheet(
        width=width,
        height=height,
        corners=tuple(corners),
        widths=tuple(widths),
        wires=tuple(wires),
        crossings=sum(p.sheet.crossings for p in parts),
        length=sum(p.sheet.length for p in parts),
    )


def _boxes(part: _Placed) -> Iterator[_Box]:
    """What a part takes up: its cards, and its wires line by line."""
    for (x, y), width, height in zip(part.sheet.corners, part.sheet.widths, part.heights, strict=True):
        yield x, y, width, height
    for way in {way for ways in part.sheet.wires for way in ways}:
        for (x1, y1), (x2, y2) in pairwise(way):
            yield min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)


def _spot(w: float, h: float, taken: Sequence[_Box], width: float, height: float) -> Point:
    """The free place for a box that makes a sheet of `width` x `height` grow least; then the highest, the leftmost."""
    lefts = sorted({0.0, *(x for x, _, _, _ in taken), *(x + bw + PART_GAP for x, _, bw, _ in taken)})
    tops = sorted({0.0, *(y for _, y, _, _ in taken), *(y + bh + PART_GAP for _, y, _, bh in taken)})

    def grown(spot: Point) -> tuple[float, float, float]:
        x, y = spot
        return max(max(width, x + w) / ASPECT, max(height, y + h)), y, x

    for spot in sorted(((x, y) for x in lefts for y in tops), key=grown):
        if _is_free(spot, w, h, taken):
            return spot
    raise AssertionError("right of everything there is always room")


def _is_free(spot: Point, w: float, h: float, taken: Sequence[_Box]) -> bool:
    x, y = spot
    return not any(
        x < bx + bw + PART_GAP and bx < x + w + PART_GAP and y < by + bh + PART_GAP and by < y + h + PART_GAP
        for bx, by, bw, bh in taken
    )
