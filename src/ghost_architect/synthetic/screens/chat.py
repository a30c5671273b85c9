"""A chat: who writes with whom at the left, what they wrote as bubbles, a line to write in.

The conversation is a row of another thing where messages belong to one; else it is the person who writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..apps.app import Attribute, Thing
from ..looks.html import NOTHING, Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item, initials, is_person
from .glance import RARE, day_of, face, first, hinted, moment_of, one_to_many, person_of
from .parts import name_of

_TALK = frozenset("message chat reply conversation direct sms thread dm remark utterance".split())
_HINTS = ("Type a message...", "Write a message", "Message", "Aa", "Reply...", "Your message")


def suits(stage: Stage, thing: Thing) -> float:
    """Texts by people."""
    if _body(thing) is None or person_of(stage, thing) is None or thing.role == "lookup":
        return 0.0
    return (RARE * 1.5 if _TALK & set(thing.name.split("_")) else 0.0) + hinted(thing, "chat")


def _body(thing: Thing) -> Attribute | None:
    return first(thing, ("text",), ("body", "message", "text", "content"))


def _thread(stage: Stage, thing: Thing) -> Attribute | None:
    """What messages belong to."""
    able = [a for a in one_to_many(thing) if not is_person(stage.app.things[a.targets[0]])]
    return next((a for a in able if a.field.part), able[0] if able else None)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The list of conversations and the one that is open."""
    rng = stage.rng
    body, who = _body(thing), person_of(stage, thing)
    assert body is not None
    assert who is not None
    thread = _thread(stage, thing)
    whole = stage.app.things[(thread or who).targets[0]]
    talks = rng.sample(list(stage.rows.of(whole)), len(stage.rows.of(whole)))
    talks.sort(key=lambda r: -min(3, len(stage.rows.under(thing, whole, r.number - 1))))
    open_ = talks[0]
    if thread is not None:
        stage.implies(thing, thread)
    rows = list(stage.rows.under(thing, whole, open_.number - 1))
    if thread is None or len(rows) < 2:
        rows = [*rows, *(r for r in stage.sample(thing, 4, 9) if r not in rows)]
    rows = rows[: max(3, stage.window.height // 110)]
    when = moment_of(thing)
    if when is not None:
        rows.sort(key=lambda r: str(r[when.name]))
    high = stage.window.height - (150 if stage.window.narrow else 120)
    right = _talk(stage, thing, rows, body, who, whole, open_, thread is not None)
    if stage.window.narrow or rng.random() < 0.15:
        return Drawing(tag("div", right, style=f"height:{high}px;display:flex;background:var(--surface)"), whole.noun)
    left = tag(
        "div",
        *_list(stage, thing, whole, talks, body, thread is not None),
        style=f"width:{rng.choice([240, 280, 320])}px",
    )
    return Drawing(
        tag("div", left, right, class_="x-split", style=f"height:{high}px"),
        rng.choice([thing.title, whole.title, "Chat", "Messages"]),
    )


def _list(stage: Stage, thing: Thing, whole: Thing, talks: Sequence[Row], body: Attribute, own: bool) -> Sequence[Html]:
    kit, rng = stage.kit, stage.rng
    said = rng.choice([whole.title, "Messages", "Chats", thing.title, "Inbox"])
    mark = (
        stage.title_mark(whole) if said == whole.title else stage.title_mark(thing) if said == thing.title else NOTHING
    )
    out = [tag("div", kit.heading(said, 3, mark), kit.icon("edit"), class_="x-row x-spread", style="padding:12px 14px")]
    if rng.random() < 0.6:
        out.append(tag("div", kit.input(placeholder="Search"), style="padding:0 12px 10px"))
    when = moment_of(thing)
    for i, talk in enumerate(talks[: max(4, stage.window.height // 75)]):
        found = stage.rows.under(thing, whole, talk.number - 1) if own or whole is not thing else ()
        last = found[-1] if found else None
        name, name_mark = name_of(stage, whole, talk)
        text = Item(stage, thing, last, body) if last else None
        at = Item(stage, thing, last, when) if last and when else None
        under = (
            tag("div", stage.kit.words(text.text, text.mark, "muted"), class_="x-oneline")
            if text and text.text
            else None
        )
        time = (
            tag("span", stage.kit.words(_short(stage, at), at.mark, "muted"), style="flex:none")
            if at and at.text
            else None
        )
        top = tag(
            "div",
            tag("span", name, mark=name_mark, class_="x-name x-oneline"),
            time,
            class_="x-row x-spread",
            style="flex-wrap:nowrap;gap:8px",
        )
        unread = tag("span", str(rng.randint(1, 9)), class_="x-count x-on") if i and rng.random() < 0.25 else None
        line = tag(
            "div",
            tag("div", under, style="flex:1;min-width:0"),
            unread,
            class_="x-row",
            style="flex-wrap:nowrap;gap:6px",
        )
        picture = kit.avatar(initials(name), 36)
        out.append(tag("div", picture, tag("div", top, line), class_="x-entry x-on" if i == 0 else "x-entry"))
    return out


def _short(stage: Stage, at: Item) -> str:
    """A moment in a narrow place: the time of day where the whole is too long."""
    value = at.row[at.attribute.name] if at.row is not None else None
    return stage.rows.writing.time(value) if len(at.text) > 11 and isinstance(value, datetime) else at.text


def _talk(
    stage: Stage,
    thing: Thing,
    rows: Sequence[Row],
    body: Attribute,
    who: Attribute,
    whole: Thing,
    open_: Row,
    own: bool,
) -> Html:
    kit, rng = stage.kit, stage.rng
    name, mark = name_of(stage, whole, open_)
    under = rng.choice(
        ["", "Online", "Last seen 5 minutes ago", "Active now"]
        if is_person(whole)
        else ["", "4 members", "3 participants", ""]
    )
    title = tag(
        "div",
        tag("span", name, mark=mark, class_="x-name"),
        tag("div", kit.words(under, role="muted")) if under else None,
    )
    head = tag(
        "div",
        kit.avatar(initials(name), 36),
        title,
        tag("span", kit.icon("phone"), " ", kit.icon("dots"), class_="x-push"),
        class_="x-row",
    )
    when = moment_of(thing)
    # Between two people, whatever the other one did not write is the reader's own.
    me = {rows[-1][who.name]} if rng.random() < 0.85 else set()
    mine = {r for r in rows if (r[who.name] in me if own else r[who.name] != open_.number - 1)}
    manner = rng.choice(["bubbles", "bubbles", "bubbles", "lines"]) if own else "bubbles"
    made = [
        _line(stage, thing, r, body, who, when)
        if manner == "lines"
        else _bubble(stage, thing, r, body, who, when, r in mine)
        for r in rows
    ]
    start = day_of(rows[0], when) if when is not None and rng.random() < 0.5 else None
    said = stage.kit.words(stage.rows.writing.date(start), stage.mark(thing, when), "muted") if start and when else None
    day = tag("div", said, class_="x-mid") if said else None
    field = kit.input(placeholder=rng.choice(_HINTS))
    send = kit.button("Send", "primary") if rng.random() < 0.6 else kit.icon_button("right")
    clip = kit.icon_button("plus") if rng.random() < 0.5 else None
    composer = tag("div", field, clip, send, class_="x-composer")
    inner = tag("div", day, *made, class_="x-talk", style="justify-content:flex-start")
    return tag(
        "div",
        tag("div", head, style="padding:10px 16px;border-bottom:1px solid var(--border)"),
        inner,
        composer,
        style="display:flex;flex-direction:column;flex:1;min-width:0",
    )


def _bubble(
    stage: Stage, thing: Thing, row: Row, body: Attribute, who: Attribute, when: Attribute | None, mine: bool
) -> Html:
    text, person = Item(stage, thing, row, body), Item(stage, thing, row, who)
    at = _at(stage, thing, row, when, mine)
    bubble = stage.kit.part(
        "bubble.own" if mine else "bubble",
        text.span(text.text) if text.text else tag("span", "OK"),
        tag("div", at) if at else None,
    )
    if mine or not person.text:
        return bubble
    name = tag("div", stage.kit.words(person.text, person.mark, "muted"))
    return tag(
        "div",
        face(stage, thing, row, who, 30),
        tag("div", name, bubble, style="min-width:0"),
        class_="x-row",
        style="flex-wrap:nowrap;align-items:flex-end;gap:8px",
    )


def _line(stage: Stage, thing: Thing, row: Row, body: Attribute, who: Attribute, when: Attribute | None) -> Html:
    """As team chats have it: the name and time over the text, no bubble."""
    text, person = Item(stage, thing, row, body), Item(stage, thing, row, who)
    at = _at(stage, thing, row, when)
    head = tag("div", tag("b", person.text, mark=person.mark), " ", at)
    return tag(
        "div",
        face(stage, thing, row, who, 34),
        tag("div", head, tag("div", text.span(text.text or "…"))),
        class_="x-row",
        style="flex-wrap:nowrap;align-items:flex-start",
    )


def _at(stage: Stage, thing: Thing, row: Row, when: Attribute | None, mine: bool = False) -> Html | None:
    item = Item(stage, thing, row, when) if when is not None else None
    if item is None or not item.text:
        return None
    return item.span(item.text, style="font-size:.88em;opacity:.85") if mine else item.words("muted")
