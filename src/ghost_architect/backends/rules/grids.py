"""Grids: a header row with aligned rows beneath.

A row of short labels is a header when what stands below falls into its columns, row after row. A
header or a value may be wrapped over two lines. Columns of a side bar that happens to stand on the
same height fall out because its entries do not keep the grid's rows.

    rows of lines -> header cells -> columns and rows (`grid_rows`) -> a grid? (`grid_proof`) -> Block
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ghost_architect.pages.boxes import Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Role, Signals

from .fields import Block, BlockKind, Field
from .grid_proof import is_grid
from .grid_rows import GridColumn, bands_under, columns_under, split
from .layout import Cell, around, bottom, left, middle, right, rows, shared_height, shared_width, top
from .words import is_label, is_value


def find_grids(lines: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> list[Block]:
    """Every grid of the page, from the top; no line is used twice."""
    free = list(lines)
    found: list[Block] = []
    all_rows = rows(lines)
    for i in range(len(all_rows)):
        grid = _starting(all_rows[i:], free, shapes, signals)
        later = (_starting(all_rows[j:], free, shapes, signals) for j in range(i + 1, min(i + 4, len(all_rows))))
        if grid and not any(_overtakes(other, grid) for other in later if other):
            found.append(grid)
            free = [n for n in free if n.n not in grid.lines]
    return _joined(found)


def _starting(
    found: Sequence[list[Line]], free: Sequence[Line], shapes: Sequence[Shape], signals: Signals
) -> Block | None:
    """The grid whose header begins in the first of these rows."""
    numbers = {n.n for n in free}
    header = [c for c in _header(found) if all(n.n in numbers for n in c.lines)]
    return next((g for part in _runs(header, signals) if (g := _read(part, free, shapes, signals))), None)


def _overtakes(lower: Block, upper: Block) -> bool:
    """Whether what was taken for the first row of a grid is the header of a fuller one."""
    header, above = ({n.n for f in g.fields for n in f.label_lines} for g in (lower, upper))
    inside = header & (upper.lines - above)
    return 2 * len(inside) > len(header) and _fullness(lower) > _fullness(upper)


def _fullness(grid: Block) -> float:
    return sum(bool(f.values) for f in grid.fields) / len(grid.fields)


def _header(found: Sequence[list[Line]]) -> list[Cell]:
    """The cells of a header that begins in the first of these rows, its wrapped lines joined."""
    cells: list[list[Line]] = []
    for line in sorted(_header_lines(found), key=lambda n: left(n.box)):
        home = next(
            (c for c in cells if any(shared_width(n.box, line.box) > 0 and not _same_row(n, line) for n in c)), None
        )
        if home is None:
            cells.append([line])
        else:
            home.append(line)
    return [Cell(tuple(sorted(c, key=lambda n: top(n.box)))) for c in cells]


def _header_lines(found: Sequence[list[Line]]) -> list[Line]:
    """Rows belong to one header when they are much closer to each other than to what follows, and hold no values."""
    height = median(n.box[3] for n in found[0])
    band, level = list(found[0]), _level(found[0])
    reach = (min(left(n.box) for n in band) - 12 * height, max(right(n.box) for n in band) + 12 * height)

    def belongs(row: Sequence[Line]) -> bool:
        """Not a line of a side bar that stands between the rows; a lone header half-way beside wrapped ones does."""
        half_way = 0 < _level(row) - level <= 0.9 * height and reach[0] < middle(row[0].box)[0] < reach[1]
        return len(row) > 1 or half_way or any(shared_width(n.box, row[0].box) > 0 for n in band)

    rest = [r for r in found[1:6] if belongs(r)]
    for row, below in zip(rest[:2], [*rest[1:3], None], strict=False):
        step = _level(row) - level
        after = _level(below) - _level(row) if below else 10 * height
        close = step <= 0.9 * height or (step <= 1.75 * height and after > 1.3 * step)
        if len(band) < 2 or not close or any(is_value(n.text) for n in row):
            break
        band += row
        level = _level(row)
    return band


def _level(row: Sequence[Line]) -> float:
    return median(middle(n.box)[1] for n in row)


def _runs(header: Sequence[Cell], signals: Signals) -> list[list[Cell]]:
    """Header candidates: all labels, then without the leftmost, then without the rightmost (side bars)."""
    absent = [c for c in header if signals.meaning(c.text).role is Role.ABSENT]
    labels = [c for c in header if c in absent or (is_label(c.text, signals) and not c.text.endswith(":"))]
    if len(labels) - len(absent) < 2 or len(labels) < 0.7 * len(header):
        return []
    return [labels] + ([labels[1:], labels[:-1]] if len(labels) > 3 else [])


def _same_row(a: Line, b: Line) -> bool:
    return shared_height(a.box, b.box) > 0.5 * min(a.box[3], b.box[3])


def _read(header: Sequence[Cell], free: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> Block | None:
    if len(header) < 2:
        return None
    used = {n.n for c in header for n in c.lines}
    floor = max(bottom(c.box) for c in header)
    below = [n for n in free if n.n not in used and middle(n.box)[1] > floor]
    columns = columns_under(header)
    bands = bands_under(below, columns, floor, median(n.box[3] for c in header for n in c.lines), signals)
    if not is_grid(columns, bands, shapes, signals):
        return None
    for band in bands:
        for column, lines in zip(columns, split(band, columns), strict=True):
            if lines:
                column.cells.append(Cell(tuple(lines)))
    kept = [c for c in columns if c.cells or len(bands) < 3 or signals.meaning(c.header.text).role is not Role.ABSENT]
    kept = _without_outsiders(kept, len(bands))
    fields = tuple(_field(c) for c in kept)
    seen = [n for c in kept for n in c.header.lines] + [n for band in bands for n in band]
    return Block(BlockKind.GRID, fields, around(n.box for n in seen), lines=frozenset(n.n for n in seen) | used)


def _without_outsiders(columns: list[GridColumn], count: int) -> list[GridColumn]:
    """Without a first or last column that keeps other rows than the rest: a side bar beside the grid."""
    if len(columns) < 4 or count < 3:
        return columns
    for edge in (0, -1):
        if len(columns[edge].cells) < 0.34 * count and columns[edge].cells:
            columns = columns[1:] if edge == 0 else columns[:-1]
    return columns


def _field(column: GridColumn) -> Field:
    values = tuple(c.text for c in column.cells)
    lines = tuple(n for c in column.cells[:1] for n in c.lines)
    return Field(column.header.text, column.header.lines, values, lines, "header")


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Grids with equal headers are groups of one list."""
    out: dict[tuple[str, ...], Block] = {}
    for block in blocks:
        key = tuple(f.label.lower() for f in block.fields)
        first = out.get(key)
        if first is None:
            out[key] = block
            continue
        fields = tuple(
            Field(a.label, a.label_lines, a.values + b.values, a.value_lines, a.widget)
            for a, b in zip(first.fields, block.fields, strict=True)
        )
        out[key] = Block(
            BlockKind.GRID, fields, around([first.box, block.box]), None, first.lines | block.lines, grouped=True
        )
    return list(out.values())
