"""How a fact is shown: which of the widgets in `pages/signals.yaml` it takes, and what it looks like there.

    cell     in a list             plain words, badge, link, picture with name, chips, stars, bar, switch ...
    control  in a form             input, select, radio, cards, switch, slider, tags, file drop ...
    value    on a page about one   words, link, chips, path, steps, card ...

The same fact has several widgets and the same widget several meanings, so that a reader has to look at values:
a select picks a word of an enum or a row of another table. An application mostly keeps to one widget a kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from ..apps.app import Attribute, Thing
from ..looks.html import NOTHING, Html, tag
from ..rows.rows import Row
from ..stage import Stage
from . import cells, controls, picked, values
from .item import SHORT, Item, able, choices, is_person
from .typed import Control
from .words import ADD_NEW, CONFIRM, HELP

__all__ = ["Item", "actions", "cell", "control", "empty", "fact", "head", "place", "value", "widget"]

_WITHOUT_LABEL = frozenset(
    {
        "radio",
        "radio_cards",
        "segmented",
        "stars",
        "slider",
        "file_input",
        "file_drop",
        "checkbox_list",
        "multi_select",
        "rich_text",
        "two_selects",
        "chip_input",
        "date_parts",
        "thumbnail",
        "avatar",
        "masked",
        "spinner",
    }
)
"""Widgets that have no place inside for their label."""


_TELLING = frozenset(
    {
        "email",
        "phone",
        "person",
        "words",
        "url",
        "street",
        "city",
        "postcode",
        "company",
        "country",
        "text",
        "choice",
        "date",
    }
)
"""Kinds whose values can be told without a label."""


def widget(item: Item, place: str) -> str:
    """The widget of an attribute in a place (cell, control, value): the same for every row."""
    drawn, odds = _PLACES[place]
    names = [n for n in able(item, drawn) if _suits(item, n) and not _misplaced(item, n, place)]
    if not names:
        return _PLAIN[place]
    rng: Random = item.style.chooser(place, item.attribute, item.thing.name)
    return rng.choices(names, [odds.get(n, 1.0) for n in names])[0]


_PLACES: Mapping[str, tuple[Mapping[str, object], Mapping[str, float]]] = {
    "cell": (cells.CELLS, cells.ODDS),
    "control": (controls.CONTROLS, controls.ODDS),
    "value": (values.VALUES, values.ODDS),
}
_PLAIN = {"cell": "header", "control": "text_input", "value": "value"}


_STATES = frozenset({"status", "state", "stage", "phase", "progress", "step"})
"""Choices that follow one another."""


def _head_word(item: Item) -> str:
    """The last word of an attribute's name: "order_status" is a status."""
    return item.attribute.name.rpartition("_")[2]


def _suits(item: Item, name: str) -> bool:
    """Whether a widget has room for what this attribute can be."""
    field, narrow = item.attribute.field, item.stage.window.narrow
    if name == "stepper" and _head_word(item) not in _STATES:
        return False
    if name in ("segmented", "stepper"):
        return item.kind != "choice" or (
            len(field.choices) <= (3 if narrow else 5) and sum(map(len, field.choices)) < 48
        )
    if name in ("radio", "radio_cards"):
        target = item.app.things.get(field.targets[0]) if field.targets else None
        most = 4 if name == "radio_cards" else 6
        return len(field.choices) <= most and (target is None or len(item.stage.rows.of(target)) <= 6)
    if name == "progress":
        return field.low is not None and field.low >= 0 and field.high is not None and field.high <= 100
    if name in ("avatar", "avatar_stack"):
        return is_person(item.app.things[field.targets[0]] if field.is_relation else item.thing)
    if name == "icon_text":
        return item.kind in ("email", "phone", "person", "city", "street", "date", "moment")
    if name == "link":
        return (
            item.kind in ("email", "phone", "url", "username", "code", "->", "--")
            or item.attribute.name == item.thing.called
        )
    if name == "slider":
        return field.low is not None and field.high is not None and field.high - field.low <= 1000
    if name == "badge":
        return item.kind != "date"
    return True


