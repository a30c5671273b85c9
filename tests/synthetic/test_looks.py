"""Looks: what their files name is there, every part can be drawn in each, and colours can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import pytest

from ghost_architect.synthetic.looks import sheets
from ghost_architect.synthetic.looks.html import Html, Mark
from ghost_architect.synthetic.looks.kit import Kit
from ghost_architect.synthetic.looks.look import Look, looks
from ghost_architect.synthetic.looks.setup import default_folder, packages
from tests.outside import need

MARK = Mark(("orders.total",))
EMPTY = {"input", "path", "circle", "ellipse", "br"}


def parts(kit: Kit) -> dict[str, Html]:
    """Every part that a kit draws, by name; those that can say something carry MARK."""
    head, rows = [kit.head("Total", MARK.label)], [[kit.cell("€ 12.00", MARK)]]
    return {
        "heading": kit.heading("Orders", 2, MARK),
        "words": kit.words("text", MARK, "muted"),
        "link": kit.link("SO-1", MARK),
        "button": kit.button("Save", "primary", "plus"),
        "icon_button": kit.icon_button("bin"),
        "tabs": kit.tabs(["All", "Open"], 1),
        "crumbs": kit.crumbs(["Home", "Orders"]),
        "pager": kit.pager(9, 2),
        "menu": kit.menu(["Orders", "Customers"], 0, icons=["box", "user"]),
        "table": kit.table(head, rows, "table.striped"),
        "facts": kit.facts([(kit.fact_label("Total", MARK.label), kit.fact_value("12", MARK))]),
        "stat": kit.stat("Revenue", "€ 1", "+4 %"),
        "badges": Html("".join(kit.badge("Paid", tone, MARK) for tone in ("good", "bad", "warn", "info", "plain"))),
        "chip": kit.chip("VIP", MARK, closable=True),
        "progress": kit.progress(40),
        "field": kit.field(
            "Name", kit.input("Ada", mark=MARK), mark=MARK.label, required=True, help_="as in the passport"
        ),
        "inline": kit.field("Name", kit.input("Ada"), mark=MARK.label, style="inline"),
        "range": kit.input("4", "range"),
        "group": kit.group(kit.input("12", mark=MARK), "€", "net"),
        "textarea": kit.textarea("note", MARK),
        "select": kit.select(["a", "b"], "a", MARK),
        "checkbox": kit.checkbox("Active", True, MARK),
        "switch": kit.switch("Active", True, MARK),
        "radio": kit.radio(["a", "b"], "b", MARK),
        "card": kit.card("body", title="Title", foot="foot", mark=MARK),
        "alerts": Html("".join(kit.alert("Saved", tone) for tone in ("good", "bad", "warn", "info"))),
        "items": kit.items("one", "two"),
        "modal": kit.modal("Title", "body", foot="foot", mark=MARK),
        "steps": kit.steps(["Cart", "Payment", "Done"], 1),
    }


SAYING = set(
    "heading words link table facts badges chip field inline group textarea select checkbox switch radio card "
    "modal".split()
)


class Balance(HTMLParser):
    """Whether every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag


@pytest.fixture(params=sorted(looks()))
def look(request: pytest.FixtureRequest) -> Look:
    return looks()[request.param]


def test_there_are_enough_and_most_are_design_systems_of_others() -> None:
    fetched = {look.package for look in looks().values() if look.package}
    own = [look for look in looks().values() if not look.package]
    assert len(fetched) >= 12
    assert len(own) >= 6
    assert sum("dark" in look.themes for look in looks().values()) >= 12


def test_every_part_is_whole_html_and_keeps_its_mark(look: Look) -> None:
    for name, drawn in parts(Kit(look, Random(1))).items():
        reader = Balance()
        reader.feed(drawn)
        assert not reader.open, name
        assert ("orders.total" in drawn) == (name in SAYING), name
        assert "{" not in drawn, name


def test_names_only_packages_and_files_that_are_pinned(look: Look) -> None:
    pinned = {f"{p.name}/{f}" for p in packages() for f in p.files}
    assert set(look.styles) <= pinned
    assert bool(look.styles) == bool(look.package)


def test_fonts_are_known(look: Look) -> None:
    known = {p.family for p in packages() if p.family} | set(sheets._DEBIAN)
    assert set(look.fonts) <= known


def test_classes_stand_in_the_style_sheets(look: Look) -> None:
    here = look.name in sheets.available(default_folder())
    need(here, "what synth setup fetches")
    written = {name for role in look.classes.values() for name in role.split()}
    written |= {n for m in look.markup.values() for c in re.findall(r'class="([^"]*)"', m) for n in c.split()}
    foreign = {n for n in written if not n.startswith("x-")}
    assert foreign <= _defined(look) | set(re.findall(r"\.([\w-]+)", look.style))
    assert not foreign or foreign & _defined(look)


