"""What stands in a cell of a list: by the name of the widget (`pages/signals.yaml`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..looks.html import Html, join, tag
from .item import NUMBERS, SHORT, Item, choices, initials, many, pointed, second, tone

Cell = Callable[[Item], Html]


def plain(item: Item) -> Html:
    """Words."""
    return item.words()


def badge(item: Item) -> Html:
    """A word with a colour."""
    return item.kit.badge(item.text, tone(item), item.mark)


def dot(item: Item) -> Html:
    """A coloured dot, then the word."""
    colour = {"plain": "muted"}.get(tone(item), tone(item))
    point = tag(
        "i",
        style=f"display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:7px;background:var(--{colour})",
    )
    return tag("span", point, item.span(item.text), style="white-space:nowrap")


def chip(item: Item) -> Html:
    """A word in a frame."""
    return item.kit.chip(item.said, item.mark)


def chips(item: Item) -> Html:
    """Several words in frames; where there are too many the rest is counted."""
    names = many(item)
    most = 3 if len(names) <= 4 else 2
    more = item.kit.words(f"+{len(names) - most}", role="muted") if len(names) > most else None
    return tag("span", *(item.kit.chip(n, item.mark) for n in names[:most]), more)


def avatar_stack(item: Item) -> Html:
    """Round pictures that overlap, with the first name."""
    names = many(item)
    faces = (tag("span", item.kit.avatar(initials(n), 24), style="margin-right:-7px") for n in names[:4])
    rest = f" +{len(names) - 1}" if len(names) > 1 else ""
    return tag(
        "span", *faces, tag("span", item.span(names[0]), rest, style="margin-left:14px"), style="white-space:nowrap"
    )


def link(item: Item) -> Html:
    """A link."""
    return item.kit.link(item.said, item.mark)


def monospace(item: Item) -> Html:
    """Letters of one width."""
    return tag("code", item.text, mark=item.mark, style="white-space:nowrap")


def icon_text(item: Item) -> Html:
    """A small picture that says what it is, then the words."""
    icon = {
        "email": "mail",
        "phone": "phone",
        "person": "user",
        "city": "pin",
        "street": "pin",
        "date": "calendar",
        "moment": "clock",
    }
    whole = "white-space:nowrap" if item.kind in SHORT else None
    return tag("span", item.kit.icon(icon.get(item.kind, "file")), " ", item.words(), style=whole)


def clamp(item: Item) -> Html:
    """One line of a long text, cut with three dots."""
    return tag(
        "div",
        item.text,
        mark=item.mark,
        style="max-width:300px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap",
    )


def two_lines(item: Item) -> Html:
    """A moment as day over time; what points at a row as its name over something else about it."""
    target = pointed(item)
    if target is None:
        cut = item.text.rfind(" ", 0, len(item.text) - 3)
        day, _, time = (item.text, "", "") if cut < 4 else (item.text[:cut], "", item.text[cut + 1 :])
        return join(
            tag("div", item.span(day.rstrip(","))),
            tag("div", item.kit.words(time, item.mark, "muted")) if time else None,
        )
    under, mark = second(item, *target)
    return join(tag("div", item.span(item.text)), tag("div", item.kit.words(under, mark, "muted")) if under else None)


def avatar(item: Item) -> Html:
    """A round picture; of what points at a row, with its name."""
    if item.kind == "image":
        return item.kit.avatar(size=32)
    face = item.kit.avatar(initials(item.text) if item.rng.random() < 0.6 else "", 26)
    return tag("span", face, " ", item.span(item.text), class_="x-row", style="flex-wrap:nowrap;gap:8px")


def thumbnail(item: Item) -> Html:
    """A small picture."""
    return item.kit.picture("46px", "34px")


def file_link(item: Item) -> Html:
    """A document's name behind its icon."""
    name = item.text.rsplit("/", 1)[-1]
    return tag("span", item.kit.icon("file"), " ", item.kit.link(name, item.mark), style="overflow-wrap:anywhere")


def stars(item: Item) -> Html:
    """Five stars, some of them filled."""
    count = int(item.figure)
    return tag("span", "★" * count + "☆" * (5 - count), mark=item.mark, style="color:#e8a317;white-space:nowrap")


def progress(item: Item) -> Html:
    """A bar that is filled so far, with the figure."""
    filled = min(100.0, max(0.0, item.figure))
    return tag(
        "div",
        tag("div", item.kit.progress(filled), style="flex:1;min-width:60px"),
        item.words(),
        class_="x-row",
        style="flex-wrap:nowrap;gap:8px",
    )


def swatch(item: Item) -> Html:
    """A patch of the colour, with its code."""
    colour = item.text if item.text.startswith("#") and item.text[1:].isalnum() else "#888888"
    shape = "display:inline-block;width:15px;height:15px;border-radius:4px;vertical-align:-3px;margin-right:7px"
    patch = f"{shape};background:{colour}"
    return tag("span", tag("i", style=patch), item.span(item.text), style="white-space:nowrap")


def ticked(item: Item) -> Html:
    """A box that is ticked or not; it says its column by nothing but its head."""
    return item.kit.part("check", name="input", type="checkbox", checked=on(item))


def toggle(item: Item) -> Html:
    """A switch."""
    return tag("span", class_="x-switch x-on" if on(item) else "x-switch")


def icon(item: Item) -> Html:
    """A tick or a cross."""
    colour = "var(--good)" if on(item) else "var(--muted)"
    return tag("span", item.kit.icon("check" if on(item) else "cross"), style=f"color:{colour}")


def on(item: Item) -> bool:
    """Whether a flag is set."""
    return item.row is not None and bool(item.row[item.attribute.name])


def picker(item: Item) -> Html:
    """A list to pick from in the cell itself."""
    return tag("div", item.kit.select(list(choices(item)), item.text, item.mark), style="min-width:110px")


def figure(item: Item) -> Html:
    """A number in a field of the cell."""
    return tag("div", item.kit.input(item.bare, mark=item.mark), style="max-width:96px")


def typed_link(item: Item) -> Html:
    """What kind of row it points at, and which one."""
    target = pointed(item)
    if target is None:
        return item.words()
    own = item.mark.facts
    kind = type(item.mark)(own[:1])
    return tag(
        "span", tag("span", f"{target[0].noun}: ", mark=kind), item.kit.link(item.text, type(item.mark)(own[1:]))
    )


CELLS: Mapping[str, Cell] = MappingProxyType(
    {
        "header": plain,
        "badge": badge,
        "dot": dot,
        "chip": chip,
        "chips": chips,
        "avatar_stack": avatar_stack,
        "link": link,
        "monospace": monospace,
        "icon_text": icon_text,
        "clamp": clamp,
        "two_lines": two_lines,
        "avatar": avatar,
        "thumbnail": thumbnail,
        "file_link": file_link,
        "stars": stars,
        "progress": progress,
        "color_swatch": swatch,
        "checkbox": ticked,
        "toggle": toggle,
        "icon": icon,
        "select": picker,
        "spinner": figure,
    }
)
"""Widgets of a list by name."""

ODDS: Mapping[str, float] = MappingProxyType(
    {
        "header": 6.0,
        "link": 1.2,
        "icon_text": 0.5,
        "select": 0.25,
        "spinner": 0.2,
        "badge": 2.0,
        "monospace": 0.7,
        "avatar": 1.5,
        "thumbnail": 30.0,
    }
)
"""How likely a widget is against the others of its attribute; 1 where nothing is said."""


def right(item: Item) -> bool:
    """Whether the cell's content stands at its right end."""
    return item.style.right and item.kind in NUMBERS
