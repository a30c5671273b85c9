"""The order in which a person would read the lines of a screen, from their boxes alone.

Rule: screens are read row by row from the top, each row from the left; except that what stands
beside something else without sharing its rows (a side bar beside a table) is a column of its own
and is read as a whole, left column first. Precisely, a group of lines

    0. is cut into sections at empty bands across its whole width that are at least `BAND` line heights high
       and 2.5 times as high as the middle one of the gaps between its rows;
    1. a section is cut at an upright gutter that no line crosses, at least `GUTTER` line heights wide, with three
       lines or more on both sides, if less than half of the lines on its smaller side stand in a row
       with something on the other side. Lines that follow each other closely (a wrapped cell) are one
       block and stand in a row together, by the middle of the block.
    2. else is cut below one of its first rows (a top bar) or above one of its last (a status bar),
       if what remains can then be cut by 1.
    3. else is read row by row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from statistics import median

from .page import Line

GUTTER, BAND = 1.5, 4.0
TOP_ROWS, BOTTOM_ROWS = 8, 2
"""So many rows from the top and the bottom may be what 2. cuts off."""

_MIN_LINES = 3
"""On either side of a gutter."""
_SHARED = 0.5
"""The share of lines in a row with the other side from which a gutter is only a gap in rows."""
_IN_ROW = 0.35
"""How far apart, in line heights, the middles of two blocks in one row are at most."""
_FOLLOWS = 0.8
"""The gap, in line heights, below which a line goes on with the one above."""
_UNUSUAL = 2.5
"""A band that parts sections is so many times as high as the middle gap between rows."""


def reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines in reading order."""
    stacked = rows(lines)
    sections = _sections(stacked)
    if len(sections) > 1:
        return [line for section in sections for line in reading_order(section)]
    for below, above in product(range(BOTTOM_ROWS + 1), range(min(TOP_ROWS, len(stacked)) + 1)):
        end = len(stacked) - below
        columns = _columns(_flat(stacked[above:end]))
        if columns is not None:
            middle = [line for column in columns for line in reading_order(column)]
            return _flat(stacked[:above]) + middle + _flat(stacked[end:])
    return _flat(stacked)


def _flat(stacked: Sequence[Sequence[Line]]) -> list[Line]:
    return [line for row in stacked for line in row]


def rows(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Lines that stand beside each other, from the top; each row from the left.

    A line belongs to a row when its middle lies within the height of the row's first line.
    """
    found: list[list[Line]] = []
    for line in sorted(lines, key=_middle):
        if found and found[-1][0].box[1] <= _middle(line) <= found[-1][0].box[1] + found[-1][0].box[3]:
            found[-1].append(line)
        else:
            found.append([line])
    return [tuple(sorted(row, key=lambda x: x.box[0])) for row in found]


def _sections(stacked: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The rows between wide empty bands."""
    if len(stacked) < 3:
        return [_flat(stacked)]
    reach, gaps = 0, []
    for above, row in pairwise(stacked):
        reach = max(reach, max(line.box[1] + line.box[3] for line in above))
        gaps.append(min(line.box[1] for line in row) - reach)
    wide = max(BAND * median(line.box[3] for line in _flat(stacked)), _UNUSUAL * median(gaps))
    cuts = [0, *(i for i, gap in enumerate(gaps, 1) if gap >= wide), len(stacked)]
    return [_flat(stacked[a:b]) for a, b in pairwise(cuts)]


def _middle(line: Line) -> float:
    return line.box[1] + line.box[3] / 2


def _columns(lines: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """The two sides of the gutter whose sides share the fewest rows, if they share few enough."""
    if len(lines) < 2 * _MIN_LINES:
        return None
    height = median(line.box[3] for line in lines)
    best, sides = _SHARED, None
    for left, right in _gutters(lines, GUTTER * height):
        if min(len(left), len(right)) >= _MIN_LINES:
            shared = _shared(left, right, height)
            if shared < best:
                best, sides = shared, (left, right)
    return sides


def _gutters(lines: Sequence[Line], width: float) -> Iterator[tuple[list[Line], list[Line]]]:
    across = sorted(lines, key=lambda x: x.box[0])
    reach = across[0].box[0] + across[0].box[2]
    for i, line in enumerate(across[1:], 1):
        if line.box[0] - reach >= width:
            yield across[:i], across[i:]
        reach = max(reach, line.box[0] + line.box[2])


def _shared(left: Sequence[Line], right: Sequence[Line], height: float) -> float:
    """The share of the smaller side's lines that stand in a row with something on the other side."""
    small, large = sorted((left, right), key=len)
    middles = sorted(_block_middle(block) for block in _blocks(large))
    slack, count = _IN_ROW * height, 0
    for block in _blocks(small):
        middle = _block_middle(block)
        at = bisect_left(middles, middle - slack)
        if at < len(middles) and middles[at] <= middle + slack:
            count += len(block)
    return count / len(small)


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that follow each other closely, one under the other."""
    blocks: list[list[Line]] = []
    reachable: list[list[Line]] = []  # a page of a thousand lines takes long without this
    for line in sorted(lines, key=lambda x: x.box[1]):
        x, y, w, h = line.box
        near, above = [], None
        for block in reachable:  # most of the time that this module takes is spent here
            u, v, t, s = block[-1].box
            if y < v + (1 + _FOLLOWS) * s:
                near.append(block)
                if above is None and x < u + t and u < x + w and 0 <= y - v - s < _FOLLOWS * min(h, s):
                    above = block
        reachable = near
        if above is None:
            blocks.append([line])
            reachable.append(blocks[-1])
        else:
            above.append(line)
    return blocks


def _block_middle(block: Sequence[Line]) -> float:
    return (block[0].box[1] + block[-1].box[1] + block[-1].box[3]) / 2
