"""Whether what looks like a grid is one, and not a record in tiles, columns of links, or a strip of figures."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ghost_architect.pages.boxes import Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Signals
from ghost_architect.schema.objects import Box

from .grid_rows import GridColumn, split
from .layout import around, holds, left, middle, right
from .words import is_known, is_value


def is_grid(
    columns: Sequence[GridColumn], bands: Sequence[Sequence[Line]], shapes: Sequence[Shape], signals: Signals
) -> bool:
    """Whether these rows under these headers are a grid.

    Args:
        columns: with their headers, still without values.
        bands: the lines of each row.
        shapes: what is drawn on the page.
        signals: what labels mean.
    """
    framed = _in_cells(columns, shapes)
    return _believable(columns, bands, framed, signals) and not _in_tiles(columns, bands, shapes)


def _believable(columns: Sequence[GridColumn], bands: Sequence[Sequence[Line]], framed: bool, signals: Signals) -> bool:
    """Enough rows, and rows that hold values and not just more labels or prose."""
    known = sum(is_known(c.header.text, signals) for c in columns)
    if not bands or (len(columns) == 2 and len(bands) < 2 and not (framed and known == 2)):
        return False
    if sum(len([c for c in split(b, columns) if c]) for b in bands) < 0.5 * len(columns) * len(bands):
        return False
    text = [n.text for b in bands for n in b]
    long = sum(len(t.split()) > 9 for t in text)
    labels = sum(is_known(t, signals) for t in text)
    values = sum(is_value(t) for t in text)
    if any(len(b) > 1 and all(is_known(n.text, signals) for n in b) for b in bands):
        return False  # labels over values over labels: a record in tiles
    if len(columns) < 4 and any(
        _names_things(c, signals) for c in zip(*(split(b, columns) for b in bands), strict=True)
    ):
        return False  # a column of labels beside one of values: a record
    if len(columns) == 2 and not known:
        return False
    if long >= 0.34 * len(text) or labels >= 0.4 * len(text) or _alignment(columns, bands) < 0.6:
        return False
    if len(bands) == 1 and median(n.box[3] for n in bands[0]) > 1.25 * median(
        n.box[3] for c in columns for n in c.header.lines
    ):
        return False  # a strip of figures: large numbers under small captions
    if not values and not _repeats(bands, columns):
        return len(columns) > 2 and 3 * known >= 2 * len(columns)  # words only: as likely columns of links
    regular = len(bands) > 2 and len(columns) > 2 and _alignment(columns, bands) > 0.85
    return regular or known >= 0.5 * len(columns) or values >= 0.2 * len(text)


def _names_things(cells: Sequence[Sequence[Line]], signals: Signals) -> bool:
    known = [is_known(n.text, signals) for cell in cells for n in cell]
    return len(known) > 1 and sum(known) >= 0.45 * len(known)


def _in_cells(columns: Sequence[GridColumn], shapes: Sequence[Shape]) -> bool:
    """Whether every header stands in a drawn cell of its own."""
    boxes = [c.header.box for c in columns]
    return all(
        any(holds(s.box, b) and not any(holds(s.box, o) for o in boxes if o is not b) for s in shapes) for b in boxes
    )


def _in_tiles(columns: Sequence[GridColumn], bands: Sequence[Sequence[Line]], shapes: Sequence[Shape]) -> bool:
    """Whether each header shares a box of its own with what stands under it: cards side by side."""
    boxed = 0
    for column, cell in zip(columns, split(bands[0], columns), strict=True):
        others = [c.header.box for c in columns if c is not column]
        boxed += any(
            holds(s.box, column.header.box)
            and any(holds(s.box, n.box) for n in cell)
            and not any(holds(s.box, o) for o in others)
            for s in shapes
        )
    return 2 * boxed > len(columns)


def _repeats(bands: Sequence[Sequence[Line]], columns: Sequence[GridColumn]) -> bool:
    """Whether a word comes back in a column, as a status or a category does."""
    for cells in zip(*(split(b, columns) for b in bands), strict=True):
        said = [" ".join(n.text for n in cell).lower() for cell in cells if cell]
        if len(set(said)) < len(said):
            return True
    return False


def _alignment(columns: Sequence[GridColumn], bands: Sequence[Sequence[Line]]) -> float:
    """The share of cells that start, end or are centred where their headers are."""
    hits = total = 0
    for band in bands:
        for column, cell in zip(columns, split(band, columns), strict=True):
            if cell:
                total += 1
                hits += _lined_up(column.header.box, around(n.box for n in cell), 0.7 * cell[0].box[3])
    return hits / max(1, total)


def _lined_up(a: Box, b: Box, slack: float) -> bool:
    centres = abs(middle(a)[0] - middle(b)[0])
    return min(abs(left(a) - left(b)), abs(right(a) - right(b)), centres) <= slack
