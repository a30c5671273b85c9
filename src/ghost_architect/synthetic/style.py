"""How one application words and lays out what it shows: the same on all of its screens, as real products are.

A look says what a label looks like; a style says how it is spelt, where it stands, how required fields are told,
and where units go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from .apps.app import Attribute
from .domains.kinds import RELATIONS
from .domains.phrases import small

_SMALL = frozenset("a an and as at but by for from in of on or per the to via vs with".split())
_CASES = {"sentence": 10, "title": 8, "upper": 1.8, "lower": 0.7, "snake": 1.4}
_PLACES = {"above": 12, "inline": 4, "none": 1.3, "float": 1.6}
_REQUIRED = {"star": 6, "optional": 3, "both": 1, "nothing": 4}
_TOPS = {"spread": 9, "under": 1.2, "centre": 0.8}
_BY_HAND = 0.24
"""How often somebody painted over a look, as people do who follow a tutorial: strong colours, frames, centred text."""

_HANDS = {"x-own-head": 0.6, "x-own-bar": 0.45, "x-lined": 0.45, "x-centred": 0.4, "x-own-side": 0.2}
_PAINTS = (
    ("#4caf50", "#ffffff"), ("#1e7e34", "#ffffff"), ("#a31515", "#ffffff"), ("#0069d9", "#ffffff"),
    ("#87ceeb", "#10202c"), ("#f4c430", "#2a2200"), ("#343a40", "#ffffff"), ("#6a1b9a", "#ffffff"),
    ("#008080", "#ffffff"), ("#d9822b", "#1d1206"), ("#b0bec5", "#14212a"), ("#000080", "#ffffff"),
    ("#c0c0c0", "#101010"), ("#ff6f61", "#2b0d0a"),
)  # fmt: skip
_UNITS = {"addon": 3, "label": 3, "value": 4}


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one application.

    Attributes:
        labels, heads: how labels of fields and heads of lists are spelt: sentence, title, upper, lower or snake.
        place: where labels of controls stand: above, inline (beside), none (in the control), float (in its frame).
        colon: whether a label ends with a colon.
        required: what tells required fields: star, optional (the others say so), both or nothing.
        units: where a measure's unit stands: addon, label or value.
        facts: how detail pages lay facts out: "" (rows), stacked, grid, table or lines.
        caption: how detail pages head groups of facts: heading, label, rule, card, upper or aside.
        right: whether numbers stand at the right of their cells.
        top: where the heading of a page stands, with its buttons: spread (at both ends), centre, banner or under.
        hand: what was painted by hand over the look: classes of `frame.css`.
        paint: the colour that was used for it, and that of letters on it.
        new, save, back: words on buttons; `{noun}` is what is added.
        seed: of the choice of widgets.
    """

    labels: str
    heads: str
    place: str
    colon: bool
    required: str
    units: str
    facts: str
    caption: str
    right: bool
    top: str
    hand: tuple[str, ...]
    paint: tuple[str, str]
    new: str
    save: str
    back: str
    seed: str

    def label(self, attribute: Attribute) -> str:
        """The label of a field, without its colon."""
        return self._said(attribute, attribute.label, self.labels)

    def head(self, attribute: Attribute) -> str:
        """The head of a column of a list."""
        return self._said(attribute, attribute.short, self.heads)

    def caption_of(self, text: str) -> str:
        """Words that are no attribute's (the heading of a group), spelt like labels."""
        return cased(text, "sentence" if self.labels in ("lower", "snake") else self.labels)

    def _said(self, attribute: Attribute, label: str, case: str) -> str:
        if case == "snake" and attribute.columns and len(label) < 28:
            return attribute.columns[-1]
        if self.units == "label" and attribute.field.unit and not unit_in(label, attribute.field.unit):
            return f"{cased(label, case)} ({attribute.field.unit})"
        return cased(label, case)

    def chooser(self, place: str, attribute: Attribute, owner: str) -> Random:
        """What chooses a widget: mostly alike for all attributes of a kind, now and then one has its own."""
        own = Random(f"{self.seed}/{place}/{owner}/{attribute.name}")
        return (
            own
            if attribute.kind in RELATIONS or own.random() < 0.35
            else Random(f"{self.seed}/{place}/{attribute.kind}")
        )


def unit_in(label: str, unit: str) -> bool:
    """Whether a label says the unit already: "Weight [kg]"."""
    return re.search(rf"(?<!\w){re.escape(unit)}(?!\w)", label) is not None


def cased(text: str, case: str) -> str:
    """A label in another case; acronyms keep theirs."""
    if case == "upper":
        return text.upper()
    if case == "snake":
        return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or text
    if case == "lower":
        return small(text)
    if case == "title" and not text.endswith(("?", ".")):
        return " ".join(w if i and w in _SMALL else w[:1].upper() + w[1:] for i, w in enumerate(text.split()))
    return text


def style_of(manner: str) -> Style:
    """The style of an application whose manner (a seed) this is."""
    rng = Random(f"{manner}/style")

    def drawn(odds: Mapping[str, float]) -> str:
        return rng.choices(list(odds), list(odds.values()))[0]

    labels = drawn(_CASES)
    by_hand = Random(f"{manner}/hand")
    made = by_hand.random() < _BY_HAND
    return Style(
        labels=labels,
        heads="upper" if rng.random() < 0.15 else labels,
        place=drawn(_PLACES),
        colon=rng.random() < 0.18,
        required=drawn(_REQUIRED),
        units=drawn(_UNITS),
        facts=drawn({"": 4, "stacked": 2, "grid": 4, "table": 2, "lines": 1.5}),
        caption=drawn({"heading": 3, "label": 2, "rule": 1.5, "card": 4, "upper": 1.5, "aside": 1.2}),
        right=rng.random() < 0.5,
        top=drawn({"spread": 2, "centre": 3, "banner": 2, "under": 2} if made else _TOPS),
        hand=tuple(h for h, share in _HANDS.items() if made and by_hand.random() < share),
        paint=by_hand.choice(_PAINTS),
        new=rng.choice(["Add {noun}", "New {noun}", "Create {noun}", "+ New", "Add new", "+ Add {noun}", "Create"]),
        save=rng.choice(["Save", "Save changes", "Submit", "Save", "Update", "Done", "Apply"]),
        back=rng.choice(["Cancel", "Cancel", "Back", "Discard", "Close"]),
        seed=f"{manner}/widgets",
    )
