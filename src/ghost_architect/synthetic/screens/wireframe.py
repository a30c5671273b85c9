"""A sketch: a title and the names of fields, grey bars where values will be. So tools that plan a product draw it,
and so pages look before their data have come.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..apps.app import Attribute, Thing
from ..looks.html import Html, tag
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .parts import stored

_TITLES = (
    "{title}",
    "{noun} overview",
    "{noun} directory",
    "{title} manager",
    "{noun} tracker",
    "{noun} hub",
    "My {title}",
)


def suits(_stage: Stage, thing: Thing) -> float:
    """What has some fields."""
    return 0.16 if thing.role == "main" and len(stored(thing)) > 3 else 0.0


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A card with the title on a coloured ground, the fields in a grid, as lines or as the head of a table."""
    rng, kit = stage.rng, stage.kit
    able = stored(thing, {"json", "secret"})
    count = min(len(able), rng.randint(4, 9))
    picked = {a.name for a in (*(a for a in able if a.name == thing.called), *rng.sample(able, count))}
    shown = [a for a in able if a.name in picked]
    title = rng.choice(_TITLES).format(title=thing.title, noun=thing.noun)
    layout = rng.choice(["grid", "lines", "table"])
    body = {"grid": _grid, "lines": _lines, "table": _table}[layout](stage, thing, shown)
    mark = stage.title_mark(thing)
    if rng.random() < 0.6:
        band = "background:var(--accent);color:var(--on-accent);padding:14px 20px;font-size:1.2em"
        held = tag("div", tag("div", title, mark=mark, style=band), tag("div", body, style="padding:18px"))
        made = tag(
            "div", held, style="background:var(--surface);border:1px solid var(--border);box-shadow:var(--shadow)"
        )
    else:
        made = kit.stack(kit.heading(title, 1, mark), body)
    width = rng.choice([640, 760, 900, 1100])
    framed = rng.random() < 0.4
    return Drawing(
        tag("div", made, style=f"max-width:{width}px;margin:{'0' if framed else '24px'} auto"), title, framed
    )


def _label(stage: Stage, thing: Thing, attribute: Attribute, style: str = "") -> Html:
    return tag(
        "span", stage.style.label(attribute), mark=Item(stage, thing, None, attribute).names, style=style or None
    )


def _bar(stage: Stage) -> Html:
    width = stage.rng.randint(35, 95)
    return tag("div", style=f"height:12px;width:{width}%;background:var(--border);border-radius:3px;margin:5px 0")


def _grid(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Html:
    box = "border:1px solid var(--border);padding:12px;min-width:0"
    cells = (
        tag("div", _label(stage, thing, a, "color:var(--muted);font-size:.85em"), _bar(stage), style=box) for a in shown
    )
    return stage.kit.grid(*cells, columns=1 if stage.window.narrow else stage.rng.choice([2, 3, 3]))


def _lines(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Html:
    line = "border-bottom:1px solid var(--border);padding:12px 4px;flex-wrap:nowrap"
    bars = (tag("div", _bar(stage), style="width:110px") for _ in shown)
    lines = (
        tag("div", _label(stage, thing, a), bar, class_="x-row x-spread", style=line)
        for a, bar in zip(shown, bars, strict=True)
    )
    return tag("div", *lines)


def _table(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Html:
    fitting = shown[: max(3, stage.window.width // 130)]
    head = [stage.kit.head(stage.style.head(a), Item(stage, thing, None, a).names) for a in fitting]
    body = [[stage.kit.cell(_bar(stage)) for _ in fitting] for _ in range(stage.rng.randint(3, 7))]
    return stage.kit.table(head, body)
