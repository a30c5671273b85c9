"""Stages for tests of screens: an application of a domain, its rows, a look of our own, a window."""

from __future__ import annotations

from functools import cache
from html import unescape
from html.parser import HTMLParser
from random import Random

from ghost_architect.synthetic.apps.app import App, Thing
from ghost_architect.synthetic.apps.sample import sample_app
from ghost_architect.synthetic.camera.window import Window
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.looks.kit import Kit
from ghost_architect.synthetic.looks.look import looks
from ghost_architect.synthetic.rows.rows import Rows
from ghost_architect.synthetic.screens import NEGATIVES, SCREENS
from ghost_architect.synthetic.stage import Drawing, Stage

WIDE, NARROW = Window(1280, 800), Window(390, 844)


@cache
def application(domain: str, seed: int) -> tuple[App, Rows]:
    """An application with its rows, made once."""
    all_ = catalogue()
    app = sample_app(all_, all_.domains[domain], seed)
    return app, Rows(app)


def stage(domain: str, seed: int, window: Window = WIDE, manner: str = "m") -> Stage:
    """A stage for one screen."""
    app, rows = application(domain, seed)
    rng = Random(f"{domain}/{seed}/{manner}")
    return Stage(app, rows, Kit(looks()["soft"], Random(manner)), window, rng, manner=f"{manner}/{domain}/{seed}")


def drawn(kind: str, on: Stage) -> tuple[Drawing, Thing] | None:
    """A screen of this kind of the thing that suits it; None where none does."""
    things = list(on.app.things.values())
    if kind in NEGATIVES:
        return NEGATIVES[kind].draw(on, things[0]), things[0]
    weights = [SCREENS[kind].suits(on, t) for t in things]
    if not any(weights):
        return None
    thing = on.rng.choices(things, weights)[0]
    return SCREENS[kind].draw(on, thing), thing


class Reader(HTMLParser):
    """What HTML says: (facts, part, text) of everything marked, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[tuple[tuple[str, ...], str, str]] = []
        self.texts: list[str] = []
        self.opened: list[str] = []
        self._marks: list[tuple[tuple[str, ...], str] | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        facts = tuple((held.get("data-f") or "").split())
        mark = (facts, held.get("data-p") or "") if facts else (self._marks[-1] if self._marks else None)
        for name in ("value", "placeholder"):
            if tag == "input" and held.get(name) and held.get("type") not in ("checkbox", "radio"):
                self._say(mark, held[name] or "")
                break
        if tag not in ("input", "br", "img", "hr", "link", "meta", "col"):
            self._marks.append(mark)
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag
        self._marks.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._say(self._marks[-1] if self._marks else None, data.strip())

    def _say(self, mark: tuple[tuple[str, ...], str] | None, text: str) -> None:
        self.texts.append(unescape(text))
        if mark:
            self.said.append((mark[0], mark[1], unescape(text)))
