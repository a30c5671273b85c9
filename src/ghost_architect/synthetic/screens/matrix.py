"""A matrix: heads at the top and left are rows of other tables (or days, sizes, words), cells are rows of the thing.

people x days      roles x permissions (ticks, many to many)      size x colour      class timetable
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, Mark, join, tag
from ..rows.column import Value
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets import cells
from ..widgets.item import Item
from .glance import RARE, hinted, with_colon
from .parts import page_head

_FILLED = 0.34
"""The least share of cells that have something in them."""

_AXES = ("->", "--", "choice", "date", "time", "int", "words")
_DAYS = frozenset("weekday day".split())
_VALUES = (
    "choice",
    "flag",
    "count",
    "int",
    "decimal",
    "money",
    "time",
    "minutes",
    "measure",
    "percent",
    "rating",
    "words",
    "code",
    "->",
)


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a matrix: values in order, how they are written, and what a head says."""

    attribute: Attribute
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    mark: Mark


def suits(stage: Stage, thing: Thing) -> float:
    """What is known by two other things together."""
    chosen = _pair(thing)
    weight = (RARE if _keys(thing) else 0.0) + hinted(thing, "matrix") if len(chosen) > 1 else 0.0
    if weight and _laid_out(stage, thing, _filtered(stage, thing, chosen)[1], chosen[-2:]) is not None:
        return weight
    return 0.6 if _ticked(stage, thing) else 0.0


def _keys(thing: Thing) -> Sequence[tuple[Attribute, ...]]:
    """Keys over two or three attributes that can be sides."""
    found = []
    for names in thing.entity.unique:
        own = [
            a
            for n in names
            if (a := thing.attribute(n)) is not None and a.columns and a.kind in _AXES and len(a.targets) < 2
        ]
        if len(own) == len(names) and len(own) in (2, 3):
            found.append(tuple(own))
    return found


def _sides(thing: Thing) -> Sequence[Attribute]:
    able = [
        a
        for a in thing.attributes
        if a.columns and len(a.columns) == 1 and len(a.targets) < 2 and thing.name not in a.targets
    ]
    refs = [a for a in able if a.field.is_relation]
    days = [a for a in able if (a.kind == "choice" and set(a.name.split("_")) & _DAYS) or a.kind == "date"]
    words = [
        a
        for a in able
        if a.kind == "words" and set(a.name.split("_")) & {"size", "colour", "color", "colorway", "label", "finish"}
    ]
    return (refs + days)[:3] if len(refs) + len(days) > 1 and refs else words if len(words) > 1 else ()


def _ticked(stage: Stage, thing: Thing) -> Attribute | None:
    """A many to many between two short lists."""
    found = next((a for a in thing.attributes if a.junction and a.targets[0] != thing.name), None)
    return found if found is not None and len(stage.rows.of(thing)) <= 14 else None


