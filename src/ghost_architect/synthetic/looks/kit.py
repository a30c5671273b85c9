"""The parts that screens are built of, drawn in a look.

Every part takes what it says and the mark of what that means, and returns HTML. Parts know nothing of
applications; which part shows which fact is chosen in `widgets.py`.

Roles (classes that a look may give, see `look.py`): heading.1 heading.2 heading.3 text muted link button
button.primary button.danger button.quiet icon_button input input.range input.color input.file select textarea
label help required field field.inline check check_label switch radio input_group input_addon table
table.dense table.striped head row cell card card_head card_body card_foot stat stat_value stat_label badge
badge.good badge.bad badge.warn badge.info badge.plain chip avatar picture progress progress_bar tabs tab
tab.active crumbs crumb pager page page.active alert alert.good alert.bad alert.warn alert.info list item
modal modal_head modal_body modal_foot backdrop menu menu_item menu_item.active facts fact fact_label
fact_value steps step step.active step.done timeline moment bubble bubble.own toolbar search columns column
empty
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from random import Random

from .html import NOTHING, Child, Html, Mark, join, tag, text
from .icons import ICONS
from .look import Look

_TONES = ("good", "bad", "warn", "info", "plain")

_SLOTTED = frozenset({"field", "select", "checkbox", "radio", "switch", "progress"})
"""Roles whose markup has more slots than {text}; their methods fill them."""


class Kit:
    """Draws parts in one look.

    Args:
        look: whose classes and markup.
        rng: for what means nothing: which icon, which photograph's colours.
    """

    def __init__(self, look: Look, rng: Random) -> None:
        self.look = look
        self.rng = rng

    def part(
        self, role: str, *children: Child, name: str = "div", mark: Mark = NOTHING, **more: str | bool | None
    ) -> Html:
        """An element with the classes of a role, or what the look puts in its place."""
        markup = None if role in _SLOTTED else self.look.markup.get(role)
        if markup is not None:
            said = tag("span", *children, mark=mark) if mark.facts else join(*children)
            return Html(markup.format_map({"text": said}))
        return tag(name, *children, mark=mark, class_=self.look.css_class(role), **more)

    def _laid_out(self, role: str, plain: Html, **slots: Child) -> Html:
        """The look's own markup for a role, with its slots filled, or the plain one."""
        markup = self.look.markup.get(role)
        return plain if markup is None else Html(markup.format_map({k: text(v) for k, v in slots.items()}))

    # --- text ---

    def heading(self, said: Child, level: int = 1, mark: Mark = NOTHING) -> Html:
        """A heading of level 1 to 3."""
        return self.part(f"heading.{level}", said, name=f"h{level}", mark=mark)

    def words(self, said: Child, mark: Mark = NOTHING, role: str = "text") -> Html:
        """Running text; role `muted` for what matters less."""
        return self.part(role, said, name="span", mark=mark)

    def link(self, said: Child, mark: Mark = NOTHING) -> Html:
        """A link that leads nowhere."""
        return self.part("link", said, name="a", mark=mark, href="#")

    def icon(self, name: str = "") -> Html:
        """A small picture; any one where no name is given."""
        path = ICONS.get(name) or ICONS[self.rng.choice(sorted(ICONS))]
        return Html(
            '<svg class="x-icon" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" '
            f'stroke-width="{2.4 if name == "dots" else 1.4}" stroke-linecap="round" aria-hidden="true">'
            f'<path d="{path}"/></svg>'
        )

    # --- buttons and menus ---

    def button(self, said: Child, tone: str = "", icon: str = "") -> Html:
        """A button. Tones: primary, danger, quiet."""
        inside = join(self.icon(icon), " ", tag("span", said)) if icon else said
        return self.part(f"button.{tone}" if tone else "button", inside, name="button", type="button")

    def icon_button(self, icon: str = "") -> Html:
        """A button that is only an icon."""
        return self.part("icon_button", self.icon(icon), name="button", type="button")

    def tabs(self, names: Sequence[Child], active: int = 0) -> Html:
        """Tabs, one of them open."""
        roles = ("tab.active" if i == active else "tab" for i in range(len(names)))
        return self.part("tabs", *(self.part(r, n, name="a", href="#") for r, n in zip(roles, names, strict=True)))

    def crumbs(self, names: Sequence[Child]) -> Html:
        """Where one is, from the top."""
        return self.part("crumbs", *(self.part("crumb", n, name="span") for n in names), name="nav")

    def pager(self, pages: int, current: int = 1) -> Html:
        """Numbers of pages."""
        shown = ["‹", *map(str, range(1, min(pages, 5) + 1)), "›"]
        roles = ("page.active" if n == str(current) else "page" for n in shown)
        return self.part("pager", *(self.part(r, n, name="a", href="#") for r, n in zip(roles, shown, strict=True)))

    def menu(self, names: Sequence[Child], active: int = -1, icons: Sequence[str] = ()) -> Html:
        """A vertical menu, with an icon before each of its entries where there are icons."""
        drawn = [self.icon(i) for i in icons]
        items = [join(i, " ", tag("span", n)) for i, n in zip(drawn, names, strict=True)] if drawn else list(names)
        roles = ("menu_item.active" if i == active else "menu_item" for i in range(len(items)))
        return self.part("menu", *(self.part(r, n, name="a", href="#") for r, n in zip(roles, items, strict=True)))

    # --- data ---

    def table(self, head: Sequence[Html], rows: Iterable[Sequence[Html]], role: str = "table") -> Html:
        """A table of cells made by `head` and `cell`. Roles: table, table.dense, table.striped."""
        body = [self.part("table_row", *cells, name="tr") for cells in rows]
        top = tag("thead", tag("tr", *head)) if head else None
        return self.part(role, top, tag("tbody", *body), name="table")

    def head(self, said: Child, mark: Mark = NOTHING, **more: str | bool | None) -> Html:
        """A header cell."""
        return self.part("head", said, name="th", mark=mark, **more)

    def cell(self, said: Child, mark: Mark = NOTHING, **more: str | bool | None) -> Html:
        """A cell."""
        return self.part("cell", said, name="td", mark=mark, **more)

    def facts(self, pairs: Iterable[tuple[Html, Html]], style: str = "") -> Html:
        """Labels with their values, as a detail page has them. Styles: "" (rows), "stacked", "grid"."""
        made = (self.part("fact", label, value) for label, value in pairs)
        return self.part("facts", *made, data_style=style or None)

    def fact_label(self, said: Child, mark: Mark = NOTHING) -> Html:
        """The label of a fact."""
        return self.part("fact_label", said, mark=mark)

    def fact_value(self, said: Child, mark: Mark = NOTHING) -> Html:
        """The value of a fact."""
        return self.part("fact_value", said, mark=mark)

    def stat(self, said: Child, value: Child, note: Child = "") -> Html:
        """A figure with what it counts. It never means a column."""
        small = self.part("muted", note, name="span") if note else None
        return self.part("stat", self.part("stat_label", said), self.part("stat_value", value), small)

    def badge(self, said: Child, tone: str = "plain", mark: Mark = NOTHING) -> Html:
        """A word with a colour. Tones: good, bad, warn, info, plain."""
        return self.part(f"badge.{tone}" if tone in _TONES else "badge.plain", said, name="span", mark=mark)

    def chip(self, said: Child, mark: Mark = NOTHING, closable: bool = False) -> Html:
        """One of several words that were picked."""
        cross = Html(' <span class="x-cross">×</span>') if closable else None
        return self.part("chip", tag("span", said, mark=mark), cross, name="span")

    def avatar(self, initials: str = "", size: int = 32) -> Html:
        """A round picture of a person: initials, or a face of two circles."""
        # One person, one colour, wherever they appear.
        hue = zlib.crc32(initials.encode()) % 360 if initials else self.rng.randrange(360)
        style = f"width:{size}px;height:{size}px;background:hsl({hue} 45% 62%)"
        if initials:
            return tag("span", initials, class_="x-avatar", style=style)
        face = (
            '<svg viewBox="0 0 32 32" width="100%" height="100%" aria-hidden="true">'
            '<circle cx="16" cy="13" r="6" fill="#fff8"/><ellipse cx="16" cy="29" rx="11" ry="9" fill="#fff8"/></svg>'
        )
        return tag("span", Html(face), class_="x-avatar", style=style)

    def picture(self, width: str = "100%", height: str = "120px") -> Html:
        """A photograph, or rather something with the colours of one."""
        a, b, c = (self.rng.randrange(360) for _ in range(3))
        x, y = self.rng.randrange(10, 90), self.rng.randrange(20, 80)
        ground = (
            f"radial-gradient(circle at {x}% {y}%, hsl({a} 55% 70%) 0 18%, transparent 19%),"
            f"linear-gradient({b}deg, hsl({b} 40% 55%), hsl({c} 45% 35%))"
        )
        return tag("div", class_="x-picture", style=f"width:{width};height:{height};background:{ground}")

    def progress(self, percent: float) -> Html:
        """A bar that is filled to so many percent."""
        bar = self.part("progress_bar", style=f"width:{percent:.0f}%")
        return self._laid_out("progress", self.part("progress", bar), percent=f"{percent:.0f}")

    # --- forms ---

    def field(
        self,
        label: Child,
        control: Html,
        *,
        mark: Mark = NOTHING,
        required: bool = False,
        help_: Child = "",
        style: str = "above",
    ) -> Html:
        """A control with its label. Styles: above, inline (beside), none (the control says it itself)."""
        star = self.part("required", " *", name="span") if required else None
        named = self.part("label", tag("span", label, mark=mark), star, name="label") if style != "none" else None
        note = self.part("help", help_) if help_ else None
        plain = self.part("field.inline" if style == "inline" else "field", named, control, note)
        return self._laid_out("field", plain, label=named, control=control, help=note) if style == "above" else plain

    def input(
        self,
        value: str = "",
        kind: str = "text",
        mark: Mark = NOTHING,
        placeholder: str = "",
        **more: str | bool | None,
    ) -> Html:
        """A line to type in. `kind` is the type of the <input>.

        A slider and a patch of colour are no such lines: without classes of their own (`input.range`,
        `input.color`) they are drawn by `frame.css`, whatever class the look gives to `input`.
        """
        own = f"input.{kind}"
        css = self.look.css_class(own if own in self.look.classes else "input")
        if kind in ("range", "color") and own not in self.look.classes:
            css = "x-input"
        return tag(
            "input", mark=mark, class_=css, type=kind, value=value or None, placeholder=placeholder or None, **more
        )

    def group(self, control: Html, before: Child = "", after: Child = "") -> Html:
        """A control with a unit or sign stuck to it."""
        ends = (self.part("input_addon", said, name="span") if said else None for said in (before, after))
        first, last = ends
        return self.part("input_group", first, control, last)

    def textarea(self, value: str = "", mark: Mark = NOTHING, rows: int = 3, placeholder: str = "") -> Html:
        """Several lines to type in."""
        return self.part("textarea", value, name="textarea", mark=mark, rows=str(rows), placeholder=placeholder or None)

    def select(self, options: Sequence[str], chosen: str = "", mark: Mark = NOTHING) -> Html:
        """A closed list to pick from; what is chosen is what one sees."""
        shown = options if chosen in options else (chosen, *options)
        made = (tag("option", o, selected=o == chosen) for o in shown)
        inside = self.part("select", *made, name="select", mark=mark)
        return self._laid_out("select", inside, control=inside)

    def checkbox(self, said: Child, checked: bool = False, mark: Mark = NOTHING) -> Html:
        """A box to tick, with its label behind."""
        box = self.part("check", name="input", type="checkbox", checked=checked)
        words = tag("span", said, mark=mark)
        plain = self.part("check_label", box, " ", words, name="label")
        return self._laid_out("checkbox", plain, box=box, text=words, checked="checked" if checked else "")

    def switch(self, said: Child, on: bool = False, mark: Mark = NOTHING) -> Html:
        """A switch with its label."""
        words = tag("span", said, mark=mark)
        knob = tag("span", class_="x-switch x-on" if on else "x-switch")
        plain = self.part("check_label", knob, " ", words, name="label")
        return self._laid_out("switch", plain, text=words, checked="checked" if on else "")

    def radio(self, options: Sequence[str], chosen: str = "", mark: Mark = NOTHING) -> Html:
        """All options at once, one of them picked."""

        def one(said: str) -> Html:
            dot = self.part("radio", name="input", type="radio", checked=said == chosen)
            words = tag("span", said, mark=mark)
            plain = self.part("check_label", dot, " ", words, name="label")
            return self._laid_out("radio", plain, box=dot, text=words, checked="checked" if said == chosen else "")

        return tag("div", *map(one, options), class_="x-options")

    # --- containers ---

    def card(self, *body: Child, title: Child = "", foot: Child = "", mark: Mark = NOTHING) -> Html:
        """A box with a title, a body and a foot."""
        top = self.part("card_head", tag("span", title, mark=mark)) if title else None
        end = self.part("card_foot", foot) if foot else None
        return self.part("card", top, self.part("card_body", *body), end)

    def alert(self, said: Child, tone: str = "info") -> Html:
        """A message on a coloured ground."""
        return self.part(f"alert.{tone}" if tone in _TONES[:4] else "alert.info", said)

    def items(self, *rows: Child) -> Html:
        """A list with lines between."""
        return self.part("list", *(self.part("item", r) for r in rows))

    def modal(self, title: Child, *body: Child, foot: Child = "", mark: Mark = NOTHING, width: int = 0) -> Html:
        """A window over the page, which is dimmed under it; as wide as the look has it, or so many CSS pixels."""
        inside = (
            self.part("modal_head", tag("span", title, mark=mark), self.icon("cross")),
            self.part("modal_body", *body),
            self.part("modal_foot", foot) if foot else None,
        )
        style = f"width:min({width}px,92vw)" if width else None
        window = self.part("modal", *inside, style=style)
        return tag("div", tag("div", class_="x-backdrop"), window, class_="x-modal-layer")

    def steps(self, names: Sequence[Child], current: int) -> Html:
        """The steps of a wizard, counted from 0."""
        roles = ("step.done" if i < current else "step.active" if i == current else "step" for i in range(len(names)))
        numbered = (join(tag("b", str(i), class_="x-step-number"), " ", n) for i, n in enumerate(names, 1))
        return self.part("steps", *(self.part(r, n) for r, n in zip(roles, numbered, strict=True)))

    def grid(self, *cells: Child, columns: int = 2) -> Html:
        """Things side by side in equal columns."""
        return tag("div", *cells, class_="x-grid", style=f"grid-template-columns:repeat({columns},minmax(0,1fr))")

    def row(self, *cells: Child, spread: bool = False) -> Html:
        """Things in one line, as wide as they are; `spread` puts all free space between them."""
        return tag("div", *cells, class_="x-row x-spread" if spread else "x-row")

    def stack(self, *cells: Child) -> Html:
        """Things under one another with a gap."""
        return tag("div", *cells, class_="x-stack")
