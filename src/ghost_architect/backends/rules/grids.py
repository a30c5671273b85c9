"""Grids: a header row with aligned rows beneath.

A row of short labels is a header when what stands below falls into its columns, row after row. A
header or a value may be wrapped over two lines. Columns of a side bar that happens to stand on the
same height fall out because its entries do not keep the grid's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ghost_architect.pages.boxes import Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Role, Signals
from ghost_architect.schema.objects import Box

from .fields import Block, BlockKind, Field
from .layout import Cell, around, bottom, holds, left, middle, right, rows, shared_height, shared_width, top
from .words import is_known, is_label, is_value


@dataclass(slots=True)
class _Column:
    header: Cell
    start: float
    end: float
    cells: list[Cell]


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
    """The cells of a header that begins in the first of these rows, its wrapped lines joined.

    Rows belong to one header when they are much closer to each other than to what follows, and hold no values.
    """
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
    cells: list[list[Line]] = []
    for line in sorted(band, key=lambda n: left(n.box)):
        home = next(
            (c for c in cells if any(shared_width(n.box, line.box) > 0 and not _same_row([n], line) for n in c)), None
        )
        if home is None:
            cells.append([line])
        else:
            home.append(line)
    return [Cell(tuple(sorted(c, key=lambda n: top(n.box)))) for c in cells]


def _level(row: Sequence[Line]) -> float:
    return median(middle(n.box)[1] for n in row)


def _runs(header: Sequence[Cell], signals: Signals) -> list[list[Cell]]:
    """Header candidates: all labels, then without the leftmost, then without the rightmost (side bars)."""
    absent = [c for c in header if signals.meaning(c.text).role is Role.ABSENT]
    labels = [c for c in header if c in absent or (is_label(c.text, signals) and not c.text.endswith(":"))]
    if len(labels) - len(absent) < 2 or len(labels) < 0.7 * len(header):
        return []
    return [labels] + ([labels[1:], labels[:-1]] if len(labels) > 3 else [])


def _same_row(cell: Sequence[Line], line: Line) -> bool:
    return any(shared_height(n.box, line.box) > 0.5 * min(n.box[3], line.box[3]) for n in cell)


def _read(header: Sequence[Cell], free: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> Block | None:
    if len(header) < 2:
        return None
    used = {n.n for c in header for n in c.lines}
    floor = max(bottom(c.box) for c in header)
    below = [n for n in free if n.n not in used and middle(n.box)[1] > floor]
    columns = _columns(header)
    bands = _bands(below, columns, floor, median(n.box[3] for c in header for n in c.lines), signals)
    framed = _in_cells(columns, shapes)
    if not _believable(columns, bands, framed, signals) or _in_tiles(columns, bands, shapes):
        return None
    for band in bands:
        for column, lines in zip(columns, _split(band, columns), strict=True):
            if lines:
                column.cells.append(Cell(tuple(lines)))
    kept = [c for c in columns if c.cells or len(bands) < 3 or signals.meaning(c.header.text).role is not Role.ABSENT]
    kept = _without_outsiders(kept, len(bands))
    fields = tuple(_field(c) for c in kept)
    seen = [n for c in kept for n in c.header.lines] + [n for band in bands for n in band]
    return Block(BlockKind.GRID, fields, around(n.box for n in seen), lines=frozenset(n.n for n in seen) | used)


def _columns(header: Sequence[Cell]) -> list[_Column]:
    """Each column reaches half-way to its neighbours; the outer ones as far out as in."""
    boxes = [c.box for c in header]
    gaps = [max(0, left(b) - right(a)) / 2 for a, b in pairwise(boxes)]
    out = []
    for i, cell in enumerate(header):
        before = gaps[i - 1] if i else gaps[0]
        after = gaps[i] if i < len(gaps) else gaps[-1]
        out.append(_Column(cell, left(cell.box) - before, right(cell.box) + after, []))
    return out


def _split(band: Sequence[Line], columns: Sequence[_Column]) -> list[list[Line]]:
    """The lines of a row by column: left edge with left edge, else the larger overlap with the column's reach."""
    out: list[list[Line]] = [[] for _ in columns]
    for line in band:
        home = _home(line, columns)
        if home is not None:
            out[home].append(line)
    return [[n for row in rows(c) for n in row] for c in out]


