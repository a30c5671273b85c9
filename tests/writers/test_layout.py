"""What a stranger would call a mess never happens: overlaps, wires through cards, wires on each other."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from ghost_architect.writers.graph import Card, Net, Port, Sheet
from ghost_architect.writers.layout import ASPECT, arrange

Box = tuple[float, float, float, float]


def graph(count: int, seed: int) -> tuple[list[Card], list[Net]]:
    """Cards with rows every 26 pixels; two nets may end at one row, and a card may point at itself."""
    rng = random.Random(seed)
    rows = [rng.randint(2, 9) for _ in range(count)]
    cards = [Card(rng.choice([190.0, 230.0, 260.0]), 45.0 + 26 * n) for n in rows]
    wanted: dict[tuple[int, bool], list[Port]] = {}
    for child in range(count):
        for row in range(1, rng.randint(1, min(rows[child], 4))):
            parent = rng.randrange(count) if rng.random() < 0.25 else rng.randrange(max(child, 1))
            wanted.setdefault((parent, rng.random() < 0.4), []).append(Port(child, 52.0 + 26 * row))
    return cards, [Net(Port(parent, 52.0), tuple(ports)) for (parent, _), ports in wanted.items()]


def boxes(sheet: Sheet, cards: list[Card]) -> list[Box]:
    return [(x, y, w, c.height) for (x, y), w, c in zip(sheet.corners, sheet.widths, cards, strict=True)]


def lines(sheet: Sheet) -> set[tuple[int, float, float, float, float]]:
    """(net, left, top, right, bottom) of every straight piece of wire."""
    return {
        (net, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
        for net, ways in enumerate(sheet.wires)
        for way in ways
        for (ax, ay), (bx, by) in pairwise(way)
    }


CASES = [(1, 0), (2, 1), (5, 2), (9, 3), (14, 4), (20, 5), (20, 6), (45, 7)]


@pytest.mark.parametrize(("count", "seed"), CASES)
def test_nothing_lies_on_anything(count: int, seed: int) -> None:
    cards, nets = graph(count, seed)
    sheet = arrange(cards, nets)
    placed = boxes(sheet, cards)
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(placed, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
    for _, left, top, right, bottom in lines(sheet):
        assert left == right or top == bottom
        for x, y, w, h in placed:
            assert right <= x + 0.01 or left >= x + w - 0.01 or bottom <= y + 0.01 or top >= y + h - 0.01
    for a, b in combinations(lines(sheet), 2):
        if a[0] != b[0]:
            shared_x = min(a[3], b[3]) - max(a[1], b[1])
            shared_y = min(a[4], b[4]) - max(a[2], b[2])
            assert not (shared_x > 3 and a[2] == a[4] and b[2] == b[4] and abs(a[2] - b[2]) < 3)
            assert not (shared_y > 3 and a[1] == a[3] and b[1] == b[3] and abs(a[1] - b[1]) < 3)


@pytest.mark.parametrize(("count", "seed"), CASES)
def test_every_wire_joins_its_rows(count: int, seed: int) -> None:
    cards, nets = graph(count, seed)
    sheet = arrange(cards, nets)

    def meets(point: tuple[float, float], port: Port) -> bool:
        (x, y), width = sheet.corners[port.card], sheet.widths[port.card]
        return point[0] in (x, x + width) and abs(point[1] - y - port.y) <= 14

    for net, ways in zip(nets, sheet.wires, strict=True):
        for source, way in zip(net.sources, ways, strict=True):
            assert meets(way[0], source)
            assert meets(way[-1], net.target)


def test_everything_is_on_the_sheet() -> None:
    cards, nets = graph(20, 8)
    sheet = arrange(cards, nets)
    for x, y, w, h in boxes(sheet, cards):
        assert min(x, y) >= 0
        assert x + w <= sheet.width
        assert y + h <= sheet.height
    for _, left, top, right, bottom in lines(sheet):
        assert min(left, top) >= 0
        assert right <= sheet.width
        assert bottom <= sheet.height


def test_the_same_graph_gives_the_same_sheet() -> None:
    assert arrange(*graph(18, 9)) == arrange(*graph(18, 9))


def test_wires_to_one_row_share_a_trunk() -> None:
    cards = [Card(200, 80)] + [Card(200, 80)] * 4
    sheet = arrange(cards, [Net(Port(0, 52), tuple(Port(i, 52) for i in range(1, 5)))])
    trunks = {left for _, left, top, right, bottom in lines(sheet) if left == right and top != bottom}
    assert len(trunks) <= 2
    assert sheet.crossings == 0


def test_a_chain_is_straight() -> None:
    cards = [Card(200, 100)] * 4
    nets = [Net(Port(i, 52), (Port(i + 1, 52),)) for i in range(3)]
    sheet = arrange(cards, nets)
    assert len(lines(sheet)) <= 5
    assert sheet.crossings == 0


def test_loose_cards_fill_a_window_and_not_a_line() -> None:
    sheet = arrange([Card(200, 150)] * 24, [])
    assert ASPECT / 2 < sheet.width / sheet.height < ASPECT * 2


def test_no_cards() -> None:
    assert arrange([], []) == Sheet(0, 0, (), (), (), 0, 0)
