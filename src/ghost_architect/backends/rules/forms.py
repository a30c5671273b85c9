"""Forms: labels above, beside or inside boxes that a person can fill; and the same with grey bars for values.

A box alone is anything (a card, a button, a picture). Two boxes with labels are a form; a search field
or a newsletter field is not, and neither is a login.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ghost_architect.pages.boxes import SAME, Colour, Drawing, Mark, Shape, apart
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Role, Signals
from ghost_architect.schema.objects import Box

from .fields import Block, BlockKind, Field
from .layout import around, bottom, holds, left, middle, reading_order, right, shared_height, text_height, top
from .words import is_known, is_label, is_value

_MARKS = re.compile(r"[vV▼▾⌄˅∨^~$]|\W{1,2}")
"""How text recognition reads the arrow of a select."""

_PLACEHOLDER = re.compile(
    r"(?:please\s+)?(?:enter|type|add|write|select|choose|pick|search|your)\b.*|.*(?:\.{3}|…)", re.IGNORECASE
)
_TICKS = ("checkbox", "toggle")
"""Their label stands behind them; they get what no field with text has taken, since icons look like them."""

_SEARCH = re.compile(r"(?:\W|Q )*(?:search|filter|apply filters?)(?: \w+)?", re.IGNORECASE)

_MIN_FIELDS = 2


@dataclass(frozen=True, slots=True)
class _Input:
    shape: Shape
    inside: tuple[Line, ...]
    kind: str  # a widget of signals.yaml, or "blank" for a bar in the place of a value
    reach: Box  # the shape with a unit or currency that is stuck to its left


@dataclass(frozen=True, slots=True)
class _Placed:
    field: Field
    box: Box
    panel: Box | None
    fill: Colour
    bare: bool  # its name stands in the box, where a value would


def find_forms(lines: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> list[Block]:
    """Every form among these lines and drawn shapes."""
    unit = text_height(lines)
    inputs = _inputs(shapes, lines, unit, signals)
    taken = {n.n for i in inputs for n in i.inside if i.kind != "blank"}
    outside = [n for n in lines if n.n not in taken]
    panels = [s.box for s in shapes if sum(holds(s.box, i.shape.box) for i in inputs if i.shape is not s) > 1]
    fields: list[_Placed] = []
    for one in sorted(inputs, key=lambda i: i.kind in _TICKS):
        panel = _smallest(panels, one.shape.box)
        found = _field(one, [n for n in outside if _smallest(panels, n.box) == panel], unit, signals)
        if found:
            whole = around([one.shape.box, *(n.box for n in found.label_lines)])
            bare = not found.values and found.label_lines == one.inside[:1]
            fields.append(_Placed(found, whole, panel, one.shape.fill, bare))
            outside = [n for n in outside if n.n not in {m.n for m in found.label_lines}]
    blocks = [_block(group) for group in _groups(_in_front(_like_fields(fields)), unit)]
    forms = [b for b in blocks if len(b.fields) >= _MIN_FIELDS]
    forms = [b for b in forms if not _is_login(b, signals) and not _is_search(b, lines)]
    return [_with_unboxed(b, outside, signals) for b in forms]


def _like_fields(fields: Sequence[_Placed]) -> list[_Placed]:
    """Without boxes that hold their own name on another ground than the labelled fields: heads of panels."""
    grounds = [f.fill for f in fields if not f.bare and f.field.widget not in _TICKS]

    return [f for f in fields if not f.bare or not grounds or any(apart(f.fill, g) <= SAME for g in grounds)]


def _smallest(panels: Iterable[Box], box: Box) -> Box | None:
    return min((p for p in panels if holds(p, box)), key=lambda p: p[2] * p[3], default=None)


def _in_front(fields: Sequence[_Placed]) -> list[_Placed]:
    """Where a panel holds most of the fields, what is beside it is another part of the page, or behind a dialog."""
    counts = Counter(f.panel for f in fields if f.panel)
    panel, count = counts.most_common(1)[0] if counts else (None, 0)
    if panel is None or 2 * count <= len(fields):
        return list(fields)
    return [f for f in fields if f.panel == panel or holds(panel, f.box)]


def _inputs(shapes: Sequence[Shape], lines: Sequence[Line], unit: float, signals: Signals) -> list[_Input]:
    out = []
    for shape in shapes:
        inside = tuple(n for n in lines if holds(shape.box, n.box))
        holds_others = any(s is not shape and holds(shape.box, s.box) and _is_input_sized(s.box, unit) for s in shapes)
        kind = "" if holds_others or _is_cell(shape, shapes) else _kind(shape, inside, unit, signals)
        if kind:
            out.append(_Input(shape, inside, kind, _reach(shape, shapes, unit)))
    return sorted(out, key=lambda i: (top(i.shape.box), left(i.shape.box)))


def _is_cell(shape: Shape, shapes: Sequence[Shape]) -> bool:
    """Whether a box of the same width sticks to it above or below: a cell of a table or of a chart's paper."""
    x, y, w, h = shape.box
    return any(
        abs(left(s.box) - x) <= 3
        and abs(right(s.box) - x - w) <= 3
        and min(abs(top(s.box) - y - h), abs(bottom(s.box) - y)) <= 3
        for s in shapes
        if s is not shape
    )


