"""A tree: rows that hang on other rows of the same thing, as indents, nested boxes or an organisation's chart.

That a row hangs on another is shown by where it stands: the key is implied, unless a label says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .. import widgets
from ..apps.app import Attribute, Thing
from ..looks.html import Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import is_person
from .columns import UNLISTED
from .glance import RARE, Glance, bit, bits, counted, face, glance, hinted, named
from .parts import facts, new_button, page_head

Tree = Mapping[int | None, Sequence[Row]]


def above(thing: Thing) -> Attribute | None:
    """What points at the row above."""
    able = (a for a in thing.attributes if a.targets == (thing.name,) and a.columns and not a.junction)
    return next((a for a in able if not a.name.endswith("_by")), None)  # who wrote a row down is not above it


def suits(_stage: Stage, thing: Thing) -> float:
    """What hangs on itself."""
    if above(thing) is None:
        return 0.0
    return RARE * {"main": 1.0, "lookup": 1.3, "part": 0.2, "log": 0.0}[thing.role] + hinted(thing, "tree")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the tree, perhaps what is picked in it."""
    rng, kit = stage.rng, stage.kit
    parent = above(thing)
    assert parent is not None
    stage.implies(thing, parent)
    tree = _tree(stage, thing, parent)
    seen = glance(stage, thing, 2, {parent.name})
    top = page_head(
        stage, thing.title, stage.title_mark(thing), *([new_button(stage, thing)] if rng.random() < 0.7 else [])
    )
    kinds = (
        ["plain", "table"]
        if stage.window.narrow
        else ["beside", "beside", "plain", "table", *(["chart"] * (3 if is_person(thing) else 1))]
    )
    manner = rng.choice(kinds)
    if manner == "chart":
        return Drawing(kit.stack(top, tag("div", *_chart(stage, thing, tree, seen), class_="x-chart")), thing.title)
    lines = list(_walked(tree, None, 0))[: max(6, stage.window.height // 36)]
    if manner == "table":
        return Drawing(kit.stack(top, _table(stage, thing, parent, lines)), thing.title)
    sign = rng.choice(["folder", "arrow", "arrow", "line"])
    extra = seen if manner == "plain" else None
    drawn = [
        _branch(stage, thing, row, deep, tree, sign, extra, i == 2 and manner == "beside")
        for i, (row, deep) in enumerate(lines)
    ]
    if manner == "plain":
        return Drawing(kit.stack(top, kit.card(tag("div", *drawn))), thing.title)
    left = tag("div", *drawn, style=f"width:{rng.choice([240, 280, 320])}px;padding:10px 6px")
    row = lines[min(2, len(lines) - 1)][0]
    shown = [
        a for a in thing.attributes if a.columns and a.kind not in UNLISTED and (a is not parent or rng.random() < 0.6)
    ]
    picked = [a for a in shown if a in rng.sample(shown, min(len(shown), rng.randint(3, 7)))]
    buttons = kit.row(kit.button("Edit"), kit.button(rng.choice(["Delete", "Move", "Add below"])))
    pane = tag(
        "div",
        kit.row(kit.heading(stage.rows.name_of(thing, row.number - 1), 2), buttons, spread=True),
        facts(stage, thing, row, picked),
        class_="x-stack",
        style="padding:18px 22px",
    )
    return Drawing(kit.stack(top, tag("div", left, pane, class_="x-split", style="min-height:340px")), thing.title)


def _tree(stage: Stage, thing: Thing, parent: Attribute) -> Tree:
    """Rows by the place of the one above; of those with the same name only the first."""
    out: dict[int | None, list[Row]] = {}
    first: dict[str, Row] = {}
    for row in stage.rows.of(thing)[:40]:
        first.setdefault(stage.rows.name_of(thing, row.number - 1), row)
    for row in list(first.values())[:26]:
        value = row[parent.name]
        out.setdefault(value if isinstance(value, int) else None, []).append(row)
    return out


def _walked(tree: Tree, top: int | None, deep: int) -> Iterator[tuple[Row, int]]:
    for row in tree.get(top, ()):
        yield row, deep
        yield from _walked(tree, row.number - 1, deep + 1)


def _branch(
    stage: Stage, thing: Thing, row: Row, deep: int, tree: Tree, sign: str, seen: Glance | None, on: bool
) -> Html:
    kit = stage.kit
    leaf = row.number - 1 not in tree
    icon = {"folder": "file" if leaf else "grid", "arrow": "" if leaf else "down", "line": ""}[sign]
    lead = kit.icon(icon) if icon else tag("span", style="width:16px;flex:none") if sign == "arrow" else None
    dash = kit.words("└ ", role="muted") if sign == "line" and deep else None
    below = len(tree.get(row.number - 1, ()))
    number = tag("span", str(below), class_="x-count") if below and sign == "folder" else None
    more = bits(stage, thing, row, [a for a in (seen.state, *seen.others) if a]) if seen else None
    name = tag("div", named(stage, thing, row), style=None if on or not leaf else "font-weight:400")
    inner = (dash, lead, name, number, tag("span", more, class_="x-push") if more else None)
    return tag("div", *inner, class_="x-branch x-on" if on else "x-branch", style=f"padding-left:{8 + deep * 22}px")


def _table(stage: Stage, thing: Thing, parent: Attribute, lines: Sequence[tuple[Row, int]]) -> Html:
    """A list whose names are indented."""
    kit, rng = stage.kit, stage.rng
    others = [
        a
        for a in thing.attributes
        if a is not parent and a.name != thing.called and a.kind not in UNLISTED and a.kind != "><"
    ]
    called = thing.attribute(thing.called)
    shown = [
        a for a in others if a in rng.sample(others, min(len(others), 1 if stage.window.narrow else rng.randint(1, 5)))
    ]
    acts = widgets.actions(stage) if rng.random() < 0.5 else None
    head = [widgets.head(stage, thing, called) if called else kit.head("")]
    head += [widgets.head(stage, thing, a) for a in shown] + ([kit.head("")] if acts else [])
    body = []
    for row, deep in lines:
        cells = [
            kit.cell(
                tag(
                    "div",
                    kit.words("— " * deep if stage.style.right else "", role="muted"),
                    named(stage, thing, row),
                    class_="x-branch",
                    style=f"padding:0 0 0 {deep * 20}px",
                )
            )
        ]
        cells += [widgets.place(stage, thing, row, a) for a in shown] + ([kit.cell(acts)] if acts else [])
        body.append(cells)
    return kit.table(head, body)


def _chart(stage: Stage, thing: Thing, tree: Tree, seen: Glance) -> Sequence[Html]:
    """Boxes, one level under the other."""
    wide = max(3, (stage.window.width - 240) // 170)
    level = list(tree.get(None, ()))[:2]
    out: list[Html] = []
    while level and len(out) < 4:
        out.append(tag("div", *(_box(stage, thing, row, seen) for row in level)))
        level = [r for row in level for r in tree.get(row.number - 1, ())][:wide]
    return out


def _box(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    picture = face(stage, thing, row, None, 36) if is_person(thing) else None
    under = bit(stage, thing, row, seen.others[0]) if seen.others else None
    small = tag("div", *counted(stage, thing, row, 1), class_="x-muted") if not under else None
    return tag(
        "div",
        picture,
        named(stage, thing, row),
        tag("div", under, style="font-size:.9em") if under else small,
        class_="x-box",
    )
