"""A feed: posts by people with counts of likes and answers, which are figures over other rows and no columns here."""

from __future__ import annotations

from collections.abc import Sequence

from ..apps.app import Attribute, Thing
from ..looks.html import Child, Html, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item, is_person
from .glance import (
    RARE,
    bit,
    bits,
    children,
    excerpt,
    face,
    first,
    glance,
    hinted,
    moment_of,
    person_of,
    signed,
)
from .parts import name_of, page_head

_POSTED = frozenset(
    (
        "post comment review message story update article news note remark answer question topic thread "
        "testimonial tip recipe"
    ).split()
)
_COUNTED = ("likes", "comments", "shares", "views", "replies", "found this helpful", "saves")
_HINTS = ("What is on your mind?", "Share something...", "Write a comment", "Add a comment...", "Start a discussion")


def suits(stage: Stage, thing: Thing) -> float:
    """Texts that people publish."""
    if _body(thing) is None or person_of(stage, thing) is None or thing.role in ("lookup", "log"):
        return 0.0
    return (RARE if _POSTED & set(thing.name.split("_")) else 0.0) + hinted(thing, "feed")


def _body(thing: Thing) -> Attribute | None:
    return first(thing, ("text",), ("body", "text", "message", "content", "description"))


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, a box to write in, posts with what people answered."""
    rng, kit = stage.rng, stage.kit
    body, who, when = _body(thing), person_of(stage, thing), moment_of(thing)
    assert body is not None
    assert who is not None
    seen = glance(stage, thing, 2, {who.name, body.name, *([when.name] if when else [])})
    said = rng.sample(_COUNTED, rng.randint(1, 3))
    answers = _answers(stage, thing)
    count = max(2, stage.window.height // rng.choice([150, 190, 230]))
    rows = stage.sample(thing, count, count)
    made: list[Html] = []
    for i, row in enumerate(rows):
        own = answers if i < 2 or rng.random() < 0.3 else None
        others = [a for a in (seen.state, *seen.others) if a]
        made.append(_post(stage, thing, row, body, who, when, seen.picture, others, said, own))
    write = [
        kit.card(
            kit.row(
                kit.avatar(size=34),
                tag("div", kit.input(placeholder=rng.choice(_HINTS)), style="flex:1"),
                kit.button("Post", "primary"),
            )
        )
    ]
    parts = [page_head(stage, thing.title, stage.title_mark(thing)), *(write if rng.random() < 0.5 else []), *made]
    if stage.window.narrow:
        return Drawing(kit.stack(*parts), thing.title)
    middle = tag("div", kit.stack(*parts), style=f"flex:1;min-width:0;max-width:{rng.choice([560, 680, 900])}px")
    side = tag("div", _side(stage), style="flex:none;width:230px") if rng.random() < 0.4 else None
    return Drawing(
        tag("div", middle, side, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap"), thing.title
    )


def _answers(stage: Stage, thing: Thing) -> Thing | None:
    """What people answer to it."""
    return next((t for t in children(stage, thing) if first(t, ("text",)) and person_of(stage, t, [thing.name])), None)


def _post(
    stage: Stage, thing: Thing, row: Row, body: Attribute, who: Attribute, when: Attribute | None,
    picture: Attribute | None, others: Sequence[Attribute], said: Sequence[str], answers: Thing | None,
) -> Html:  # fmt: skip
    kit = stage.kit
    head = tag(
        "div",
        face(stage, thing, row, who, 40),
        _author(stage, thing, row, who, when),
        tag("span", kit.icon("dots"), class_="x-push"),
        class_="x-row",
        style="flex-wrap:nowrap",
    )
    called = thing.attribute(thing.called)
    text = name_of(stage, thing, row)
    title = kit.heading(text[0], 3, text[1]) if called is not None and called.kind in ("words", "text") else None
    stars = _stars(stage, thing, row)
    parts: list[Child] = [head, title, stars, excerpt(stage, thing, row, body, short=False)]
    if picture is not None:
        stage.implies(thing, picture)
        parts.append(kit.picture("100%", "150px"))
    parts += [bits(stage, thing, row, [a for a in others if a.kind != "rating"]), _figures(stage, said)]
    if answers is not None:
        parts += _below(stage, answers, thing, row)
    return kit.card(tag("div", *parts, class_="x-tile"))


def _author(stage: Stage, thing: Thing, row: Row, who: Attribute, when: Attribute | None) -> Html:
    """The name, and under it the time; or both in one line."""
    person = Item(stage, thing, row, who)
    at = Item(stage, thing, row, when) if when else None
    if stage.style.units == "value":
        return tag("div", signed(stage, thing, row, who, when))
    under = tag("div", stage.kit.words(at.text, at.mark, "muted")) if at and at.text else None
    return tag("div", tag("div", person.span(person.text), class_="x-name"), under)


def _stars(stage: Stage, thing: Thing, row: Row) -> Html | None:
    rated = first(thing, ("rating",))
    return bit(stage, thing, row, rated, True) if rated else None


def _figures(stage: Stage, said: Sequence[str]) -> Html:
    """Counts and what one can do: none of it is stored in the post."""
    icons = {"likes": "heart", "comments": "mail", "replies": "left", "views": "eye", "saves": "star"}
    made = (
        tag(
            "span",
            stage.kit.icon(icons.get(s, "right")),
            " ",
            str(stage.rng.randint(0, 240)),
            " ",
            s,
            style="white-space:nowrap",
        )
        for s in said
    )
    return tag("div", *made, class_="x-bits x-muted")


def _below(stage: Stage, part: Thing, whole: Thing, row: Row) -> list[Html]:
    own = stage.rows.under(part, whole, row.number - 1)[:2]
    if not own:
        return []
    stage.belongs(part, whole)
    body, who, when = first(part, ("text",)), person_of(stage, part, [whole.name]), moment_of(part)
    return [
        tag("div", signed(stage, part, r, who, when), excerpt(stage, part, r, body, short=False), class_="x-reply")
        for r in own
    ]


def _side(stage: Stage) -> Html:
    """Who to follow, or what is talked of: other people's names, of no table that is shown."""
    people = [t for t in stage.app.things.values() if is_person(t) and t.called]
    if not people or stage.rng.random() < 0.4:
        words = stage.rng.sample(["#weekend", "#news", "#howto", "#launch", "#jobs", "#photos", "#help"], 4)
        return stage.kit.card(*(tag("div", stage.kit.link(w)) for w in words), title="Trending")
    rows = stage.sample(people[0], 3, 4)
    lines = (
        tag(
            "div",
            stage.kit.avatar(size=28),
            tag("span", *_name(stage, people[0], r)),
            stage.kit.button("Follow"),
            class_="x-row",
            style="flex-wrap:nowrap",
        )
        for r in rows
    )
    return stage.kit.card(*lines, title="Who to follow")


def _name(stage: Stage, thing: Thing, row: Row) -> tuple[Html]:
    said, mark = name_of(stage, thing, row)
    return (tag("span", said, mark=mark),)
