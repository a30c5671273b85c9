"""A calendar: a month, a week or an agenda of a thing's rows by their date.

    month    seven columns of days, names in them, the time before the name where there is one
    week     hours down, days across, a block from start to end
    agenda   days as headings, rows under them

A day's number alone names no column, so there the date is implied; a label of what the calendar goes by, a time
or a heading with the whole date shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from ..apps.app import Attribute, Thing
from ..looks.html import NOTHING, Html, Mark, join, tag
from ..rows.rows import Row
from ..rows.writing import TODAY
from ..stage import Drawing, Stage
from ..widgets.item import Item, tone
from .glance import RARE, bit, bits, day_of, first, glance, hinted, is_planned, moment_of, named, person_of, spoken_of
from .parts import new_button, page_head

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "January February March April May June July August September October November December".split()
_HOUR = 44


def suits(_stage: Stage, thing: Thing) -> float:
    """What has a day on which something happens; what merely was written down at some time, hardly."""
    when = moment_of(thing, planned=True)
    if when is None or thing.role == "lookup" or when.name in ("created_at", "updated_at", "deleted_at"):
        return 0.0
    return RARE * (0.4 if is_planned(when) else 0.05) * (1.0 if thing.role == "main" else 0.3) + hinted(
        thing, "calendar"
    )


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, tools, the calendar."""
    rng = stage.rng
    when = moment_of(thing, planned=True)
    assert when is not None
    days: dict[date, list[Row]] = {}
    for row in stage.rows.of(thing):
        day = day_of(row, when)
        if day is not None:
            days.setdefault(day, []).append(row)
    if not days:
        return Drawing(page_head(stage, thing.title, stage.title_mark(thing)), thing.title)
    manner = rng.choice(["month", "month", "week", "agenda"])
    if stage.window.narrow:
        manner = "agenda"
    week = _busiest(days)
    count = sum(len(days.get(week + timedelta(i), ())) for i in range(7))
    starts = _clock(thing, when)
    if manner == "week" and (count < 3 or starts is None):
        manner = "month"
    if manner == "week":
        assert starts is not None
        title, body = _span(week), _week(stage, thing, starts, days, week)
    elif manner == "month":
        (year, month), _ = Counter((d.year, d.month) for d in sorted(days)).most_common(1)[0]
        title, body = f"{_MONTHS[month - 1]} {year}", _month(stage, thing, when, days, year, month)
    else:
        title, body = "", _agenda(stage, thing, when, days)
    top = page_head(stage, *_title(stage, thing), *([new_button(stage, thing)] if rng.random() < 0.7 else []))
    return Drawing(stage.kit.stack(top, _tools(stage, thing, when, title, manner), body), thing.title)


def _title(stage: Stage, thing: Thing) -> tuple[str, Mark]:
    said = stage.rng.choice([thing.title, thing.title, f"{thing.noun} calendar", "Calendar", "Schedule"])
    return said, stage.title_mark(thing) if thing.noun in said or thing.title in said else NOTHING


def _clock(thing: Thing, when: Attribute) -> Attribute | None:
    """What says the time of day."""
    return when if when.kind == "moment" else first(thing, ("time",))


def _busiest(days: Mapping[date, Sequence[Row]]) -> date:
    """The Monday of the week with the most rows."""
    weeks = Counter[date]()
    for day, rows in sorted(days.items()):
        weeks[day - timedelta(day.weekday())] += len(rows)
    return weeks.most_common(1)[0][0]


def _span(monday: date) -> str:
    sunday = monday + timedelta(6)
    first_ = f"{monday.day} {_MONTHS[monday.month - 1][:3]}"
    return f"{first_} – {sunday.day} {_MONTHS[sunday.month - 1][:3]} {sunday.year}"


def _tools(stage: Stage, thing: Thing, when: Attribute, title: str, manner: str) -> Html:
    """Where one is, views, and, now and then, which date the calendar goes by."""
    kit, rng = stage.kit, stage.rng
    left = [kit.button("Today"), kit.icon_button("left"), kit.icon_button("right")] if title else []
    left += [kit.heading(title, 2)] if title else []
    right: list[Html] = []
    if rng.random() < 0.4:
        label = Item(stage, thing, None, when).names
        said = rng.choice(["Show by", "Date:", "Calendar of"])
        right.append(tag("span", kit.words(said, role="muted"), " ", tag("b", stage.style.label(when), mark=label)))
    else:
        stage.implies(thing, when)
    if not stage.window.narrow:
        views = ["Month", "Week", "Day", "Agenda"]
        right.append(kit.tabs(views, ["month", "week", "", "agenda"].index(manner)))
    return kit.row(kit.row(*left), kit.row(*right), spread=True) if left or right else join()