def _misplaced(item: Item, name: str, place: str) -> bool:
    """Whether a widget is too wide for where this application has its facts, or asks for a picture of a row."""
    if place == "value":
        wide = sum(len(c) + 3 for c in item.attribute.field.choices) > 24
        return name in ("segmented", "stepper") and (wide or item.style.facts in ("grid", "stacked"))
    return place == "control" and name == "avatar" and item.attribute.field.is_relation


# --- the three places ---


def cell(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """What a cell of a list holds."""
    item = Item(stage, thing, row, attribute)
    if not item.text:
        return empty(stage)
    if not attribute.columns and not attribute.junction:
        return stage.kit.words(item.text)
    return cells.CELLS[widget(item, "cell")](item)


def head(stage: Stage, thing: Thing, attribute: Attribute) -> Html:
    """The head of its column."""
    item = Item(stage, thing, None, attribute)
    right = "text-align:right" if cells.right(item) else None
    return stage.kit.head(stage.style.head(attribute), item.names, style=right)


def place(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """The cell itself, with what stands in it."""
    item = Item(stage, thing, row, attribute)
    said = [
        s
        for s, true in (("text-align:right", cells.right(item)), ("white-space:nowrap", attribute.kind in SHORT))
        if true
    ]
    return stage.kit.cell(cell(stage, thing, row, attribute), style=";".join(said) or None)


def value(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """What stands beside its label on a page about one row."""
    item = Item(stage, thing, row, attribute)
    if not item.text:
        return empty(stage)
    if not attribute.columns and not attribute.junction:
        return stage.kit.words(item.text)
    if attribute.kind == "flag" and (name := widget(item, "value")) in ("value", "badge"):
        return values.flag_badge(item) if name == "badge" else values.flag_words(item)
    return values.VALUES[widget(item, "value")](item)


def fact(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> tuple[Html, Html]:
    """The label and the value of a fact, as a page about one row has them."""
    item = Item(stage, thing, row, attribute)
    said = stage.style.label(attribute)
    label = f"{said}:" if stage.style.colon and not said.endswith("?") else said
    names = item.names if attribute.columns or attribute.junction else NOTHING
    return stage.kit.fact_label(label, names), stage.kit.fact_value(value(stage, thing, row, attribute))


def empty(stage: Stage) -> Html:
    """What stands for a value that is not there. It says nothing, so that no column is seen in it."""
    return stage.kit.words(stage.rows.writing.empty, role="muted")


def control(stage: Stage, thing: Thing, row: Row | None, attribute: Attribute, *, opened: bool = False) -> Html:
    """A whole field of a form: label, control, help.

    Args:
        stage: what is drawn with.
        thing, attribute: what is asked for.
        row: whose values the form holds; None is an empty one.
        opened: whether a list to pick from hangs open over what stands below it.
    """
    item = Item(stage, thing, row, attribute, exact=True)
    name = widget(item, "control")
    style = stage.style
    own = "none" if style.place == "none" or name == "placeholder" else style.place
    speaks = not item.text or attribute.kind in _TELLING
    inside = own == "none" and speaks and name not in _WITHOUT_LABEL and attribute.kind != "flag"
    if not attribute.columns and not attribute.junction:
        return _field(item, Control(stage.kit.input(item.text, disabled=True)), NOTHING)
    label = _label(item)
    hangs = opened and name in ("select", "autocomplete") and choices(item)
    maker = picked.opened if hangs else controls.CONTROLS[name]
    made = maker(item, label if inside else "")
    if made.labelled:
        return _ticked(item, made.html)
    if inside:
        return stage.kit.field("", made.html, style="none")
    return _field(item, made, item.names, name)


def _label(item: Item) -> str:
    optional = (
        item.style.required in ("optional", "both") and not item.attribute.required and item.kind not in ("flag", "><")
    )
    return item.style.label(item.attribute) + (" (optional)" if optional else "")


def _field(item: Item, made: Control, names: object, name: str = "") -> Html:
    style, attribute = item.style, item.attribute
    mark = item.names if names is not NOTHING else NOTHING
    text = _label(item)
    said = tag("span", style.label(attribute), mark=mark)
    rest = text.removeprefix(style.label(attribute))
    colon = ":" if style.colon and not text.endswith("?") else ""
    star = style.required in ("star", "both") and attribute.required
    floats = style.place == "float" and name in (
        "text_input",
        "email_input",
        "tel_input",
        "url_input",
        "select",
        "textarea",
        "autocomplete",
    )
    shown = tag("span", said, tag("span", rest, style="font-weight:400;color:var(--muted)") if rest else None, colon)
    if floats:
        return _floating(item, tag("span", shown, " *" if star else None), made.html)
    return item.kit.field(
        shown, made.html, required=star, help_=_help(item), style="inline" if style.place == "inline" else "above"
    )


def _floating(item: Item, label: Html, made: Html) -> Html:
    """The label in the upper edge of the control's frame."""
    at_edge = "position:absolute;top:-10px;left:8px;z-index:1;padding:0 4px"
    style = f"{at_edge};font-size:.8em;line-height:1.3;color:var(--muted);background:var(--surface)"
    said = _help(item)
    return tag(
        "div",
        tag("div", label, style=style),
        made,
        item.kit.part("help", said) if said else None,
        class_="x-floating",
    )


def _ticked(item: Item, made: Html) -> Html:
    said = _help(item)
    return tag("div", made, item.kit.part("help", said) if said else None)


def _help(item: Item) -> Html | str:
    """Help, a counter, or a way to a new row; mostly nothing."""
    rng = item.rng
    length = _length(item)
    if item.kind in ("words", "username", "slug") and length and rng.random() < 0.08:
        return tag("div", f"{len(item.text)}/{length}", style="text-align:right")
    if item.attribute.field.is_relation and rng.random() < 0.12:
        return item.kit.link(rng.choice(ADD_NEW))
    if rng.random() < 0.1 and (said := HELP.get(item.kind)):
        return rng.choice(said)
    return ""


def _length(item: Item) -> int | None:
    """How long the column's text may be."""
    table = next(t for t in item.app.schema.tables if t.name == item.thing.table)
    names = item.attribute.columns
    return next((c.type.length for c in table.columns if names and c.name == names[0]), None)


def confirmation(stage: Stage) -> Html:
    """The second field of a password, which is no column."""
    return stage.kit.field(stage.style.caption_of(stage.rng.choice(CONFIRM)), stage.kit.input(kind="password"))


# --- what stands at the end of rows ---


_DEEDS = (
    ("Edit", "Delete"),
    ("View",),
    ("View", "Edit"),
    ("Show", "Edit", "Destroy"),
    ("Details",),
    ("Edit",),
    ("Update", "Delete"),
    ("Edit", "Remove"),
    ("Manage",),
    ("Open",),
)


def actions(stage: Stage) -> Html:
    """What can be done with a row: links, icons, buttons or three dots. Draw it once and repeat it."""
    kit, rng = stage.kit, stage.rng
    kind = rng.choice(["icons", "icons", "links", "buttons", "dots", "dots"])
    if kind == "dots":
        return kit.icon_button("dots")
    if kind == "icons":
        return tag(
            "span",
            *(kit.icon_button(i) for i in rng.choice([("edit", "bin"), ("eye", "edit", "bin"), ("edit",)])),
            style="white-space:nowrap",
        )
    words = rng.choice(_DEEDS)
    if kind == "links":
        return tag("span", *(tag("span", kit.link(w), " ") for w in words), style="white-space:nowrap")
    loud = rng.random() < 0.5
    made = (tag("span", kit.button(w, _tone(w) if loud else ""), " ") for w in words)
    return tag("span", *made, style="white-space:nowrap")


def _tone(word: str) -> str:
    return {"Delete": "danger", "Destroy": "danger", "Remove": "danger", "Update": "primary"}.get(word, "")
