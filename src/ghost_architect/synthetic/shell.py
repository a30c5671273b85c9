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
from .looks.html import Child, Html, join, tag
from .stage import Drawing, Stage

_BRANDS = ("star", "heart", "grid", "pin", "home", "chart", "check", "clock", "list", "file", "filter", "gear")
_STARTS = {"Dashboard": "grid", "Home": "home", "Overview": "chart", "Start": "home"}
_MIDDLE = {"Calendar": "calendar", "Inbox": "mail", "Team": "user", "Messages": "mail", "Search": "search"}
_ENDS = {
    "Reports": "chart",
    "Analytics": "chart",
    "Billing": "card",
    "Settings": "gear",
    "Help": "help",
    "Support": "help",
    "About us": "file",
    "Log out": "out",
    "Logout": "out",
    "Sign out": "out",
}
"""What menus have besides an application's things, where it stands, and the icon it has."""

_THINGS = ("list", "file", "grid", "box", "tag", "star", "card", "check")
_CAPTIONS = ("Navigation", "Menu", "MAIN MENU", "Manage", "Workspace", "Administration")
_ROLES = ("Admin", "Administrator", "Manager", "Staff", "Online", "Owner")
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
_FEET = (
    "Privacy", "Terms", "Imprint", "Help", "Status", "Contact", "API", "Version 4.12.1", "English (US)",
    "All rights reserved.", "Made with care", "About us", "v0.9.2-beta", "Report a bug", "Back to top",
)  # fmt: skip
_COOKIES = (
    "We use cookies to make this site work and to understand how it is used.",
    "This website uses cookies. By continuing you accept our privacy policy.",
)
_TOASTS = ("Changes saved", "Your export is ready", "Record updated successfully", "You are viewing a demo account")


_FOLDED = 740
"""Under this width (CSS pixels) menus at the side are folded away."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a whole application looks like around its screens; the same for all of its screens.

    Attributes:
        layout: a name in LAYOUTS.
        chrome: whether the browser's own bar is in the picture.
        plain: whether bars have the page's own ground.
        icons: of the menu's entries; none in some applications.
        menu: names in the menu, the things' places among them.
        things: for each entry of the menu the thing that it leads to, or nothing.
    """

    layout: str
    chrome: bool
    plain: bool
    icons: tuple[str, ...]
    menu: tuple[str, ...]
    things: tuple[str, ...]

    @property
    def beside(self) -> int:
        """How much of the window's width the menu takes, CSS pixels (`.x-sidebar` in `frame.css`)."""
        return 220 if self.layout in ("side", "both") else 0


def frame_of(app: App, window: Window, rng: Random) -> Frame:
    """How this application frames its screens."""
    layouts = ["mobile"] if window.narrow else list(LAYOUTS)[:-1]
    layout = rng.choices(layouts, [1] if window.narrow else [5, 4, 2, 1.5])[0]
    if window.width < _FOLDED and layout in ("side", "both"):
        layout = "top"
    mains = [t for t in app.things.values() if t.role != "part"]
    chosen = rng.sample(mains, min(len(mains), rng.randint(3, 9)))
    entries = [(t.title, t.name, _icon_of(t, rng)) for t in chosen]
    for offered, odds in ((_MIDDLE, 0.4), (_STARTS, 0.75)):  # the start comes last, so that it stands first
        if rng.random() < odds:
            general = rng.choice(sorted(offered))
            entries.insert(0 if offered is _STARTS else rng.randint(0, len(entries)), (general, "", offered[general]))
    ends = list(_ENDS)
    shown = sorted(rng.sample(ends[:7], rng.choice([0, 1, 1, 2, 3])), key=ends.index)
    shown += [rng.choice(ends[7:])] if rng.random() < 0.25 else []
    names, things, icons = zip(*entries, *((e, "", _ENDS[e]) for e in shown), strict=True)
    chrome, plain, pictured = not window.narrow and rng.random() < 0.08, rng.random() < 0.45, rng.random() < 0.55
    return Frame(layout, chrome, plain, icons if pictured or window.narrow else (), names, things)


def _icon_of(thing: Thing, rng: Random) -> str:
    """An icon that suits a thing."""
    kinds = {a.kind for a in thing.attributes}
    if kinds & {"person", "first_name", "username"}:
        return "user"
    if kinds & {"street", "coordinate"}:
        return "pin"
    if any(a.field.when in ("future", "near") for a in thing.attributes) and rng.random() < 0.6:
        return rng.choice(["calendar", "clock"])
    return rng.choice(_THINGS)


def framed(stage: Stage, drawing: Drawing, frame: Frame, thing: Thing | None) -> Html:
    """The whole window: what a screen drew, with everything around it."""
    rng = stage.rng
    if not drawing.framed:
        return tag("div", drawing.body, class_=" ".join(("x-window", *stage.style.hand)), style=_painted(stage))
    active = frame.things.index(thing.name) if thing and thing.name in frame.things else -1
    middle = LAYOUTS[frame.layout](stage, frame, drawing, active)
    extras = join(*([] if stage.sober else _extras(stage, rng)))
    chrome = _chrome(stage, drawing) if frame.chrome else None
    scrolls = not stage.window.narrow and not stage.sober and rng.random() < 0.12
    classes = ("x-window", *stage.style.hand, *(["x-scrolled"] if scrolls else []))
    parts = (chrome, middle, _foot(rng) if rng.random() < 0.12 else None, extras, _scroll(rng) if scrolls else None)
    return tag("div", *parts, class_=" ".join(classes), style=_painted(stage))


def _painted(stage: Stage) -> str:
    ground, letters = stage.style.paint
    return f"--own:{ground};--on-own:{letters}"


