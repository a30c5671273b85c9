"""What a block is about: the heading over it, and the entity that a heading names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from ghost_architect.pages.boxes import Colour, Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Signals, tokens
from ghost_architect.schema.objects import Box

from .fields import Block
from .layout import bottom, holds, left, middle, right, shared_width, text_height, top
from .words import is_value

_PREPOSITIONS = frozenset({"to", "for", "by", "in", "from", "with", "at", "on", "and", "&", "of"})
_SEPARATORS = re.compile(r"\s+[|\-–—·•»›/]\s+|\s*[:(\[#]\s*")
_MAX_WORDS = 3
_SINGLE = frozenset({"add", "create", "edit", "new", "update", "change", "view", "register"})
"""Verbs in front of a page that shows or makes one row."""


def heading_over(
    block: Block, lines: Sequence[Line], shapes: Sequence[Shape], used: frozenset[int], signals: Signals
) -> Line | None:
    """The nearest line above the block that is written larger than its text; else the nearest that stands alone.

    Lines that belong to any block (`used`) are no headings.
    """
    inside = [n for n in lines if n.n in block.lines]
    usual = text_height(inside)
    free = [n for n in lines if n.n not in used and _could_head(n, signals) and not _on_button(n, shapes)]
    above = [n for n in free if _over(n, block.box, usual)]
    near_by = [n for n in free if -0.5 * usual <= top(block.box) - bottom(n.box) < 4 * usual]
    bars = [n for n in near_by if _in_bar(n, block.box, lines, shapes)]
    if bars:
        return max(bars, key=lambda n: bottom(n.box))
    large = [n for n in above if n.box[3] >= 1.1 * usual]
    beside = [n for n in free if _left_of(n, block.box) and n.box[3] >= 1.06 * usual]
    near = max(large, key=lambda n: bottom(n.box), default=None) or min(beside, key=lambda n: top(n.box), default=None)
    if near is not None:
        return _above_subtitle(near, large)
    alone = [n for n in above if _stands_alone(n, lines) and top(block.box) - bottom(n.box) < 6 * usual]
    return max(alone, key=lambda n: bottom(n.box), default=None)


def _left_of(line: Line, box: Box) -> bool:
    """A heading in a column of its own, level with the top of its block."""
    return right(line.box) <= left(box) and abs(middle(line.box)[1] - top(box)) <= 4 * line.box[3]


def _above_subtitle(near: Line, large: Sequence[Line]) -> Line:
    """The heading over a line that is only its subtitle: close above, and larger still."""
    over = [n for n in large if 0 <= top(near.box) - bottom(n.box) < 1.5 * near.box[3] and n.box[3] > 1.1 * near.box[3]]
    return max(over, key=lambda n: n.box[3], default=near)


def active_entries(lines: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> list[Line]:
    """The chosen entries of menus and tab bars: the one of several in a line that stands on another colour."""
    words = [n for n in lines if len(n.text.split()) <= 3 and not is_value(n.text)]
    out: dict[int, Line] = {}
    for entries in _menus(words):
        grounds = [_ground(n, entries, shapes) for n in entries]
        odd = [n for n, g in zip(entries, grounds, strict=True) if grounds.count(g) == 1]
        if len(odd) == 1 and len(set(grounds)) == 2 and not signals.is_caption(odd[0].text):
            out[odd[0].n] = odd[0]
    return list(out.values())


def _menus(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of one size, three or more, that stand under each other or beside each other at like distances."""
    for first in lines:
        height = first.box[3]
        kin = [n for n in lines if 0.75 <= n.box[3] / height <= 1.34]
        column = [n for n in kin if abs(left(n.box) - left(first.box)) <= 0.7 * height]
        row = [n for n in kin if abs(middle(n.box)[1] - middle(first.box)[1]) <= 0.5 * height]
        for entries, start in ((column, top), (row, left)):
            ordered = sorted(entries, key=lambda n: start(n.box))
            if first is ordered[0]:
                yield from (run for run in _even_runs(ordered, start) if len(run) > 2)


def _even_runs(ordered: Sequence[Line], start: Callable[[Box], int]) -> list[list[Line]]:
    """The lines, parted where one is more than twice as far from the next as is usual."""
    steps = [start(b.box) - start(a.box) for a, b in pairwise(ordered)]
    usual = median(steps) if steps else 0
    runs = [[ordered[0]]]
    for line, step in zip(ordered[1:], steps, strict=True):
        if step > 2.2 * usual:
            runs.append([])
        runs[-1].append(line)
    return runs


