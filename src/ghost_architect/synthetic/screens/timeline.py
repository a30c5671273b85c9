"""What happened, newest first: sentences along a line, a list with faces, or entries under their days.

feed of what a machine wrote down      "Ann Fox  updated  WEB-0042   2h ago"
history of one row of another thing    the row is named by the heading alone
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import NOTHING, Child, Html, Mark, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .glance import (
    RARE,
    bits,
    children,
    day_of,
    excerpt,
    face,
    glance,
    hinted,
    moment_of,
    named,
    named_so,
    one_to_many,
    person_of,
)
from .parts import name_of, page_head

_HAPPENING = frozenset(
    (
        "event log history entry activity audit change visit scan reading movement note step update version "
        "transition call stop"
    ).split()
)


def suits(_stage: Stage, thing: Thing) -> float:
    """What happens at a moment."""
    if moment_of(thing) is None or thing.role == "lookup":
        return 0.0
    happens = bool(_HAPPENING & set(thing.name.split("_")))
    return {"log": 1.4, "part": 0.3, "main": 0.1}[thing.role] + RARE * 0.4 * happens + hinted(thing, "timeline")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the entries."""
    rng, kit = stage.rng, stage.kit
    when = moment_of(thing)
    assert when is not None
    whole = _whole(stage, thing)
    rows, title, mark = _subject(stage, thing, whole)
    rows = sorted((r for r in rows if day_of(r, when)), key=lambda r: str(r[when.name]), reverse=rng.random() < 0.85)
    rows = rows[: max(4, stage.window.height // 80)]
    own = {a.name for a in thing.attributes if whole and title and whole.name in a.targets}
    seen = glance(stage, thing, 4, {when.name, *own})
    who = person_of(stage, thing, own)
    action = named_so(thing, ("choice", "words"), ("action", "event", "kind", "type", "status", "change", "reason"))
    manner = rng.choice(["line", "line", "list", "days"])
    target = _target(thing, who, whole.name if whole and title else "")
    entries = [(r, _entry(stage, thing, r, who, action, target, when, manner, seen.others, seen.body)) for r in rows]
    top = page_head(stage, title or thing.title, mark if title else stage.title_mark(thing))
    under = kit.heading(thing.title, 2, stage.title_mark(thing)) if title else None
    chips = (
        tag("div", *(kit.chip(c) for c in ("All", *action.field.choices[:4])), class_="x-row")
        if action and action.kind == "choice" and rng.random() < 0.35
        else None
    )
    return Drawing(
        kit.stack(top, *[p for p in (under, chips) if p], _laid(stage, manner, when, thing, entries)), thing.title
    )


def _whole(stage: Stage, thing: Thing) -> Thing | None:
    """The thing whose history it may be."""
    able = [a for a in one_to_many(thing) if thing in children(stage, stage.app.things[a.targets[0]])]
    chosen = next((a for a in able if a.field.part), able[0] if able else None)
    return stage.app.things[chosen.targets[0]] if chosen is not None and stage.rng.random() < 0.5 else None


def _subject(stage: Stage, thing: Thing, whole: Thing | None) -> tuple[Sequence[Row], str, Mark]:
    """Rows; the row that they are the history of, where there are enough."""
    if whole is not None:
        counted = [(len(stage.rows.under(thing, whole, r.number - 1)), r) for r in stage.rows.of(whole)]
        most, row = max(counted, key=lambda pair: (pair[0], -pair[1].number))
        if most >= 3:
            stage.belongs(thing, whole)
            name, mark = name_of(stage, whole, row)
            return stage.rows.under(thing, whole, row.number - 1), name, mark
    return stage.sample(thing, 12, 30), "", NOTHING


def _entry(
    stage: Stage, thing: Thing, row: Row, who: Attribute | None, action: Attribute | None, target: Attribute | None,
    when: Attribute, manner: str, others: Sequence[Attribute], body: Attribute | None,
) -> Html:  # fmt: skip
    kit = stage.kit
    person = Item(stage, thing, row, who) if who is not None else None
    done = Item(stage, thing, row, action) if action is not None else None
    sentence: list[Child] = [tag("b", person.text, mark=person.mark), " "] if person and person.text else []
    if done and done.text:
        sentence += [tag("span", done.text if not sentence else small(done.text), mark=done.mark), " "]
    subject = _object(stage, thing, row, target, action)
    sentence += [subject] if subject is not None else []
    at = Item(stage, thing, row, when)
    value = row[when.name]
    said = stage.rows.writing.time(value) if manner == "days" and isinstance(value, datetime) else at.text
    time = kit.words("" if manner == "days" and when.kind == "date" else said, at.mark, "muted")
    if not sentence:  # all that it is called by stands in the heading
        sentence, time = [time], Html("")
    rest = [a for a in others if a not in (who, action, target)]
    more = [excerpt(stage, thing, row, body), bits(stage, thing, row, rest)]
    if manner == "list":
        inner = tag("div", tag("div", *sentence), *more, style="flex:1;min-width:0")
        picture = face(stage, thing, row, who, 34) if who else tag("span", kit.icon("clock"))
        return tag(
            "div",
            picture,
            inner,
            tag("span", time, style="flex:none"),
            class_="x-row",
            style="flex-wrap:nowrap;align-items:flex-start",
        )
    return tag("div", tag("div", *sentence), *more, tag("div", time))


def _target(thing: Thing, who: Attribute | None, whole: str) -> Attribute | None:
    """What it happened to, unless the heading says so."""
    able = [a for a in thing.attributes if a.field.is_relation and not a.junction and a.columns and a is not who]
    return next((a for a in able if whole not in a.targets), None)


def _object(stage: Stage, thing: Thing, row: Row, target: Attribute | None, action: Attribute | None) -> Html | None:
    """What the row points at, else what it is called."""
    if target is not None and (item := Item(stage, thing, row, target)).text:
        return stage.kit.link(item.text, item.mark)
    called = thing.attribute(thing.called)
    return named(stage, thing, row) if called is not None and called is not action else None


def _laid(stage: Stage, manner: str, when: Attribute, thing: Thing, entries: Sequence[tuple[Row, Html]]) -> Html:
    kit = stage.kit
    if manner == "line":
        return kit.part("timeline", *(kit.part("moment", e) for _, e in entries))
    if manner == "list":
        return kit.items(*(e for _, e in entries))
    days: dict[date, list[Html]] = {}
    for row, entry in entries:
        day = day_of(row, when)
        if day is not None:
            days.setdefault(day, []).append(entry)
    mark = stage.mark(thing, when)
    groups = (
        tag(
            "div",
            tag("div", tag("b", stage.rows.writing.date(d), mark=mark)),
            kit.items(*own),
            class_="x-stack",
            style="gap:6px",
        )
        for d, own in days.items()
    )
    return kit.stack(*groups)
