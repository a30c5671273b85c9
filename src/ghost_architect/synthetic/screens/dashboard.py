"""A dashboard: figures and charts that no table holds, around one or two small lists of real rows.

figures   counts and sums: nothing is stored of them
charts    the same; a chart by state names the states
lists     the latest rows of one or two things, as tables or as names with something beside
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..apps.app import Thing
from ..domains.phrases import small
from ..looks.html import Child, Html, join, tag
from ..stage import Drawing, Stage
from ..widgets.item import is_person
from .columns import columns_for, page_room
from .glance import (
    bit,
    children,
    face,
    first,
    glance,
    hinted,
    is_planned,
    moment_of,
    named,
    person_of,
    signed,
    state_of,
)
from .lines import money_texts
from .parts import several
from .table import late_beside, table

_SPANS = ("this month", "last 30 days", "today", "this week", "since January", "this year")
_RATES = ("Completion", "Occupancy", "On time", "Response rate", "Utilisation", "Growth", "Retention", "Capacity used")
_CHANGES = ("+4.2% vs last month", "−1.8%", "+12%", "▲ 3", "▼ 2.1%", "no change", "+0.4 pts")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def suits(_stage: Stage, thing: Thing) -> float:
    """What an overview would list the latest of."""
    return {"main": 1.6, "log": 0.4, "part": 0.0, "lookup": 0.0}[thing.role] + hinted(thing, "dashboard")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, figures, charts, lists."""
    rng, kit, wide = stage.rng, stage.kit, not stage.window.narrow
    title = rng.choice(
        [
            "Dashboard",
            "Overview",
            f"Welcome back, {stage.signed_in.split()[0]}",
            stage.app.name,
            "Home",
            "Today",
        ]
    )
    spans = kit.select([s.capitalize() for s in _SPANS[:3]], _SPANS[1].capitalize()) if rng.random() < 0.4 else None
    parts: list[Html] = [kit.row(kit.heading(title), spans, spread=True)]
    if rng.random() < 0.9:
        parts.append(_figures(stage, thing, rng.randint(3, 6) if wide else 2))
    lists = _lists(stage, thing, wide)
    beside = _room(stage) > 700
    charts = [_chart(stage, thing) for _ in range(rng.choice([0, 1, 1, 2] if len(lists) < 3 else [0, 0, 1]))]
    if not wide:
        return Drawing(kit.stack(*parts, *lists, *charts), "Dashboard")
    if not beside:
        return Drawing(kit.stack(*parts, *lists, *charts), "Dashboard")
    if len(lists) == 1 and len(charts) == 1 and rng.random() < 0.6:
        parts.append(_beside(lists[0], charts[0], rng.choice([(3, 2), (2, 1), (1, 1)])))
    else:
        above, under = (charts, lists) if rng.random() < 0.6 else (lists, charts)
        parts += [_rows(stage, some) for some in (above, under) if some]
    return Drawing(kit.stack(*parts), "Dashboard")


def _rows(stage: Stage, boxes: Sequence[Html]) -> Html:
    """Boxes two in a line, the first of three alone."""
    first_ = list(boxes[: len(boxes) % 2])
    rest = [stage.kit.grid(*boxes[i : i + 2]) for i in range(len(first_), len(boxes), 2)]
    return stage.kit.stack(*first_, *rest)


def _beside(left: Html, right: Html, shares: tuple[int, int]) -> Html:
    columns = f"minmax(0,{shares[0]}fr) minmax(0,{shares[1]}fr)"
    return tag("div", left, right, class_="x-grid", style=f"grid-template-columns:{columns}")


# --- what means nothing ---