def _home(line: Line, columns: Sequence[_Column]) -> int | None:
    slack = 0.6 * line.box[3]
    by_edge = [i for i, c in enumerate(columns) if abs(left(c.header.box) - left(line.box)) < slack]
    if by_edge:
        return by_edge[0]
    covered = [min(right(line.box), c.end) - max(left(line.box), c.start) for c in columns]
    best = max(range(len(columns)), key=lambda i: (shared_width(columns[i].header.box, line.box) > 0, covered[i]))
    return best if covered[best] > 0 else None


def _bands(
    below: Sequence[Line], columns: Sequence[_Column], floor: float, height: float, signals: Signals
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
        cells = [c for c in _split(row, columns) if c]
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


def _pieces(line: Line, columns: Sequence[_Column]) -> list[Line]:
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


def _distance(x: float, column: _Column) -> float:
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


def _believable(columns: Sequence[_Column], bands: Sequence[Sequence[Line]], framed: bool, signals: Signals) -> bool:
    """Enough rows, and rows that hold values and not just more labels or prose."""
    known = sum(is_known(c.header.text, signals) for c in columns)
    if not bands or (len(columns) == 2 and len(bands) < 2 and not (framed and known == 2)):
        return False
    if sum(len([c for c in _split(b, columns) if c]) for b in bands) < 0.5 * len(columns) * len(bands):
        return False
    text = [n.text for b in bands for n in b]
    long = sum(len(t.split()) > 9 for t in text)
    labels = sum(is_known(t, signals) for t in text)
    values = sum(is_value(t) for t in text)
    if any(len(b) > 1 and all(is_known(n.text, signals) for n in b) for b in bands):
        return False  # labels over values over labels: a record in tiles
    if len(columns) < 4 and any(
        _names_things(c, signals) for c in zip(*(_split(b, columns) for b in bands), strict=True)
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


def _in_cells(columns: Sequence[_Column], shapes: Sequence[Shape]) -> bool:
    """Whether every header stands in a drawn cell of its own."""
    boxes = [c.header.box for c in columns]
    return all(
        any(holds(s.box, b) and not any(holds(s.box, o) for o in boxes if o is not b) for s in shapes) for b in boxes
    )


def _in_tiles(columns: Sequence[_Column], bands: Sequence[Sequence[Line]], shapes: Sequence[Shape]) -> bool:
    """Whether each header shares a box of its own with what stands under it: cards side by side."""
    boxed = 0
    for column, cell in zip(columns, _split(bands[0], columns), strict=True):
        others = [c.header.box for c in columns if c is not column]
        boxed += any(
            holds(s.box, column.header.box)
            and any(holds(s.box, n.box) for n in cell)
            and not any(holds(s.box, o) for o in others)
            for s in shapes
        )
    return 2 * boxed > len(columns)


def _repeats(bands: Sequence[Sequence[Line]], columns: Sequence[_Column]) -> bool:
    """Whether a word comes back in a column, as a status or a category does."""
    for cells in zip(*(_split(b, columns) for b in bands), strict=True):
        said = [" ".join(n.text for n in cell).lower() for cell in cells if cell]
        if len(set(said)) < len(said):
            return True
    return False


def _alignment(columns: Sequence[_Column], bands: Sequence[Sequence[Line]]) -> float:
    """The share of cells that start, end or are centred where their headers are."""
    hits = total = 0
    for band in bands:
        for column, cell in zip(columns, _split(band, columns), strict=True):
            if cell:
                total += 1
                hits += _lined_up(column.header.box, around(n.box for n in cell), 0.7 * cell[0].box[3])
    return hits / max(1, total)


def _lined_up(a: Box, b: Box, slack: float) -> bool:
    centres = abs(middle(a)[0] - middle(b)[0])
    return min(abs(left(a) - left(b)), abs(right(a) - right(b)), centres) <= slack


def _without_outsiders(columns: list[_Column], count: int) -> list[_Column]:
    """Without a first or last column that keeps other rows than the rest: a side bar beside the grid."""
    if len(columns) < 4 or count < 3:
        return columns
    for edge in (0, -1):
        if len(columns[edge].cells) < 0.34 * count and columns[edge].cells:
            columns = columns[1:] if edge == 0 else columns[:-1]
    return columns


def _field(column: _Column) -> Field:
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