@cache
def _defined(look: Look) -> frozenset[str]:
    css = "".join((default_folder() / s).read_text(encoding="utf-8") for s in look.styles)
    return frozenset(re.findall(r"\.(-?[A-Za-z_][\w-]*)", css))


def test_attributes_are_the_same_for_the_same_seed_and_cannot_break_out(look: Look) -> None:
    for theme in look.themes:
        made = [sheets.attributes(look, theme, Random(f"7/{i}"), '"Inter", sans-serif') for i in range(40)]
        assert made == [sheets.attributes(look, theme, Random(f"7/{i}"), '"Inter", sans-serif') for i in range(40)]
        assert {m["data-theme"] for m in made} == {theme}
        assert len({m["data-density"] for m in made}) == 3
        assert all(12 <= int(re.findall(r"--size:(\d+)px", m["style"])[0]) <= 17 for m in made)
        assert all(m["style"].count("{") == 0 for m in made)


def test_an_accent_can_be_read_on_its_page_and_letters_on_it(look: Look) -> None:
    for theme in look.themes:
        for i in range(60):
            style = sheets.attributes(look, theme, Random(i), "x")["style"]
            chosen = re.findall(r"--accent:(#\w{6});.*--link:\1;--on-accent:(#\w{6})", style)
            for accent, letters in chosen:
                assert sheets.contrast(accent, sheets.PAPER[theme]) >= 3
                assert sheets.contrast(accent, letters) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    # WCAG's own extremes, and #767676, the lightest grey that has 4.5 : 1 on white.
    assert sheets.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert sheets.contrast("#123456", "#123456") == 1
    assert sheets.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def _own_colours() -> Iterator[tuple[str, str, dict[str, str]]]:
    frame = sheets._frame()
    light = dict(re.findall(r"--([\w-]+): ([^;]+);", frame[: frame.index("}")]))
    dark = {**light, **dict(re.findall(r"--([\w-]+): ([^;]+);", frame.split('[data-theme="dark"] {')[1].split("}")[0]))}
    for look in looks().values():
        for theme, held in look.themes.items():
            if not look.package:
                yield look.name, theme, {**(dark if theme == "dark" else light), **held.variables}


@pytest.mark.parametrize(("name", "theme", "colours"), [pytest.param(*c, id=f"{c[0]}-{c[1]}") for c in _own_colours()])
def test_our_own_colours_can_be_read(name: str, theme: str, colours: dict[str, str]) -> None:
    def hexed(variable: str) -> str:
        raw = colours[variable]
        raw = colours[raw[6:-1]] if raw.startswith("var(--") else raw
        return "#" + "".join(c * 2 for c in raw[1:]) if len(raw) == 4 else raw

    pairs: list[tuple[str, str, float]] = [
        ("text", "surface", 7),
        ("text", "ground", 7),
        ("muted", "surface", 4),
        ("muted", "ground", 4),
    ]
    pairs += [("on-bar", "bar", 4.5), ("on-accent", "accent", 3)]
    pairs += [(tone, f"{tone}-ground", 4.5) for tone in ("good", "bad", "warn", "info")]
    for over, under, least in pairs:
        assert sheets.contrast(hexed(over), hexed(under)) >= least, f"{over} on {under}"


def test_a_look_of_ours_needs_no_folder() -> None:
    sheet = sheets.sheet(looks()["soft"], None)
    assert "<link" not in sheet.head
    assert "@font-face" not in sheet.head
    assert sheet.folder is None


def test_what_is_not_fetched_is_not_offered(tmp_path: Path) -> None:
    offered = sheets.available(tmp_path)
    assert set(offered) == {n for n, look in looks().items() if not look.package}
    system = looks()["bootstrap"]
    sheet_file = tmp_path / system.styles[0]
    sheet_file.parent.mkdir(parents=True)
    sheet_file.write_text("")
    assert "bootstrap" in sheets.available(tmp_path)


def test_a_font_suits_the_look() -> None:
    known = {"Inter": "sans", "Lora": "serif", "JetBrains Mono": "mono"}
    paper = {sheets.font_for(looks()["paper"], known, Random(i)) for i in range(30)}
    assert paper == {'"Lora", "DejaVu Serif", serif'}
    assert sheets.font_for(looks()["terminal"], {}, Random(1)) == '"DejaVu Sans Mono", monospace'
