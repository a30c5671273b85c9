"""Where spaces are read: gaps and probabilities made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ghost_architect.pages.ink import Area, Piece
from ghost_architect.pages.ocr import Recognised
from ghost_architect.pages.spaces import spelled

LEFT = 100
"""The picture column where the strips begin."""


def line(text: str, gaps: Sequence[int], chances: Sequence[float]) -> str:
    """What is read from characters 6 wide and 8 high (a type of 11 px), so far apart, with such chances of a space."""
    places, empty, x = [], [], 2
    for gap in [*gaps, 0]:
        places.append(x + 3.0)
        if gap:
            empty.append((LEFT + x + 6, LEFT + x + 6 + gap))
        x += 6 + gap
    piece = Piece(Area(LEFT + 2, 50, LEFT + x, 58), 7.0, tuple(empty))
    return spelled(Recognised(text, tuple(places), tuple(chances), 1.0), piece, LEFT)


def test_a_likely_space_is_read_whatever_the_gap() -> None:
    assert line("AVENUE", [1, 1, 1, 1, 1], [0, 0, 0, 0, 0.9]) == "AVENU E"
    assert line("AVENUE", [1, 1, 1, 1, 0], [0, 0, 0, 0, 0.9]) == "AVENU E"


def test_a_word_gap_needs_only_a_hint() -> None:
    assert line("DUEON", [1, 1, 4, 1], [0, 0, 0.004, 0]) == "DUE ON"
    assert line("DUEON", [1, 1, 4, 1], [0, 0, 0.001, 0]) == "DUEON"
    assert line("DUEON", [1, 1, 2, 1], [0, 0, 0.004, 0]) == "DUEON"


def test_a_gap_wider_than_any_letter_gap_needs_none() -> None:
    assert line("DUEON", [1, 1, 7, 1], [0, 0, 0, 0]) == "DUE ON"


def test_spaced_letters_do_not_fall_apart() -> None:
    unsure = [0.5, 0.4, 0.5, 0.3, 0.5, 0.5]
    assert line("MACHINE", [5, 5, 4, 5, 5, 5], unsure) == "MACHINE"
    assert line("MACHINE", [5, 5, 10, 5, 5, 5], unsure) == "MAC HINE"


def test_the_picture_does_not_part_what_hangs_together() -> None:
    assert line("1204.50", [2, 2, 2, 6, 6, 2], [0, 0, 0, 0.02, 0.02, 0]) == "1204.50"
    assert line("A.NOVAK", [5, 5, 1, 1, 1, 1], [0.5, 0.5, 0, 0, 0, 0]) == "A. NOVAK"


@pytest.mark.parametrize("gaps", [[3, 3], [0, 0]])
def test_short_lines_have_no_letter_gap_to_compare_with(gaps: list[int]) -> None:
    assert line("8Ha", gaps, [0.4, 0.2]) == "8 Ha"


def test_no_character_and_one() -> None:
    assert line("7", [], []) == "7"
    assert spelled(Recognised("", (), (), 0.0), Piece(Area(0, 0, 4, 8), 7.0), 0) == ""
