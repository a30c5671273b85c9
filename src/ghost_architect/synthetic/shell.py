"""What stands around a screen's content: menus, bars, a browser's chrome, and things that mean nothing.

Nothing here carries a mark of a column. The menu names the application's other things, as menus do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from .apps.app import App, Thing
from .camera.window import Window
from .looks.html import Html, join, tag
from .stage import Drawing, Stage

_BRANDS = ("star", "heart", "grid", "pin", "home", "chart", "check", "clock", "list", "file", "filter", "gear")
_GENERAL = (
    "Dashboard",
    "Home",
    "Overview",
    "Reports",
    "Calendar",
    "Settings",
    "Help",
    "Analytics",
    "Inbox",
    "Team",
    "Billing",
)
_SLOGANS = (
    "Try the mobile app",
    "Refer a friend and get a month free",
    "Upgrade to Pro for unlimited exports",
    "Your trial ends in 6 days",
    "Join the webinar on Thursday",
    "Save 20% with annual billing",
    "New: dark mode is here",
    "We are hiring",
)
_FEET = ("Privacy", "Terms", "Imprint", "Help", "Status", "Contact", "API", "Version 4.12.1", "English (US)")
_COOKIES = (
    "We use cookies to make this site work and to understand how it is used.",
    "This website uses cookies. By continuing you accept our privacy policy.",
)
_TOASTS = ("Changes saved", "Your export is ready", "Record updated successfully", "You are viewing a demo account")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a whole application looks like around its screens; the same for all of its screens.

    Attributes:
        layout: a name in LAYOUTS.
        chrome: whether the browser's own bar is in the picture.
        menu: names in the menu, the things' places among them.
        things: for each entry of the menu the thing that it leads to, or nothing.
    """

    layout: str
    chrome: bool
    plain: bool
    icons: bool
    menu: tuple[str, ...]
    things: tuple[str, ...]


def frame_of(app: App, window: Window, rng: Random) -> Frame:
    """How this application frames its screens."""
    layouts = ["mobile"] if window.narrow else list(LAYOUTS)[:-1]
    layout = rng.choices(layouts, [1] if window.narrow else [5, 4, 2, 1.5])[0]
    mains = [t for t in app.things.values() if t.role != "part"]
    chosen = rng.sample(mains, min(len(mains), rng.randint(3, 9)))
    entries: list[tuple[str, str]] = [(t.title, t.name) for t in chosen]
    for general in rng.sample(_GENERAL, rng.randint(1, 4)):
        entries.insert(rng.choice([0, len(entries)]), (general, ""))
    names, things = zip(*entries, strict=True)
    return Frame(
        layout, not window.narrow and rng.random() < 0.08, rng.random() < 0.45, rng.random() < 0.6, names, things
    )


def framed(stage: Stage, drawing: Drawing, frame: Frame, thing: Thing | None) -> Html:
    """The whole window: what a screen drew, with everything around it."""
    rng = stage.rng
    if not drawing.framed:
        return tag("div", drawing.body, class_="x-window")
    active = frame.things.index(thing.name) if thing and thing.name in frame.things else -1
    middle = LAYOUTS[frame.layout](stage, frame, drawing, active)
    extras = join(*([] if stage.sober else _extras(stage, rng)))
    chrome = _chrome(stage, drawing) if frame.chrome else None
    return tag("div", chrome, middle, _foot(rng) if rng.random() < 0.1 else None, extras, class_="x-window")


def _main(stage: Stage, drawing: Drawing, crumbs: bool = True) -> Html:
    kit, rng = stage.kit, stage.rng
    above: list[Html] = []
    if crumbs and rng.random() < 0.25:
        above.append(kit.crumbs([rng.choice(["Home", "Dashboard", stage.app.name]), drawing.title]))
    if rng.random() < 0.06 and not stage.sober:
        above.append(kit.alert(rng.choice(_SLOGANS), rng.choice(["info", "warn"])))
    body: Html = kit.stack(*above, drawing.body) if above else drawing.body
    if rng.random() < 0.07 and not stage.window.narrow and not stage.sober:
        advert = tag("div", tag("b", "Ad"), " ", rng.choice(_SLOGANS), class_="x-ad", style="width:180px;flex:none")
        body = tag(
            "div",
            tag("div", body, style="flex:1;min-width:0"),
            advert,
            class_="x-row",
            style="align-items:flex-start;flex-wrap:nowrap",
        )
    return tag("main", body, class_="x-main x-tight" if stage.window.narrow else "x-main")


