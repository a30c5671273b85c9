"""An inbox: messages, tickets or requests as a list at the left, the one that is open at the right."""

from __future__ import annotations

from collections.abc import Sequence

from ..apps.app import Attribute, Thing
from ..looks.html import Child, Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .glance import (
    RARE,
    Glance,
    bit,
    bits,
    children,
    excerpt,
    face,
    first,
    glance,
    hinted,
    moment_of,
    named,
    person_of,
    signed,
    spoken_of,
    state_of,
    with_colon,
)
from .parts import several

_WRITTEN = frozenset(
    (
        "message mail ticket request inquiry enquiry notification complaint report review feedback alert case "
        "letter submission entry"
    ).split()
)
_REPLIES = ("Reply", "Reply to all", "Forward", "Archive", "Assign", "Close", "Mark as done", "Snooze")
_DEEDS = ("Edit", "Print", "Archive", "Assign", "Close", "Mark as done", "Export")


def suits(stage: Stage, thing: Thing) -> float:
    """What people write to one another, or ask for."""
    if (
        first(thing, ("text",)) is None
        or thing.role == "lookup"
        or (person_of(stage, thing) is None and moment_of(thing) is None)
    ):
        return 0.0
    return (RARE if _WRITTEN & set(thing.name.split("_")) else 0.0) + hinted(thing, "inbox")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The list and the pane."""
    rng = stage.rng
    seen = glance(stage, thing, 2)
    who, when = person_of(stage, thing), moment_of(thing)
    body = first(thing, ("text",), ("body", "message", "description", "text", "content"))
    rows = list(stage.sample(thing, 5, max(6, stage.window.height // 80)))
    lines = [
        _line(stage, thing, r, seen, who, when, body, i == 0 and not stage.window.narrow) for i, r in enumerate(rows)
    ]
    head = _head(stage, thing)
    if stage.window.narrow:
        return Drawing(stage.kit.stack(head, tag("div", *lines, style="background:var(--surface)")), thing.title)
    left = tag("div", head, *lines, style=f"width:{rng.choice([300, 340, 380])}px")
    pane = _pane(stage, thing, rows[0], seen, who, when, body)
    high = stage.window.height - rng.choice([96, 120, 140])
    return Drawing(tag("div", left, pane, class_="x-split", style=f"height:{high}px"), thing.title)


def _head(stage: Stage, thing: Thing) -> Html:
    kit, rng = stage.kit, stage.rng
    said = tag(
        "div",
        kit.heading(thing.title, 3, stage.title_mark(thing)),
        tag("span", str(rng.randint(1, 40)), class_="x-count x-on") if rng.random() < 0.5 else None,
        class_="x-row x-spread",
    )
    choice = state_of(thing)
    few: list[Child] = ["All", "Unread"]
    if choice is not None and rng.random() < 0.5:
        few = ["All", *(tag("span", c, mark=stage.mark(thing, choice)) for c in choice.field.choices[:2])]
    find = kit.input(placeholder=f"Search {several(thing)}") if rng.random() < 0.6 else None
    return tag(
        "div",
        said,
        find,
        kit.tabs(few) if rng.random() < 0.6 else None,
        class_="x-stack",
        style="padding:12px 14px;gap:8px;border-bottom:1px solid var(--border)",
    )


def _line(
    stage: Stage,
    thing: Thing,
    row: Row,
    seen: Glance,
    who: Attribute | None,
    when: Attribute | None,
    body: Attribute | None,
    on: bool,
) -> Html:
    """Who, when, what about, how it starts."""
    person = Item(stage, thing, row, who) if who else None
    at = Item(stage, thing, row, when) if when else None
    time = tag("span", stage.kit.words(at.text, at.mark, "muted"), style="flex:none") if at and at.text else None
    about = tag("div", named(stage, thing, row), class_="x-oneline")
    by = bool(person and person.text and spoken_of(stage, thing, row)[0] != person.text)
    name = tag("span", person.text, mark=person.mark, class_="x-name x-oneline") if person and by else about
    top = tag("div", name, time, class_="x-row x-spread", style="flex-wrap:nowrap;gap:8px")
    subject = about if by else None
    start = Item(stage, thing, row, body) if body else None
    preview = (
        tag("div", stage.kit.words(start.text, start.mark, "muted"), class_="x-oneline")
        if start and start.text
        else None
    )
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    picture = face(stage, thing, row, who, 34) if who and stage.style.right else None
    return tag(
        "div",
        picture,
        tag("div", top, subject, preview, tag("div", state) if state else None),
        class_="x-entry x-on" if on else "x-entry",
    )


def _pane(
    stage: Stage,
    thing: Thing,
    row: Row,
    seen: Glance,
    who: Attribute | None,
    when: Attribute | None,
    body: Attribute | None,
) -> Html:
    kit, rng = stage.kit, stage.rng
    said, mark = spoken_of(stage, thing, row)
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    buttons = kit.row(
        *(
            kit.button(b, "primary" if i == 0 else "")
            for i, b in enumerate(rng.sample(_REPLIES if who else _DEEDS, rng.randint(1, 3)))
        )
    )
    title = kit.row(kit.heading(said, 2, mark), buttons, spread=True)
    parts: list[Child] = [title, _from(stage, thing, row, who, when)]
    others = [
        a
        for a in thing.attributes
        if a.columns
        and a not in (who, when, body)
        and a.name != thing.called
        and a.kind in ("choice", "->", "code", "date", "flag")
    ]
    shown = rng.sample(others, min(len(others), rng.randint(0, 4)))
    labelled = [b for a in thing.attributes if a in shown and (b := bit(stage, thing, row, a, False)) is not None]
    parts += [tag("div", state, *labelled, class_="x-bits")] if state or labelled else []
    parts.append(tag("div", excerpt(stage, thing, row, body, short=False), style="padding:8px 0;max-width:640px"))
    parts += _replies(stage, thing, row)
    if rng.random() < 0.6:
        parts.append(
            kit.stack(
                kit.textarea(placeholder=rng.choice(["Write a reply...", "Reply", "Add an answer"]), rows=3),
                kit.row(kit.button("Send", "primary"), kit.icon_button("upload")),
            )
        )
    return tag("div", *parts, class_="x-stack", style="padding:20px 24px")


def _from(stage: Stage, thing: Thing, row: Row, who: Attribute | None, when: Attribute | None) -> Html | None:
    """Who wrote it: with labels as in a mail, or a face with name and time."""
    if stage.rng.random() < 0.4:
        pairs = [Item(stage, thing, row, a) for a in (who, when) if a]
        made = (
            tag("div", stage.kit.words(with_colon(stage, i.attribute), i.names, "muted"), " ", i.span(i.text))
            for i in pairs
            if i.text
        )
        return tag("div", *made)
    line = signed(stage, thing, row, who, when)
    return tag("div", face(stage, thing, row, who, 38), line, class_="x-row") if line and who else line


def _replies(stage: Stage, thing: Thing, row: Row) -> Sequence[Html]:
    """What was answered, where answers are a thing of their own."""
    for part in children(stage, thing):
        body = first(part, ("text",))
        own = stage.rows.under(part, thing, row.number - 1)[:2] if body else ()
        if own:
            stage.belongs(part, thing)
            who, when = person_of(stage, part, [thing.name]), moment_of(part)
            return [
                tag(
                    "div",
                    signed(stage, part, r, who, when),
                    excerpt(stage, part, r, body, short=False),
                    bits(stage, part, r, ()),
                    class_="x-reply",
                )
                for r in own
            ]
    return ()
