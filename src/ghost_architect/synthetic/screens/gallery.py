"""A gallery: pictures in a grid with a line under each, or a list of files with their size and type."""

from __future__ import annotations

from ..apps.app import Thing
from ..looks.html import Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from .glance import RARE, Glance, bit, bits, first, glance, hinted, named, one_to_many, signed
from .parts import new_button, page_head

_SEEN = frozenset(
    (
        "photo picture image album artwork media asset gallery file attachment shot poster recipe animal "
        "product listing property"
    ).split()
)


def suits(_stage: Stage, thing: Thing) -> float:
    """What has a picture or is a file."""
    if first(thing, ("image", "file")) is None or thing.role == "log":
        return 0.0
    return (RARE if _SEEN & set(thing.name.split("_")) else 0.15) + hinted(thing, "gallery")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, albums as chips, pictures."""
    rng, kit = stage.rng, stage.kit
    seen = glance(stage, thing, 2)
    held = first(thing, ("image", "file"))
    assert held is not None
    stage.implies(thing, held)
    room = stage.window.width - (24 if stage.window.narrow else 240)
    columns = max(2, min(6, room // rng.choice([150, 190, 240])))
    high = rng.choice([110, 140, 180])
    rows = stage.sample(thing, columns * 2, columns * max(2, stage.window.height // (high + 60)))
    marks = rng.random() < 0.3
    made = (_tile(stage, thing, row, seen, high, marks, held.kind == "file") for row in rows)
    upload = kit.button(rng.choice(["Upload", "Add files", "Upload photos", "Import"]), "primary", "upload")
    top = page_head(
        stage, thing.title, stage.title_mark(thing), upload if rng.random() < 0.6 else new_button(stage, thing)
    )
    grid = tag("div", *made, class_="x-tiles", style=f"grid-template-columns:repeat({columns},minmax(0,1fr))")
    parts = [top, *([a] if (a := _albums(stage, thing)) else []), grid]
    if held.kind == "image" and rng.random() < 0.2:
        return Drawing(tag("div", kit.stack(*parts), _opened(stage, thing, rows[0], seen)), thing.title)
    return Drawing(kit.stack(*parts), thing.title)


def _albums(stage: Stage, thing: Thing) -> Html | None:
    """What the pictures belong to, as words to pick from."""
    able = [a for a in one_to_many(thing) if len(stage.rows.of(stage.app.things[a.targets[0]])) < 13]
    if not able or stage.rng.random() < 0.4:
        return None
    album = able[0]
    target = stage.app.things[album.targets[0]]
    names = dict.fromkeys(stage.rows.name_of(target, i) for i in range(min(6, len(stage.rows.of(target)))))
    mark = stage.mark(thing, album)
    return tag("div", stage.kit.chip("All"), *(stage.kit.chip(n, mark) for n in names), class_="x-row", style="gap:4px")


def _tile(stage: Stage, thing: Thing, row: Row, seen: Glance, high: int, marked: bool, file: bool) -> Html:
    kit = stage.kit
    box = (
        tag("span", kit.part("check", name="input", type="checkbox"), style="position:absolute;left:8px;top:8px")
        if marked
        else None
    )
    paper = f"height:{high}px;display:flex;align-items:center;justify-content:center;background:var(--stripe)"
    shown = (
        tag("div", kit.icon("file"), style=paper)
        if file and not _is_photo(stage, thing, row)
        else kit.picture("100%", f"{high}px")
    )
    under = [
        named(stage, thing, row),
        bits(stage, thing, row, seen.others),
        signed(stage, thing, row, seen.who, seen.when),
    ]
    return tag("div", tag("div", shown, box, style="position:relative"), *under, class_="x-tile", style="gap:4px")


def _is_photo(stage: Stage, thing: Thing, row: Row) -> bool:
    return stage.rows.name_of(thing, row.number - 1).endswith((".jpg", ".png"))


def _opened(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    """One picture over the page."""
    kit = stage.kit
    own = [a for a in (*seen.others, seen.when, seen.who, seen.price) if a is not None]
    lines = [b for a in own if (b := bit(stage, thing, row, a, False)) is not None]
    picture = kit.picture("100%", "300px")
    return kit.modal(
        named(stage, thing, row),
        picture,
        *(tag("div", line) for line in lines),
        foot=kit.button("Download", "primary", "download"),
    )