def _brand(stage: Stage) -> Html:
    mark = Random(f"{stage.manner}/brand").choice(_BRANDS)
    return tag("span", stage.kit.icon(mark), " ", stage.app.name, class_="x-brand")


def _corner(stage: Stage) -> Html:
    kit, rng = stage.kit, Random(f"{stage.manner}/corner")
    person = stage.rows.someone(rng)
    initials = "".join(w[0] for w in person.split()[:2])
    shown = rng.choice([person, person.split()[0], ""])
    return tag(
        "span",
        kit.icon("bell"),
        " ",
        kit.avatar(initials, 28),
        " ",
        shown,
        class_="x-row x-push",
        style="flex-wrap:nowrap",
    )


def _side(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    side = tag("nav", _brand(stage), stage.kit.menu(frame.menu, active, frame.icons), class_=_bar("x-sidebar", frame))
    top = tag(
        "header",
        tag("b", drawing.title) if stage.rng.random() < 0.4 else None,
        _corner(stage),
        class_="x-topbar x-plain",
    )
    inner = tag("div", top, _main(stage, drawing), class_="x-window", style="height:auto;flex:1;width:auto;min-width:0")
    return tag("div", side, inner, class_="x-middle")


def _top(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    return join(_bar_above(stage, frame, active), tag("div", _main(stage, drawing), class_="x-middle"))


def _both(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    side = tag("nav", stage.kit.menu(frame.menu, active, frame.icons), class_="x-sidebar x-plain")
    top = tag("header", _brand(stage), _corner(stage), class_=_bar("x-topbar", frame))
    return join(top, tag("div", side, _main(stage, drawing), class_="x-middle"))


def _bare(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    del frame, active
    return tag("div", _main(stage, drawing), class_="x-middle")


def _mobile(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    kit, rng = stage.kit, stage.rng
    lead = kit.icon(rng.choice(["left", "list"]))
    top = tag(
        "header",
        lead,
        tag("b", drawing.title),
        tag("span", kit.icon("dots"), class_="x-push"),
        class_=_bar("x-topbar", frame),
    )
    entries = list(zip(frame.menu, range(len(frame.menu)), strict=True))[: rng.randint(3, 5)]
    items = (tag("span", kit.icon(), name, class_="x-on" if i == active else None) for name, i in entries)
    bottom = tag("nav", *items, class_="x-tabbar") if rng.random() < 0.6 else None
    return join(top, tag("div", _main(stage, drawing, crumbs=False), class_="x-middle"), bottom)


def _bar(name: str, frame: Frame) -> str:
    return f"{name} x-plain" if frame.plain else name


def _bar_above(stage: Stage, frame: Frame, active: int) -> Html:
    links = (
        tag("a", n, href="#", style="font-weight:700" if i == active else None) for i, n in enumerate(frame.menu[:7])
    )
    return tag("header", _brand(stage), *links, _corner(stage), class_=_bar("x-topbar", frame))


LAYOUTS: Mapping[str, Callable[[Stage, Frame, Drawing, int], Html]] = MappingProxyType(
    {"side": _side, "top": _top, "both": _both, "bare": _bare, "mobile": _mobile}
)
"""Ways to frame a screen; the last is a telephone's."""


def _chrome(stage: Stage, drawing: Drawing) -> Html:
    dots = join(*(tag("i", class_="x-dot", style=f"background:{c}") for c in ("#ff5f57", "#febc2e", "#28c840")))
    slug = stage.app.name.lower().replace(" ", "")
    path = drawing.title.lower().replace(" ", "-")
    return tag("div", dots, tag("span", f"https://app.{slug}.example/{path}", class_="x-address"), class_="x-chrome")


def _foot(rng: Random) -> Html:
    said: Sequence[str] = rng.sample(_FEET, rng.randint(2, 5))
    return tag("footer", tag("span", "© 2026"), *(tag("span", s) for s in said), class_="x-foot")


def _extras(stage: Stage, rng: Random) -> Sequence[Html]:
    out = []
    if rng.random() < 0.03:
        buttons = join(stage.kit.button("Decline"), " ", stage.kit.button("Accept all", "primary"))
        out.append(tag("div", tag("span", rng.choice(_COOKIES)), tag("span", buttons), class_="x-cookie"))
    if rng.random() < 0.04:
        out.append(tag("div", rng.choice(_TOASTS), class_="x-toast"))
    return out
