"""A board: the states of a thing as lanes, its rows as cards in them.

Where the states are rows of a table that people can add to, the lanes are named by those rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, Mark, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets.item import Item
from .glance import RARE, Glance, bit, bits, counted, excerpt, face, glance, hinted, named, one_to_many
from .parts import new_button, page_head

_STAGES = frozenset(
    ("status state stage phase step progress pipeline column list lane fulfilment workflow outcome").split()
)
_NO_STAGES = frozenset("marital address billing shipping home country us".split())
"""Words that make a state one of another sort: nobody drags a person from single to widowed."""

_FLOWING = frozenset(
    (
        "new open draft todo to planned requested pending backlog in progress review approved done closed completed "
        "cancelled shipped paid scheduled running active ready received started finished resolved rejected delivered"
    ).split()
)


def lanes_of(stage: Stage, thing: Thing) -> Attribute | None:
    """What makes the lanes: a choice whose values are stages, or what points at a short list of stages."""
    able = [a for a in thing.attributes if a.kind == "choice" and a.columns and 3 <= len(a.field.choices) <= 8]
    able = [a for a in able if not set(a.name.split("_")) & _NO_STAGES]
    for attribute in able:
        flowing = sum(bool(_FLOWING & set(c.lower().split())) for c in attribute.field.choices)
        if set(attribute.name.split("_")) & _STAGES or flowing * 2 >= len(attribute.field.choices):
            return attribute
    short = [a for a in one_to_many(thing) if stage.app.things[a.targets[0]].role == "lookup"]
    return next((a for a in short if {*a.name.split("_"), *a.targets[0].split("_")} & _STAGES), None)


def suits(stage: Stage, thing: Thing) -> float:
    """What goes through stages."""
    if thing.role not in ("main", "part") or lanes_of(stage, thing) is None:
        return 0.0
    return RARE * (0.65 if thing.role == "main" else 0.25) + hinted(thing, "kanban")


def draw(stage: Stage, thing: Thing) -> Drawing:
    """A heading, the lanes."""
    rng, kit = stage.rng, stage.kit
    attribute = lanes_of(stage, thing)
    assert attribute is not None
    seen = glance(stage, thing, 4, {attribute.name})
    lanes = _lanes(stage, thing, attribute)
    most = max(2, stage.window.height // 190)
    tone, plus = rng.random() < 0.5, rng.choice(["", "", f"+ Add {small(thing.noun)}", "+ Add card", "+"])
    made = [_lane(stage, thing, name, mark, rows[:most], len(rows), seen, tone, plus) for name, mark, rows in lanes]
    if attribute.kind != "choice" and rng.random() < 0.6:
        add = rng.choice(["+ Add column", "+ Add list", "+ Add another list"])
        made.append(tag("div", kit.button(add), style="flex:none"))
    title = rng.choice([thing.title, thing.title, f"{thing.noun} board", f"{thing.title} board"])
    top = page_head(stage, title, stage.title_mark(thing), *([new_button(stage, thing)] if rng.random() < 0.6 else []))
    board = kit.part("columns", *made, style="overflow:hidden;flex-wrap:nowrap;display:flex;align-items:flex-start")
    return Drawing(kit.stack(top, board), title)


def _lanes(stage: Stage, thing: Thing, attribute: Attribute) -> Sequence[tuple[str, Mark, Sequence[Row]]]:
    rows = stage.rows.of(thing)
    mark = stage.mark(thing, attribute)
    if attribute.kind == "choice":
        return [(c, mark, [r for r in rows if r[attribute.name] == c]) for c in attribute.field.choices]
    target = stage.app.things[attribute.targets[0]]
    named_ = [
        (stage.rows.name_of(target, i), [r for r in rows if r[attribute.name] == i])
        for i in range(min(7, len(stage.rows.of(target))))
    ]
    return [(name, mark, own) for name, own in named_]


def _lane(
    stage: Stage,
    thing: Thing,
    name: str,
    mark: Mark,
    rows: Sequence[Row],
    count: int,
    seen: Glance,
    tone: bool,
    plus: str,
) -> Html:
    kit = stage.kit
    title = kit.badge(name, "info", mark) if tone else tag("b", name, mark=mark)
    head = tag(
        "div", title, tag("span", str(count), class_="x-count"), class_="x-row x-spread", style="flex-wrap:nowrap"
    )
    foot = tag("div", kit.words(plus, role="muted")) if plus else None
    cards = (_card(stage, thing, row, seen) for row in rows)
    return tag("div", kit.part("column", head, *cards, foot), class_="x-lane")


def _card(stage: Stage, thing: Thing, row: Row, seen: Glance) -> Html:
    state = bit(stage, thing, row, seen.state, True) if seen.state else None
    price = bit(stage, thing, row, seen.price) if seen.price else None
    due = bit(stage, thing, row, seen.when) if seen.when else None
    who = _who(stage, thing, row, seen.who)
    last = tag(
        "div",
        tag("div", due, *(counted(stage, thing, row, 1) if seen.body else ()), class_="x-bits"),
        who,
        class_="x-row x-spread",
        style="gap:6px",
    )
    inner = [
        tag("div", state) if state else None,
        named(stage, thing, row),
        excerpt(stage, thing, row, seen.body),
        price,
        bits(stage, thing, row, seen.others),
    ]
    return tag("div", *inner, last if due or who else None, class_="x-ticket")


def _who(stage: Stage, thing: Thing, row: Row, who: Attribute | None) -> Html | None:
    """The person in charge: a round picture with the name, or only with the first letters, which says no name."""
    if who is None or not stage.text(thing, row, who):
        return None
    item = Item(stage, thing, row, who)
    picture = face(stage, thing, row, who, 24)
    if stage.style.units == "addon":
        stage.implies(thing, who)
        return picture
    return tag("span", picture, " ", stage.kit.words(item.text, item.mark, "muted"), style="white-space:nowrap")
