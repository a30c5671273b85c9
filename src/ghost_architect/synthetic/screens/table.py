"""A list: one thing's rows in a table, with what stands around such tables."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import NOTHING, Child, Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..style import cased
from ..widgets.cells import right as cells_right
from ..widgets.item import Item, initials
from .beyond import Reached, reached, reaches
from .columns import columns_for, page_room
from .filters import filtered, taken
from .parts import new_button, page_head, several
from .stamps import stamp, stamp_label, stamps_of

_UNDER = ("email", "phone", "username", "code", "job", "company", "city")
"""Kinds that a list may put under a name, in smaller letters and without a head."""

_ENDS, _FURTHER, _LATE = 70, 220, 125
"""About how much of a list's width boxes and buttons take, columns of other things, and a time; CSS pixels."""

_WIDER = 0.06
"""How many lists are wider than their window: the last columns are out of sight until somebody scrolls."""


def suits(stage: Stage, thing: Thing) -> float:
    """Every thing has a list; lookups and logs less often one of their own, telephones hardly any."""
    said = {"main": 4.0 * min(1.3, len(thing.attributes) / 6), "lookup": 0.9, "log": 1.5, "part": 0.4}[thing.role]
    return said * (0.25 if stage.window.narrow else 1.0)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, tools, the table, a pager."""
    rng, kit = stage.rng, stage.kit
    room = page_room(stage) - taken(stage, thing) - (_FURTHER if reaches(stage, thing) else 0)
    if not stage.window.narrow and rng.random() < _WIDER:
        room = int(room * 1.35)
    late = late_of(stage, thing)
    attributes = columns_for(stage, thing, 2 if stage.window.narrow else 3, room - _ENDS - _LATE * len(late))
    tree = _tree(thing, ())
    if tree is not None and rng.random() < 0.6:
        attributes = [a for a in attributes if a is not tree]
    rows = stage.sample(thing, 4, max(6, min(26, stage.window.height // 40)))
    further = reached(stage, thing, attributes)
    listed = filtered(stage, thing, table(stage, thing, attributes, rows, further=further, late=late))
    parts = [_top(stage, thing), _tools(stage, thing, attributes), listed]
    if rng.random() < 0.6:
        parts.append(_bottom(stage, thing, len(rows)))
    body = kit.card(*parts[1:], title=parts[0]) if rng.random() < 0.3 else kit.stack(*parts)
    return Drawing(body, thing.title)


def table(
    stage: Stage,
    thing: Thing,
    attributes: Sequence[Attribute],
    rows: Sequence[Row],
    *,
    bare: bool = False,
    printed: bool = False,
    further: Sequence[Reached] = (),
    late: Sequence[str] = (),
) -> Html:
    """The table itself; other screens have tables too.

    Args:
        stage: what is drawn with.
        thing: whose rows.
        attributes: its columns.
        rows: what it holds.
        bare: without boxes to tick, numbers and actions.
        printed: on paper, where nothing is to be picked or pressed.
        further: columns of the rows that these point at.
        late: times of the database that stand last (`late_of`).
    """
    rng, kit = stage.rng, stage.kit
    numbered, ticked, acted = (not bare and rng.random() < p for p in (0.22, 0.2, 0.5))
    key, tick = stage.key_mark(thing), kit.head(kit.part("check", name="input", type="checkbox"))
    under = _under(stage, thing, attributes)
    shown = [a for a in attributes if a is not under]
    rows = _in_tree(thing, rows) if (tree := _tree(thing, attributes)) is not None else rows
    head = [tick] if ticked else []
    head += [kit.head(_numbering(stage, thing), key.label)] if numbered else []
    for attribute in shown:
        head.append(widgets.head(stage, thing, attribute))
        head += [r.head(stage) for r in further if r.by is attribute]
    head += [r.head(stage) for r in further if r.by not in shown]
    head += [kit.head(*stamp_label(stage, thing, n, stage.style.heads)) for n in late]
    head += [kit.head(rng.choice(["", "Actions", "Action", "Options"]))] if acted else []
    style, faces = widgets.actions(stage), rng.random() < 0.5
    body: list[list[Html]] = []
    for row in rows:
        cells = [kit.cell(kit.part("check", name="input", type="checkbox"))] if ticked else []
        cells += [kit.cell(str(row.number), key)] if numbered else []
        for attribute in shown:
            if attribute.name == thing.called and (under is not None or tree is not None):
                cells.append(kit.cell(_named(stage, thing, row, attribute, under, tree, faces)))
            elif printed:
                cells.append(_printed(stage, thing, row, attribute))
            else:
                cells.append(widgets.place(stage, thing, row, attribute))
            cells += [r.cell(stage, thing, row) for r in further if r.by is attribute]
        cells += [r.cell(stage, thing, row) for r in further if r.by not in shown]
        cells += [kit.cell(stamp(stage, thing, row, n), style="white-space:nowrap") for n in late]
        cells += [kit.cell(style)] if acted else []
        body.append(cells)
    return tag("div", kit.table(head, body, _density(stage, len(head))), class_="x-scrolls")


def _printed(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """A cell of a paper: words."""
    item = Item(stage, thing, row, attribute)
    right = "text-align:right" if cells_right(item) else None
    return stage.kit.cell(item.words() if item.text else widgets.empty(stage), style=right)


def _density(stage: Stage, columns: int) -> str:
    """How close lines stand: alike on all pages of an application, but for what would not fit."""
    chosen = Random(f"{stage.style.seed}/lines").choice(["table", "table", "table.striped", "table.dense"])
    return "table.dense" if columns > 9 and stage.rng.random() < 0.6 else chosen


def _numbering(stage: Stage, thing: Thing) -> str:
    """The head of the column with the rows' numbers."""
    said = stage.rng.choice(["ID", "#", "No.", "ID", f"{thing.noun} ID"])
    return cased(said, stage.style.heads) if said.endswith(" ID") and stage.style.heads != "lower" else said


