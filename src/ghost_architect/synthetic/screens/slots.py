"""What can be booked, and what is taken: a week of times, a day of several places, or seats in rows.

    week     days across, times down (or times under each day), who has what is taken      one court, one doctor
    day      places across, times down                                                     all courts on Saturday
    seats    a plan of rows of numbered seats                                              a theatre, a coach

A free time or seat is offered by the program and stored nowhere: it has no mark. What is taken is a row; a time of
day in its line says when it starts, and where the line alone says it the column is implied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import NOTHING, Html, join, tag
from ..rows.rows import Row
from ..rows.writing import TODAY
from ..stage import Drawing, Stage, likely_first
from ..widgets.item import Item, is_person
from .columns import page_room
from .glance import RARE, hinted, is_planned, one_to_many, spoken_of
from .parts import captioned, facts, page_head, stored

_BOOKED = frozenset(
    (
        "appointment booking reservation slot lesson session class visit viewing hearing interview drive practice "
        "training rehearsal consultation treatment fixture surgery viva pickup"
    ).split()
)
"""Words in names of what people book."""

_WHO = frozenset(
    (
        "customer client patient member guest user student pupil owner passenger applicant candidate candidacy tenant "
        "visitor attendee pet animal case matter order file agreement contact account party family"
    ).split()
)
"""Words in names of whom or what something is booked for: those are not what is booked."""

_SEATED = frozenset("ticket booking reservation coupon registration pass boarding admission".split())
"""Words in names of what has a seat, and is not somebody who sits somewhere."""

_SEATS = frozenset({"seat", "seat_number", "seat_no"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def suits(stage: Stage, thing: Thing) -> float:
    """What starts at a moment at, in or with something, and what has a seat."""
    if thing.role not in ("main", "part"):
        return 0.0
    if _seat(thing) is not None and _SEATED & set(thing.name.split("_")):
        return RARE * 0.4 + hinted(thing, "slots")
    if _start(thing) is None or _resource(stage, thing) is None:
        return 0.0
    booked = bool(_BOOKED & {*thing.name.split("_"), *small(thing.noun).split()})
    return (RARE * 0.5 * booked + hinted(thing, "slots")) * (1.0 if thing.role == "main" else 0.3)


def _start(thing: Thing) -> Attribute | None:
    """The moment at which it is to begin."""
    return next((a for a in thing.attributes if a.kind == "moment" and a.columns and is_planned(a)), None)


def _seat(thing: Thing) -> Attribute | None:
    """The number of a seat."""
    return next((a for a in thing.attributes if a.name in _SEATS and a.kind in ("code", "words") and a.columns), None)


def _resource(stage: Stage, thing: Thing) -> Attribute | None:
    """What is booked: a place or a thing, else a person who is not the one that books."""
    able = [a for a in one_to_many(thing) if len(a.targets) == 1 and stage.app.things[a.targets[0]].called]
    able = [a for a in able if not _WHO & {*a.name.split("_"), *a.targets[0].split("_")}]
    return next(iter(sorted(able, key=lambda a: is_person(stage.app.things[a.targets[0]]))), None)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, what is booked, its times or seats, and what was picked at the side."""
    seat, start = _seat(thing), _start(thing)
    by = _resource(stage, thing) if start is not None else None
    if seat is not None and (by is None or stage.rng.random() < 0.7):
        plan, shown = _seats(stage, thing, seat), {seat.name}
    else:
        assert start is not None
        assert by is not None
        plan, shown = _times(stage, thing, start, by)
    said = stage.rng.choice([thing.title, f"New {small(thing.noun)}", f"Book {_a(thing.noun)}", "Availability"])
    mark = stage.title_mark(thing)
    top = page_head(stage, said, mark if said != "Availability" else NOTHING)
    if stage.window.narrow:
        return Drawing(stage.kit.stack(top, plan), thing.title)
    if page_room(stage) < 760 or stage.rng.random() < 0.2:
        return Drawing(stage.kit.stack(top, plan, _picked(stage, thing, shown, wide=True)), thing.title)
    side = tag("div", _picked(stage, thing, shown), style="flex:0 0 280px;min-width:0")
    both = (tag("div", plan, style="flex:1;min-width:0"), side)
    row = tag("div", *both, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap;gap:calc(var(--gap) * 2)")
    return Drawing(stage.kit.stack(top, row), thing.title)


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {small(noun)}"


def _picked(stage: Stage, thing: Thing, also: set[str], wide: bool = False) -> Html:
    """The row that is being booked, in a box with a button; what was picked in the plan is among its facts."""
    kit, rng = stage.kit, stage.rng
    row = rng.choice(stage.rows.of(thing))
    able = [a for a in stored(thing, {"secret", "json", "text", "image", "file"}) if stage.text(thing, row, a)]
    picked = {a.name for a in likely_first(rng, able)[: rng.randint(4, 9)]} | also
    told = [a for a in able if a.name in picked]
    body = facts(stage, thing, row, told, slim=not wide, room=page_room(stage) if wide else 0)
    button = kit.button(rng.choice(["Confirm", "Book now", "Continue", "Reserve", "Save"]), "primary")
    caption = stage.style.caption_of(rng.choice(["Summary", "Your selection", "Details", f"{thing.noun} details"]))
    return captioned(stage, caption, kit.stack(body, tag("div", button)), slim=not wide)


# --- times ---


def _times(stage: Stage, thing: Thing, start: Attribute, by: Attribute) -> tuple[Html, set[str]]:
    """The plan, and what of a row is picked in it."""
    taken = [(at, r) for r in stage.rows.of(thing) if isinstance(at := r[start.name], datetime)]
    target = stage.app.things[by.targets[0]]
    if not stage.window.narrow and stage.rng.random() < 0.4:
        return _day(stage, thing, start, by, target, taken), {start.name, by.name}
    of = Counter(r[by.name] for _, r in taken if r[by.name] is not None)
    chosen = of.most_common(1)[0][0] if of else 0
    own = [(at, r) for at, r in taken if r[by.name] == chosen]
    name = stage.rows.name_of(target, chosen) if isinstance(chosen, int) else ""
    label = stage.style.label(by)
    control = stage.kit.select([name], name, stage.mark(thing, by))
    field = stage.kit.field(label, control, mark=Item(stage, thing, None, by).names)
    monday = _week_of(own)
    nav = stage.kit.row(stage.kit.icon_button("left"), tag("b", _span(monday)), stage.kit.icon_button("right"))
    top = tag("div", tag("div", field, style="min-width:220px"), nav, class_="x-row x-spread")
    return stage.kit.stack(top, _week(stage, thing, start, own, monday)), {start.name, by.name}


def _week_of(taken: Sequence[tuple[datetime, Row]]) -> date:
    """The Monday of the week in which most is taken."""
    weeks = Counter(at.date() - timedelta(at.weekday()) for at, _ in taken)
    return max(weeks, key=lambda week: (weeks[week], week)) if weeks else TODAY - timedelta(TODAY.weekday())


def _span(monday: date) -> str:
    last = monday + timedelta(6)
    return f"{monday.day} {_MONTHS[monday.month - 1]} – {last.day} {_MONTHS[last.month - 1]} {last.year}"


def _steps(taken: Sequence[datetime], count: int) -> list[time]:
    """Times of day that are offered, by the hour or half hour, those of what is taken among them."""
    low = min([8, *(at.hour for at in taken)])
    half = any(at.minute in (15, 30, 45) for at in taken)
    every = timedelta(minutes=30 if half and count > 14 else 60)
    first = datetime(2026, 1, 1, low)
    return [(first + every * i).time() for i in range(count) if (first + every * i).date() == first.date()]


def _week(stage: Stage, thing: Thing, start: Attribute, own: Sequence[tuple[datetime, Row]], monday: date) -> Html:
    """Times under the heads of their days."""
    days = 3 if stage.window.narrow else stage.rng.choice([5, 6, 7, 7])
    week = [monday + timedelta(i) for i in range(days)]
    shown = [(at, r) for at, r in own if at.date() in week]
    offered = _steps([at for at, _ in shown], max(6, min(11, (stage.window.height - 300) // 40)))
    chosen = (stage.rng.randrange(days), stage.rng.randrange(len(offered)))
    columns: list[Html] = []
    for i, day in enumerate(week):
        head = tag("div", tag("b", _DAYS[day.weekday()]), " ", f"{day.day} {_MONTHS[day.month - 1]}", class_="x-mid")
        cells: list[Html] = []
        for place, at in enumerate(offered):
            row = next((r for when, r in shown if when.date() == day and _is_in(when, at, offered)), None)
            cells.append(_slot(stage, thing, start, row, at, (i, place) == chosen))
        columns.append(tag("div", head, *cells, class_="x-stack", style="gap:6px"))
    return stage.kit.grid(*columns, columns=days)


def _is_in(when: datetime, at: time, offered: Sequence[time]) -> bool:
    """Whether something begins in the step that starts at this time."""
    later = [t for t in offered if t > at]
    return at <= when.time() and (not later or when.time() < later[0])


def _slot(stage: Stage, thing: Thing, start: Attribute, row: Row | None, at: time, picked: bool) -> Html:
    """A time: free, picked, taken by somebody, or out of hours."""
    written = stage.rows.writing.time
    if row is not None:
        said, mark = spoken_of(stage, thing, row)
        value = row[start.name]
        when = written(value) if isinstance(value, datetime) else ""
        first = tag("span", when, mark=stage.mark(thing, start))
        inner = join(first, tag("div", tag("span", said, mark=mark), class_="x-oneline"))
        return tag("div", inner, class_="x-slot x-busy")
    if picked:
        return tag("div", written(at), class_="x-slot x-on")
    return tag("div", written(at), class_="x-slot x-off" if stage.rng.random() < 0.2 else "x-slot")


def _day(
    stage: Stage, thing: Thing, start: Attribute, by: Attribute, target: Thing, taken: Sequence[tuple[datetime, Row]]
) -> Html:
    """A table: places at the top, times at the left, who has it in the cells."""
    kit = stage.kit
    days = Counter(at.date() for at, _ in taken)
    day = max(days, key=lambda d: (days[d], d)) if days else TODAY - timedelta(TODAY.weekday())
    own = [(at, r) for at, r in taken if at.date() == day]
    busy = list(dict.fromkeys(index for _, r in own if isinstance(index := r[by.name], int)))
    most = max(2, min(7, page_room(stage) // 190))
    others = [i for i in range(len(stage.rows.of(target))) if i not in busy]
    named = {stage.rows.name_of(target, p): p for p in reversed([*busy, *others])}
    places = [p for p in (*busy, *others) if p in named.values()][:most]
    mark = stage.mark(thing, by)
    heads = [kit.head(""), *(kit.head(stage.rows.name_of(target, p), mark) for p in places)]
    offered = _steps([at for at, _ in own], max(6, min(12, (stage.window.height - 280) // 42)))
    lines: list[list[Html]] = []
    for at in offered:
        found: Mapping[object, Row] = {r[by.name]: r for when, r in own if _is_in(when, at, offered)}
        cells = [kit.cell(kit.words(stage.rows.writing.time(at), role="muted"), style="white-space:nowrap")]
        for place in places:
            row = found.get(place)
            free = kit.words(stage.rng.choice(["", "", "Free"]), role="muted")
            cells.append(kit.cell(_slot(stage, thing, start, row, at, picked=False) if row is not None else free))
        lines.append(cells)
    nav = kit.row(kit.icon_button("left"), tag("b", stage.rows.writing.date(day)), kit.icon_button("right"))
    label = tag("span", stage.style.label(by), mark=Item(stage, thing, None, by).names)
    top = kit.row(nav, tag("span", kit.words("by ", role="muted"), label), spread=True)
    return kit.stack(top, tag("div", kit.table(heads, lines, "table.dense"), class_="x-scrolls"))


# --- seats ---


def _seats(stage: Stage, thing: Thing, seat: Attribute) -> Html:
    """Rows of seats with an aisle. Every number is one that a row could have; which are taken is another matter."""
    kit, rng = stage.kit, stage.rng
    letters = "ABCDEFGHJKLMNP"[: max(4, min(12, (stage.window.height - 330) // 40))]
    across = rng.choice([6, 8, 10]) if page_room(stage) > 700 else 6
    # As rows have them: "14C" in a coach or an aeroplane, "C14" in a hall.
    turned = any(stage.text(thing, r, seat)[:1].isdigit() for r in stage.rows.of(thing)[:5])
    chosen = (rng.randrange(len(letters)), rng.randrange(across))
    mark = stage.mark(thing, seat)
    lines: list[Html] = []
    for i in range(len(letters)):
        cells: list[Html] = []
        for n in range(across):
            said = f"{i + 1}{'ABCDEFGHJK'[n]}" if turned else f"{letters[i]}{n + 1}"
            kind = "x-slot x-on" if (i, n) == chosen else "x-slot x-busy" if rng.random() < 0.3 else "x-slot"
            gap = "margin-right:26px" if n + 1 == across // 2 else None
            cells.append(tag("div", said, mark=mark, class_=kind, style=gap))
        lines.append(tag("div", *cells, class_="x-row x-seats"))
    front = rng.choice(["Front"] if turned else ["Stage", "Screen", "Front"])
    head = tag("div", front, style="text-align:center;background:var(--stripe);border-radius:var(--radius);padding:6px")
    label = tag("b", stage.style.label(seat), mark=Item(stage, thing, None, seat).names)
    keys = (("x-slot", "Available"), ("x-slot x-busy", "Taken"), ("x-slot x-on", "Selected"))
    legend = (kit.row(tag("span", class_=c), kit.words(said, role="muted")) for c, said in keys)
    return kit.stack(kit.row(label, *legend), head, tag("div", *lines, class_="x-stack", style="gap:6px"))
