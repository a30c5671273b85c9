"""What a screen shows of the rows that its own rows point at: columns of a customer in a list of orders.

    orders.customer_id -> customers.email        head "Customer email" or "Email", beside the customer's name

Nothing on such a screen says that the value is kept elsewhere; the truth does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import small
from ..looks.html import Html, tag
from ..rows.rows import Row
from ..stage import Stage
from ..style import cased
from ..widgets.item import Item
from .parts import captioned, facts

_TOLD = frozenset("email phone code words city company choice date job country street username money".split())
"""Kinds that other things' lists and pages repeat."""

_SHARE, _PAGE_SHARE = 0.6, 0.75
"""How many lists and pages do so."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A column of a list that another table holds.

    Attributes:
        by: the relation that leads there.
        target: whose column it is.
        attribute: the column.
        said: how its head calls it.
    """

    by: Attribute
    target: Thing
    attribute: Attribute
    said: str

    def head(self, stage: Stage) -> Html:
        """The head of the column."""
        item = Item(stage, self.target, None, self.attribute)
        return stage.kit.head(self.said, item.names)

    def cell(self, stage: Stage, thing: Thing, row: Row) -> Html:
        """What it says in the line of a row."""
        stage.implies(thing, self.by)
        found = _row(stage, self.target, row, self.by)
        return (
            stage.kit.cell(widgets.empty(stage)) if found is None else _plain(stage, self.target, found, self.attribute)
        )


def reaches(stage: Stage, thing: Thing) -> bool:
    """Whether this application's list of the thing has such columns, so that others get less of its width."""
    return (
        thing.role != "lookup"
        and stage.window.width >= 1000
        and Random(f"{stage.style.seed}/reaches/{thing.name}").random() < _SHARE
        and any(_leads(stage, thing, a) for a in thing.attributes)
    )


def reached(stage: Stage, thing: Thing, shown: Sequence[Attribute]) -> Sequence[Reached]:
    """Up to three columns from one of the things that the rows point at; mostly none.

    Args:
        stage: what is drawn with.
        thing: whose list it is.
        shown: the columns that it has already.
    """
    if not reaches(stage, thing):
        return ()
    rng = Random(f"{stage.style.seed}/beyond/{thing.name}")
    ways = [a for a in shown if _leads(stage, thing, a)]
    if not ways:
        return ()
    by = rng.choice(ways)
    target = stage.app.things[by.targets[0]]
    taken = {stage.style.head(a).lower() for a in shown}
    out = []
    for attribute in _told(target, rng)[: rng.choice([1, 1, 2, 2, 3])]:
        bare = stage.style.head(attribute)
        full = cased(f"{target.noun} {small(attribute.short)}", stage.style.heads)
        said = bare if bare.lower() not in taken and rng.random() < 0.5 else full
        out.append(Reached(by, target, attribute, said))
    return tuple(out)


def about(stage: Stage, thing: Thing, row: Row, *, slim: bool = False) -> Html | None:
    """What is known of a row that this one points at, in a group of its own; mostly nothing."""
    rng = Random(f"{stage.style.seed}/about/{thing.name}")
    ways = [a for a in thing.attributes if _leads(stage, thing, a) and stage.app.things[a.targets[0]].role == "main"]
    if not ways or rng.random() > _PAGE_SHARE:
        return None
    by = rng.choice(ways)
    target = stage.app.things[by.targets[0]]
    found = _row(stage, target, row, by)
    told = _told(target, rng)[: rng.randint(2, 5)]
    if found is None or not told:
        return None
    stage.implies(thing, by)
    named = [a for a in target.calling if a.columns]
    kept = {a.name for a in (*named, *told)}
    said = rng.choice(
        [f"{target.noun} details", target.noun, f"About the {small(target.noun)}", f"{target.noun} information"]
    )
    caption = stage.style.caption_of(said)
    shown = [a for a in target.attributes if a.name in kept]
    return captioned(stage, caption, facts(stage, target, found, shown), slim=slim)


def _leads(stage: Stage, thing: Thing, attribute: Attribute) -> bool:
    """Whether it is the only way to a thing about which there is more to say than its name."""
    if attribute.kind != "->" or len(attribute.targets) != 1 or attribute.targets[0] == thing.name:
        return False
    target = stage.app.things[attribute.targets[0]]
    ways = [a for a in thing.attributes if attribute.targets[0] in a.targets]
    return len(ways) == 1 and target.called != "" and len(_told(target, Random(0))) > 0


def _told(target: Thing, rng: Random) -> list[Attribute]:
    """What is worth repeating of a thing, in some order."""
    named = {a.name for a in target.calling} | {target.called}
    able = [a for a in target.attributes if a.kind in _TOLD and a.columns and a.name not in named]
    able = [a for a in able if a.short[-1:] not in "?." and len(a.short) < 20]
    return rng.sample(able, len(able))


def _row(stage: Stage, target: Thing, row: Row, by: Attribute) -> Row | None:
    index = row[by.name]
    return stage.rows.of(target)[index] if isinstance(index, int) and not isinstance(index, bool) else None


def _plain(stage: Stage, target: Thing, row: Row, attribute: Attribute) -> Html:
    item = Item(stage, target, row, attribute)
    return stage.kit.cell(tag("span", item.span(item.text)) if item.text else widgets.empty(stage))
