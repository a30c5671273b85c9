"""What stands beside or under a label on a page about one row: by the name of the widget (`pages/signals.yaml`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..apps.app import Thing
from ..looks.html import Html, join, tag
from . import cells
from .item import Item, choices, is_person, many, pointed, second

Value = Callable[[Item], Html]

_MUTED = "color:var(--muted)"


def flag_words(item: Item) -> Html:
    """A yes or no in words."""
    return item.kit.words(item.text, item.mark)


def flag_badge(item: Item) -> Html:
    """A yes or no as a coloured word."""
    return item.kit.badge(item.text, "good" if cells.on(item) else "plain", item.mark)


def copied(item: Item) -> Html:
    """A value with a button that copies it."""
    return tag("span", tag("code", item.text, mark=item.mark), " ", item.kit.icon("list"), style="white-space:nowrap")


def quote(item: Item) -> Html:
    """A text with a line at its left."""
    return tag(
        "div",
        item.text,
        mark=item.mark,
        style="border-left:3px solid var(--border);padding-left:12px;font-style:italic",
    )


def paragraph(item: Item) -> Html:
    """A text as it runs."""
    return tag("div", item.text, mark=item.mark)


def picture(item: Item) -> Html:
    """A photograph."""
    return item.kit.picture(f"min(100%,{item.rng.choice([120, 160, 220])}px)", f"{item.rng.choice([90, 120, 150])}px")


def face(item: Item) -> Html:
    """A round picture of some size; what points at a row keeps its name beside it."""
    return item.kit.avatar(size=64) if item.kind == "image" else cells.avatar(item)


def stepper(item: Item) -> Html:
    """All states in their order, the row's own one marked; only that one is a value."""
    names = item.attribute.field.choices
    place = names.index(item.text) if item.text in names else 0
    return item.kit.steps([item.span(n) if i == place else n for i, n in enumerate(names[: place + 3])], place)


def segmented(item: Item) -> Html:
    """The states as buttons side by side, one of them pressed."""
    shown = choices(item)
    place = list(shown).index(item.text) if item.text in shown else 0
    return item.kit.tabs([item.span(n) if i == place else n for i, n in enumerate(shown)], place)


def path(item: Item) -> Html:
    """A row of a tree with those above it."""
    target = pointed(item)
    above = Item(item.stage, target[0], target[1], item.attribute) if target and target[0] is item.thing else None
    parts = [above.span(above.text), " › "] if above and above.text and above.text != item.text else []
    return tag("span", *parts, item.span(item.text))


def reference_card(item: Item) -> Html:
    """The row pointed at: picture, name, and something else about it."""
    target = pointed(item)
    under, mark = second(item, *target) if target else ("", item.mark)
    small = tag("div", under, mark=mark, style=f"{_MUTED};font-size:.9em") if under else None
    return tag(
        "div",
        _pictured(item, target[0]) if target else None,
        tag("div", item.span(item.text), small),
        class_="x-row",
        style="flex-wrap:nowrap",
    )


def _pictured(item: Item, thing: Thing) -> Html | None:
    """A face, or a small picture of what has pictures."""
    if is_person(thing):
        return item.kit.avatar(size=34)
    return item.kit.picture("34px", "34px") if any(a.kind == "image" for a in thing.attributes) else None


def listed(item: Item) -> Html:
    """Names one under another."""
    return tag("ul", *(tag("li", n, mark=item.mark) for n in many(item)), style="margin:0;padding-left:18px")


def commas(item: Item) -> Html:
    """Names with commas between."""
    return item.kit.words(", ".join(many(item)), item.mark)


def masked(item: Item) -> Html:
    """What nobody may read: dots, and a way to change it."""
    return tag(
        "span", item.span("••••••••"), " ", item.kit.link(item.rng.choice(["Change", "Reset", "Regenerate", "Show"]))
    )


def keys_and_values(item: Item) -> Html:
    """A document as a small table of keys and values."""
    pairs = _pairs(item.text)
    rows = (
        tag("tr", tag("td", k, mark=item.mark, style=f"padding:2px 14px 2px 0;{_MUTED}"), tag("td", v, mark=item.mark))
        for k, v in pairs
    )
    return tag("table", *rows) if pairs else code_block(item)


def code_block(item: Item) -> Html:
    """A document as it is written."""
    ground = "padding:8px 12px;background:var(--ground);border-radius:var(--radius)"
    style = f"{ground};margin:0;font-size:.88em;white-space:pre-wrap"
    return tag("pre", item.text, mark=item.mark, style=style)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        held = json.loads(text)
    except ValueError:
        return []
    return [(str(k), str(v)) for k, v in list(held.items())[:5]] if isinstance(held, dict) else []


def map_pin(item: Item) -> Html:
    """A pin with the figure."""
    return tag("span", item.kit.icon("pin"), " ", item.span(item.text))


def typed(item: Item) -> Html:
    """What kind of row, in small letters, and its name."""
    return cells.typed_link(item)


def lined(item: Item) -> Html:
    """The value, then a line of small letters that only says how long ago or where: nothing of its own."""
    return join(item.words(), " ", item.kit.words(item.rng.choice(["(edit)", "Edit", "Change"]), role="link"))


VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "value": cells.plain,
        "badge": cells.badge,
        "dot": cells.dot,
        "chip": cells.chip,
        "chips": cells.chips,
        "link": cells.link,
        "monospace": cells.monospace,
        "icon_text": cells.icon_text,
        "quote": quote,
        "rich_text": paragraph,
        "two_lines": cells.two_lines,
        "avatar": face,
        "thumbnail": picture,
        "file_link": cells.file_link,
        "stars": cells.stars,
        "progress": cells.progress,
        "color_swatch": cells.swatch,
        "checkbox": cells.ticked,
        "toggle": cells.toggle,
        "icon": cells.icon,
        "stepper": stepper,
        "segmented": segmented,
        "path": path,
        "lookup_input": reference_card,
        "avatar_stack": cells.avatar_stack,
        "copy_field": copied,
        "masked": masked,
        "key_value_editor": keys_and_values,
        "json_viewer": code_block,
        "map_pin": map_pin,
        "text_input": lined,
    }
)
"""Widgets of a detail page by name."""

ODDS: Mapping[str, float] = MappingProxyType(
    {
        "value": 6.0,
        "text_input": 0.12,
        "link": 1.0,
        "badge": 2.5,
        "chips": 2.5,
        "stepper": 0.5,
        "segmented": 0.25,
        "checkbox": 0.4,
        "icon": 0.7,
        "map_pin": 0.7,
        "thumbnail": 1.5,
    }
)
"""How likely a widget is against the others of its attribute; 1 where nothing is said."""