def _scroll(rng: Random) -> Html:
    """The window's own scroll bar, somewhere on its way down."""
    top = rng.choice([0, 0, 0, rng.randint(5, 40)])
    return tag("div", tag("i", style=f"top:{top}%;height:{rng.randint(30, 60)}%"), class_="x-scroll")


def _main(stage: Stage, drawing: Drawing, crumbs: bool = True) -> Html:
    kit, rng = stage.kit, stage.rng
    above: list[Html] = []
    if crumbs and rng.random() < 0.25:
        roots = [r for r in ("Home", "Dashboard", stage.app.name) if r != drawing.title]
        above.append(kit.crumbs([rng.choice(roots), drawing.title]))
    if rng.random() < 0.06 and not stage.sober:
        above.append(kit.alert(rng.choice(_SLOGANS), rng.choice(["info", "warn"])))
    body: Html = kit.stack(*above, drawing.body) if above else drawing.body
    if rng.random() < 0.06 and stage.window.width >= 1200 and not stage.sober:
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
    """The product's name, alone or behind a sign of its own."""
    rng, name = Random(f"{stage.manner}/brand"), stage.app.name
    said = rng.choices([name, name.upper(), name.lower()], [8, 1.5, 0.6])[0]
    match rng.choice(["icon", "letter", "", ""]):
        case "icon":
            return tag("span", stage.kit.icon(rng.choice(_BRANDS)), " ", said, class_="x-brand")
        case "letter":
            return tag(
                "span", tag("i", name[:1], class_="x-logo", style="font-style:normal"), " ", said, class_="x-brand"
            )
        case _:
            return tag("span", said, class_="x-brand")


def _corner(stage: Stage) -> Html:
    kit, rng = stage.kit, Random(f"{stage.manner}/corner")
    person = stage.signed_in
    initials = "".join(w[0] for w in person.split()[:2])
    shown = rng.choice([person, person.split()[0], "", "Admin"])
    parts: list[Child] = []
    if rng.random() < 0.25:
        hint = rng.choice(["Search...", "Search", "Search or jump to...", "Find anything"])
        box = tag("div", kit.input(placeholder=hint), style="width:190px")
        parts += [box] if stage.window.width >= 1200 else [kit.icon("search")]
    parts += [kit.icon("bell")] if rng.random() < 0.6 else []
    match rng.choice(["face", "face", "face", "name", "leave", "arrow"]):
        case "face":
            parts += [kit.avatar(initials, 28), shown]
        case "name":
            parts += [rng.choice([f"Hello, {person.split()[0]}", f"Logged in as {person}", person])]
        case "leave":
            tone = rng.choice(["", "danger", "quiet"])
            leave = kit.button(rng.choice(["Logout", "Log out", "Sign out"]), tone)
            parts += [leave if tone == "danger" else tag("span", leave, class_="x-leave")]
        case _:
            parts += [tag("span", shown or "Account", " ", kit.icon("down"))]
    return tag("span", *parts, class_="x-row x-push", style="flex-wrap:nowrap")


def _person(stage: Stage) -> Html | None:
    """Who is signed in, above the menu."""
    rng = Random(f"{stage.manner}/person")
    if rng.random() > 0.14:
        return None
    name = stage.signed_in
    face = stage.kit.avatar("".join(w[0] for w in name.split()[:2]) if rng.random() < 0.5 else "", 56)
    return tag("div", face, tag("div", rng.choice(_ROLES), style="opacity:.8"), tag("b", name), class_="x-person")


def _menu(stage: Stage, frame: Frame, active: int) -> Html:
    """The menu at the side; a caption above it in some applications."""
    rng = Random(f"{stage.manner}/caption")
    said = tag("div", rng.choice(_CAPTIONS), class_="x-menu-caption") if rng.random() < 0.18 else None
    low = tag("div", rng.choice(["Version 2.4.0", "v1.18.3", "© 2026", "Collapse menu"]), class_="x-menu-caption")
    return join(said, stage.kit.menu(frame.menu, active, frame.icons), low if rng.random() < 0.15 else None)


def _side(stage: Stage, frame: Frame, drawing: Drawing, active: int) -> Html:
    parts = (_brand(stage), _person(stage), _menu(stage, frame, active))
    side = tag("nav", *parts, class_=_bar("x-sidebar", frame))
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
    side = tag("nav", _person(stage), _menu(stage, frame, active), class_="x-sidebar x-plain")
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
    entries = list(zip(frame.menu, frame.icons, strict=True))[: rng.randint(3, 5)]
    items = (
        tag("span", kit.icon(icon), n, class_="x-on" if i == active else None) for i, (n, icon) in enumerate(entries)
    )
    bottom = tag("nav", *items, class_="x-tabbar") if rng.random() < 0.6 else None
    return join(top, tag("div", _main(stage, drawing, crumbs=False), class_="x-middle"), bottom)


def _bar(name: str, frame: Frame) -> str:
    return f"{name} x-plain" if frame.plain else name


def _bar_above(stage: Stage, frame: Frame, active: int) -> Html:
    room = stage.window.width - 440
    fitting = [n for i, n in enumerate(frame.menu) if sum(9 * len(m) + 18 for m in frame.menu[: i + 1]) < room]
    links = (tag("a", n, href="#", style="font-weight:700" if i == active else None) for i, n in enumerate(fitting))
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
    if rng.random() < 0.015 and not stage.window.narrow:
        port, path = rng.choice([3000, 5000, 8000, 8080]), rng.choice(["", "admin/", "app/", "index.php/"])
        out.append(
            tag("div", f"localhost:{port}/{path}{stage.app.name.lower()[:4]}/{rng.randint(1, 40)}", class_="x-status")
        )
    return out