def _reach(shape: Shape, shapes: Sequence[Shape], unit: float) -> Box:
    box = shape.box
    stuck = [
        s.box
        for s in shapes
        if s is not shape and abs(right(s.box) - left(box)) < 0.7 * unit and abs(top(s.box) - top(box)) < 0.5 * unit
    ]
    return around([box, *(b for b in stuck if abs(b[3] - box[3]) < unit and b[2] < box[2])])


def _is_input_sized(box: Box, unit: float) -> bool:
    return 1.2 * unit <= box[3] <= 5 * unit and box[2] >= 2.5 * box[3]


def _kind(shape: Shape, inside: Sequence[Line], unit: float, signals: Signals) -> str:
    """The widget that a shape of this size and content is; "" for anything else."""
    _, _, width, height = shape.box
    filled = shape.drawing is Drawing.FILLED
    if not inside and 0.6 * unit <= height <= 1.9 * unit and 0.8 <= width / height <= 1.25:
        return "checkbox"
    if not inside and 0.9 * unit <= height <= 2.2 * unit and 1.5 <= width / height <= 2.3 and filled:
        return "toggle"
    if _is_vivid(shape):
        return ""
    if not inside and filled and 0.5 * unit <= height <= 2.6 * unit and width >= 2 * height:
        return "blank"
    if not 1.2 * unit <= height <= 16 * unit or _is_button(shape, inside, signals):
        return ""
    if height > 3.6 * unit and not _in_middle(shape.box, inside):
        return "textarea" if len(inside) <= 3 and width > 1.5 * height and not filled else ""
    if width < 2.5 * height or len(inside) > 3:
        return ""
    number = any(is_value(n.text) for n in inside)
    if shape.mark is Mark.UP_DOWN:
        return "spinner" if number else "select"
    return "select" if shape.mark is Mark.DOWN or _has_arrow(shape.box, inside) else "text_input"


def _is_button(shape: Shape, inside: Sequence[Line], signals: Signals) -> bool:
    words = [n for n in inside if not _MARKS.fullmatch(n.text)]
    if not words:
        return False
    width = shape.box[2]
    centred = len(words) == 1 and abs(middle(words[0].box)[0] - middle(shape.box)[0]) < 0.06 * width + 3
    tight = len(words) == 1 and width < 3.2 * words[0].box[2]
    return _is_vivid(shape) or any(signals.is_caption(n.text) for n in words) or (centred and tight)


def _is_vivid(shape: Shape) -> bool:
    """Filled with a strong colour: a button, a bar of a chart."""
    return shape.drawing is Drawing.FILLED and max(shape.fill) - min(shape.fill) > 80


def _in_middle(box: Box, inside: Sequence[Line]) -> bool:
    """One line of text half-way down: a field for one line, however high."""
    return (
        bool(inside)
        and box[3] < 5.5 * inside[0].box[3]
        and all(abs(middle(n.box)[1] - middle(box)[1]) < 0.15 * box[3] for n in inside)
    )


def _has_arrow(box: Box, inside: Sequence[Line]) -> bool:
    """The arrow of a select that was read as text."""
    return any(_MARKS.fullmatch(n.text) and middle(n.box)[0] > left(box) + 0.6 * box[2] for n in inside)


def _field(one: _Input, lines: Sequence[Line], unit: float, signals: Signals) -> Field | None:
    box = one.reach
    if one.kind in _TICKS:
        label = _beside(box, lines, unit, after=True) or _beside(box, lines, unit, after=False)
        return _made(label, (), one.kind) if label and _is_sentence_label(label.text, signals) else None
    label = _above(box, lines, unit, signals) or _before(box, lines, unit, signals, far=one.kind == "blank")
    texts = tuple(n for n in one.inside if not _MARKS.fullmatch(n.text))
    asked = texts[0].text if texts and _PLACEHOLDER.fullmatch(texts[0].text) else ""
    if label:
        return _made(label, () if asked else texts, "" if one.kind == "blank" else one.kind, asked)
    if texts and one.kind != "blank" and (asked or _names_itself(one, texts[0], signals)):
        return _made(texts[0], (), one.kind, asked)
    return None


def _names_itself(one: _Input, text: Line, signals: Signals) -> bool:
    """A label in the box instead of a value."""
    empty = one.shape.drawing is Drawing.OUTLINED and one.shape.box[2] > 4 * text.box[2]
    return empty and one.kind != "select" and is_known(text.text, signals)