def _ground(line: Line, entries: Sequence[Line], shapes: Sequence[Shape]) -> Colour | None:
    """The colour of the shape that holds this entry and no other; None without one."""
    own = [
        s for s in shapes if holds(s.box, line.box) and not any(holds(s.box, n.box) for n in entries if n is not line)
    ]
    return min(own, key=lambda s: s.box[2] * s.box[3]).fill if own else None


def page_heading(lines: Sequence[Line], used: frozenset[int], signals: Signals) -> Line | None:
    """The largest line of the page that could be its heading."""
    free = [n for n in lines if n.n not in used and _could_head(n, signals)]
    usual = text_height(lines)
    large = [n for n in free if n.box[3] >= 1.25 * usual]
    return max(large, key=lambda n: (round(n.box[3] / usual, 1), -top(n.box)), default=None)


def _could_head(line: Line, signals: Signals) -> bool:
    words = line.text.split()
    if line.text[0].isdigit() or line.text.endswith(":"):
        return False
    return 1 <= len(words) <= 9 and len(line.text) > 2 and not is_value(line.text) and not signals.is_caption(line.text)


def _in_bar(line: Line, box: Box, lines: Sequence[Line], shapes: Sequence[Shape]) -> bool:
    """A line at the left of a low, wide bar, with nothing but buttons beside it: the head of the panel beneath."""
    for shape in shapes:
        low = (
            shape.box[3] < 4.5 * line.box[3]
            and shape.box[2] >= 0.8 * box[2]
            and shared_width(shape.box, box) > 0.8 * box[2]
        )
        if low and holds(shape.box, line.box) and left(line.box) - left(shape.box) < 0.2 * shape.box[2]:
            return not any(holds(shape.box, n.box) and not _on_button(n, shapes) for n in lines if n is not line)
    return False


def _on_button(line: Line, shapes: Sequence[Shape]) -> bool:
    _, _, width, height = line.box
    return any(holds(s.box, line.box) and s.box[2] < 2.2 * width + 2 * height and s.box[3] < 4 * height for s in shapes)


def _over(line: Line, box: Box, usual: float) -> bool:
    beside = shared_width(line.box, box) > 0 or abs(left(line.box) - left(box)) < 3 * usual
    ahead = left(line.box) < left(box) + 0.6 * box[2]  # further right stand buttons
    return bottom(line.box) <= top(box) + 0.5 * usual and beside and ahead and right(line.box) > left(box) - 3 * usual


def _stands_alone(line: Line, lines: Sequence[Line]) -> bool:
    y = middle(line.box)[1]
    return not any(n is not line and top(n.box) < y < bottom(n.box) for n in lines)


def entity(title: str, signals: Signals) -> str:
    """The thing a heading speaks of, in its own words: "Add new customer" -> "customer"; "" if it names none.

    Verbs in front, page words behind and everything after a preposition or a separator fall away.
    """
    words = tokens(_SEPARATORS.split(title.strip())[0])
    words = [w for w in words if not w.isdigit()]
    while words and words[0] in signals.captions["verbs"]:
        words = words[1:]
    cut = next((i for i, w in enumerate(words) if i and w in _PREPOSITIONS), len(words))
    words = words[:cut]
    while len(words) > 1 and words[-1] in signals.captions["furniture"]:
        words = words[:-1]
    if len(words) == 1 and (words[0] in signals.captions["furniture"] or words[0] in signals.captions["parts"]):
        return ""
    if len(words) > 1 and words[-1].endswith("ed"):
        words = [words[-1], *words[:-1]]  # "Books issued" are issued books
    return " ".join(words[-_MAX_WORDS:])


def names_record(title: str) -> bool:
    """Whether a heading speaks of one row: "Order #1042", "Change customer", "New ticket"."""
    words = tokens(title)
    return bool(re.search(r"[#№]\s?\d|\b\d{3,}\b", title)) or (len(words) > 1 and words[0] in _SINGLE)


def is_part(title: str, signals: Signals) -> bool:
    """Whether a heading only names a part of a record ("General", "Personal information")."""
    return " ".join(tokens(title)) in signals.captions["parts"]