# --- one row ---


def _tone(stage: Stage, thing: Thing, row: Row, state: Attribute | None) -> str:
    if state is None:
        return "info"
    found = tone(Item(stage, thing, row, state))
    return "" if found == "plain" else found


def _time(stage: Stage, thing: Thing, row: Row, clock: Attribute | None) -> Html | None:
    """The time of day by itself."""
    value = row[clock.name] if clock is not None else None
    if clock is None or not isinstance(value, datetime | time):
        return None
    return tag("span", stage.rows.writing.time(value), mark=stage.mark(thing, clock))


def _event(stage: Stage, thing: Thing, row: Row, clock: Attribute | None, state: Attribute | None) -> Html:
    said, mark = spoken_of(stage, thing, row)
    at = _time(stage, thing, row, clock)
    shade = _tone(stage, thing, row, state)
    return tag(
        "div",
        tag("b", at) if at else None,
        " " if at else "",
        tag("span", said, mark=mark),
        class_=f"x-event x-{shade}",
    )


def _legend(stage: Stage, thing: Thing, state: Attribute | None) -> Html | None:
    """What the colours mean."""
    if state is None:
        return None
    mark = stage.mark(thing, state)
    known = [(c, tone(_Choice(stage, thing, None, state, c))) for c in state.field.choices]
    dots = (
        tag(
            "span",
            tag("i", class_="x-dot", style=f"background:var(--{'muted' if t == 'plain' else t})"),
            tag("span", c, mark=mark),
        )
        for c, t in known
    )
    return tag("div", *dots, class_="x-bits")


class _Choice(Item):
    """A value of a choice that no row has to have."""

    def __init__(self, stage: Stage, thing: Thing, row: Row | None, attribute: Attribute, said: str) -> None:
        super().__init__(stage, thing, row, attribute)
        self.__dict__["text"] = said


# --- views ---


