"""Which columns a list has: as many as its width carries, what a row is called by among them."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..apps.app import Attribute, Thing
from ..stage import Stage, likely_first
from ..widgets.item import SHORT

UNLISTED = frozenset({"secret", "json", "text"})
"""Kinds that hardly any list has a column for."""

_BARRED = {"secret": 0.97}
"""How often a list leaves them out, where it is not 0.85."""

MOST = 14
"""Columns: hardly any list has more."""

_FULL, _SOME = 0.86, 0.09
"""How many lists have as many columns as fit, and how many have any number of them; the others have few."""


_FRAMES = {"choice": 20, "><": 20, "->": 12, "date": 8, "moment": 8, "image": 16}
"""What stands around or before values of a kind, CSS pixels."""


def page_room(stage: Stage) -> int:
    """About how wide a page is beside a menu, CSS pixels."""
    return stage.window.width - (40 if stage.window.narrow else stage.beside + 70)


def columns_for(
    stage: Stage, thing: Thing, low: int, width: int, without: Iterable[str] = (), most: int = MOST
) -> list[Attribute]:
    """Attributes for a list, in their own order: mostly as many as fit, what a row is called by among them.

    Args:
        stage: what is drawn with.
        thing: whose rows.
        low: so many at least, where there are so many, whether or not they fit.
        width: of the list, CSS pixels.
        without: names that have no column.
        most: so many at most.
    """
    rng = stage.rng
    barred = set(without)
    barred |= {a.name for a in thing.attributes if a.kind in UNLISTED and rng.random() < _BARRED.get(a.kind, 0.85)}
    able = [a for a in thing.attributes if a.name not in barred]
    called = [a for a in able if a.name == thing.called]
    most = min(most, _count(rng, low))
    picked, room = {a.name for a in called}, width - sum(width_of(stage, thing, a) for a in called)
    for attribute in likely_first(rng, [a for a in able if a.name != thing.called]):
        if len(picked) >= most:
            break
        wide = width_of(stage, thing, attribute)
        if wide <= room or len(picked) < low:
            picked.add(attribute.name)
            room -= wide
    return [a for a in able if a.name in picked]


def _count(rng: Random, low: int) -> int:
    """How many columns a list has at most."""
    chance = rng.random()
    if chance < _FULL:
        return MOST
    return rng.randint(low, 9) if chance < _FULL + _SOME else rng.randint(low, low + 2)


def width_of(stage: Stage, thing: Thing, attribute: Attribute) -> float:
    """About how wide a column is, CSS pixels: words are broken over lines, numbers and times are not."""
    texts = [stage.text(thing, r, attribute) for r in stage.rows.of(thing)[:8]]
    longest = max(map(len, texts), default=0)
    word = max((len(w) for t in texts for w in t.split()), default=0)  # an address of mail is not broken
    held = min(longest, 26) if attribute.kind in SHORT else max(min(longest, 13), min(word, 26))
    head = stage.style.head(attribute)
    broad = 1.25 if head.isupper() else 1.06  # heads are bold
    return 20 + stage.letter * max(broad * min(len(head), 24), held) + _FRAMES.get(attribute.kind, 0)
