"""A list without rows: what it would show is told by its heads, or by nothing but its title."""

from __future__ import annotations

from .. import widgets
from ..apps.app import Thing
from ..looks.html import Html, join, tag
from ..stage import Drawing, Stage
from .columns import columns_for
from .parts import new_button, page_head, several


def suits(_stage: Stage, thing: Thing) -> float:
    """Now and then, of everything that has a list."""
    return {"main": 0.2, "lookup": 0.06, "log": 0.1, "part": 0.0}[thing.role]


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The heading, the heads of the columns, and that there is nothing."""
    kit, rng = stage.kit, stage.rng
    noun = several(thing)
    first, none = "Add the first one to get started.", ""
    said, hint = rng.choice(
        [
            (f"No {noun} yet", first),
            (f"There are no {noun} to show", none),
            ("Nothing here yet", "They will appear here."),
            ("No records found", none),
            ("No results match your filters", "Try another search."),
            (f"You have not added any {noun}", first),
        ]
    )
    inside = kit.part(
        "empty",
        kit.icon(rng.choice(["file", "search", "grid", "list"])),
        tag("div", said, style="font-weight:600"),
        tag("div", hint),
        new_button(stage, thing),
    )
    shown = columns_for(stage, thing, 3, int(stage.window.width * 0.75))
    head = [widgets.head(stage, thing, a) for a in shown]
    body: Html = inside
    if rng.random() < 0.85:
        body = kit.table(head, [[kit.cell(inside, colspan=str(len(head)))]])
    tools = kit.part("search", kit.input(placeholder="Search")) if rng.random() < 0.4 else join()
    return Drawing(kit.stack(page_head(stage, thing.title, stage.title_mark(thing)), tools, body), thing.title)
