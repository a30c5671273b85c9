"""What belongs to a line of text, on pictures drawn here."""

from __future__ import annotations

import pytest

from ghost_architect.pages.ink import Area, Piece, pieces

from .drawing import Screen, overlap


def cut(screen: Screen) -> list[Piece]:
    """The pieces of the one text on the screen, whose region the detector would find around its middle."""
    ((_, (x, y, w, h)),) = screen.texts
    core = Area(x + 2, y + h // 4, x + w - 2, y + h - h // 4)
    return pieces(screen.pixels, core, Area(x - 12, y - 9, x + w + 12, y + h + 9))


@pytest.mark.parametrize("rounded", [0, 4])
def test_a_frame_around_the_text_is_left_out(rounded: int) -> None:
    screen = Screen(300, 60)
    screen.write(40, 20, "Delivered", 12)
    x, y, w, h = screen.texts[0][1]
    screen.draw.rounded_rectangle((x - 6, y - 5, x + w + 5, y + h + 4), rounded, outline="black")
    (piece,) = cut(screen)
    assert overlap(piece.area.box, screen.texts[0][1]) > 0.8


def test_an_underline_is_left_out() -> None:
    screen = Screen(300, 60)
    screen.write(40, 20, "Customers", 14)
    x, y, w, h = screen.texts[0][1]
    screen.draw.line((x, y + h + 1, x + w, y + h + 1), "black")
    (piece,) = cut(screen)
    assert piece.area.bottom <= y + h


def test_a_letter_in_a_ring_is_kept() -> None:
    screen = Screen(300, 60)
    screen.write(40, 20, "@", 20)
    (piece,) = cut(screen)
    assert overlap(piece.area.box, screen.texts[0][1]) > 0.7


def test_gaps_are_the_empty_columns_between_letters() -> None:
    screen = Screen(300, 60)
    screen.write(40, 20, "H H", 20)
    (piece,) = cut(screen)
    ((start, end),) = piece.gaps
    assert piece.area.left < start < end < piece.area.right
    assert (screen.pixels[:, start:end] > 200).all()


@pytest.mark.parametrize("spacing", [0, 1, 2, 3])
def test_spaced_words_stay_together(spacing: int) -> None:
    screen = Screen(500, 60)
    screen.write(40, 20, "ORDER NUMBER", 12, spacing=spacing)
    assert len(cut(screen)) == 1
