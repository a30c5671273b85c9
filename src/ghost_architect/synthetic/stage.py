"""What a screen is drawn with: an application, its rows, the parts of a look, and the size of the window.

A screen is a function `(stage, thing) -> Drawing` in `screens/`. It says what it shows by the marks of
this module, so that truth and picture come from one place:

    stage.mark(thing, attribute)          what a label or value of this attribute says
    stage.implies(thing, ...)             what follows from what is shown, though it is not itself shown
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from types import MappingProxyType

from .apps.app import App, Attribute, Thing
from .apps.tables import junction_keys
from .camera.window import Window
from .looks.html import NOTHING, Html, Mark
from .looks.kit import Kit
from .looks.sheets import measures
from .rows.rows import Row, Rows
from .style import Style, style_of

_TOLD: Mapping[str, float] = MappingProxyType(
    {"->": 6.0, "choice": 1.9, "money": 1.7, "date": 1.5, "moment": 1.2, "code": 1.2, "flag": 0.8, "image": 0.6}
)
"""How likely a screen shows an attribute of this kind against others; 1 where nothing is said."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A screen's content.

    Attributes:
        body: what stands inside the frame (navigation, header) that `shell.py` puts around it.
        title: of the page, for the frame to mark in its menu.
        framed: False where the content is the whole window (a login page, a telephone's screen).
    """

    body: Html
    title: str
    framed: bool = True


@dataclass(eq=False)
class Stage:
    """Everything that a screen needs.

    Attributes:
        app, rows, kit, window: what is drawn, and with what.
        rng: for choices of layout.
        implied: facts that follow from what is shown.
        manner: a seed for what is the same on all screens of the application.
        sober: without what only distracts: advertisements, cookie bars, messages.
        beside: how much of the window's width a menu takes, CSS pixels.
    """

    app: App
    rows: Rows
    kit: Kit
    window: Window
    rng: Random
    implied: set[str] = field(default_factory=set)
    manner: str = ""
    sober: bool = False
    beside: int = 220

    @cached_property
    def style(self) -> Style:
        """How this application words and lays out what it shows, the same on all of its screens."""
        return style_of(self.manner)

    @cached_property
    def letter(self) -> float:
        """About how wide a letter is, CSS pixels: half of the size of text."""
        return 0.5 * measures(Random(f"{self.manner}/style"))[1]

    @cached_property
    def signed_in(self) -> str:
        """Who uses the application: the same person in its corner, its menu and its greeting."""
        return self.rows.someone(Random(f"{self.manner}/signed in"))

    # --- what things mean ---

    def mark(self, thing: Thing, attribute: Attribute) -> Mark:
        """What a value of this attribute says; its `.label` is what the label says."""
        own = tuple(f"{thing.table}.{c}" for c in attribute.columns)
        if not attribute.field.is_relation:
            return Mark(own) if own else NOTHING
        targets = [self.app.things[t] for t in attribute.targets]
        named = tuple(f for t in targets[:1] for f in self.called(t))
        if attribute.junction:
            mine, other = junction_keys(thing, targets[0])
            self.implied.add(f"{attribute.junction}.{mine}")
            return Mark((f"{attribute.junction}.{other}", *named))
        return Mark((*own, *named))

    def called(self, thing: Thing) -> tuple[str, ...]:
        """The facts that the name of a row shows: what it is called by, else its key."""
        columns = [column for attribute in thing.calling for column in attribute.columns]
        return tuple(f"{thing.table}.{column}" for column in columns or [thing.key])

    def title_mark(self, thing: Thing) -> Mark:
        """What a heading that names the thing says: that there is such a table."""
        return Mark((f"{thing.table}.{thing.key}",), "title")

    def key_mark(self, thing: Thing) -> Mark:
        """What a shown number of a row says."""
        return Mark((f"{thing.table}.{thing.key}",))

    def implies(self, thing: Thing, attribute: Attribute) -> None:
        """The attribute follows from what is shown (from which indents a tree), though no line says it."""
        self.implied.update(f"{thing.table}.{c}" for c in attribute.columns)

    def belongs(self, part: Thing, whole: Thing) -> None:
        """Rows of `part` stand under a row of `whole`: the key between them is implied."""
        for attribute in part.attributes:
            if attribute.targets[:1] == (whole.name,) and len(attribute.columns) == 1:
                self.implied.add(f"{part.table}.{attribute.columns[0]}")
                return

    # --- what to show ---

    def text(self, thing: Thing, row: Row, attribute: Attribute) -> str:
        """The value as this application writes it; empty where there is none."""
        return self.rows.shown(thing, row, attribute)

    def sample(self, thing: Thing, low: int, high: int) -> Sequence[Row]:
        """Between so many and so many rows, in one order or another, as a page of a list shows them."""
        rows = list(self.rows.of(thing))
        count = min(self.rng.randint(low, high), len(rows))
        start = self.rng.randint(0, len(rows) - count)
        return rows[start : start + count]

    def choose(
        self, thing: Thing, low: int, high: int, *, without: Iterable[str] = (), kinds: Iterable[str] | None = None
    ) -> Sequence[Attribute]:
        """Between so many and so many attributes in their own order; what a row is called by is always among them."""
        barred, wanted = set(without), None if kinds is None else set(kinds)
        able = [a for a in thing.attributes if a.name not in barred and (wanted is None or a.kind in wanted)]
        count = min(self.rng.randint(low, high), len(able))
        first = [a for a in able if a.name == thing.called][:count]
        others = likely_first(self.rng, [a for a in able if a not in first])[: count - len(first)]
        picked = {a.name for a in (*first, *others)}
        return [a for a in able if a.name in picked]


def likely_first(rng: Random, attributes: Sequence[Attribute]) -> list[Attribute]:
    """In some order, what screens are likely to show first.

    The key is u ** (1 / weight): Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    keys = {a.name: rng.random() ** (1 / _TOLD.get(a.kind, 1.0)) for a in attributes}
    return sorted(attributes, key=lambda a: -keys[a.name])
