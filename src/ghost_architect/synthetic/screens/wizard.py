"""One step of several that a new row is written down in. All steps are one row; their names are no columns."""

from __future__ import annotations

from ..apps.app import Thing
from ..domains.phrases import small
from ..looks.html import Html, join, tag
from ..stage import Drawing, Stage
from .columns import page_room
from .form import chosen, columns_of, grid
from .parts import Section, facts, sections, stored

_LAST = ("Review", "Summary", "Confirm", "Check and send")


def suits(_stage: Stage, thing: Thing) -> float:
    """What has many fields, or is said to be written so."""
    if thing.role not in ("main", "part"):
        return 0.0
    return 2.0 if "wizard" in thing.entity.screens else 0.5 if len(stored(thing)) > 6 else 0.0


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The steps, the fields of the present one (or all facts on the last), the way on."""
    rng, kit = stage.rng, stage.kit
    steps = _steps(stage, thing)
    told = {s.caption.lower() for s in steps}
    last = stage.style.caption_of(rng.choice([n for n in _LAST if n.lower() not in told]))
    names = [*(s.caption for s in steps), last]
    current = rng.randrange(len(names))
    width = min(rng.choice([620, 760, 900, 1080]), page_room(stage))
    title = rng.choice(
        [
            f"New {small(thing.noun)}",
            f"Create {small(thing.noun)}",
            f"{thing.noun}: step {current + 1} of {len(names)}",
        ]
    )
    shown = names if not stage.window.narrow else names[:2]
    top = (
        kit.steps(shown, min(current, len(shown) - 1))
        if rng.random() < 0.85
        else kit.progress(100 * (current + 1) / len(names))
    )
    if current == len(steps):
        body = _review(stage, thing, steps)
    else:
        row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.5 else None
        asked = steps[current].attributes
        controls = grid(stage, thing, row, asked, columns_of(stage, width - 40, len(asked)))
        body = kit.stack(kit.heading(names[current], 2), controls)
    back = kit.button("Back") if current else join()
    onward = (
        rng.choice(["Finish", "Submit", "Create"])
        if current == len(steps)
        else rng.choice(["Next", "Continue", "Next step"])
    )
    foot = kit.row(back, kit.button(onward, "primary"), spread=True)
    card = kit.card(body, foot=foot)
    head = kit.heading(title, mark=stage.title_mark(thing))
    return Drawing(tag("div", kit.stack(head, top, card), style=f"max-width:{width}px;margin:0 auto"), title)


def _steps(stage: Stage, thing: Thing) -> list[Section]:
    """Two to four groups of fields."""
    asked = [a for a in chosen(stage, thing, 18, new=True) if a.columns or a.junction]
    found = sections(stage, asked)
    if len(found) == 1 and len(asked) > 3:
        half = len(asked) // 2
        first, rest = found[0].attributes[:half], found[0].attributes[half:]
        return [Section(found[0].caption, first), Section(stage.style.caption_of("More details"), rest)]
    steps: list[Section] = []
    for section in found:
        if steps and (len(section.attributes) < 2 or len(steps) == 4):
            last = steps.pop()
            section = Section(last.caption, (*last.attributes, *section.attributes))
        steps.append(section)
    return steps


def _review(stage: Stage, thing: Thing, steps: list[Section]) -> Html:
    row = stage.rng.choice(stage.rows.of(thing))
    groups = (
        stage.kit.stack(
            stage.kit.row(stage.kit.heading(s.caption, 3), stage.kit.link("Edit"), spread=True),
            facts(stage, thing, row, s.attributes),
        )
        for s in steps
    )
    return stage.kit.stack(*groups)
