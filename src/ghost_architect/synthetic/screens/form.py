"""A form: the fields of one new or one old row, in groups, with the rows that belong to it as lines below."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, join, tag
from ..rows.empty import SHARE, share
from ..rows.rows import Row
from ..rows.times import happened
from ..stage import Drawing, Stage, likely_first
from ..widgets import Item, picked, typed
from .columns import columns_for, page_room
from .lines import rows_under, totals, worth
from .parts import captioned, page_head, save_row, sections, several, stored
from .table import late_beside, table

_WIDE = frozenset({"text", "json", "file", "image", "street", "><"})
"""Kinds whose controls take a whole line."""


_KEPT = frozenset(
    (
        "created_by updated_by author entered_by imported_at imported_from checksum external_reference view_count "
        "last_seen_at last_used_at approved_by approved_at published_at edited posted_at sent_at read read_at views"
    ).split()
)
"""Names that our own blocks of fields (`apps/blocks.yaml`) give to what programs write."""


_FEW = 0.1
"""How many forms ask for hardly anything."""


def suits(_stage: Stage, thing: Thing) -> float:
    """Whatever people write down has a form; what machines write has none."""
    fields = len(stored(thing))
    return {"main": 3.0, "lookup": 0.7, "log": 0.0, "part": 0.4}[thing.role] * min(1.2, fields / 6)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the form, its buttons."""
    rng = stage.rng
    row = rng.choice(stage.rows.of(thing)) if rng.random() < 0.65 else None
    verb = rng.choice(["Edit", "Edit", "Update", "Change"]) if row else rng.choice(["New", "Add", "Create", "Register"])
    title = f"{verb} {small(thing.noun)}"
    width = rng.choices([520, 640, 760, 980, 1500], [1, 1.5, 2, 3, 3])[0]
    asked = chosen(stage, thing, new=row is None)
    body = fields(stage, thing, row, asked, width)
    legend = (
        stage.kit.words("* Required fields", role="muted")
        if stage.style.required == "star" and rng.random() < 0.25
        else None
    )
    parts = [page_head(stage, title, stage.title_mark(thing)), legend, body, lines(stage, thing, row), save_row(stage)]
    inner = stage.kit.stack(*(p for p in parts if p))
    framed = stage.kit.card(inner) if stage.style.caption != "card" and rng.random() < 0.4 else inner
    shown = [a for a in asked if a.kind not in _WIDE]
    if row is None and len(asked) <= 10 and stage.window.width >= 1000 and rng.random() < 0.5:
        return Drawing(_with_list(stage, thing, framed, shown), title)
    margin = "0 auto" if stage.style.units == "addon" else "0"
    return Drawing(tag("form", framed, style=f"max-width:{width}px;margin:{margin}"), title)