def late_of(stage: Stage, thing: Thing) -> Sequence[str]:
    """The time of the database that this application's lists of the thing say last, if any."""
    dated = Random(f"{stage.style.seed}/dated/{thing.name}").random() < 0.55
    return stamps_of(stage, thing)[:1] if dated else ()


def late_beside(stage: Stage, thing: Thing) -> tuple[Sequence[str], int]:
    """The same of a list that is one of several, which seldom has it, with the room that it takes, CSS pixels."""
    late = late_of(stage, thing) if stage.rng.random() < 0.35 else ()
    return late, _LATE * len(late)


def _under(stage: Stage, thing: Thing, attributes: Sequence[Attribute]) -> Attribute | None:
    """An attribute that stands under the name instead of in a column of its own."""
    if len(attributes) < 4 or stage.style.chooser("under", attributes[0], thing.name).random() > 0.3:
        return None
    return next((a for k in _UNDER for a in attributes if a.kind == k and a.name != thing.called and a.columns), None)


def _tree(thing: Thing, attributes: Sequence[Attribute]) -> Attribute | None:
    """The attribute that makes a tree of the rows, where indents show it."""
    found = next((a for a in thing.attributes if a.targets == (thing.name,) and not a.junction and a.columns), None)
    return found if found is not None and found not in attributes and thing.role == "lookup" else None


