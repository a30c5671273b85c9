"""Repeated cards: boxes of one size whose texts stand in the same places.

What stands in the same place on every card is one field. Its name is rarely written, so it is named
after what its values look like; a place whose values say nothing is left out. Cards without one place
of plain data (amounts, dates, addresses ...) are decoration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ghost_architect.pages.boxes import Shape
from ghost_architect.pages.page import Line
from ghost_architect.pages.signals import Signals
from ghost_architect.schema.objects import Box

from .fields import Block, BlockKind, Field
from .layout import around, holds, left, text_height, top
from .words import is_known, is_label, is_value

_MIN_CARDS = 3
_NAMES = {"money": "price", "sentence_value": "description", "integer_value": "", "decimal_value": ""}
"""What a nameless value is called where its signal's own name would not do; "" is not called anything."""


@dataclass(frozen=True, slots=True)
class _Slot:
    lines: tuple[Line, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(n.text for n in self.lines)


def find_cards(lines: Sequence[Line], shapes: Sequence[Shape], signals: Signals) -> list[Block]:
    """Every set of like cards among these lines and drawn shapes."""
    unit = text_height(lines)
    out = []
    for boxes in _like(shapes, lines, unit):
        block = _block(boxes, lines, unit, signals)
        if block:
            out.append(block)
            lines = [n for n in lines if n.n not in block.lines]
    return out


def _like(shapes: Iterable[Shape], lines: Sequence[Line], unit: float) -> list[list[Box]]:
    """Boxes of about one size that hold two lines or more, most first; no box inside another of its set."""
    boxes = [s.box for s in shapes if s.box[3] > 3 * unit and sum(holds(s.box, n.box) for n in lines) >= 2]
    sets: list[list[Box]] = []
    for box in boxes:
        home = next((s for s in sets if _same_size(s[0], box, unit) and not any(holds(b, box) for b in s)), None)
        if home is None:
            sets.append([box])
        else:
            home.append(box)
    return sorted((s for s in sets if len(s) >= _MIN_CARDS), key=lambda s: -len(s) * s[0][2] * s[0][3])


def _same_size(a: Box, b: Box, unit: float) -> bool:
    return abs(a[2] - b[2]) <= unit and abs(a[3] - b[3]) <= 2.5 * unit


def _block(boxes: Sequence[Box], lines: Sequence[Line], unit: float, signals: Signals) -> Block | None:
    slots = _slots(boxes, lines, unit)
    if any(len(set(s.texts)) > 1 and sum(is_known(t, signals) for t in s.texts) > 0.6 * len(s.texts) for s in slots):
        return None  # another label in every box: the tiles of one record
    fields = _fields(slots, signals)
    plain = [f for f in fields if sum(map(is_value, f.values)) >= 0.6 * len(f.values)]
    if len(fields) < 2 or not plain:
        return None
    seen = [n for n in lines if any(holds(b, n.box) for b in boxes)]
    return Block(BlockKind.CARDS, fields, around(boxes), lines=frozenset(n.n for n in seen))


def _slots(boxes: Sequence[Box], lines: Sequence[Line], unit: float) -> list[_Slot]:
    """Lines by their place in the card, from the top; only places that most cards fill."""
    places: list[tuple[int, int, list[Line]]] = []
    for box in boxes:
        for line in (n for n in lines if holds(box, n.box)):
            x, y = left(line.box) - left(box), top(line.box) - top(box)
            home = next((p for p in places if abs(p[0] - x) < unit and abs(p[1] - y) < 0.7 * unit), None)
            if home is None:
                places.append((x, y, [line]))
            else:
                home[2].append(line)
    full = [p for p in places if len(p[2]) >= 0.6 * len(boxes)]
    return [_Slot(tuple(p[2])) for p in sorted(full, key=lambda p: (p[1], p[0]))]


def _fields(slots: Sequence[_Slot], signals: Signals) -> tuple[Field, ...]:
    out: dict[str, Field] = {}
    label: _Slot | None = None
    for slot in slots:
        if len(set(slot.texts)) == 1:
            label = slot if is_label(slot.texts[0], signals) else None
            continue
        name = label.texts[0] if label else _called(slot, signals, first=not out)
        if name and name not in out:
            lines = (label or slot).lines[:1]
            out[name] = Field(name, lines, slot.texts, slot.lines[:1], "value")
        label = None
    return tuple(out.values())


def _called(slot: _Slot, signals: Signals, first: bool) -> str:
    """A name for values that have none."""
    found = signals.meaning("", slot.texts).signal
    if found != "text":
        return _NAMES.get(found, found)
    if first and len(set(slot.texts)) > 0.5 * len(slot.texts):
        return "name"
    common = Counter(slot.texts).most_common(1)[0][1]
    return "status" if common > 1 and all(len(t.split()) <= 2 for t in slot.texts) else ""
