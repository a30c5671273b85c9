"""Drawn shapes are found with their colours, on pictures where they are known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ghost_architect.pages.boxes import Drawing, Mark, Shape, find_boxes, tone_of
from ghost_architect.pages.page import Line
from ghost_architect.schema.objects import Box

from .drawing import Screen, overlap


def at(shapes: tuple[Shape, ...], box: Box) -> Shape:
    """The one shape at a place."""
    (found,) = [s for s in shapes if overlap(s.box, box) > 0.9]
    return found


def test_an_outlined_field() -> None:
    screen = Screen()
    screen.draw.rounded_rectangle((40, 50, 340, 84), 5, fill="white", outline="#d1d5db")
    screen.write(52, 58, "Anna Schmidt")
    (field,) = find_boxes(screen.pixels, _lines(screen))
    assert field.box == (41, 51, 299, 33)
    assert field.drawing is Drawing.OUTLINED
    assert field.fill == (255, 255, 255)
    assert field.border == (209, 213, 219)
    assert field.mark is Mark.NONE


def test_a_filled_pill_and_a_button() -> None:
    screen = Screen(background="#f9fafb")
    screen.draw.rounded_rectangle((40, 50, 120, 74), 12, fill="#d1fae5")
    screen.write(56, 53, "Paid", 14, "#065f46")
    screen.draw.rectangle((200, 50, 320, 90), fill="#2563eb")
    screen.write(230, 60, "Save", 16, "white")
    shapes = find_boxes(screen.pixels, _lines(screen))
    assert len(shapes) == 2
    pill, button = at(shapes, (40, 50, 81, 25)), at(shapes, (200, 50, 121, 41))
    assert (pill.drawing, pill.fill, pill.border) == (Drawing.FILLED, (209, 250, 229), None)
    assert (button.drawing, button.fill, button.border) == (Drawing.FILLED, (37, 99, 235), None)


def test_cells_of_a_ruled_table() -> None:
    screen = Screen()
    for row in range(4):
        for column in range(3):
            x, y = 30 + 150 * column, 40 + 40 * row
            screen.draw.rectangle((x, y, x + 150, y + 40), outline="#999999")
            screen.write(x + 10, y + 10, f"cell {row}{column}", 14)
    cells = find_boxes(screen.pixels, _lines(screen))
    assert [c.box for c in cells] == [(31 + 150 * c, 41 + 40 * r, 149, 39) for r in range(4) for c in range(3)]
    assert {c.drawing for c in cells} == {Drawing.OUTLINED}


def test_fields_on_a_card_on_a_page() -> None:
    screen = Screen(background="#eef0f4")
    screen.draw.rectangle((30, 30, 600, 360), fill="white")
    screen.draw.rectangle((60, 100, 300, 134), outline="#aaaaaa")
    shapes = find_boxes(screen.pixels)
    assert at(shapes, (30, 30, 571, 331)).drawing is Drawing.FILLED
    assert at(shapes, (61, 101, 239, 33)).drawing is Drawing.OUTLINED
    assert len(shapes) == 2


@pytest.mark.parametrize(
    ("points", "mark"),
    [
        ([[(300, 64), (305, 69), (310, 64)]], Mark.DOWN),
        ([[(300, 70), (305, 75), (310, 70)], [(300, 64), (305, 59), (310, 64)]], Mark.UP_DOWN),
        ([[(300, 69), (305, 64), (310, 69)]], Mark.NONE),
        ([], Mark.NONE),
    ],
)
def test_the_mark_of_a_select(points: list[list[tuple[int, int]]], mark: Mark) -> None:
    screen = Screen()
    screen.draw.rectangle((40, 50, 325, 84), outline="#888888")
    screen.write(52, 58, "Germany")
    for stroke in points:
        screen.draw.line(stroke, fill="#333333", width=2)
    assert at(find_boxes(screen.pixels), (41, 51, 284, 33)).mark is mark


def test_letters_are_no_shapes_when_the_text_is_known() -> None:
    screen = Screen()
    screen.write(30, 30, "DOQ GOOD", 60)
    assert find_boxes(screen.pixels)
    assert find_boxes(screen.pixels, _lines(screen)) == ()


def test_an_even_screen_has_no_shapes() -> None:
    even = np.full((200, 300, 3), 240, np.uint8)
    assert find_boxes(even) == ()


def test_shapes_survive_jpeg() -> None:
    screen = Screen()
    screen.draw.rectangle((40, 50, 340, 84), outline="#707070")
    screen.draw.rectangle((40, 150, 340, 184), fill="#2563eb")
    out = io.BytesIO()
    screen.image.save(out, "JPEG", quality=80)
    shapes = find_boxes(np.asarray(Image.open(out)))
    assert at(shapes, (40, 50, 300, 34)).drawing is Drawing.OUTLINED
    assert at(shapes, (40, 150, 300, 34)).drawing is Drawing.FILLED


@pytest.mark.parametrize(("behind", "ink"), [("#ffffff", "#1f2937"), ("#065f46", "#ffffff"), ("#d1fae5", "#065f46")])
def test_colours_of_a_text(behind: str, ink: str) -> None:
    screen = Screen(background=behind)
    screen.write(30, 30, "Delivered", 24, ink)
    tone = tone_of(screen.pixels, screen.texts[0][1])
    assert "#{:02x}{:02x}{:02x}".format(*tone.background) == behind
    wanted = tuple(int(ink[i : i + 2], 16) for i in (1, 3, 5))
    assert max(abs(a - b) for a, b in zip(tone.text, wanted, strict=True)) <= 16


def _lines(screen: Screen) -> list[Line]:
    return [Line(n, box, text) for n, (text, box) in enumerate(screen.texts, 1)]