def _figures(stage: Stage, thing: Thing, count: int) -> Html:
    rng, kit = stage.rng, stage.kit
    others = [t for t in stage.app.things.values() if t.role != "lookup" and t is not thing]
    things = [thing, *rng.sample(others, min(len(others), count))]
    shares = rng.sample(_RATES, len(_RATES))
    made: list[Html] = []
    said: set[str] = set()
    for i in range(count):  # each of another thing: no page counts the same twice
        label, value = _figure(stage, things[i]) if i < len(things) else (shares.pop(), _rate(stage))
        if label in said:
            label, value = shares.pop(), _rate(stage)
        said.add(label)
        note = rng.choice(_CHANGES) if rng.random() < 0.45 else ""
        made.append(kit.stat(label, value, note))
    return kit.grid(*made, columns=min(count, 2 if stage.window.narrow else max(2, _room(stage) // 165)))


def _room(stage: Stage) -> int:
    """About how wide a page is beside a menu, CSS pixels."""
    return page_room(stage)


def _figure(stage: Stage, thing: Thing) -> tuple[str, str]:
    rng, many = stage.rng, stage.rows.writing.number
    count = len(stage.rows.of(thing))
    if first(thing, ("money",)) and rng.random() < 0.5:
        said = rng.choice(["Revenue", "Total value", "Outstanding", f"{thing.title} value", "Average", "Open amount"])
        return f"{said}, {rng.choice(_SPANS)}" if rng.random() < 0.3 else said, money_texts(stage, 2)[-1]
    if rng.random() < 0.15:
        return rng.choice(_RATES), _rate(stage)
    words = [f"Total {several(thing)}", thing.title, f"New {several(thing)}", f"{thing.title} {rng.choice(_SPANS)}"]
    if state_of(thing) is not None:
        words.append(f"Open {several(thing)}")
    return rng.choice(words), rng.choice([str(count), many(rng.randint(3, 9000))])


def _rate(stage: Stage) -> str:
    return f"{stage.rng.randint(2, 98)}%"


def _chart(stage: Stage, thing: Thing) -> Html:
    rng, kit = stage.rng, stage.kit
    choice = first(thing, ("choice",))
    kind = rng.choice(["bars", "line", "ring"]) if choice is not None else rng.choice(["bars", "line"])
    if kind == "ring" and choice is not None:
        counted = Counter(str(r[choice.name]) for r in stage.rows.of(thing))
        label = tag("span", f"{thing.title} by {small(choice.label)}", mark=stage.mark(thing, choice).label)
        shown = [(c, counted[c]) for c in choice.field.choices if counted[c]][:6]
        return kit.card(_ring(stage, shown, thing), title=label)
    said = rng.choice(
        [f"{thing.title} per month", "Activity", "Trend", "Last 12 months", f"{thing.title} over time", "Performance"]
    )
    body = _bars(stage) if kind == "bars" else _curve(stage)
    start = rng.randrange(12)
    months = [_MONTHS[(start + i) % 12] for i in range(6 if stage.window.narrow else 8)]
    axis = tag("div", *(tag("span", m) for m in months), class_="x-axis")
    return kit.card(body, axis, title=said)


def _bars(stage: Stage) -> Html:
    bars = (tag("i", style=f"height:{stage.rng.randint(12, 100)}%") for _ in range(stage.rng.randint(6, 16)))
    return tag("div", *bars, class_="x-bars", style=f"height:{stage.rng.choice([110, 140, 180])}px")


def _curve(stage: Stage) -> Html:
    points, height = [], 60.0
    for x in range(0, 301, 20):
        height = min(112.0, max(8.0, height + stage.rng.uniform(-26, 26)))
        points.append(f"{x},{120 - height:.0f}")
    line = " ".join(points)
    return Html(
        '<svg viewBox="0 0 300 120" width="100%" height="140" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="0,120 {line} 300,120" fill="var(--accent)" opacity=".14"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--accent)" stroke-width="2"/></svg>'
    )


_RING = ("accent", "good", "warn", "bad", "info", "muted")


def _ring(stage: Stage, shown: Sequence[tuple[str, int]], thing: Thing) -> Html:
    """Shares by state, with the states in words."""
    choice = first(thing, ("choice",))
    assert choice is not None
    total, start, arcs, words = sum(n for _, n in shown) or 1, 0.0, [], []
    for (name, count), colour in zip(shown, _RING, strict=False):
        end = start + 100 * count / total
        arcs.append(f"var(--{colour}) {start:.0f}% {end:.0f}%")
        dot = tag("i", class_="x-dot", style=f"background:var(--{colour})")
        words.append(
            tag(
                "div",
                dot,
                tag("span", name, mark=stage.mark(thing, choice)),
                " ",
                stage.kit.words(str(count), role="muted"),
            )
        )
        start = end
    hole = "radial-gradient(var(--surface) 0 52%,transparent 53%)"
    ring = tag(
        "div",
        style=f"width:120px;height:120px;flex:none;border-radius:50%;background:{hole},conic-gradient({','.join(arcs)})",
    )
    return tag("div", ring, tag("div", *words), class_="x-row", style="flex-wrap:nowrap;gap:22px")


# --- what is real ---


def _lists(stage: Stage, thing: Thing, wide: bool) -> Sequence[Html]:
    rng = stage.rng
    near = [
        t
        for t in (*children(stage, thing), *(stage.app.things[a.targets[0]] for a in thing.attributes if a.targets))
        if t is not thing and t.role != "lookup"
    ]
    others = [t for t in stage.app.things.values() if t.role == "main" and t is not thing and t not in near]
    further = [*rng.sample(unique := list(dict.fromkeys(near)), len(unique)), *rng.sample(others, len(others))]
    count = rng.choice([1, 2, 2, 3, 3, 3, 4] if wide and _room(stage) > 700 else [1, 2])
    things = [thing, *further[: count - 1]]
    half = _room(stage) // 2 if _room(stage) > 700 else _room(stage)
    made: list[Html] = []
    for place, each in enumerate(things):
        alone = place == 0 and len(things) % 2 == 1
        width = (int(_room(stage) * (0.62 if len(things) == 1 else 1)) if alone else half) - 50
        made.append(_table(stage, each, width, len(things)) if wide and rng.random() < 0.8 else _names(stage, each))
    return made


def _caption(stage: Stage, thing: Thing) -> Html:
    words = [f"Recent {several(thing)}", f"Latest {several(thing)}", thing.title]
    when = moment_of(thing, planned=True)
    words += [f"Upcoming {several(thing)}"] if when is not None and is_planned(when) else []
    words += [f"My {several(thing)}"] if person_of(stage, thing) is not None else []
    said = stage.rng.choice(words)
    further = stage.kit.link(stage.rng.choice(["View all", "See all", "All"]))
    more = tag("span", further, class_="x-more") if stage.rng.random() < 0.5 else None
    inner = tag("span", said, mark=stage.title_mark(thing))
    return tag("div", inner, more, class_="x-row x-spread") if more else inner


def _table(stage: Stage, thing: Thing, width: int, lists: int) -> Html:
    late, taken = late_beside(stage, thing)
    attributes = columns_for(stage, thing, 2, width - 60 - taken)
    rows = stage.sample(thing, 3, max(4, stage.window.height // (90 if lists < 3 else 150)))
    return stage.kit.card(table(stage, thing, attributes, rows, bare=True, late=late), title=_caption(stage, thing))


def _names(stage: Stage, thing: Thing) -> Html:
    """Names with who and when under them and a state or sum at the right."""
    seen = glance(stage, thing, 1)
    right = seen.state or seen.price or next(iter(seen.others), None)
    lines: list[Child] = []
    for row in stage.sample(thing, 3, max(5, stage.window.height // 110)):
        picture = face(stage, thing, row, None, 34) if is_person(thing) else None
        middle = tag(
            "div", named(stage, thing, row), signed(stage, thing, row, seen.who, seen.when), style="flex:1;min-width:0"
        )
        lines.append(
            tag(
                "div",
                picture,
                middle,
                bit(stage, thing, row, right) if right else join(),
                class_="x-row",
                style="flex-wrap:nowrap",
            )
        )
    return stage.kit.card(*lines, title=_caption(stage, thing))