def _made(label: Line, values: Sequence[Line], widget: str, asks: str = "") -> Field:
    if asks and re.match(r"(?:please\s+)?(?:select|choose|pick)\b", asks, re.IGNORECASE):
        widget = "select"
    required = label.text.rstrip().endswith("*")
    return Field(label.text, (label,), tuple(n.text for n in values), tuple(values), widget, required)


def _is_sentence_label(text: str, signals: Signals) -> bool:
    return 1 <= len(text.split()) <= 12 and any(c.isalpha() for c in text) and not signals.is_caption(text)


def _above(box: Box, lines: Iterable[Line], unit: float, signals: Signals) -> Line | None:
    close = [n for n in lines if -0.3 * unit <= top(box) - bottom(n.box) <= 1.6 * unit]
    starts = [n for n in close if -1.2 * unit <= left(n.box) - left(box) <= 2 * unit and left(n.box) < right(box)]
    named = [n for n in starts if is_label(n.text, signals)]
    return max(named, key=lambda n: bottom(n.box), default=None)


def _before(box: Box, lines: Iterable[Line], unit: float, signals: Signals, far: bool) -> Line | None:
    row = [n for n in lines if shared_height(n.box, box) > 0.6 * n.box[3] and right(n.box) <= left(box) + 0.3 * unit]
    nearest = max(row, key=lambda n: right(n.box), default=None)
    reach = (60 if far else 12) * unit
    return nearest if nearest and left(box) - right(nearest.box) < reach and is_label(nearest.text, signals) else None


def _beside(box: Box, lines: Iterable[Line], unit: float, after: bool) -> Line | None:
    row = [n for n in lines if abs(middle(n.box)[1] - middle(box)[1]) < 0.8 * unit and n.box[3] < 1.35 * unit]
    gaps = [(left(n.box) - right(box) if after else left(box) - right(n.box), n) for n in row]
    near = [(gap, n) for gap, n in gaps if -0.2 * unit <= gap <= (2.5 if after else 12) * unit]
    return min(near, key=lambda g: g[0])[1] if near else None


def _groups(fields: Sequence[_Placed], unit: float) -> list[list[_Placed]]:
    """Fields that stand near each other, or in one panel, are one form."""
    out: list[list[_Placed]] = []
    for one in fields:
        homes = [g for g in out if any(_near(one.box, f.box, unit) or (one.panel and one.panel == f.panel) for f in g)]
        out = [g for g in out if g not in homes] + [[f for g in homes for f in g] + [one]]
    return out


def _near(a: Box, b: Box, unit: float) -> bool:
    across = max(left(a), left(b)) - min(right(a), right(b))
    down = max(top(a), top(b)) - min(bottom(a), bottom(b))
    return across < 16 * unit and down < 6 * unit


def _block(group: Sequence[_Placed]) -> Block:
    ordered = [group[i].field for i in reading_order([f.box for f in group])]
    lines = frozenset(n.n for f in ordered for n in (*f.label_lines, *f.value_lines))
    return Block(BlockKind.FORM, tuple(ordered), around(f.box for f in group), lines=lines)


def _with_unboxed(block: Block, lines: Sequence[Line], signals: Signals) -> Block:
    """The block with labels whose widget is no box (an editor, a chooser): starred, or in line with other labels."""
    x, y, w, h = block.box
    labels = [n for f in block.fields for n in f.label_lines if f.widget not in _TICKS]
    found = []
    for line in lines:
        within = y <= top(line.box) <= y + h + 4 * line.box[3] and holds((x, y, w, h + 6 * line.box[3]), line.box)
        like = any(abs(left(n.box) - left(line.box)) <= 4 and 0.85 <= n.box[3] / line.box[3] <= 1.18 for n in labels)
        starred = line.text.rstrip().endswith("*")
        told = starred or (like and len(line.text.split()) <= 3 and is_known(line.text, signals))
        if told and within and line.n not in block.lines and is_label(line.text, signals):
            found.append(Field(line.text, (line,), (), (), "", starred))
    whole = [*block.fields, *found]
    whole = [whole[i] for i in reading_order([f.label_lines[0].box for f in whole])]
    return replace(block, fields=tuple(whole), lines=block.lines | {f.label_lines[0].n for f in found})


def _is_search(block: Block, lines: Sequence[Line]) -> bool:
    """Fields with a search button beside them ask for rows; they do not make one."""
    x, y, w, h = block.box
    near = [n for n in lines if holds((x, y - h // 2, 2 * w, 2 * h), n.box)]
    return len(block.fields) <= 4 and any(_SEARCH.fullmatch(n.text) for n in near)


def _is_login(block: Block, signals: Signals) -> bool:
    """Only what somebody types to be let in, or to search."""
    asked = {signals.meaning(f.label, (), f.widget).signal for f in block.fields}
    roles = {signals.meaning(f.label, (), f.widget).role for f in block.fields}
    return asked <= {"email", "username", "password", "session_helper", "search", "confirmation"} and (
        Role.SECRET in roles or "search" in asked or len(asked) < 2
    )
