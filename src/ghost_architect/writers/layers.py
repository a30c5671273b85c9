"""Cards in vertical layers: which layer, and in which order.

The steps are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
system structures" (IEEE SMC-11, 1981): layers, dummies where a net passes a layer, barycentre
ordering, then heights (`heights`). Two things differ from the textbook: layers are chosen for the shape
of the whole sheet, not by the direction of keys, and wires end at rows of a card and not at its middle.

Everything is deterministic: ties are broken by the order in which cards were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .graph import Card, Net

CARD_GAP, PASS_GAP, LINE_GAP = 34.0, 20.0, 14.0
"""Free height between two cards, between a card and a passing net, between two passing nets."""

_SWEEPS = 12
"""How often the layers are gone through, from left to right and back."""

_Ends = tuple[list[tuple[float, int]], list[tuple[float, int]]]
"""Where the links of an item end, to its left and to its right: (place, net)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A net's step from an item of one layer to an item of the next one to the right."""

    net: int
    left: int
    left_y: float
    right: int
    right_y: float


@dataclass(slots=True)
class Layering:
    """Items (cards, then dummies) in layers.

    Attributes:
        layers: item numbers from top to bottom, layer by layer from left to right.
        heights: of every item; a dummy's is 0.
        links: between neighbouring layers; `links[i]` leads from layer i to i + 1.
        loops: pairs of ports inside one layer, by layer: (net, target item, its y, source item, its y).
        dummies: (net, layer) -> item.
        tops: the y of every item's top, once it is known.
        shifts: (net, item, y, side) -> how far a port is moved because others end at the same row there;
            side is 1 on the right of a card and -1 on the left.
    """

    layers: list[list[int]]
    heights: list[float]
    links: list[list[Link]]
    loops: list[list[tuple[int, int, float, int, float]]]
    dummies: dict[tuple[int, int], int] = field(default_factory=dict)
    tops: list[float] = field(default_factory=list)
    shifts: dict[tuple[int, int, float, int], float] = field(default_factory=dict)

    def port(self, net: int, item: int, y: float, side: int) -> float:
        """How far below the top of its item a net ends."""
        return y + self.shifts.get((net, item, y, side), 0.0)

    def is_card(self, item: int) -> bool:
        """Whether the item is a card and not a dummy."""
        return self.heights[item] > 0


def assign(cards: Sequence[Card], nets: Sequence[Net], count: int, start: Sequence[int], balance: float) -> list[int]:
    """A layer, 0 to `count` - 1, for every card: short wires, layers of like height.

    Starts from `start` and moves one card at a time as long as that makes the sum smaller.
    `balance` says what like heights are worth beside short wires.
    """
    edges = [(p.card, n.target.card) for n in nets for p in n.sources if p.card != n.target.card]
    near: list[list[tuple[int, bool]]] = [[] for _ in cards]
    for child, parent in edges:
        near[child].append((parent, True))
        near[parent].append((child, False))
    layer = [min(max(s, 0), count - 1) for s in start]
    load = [0.0] * count
    for card, at in enumerate(layer):
        load[at] += cards[card].height + CARD_GAP
    even = sum(load) / count

    def cost(card: int, at: int) -> float:
        wires = sum(_step(at - layer[other] if child else layer[other] - at) for other, child in near[card])
        size = cards[card].height + CARD_GAP
        others = load[at] - (size if layer[card] == at else 0.0)
        return wires + balance * ((others + size) ** 2 - others**2) / (even * (size + even))

    for _ in range(40):
        moved = False
        for card in range(len(cards)):
            best = min(range(count), key=lambda at: (round(cost(card, at), 6), at != layer[card], at))
            if best != layer[card]:
                size = cards[card].height + CARD_GAP
                load[layer[card]] -= size
                load[best] += size
                layer[card] = best
                moved = True
        if not moved:
            break
    return _closed_up(layer)


def _step(span: int) -> float:
    """What a wire costs whose child is `span` layers to the right of its parent."""
    if span == 0:
        return 1.5
    return (span - 1) * 1.3 if span > 0 else (-span - 1) * 1.3 + 0.25


def _closed_up(layer: Sequence[int]) -> list[int]:
    place = {old: new for new, old in enumerate(sorted(set(layer)))}
    return [place[at] for at in layer]


def build(cards: Sequence[Card], nets: Sequence[Net], layer: Sequence[int]) -> Layering:
    """The items and links of an assignment, in the order of the cards, without heights."""
    count = max(layer, default=-1) + 1
    out = Layering(
        layers=[[c for c in range(len(cards)) if layer[c] == at] for at in range(count)],
        heights=[c.height for c in cards],
        links=[[] for _ in range(count)],
        loops=[[] for _ in range(count)],
    )
    for number, net in enumerate(nets):
        home = layer[net.target.card]
        for source in net.sources:
            if layer[source.card] == home:
                out.loops[home].append((number, net.target.card, net.target.y, source.card, source.y))
        for way in (1, -1):
            reached = [(layer[p.card] - home) * way for p in net.sources]
            _extend(out, number, net, layer, way, max(reached, default=0))
    return out


