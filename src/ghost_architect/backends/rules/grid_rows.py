"""The columns under a header, and the rows that fall into them: the body of a grid.

    header cells -> columns, each as wide as half-way to its neighbours -> rows of lines, top down, by column

A value may be wrapped over two lines, and one line may have been read across several columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Signals

from .layout import Cell, bottom, left, middle, right, rows, shared_width, top
from .words import is_known, is_label


@dataclass(slots=True)
class GridColumn:
    """One column: its header, how far it reaches from left to right, and its values as they are found."""

    header: Cell
    start: float
    end: float
    cells: list[Cell]


def columns_under(header: Sequence[Cell]) -> list[GridColumn]:
    """Each column reaches half-way to its neighbours; the outer ones as far out as in."""
    boxes = [c.box for c in header]
    gaps = [max(0, left(b) - right(a)) / 2 for a, b in pairwise(boxes)]
    out = []
    for i, cell in enumerate(header):
        before = gaps[i - 1] if i else gaps[0]
        after = gaps[i] if i < len(gaps) else gaps[-1]
        out.append(GridColumn(cell, left(cell.box) - before, right(cell.box) + after, []))
    return out


def split(band: Sequence[Line], columns: Sequence[GridColumn]) -> list[list[Line]]:
    """The lines of a row by column: left edge with left edge, else the larger overlap with the column's reach."""
    out: list[list[Line]] = [[] for _ in columns]
    for line in band:
        home = _home(line, columns)
        if home is not None:
            out[home].append(line)
    return [[n for row in rows(c) for n in row] for c in out]


def _home(line: Line, columns: Sequence[GridColumn]) -> int | None:
    slack = 0.6 * line.box[3]
    by_edge = [i for i, c in enumerate(columns) if abs(left(c.header.box) - left(line.box)) < slack]
    if by_edge:
        return by_edge[0]
    covered = [min(right(line.box), c.end) - max(left(line.box), c.start) for c in columns]
    best = max(range(len(columns)), key=lambda i: (shared_width(columns[i].header.box, line.box) > 0, covered[i]))
    return best if covered[best] > 0 else None


def bands_under(
    below: Sequence[Line], columns: Sequence[GridColumn], floor: float, height: float, signals: Signals
) -> list[list[Line]]:
    """The grid's rows, top down, until the structure ends."""
    reach = (columns[0].start - height, columns[-1].end + height)
    inside = [p for n in below if reach[0] <= middle(n.box)[0] <= reach[1] for p in _pieces(n, columns)]
    out: list[list[Line]] = []
    pitch, last = 5.0 * height, floor
    names = [c.header.text.lower() for c in columns]
    headed = False  # a heading stands between the last row and this one
    for row in _merged(rows(inside), height, len(columns)):
        start = min(top(n.box) for n in row)
        cells = [c for c in split(row, columns) if c]
        if start - last > max(2.2 * pitch, 3.5 * height):
            break
        if [" ".join(n.text for n in c).lower() for c in cells] == names:
            continue
        if len(cells) < max(2, 0.4 * len(columns)):
            if out and len(cells) <= 1 and start - last > 1.5 * pitch:
                break
            if not out:
                break
            if _is_tail(cells, start - last, height):
                out[-1].extend(n for c in cells for n in c)
                last = max(bottom(n.box) for n in row)
            else:
                headed = True
            continue
        if headed and _is_header(cells, signals):
            break
        if out:
            pitch = max(1.0 * height, start - last)
        out.append([n for c in cells for n in c])
        last = max(bottom(n.box) for n in row)
    return out


def _pieces(line: Line, columns: Sequence[GridColumn]) -> list[Line]:
    """A line that was read across several columns, cut between words where the columns meet."""
    covered = [c for c in columns if shared_width(c.header.box, line.box) > 0.6 * c.header.box[2]]
    words = line.text.split()
    if len(covered) < 2 or len(words) < 2 or line.box[2] < 1.5 * max(c.header.box[2] for c in covered):
        return [line]
    cells: dict[int, list[tuple[float, float, str]]] = {}
    per_letter, at = line.box[2] / max(1, len(line.text)), 0
    for word in words:
        at = line.text.index(word, at)
        start, end = left(line.box) + at * per_letter, left(line.box) + (at + len(word)) * per_letter
        home = min(range(len(columns)), key=lambda i: _distance((start + end) / 2, columns[i]))
        cells.setdefault(home, []).append((start, end, word))
        at += len(word)
    return [
        replace(
            line,
            box=(round(c[0][0]), line.box[1], round(c[-1][1] - c[0][0]), line.box[3]),
            text=" ".join(w for *_, w in c),
        )
        for c in cells.values()
    ]


def _distance(x: float, column: GridColumn) -> float:
    return max(column.start - x, x - column.end, 0.0)


def _is_tail(cells: Sequence[Sequence[Line]], gap: float, height: float) -> bool:
    """The last line of a wrapped cell."""
    return len(cells) == 1 and gap < 0.9 * height and all(n.box[3] < 1.3 * height for n in cells[0])


def _is_header(cells: Sequence[Sequence[Line]], signals: Signals) -> bool:
    text = [n.text for c in cells for n in c]
    return all(is_label(t, signals) for t in text) and any(is_known(t, signals) for t in text)


def _merged(found: Sequence[list[Line]], height: float, columns: int) -> list[list[Line]]:
    """Rows of lines as rows of cells: hardly a gap between, and not full on both sides, is one wrapped row."""
    out: list[list[Line]] = []
    for row in found:
        gap = min(top(n.box) for n in row) - max(bottom(n.box) for n in out[-1]) if out else height
        sizes = sorted((len(row), len(out[-1]) if out else 0))
        partial = sizes[0] < 0.6 * sizes[1] or sizes[1] < 0.34 * columns
        if gap < 0.5 * height and partial:
            out[-1] = out[-1] + row
        else:
            out.append(list(row))
    return out
