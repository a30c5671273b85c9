"""From a plan to a pair: draw its screens, photograph them, write down what they show.

Plan + Group -> (kind, thing) of each screen -> HTML -> Shot -> lines as recognition reads them -> Pair
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.schema.objects import Schema

from . import shell
from .apps.app import App, Thing
from .camera.browser import Browser, Shot, Tab
from .camera.noise import noisy
from .camera.sight import Sighting, sightings
from .camera.window import Window
from .groups import Group
from .looks.kit import Kit
from .looks.look import looks
from .looks.sheets import attributes, sheet
from .plan import Plan
from .screens import NEGATIVES, SCREENS
from .stage import Stage
from .truth import truth
from .weights import weight_of

_ATTEMPTS = 6
"""So often a pair is drawn anew, with other choices, when its screens show too little or repeat another pair."""

_LEAST = 2
"""Columns that a pair must show, unless its truth is meant to be empty."""

_ALIKE = 0.85
"""Two pairs whose texts overlap by more than this (Jaccard) are near-duplicates."""

_TABS = 6
"""Tabs that stay open in a browser; a look that was not used for longest gives its tab up."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A pair with its pictures.

    Attributes:
        pair: the truth.
        images: the files' bytes, in order.
        app: id of the application.
        domain, look, font: of what it was made.
        pixels: of all pictures.
    """

    pair: Pair
    images: tuple[bytes, ...]
    app: str
    domain: str
    look: str
    font: str
    pixels: int


Reading = Callable[[Sequence[Sighting], Random, int, int], Sequence[Sighting]]


@dataclass(frozen=True, slots=True)
class _Taken:
    """One screen: the photograph, what recognition reads on it, and what follows from it."""

    shot: Shot
    read: tuple[Sighting, ...]
    implied: frozenset[str]


class Painter:
    """Draws pairs with one browser.

    Args:
        browser: a running Chromium.
        folder: where design systems lie (`setup.py`).
        form: of the pictures: jpeg, webp or png.
        sober: without what only distracts.
        reading: what recognition makes of the lines of a picture of this width and height.
    """

    def __init__(
        self, browser: Browser, folder: Path, form: str = "jpeg", sober: bool = False, reading: Reading = noisy
    ) -> None:
        self.browser, self.folder, self.form, self.sober, self.reading = browser, folder, form, sober, reading
        self._tabs: dict[str, Tab] = {}
        self._drawn: tuple[str, list[frozenset[str]]] = ("", [])

    def paint(self, plan: Plan, group: Group, name: str) -> Painted | None:
        """The pair of a plan; None where the application has nothing left to show that is not shown already.

        Args:
            plan: what to draw.
            group: the application.
            name: the pair's id, and the stem of its pictures' names.

        Raises:
            BrowserError: Chromium fails.
        """
        if self._drawn[0] != group.app.id:
            self._drawn = (group.app.id, [])
        for attempt in range(_ATTEMPTS):
            painted = self._attempt(plan, group, name, f"{group.manner}/{plan.number}/{attempt}")
            texts = frozenset(line.text for own in painted.pair.lines for line in own)
            shown = sum(v is Visibility.VISIBLE for v in painted.pair.visibility.values())
            if (plan.empty or shown >= _LEAST) and not any(_alike(texts, t) for t in self._drawn[1]):
                self._drawn[1].append(texts)
                return painted
        return None

    def _attempt(self, plan: Plan, group: Group, name: str, seed: str) -> Painted:
        app, theme = group.app, self._theme(group, plan.dark)
        kinds = choose(plan, group, Random(f"{seed}/screens"))
        taken = [
            self._take(group, kind, thing, window, theme, f"{seed}/{i}")
            for i, (window, (kind, thing)) in enumerate(zip(plan.windows, kinds, strict=True))
        ]
        implied = {fact for screen in taken for fact in screen.implied}
        schema = Schema(()) if plan.empty else app.schema
        found = truth(schema, [screen.read for screen in taken], implied)
        pair = Pair(
            id=name,
            images=tuple(f"{name}.{i}.{_ENDINGS[self.form]}" for i in range(len(taken))),
            device=plan.windows[0].device,
            theme=theme,
            screen_kinds=tuple(kind for kind, _ in kinds),
            lines=found.lines,
            schema=schema,
            visibility=found.visibility,
            evidence=found.evidence,
            split=plan.split,
        )
        shots = [screen.shot for screen in taken]
        pixels = sum(shot.width * shot.height for shot in shots)
        images = tuple(shot.image for shot in shots)
        return Painted(pair, images, app.id, app.domain, group.look, group.font, pixels)

    def screens_of(self, group: Group, window: Window, dark: bool, count: int) -> Iterator[tuple[str, bytes]]:
        """Screens of an application, those that suit its things best first.

        Args:
            group: the application.
            window: how large.
            dark: whether it is drawn dark, where the look can.
            count: at most so many.

        Yields:
            "01-list-orders" and the picture.
        """
        theme = self._theme(group, dark)
        for i, (kind, thing) in enumerate(fitting(group, window)[:count], 1):
            taken = self._take(group, kind, thing, window, theme, f"{group.manner}/{i}")
            yield f"{i:02d}-{kind}-{thing.table}", taken.shot.image

    def _theme(self, group: Group, dark: bool) -> str:
        themes = looks()[group.look].themes
        return "dark" if (dark and "dark" in themes) or "light" not in themes else "light"

    def _take(self, group: Group, kind: str, thing: Thing, window: Window, theme: str, seed: str) -> _Taken:
        """Draw one screen and photograph it."""
        look = looks()[group.look]
        kit = Kit(look, Random(f"{seed}/kit"))
        frame = shell.frame_of(group.app, window, Random(f"{group.manner}/frame/{window.narrow}"))
        by_chance = Random(f"{seed}/draw")
        stage = Stage(
            group.app,
            group.rows,
            kit,
            window,
            by_chance,
            manner=group.manner,
            sober=self.sober,
            beside=frame.beside,
        )
        drawing = (SCREENS.get(kind) or NEGATIVES[kind]).draw(stage, thing)
        body = shell.framed(stage, drawing, frame, thing)
        root = attributes(look, theme, Random(f"{group.manner}/style"), group.font)
        by_hand = Random(f"{seed}/hand")
        quality = by_hand.choice(_QUALITIES[self.form])
        margin = by_hand.randint(6, 90) if by_hand.random() < _CUT and not self.sober else None
        shot = self._tab(group.look).shoot(body, window, root, self.form, quality, margin)
        seen = sightings(shot.pieces, window.scale, shot.width, shot.height)
        read = self.reading(seen, Random(f"{seed}/noise"), shot.width, shot.height)
        return _Taken(shot, tuple(read), frozenset(stage.implied))

    def _tab(self, look: str) -> Tab:
        tab = self._tabs.pop(look, None)
        if tab is None:
            if len(self._tabs) >= _TABS:
                self._tabs.pop(next(iter(self._tabs))).close()
            made = sheet(looks()[look], self.folder)
            tab = self.browser.tab(made.folder, made.head)
        self._tabs[look] = tab
        return tab


_QUALITIES = {"jpeg": (60, 70, 80, 85, 90, 95), "webp": (40, 50, 60, 70, 75), "png": (100,)}
"""Of the files, as screenshots have been through them; WebP needs less for the same picture."""

_CUT = 0.55
"""How often a screenshot ends where the content does: people leave out what is empty."""

_ENDINGS = {"jpeg": "jpg", "webp": "webp", "png": "png"}


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > _ALIKE * len(one | other)


def choose(plan: Plan, group: Group, rng: Random) -> Sequence[tuple[str, Thing]]:
    """The kind and thing of each screen of a pair. Later screens have to do with the first one's thing."""
    app = group.app
    if plan.empty:
        thing = next(iter(app.things.values()))
        return [(rng.choice(sorted(NEGATIVES)), thing) for _ in plan.windows]
    out: list[tuple[str, Thing]] = []
    for window in plan.windows:
        near = list(_neighbours(app, out)) if out else list(app.things.values())
        out.append(_drawn(app, group, near, window, {(k, t.name) for k, t in out}, rng))
    return out


