"""What a row says at a glance: cards, boards, calendars and streams show a few values, some of them without labels.

A value whose look says what it is (a name, a price, a state, an address of mail) may stand alone. A bare number or a
yes says nothing without its label, so it always has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import NOTHING, Child, Html, Mark, join, tag
from ..rows.rows import Row
from ..stage import Stage, likely_first
from ..widgets import cells
from ..widgets.item import Item, initials, is_person
from .parts import name_of, several

RARE = 3.5
"""How much more a kind of screen weighs that few things suit, so that it is seen beside lists, which suit all."""

TELLING = frozenset(
    (
        "person first_name last_name company email phone url username city country street region choice rating measure"
    ).split()
)
"""Kinds whose values say what they are."""

_EITHER = frozenset({"date", "moment", "time", "code", "minutes", "words", "->", "><", "job", "percent"})
_PRICES = frozenset("price fee rate fare cost rent".split())
"""Kinds whose values have a label in some applications and none in others."""

_BARRED = frozenset(
    {"secret", "json", "text", "image", "uuid", "iban", "mac", "position", "coordinate", "color", "file", "slug"}
)
_NO_STATE = frozenset(
    (
        "locale language country zone imported source theme appearance unit gender marital salutation ratio format "
        "currency interval sex title prefix blood faith religion pronouns nationality vector resuscitation weekday day "
        "month season colour color size orientation rhesus wind direction side"
    ).split()
)
_STAMPS = frozenset(
    (
        "created_at updated_at deleted_at imported_at published_at approved_at archived_at last_seen_at last_used_at"
    ).split()
)
_PLANNED = frozenset(
    (
        "starts start begins scheduled due when appointment visit booked date day check arrival departure from meets"
    ).split()
)
_ENDING = frozenset("expires expiry valid until ends end lapse lapses last issued written".split())
_WITH_ICON = {
    "email": "mail",
    "phone": "phone",
    "date": "calendar",
    "moment": "clock",
    "time": "clock",
    "city": "pin",
    "street": "pin",
}


@dataclass(frozen=True, slots=True)
class Glance:
    """What of a thing is shown in little space; what it has not is None.

    Attributes:
        picture: of an image.
        state: a choice.
        price: a sum of money.
        when: a date or moment.
        who: what points at a person.
        body: a long text.
        others: whatever else fits, in order.
    """

    picture: Attribute | None
    state: Attribute | None
    price: Attribute | None
    when: Attribute | None
    who: Attribute | None
    body: Attribute | None
    others: tuple[Attribute, ...]


def glance(stage: Stage, thing: Thing, most: int, without: Iterable[str] = ()) -> Glance:
    """What to show of each row, the same for all of them: not always all that could be."""
    stands = _standing_for(stage, thing)
    barred = {thing.called, *without, *([stands.name] if stands else [])}
    rng = stage.rng
    found = {
        "picture": first(thing, ("image",)),
        "state": state_of(thing, barred),
        "price": first(thing, ("money",), ("price", "fee", "rate", "total", "amount"), barred),
        "when": moment_of(thing, barred),
        "who": person_of(stage, thing, barred),
        "body": first(thing, ("text",), ("description", "body", "summary", "text"), barred),
    }
    kept = {k: a if a is not None and rng.random() < 0.8 else None for k, a in found.items()}
    taken = barred | {a.name for a in found.values() if a is not None}
    able = [a for a in thing.attributes if a.name not in taken and a.kind not in _BARRED and len(a.targets) < 2]
    picked = {a.name for a in likely_first(rng, able)[: rng.randint(min(1, most), most)]}
    return Glance(**kept, others=tuple(a for a in able if a.name in picked))


# --- which attribute ---


def first(
    thing: Thing, kinds: Sequence[str], words: Sequence[str] = (), without: Iterable[str] = ()
) -> Attribute | None:
    """The stored attribute of these kinds whose name has one of the words, else the first of these kinds."""
    barred = set(without)
    able = [a for a in thing.attributes if a.kind in kinds and a.columns and a.name not in barred]
    named = (a for w in words for a in able if w in a.name.split("_"))
    return next(named, able[0] if able else None)


def state_of(thing: Thing, without: Iterable[str] = ()) -> Attribute | None:
    """The choice that a coloured word beside a name can be: a state, a kind; not a language, a country or a source."""
    words = {w for a in thing.attributes if a.kind == "choice" for w in a.name.split("_")}
    odd = {a.name for a in thing.attributes if words & _NO_STATE and _NO_STATE & set(a.name.split("_"))}
    return first(thing, ("choice",), ("status", "state", "stage", "condition", "priority"), {*without, *odd})


def named_so(thing: Thing, kinds: Sequence[str], words: Iterable[str]) -> Attribute | None:
    """The first stored attribute of these kinds whose name has one of the words."""
    said = set(words)
    able = (a for a in thing.attributes if a.kind in kinds and a.columns)
    return next((a for a in able if said & set(a.name.split("_"))), None)


def moment_of(thing: Thing, without: Iterable[str] = (), planned: bool = False) -> Attribute | None:
    """The date or moment that a row is known by: a stamp of the database only where there is nothing else.

    Args:
        thing: whose.
        without: names that it is not.
        planned: whether what is to come goes before what has been.
    """
    barred = set(without)
    able = [a for a in thing.attributes if a.kind in ("date", "moment") and a.columns and a.name not in barred]
    able = [a for a in able if a.field.when != "birth"]
    able.sort(key=lambda a: (a.name in _STAMPS, planned and not is_planned(a)))
    return able[0] if able else None


def is_planned(attribute: Attribute) -> bool:
    """Whether it says when something is to happen."""
    words = set(attribute.name.split("_"))
    return not words & _ENDING and (attribute.field.when in ("near", "future") or bool(words & _PLANNED))


def person_of(stage: Stage, thing: Thing, without: Iterable[str] = ()) -> Attribute | None:
    """What points at a person."""
    barred = set(without)
    return next(
        (a for a in one_to_many(thing) if a.name not in barred and is_person(stage.app.things[a.targets[0]])), None
    )


def one_to_many(thing: Thing) -> Sequence[Attribute]:
    """The attributes that point at one row of one other thing."""
    return [a for a in thing.attributes if a.field.is_relation and len(a.columns) == 1 and a.targets != (thing.name,)]


def hinted(thing: Thing, *names: str) -> float:
    """How much more a kind of screen suits a thing that asks for it."""
    return 2.5 if set(names) & set(thing.entity.screens) else 0.0


def sounds(thing: Thing, words: Iterable[str]) -> bool:
    """Whether one of the words is in the thing's name."""
    return bool(set(thing.name.split("_")) & set(words))


