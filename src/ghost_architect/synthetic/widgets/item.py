"""One value of one row on its way to the screen, with all that a widget asks about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from random import Random

from ghost_architect.pages import signals

from ..apps.app import App, Attribute, Thing
from ..domains.kinds import KINDS
from ..looks.html import NOTHING, Html, Mark, tag
from ..looks.kit import Kit
from ..rows.rows import Row
from ..stage import Stage
from ..style import Style, unit_in

NUMBERS = frozenset(
    {"int", "count", "money", "decimal", "minutes", "year", "percent", "measure", "position", "coordinate"}
)
SHORT = NUMBERS | frozenset(
    {"date", "moment", "time", "code", "phone", "postcode", "ip", "iban", "mac", "uuid", "color", "flag"}
)
"""Kinds whose values are never broken over lines."""

_GOOD = frozenset(
    "active paid done completed approved delivered available published won confirmed passed healthy open live "
    "accepted closed resolved ready online verified shipped enrolled sold success succeeded running".split()
)
_BAD = frozenset(
    "cancelled canceled failed overdue rejected lost expired blocked critical error refused void banned "
    "faulty damaged urgent broken declined denied offline suspended high terminated missed".split()
)
_WAITING = frozenset(
    "pending draft waiting scheduled trial review paused hold new planned requested medium queued partial "
    "processing unpaid open".split()
)


@dataclass(eq=False)
class Item:
    """A value and where it stands.

    Attributes:
        stage, thing, row, attribute: what is shown; row None is a form that nobody has filled in.
        exact: whether times are written out, as where they can be typed, and not as "2 days ago".
    """

    stage: Stage
    thing: Thing
    row: Row | None
    attribute: Attribute
    exact: bool = False

    @property
    def kit(self) -> Kit:
        """What it is drawn with."""
        return self.stage.kit

    @property
    def rng(self) -> Random:
        """For choices that differ from row to row."""
        return self.stage.rng

    @property
    def style(self) -> Style:
        """Of the application."""
        return self.stage.style

    @property
    def app(self) -> App:
        """Whose value it is."""
        return self.stage.app

    @property
    def kind(self) -> str:
        """The field's kind."""
        return self.attribute.kind

    @cached_property
    def text(self) -> str:
        """What stands there, as the application writes it; empty where nothing does."""
        if self.row is None:
            return ""
        value = self.row[self.attribute.name] if self.exact else None
        if isinstance(value, datetime):
            return self.stage.rows.writing.absolute(value)
        said = self.stage.text(self.thing, self.row, self.attribute)
        return "" if signals.load().is_empty(said) else said

    @cached_property
    def mark(self) -> Mark:
        """What the value says."""
        return (
            polymorphic_mark(self) if len(self.attribute.targets) > 1 else self.stage.mark(self.thing, self.attribute)
        )

    @property
    def names(self) -> Mark:
        """What its label says."""
        own = tuple(f"{self.thing.table}.{c}" for c in self.attribute.columns)
        return Mark(own, "label") if own else self.mark.label

    @property
    def bare(self) -> str:
        """A number without its unit or sign, as it stands in a box that has them beside it."""
        return bare(self.text)

    @property
    def figure(self) -> float:
        """The number itself; 0 where there is none."""
        value = self.row[self.attribute.name] if self.row is not None else None
        return float(value) if isinstance(value, int | Decimal) else 0.0

    @property
    def signs(self) -> tuple[str, str]:
        """What stands before and behind the number; of a sum that is not there, what would."""
        text = self.text or self.stage.rows.writing.money(0)
        before, _, after = text.partition(bare(text) or text)
        return before.strip(), after.strip()

    @property
    def told_unit(self) -> bool:
        """Whether the label says the unit, so that values do not."""
        unit = self.attribute.field.unit
        return bool(unit) and (self.style.units == "label" or unit_in(self.attribute.label, unit))

    @property
    def said(self) -> str:
        """The text, without the unit where the label tells it."""
        return self.bare if self.told_unit else self.text

    def words(self, role: str = "text") -> Html:
        """The value as plain words."""
        return self.kit.words(self.said, self.mark, role)

    def span(self, text: str, **more: str) -> Html:
        """A piece of the value."""
        return tag("span", text, mark=self.mark, **more)


def bare(text: str) -> str:
    """The first number of a text; the whole text where there is none."""
    found = re.search(r"-?\d(?:[\d.,'\u00a0\u202f ]*\d)?", text)
    return found[0] if found else text


