"""Which text lines go into a prompt when not all of them fit.

Costs are estimated tokens, counted the way Gemma's tokenizer cuts line lists: every digit is a
token of its own, so is the space before a number, words cost a token per four letters.

When the lines of all screens together cost more than the budget, lines are left out in this
order until the rest fits; what is left keeps its numbers:

    1. body rows of grids: the last row of the longest grid first, down to two rows under the header
    2. lines of more than 60 characters (prose), the longest first
    3. the last line, in reading order, of the screen that has most lines left
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from .order import rows
from .page import Line, Page

BUDGET = 6000
"""Estimated tokens that the lines of one prompt may cost."""

PROSE = 60
"""Lines with more characters are prose, which names no column."""
KEPT_ROWS = 2
"""Rows of a grid that stay under its header: two show what a column holds as well as twenty."""

_MIN_CELLS = 3
_ALIGNED = 0.5
"""The share of a row's cells that stand under cells of the rows above."""
_LOOK_BACK = 3
"""So many rows above are looked at."""
_COST = re.compile(r"(?P<digit> ?\d)|(?P<word>[A-Za-z]+)|(?P<other>\S)")


def tokens(text: str) -> int:
    """About how many tokens a text costs, its line end included."""
    cost = 1
    for match in _COST.finditer(text):
        cost += -(-len(match[0]) // 4) if match.lastgroup == "word" else len(match[0])
    return cost


def choose(
    pages: Sequence[Page], price: Mapping[int, int], budget: int, stay: Collection[int] = ()
) -> list[tuple[Line, ...]]:
    """The lines of each page that stay.

    Args:
        pages: the screens.
        price: what each line costs, by its number.
        budget: what the lines that stay may cost together.
        stay: numbers of lines that are not left out, whatever they cost.
    """
    total = sum(price.values())
    gone: set[int] = set()
    for n in _leaving(pages, gone):
        if total <= budget:
            break
        if n not in stay:
            gone.add(n)
            total -= price[n]
    return [tuple(line for line in page.lines if line.n not in gone) for page in pages]


def _leaving(pages: Sequence[Page], gone: set[int]) -> Iterator[int]:
    """The numbers of all lines in the order in which they are left out."""
    body = [(depth, len(grid), row) for page in pages for grid in grids(page) for depth, row in enumerate(grid)]
    for depth, _, row in sorted(body, key=lambda r: r[:2], reverse=True):
        if depth > KEPT_ROWS:
            yield from (line.n for line in row)
    every = [line for page in pages for line in page.lines]
    for line in sorted(every, key=lambda x: len(x.text), reverse=True):
        if len(line.text) > PROSE and line.n not in gone:
            yield line.n
    left = [[line.n for line in page.lines if line.n not in gone] for page in pages]
    while any(left):
        yield max(left, key=len).pop()


def grids(page: Page) -> list[list[tuple[Line, ...]]]:
    """The grids of a page: runs of at least four rows of at least three cells that stand under each other.

    The first row of a run is its header.
    """
    runs: list[list[tuple[Line, ...]]] = []
    for row in rows(page.lines):
        if len(row) < _MIN_CELLS:
            continue
        if runs and _continues([cell for above in runs[-1][-_LOOK_BACK:] for cell in above], row):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [run for run in runs if len(run) > KEPT_ROWS + 1]


def _continues(above: Sequence[Line], row: Sequence[Line]) -> bool:
    """Whether half of the cells stand under a cell of the rows above: left edge, middle or right edge in line.

    More than one row above is looked at, since a wrapped cell makes rows of its own in between.
    """
    aligned = sum(any(_in_line(cell, other) for other in above) for cell in row)
    return aligned >= _ALIGNED * len(row) and aligned >= _MIN_CELLS


def _in_line(one: Line, other: Line) -> bool:
    (x, _, w, h), (u, _, v, _) = one.box, other.box
    slack = max(3.0, h / 3)
    return abs(x - u) <= slack or abs(x + w - u - v) <= slack or abs(x + w / 2 - u - v / 2) <= slack
