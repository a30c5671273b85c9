"""Detail pages: labels with their values beside or beneath them, several times in the same way.

One label over one text may be anything; a family of pairs that keep the same distances is a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ghost_architect.pages.boxes import Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Signals
from ghost_architect.schema.objects import Box

from .fields import Block, BlockKind, Field
from .layout import around, bottom, holds, left, middle, right, shared_height, top
from .words import is_known, is_label, is_value

_COLON = re.compile(r"(?P<label>[^:]{2,40}?)\s*[:：]\s*(?P<value>\S.*)")
_MIN_FAMILY = 3


@dataclass(frozen=True, slots=True)
class _Pair:
    label: str
    label_line: Line
    value: str
    value_line: Line


def find_details(lines: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> list[Block]:
    """Every record of the page whose fields are labelled."""
    free = list(lines)
    found: list[Block] = []
    for pairs in (_colon_pairs, _beside_pairs, _stacked_pairs):
        for family in _families(pairs(free, signals), signals):
            found.extend(_block(part) for part in _by_panel(family, shapes))
            used = {n for b in found for n in b.lines}
            free = [n for n in free if n.n not in used]
    return found


def _by_panel(family: Sequence[_Pair], shapes: Sequence[Shape]) -> list[list[_Pair]]:
    """The pairs of each panel of the page: its cards are parts of the record."""
    parts: dict[Box | None, list[_Pair]] = {}
    for pair in family:
        panels = [s.box for s in shapes if holds(s.box, pair.label_line.box) and holds(s.box, pair.value_line.box)]
        parts.setdefault(min(panels, key=lambda b: b[2] * b[3], default=None), []).append(pair)
    # Tiles with one pair each are no parts.
    return list(parts.values()) if all(len(p) > 1 for p in parts.values()) else [list(family)]


def _colon_pairs(lines: Sequence[Line], signals: Signals) -> list[list[_Pair]]:
    """ "Label: value" in one line, or "Label:" with its value to the right or just beneath."""
    out = []
    for line in lines:
        match = _COLON.fullmatch(line.text)
        if match and is_label(match["label"], signals) and len(match["value"].split()) <= 8:
            out.append(_Pair(match["label"], line, match["value"], line))
        elif line.text.rstrip().endswith((":", "：")) and is_label(line.text, signals):
            value = _right_of(line, lines) or _beneath(line, lines)
            if value:
                out.append(_Pair(line.text.rstrip(" :："), line, value.text, value))
    return [out]


def _beside_pairs(lines: Sequence[Line], signals: Signals) -> list[list[_Pair]]:
    """Labels in one column, values in the next, row by row."""
    pairs = []
    for line in lines:
        value = _right_of(line, lines) if is_label(line.text, signals) else None
        if value and not is_known(value.text, signals) and _alone_between(line, value, lines):
            pairs.append(_Pair(line.text, line, value.text, value))
    return _clusters(pairs, _same_column)


def _stacked_pairs(lines: Sequence[Line], signals: Signals) -> list[list[_Pair]]:
    """A small label over its value, in tiles or columns."""
    pairs = []
    for line in lines:
        value = _beneath(line, lines) if is_label(line.text, signals) else None
        if value is None or is_known(value.text, signals) or _is_figure(line, value) or len(value.text.split()) > 10:
            continue
        pairs.append(_Pair(line.text, line, value.text, value))
    return _clusters(pairs, _same_stack)


def _is_figure(label: Line, value: Line) -> bool:
    """A large number with a small caption: a sum over rows, not a field of one."""
    figure = re.fullmatch(r"[^A-Za-z]*\d[^A-Za-z]*(?:[KMB%]|\s?\w{1,4})?(?:\s\(\d+\))?", value.text)
    return figure is not None and value.box[3] > 1.3 * label.box[3]


def _right_of(line: Line, lines: Iterable[Line]) -> Line | None:
    row = [n for n in lines if n is not line and shared_height(n.box, line.box) > 0.5 * min(n.box[3], line.box[3])]
    after = [n for n in row if left(n.box) >= right(line.box)]
    nearest = min(after, key=lambda n: left(n.box), default=None)
    return nearest if nearest and left(nearest.box) - right(line.box) < 100 * line.box[3] else None


def _alone_between(label: Line, value: Line, lines: Iterable[Line]) -> bool:
    """No third text follows on the row close enough to be a further cell of a grid."""
    row = [
        n for n in lines if n is not label and n is not value and shared_height(n.box, label.box) > 0.5 * label.box[3]
    ]
    return not any(0 <= left(n.box) - right(value.box) < left(value.box) - left(label.box) for n in row)


def _beneath(line: Line, lines: Iterable[Line]) -> Line | None:
    h = line.box[3]
    close = [n for n in lines if n is not line and -0.2 * h <= top(n.box) - bottom(line.box) <= 1.3 * h]
    aligned = [
        n
        for n in close
        if abs(left(n.box) - left(line.box)) <= 0.8 * h or abs(middle(n.box)[0] - middle(line.box)[0]) <= 0.5 * h
    ]
    return min(aligned, key=lambda n: (top(n.box), left(n.box)), default=None)


def _same_column(a: _Pair, b: _Pair) -> bool:
    slack = 0.8 * a.label_line.box[3]
    labels = abs(left(a.label_line.box) - left(b.label_line.box)) <= slack
    values = min(abs(edge(a.value_line.box) - edge(b.value_line.box)) for edge in (left, right)) <= slack
    near = abs(top(a.label_line.box) - top(b.label_line.box)) <= 20 * a.label_line.box[3]
    return labels and values and near


def _same_stack(a: _Pair, b: _Pair) -> bool:
    heights = 0.75 <= a.label_line.box[3] / b.label_line.box[3] <= 1.34
    distance_a = middle(a.value_line.box)[1] - middle(a.label_line.box)[1]
    distance_b = middle(b.value_line.box)[1] - middle(b.label_line.box)[1]
    return heights and abs(distance_a - distance_b) <= 0.5 * a.label_line.box[3] and _lined(a, b)


def _lined(a: _Pair, b: _Pair) -> bool:
    """In one row or one column of tiles."""
    rows_apart = abs(top(a.label_line.box) - top(b.label_line.box))
    columns_apart = abs(left(a.label_line.box) - left(b.label_line.box))
    h = a.label_line.box[3]
    return rows_apart <= 0.6 * h or (columns_apart <= 0.8 * h and rows_apart <= 12 * h)


def _clusters(pairs: Sequence[_Pair], kin: Callable[[_Pair, _Pair], bool]) -> list[list[_Pair]]:
    out: list[list[_Pair]] = []
    for pair in pairs:
        homes = [c for c in out if any(kin(p, pair) for p in c)]
        merged = [p for c in homes for p in c] + [pair]
        out = [c for c in out if c not in homes] + [merged]
    return out


def _families(clusters: Iterable[Sequence[_Pair]], signals: Signals) -> list[list[_Pair]]:
    out = []
    for cluster in clusters:
        family = _without_reuse(cluster)
        known = sum(is_known(p.label, signals) for p in family)
        plain = sum(is_value(p.value) for p in family)
        if len(family) >= _MIN_FAMILY and (
            2 * known >= len(family) or (known >= 2 and 3 * (known + plain) >= 2 * len(family))
        ):
            out.append(family)
    return sorted(out, key=len, reverse=True)


def _without_reuse(cluster: Sequence[_Pair]) -> list[_Pair]:
    """A text is a value only once, and no label at the same time."""
    taken: set[int] = set()
    out = []
    for pair in sorted(cluster, key=lambda p: (top(p.label_line.box), left(p.label_line.box))):
        own = {pair.label_line.n, pair.value_line.n}
        if not own & taken:
            out.append(pair)
            taken |= own
    return out


def _block(family: Sequence[_Pair]) -> Block:
    fields = tuple(Field(p.label, (p.label_line,), (p.value,), (p.value_line,), "value") for p in family)
    seen = [n for f in fields for n in (*f.label_lines, *f.value_lines)]
    return Block(BlockKind.DETAIL, fields, around(n.box for n in seen), lines=frozenset(n.n for n in seen))
