"""A page about a person or a company: picture, name, a few facts with no label, figures that nothing stores, tabs."""

from __future__ import annotations

from collections.abc import Sequence

from .. import widgets
from ..apps.app import Attribute, Thing
from ..looks.html import Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item, is_person
from .columns import page_room
from .detail import portrait, related_tabs
from .parts import byline, captioned, facts, name_of

_ALONE = ("job", "username", "company", "email", "phone", "city", "country", "url", "date")
"""Kinds that can stand under a name with no label, an icon at most."""

_UNTOLD = frozenset({"secret", "json", "image", "first_name", "last_name"})
"""Kinds that the card shows already, or that nobody shows."""

_ICONS = {
    "email": "mail",
    "phone": "phone",
    "city": "pin",
    "country": "pin",
    "url": "grid",
    "date": "calendar",
    "company": "home",
    "job": "user",
}


_DEEDS = ((), ("Edit",), ("Edit profile",), ("Message", "Call"), ("Message",))
_FOLLOWING = (("Follow",), ("Follow", "Message"), ("Following", "Message"))
_SOCIAL = frozenset("social forum source_hosting photography video music recipes games podcasts classifieds".split())
"""Domains in which people follow one another."""

_CAPTIONS = ("About", "Details", "Information", "Personal information", "Profile")


def _deeds(stage: Stage, thing: Thing) -> Sequence[str]:
    """What can be done with it: only where people meet can they be followed."""
    if stage.app.domain in _SOCIAL and stage.rng.random() < 0.5:
        return stage.rng.choice(_FOLLOWING)
    return stage.rng.choice(_DEEDS if is_person(thing) else _DEEDS[:2])


def suits(_stage: Stage, thing: Thing) -> float:
    """People and companies; things with a picture now and then."""
    person = any(
        a.kind in ("person", "first_name", "username", "company") and (a.name == thing.called or a.kind == "first_name")
        for a in thing.attributes
    )
    pictured = any(a.kind == "image" for a in thing.attributes)
    if thing.role != "main":
        return 0.0
    said = (1.8 if person else 0.0) + (0.8 if "profile" in thing.entity.screens else 0.0) + (0.1 if pictured else 0.0)
    return said * min(1.0, len(thing.attributes) / 6)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A card with the person at the left or on top, what else is known beside or under it."""
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing))
    alone = _alone(stage, thing, row)
    count = rng.randint(5, max(7, stage.window.height // 52))
    texts = [a for a in thing.attributes if a.kind == "text" and a.columns and stage.text(thing, row, a)]
    text = texts[0] if texts and rng.random() < 0.4 else None
    told = {a.name for a in (*alone, *([text] if text else []))} | {thing.called}
    rest = [a for a in stage.choose(thing, count, count + 4) if a.name not in told and a.kind not in _UNTOLD]
    caption = stage.style.caption_of(rng.choice(_CAPTIONS if is_person(thing) else _CAPTIONS[:3]))
    side = stage.window.width > 860 and rng.random() < 0.6
    room = page_room(stage) - (370 if side else 30)
    about = captioned(stage, caption, facts(stage, thing, row, rest, room=room)) if rest else join()
    tabs = related_tabs(stage, thing, row, room) or join()
    card = _card(stage, thing, row, alone, text, side)
    if not side:
        return Drawing(kit.stack(card, about, tabs), "Profile")
    left, right = (
        tag("div", card, style="width:300px;flex:none"),
        tag("div", about, tabs, class_="x-stack", style="flex:1;min-width:0"),
    )
    return Drawing(tag("div", left, right, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap"), "Profile")


def _alone(stage: Stage, thing: Thing, row: Row) -> list[Attribute]:
    others = [
        a
        for a in thing.attributes
        if a.columns and a.name != thing.called and (a.kind != "date" or a.field.when == "past")
    ]
    able = [a for k in _ALONE for a in others if a.kind == k and stage.text(thing, row, a)]
    return able[: stage.rng.randint(1, 4)]


def _card(stage: Stage, thing: Thing, row: Row, alone: list[Attribute], text: Attribute | None, upright: bool) -> Html:
    rng, kit = stage.rng, stage.kit
    align = "center" if upright and rng.random() < 0.7 else "flex-start"
    icons = rng.random() < 0.6
    lines = [_line(stage, thing, row, a, icons) for a in alone]
    words = [tag("div", widgets.value(stage, thing, row, text))] if text else []
    line = byline(stage, thing, row) if rng.random() < 0.3 else None
    buttons = kit.row(*(kit.button(b, "primary" if i == 0 else "") for i, b in enumerate(_deeds(stage, thing))))
    about = tag(
        "div",
        _name(stage, thing, row),
        *lines,
        *words,
        *([line] if line else []),
        buttons,
        class_="x-stack",
        style=f"gap:6px;align-items:{align};min-width:0",
    )
    parts = [portrait(stage, thing, row), about, *(_figures(stage, thing) if rng.random() < 0.4 else ())]
    if upright:
        return kit.card(tag("div", *parts, class_="x-stack", style=f"align-items:{align}"))
    return kit.card(tag("div", *parts, class_="x-row", style="gap:20px"))


def _name(stage: Stage, thing: Thing, row: Row) -> Html:
    """The name; where it is held in two columns, both."""
    halves = [a for a in thing.attributes if a.kind in ("first_name", "last_name") and a.columns]
    items = [Item(stage, thing, row, a) for a in halves if stage.text(thing, row, a)]
    if items:
        return stage.kit.heading(join(*(join(i.span(i.text), " ") for i in items)), 2)
    name, mark = name_of(stage, thing, row)
    return stage.kit.heading(name, 2, mark)


def _line(stage: Stage, thing: Thing, row: Row, attribute: Attribute, icons: bool) -> Html:
    item = Item(stage, thing, row, attribute)
    before = stage.kit.icon(_ICONS[attribute.kind]) if icons and attribute.kind in _ICONS else None
    word = f"{stage.style.caption_of('Since')} " if attribute.kind == "date" else ""
    return tag("div", before, " " if before else "", word, item.span(item.text), style="color:var(--muted)")


def _figures(stage: Stage, thing: Thing) -> Sequence[Html]:
    """How many of this and that there are: counted, not stored."""
    names = [t.title for t, _ in stage.app.pointing(thing) if t.role != "lookup"][:3]
    names = names or (["Followers", "Following"] if stage.app.domain in _SOCIAL else [])
    stats = (
        tag(
            "div",
            tag("div", str(stage.rng.randint(0, 480)), style="font-weight:700"),
            stage.kit.words(n, role="muted"),
            style="text-align:center",
        )
        for n in names
    )
    return [tag("div", *stats, class_="x-row", style="gap:22px")] if names else []
