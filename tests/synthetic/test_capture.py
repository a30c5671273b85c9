"""What `capture.js` says a person reads, in a real Chromium, and where the ink of it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ghost_architect.synthetic.camera.sight import Sighting
from ghost_architect.synthetic.camera.window import Window

from .tabs import Screen, browser, lines, pixels

_STYLE = """
.cut{width:80px;overflow:hidden;white-space:nowrap} .dots{text-overflow:ellipsis}
.new::before{content:'New ';color:#900} .req::after{content:' *';color:#c00}
.count::after{content:attr(data-n);margin-left:14px}
.icon::before{content:'\\e001';font-family:Nothing}
.two{width:110px;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.over{position:absolute;left:0;top:0;width:200px;height:40px}
.bare{border-color:transparent!important;background:none!important;outline:0;resize:none}
ol,pre{margin:0}
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with browser() as own:
        yield Screen(own, _STYLE)


READ = {
    # what does not fit
    "overflow": ('<div class="cut">A very long text here</div>', ["A very long"]),
    "overflow, cut within a word": ('<div class="cut" style="width:62px">A very long text</div>', ["A very lo"]),
    "three dots on the block itself": ('<div class="cut dots">A very long text here</div>', ["A very lo..."]),
    "three dots after two elements": ('<div class="cut dots"><a>A very</a> <b>long text</b></div>', ["A very lo..."]),
    "no dots where it fits": ('<div class="cut dots">Short</div>', ["Short"]),
    "two lines, then dots": (
        '<div class="two">Words that wrap onto several lines</div>',
        ["Words that", "wrap onto..."],
    ),
    "below the window": ('<p style="margin-top:900px">Far below</p>', []),
    "half below the clip": ('<div style="height:10px;overflow:hidden;line-height:20px">Half a line</div>', []),
    "scrolled away": (
        (
            '<div data-scroll="40" style="height:20px;overflow:hidden"><p style="margin:0">One</p>'
            '<p style="margin:0">Two</p>'
            '<p style="margin:0">Three</p></div>'
        ),
        ["Three"],
    ),
    "left of the window": ('<p style="text-indent:-9999px">Replaced by a picture</p>', []),
    "for screen readers": (
        '<p style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">Skip</p>',
        [],
    ),
    "absolute is not clipped by what it does not stand in": (
        '<div style="width:9px;height:9px;overflow:hidden"><p style="position:absolute;top:90px">Menu</p></div>',
        ["Menu"],
    ),
    # what is not there
    "display": ('<p style="display:none">No</p><p>Yes</p>', ["Yes"]),
    "visibility": ('<p style="visibility:hidden">No <b style="visibility:visible">Yes</b></p>', ["Yes"]),
    "opacity": ('<p style="opacity:0">No</p><div style="opacity:.2"><p style="opacity:.2">No</p></div>', []),
    "white on white": (
        '<p style="color:#fff">Ghost</p><p style="color:#eee">Ghost</p><p style="color:#888">Grey</p>',
        ["Grey"],
    ),
    "white on a gradient": ('<p style="color:#fff;background:linear-gradient(90deg,#123,#456)">Hero</p>', ["Hero"]),
    "letters filled with a gradient": (
        '<p style="background:linear-gradient(red,blue);background-clip:text;color:transparent">Rainbow</p>',
        ["Rainbow"],
    ),
    "turned": ('<p style="transform:rotate(-90deg)">Up</p><p style="writing-mode:vertical-rl">Down</p>', []),
    "folded": (
        "<details><summary>More</summary>Inside</details><details open><summary>A</summary>B</details>",
        ["More", "A", "B"],
    ),
    # what lies over it
    "behind what is opaque": (
        '<p style="margin:4px">Behind</p><div class="over" style="background:#eee">Front</div>',
        ["Front"],
    ),
    "behind a dim veil": (
        '<p style="margin:4px">Behind</p><div class="over" style="background:rgba(0,0,0,.4)"></div>',
        ["Behind"],
    ),
    "behind what lets clicks through": (
        '<p style="margin:4px">Behind</p><div class="over" style="background:#eee;pointer-events:none"></div>',
        [],
    ),
    "lets clicks through itself": (
        '<div class="over" style="background:#eee"></div><p style="pointer-events:none;margin:60px 0">Seen</p>',
        ["Seen"],
    ),
    "half behind": (
        (
            '<p style="margin:4px;white-space:nowrap">Customer number of the year</p>'
            '<div class="over" style="left:76px;background:#eee"></div>'
        ),
        ["Customer"],
    ),
    "in front of what is lower": (
        '<div class="over" style="background:#eee;z-index:-1"></div><p style="margin:4px">Above</p>',
        ["Above"],
    ),
    "behind a picture": ('<p style="margin:4px">Behind</p><img class="over" alt="">', []),
    "a menu over a dialog": (
        (
            '<div class="over" style="width:300px;height:200px;background:#eee"><p style="margin:4px">Title</p>'
            '<p style="margin:4px">Behind</p>'
            '<ul style="position:absolute;left:0;top:24px;margin:0;padding:2px 9px;background:#fff"><li>Menu item</ul>'
        ),
        ["Title", "Menu item"],
    ),
    "written over each other": (
        (
            '<p style="position:absolute;margin:0;left:9px;top:9px">Garbled</p>'
            '<p style="position:absolute;margin:0;left:12px;top:9px">Letters</p>'
        ),
        [],
    ),
    # how it is written
    "upper case": ('<p style="text-transform:uppercase">Order total</p>', ["ORDER TOTAL"]),
    "capitalize": ('<p style="text-transform:capitalize">unit price (net) don\'t</p>', ["Unit Price (Net) Don't"]),
    "wrapped": (
        '<p style="width:110px">Words that wrap onto several lines</p>',
        ["Words that", "wrap onto", "several lines"],
    ),
    "broken anywhere": (
        '<p style="width:70px;word-break:break-all">Unbreakablewordgoes</p>',
        ["Unbreaka", "blewordg", "oes"],
    ),
    "lines kept": ("<pre>line one\nline two</pre>", ["line one", "line two"]),
    "wrapped across elements": (
        '<p style="width:150px">Some <b>bold words in</b> a text</p>',
        ["Some bold words", "in a text"],
    ),
    "raised": ("<p>Area m<sup>2</sup></p>", ["Area m2"]),
    "numbered": (
        '<ol><li>First<li>Second</ol><ol type="i" start="3"><li>Third</ol>',
        ["1. First", "2. Second", "iii. Third"],
    ),
    "bullets": ("<ul><li>First</ul>", ["First"]),
    "svg": (
        '<svg width="150" height="30"><title>No</title><text x="10" y="20" font-size="14">Axis</text></svg>',
        ["Axis"],
    ),
    "before": ('<span class="new">Status</span>', ["New Status"]),
    "after": ('<label class="req">Name</label>', ["Name *"]),
    "after, from an attribute": ('<span class="count" data-n="17">Inbox</span>', ["Inbox", "17"]),
    "thin letters": ("<label>User<span>:</span></label> <b>I</b>", ["User: I"]),
    "icon fonts": ('<i class="icon"></i><i>\ue002</i> Save', ["Save"]),
    "no letter or digit": ("<p>•••</p><p>—</p><p>×</p>", []),
    # controls
    "value": ('<input value="Jane"><input type="email" value="j@x.example">', ["Jane", "j@x.example"]),
    "placeholder": ('<input placeholder="Search"><br><textarea placeholder="Notes"></textarea>', ["Search", "Notes"]),
    "value before placeholder": ('<input placeholder="Search" value="Found">', ["Found"]),
    "password": ('<input type="password" value="secret"><input type="password" placeholder="Password">', ["Password"]),
    "dates": (
        (
            '<input type="date" value="2026-03-04"><br><input type="date"><br><input type="time" value="14:05"><br>'
            '<input type="datetime-local" value="2026-03-04T00:05"><br><input type="month" value="2026-03">'
        ),
        ["03/04/2026", "mm/dd/yyyy", "02:05 PM", "03/04/2026, 12:05 AM", "March 2026"],
    ),
    "select": ("<select><option>One<option selected>Two</select>", ["Two"]),
    "list box": ("<select multiple size=2><option>Red<option>Green<option>Blue</select>", ["Red", "Green"]),
    "buttons": (
        '<button>Save</button><br><input type="submit"><br><input type="button" value="Go">',
        ["Save", "Submit", "Go"],
    ),
    "marks": ('<input type="checkbox" value="on"><input type="radio" value="x"><input type="hidden" value="h">', []),
    "textarea": (
        '<textarea cols="18" rows="3">Several words that wrap to lines</textarea>',
        ["Several words that", "wrap to lines"],
    ),
    "long value": ('<input style="width:60px" value="longer than its box">', ["longer tha"]),
}


@pytest.mark.parametrize("case", READ)
def test_a_person_reads(screen: Screen, case: str) -> None:
    body, expected = READ[case]
    assert screen.read(body) == expected


def test_facts_come_from_the_nearest_mark(screen: Screen) -> None:
    (line,) = screen.seen(
        '<p data-f="orders.total" data-p="label">Total <b data-f="orders.currency orders.id">EUR</b></p>'
    )
    assert [(s.facts, s.part) for s in line.said] == [
        (("orders.total",), "label"),
        (("orders.currency", "orders.id"), "value"),
    ]


def test_contrast_is_that_of_wcag(screen: Screen) -> None:
    bodies = ["color:#000", "color:#767676", "color:#fff;background:#0d6efd", "color:rgba(0,0,0,.5);opacity:.8"]
    found = [screen.seen(f'<p style="{style}">Text</p>')[0].contrast for style in bodies]
    assert found == pytest.approx([21, 4.5, 4.5, 2.7], abs=0.1)


def test_order_of_runs_does_not_matter_to_lines(screen: Screen) -> None:
    style = "display:flex;flex-direction:row-reverse;justify-content:flex-end;gap:4px"
    assert screen.read(f'<div style="{style}"><b>last</b><i>first</i></div>') == ["first last"]


def test_columns_are_lines_of_their_own(screen: Screen) -> None:
    row = "".join(f'<td style="padding:6px 8px">{word}</td>' for word in ("Name", "Total", "Due"))
    assert screen.read(f"<table><tr>{row}</tr></table>") == ["Name", "Total", "Due"]


INKED = (
    "Order number gjp", "once", '<b>Bold amount</b>', '<span style="text-transform:uppercase">Order total</span>',
    '<span style="letter-spacing:1.5px">SPACED OUT</span>', '<span style="font:11px Liberation Mono">INV-00042</span>',
    '<span style="font:16px DejaVu Serif">Quality, jugs</span>', '<span style="font-size:34px">$42,100</span>',
    '<small style="font-size:9px">tiny print 12</small>', '<i style="font-family:Liberation Sans">Italic words</i>',
    '<div class="cut">A very long text here</div>', '<div class="cut dots">A very long text here</div>',
    '<p style="width:110px;margin:0">Words that wrap onto several lines</p>',
    '<div class="two">Words that wrap onto several lines</div>',
    '<input class="bare" value="Jane Fitzgerald">', '<input class="bare" style="text-align:right" value="1,204.50">',
    '<input class="bare" style="padding:9px 14px;font:16px DejaVu Sans;width:140px" value="Padded">',
    '<input class="bare" placeholder="Type to search">',
    '<input class="bare" type="number" value="42">', '<select><option>Second choice</select>',
    '<select style="appearance:none;width:150px;padding:6px 10px;border:0;background:#fff"><option>Plain</select>',
    '<textarea class="bare" cols="18" rows="3">Several words that wrap to lines</textarea>',
    '<button style="border:0;background:#fff">Save changes</button>', "<ol><li>First thing</ol>",
    '<span class="new">Status</span>', '<label class="req">Name</label>', "<p style='margin:0'>Area m<sup>2</sup></p>",
    '<svg width="150" height="30" viewBox="0 0 300 60"><text x="20" y="40" font-size="28">Scaled</text></svg>',
    '<div style="transform:scale(1.3);transform-origin:0 0">Scaled words</div>',
    '<p style="word-spacing:4px;margin:0">word spaced text</p>',
    '<p style="text-indent:20px;margin:0">indented</p>', '<p style="text-align:right;margin:0">98.10</p>',
)  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_boxes_are_where_the_ink_is(screen: Screen, scale: float) -> None:
    window = Window(1300, 720, scale)
    cells = "".join(
        f'<div style="position:absolute;left:{i % 6 * 215 + 8}px;top:{i // 6 * 90 + 8}px;width:190px">{item}</div>'
        for i, item in enumerate(INKED)
    )
    shot = screen.shoot(cells, window)
    ink = pixels(shot).min(axis=2) < 160
    seen = lines(shot, window)
    assert len(seen) == len(INKED) + 4  # lines that wrap
    far = [(line.text, edges) for line in seen if max(map(abs, edges := _off(line, ink, scale))) > 2 * scale**0.5]
    assert not far


def _off(line: Sighting, ink: np.ndarray[tuple[int, int], np.dtype[np.bool_]], scale: float) -> list[int]:
    """How far each edge of the box is from that of the ink in and around it."""
    x, y, w, h = line.box
    beside, above = round(4 * scale), round(2 * scale)
    left, top = max(0, x - beside), max(0, y - above)
    around = ink[top : y + h + above, left : x + w + beside]
    rows, columns = np.flatnonzero(around.any(axis=1)), np.flatnonzero(around.any(axis=0))
    found = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
    return [int(a - b) for a, b in zip((x, y, x + w, y + h), found, strict=True)]
