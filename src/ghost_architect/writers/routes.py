"""Wires between layers: every net gets one vertical trunk in every channel that it turns in.

A channel is the free space right of a layer. What a net has to reach in it are its terminals: a y
on the left and on the right rim. Trunks stand on tracks; which trunk stands left of which decides
how often wires cross, and whether two would lie on top of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .graph import Card, Net, Point, Sheet
from .heights import set_heights
from .layers import Layering

TRACK = 12.0
"""Between two trunks."""
STUB = 30.0
"""Between a card and the first trunk: room for a crow's foot and a rounded corner."""
SPREAD = 13.0
"""Between two nets that end at one row of a card, as far as the row's height allows."""
_JOG = 0.6
"""A difference in height that nobody sees: the wire stays straight."""
_ON_TOP = 40
"""How many crossings two wires on top of each other are worth."""


@dataclass(slots=True, eq=False)
class _Trunk:
    net: int
    left: list[float]
    right: list[float]
    track: int = -1

    @property
    def low(self) -> float:
        return min(self.left + self.right)

    @property
    def high(self) -> float:
        return max(self.left + self.right)

    @property
    def turns(self) -> bool:
        return self.high - self.low > _JOG


class Router:
    """Gives an ordered layering its heights and routes its nets. Make one, then call `sheet`."""

    def __init__(self, it: Layering, cards: Sequence[Card], nets: Sequence[Net]) -> None:
        self.it, self.cards, self.nets = it, cards, nets
        self.layer = {item: at for at, items in enumerate(it.layers) for item in items}
        set_heights(it)
        self._spread_ports([self._trunks(at) for at in range(len(it.layers))])
        set_heights(it)
        self.channels = [self._trunks(at) for at in range(len(it.layers))]
        self.crossings = sum(_set_tracks(trunks) for trunks in self.channels)

    def sheet(self) -> Sheet:
        """Corners of the cards, and the ways of the wires."""
        lefts, rights, tracks, x = [], [], [], 0.0
        for at, items in enumerate(self.it.layers):
            width = max((self.cards[i].width for i in items if self.it.is_card(i)), default=0.0)
            lefts.append(x)
            rights.append(x + width)
            count = max((t.track for t in self.channels[at]), default=-1) + 1
            last = at + 1 == len(self.it.layers)
            tracks.append(x + width + STUB)
            x += width + (STUB if last else 2 * STUB) + max(count - 1, 0) * TRACK
            if last and not count:
                x = rights[-1]
        wires = tuple(
            tuple(self._way(number, port.card, port.y, lefts, rights, tracks) for port in net.sources)
            for number, net in enumerate(self.nets)
        )
        tops = self.it.tops
        ys = [y for ways in wires for way in ways for _, y in way]
        return Sheet(
            width=x,
            height=max([tops[i] + c.height for i, c in enumerate(self.cards)] + ys, default=0.0),
            corners=tuple((lefts[self.layer[i]], tops[i]) for i in range(len(self.cards))),
            widths=tuple(rights[self.layer[i]] - lefts[self.layer[i]] for i in range(len(self.cards))),
            wires=wires,
            crossings=self.crossings,
            length=sum(_length(way) for ways in wires for way in ways),
        )

    def _y(self, net: int, item: int, y: float, side: int) -> float:
        return self.it.tops[item] + self.it.port(net, item, y, side)

    def _trunks(self, at: int) -> list[_Trunk]:
        trunks: dict[int, _Trunk] = {}

        def add(net: int, y: float, right: bool) -> None:
            trunk = trunks.setdefault(net, _Trunk(net, [], []))
            side = trunk.right if right else trunk.left
            if y not in side:
                side.append(y)

        for k in self.it.links[at]:
            add(k.net, self._y(k.net, k.left, k.left_y, 1), right=False)
            add(k.net, self._y(k.net, k.right, k.right_y, -1), right=True)
        for net, target, target_y, source, source_y in self.it.loops[at]:
            add(net, self._y(net, target, target_y, 1), right=False)
            add(net, self._y(net, source, source_y, 1), right=False)
        return list(trunks.values())

    def _spread_ports(self, channels: Sequence[Sequence[_Trunk]]) -> None:
        """Where several nets end at one row on one side, set them apart, the upper one to the upper place."""
        at_port: dict[tuple[int, float, int], dict[int, float]] = {}
        for at in range(len(self.it.layers)):
            centre = {t.net: sum(t.left + t.right) / len(t.left + t.right) for t in channels[at]}
            ends = [(k.net, k.left, k.left_y, 1) for k in self.it.links[at]]
            ends += [(k.net, k.right, k.right_y, -1) for k in self.it.links[at]]
            ends += [(n, t, y, 1) for n, t, y, _, _ in self.it.loops[at]]
            ends += [(n, s, y, 1) for n, _, _, s, y in self.it.loops[at]]
            for net, item, y, side in ends:
                if self.it.is_card(item):
                    at_port.setdefault((item, y, side), {})[net] = centre[net]
        for (item, y, side), nets in at_port.items():
            step = min(SPREAD, 2 * SPREAD / len(nets))
            for i, net in enumerate(sorted(nets, key=lambda n: (nets[n], n))):
                self.it.shifts[net, item, y, side] = (i - (len(nets) - 1) / 2) * step

    def _way(
        self, number: int, card: int, y: float, lefts: list[float], rights: list[float], tracks: list[float]
    ) -> tuple[Point, ...]:
        """From a source to the net's target, corner by corner."""
        net, target = self.nets[number], self.nets[number].target
        here, home = self.layer[card], self.layer[target.card]
        way = -1 if here > home else 1  # towards the target; a loop leaves to the right and comes back
        source_side = 1 if here <= home else -1
        now = self._y(number, card, y, source_side)
        out: list[Point] = [(rights[here] if source_side > 0 else lefts[here], now)]
        for channel in range(here, home, way) if here != home else (here,):
            gap = channel - 1 if way < 0 else channel
            beyond = home if here == home else channel + way
            dummy = self.it.dummies.get((number, beyond))
            target_side = 1 if here >= home else -1
            then = (
                self._y(number, target.card, net.target.y, target_side)
                if beyond == home or dummy is None
                else self.it.tops[dummy]
            )
            if abs(then - now) > _JOG:
                track = next(t.track for t in self.channels[gap] if t.net == number)
                x = tracks[gap] + track * TRACK
                out += [(x, now), (x, then)]
                now = then
        out.append((rights[home] if here >= home else lefts[home], now))
        return tuple(out)


