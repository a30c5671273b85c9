"""A window over a page that is dimmed under it: a form, one row, or a question."""

from __future__ import annotations

from ..apps.app import Thing
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
        if rng.random() < 0.6
        else rng.choice([t for t in stage.app.things.values() if t.role != "part"] or [thing])
    )
    page = (table.draw if rng.random() < 0.75 else detail.draw)(stage, behind)
    over = rng.choices([_form, _facts, _question], [7, 2, 1])[0](stage, thing)
    return Drawing(join(page.body, over), page.title)


def _form(stage: Stage, thing: Thing) -> Html:
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.4 else None
    said = thing.noun.lower()
    title = f"Edit {said}" if row else rng.choice([f"New {said}", f"Add {said}", f"Create {said}", f"Add a new {said}"])
    most = max(3, min(11, stage.window.height // 82))
    asked = form.chosen(stage, thing, rng.randint(3, most))[:most]
    body = form.fields(stage, thing, row, asked, 520 if rng.random() < 0.6 else 620, grouped=False)
    buttons = [
        kit.button(stage.style.back),
        kit.button(stage.style.save if row else rng.choice(["Create", "Add", "Save"]), "primary"),
    ]
    return kit.modal(title, body, foot=kit.row(*buttons), mark=stage.title_mark(thing))


def _facts(stage: Stage, thing: Thing) -> Html:
    kit, rng = stage.kit, stage.rng
    row = rng.choice(stage.rows.of(thing))
    name, mark = name_of(stage, thing, row)
    count = rng.randint(3, max(4, min(9, stage.window.height // 90)))
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
    noun = tag("span", thing.noun.lower(), mark=stage.title_mark(thing))
    said = tag(
        "div",
        rng.choice(["Do you really want to delete ", "You are about to remove the "]),
        noun,
        " ",
        tag("b", name, mark=mark),
        rng.choice(["? This cannot be undone.", ". All of its data will be lost.", "?"]),
    )
    title = rng.choice([f"Delete {thing.noun.lower()}", "Are you sure?", "Confirm deletion"])
    return kit.modal(title, said, foot=kit.row(kit.button("Cancel"), kit.button("Delete", "danger")), mark=NOTHING)