def _with_list(stage: Stage, thing: Thing, made: Html, shown: Sequence[Attribute]) -> Html:
    """The form with what is there already beside it or under it, as small applications have all on one page."""
    rng, kit = stage.rng, stage.kit
    beside = rng.random() < 0.55 and stage.window.width >= 1200
    said = rng.choice([thing.title, f"Recent {several(thing)}", f"Existing {several(thing)}", f"All {several(thing)}"])
    most = max(3, stage.window.height // (60 if beside else 110))
    late, taken = late_beside(stage, thing)
    room = int(page_room(stage) * (0.55 if beside else 1)) - 130 - taken
    fitting = [
        a for a in columns_for(stage, thing, 2, room) if a in shown or a.name == thing.called or rng.random() < 0.5
    ]
    rows = table(stage, thing, fitting, stage.sample(thing, 2, most), bare=rng.random() < 0.5, late=late)
    listed = kit.card(rows, title=said) if rng.random() < 0.5 else kit.stack(kit.heading(said, 2), rows)
    if not beside:
        return kit.stack(tag("form", made), listed)
    both = (tag("form", made, style="flex:0 0 38%;min-width:0"), tag("div", listed, style="flex:1;min-width:0"))
    return tag("div", *both, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap;gap:calc(var(--gap) * 2)")


def chosen(stage: Stage, thing: Thing, most: int = 0, *, new: bool = False) -> list[Attribute]:
    """The attributes that a form asks for: what must be filled, and others as there is room.

    Args:
        stage, thing: of what.
        most: so many at most; 0 leaves it to the window.
        new: whether the row is yet to be: nobody enters a new pet with the day of its death.
    """
    rng = stage.rng
    usual = rng.randint(3, 7) if rng.random() < _FEW else rng.randint(9, max(14, stage.window.height // 36))
    count = most or usual
    all_ = stored(thing, {"json"} if rng.random() < 0.7 else ())
    typed_ = [a for a in all_ if not _kept(stage, thing, a) and not (new and _late(a))]
    able = typed_ if len(typed_) > 2 else all_
    needed = [a for a in able if a.required or a.name == thing.called]
    rest = [a for a in able if a not in needed]
    picked = {a.name for a in (*needed, *likely_first(rng, rest)[: max(0, count - len(needed))])}
    shown = [a for a in able if a.name in picked][: count + 4]
    totals_ = [a for a in thing.attributes if not a.columns and not a.junction and rng.random() < 0.2]
    return [a for a in thing.attributes if a in shown or (a in totals_ and not most)]


def _late(attribute: Attribute) -> bool:
    """Whether it tells of an end, or of what comes after a row has been made."""
    return not attribute.required and (
        share(attribute) > SHARE or (attribute.field.after != "" and happened(attribute))
    )


def _kept(stage: Stage, thing: Thing, attribute: Attribute) -> bool:
    """Whether the program writes it down by itself, so that this application does not ask for it."""
    told = attribute.kind == "moment" and attribute.field.when == "past"
    odds = 0.9 if attribute.name in _KEPT else 0.5 if told else 0.0
    return Random(f"{stage.style.seed}/kept/{thing.name}/{attribute.name}").random() < odds


def fields(
    stage: Stage, thing: Thing, row: Row | None, attributes: Sequence[Attribute], width: int, *, grouped: bool = True
) -> Html:
    """The controls, in up to three columns, in groups where there are many of them."""
    columns = columns_of(stage, min(width, page_room(stage)), len(attributes))
    if not grouped or len(attributes) < 7 or stage.rng.random() < 0.35:
        return grid(stage, thing, row, attributes, columns)
    made = (
        captioned(stage, s.caption, grid(stage, thing, row, s.attributes, columns)) for s in sections(stage, attributes)
    )
    return stage.kit.stack(*made)


def columns_of(stage: Stage, width: int, count: int) -> int:
    """How many columns so many controls have in so much width, CSS pixels: labels beside them take as much again."""
    most = min(3, width // (_BESIDE if stage.style.place == "inline" else _ABOVE), (count + 1) // 2)
    return max(1, most if most < 3 or stage.rng.random() < 0.5 else 2) if stage.rng.random() < 0.85 else 1


_ABOVE, _BESIDE = 290, 430


def grid(stage: Stage, thing: Thing, row: Row | None, attributes: Sequence[Attribute], columns: int) -> Html:
    """Controls in one column, or in several where some take a whole line."""
    made: list[Html] = []
    open_ = stage.rng.choice(attributes) if attributes and stage.rng.random() < 0.2 else None
    for attribute in attributes:
        made.append(_cell(stage, thing, row, attribute, columns, attribute is open_))
        if (
            attribute.kind == "secret"
            and widgets.widget(Item(stage, thing, row, attribute), "control") == "password_input"
        ):
            made += [widgets.confirmation(stage)] if stage.rng.random() < 0.6 else []
    if columns == 1:
        return stage.kit.stack(*made)
    across = f"grid-template-columns:repeat({columns},minmax(0,1fr));grid-auto-flow:dense"
    across += ";align-items:end" if stage.style.place == "none" else ""  # some have a label above them, others none
    return tag("div", *made, class_="x-grid", style=across)


def _cell(stage: Stage, thing: Thing, row: Row | None, attribute: Attribute, columns: int, opened: bool) -> Html:
    control = widgets.control(stage, thing, row, attribute, opened=opened)
    name = widgets.widget(Item(stage, thing, row, attribute), "control")
    whole = attribute.kind in _WIDE or name in ("radio_cards", "radio", "checkbox_list", "rich_text", "textarea")
    across = "grid-column:1/-1" if columns > 1 and whole else "min-width:0"
    return tag("div", control, style=across)


# --- lines of parts ---


def lines(stage: Stage, thing: Thing, row: Row | None) -> Html | None:
    """The rows that belong to this one, as lines to type in, with what they come to; not every form has them."""
    parts = [p for p in stage.app.parts(thing) if len(stored(p)) > 1]
    if not parts or stage.rng.random() < 0.25 or stage.window.narrow:
        return None
    part = stage.rng.choice(parts)
    title = stage.kit.heading(part.title, 3, stage.title_mark(part))
    add = stage.kit.button(
        stage.rng.choice([f"Add {small(part.noun)}", "+ Add line", "Add row", "+ Add another"]), "quiet"
    )
    priced = any(a.kind == "money" for a in part.attributes)
    rows = rows_under(stage, part, thing, row, 5)
    foot = totals(stage, worth(stage, part, rows)) if priced else join()
    return stage.kit.stack(title, grid_of_lines(stage, part, thing, rows), add, foot)


def grid_of_lines(stage: Stage, part: Thing, whole: Thing, rows: Sequence[Row]) -> Html:
    """A table whose cells are controls; what is computed is only shown."""
    kit = stage.kit
    stage.belongs(part, whole)
    able = [
        a
        for a in part.attributes
        if a.targets != (whole.name,) and a.kind not in ("text", "json", "image", "file", "position", "><", "secret")
    ]
    room, most = page_room(stage), stage.rng.randint(3, 8)
    fitting = min(most, max(3, room // 150))
    shown = able[:fitting] + [a for a in able[fitting:] if not a.columns][:1]
    head = [*(widgets.head(stage, part, a) for a in shown), kit.head("")]
    body = [[*(kit.cell(_typed(stage, part, r, a)) for a in shown), kit.cell(kit.icon_button("bin"))] for r in rows]
    return kit.table(head, body, "table.dense")


def _typed(stage: Stage, part: Thing, row: Row, attribute: Attribute) -> Html:
    """A control without label, as narrow as its content."""
    item = Item(stage, part, row, attribute)
    if not attribute.columns:
        return stage.kit.words(item.text)
    if attribute.kind == "flag":
        return stage.kit.part("check", name="input", type="checkbox", checked=bool(row[attribute.name]))
    pick = attribute.kind == "choice" or attribute.field.is_relation
    control = picked.select(item, "").html if pick else typed.line(item, "").html
    return tag("div", control, style=f"min-width:{150 if pick else 70}px")