def _neighbours(app: App, shown: Sequence[tuple[str, Thing]]) -> Iterator[Thing]:
    """The things of the screens so far, and those that point at them or that they point at."""
    for _, thing in shown:
        yield thing
        yield from (t for t, _ in app.pointing(thing))
        yield from (app.things[name] for a in thing.attributes for name in a.targets)


def fitting(group: Group, window: Window) -> Sequence[tuple[str, Thing]]:
    """Kinds of screens with a thing, the best suited first; every thing has its turn before any has its second."""
    rng = Random(f"{group.manner}/fitting")
    stage = Stage(group.app, group.rows, Kit(looks()[group.look], rng), window, rng, manner=group.manner)
    turns: list[tuple[int, float, str, Thing]] = []
    for thing in (t for t in group.app.things.values() if t.attributes):
        rated = sorted(((s.suits(stage, thing), kind) for kind, s in SCREENS.items()), reverse=True)
        turns += [(turn, -weight, kind, thing) for turn, (weight, kind) in enumerate(rated) if weight > 0]
    return [(kind, thing) for _, _, kind, thing in sorted(turns, key=lambda t: t[:3])]


def _drawn(
    app: App, group: Group, things: Sequence[Thing], window: Window, taken: set[tuple[str, str]], rng: Random
) -> tuple[str, Thing]:
    stage = Stage(app, group.rows, Kit(looks()[group.look], rng), window, rng)
    able = [(k, t) for t in dict.fromkeys(things) for k in SCREENS if t.attributes and (k, t.name) not in taken]
    wealth = {t.name: weight_of(app, t) for t in app.things.values()}
    weights = [SCREENS[k].suits(stage, t) * wealth[t.name] for k, t in able]
    if not any(weights):
        able = [(k, t) for t in app.things.values() for k in SCREENS if t.attributes]
        weights = [SCREENS[k].suits(stage, t) * wealth[t.name] for k, t in able]
    return rng.choices(able, weights)[0]