def _month(
    stage: Stage, thing: Thing, when: Attribute, days: Mapping[date, Sequence[Row]], year: int, month: int
) -> Html:
    rng, sunday = stage.rng, stage.rows.writing.locale.name in ("en_US", "pt_BR")
    clock = _clock(thing, when) if rng.random() < 0.7 else None
    state = first(thing, ("choice",)) if rng.random() < 0.6 else None
    offset = 1 if sunday else 0
    start = date(year, month, 1)
    start -= timedelta((start.weekday() + offset) % 7)
    heads = (tag("div", n, class_="x-weekday") for n in (*_WEEKDAYS[7 - offset :], *_WEEKDAYS[: 7 - offset]))
    weeks = 6 if (start + timedelta(35)).month == month else 5
    high = max(70, (stage.window.height - 230) // weeks)
    cells = []
    for i in range(weeks * 7):
        day = start + timedelta(i)
        rows = days.get(day, ())
        most = max(1, (high - 24) // 21)
        shown = [_event(stage, thing, r, clock, state) for r in rows[:most]]
        more = tag("div", f"+{len(rows) - most} more", class_="x-muted") if len(rows) > most else None
        number = tag("span", str(day.day), class_="x-today" if day == TODAY else None)
        inner = (tag("div", number), *shown, more)
        cells.append(
            tag("div", *inner, class_="x-day" if day.month == month else "x-day x-out", style=f"min-height:{high}px")
        )
    grid = tag("div", *heads, *cells, class_="x-month")
    legend = _legend(stage, thing, state) if rng.random() < 0.6 else None
    return stage.kit.stack(grid, legend) if legend else grid


def _week(stage: Stage, thing: Thing, clock: Attribute, days: Mapping[date, Sequence[Row]], monday: date) -> Html:
    state = first(thing, ("choice",)) if stage.rng.random() < 0.6 else None
    who = person_of(stage, thing) if stage.rng.random() < 0.5 else None
    end = next((a for a in thing.attributes if a.field.after == clock.name and a.kind == clock.kind), None)
    shown = {d: [(b, r) for r in days.get(d, ()) if (b := _begins(r, clock)) is not None] for d in _seven(monday)}
    hours = [b for rows in shown.values() for b, _ in rows]
    low, high = int(min(hours, default=8)), int(max(hours, default=16)) + 2
    low, high = min(low, 8), max(high, 17)
    heads = [tag("div"), *(tag("div", f"{_WEEKDAYS[d.weekday()]} {d.day}", class_="x-weekday") for d in shown)]
    scale = tag("div", *(tag("div", stage.rows.writing.time(time(h % 24)), class_="x-hour") for h in range(low, high)))
    lanes = (_day(stage, thing, rows, clock, end, state, who, low, high) for rows in shown.values())
    style = f"grid-template-columns:62px repeat(7,minmax(0,1fr));--hour:{_HOUR}px"
    return tag("div", *heads, scale, *lanes, class_="x-week", style=style)


def _seven(monday: date) -> Sequence[date]:
    return [monday + timedelta(i) for i in range(7)]


def _begins(row: Row, clock: Attribute) -> float | None:
    value = row[clock.name]
    return value.hour + value.minute / 60 if isinstance(value, datetime | time) else None


def _day(
    stage: Stage, thing: Thing, rows: Sequence[tuple[float, Row]], clock: Attribute, end: Attribute | None,
    state: Attribute | None, who: Attribute | None, low: int, high: int,
) -> Html:  # fmt: skip
    """The blocks of a day; those that overlap stand side by side."""
    blocks: list[Html] = []
    lanes: list[float] = []
    placed: list[tuple[int, float, float, Row]] = []
    for begins, row in sorted(rows, key=lambda pair: pair[0]):
        until = _begins(row, end) if end is not None else None
        length = until - begins if until is not None and begins < until < begins + 6 else 1.0
        lane = next((i for i, free in enumerate(lanes) if free <= begins), len(lanes))
        lanes[lane:] = [begins + length, *lanes[lane + 1 :]]
        placed.append((lane, begins, length, row))
    for lane, begins, length, row in placed:
        width = 100 / len(lanes)
        top, tall = (begins - low) * _HOUR, max(0.9, length) * _HOUR - 2
        style = f"top:{top:.0f}px;height:{tall:.0f}px;left:{lane * width:.0f}%;width:{width - 2:.0f}%"
        said, mark = spoken_of(stage, thing, row)
        at = [_time(stage, thing, row, clock)]
        at += [join(" – ", _time(stage, thing, row, end))] if end is not None and length > 1 else []
        person = Item(stage, thing, row, who) if who is not None else None
        small = tag("div", person.span(person.text)) if person is not None and person.text and length > 1.2 else None
        inner = (tag("div", *at), tag("b", said, mark=mark), small)
        blocks.append(tag("div", *inner, class_=f"x-event x-block x-{_tone(stage, thing, row, state)}", style=style))
    return tag("div", *blocks, class_="x-hours", style=f"height:{(high - low) * _HOUR}px")


def _agenda(stage: Stage, thing: Thing, when: Attribute, days: Mapping[date, Sequence[Row]]) -> Html:
    kit, rng = stage.kit, stage.rng
    seen = glance(stage, thing, 3, {when.name})
    clock = _clock(thing, when)
    ordered = sorted(days)
    start = rng.randrange(max(1, len(ordered) - 6))
    mark = stage.mark(thing, when)
    groups: list[Html] = []
    for day in ordered[start : start + max(4, stage.window.height // 105)]:
        word = "Today" if day == TODAY else stage.rows.writing.date(day)
        head = tag(
            "div",
            tag("span", word, mark=mark if word != "Today" else NOTHING),
            class_="x-muted",
            style="font-weight:600",
        )
        lines = []
        for row in days[day]:
            at = _time(stage, thing, row, clock)
            state = bit(stage, thing, row, seen.state, True) if seen.state else None
            others = [a for a in (seen.who, *seen.others) if a is not None and a is not clock]
            middle = tag("div", named(stage, thing, row), bits(stage, thing, row, others), style="flex:1;min-width:0")
            left = tag("div", at, style="width:76px;flex:none") if clock else None
            lines.append(tag("div", left, middle, state, class_="x-row", style="flex-wrap:nowrap"))
        groups.append(tag("div", head, kit.items(*lines), class_="x-stack", style="gap:6px"))
    if stage.window.narrow or rng.random() < 0.5:
        return kit.stack(*groups)
    side = tag("div", kit.card(_small(ordered[start])), style="flex:none;width:230px")
    return tag(
        "div",
        tag("div", kit.stack(*groups), style="flex:1;min-width:0"),
        side,
        class_="x-row",
        style="align-items:flex-start",
    )


def _small(day: date) -> Html:
    """A little month beside the agenda."""
    start = day.replace(day=1)
    start -= timedelta(start.weekday())
    heads = (tag("span", n[0]) for n in _WEEKDAYS)
    made = (start + timedelta(i) for i in range(35))
    cells = (tag("span", str(d.day), class_="x-today" if d == day else None) for d in made)
    return tag(
        "div",
        tag("b", f"{_MONTHS[day.month - 1]} {day.year}"),
        tag("div", *heads, *cells, class_="x-mini"),
        class_="x-stack",
    )