# --- how it is shown ---


def spoken_of(stage: Stage, thing: Thing, row: Row) -> tuple[str, Mark]:
    """What people call a row, with what that says: of what has no name, the first thing that it points at."""
    stands = _standing_for(stage, thing)
    item = Item(stage, thing, row, stands) if stands is not None else None
    return (item.text, item.mark) if item is not None and item.text else name_of(stage, thing, row)


def _standing_for(stage: Stage, thing: Thing) -> Attribute | None:
    """What rows without a name are called by: the person, or else the first thing, that they point at."""
    if thing.attribute(thing.called) is not None:
        return None
    able = [a for a in one_to_many(thing) if len(a.targets) == 1]
    return next(iter(sorted(able, key=lambda a: not is_person(stage.app.things[a.targets[0]]))), None)


def named(stage: Stage, thing: Thing, row: Row, link: bool = False) -> Html:
    """What the row is called."""
    said, mark = spoken_of(stage, thing, row)
    inner = stage.kit.link(said, mark) if link else tag("span", said, mark=mark)
    return tag("div", inner, class_="x-name")


def bit(stage: Stage, thing: Thing, row: Row, attribute: Attribute, bare: bool | None = None) -> Html | None:
    """A value in a line of values, with its label where it needs one; None where the row has none.

    Args:
        stage, thing, row, attribute: what is shown.
        bare: without a label, even where the application would write one; None leaves it to the application.
    """
    item = Item(stage, thing, row, attribute)
    if not item.text:
        return None
    if attribute.kind == "flag":
        return stage.kit.badge(stage.style.label(attribute), "info", item.names) if cells.on(item) else None
    alone = is_telling(stage, thing, attribute) if bare is None else bare
    if alone:
        return _alone(stage, item)
    return tag("span", stage.kit.words(with_colon(stage, attribute), item.names, "muted"), " ", said(item))


def with_colon(stage: Stage, attribute: Attribute) -> str:
    """Its label as it stands before a value in the same line."""
    label = stage.style.label(attribute)
    return label if label.endswith("?") else f"{label}:"


def pair(stage: Stage, thing: Thing, row: Row, attribute: Attribute) -> Html:
    """A label at the left, its value at the right."""
    item = Item(stage, thing, row, attribute)
    value = said(item) if item.text else widgets.empty(stage)
    return tag(
        "div", stage.kit.words(stage.style.label(attribute), item.names, "muted"), tag("span", value), class_="x-pair"
    )


