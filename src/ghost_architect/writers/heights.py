"""How high every item of a layering stands: the last step of the layout, when layers and order are settled.

Heights are the isotonic L1 regression that pool-adjacent-violators solves, so that a wire is straight
wherever the order allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from .layers import CARD_GAP, LINE_GAP, PASS_GAP, Layering

_SWEEPS = 24
"""How often the layers are gone through, from left to right and back."""


def set_heights(it: Layering) -> None:
    """Give every item its y: first stacked around a middle line, then moved so that links get straight."""
    it.tops = [0.0] * len(it.heights)
    for layer in it.layers:
        for item, y in zip(layer, _stacked(it, layer), strict=True):
            it.tops[item] = y
    middle = max((_bottom(it, layer) for layer in it.layers), default=0.0) / 2
    for layer in it.layers:
        shift = middle - _bottom(it, layer) / 2
        for item in layer:
            it.tops[item] += shift
    pulls = _pulls(it)
    span = range(len(it.layers))
    for sweep in range(_SWEEPS):
        for at in span if sweep % 2 == 0 else reversed(span):
            _settle(it, it.layers[at], pulls)
    highest = min(it.tops, default=0.0)
    it.tops = [top - highest for top in it.tops]


def _bottom(it: Layering, layer: Sequence[int]) -> float:
    return max((it.tops[i] + it.heights[i] for i in layer), default=0.0)


def _stacked(it: Layering, layer: Sequence[int]) -> list[float]:
    """The tops of a layer's items when they stand as close as they may, from 0."""
    tops = [0.0] if layer else []
    for above, below in pairwise(layer):
        gap = (LINE_GAP, PASS_GAP, CARD_GAP)[it.is_card(above) + it.is_card(below)]
        tops.append(tops[-1] + it.heights[above] + gap)
    return tops


def _pulls(it: Layering) -> list[list[tuple[int, float, float]]]:
    """For every item what it is linked to: (other item, how much lower it wants to be, weight)."""
    pulls: list[list[tuple[int, float, float]]] = [[] for _ in it.heights]
    for gap in it.links:
        for k in gap:
            weight = 1.0 + 2.0 * ((not it.is_card(k.left)) + (not it.is_card(k.right)))
            down = it.port(k.net, k.right, k.right_y, -1) - it.port(k.net, k.left, k.left_y, 1)
            pulls[k.left].append((k.right, down, weight))
            pulls[k.right].append((k.left, -down, weight))
    return pulls


def _settle(it: Layering, layer: Sequence[int], pulls: Sequence[Sequence[tuple[int, float, float]]]) -> None:
    """Put one layer's items where they want to be, as far as their order and gaps allow."""
    blocks: list[tuple[list[tuple[float, float]], list[int]]] = []
    offsets = dict(zip(layer, _stacked(it, layer), strict=True))
    for item, offset in offsets.items():
        wishes = [(it.tops[o] + dy - offset, w) for o, dy, w in pulls[item]] or [(it.tops[item] - offset, 0.01)]
        blocks.append((wishes, [item]))
        while len(blocks) > 1 and _median(blocks[-2][0]) > _median(blocks[-1][0]):
            wishes, items = blocks.pop()
            blocks[-1] = (blocks[-1][0] + wishes, blocks[-1][1] + items)
    for wishes, items in blocks:
        base = _median(wishes)
        for item in items:
            it.tops[item] = base + offsets[item]


def _median(wishes: Iterable[tuple[float, float]]) -> float:
    """The weighted median; between two, their middle."""
    ordered = sorted(wishes)
    half, seen = sum(w for _, w in ordered) / 2, 0.0
    for i, (value, weight) in enumerate(ordered):
        seen += weight
        if abs(seen - half) < 1e-9 and i + 1 < len(ordered):
            return (value + ordered[i + 1][0]) / 2
        if seen > half:
            return value
    return ordered[-1][0]