def _in_tree(thing: Thing, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows behind the rows that they hang on."""
    attribute = _tree(thing, ())
    if attribute is None:
        return rows
    places = {row.number - 1: row for row in rows}
    out: list[Row] = []

    def hang(place: int | None) -> None:
        for row in rows:
            above = row[attribute.name]
            if row not in out and (above == place or (place is None and above not in places)):
                out.append(row)
                hang(row.number - 1)

    hang(None)
    return out + [row for row in rows if row not in out]


def _named(
    stage: Stage,
    thing: Thing,
    row: Row,
    attribute: Attribute,
    under: Attribute | None,
    tree: Attribute | None,
    face: bool,
) -> Html:
    """A name with something under it, or indented under the row it hangs on."""
    item = Item(stage, thing, row, attribute)
    if tree is not None and under is None:
        stage.implies(thing, tree)
        deep = 0 if row[tree.name] is None else 1
        return tag("span", "— " * deep, item.span(item.text), style=f"padding-left:{18 * deep}px")
    other = Item(stage, thing, row, under) if under is not None else None
    small = tag("div", stage.kit.words(other.text, other.mark, "muted")) if other is not None and other.text else None
    both = tag("div", tag("div", item.span(item.text, style="font-weight:600")), small)
    picture = (
        stage.kit.avatar(initials(item.text), 32)
        if face and attribute.kind in ("person", "username", "company")
        else None
    )
    return tag("div", picture, both, class_="x-row", style="flex-wrap:nowrap;gap:10px") if picture else both


def _top(stage: Stage, thing: Thing) -> Html:
    rng = stage.rng
    said = rng.choice([thing.title, thing.title, thing.title, f"All {several(thing)}", f"{thing.noun} list"])
    buttons = [new_button(stage, thing)] if rng.random() < 0.75 else []
    under = (
        rng.choice([f"Manage all {several(thing)} in one place.", f"{len(stage.rows.of(thing))} in total"])
        if rng.random() < 0.15
        else ""
    )
    return page_head(stage, said, stage.title_mark(thing), *buttons, under=under)


def _tools(stage: Stage, thing: Thing, attributes: Sequence[Attribute]) -> Html:
    kit, rng = stage.kit, stage.rng
    tools: list[Html] = []
    if rng.random() < 0.65:
        hint = rng.choice(["Search", "Search...", "Type to search", f"Search by {small(attributes[0].label)}"])
        tools.append(kit.part("search", kit.input(placeholder=hint)))
    picked = [a for a in attributes if a.kind == "choice"]
    if picked and rng.random() < 0.4:
        chosen = rng.choice(picked)
        mark = stage.mark(thing, chosen)
        few: list[Child] = ["All", *(tag("span", said, mark=mark) for said in chosen.field.choices[:4])]
        fits = stage.window.width > 110 * len(few) + 320
        tools.append(kit.tabs(few) if fits else kit.select(["All"], "All"))
    if rng.random() < 0.3:
        tools.append(kit.button(rng.choice(["Filter", "Filters", "Export", "Export CSV"]), "quiet", "filter"))
    return kit.row(*tools) if tools else join()


def _bottom(stage: Stage, thing: Thing, shown: int) -> Html:
    kit, rng = stage.kit, stage.rng
    more = 0 if thing.role == "lookup" else rng.choice([0, 0, rng.randint(0, 400)])
    of = max(shown, len(stage.rows.of(thing)) + more)
    pages = -(-of // max(shown, 1))
    sizes = [n for n in (10, 25, 50) if n == shown or (shown == of and n > of)]
    ends = [f"Rows per page: {n}   1–{shown} of {of}" for n in sizes[:1]]
    said = rng.choice(
        [*ends, f"Showing 1 to {shown} of {of} entries", f"1–{shown} of {of}", f"{of} results", f"Page 1 of {pages}"]
    )
    return kit.row(kit.words(said, NOTHING, "muted"), kit.pager(pages), spread=True)


def related(stage: Stage, thing: Thing, whole: Thing, rows: Sequence[Row], width: int) -> Html:
    """A table of rows that belong to one row of another thing, which only the heading names."""
    stage.belongs(thing, whole)
    without = {a.name for a in thing.attributes if a.targets == (whole.name,)}
    late, taken_ = late_beside(stage, thing)
    attributes = columns_for(stage, thing, 2, width - _ENDS - taken_, without, stage.rng.choice([4, 5, 6, 7, 9]))
    return table(stage, thing, attributes, rows, bare=stage.window.narrow or stage.rng.random() < 0.7, late=late)