def _length(way: Sequence[Point]) -> float:
    return sum(abs(x2 - x1) + abs(y2 - y1) for (x1, y1), (x2, y2) in pairwise(way))


def _set_tracks(trunks: Sequence[_Trunk]) -> int:
    """Put the trunks of a channel on tracks.

    Returns:
        How often wires cross in it.
    """
    turning = sorted((t for t in trunks if t.turns), key=lambda t: (t.low + t.high, t.net))
    costs = {(a.net, b.net): _cost(a, b) for a in turning for b in turning if a is not b}
    _improve(turning, costs)
    for i, trunk in enumerate(turning):
        touching = [t.track for t in turning[:i] if t.low < trunk.high + TRACK and trunk.low < t.high + TRACK]
        trunk.track = max(touching, default=-1) + 1
    crossed = sum(costs[a.net, b.net] for i, a in enumerate(turning) for b in turning[i + 1 :])
    passing = [t.low for t in trunks if not t.turns]
    return crossed + sum(1 for y in passing for t in turning if t.low < y < t.high)


def _cost(a: _Trunk, b: _Trunk) -> int:
    """Crossings if `a` stands left of `b`; wires on top of each other count for many."""
    crossed = sum(b.low < y < b.high for y in a.right) + sum(a.low < y < a.high for y in b.left)
    return crossed + _ON_TOP * sum(abs(y - z) < 4 for y in a.right for z in b.left)


def _improve(turning: list[_Trunk], costs: dict[tuple[int, int], int]) -> None:
    """Move one trunk at a time to its best place until none gains."""

    def total(order: Sequence[_Trunk]) -> int:
        return sum(costs[a.net, b.net] for i, a in enumerate(order) for b in order[i + 1 :])

    for _ in range(len(turning)):
        before = total(turning)
        for trunk in list(turning):
            at = turning.index(trunk)
            rest = turning[:at] + turning[at + 1 :]
            sums = _insertions(rest, trunk, costs)
            best = min(range(len(turning)), key=lambda i: (sums[i], abs(i - at), i))
            turning[:] = [*rest[:best], trunk, *rest[best:]]
        if total(turning) >= before:
            break


def _insertions(rest: Sequence[_Trunk], trunk: _Trunk, costs: dict[tuple[int, int], int]) -> list[int]:
    """What `trunk` costs at every place among the others."""
    sums = [sum(costs[trunk.net, t.net] for t in rest)]
    for other in rest:
        sums.append(sums[-1] + costs[other.net, trunk.net] - costs[trunk.net, other.net])
    return sums