def said(item: Item) -> Html:
    """A value in little space: as lists have it where that is small, else in plain words."""
    name = widgets.widget(item, "cell")
    if name in ("select", "spinner", "two_lines", "clamp", "thumbnail", "checkbox", "toggle", "icon"):
        return item.words()
    return widgets.cell(item.stage, item.thing, item.row, item.attribute) if item.row is not None else item.words()


def is_telling(stage: Stage, thing: Thing, attribute: Attribute) -> bool:
    """Whether this application shows values of it without a label."""
    if Item(stage, thing, None, attribute).told_unit:  # the label has the unit, so the value is a bare number
        return False
    if attribute.kind == "money":
        return bool(attribute.columns) and bool(_PRICES & set(attribute.name.split("_")))
    if attribute.kind in TELLING and attribute.columns:
        return stage.style.chooser("bare", attribute, thing.name).random() < 0.8
    return attribute.kind in _EITHER and stage.style.chooser("bare", attribute, thing.name).random() < 0.45


def _alone(stage: Stage, item: Item) -> Html:
    icon = _WITH_ICON.get(item.kind)
    if icon and stage.style.chooser("icon", item.attribute, "").random() < 0.5:
        return tag("span", stage.kit.icon(icon), " ", item.words("muted"), style="white-space:nowrap")
    return said(item)


def bits(stage: Stage, thing: Thing, row: Row, attributes: Iterable[Attribute]) -> Html | None:
    """Values in a line, those that the row has."""
    made = [b for a in attributes if (b := bit(stage, thing, row, a)) is not None]
    return tag("div", *made, class_="x-bits") if made else None


def excerpt(stage: Stage, thing: Thing, row: Row, attribute: Attribute | None, short: bool = True) -> Html | None:
    """A long text; of a short one only two lines are seen."""
    item = Item(stage, thing, row, attribute) if attribute is not None else None
    if item is None or not item.text:
        return None
    return tag(
        "div", stage.kit.words(item.text, item.mark, "muted" if short else "text"), class_="x-clamp" if short else None
    )


def face(stage: Stage, thing: Thing, row: Row, who: Attribute | None, size: int = 32) -> Html:
    """The round picture of the person that a row points at, or of the row itself."""
    name = stage.text(thing, row, who) if who is not None else stage.rows.name_of(thing, row.number - 1)
    return stage.kit.avatar(initials(name) if name and stage.style.colon is False else "", size)


def signed(stage: Stage, thing: Thing, row: Row, who: Attribute | None, when: Attribute | None) -> Html | None:
    """Who and when in one line of small letters: "by Ann Fox, 2h ago". No label says it."""
    made: list[Child] = []
    for attribute in (who, when):
        item = Item(stage, thing, row, attribute) if attribute is not None else None
        if item is not None and item.text:
            made += [_SIGNS[stage.style.facts] if made else "", item.span(item.text)]
    lead = "by " if made and who is not None and stage.text(thing, row, who) and stage.style.right else ""
    return stage.kit.words(join(lead, *made), NOTHING, "muted") if made else None


_SIGNS = {"": " · ", "stacked": ", ", "grid": " · ", "table": " | ", "lines": " – "}


def counted(stage: Stage, thing: Thing, row: Row, most: int = 2) -> Sequence[Html]:
    """How many rows of other things point at this one ("12 comments"): no columns, so no marks."""
    out: list[Html] = []
    for other in list(dict.fromkeys(t for t, _ in stage.app.pointing(thing)))[:most]:
        number = len(stage.rows.under(other, thing, row.number - 1)) if _under(other, thing) else 0
        word = several(other) if number != 1 else small(other.noun)
        out.append(stage.kit.words(f"{number} {word}", role="muted"))
    return out


def _under(other: Thing, thing: Thing) -> bool:
    return any(a.targets == (thing.name,) and not a.junction for a in other.attributes)


def children(stage: Stage, thing: Thing) -> Sequence[Thing]:
    """The things whose rows point at rows of this one alone, its parts first."""
    able = [t for t, _ in stage.app.pointing(thing) if _under(t, thing)]
    return sorted(dict.fromkeys(able), key=lambda t: t.entity.parent != thing.name)


def day_of(row: Row, attribute: Attribute) -> date | None:
    """The day of a date or moment."""
    value = row[attribute.name]
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def below(stage: Stage, part: Thing, whole: Thing, row: Row, most: int) -> Sequence[Row]:
    """The rows that belong to a row, with the key between them implied."""
    stage.belongs(part, whole)
    return stage.rows.under(part, whole, row.number - 1)[:most]