def _pair(thing: Thing) -> tuple[Attribute, ...]:
    """The sides: two, or three of which the first one is fixed."""
    keys = _keys(thing)
    return keys[0] if keys else tuple(_sides(thing))


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the matrix, what its cells mean."""
    ticked = _ticked(stage, thing)
    chosen = _pair(thing)
    if ticked is not None and (len(chosen) < 2 or not _fits(stage, thing, chosen)):
        return _ticks(stage, thing, ticked)
    title, rows = _filtered(stage, thing, chosen)
    made = _laid_out(stage, thing, rows, chosen[-2:])
    assert made is not None
    lines, columns, kept = made
    cell_of = {(r[lines.attribute.name], r[columns.attribute.name]): r for r in kept}
    shown = _shown(thing, (lines.attribute, columns.attribute), stage)
    table = _table(stage, thing, lines, columns, cell_of, shown)
    said = stage.rng.choice(
        [thing.title, thing.title, f"{thing.noun} overview", f"{thing.title} by {small(lines.attribute.label)}"]
    )
    top = page_head(stage, said, stage.title_mark(thing), *([title] if title else []))
    return Drawing(stage.kit.stack(top, table), thing.title)


def _fits(stage: Stage, thing: Thing, chosen: Sequence[Attribute]) -> bool:
    return _laid_out(stage, thing, _filtered(stage, thing, chosen)[1], chosen[-2:]) is not None


def _laid_out(
    stage: Stage, thing: Thing, rows: Sequence[Row], sides: Sequence[Attribute]
) -> tuple[Axis, Axis, Sequence[Row]] | None:
    """Lines, columns and rows such that enough cells are filled; None where no choice of them does it."""
    down, across = _ordered(sides)
    most = max(4, stage.window.height // 52)
    widest = 3 if stage.window.narrow else max(4, stage.window.width // 150)
    for wide in range(widest, 2, -1):
        columns = _axis(stage, thing, across, rows, wide)
        kept = [r for r in rows if r[across.name] in columns.values]
        for count in range(most, 3, -1):
            lines = _axis(stage, thing, down, kept, count)
            filled = {(r[down.name], r[across.name]) for r in kept if r[down.name] in lines.values}
            high, broad = len(lines.values), len(columns.values)
            if high > 3 and broad > 2 and len(filled) >= max(_FILLED * high * broad, 1.3 * max(high, broad)):
                return lines, columns, kept
    return None


def _ordered(sides: Sequence[Attribute]) -> tuple[Attribute, Attribute]:
    """What stands at the left and at the top: days, sizes and words at the top."""
    first, second = sides
    if first.kind in ("choice", "date") and second.kind not in (first.kind, "choice"):
        return second, first
    return first, second


def _filtered(stage: Stage, thing: Thing, chosen: Sequence[Attribute]) -> tuple[Html | None, Sequence[Row]]:
    """The rows of the commonest value of a third side, which a control in the heading shows; else all rows."""
    rows = stage.rows.of(thing)
    counted = Counter(r[chosen[0].name] for r in rows if r[chosen[0].name] is not None)
    if len(chosen) < 3 or not counted:
        return None, rows
    by, common = chosen[0], counted.most_common(1)[0][0]
    own = [r for r in rows if r[by.name] == common]
    item = Item(stage, thing, own[0], by)
    label = stage.kit.words(with_colon(stage, by), item.names, "muted")
    box = stage.kit.select([item.text], item.text, item.mark)
    return tag("span", label, " ", box, class_="x-row", style="flex-wrap:nowrap"), own


def _axis(stage: Stage, thing: Thing, attribute: Attribute, rows: Sequence[Row], most: int) -> Axis:
    """The values that most rows have, in an order that people expect."""
    counted = Counter(r[attribute.name] for r in rows if r[attribute.name] is not None)
    kept = [v for v, _ in counted.most_common(most)]
    if attribute.kind == "choice":
        kept = list(attribute.field.choices[: max(most, 5)])
    elif attribute.kind in ("date", "time"):
        kept = sorted(kept, key=str)
    elif attribute.kind in ("int", "->", "--"):
        kept = sorted(kept, key=lambda v: int(str(v)))
    texts = dict[str, Value]()
    for value in kept:
        texts.setdefault(_written(stage, attribute, value), value)
    return Axis(attribute, tuple(texts.values()), tuple(texts), stage.mark(thing, attribute))


def _written(stage: Stage, attribute: Attribute, value: Value) -> str:
    if attribute.targets and isinstance(value, int):
        return stage.rows.name_of(stage.app.things[attribute.targets[0]], value)
    if isinstance(value, date):
        return value.strftime("%a ") + str(value.day) + value.strftime(" %b")
    return stage.rows.writing.time(value) if isinstance(value, time) else str(value)


def _shown(thing: Thing, sides: Sequence[Attribute], stage: Stage) -> Sequence[Attribute]:
    """What a cell holds: one figure or word, or in a timetable two or three names."""
    able = [
        a
        for a in thing.attributes
        if a.columns and a not in sides and a.kind in _VALUES and len(a.targets) < 2 and not a.junction
    ]
    able = [a for a in able if a.targets != (thing.name,)]
    refs = [a for a in able if a.field.is_relation]
    rows = stage.rows.of(thing)
    plain = [
        a for a in able if not a.field.is_relation and sum(bool(stage.text(thing, r, a)) for r in rows) * 2 > len(rows)
    ]
    if refs and any(s.kind in ("choice", "time", "date") for s in sides) and stage.rng.random() < 0.8:
        return [*refs[:2], *[a for a in plain if a.kind in ("code", "time", "words")][:1]]
    return plain[:1] if plain else refs[:1]


def _table(
    stage: Stage,
    thing: Thing,
    lines: Axis,
    columns: Axis,
    cell_of: dict[tuple[Value, Value], Row],
    shown: Sequence[Attribute],
) -> Html:
    kit, rng = stage.kit, stage.rng
    corner = _corner(stage, thing, lines, columns)
    nothing = rng.choice(["", "–", "", "+"])
    head = [corner, *(kit.head(t, columns.mark, style="text-align:center") for t in columns.texts)]
    body: list[list[Html]] = []
    for value, text in zip(lines.values, lines.texts, strict=True):
        made = [kit.cell(tag("b", text, mark=lines.mark), style="white-space:nowrap")]
        for other in columns.values:
            row = cell_of.get((value, other))
            inner = _cell(stage, thing, row, shown) if row is not None else stage.kit.words(nothing, role="muted")
            made.append(kit.cell(inner, style="text-align:center"))
        body.append(made)
    table = kit.table(head, body, rng.choice(["table", "table.dense", "table.striped"]))
    label = (
        _meaning(stage, thing, shown) if len(shown) == 1 and (rng.random() < 0.65 or shown[0].kind == "flag") else None
    )
    return kit.stack(label, table) if label else table


def _corner(stage: Stage, thing: Thing, lines: Axis, columns: Axis) -> Html:
    """Over the left heads: nothing, what they are, or both sides."""
    left, top = (Item(stage, thing, None, a.attribute) for a in (lines, columns))
    names = [tag("span", stage.style.head(i.attribute), mark=i.names) for i in (left, top)]
    manner = stage.rng.choice(["left", "left", "both", "none"])
    return stage.kit.head(join(names[0], " / ", names[1]) if manner == "both" else names[0] if manner == "left" else "")


def _meaning(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Html:
    """What the cells hold."""
    item = Item(stage, thing, None, shown[0])
    label = tag("b", stage.style.label(shown[0]), mark=item.names)
    lead = stage.rng.choice(["Showing: ", "Values: ", "", "Cells: "])
    return tag("div", stage.kit.words(lead, role="muted"), label)


def _cell(stage: Stage, thing: Thing, row: Row, shown: Sequence[Attribute]) -> Html:
    items = [Item(stage, thing, row, a) for a in shown]
    made: list[Html] = []
    for i, item in enumerate(items):
        if item.kind == "flag":
            made.append(cells.icon(item))
        elif item.text:
            inner = (
                widgets.cell(stage, thing, row, item.attribute)
                if len(items) == 1 and item.kind == "choice"
                else item.words("text" if i == 0 else "muted")
            )
            made.append(tag("div", inner) if len(items) > 1 else inner)
    return join(*made)


def _ticks(stage: Stage, thing: Thing, attribute: Attribute) -> Drawing:
    """Ticks where two rows belong together: both keys of the table between are said by the heads."""
    kit, rng = stage.kit, stage.rng
    target = stage.app.things[attribute.targets[0]]
    mark = stage.mark(thing, attribute)
    wide = 2 if stage.window.narrow else max(3, stage.window.width // 150)
    ours, others = list(stage.rows.of(thing)), list(stage.rows.of(target))
    across_is_ours = len(ours) <= wide and rng.random() < 0.6
    boxes = rng.random() < 0.5
    called = Mark(stage.called(thing))

    def has(own: Row, other: Row) -> bool:
        held = own[attribute.name]
        return isinstance(held, tuple) and other.number - 1 in held

    top, left = (ours, others[:14]) if across_is_ours else (others[:wide], ours[:14])
    top_thing, left_thing = (thing, target) if across_is_ours else (target, thing)
    top_mark, left_mark = (called, mark) if across_is_ours else (mark, called)
    head = [kit.head(left_thing.noun if rng.random() < 0.6 else "", stage.title_mark(left_thing))]
    head += [kit.head(stage.rows.name_of(top_thing, r.number - 1), top_mark, style="text-align:center") for r in top]
    body: list[list[Html]] = []
    for row in left:
        line = [kit.cell(stage.rows.name_of(left_thing, row.number - 1), left_mark)]
        for other in top:
            on = has(other, row) if across_is_ours else has(row, other)
            tick = (
                kit.part("check", name="input", type="checkbox", checked=on)
                if boxes
                else kit.icon("check")
                if on
                else kit.words("–", role="muted")
            )
            line.append(kit.cell(tick, style="text-align:center"))
        body.append(line)
    said = rng.choice(
        [
            f"{thing.title} and {small(target.title)}",
            attribute.label,
            target.title,
            f"{target.title} by {small(thing.noun)}",
        ]
    )
    save = [kit.button(stage.style.save, "primary")] if boxes else []
    return Drawing(kit.stack(page_head(stage, said, stage.title_mark(thing), *save), kit.table(head, body)), said)