def polymorphic_mark(item: Item) -> Mark:
    """Both columns, and the name of whichever row it is."""
    own = tuple(f"{item.thing.table}.{c}" for c in item.attribute.columns)
    target = pointed(item)
    return Mark((*own, *(item.stage.called(target[0]) if target else ())))


def pointed(item: Item) -> tuple[Thing, Row] | None:
    """The row that it points at, with what that is; None where it points at none, or at several."""
    value = item.row[item.attribute.name] if item.row is not None else None
    if isinstance(value, tuple) and len(item.attribute.targets) > 1 and len(value) == 2:
        name, index = value
        return _row_of(item, str(name), index)
    if isinstance(value, int) and item.attribute.targets and not item.attribute.junction:
        return _row_of(item, item.attribute.targets[0], value)
    return None


def _row_of(item: Item, name: str, index: object) -> tuple[Thing, Row]:
    thing = item.app.things[name]
    rows = item.stage.rows.of(thing)
    return thing, rows[int(str(index))]


def many(item: Item) -> Sequence[str]:
    """The names of the rows that a many to many holds."""
    value = item.row[item.attribute.name] if item.row is not None else None
    if not isinstance(value, tuple):
        return ()
    target = item.app.things[item.attribute.targets[0]]
    return [item.stage.rows.name_of(target, int(index)) for index in value]


def choices(item: Item, most: int = 8) -> Sequence[str]:
    """What one can pick: of an enum its values, of a reference the names of rows."""
    if item.kind == "choice":
        return item.attribute.field.choices
    if not item.attribute.targets:
        return ()
    target = item.app.things[item.attribute.targets[0]]
    count = min(most, len(item.stage.rows.of(target)))
    return list(dict.fromkeys(item.stage.rows.name_of(target, i) for i in range(count)))


def tone(item: Item) -> str:
    """The colour of a choice: what the word means, else its place in the list."""
    words = set(item.text.lower().replace("-", " ").split())
    for wanted, said in (("bad", _BAD), ("good", _GOOD), ("warn", _WAITING)):
        if words & said:
            return wanted
    options = item.attribute.field.choices
    place = options.index(item.text) if item.text in options else 0
    return ("plain", "info", "warn", "good", "plain", "info")[place % 6]


_PEOPLE = frozenset({"person", "username", "first_name"})

_SECOND = ("email", "phone", "code", "company", "job", "city", "username", "choice")
"""Kinds that stand under a name in smaller letters, the likeliest first."""


_RANKS = frozenset("status state role position rank level tier type kind department team contract".split())
"""Words of choices that tell of a row without their label; a language or a salutation does not."""


def second(item: Item, thing: Thing, row: Row) -> tuple[str, Mark]:
    """Something else about a row, to stand under its name; empty where there is nothing."""
    told = {a.name for a in thing.calling}
    able = [a for a in thing.attributes if a.kind in _SECOND and a.name not in told and a.columns]
    able = [a for a in able if a.kind != "choice" or not _RANKS.isdisjoint(a.name.split("_"))]
    for attribute in sorted(able, key=lambda a: _SECOND.index(a.kind)):
        other = Item(item.stage, thing, row, attribute)
        if other.text:
            return other.text, other.mark
    return "", NOTHING


def is_person(thing: Thing) -> bool:
    """Whether its rows are people."""
    called = thing.attribute(thing.called)
    named = called is not None and (called.kind in _PEOPLE or called.name in ("full_name", "username"))
    return named and thing.role != "lookup"


def initials(name: str) -> str:
    """The first letters of a name."""
    return "".join(w[0] for w in name.split()[:2] if w[0].isalpha()).upper()


def able(item: Item, drawn: Mapping[str, object]) -> Sequence[str]:
    """The widgets that can show this attribute in a place, as `signals.yaml` lists them."""
    return [w for w in widgets_of(item.attribute, item.thing) if w in drawn]


def widgets_of(attribute: Attribute, thing: Thing) -> Sequence[str]:
    """Every widget for an attribute, whatever the place."""
    said = signals.load()
    if not attribute.field.is_relation:
        name = KINDS[attribute.kind].signal
        return next(s for s in said.columns if s.name == name).widgets
    if attribute.junction:
        return said.relations["many"]
    if len(attribute.targets) > 1:
        return said.relations["any"]
    return said.relations["tree" if attribute.targets[0] == thing.name else "reference"]
