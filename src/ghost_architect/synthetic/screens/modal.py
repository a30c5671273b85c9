"""A window over a page that is dimmed under it: a form, one row, or a question."""

from __future__ import annotations

from ..apps.app import Thing
from ..domains.phrases import small
from ..looks.html import NOTHING, Html, join, tag
from ..stage import Drawing, Stage
from . import detail, form, table
from .parts import facts, name_of, stored


def suits(_stage: Stage, thing: Thing) -> float:
    """What has a form, and is not too long for a window."""
    if thing.role == "log":
        return 0.0
    return 1.6 * min(1.0, len(stored(thing)) / 4)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The page under it, then the window."""
    rng = stage.rng
    behind = (
        thing
        if rng.random() < 0.5
        else rng.choice([t for t in stage.app.things.values() if t.role == "main"] or [thing])
    )
    page = (table.draw if rng.random() < 0.75 else detail.draw)(stage, behind)
    over = rng.choices([_form, _facts, _question], [7, 2, 1])[0](stage, thing)
    return Drawing(join(page.body, over), page.title)


def _form(stage: Stage, thing: Thing) -> Html:
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.4 else None
    said = small(thing.noun)
    title = f"Edit {said}" if row else rng.choice([f"New {said}", f"Add {said}", f"Create {said}", f"Add a new {said}"])
    width = 0 if stage.window.width < 900 else rng.choice([0, 0, 720, 860])
    most = max(3, min(18, stage.window.height // 82 * (2 if width else 1)))
    asked = form.chosen(stage, thing, rng.randint(min(most, 3 if rng.random() < 0.3 else 7), most))[:most]
    body = form.fields(stage, thing, row, asked, (width or 560) - 40, grouped=False)
    buttons = [
        kit.button(stage.style.back),
        kit.button(stage.style.save if row else rng.choice(["Create", "Add", "Save"]), "primary"),
    ]
    return kit.modal(title, body, foot=kit.row(*buttons), mark=stage.title_mark(thing), width=width)


def _facts(stage: Stage, thing: Thing) -> Html:
    kit, rng = stage.kit, stage.rng
    row = rng.choice(stage.rows.of(thing))
    name, mark = name_of(stage, thing, row)
    count = rng.randint(4, max(5, min(13, stage.window.height // 62)))
    shown = [
        a for a in stage.choose(thing, count, count) if a.name != thing.called and a.kind not in ("json", "secret")
    ]
    title = tag("span", name, mark=mark)
    return kit.modal(
        title, facts(stage, thing, row, shown), foot=kit.row(kit.button("Close"), kit.button("Edit", "primary"))
    )


def _question(stage: Stage, thing: Thing) -> Html:
    kit, rng = stage.kit, stage.rng
    row = rng.choice(stage.rows.of(thing))
    name, mark = name_of(stage, thing, row)
    noun = tag("span", small(thing.noun), mark=stage.title_mark(thing))
    said = tag(
        "div",
        rng.choice(["Do you really want to delete ", "You are about to remove the "]),
        noun,
        " ",
        tag("b", name, mark=mark),
        rng.choice(["? This cannot be undone.", ". All of its data will be lost.", "?"]),
    )
    title = rng.choice([f"Delete {small(thing.noun)}", "Are you sure?", "Confirm deletion"])
    return kit.modal(title, said, foot=kit.row(kit.button("Cancel"), kit.button("Delete", "danger")), mark=NOTHING)
