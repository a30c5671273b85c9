"""What a fact is typed with: lines, figures with their units, dates, texts, passwords, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ..domains.phrases import small
from ..looks.html import NOTHING, Html, Mark, tag
from .item import Item
from .words import DROP, PLACEHOLDERS

FRAME = "border:1px solid var(--border);border-radius:var(--radius);background:var(--surface)"
FLEX = "display:flex;align-items:center;gap:8px"


@dataclass(frozen=True, slots=True)
class Control:
    """A control without its label.

    Attributes:
        html: it.
        labelled: whether it says its label itself (a box to tick).
    """

    html: Html
    labelled: bool = False


Maker = Callable[[Item, str], Control]
"""From an item and the label that must stand in the control itself ("" where it stands outside)."""


def _hint(item: Item, label: str) -> tuple[str, Mark]:
    """What the control says: its value, its label where no other place has it, or a placeholder without meaning."""
    if item.text:
        return "", item.mark
    if label:
        return _asked(item, label), item.names
    said = PLACEHOLDERS.get(item.kind, ())
    return (
        (item.style.chooser("hint", item.attribute, item.thing.name).choice(said), NOTHING) if said else ("", NOTHING)
    )


def _asked(item: Item, label: str) -> str:
    """A label inside a control: as it is, or as a request to fill it in; alike in all of an application."""
    said = Random(f"{item.style.seed}/asked").choice(["{}", "{}", "Enter {}", "Enter {} here...", "{}..."])
    return said.format(small(label) if said.startswith("Enter") and not label.isupper() else label)


def _input(item: Item, label: str, kind: str = "text", value: str | None = None) -> Html:
    hint, mark = _hint(item, label)
    return item.kit.input(item.said if value is None else value, kind, mark, hint)


def line(item: Item, label: str) -> Control:
    """A line to type in."""
    return Control(_input(item, label))


def of_kind(kind: str) -> Maker:
    """An <input> of this type."""
    return lambda item, label: Control(_input(item, label, kind))


def number(item: Item, label: str) -> Control:
    """A line for a figure; its unit behind it, before it, in it, or nowhere but in the label."""
    before, after = item.signs if item.text else ("", item.attribute.field.unit)
    if item.told_unit or item.style.units == "value":
        return Control(_input(item, label))
    return Control(item.kit.group(_input(item, label, value=item.bare if item.text else ""), before, after))


def money(item: Item, label: str) -> Control:
    """A line for a sum, its currency beside it."""
    before, after = item.signs
    return Control(item.kit.group(_input(item, label, value=item.bare if item.text else ""), before, after))


def addon(item: Item, label: str) -> Control:
    """A line with the constant part of what is typed before it."""
    fixed = {"url": "https://", "slug": "/", "username": "@", "percent": ""}.get(item.kind, "")
    if not fixed:
        return (
            number(item, label)
            if item.kind != "percent"
            else Control(item.kit.group(_input(item, label, value=item.bare), "", "%"))
        )
    value = item.text.removeprefix(fixed)
    return Control(item.kit.group(_input(item, label, value=value), fixed))


def spinner(item: Item, label: str) -> Control:
    """A figure between minus and plus."""
    if item.rng.random() < 0.5:
        arrows = tag("span", "▴▾", style="font-size:9px;letter-spacing:1px")
        return Control(item.kit.group(_input(item, label), "", arrows))
    minus, plus = item.kit.button("−"), item.kit.button("+")
    return Control(tag("div", minus, tag("div", _input(item, label), style="width:76px"), plus, style=FLEX))


def slider(item: Item, _label: str) -> Control:
    """A knob on a bar, its ends and the figure beside it."""
    low, high = item.attribute.field.low, item.attribute.field.high
    share = 50.0
    if item.text and low is not None and high is not None:
        share = min(100.0, max(0.0, (item.figure - float(low)) / float(high - low) * 100))
    bar = tag("div", style=f"height:4px;width:{share:.0f}%;background:var(--accent);border-radius:2px")
    at = f"position:absolute;left:calc({share:.0f}% - 8px);top:-6px"
    knob = tag("i", style=f"{at};width:16px;height:16px;border-radius:50%;background:var(--accent)")
    track = tag(
        "div",
        bar,
        knob,
        style="position:relative;flex:1;background:var(--border);border-radius:2px;height:4px;margin:8px 0",
    )
    shown = item.span(item.said) if item.text else None
    return Control(tag("div", track, shown, style=f"{FLEX};gap:14px"))


def dated(icon: str) -> Maker:
    """A line with a calendar or clock at its end."""

    def made(item: Item, label: str) -> Control:
        return Control(item.kit.group(_input(item, label), "", item.kit.icon(icon)))

    return made


def date_parts(item: Item, _label: str) -> Control:
    """Three lists: day, month, year. Only a date that is written in three parts can be."""
    parts = item.text.replace(",", "").split() if item.text else ["Day", "Month", "Year"]
    if len(parts) != 3:
        return dated("calendar")(item, "")
    mark = item.mark if item.text else NOTHING
    return Control(item.kit.grid(*(item.kit.select([p], p, mark) for p in parts), columns=3))


def date_and_time(item: Item, label: str) -> Control:
    """A day and a time in two lines."""
    cut = item.text.rfind(" ", 0, len(item.text) - 3)
    if cut < 4 or ":" not in item.text[cut:]:
        return dated("calendar")(item, label)
    day, time = item.text[:cut].rstrip(","), item.text[cut + 1 :]
    return Control(item.kit.grid(item.kit.input(day, mark=item.mark), item.kit.input(time, mark=item.mark), columns=2))


def textarea(item: Item, label: str) -> Control:
    """Several lines."""
    hint, mark = _hint(item, label)
    return Control(item.kit.textarea(item.text, mark, item.rng.choice([2, 3, 4]), hint))


def rich_text(item: Item, _label: str) -> Control:
    """Several lines under a bar of buttons."""
    signs = tag(
        "div",
        tag("b", "B"),
        tag("i", "I"),
        tag("u", "U"),
        *(tag("span", s) for s in ("H1", "❝", "•", "1.")),
        style=f"{FLEX};gap:16px;padding:5px 10px;border-bottom:1px solid var(--border)",
    )
    said = tag("div", item.text, mark=item.mark if item.text else NOTHING, style="padding:8px 10px;min-height:64px")
    return Control(tag("div", signs, said, style=FRAME))


def password(item: Item, label: str) -> Control:
    """Dots, and an eye that would show them."""
    filled = item.row is not None and item.style.chooser("secret", item.attribute, "").random() < 0.5
    hint = label or item.style.chooser("secret hint", item.attribute, "").choice(["", "••••••••", "Enter password"])
    box = item.kit.input(
        "aaaaaaaaaa" if filled else "", "password", item.mark if filled else item.names if label else NOTHING, hint
    )
    return Control(item.kit.group(box, "", item.kit.icon("eye")) if item.style.units == "addon" else box)


def masked(item: Item, _label: str) -> Control:
    """Dots and a button that starts the change."""
    return Control(
        tag(
            "div",
            item.span("••••••••••"),
            item.kit.button(item.rng.choice(["Change", "Reset", "Rotate"])),
            style=f"{FLEX};gap:14px",
        )
    )


def file_button(item: Item, _label: str) -> Control:
    """A button that looks for a file, and the name of the one that is there."""
    name = item.text.rsplit("/", 1)[-1] if item.text else item.rng.choice(["No file chosen", "No file selected"])
    button = item.kit.button(item.rng.choice(["Choose file", "Browse...", "Upload"]))
    return Control(tag("div", button, item.kit.words(name, item.mark if item.text else NOTHING), style=FLEX))


def file_drop(item: Item, _label: str) -> Control:
    """A frame that files are dropped on."""
    style = (
        "border:2px dashed var(--border);border-radius:var(--radius);padding:18px;text-align:center;color:var(--muted)"
    )
    return Control(tag("div", item.kit.icon("upload"), tag("div", item.rng.choice(DROP)), style=style))


def picture(item: Item, _label: str) -> Control:
    """The picture that is there, with ways to change or remove it."""
    shape = (
        item.kit.avatar(size=56)
        if "avatar" in item.attribute.name or item.rng.random() < 0.4
        else item.kit.picture("84px", "60px")
    )
    return Control(tag("div", shape, item.kit.button("Change"), item.kit.link("Remove"), style=f"{FLEX};gap:12px"))


def stars(item: Item, _label: str) -> Control:
    """Five stars to click."""
    count = int(item.figure)
    mark = item.mark if item.text else NOTHING
    return Control(
        tag("div", "★" * count + "☆" * (5 - count), mark=mark, style="color:#e8a317;font-size:1.35em;line-height:1.2")
    )


def swatch(item: Item, label: str) -> Control:
    """A patch of colour with its code."""
    colour = item.text if item.text.startswith("#") else "#cccccc"
    patch = tag("i", style=f"display:block;width:18px;height:18px;border-radius:4px;background:{colour}")
    return Control(item.kit.group(_input(item, label), patch))


def coordinate(item: Item, label: str) -> Control:
    """A figure with a pin."""
    return Control(item.kit.group(_input(item, label), item.kit.icon("pin")))


def keys_and_values(item: Item, label: str) -> Control:
    """Pairs of lines, and a way to more of them; what is no such document is a block of code."""
    return Control(item.kit.textarea(item.text, item.mark if item.text else item.names if label else NOTHING, 4, label))