def _extend(out: Layering, number: int, net: Net, layer: Sequence[int], way: int, far: int) -> None:
    """Links of a net from its target to the right (`way` 1) or to the left (-1), `far` layers."""
    at, item, y = layer[net.target.card], net.target.card, net.target.y
    for step in range(1, far + 1):
        here = at + step * way
        ends = [(p.card, p.y) for p in net.sources if layer[p.card] == here]
        if step < far:
            out.heights.append(0.0)
            dummy = len(out.heights) - 1
            out.dummies[number, here] = dummy
            out.layers[here].append(dummy)
            ends.append((dummy, 0.0))
        for end, end_y in ends:
            link = Link(number, item, y, end, end_y) if way > 0 else Link(number, end, end_y, item, y)
            out.links[min(here, here - way)].append(link)
        if step < far:
            item, y = dummy, 0.0


def order(it: Layering) -> int:
    """Sort every layer so that links cross as little as barycentres and swaps of neighbours achieve.

    Returns:
        The crossings that are left.
    """
    best, kept = _all_crossings(it), [list(layer) for layer in it.layers]
    for sweep in range(_SWEEPS):
        rightwards = sweep % 2 == 0
        for at in range(len(it.layers)) if rightwards else reversed(range(len(it.layers))):
            _sort_by_barycentre(it, at, both=sweep >= _SWEEPS // 2, rightwards=rightwards)
        _swap_neighbours(it)
        found = _all_crossings(it)
        if found < best:
            best, kept = found, [list(layer) for layer in it.layers]
    it.layers = kept
    return best


def _places(it: Layering, at: int) -> dict[int, int]:
    return {item: i for i, item in enumerate(it.layers[at])} if 0 <= at < len(it.layers) else {}


def _place(it: Layering, places: dict[int, int], item: int, y: float) -> float:
    """Where a port is, in places: the fraction is how far down its card it is."""
    return places[item] + (y / it.heights[item] if it.heights[item] else 0.5)


def _sort_by_barycentre(it: Layering, at: int, both: bool, rightwards: bool) -> None:
    before, here, after = (_places(it, a) for a in (at - 1, at, at + 1))
    pulls: dict[int, list[float]] = {item: [] for item in it.layers[at]}
    if at > 0 and (both or rightwards):
        for link in it.links[at - 1]:
            pulls[link.right].append(_place(it, before, link.left, link.left_y) / max(len(before), 1))
    if at + 1 < len(it.layers) and (both or not rightwards):
        for link in it.links[at]:
            pulls[link.left].append(_place(it, after, link.right, link.right_y) / max(len(after), 1))
    for _, target, _, source, _ in it.loops[at]:
        if target != source:
            pulls[target].append((here[source] + 0.5) / len(here))
            pulls[source].append((here[target] + 0.5) / len(here))
    wish = {i: sum(p) / len(p) if p else (here[i] + 0.5) / len(here) for i, p in pulls.items()}
    it.layers[at].sort(key=lambda i: (round(wish[i], 6), here[i]))


def _swap_neighbours(it: Layering) -> None:
    """Swap neighbours in a layer as long as that makes wires cross less."""
    for at, layer in enumerate(it.layers):
        ends = _other_ends(it, at)
        looped = bool(it.loops[at])
        for _ in range(len(layer)):
            swapped = False
            for i in range(len(layer) - 1):
                above, below = layer[i], layer[i + 1]
                gain = _crossings_of(ends[above], ends[below]) - _crossings_of(ends[below], ends[above])
                if looped:
                    now = _spread(it, at)
                    layer[i], layer[i + 1] = below, above
                    gain = 4 * gain + now - _spread(it, at)
                    layer[i], layer[i + 1] = above, below
                if gain > 0:
                    layer[i], layer[i + 1] = below, above
                    swapped = True
            if not swapped:
                break


def _other_ends(it: Layering, at: int) -> dict[int, _Ends]:
    """The ends of the links of every item of a layer."""
    before, after = _places(it, at - 1), _places(it, at + 1)
    ends: dict[int, _Ends] = {i: ([], []) for i in it.layers[at]}
    if at > 0:
        for k in it.links[at - 1]:
            ends[k.right][0].append((_place(it, before, k.left, k.left_y), k.net))
    for k in it.links[at]:
        ends[k.left][1].append((_place(it, after, k.right, k.right_y), k.net))
    return ends


def _crossings_of(above: _Ends, below: _Ends) -> int:
    """How often the links of one item cross those of one below it."""
    return sum(
        p > q and net != other
        for upper, lower in zip(above, below, strict=True)
        for p, net in upper
        for q, other in lower
    )


def _spread(it: Layering, at: int) -> int:
    """How far apart the cards of one layer are that point at each other."""
    here = _places(it, at)
    return sum(max(abs(here[a] - here[b]) - 1, 0) for _, a, _, b, _ in it.loops[at])


def _all_crossings(it: Layering) -> int:
    return sum(_crossings(it, gap) * 4 + _spread(it, gap) for gap in range(len(it.layers)))


def _crossings(it: Layering, gap: int) -> int:
    left, right = _places(it, gap), _places(it, gap + 1)
    ends = [(_place(it, left, k.left, k.left_y), _place(it, right, k.right, k.right_y), k.net) for k in it.links[gap]]
    ends.sort()
    return sum(1 for i, (_, b, net) in enumerate(ends) for (_, d, other) in ends[i + 1 :] if d < b and net != other)
