"""Reading order from boxes alone."""

from __future__ import annotations

import random

from ghost_architect.pages.order import reading_order, rows
from ghost_architect.pages.page import Line

from .drawing import line


def numbers(lines: list[Line]) -> list[int]:
    return [x.n for x in lines]


def shuffled(lines: list[Line]) -> list[Line]:
    return random.Random(5).sample(lines, len(lines))


def table(first: int, x: int, y: int, across: int, down: int) -> list[Line]:
    return [line(first + r * across + c, x + 150 * c, y + 40 * r) for r in range(down) for c in range(across)]


def test_a_table_is_read_row_by_row() -> None:
    cells = table(1, 40, 30, 5, 8)
    assert numbers(reading_order(shuffled(cells))) == list(range(1, 41))


def test_a_form_in_two_columns_is_read_row_by_row() -> None:
    fields = [line(2 * r + c + 1, 40 + 400 * c, 30 + 70 * r + c) for r in range(5) for c in range(2)]
    assert numbers(reading_order(shuffled(fields))) == list(range(1, 11))


def test_a_side_bar_is_read_before_the_table_beside_it() -> None:
    bar = [line(1 + i, 20, 30 + 57 * i) for i in range(6)]
    cells = table(7, 300, 40, 4, 9)
    assert numbers(reading_order(shuffled(bar + cells))) == list(range(1, 43))


def test_top_bar_side_bar_content_status_bar() -> None:
    top = [line(1, 20, 10, w=500), line(2, 700, 10)]
    bar = [line(3 + i, 20, 60 + 57 * i) for i in range(6)]
    cells = table(9, 300, 75, 4, 8)
    status = [line(41, 20, 460, w=600)]
    assert numbers(reading_order(shuffled(top + bar + cells + status))) == list(range(1, 42))


def test_sections_with_a_heading_beside_them_are_read_one_by_one() -> None:
    lines = []
    for section in range(3):
        top, first = 40 + 230 * section, 10 * section
        lines += [line(first + 1, 20, top), line(first + 2, 20, top + 19)]
        for row in range(3):
            y = top + 12 + 39 * row
            lines += [line(first + 3 + 2 * row, 400, y), line(first + 4 + 2 * row, 620, y)]
    assert numbers(reading_order(shuffled(lines))) == [10 * s + i for s in range(3) for i in range(1, 9)]


def test_a_column_of_wrapped_cells_stays_in_its_table() -> None:
    cells = [line(10 * r + c, 40 + 150 * c, 30 + 80 * r) for r in range(6) for c in range(3)]
    wrapped = [line(10 * r + 5 + half, 600, 30 + 80 * r - 9 + 18 * half, h=14) for r in range(6) for half in (0, 1)]
    order = numbers(reading_order(shuffled(cells + wrapped)))
    assert [n // 10 for n in order] == sorted(n // 10 for n in order)


def test_rows_take_what_stands_beside_each_other() -> None:
    found = rows([line(1, 200, 12), line(2, 20, 10, h=20), line(3, 20, 60)])
    assert [[x.n for x in row] for row in found] == [[2, 1], [3]]


def test_order_is_complete_and_the_same_from_any_start() -> None:
    chance = random.Random(11)
    for _ in range(40):
        spots = {(chance.randrange(0, 1200, 7), chance.randrange(0, 700, 3)) for _ in range(chance.randrange(60))}
        lines = [line(n, *spot) for n, spot in enumerate(sorted(spots), 1)]
        once = reading_order(lines)
        assert sorted(numbers(once)) == list(range(1, len(lines) + 1))
        assert numbers(reading_order(shuffled(lines))) == numbers(once)
    assert reading_order([]) == []
