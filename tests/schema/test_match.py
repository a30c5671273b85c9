"""Names, their similarity, and the optimal assignment."""

from __future__ import annotations

import doctest
import itertools
import math
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.schema import match
from ghost_architect.schema.match import assign, is_audit, jaro_winkler, name_similarity, words

NAMES = st.text(string.ascii_letters + string.digits + "_ -", max_size=20)


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(match).failed == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders", ("order",)),
        ("orderNumber", ("order", "number")),
        ("tbl_CustomerAddr", ("customer", "address")),
        ("Date of birth", ("date", "birth")),
        ("dob", ("birth", "date")),
        ("Order #", ("order",)),
        ("qty", ("quantity",)),
        ("people", ("person",)),
        ("status", ("status",)),
        ("gas", ("gas",)),
        ("line2", ("line2",)),
        ("_", ()),
        ("", ()),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("customers", "Customer", 1.0),
        ("clients", "customer", 0.95),
        ("placed_on", "placed at", 1.95 / 2),
        ("total_amount", "amount_due", 1 / 2),
        ("first_name", "name_first", 1.0),
        ("total", "colour", 0.0),
        ("", "colour", 0.0),
        ("the", "of", 1.0),  # nothing but filler on both sides
    ],
)
def test_name_similarity(a: str, b: str, expected: float) -> None:
    assert name_similarity(a, b) == pytest.approx(expected)


def test_a_slip_of_the_pen_is_forgiven_but_not_free() -> None:
    assert 0.8 < name_similarity("description", "descripton") < 0.9
    assert name_similarity("description", "prescription") == 0.0  # another word with many of the same letters


@given(NAMES, NAMES)
def test_similarity_has_no_direction(a: str, b: str) -> None:
    assert name_similarity(a, b) == pytest.approx(name_similarity(b, a))
    assert 0.0 <= name_similarity(a, b) <= 1.0
    assert name_similarity(a, a) == 1.0


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        # The three examples of Winkler's 1990 paper, to three digits.
        ("MARTHA", "MARHTA", 0.961),
        ("DWAYNE", "DUANE", 0.840),
        ("DIXON", "DICKSONX", 0.813),
        ("ABC", "XYZ", 0.0),
        ("", "A", 0.0),
        ("", "", 1.0),
        ("same", "same", 1.0),
    ],
)
def test_jaro_winkler(a: str, b: str, expected: float) -> None:
    assert jaro_winkler(a, b) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize("name", ["id", "ID", "createdAt", "created_at", "updated", "deleted at"])
def test_audit_columns(name: str) -> None:
    assert is_audit(name)


@pytest.mark.parametrize("name", ["order_id", "created_by", "creation", ""])
def test_other_columns_are_no_audit_columns(name: str) -> None:
    assert not is_audit(name)


def _best_sum(matrix: list[list[float]]) -> float:
    """The best assignment by trying all of them."""
    if len(matrix) > len(matrix[0]):
        matrix = [list(column) for column in zip(*matrix, strict=True)]
    ways = itertools.permutations(range(len(matrix[0])), len(matrix))
    return max(math.fsum(row[j] for row, j in zip(matrix, way, strict=True)) for way in ways)


# Few different values make many ties, where a wrong path shows.
@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 0.7, 0.95, 1.0), tuple(i / 97 for i in range(98))])
def test_assignment_is_the_best_of_all(values: tuple[float, ...]) -> None:
    rng = random.Random(7)
    for _ in range(150):
        rows, columns = rng.randint(1, 6), rng.randint(1, 6)
        matrix = [[rng.choice(values) for _ in range(columns)] for _ in range(rows)]
        pairs = assign(matrix)
        assert len(pairs) == min(rows, columns)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
        assert pairs == sorted(pairs)
        assert math.fsum(matrix[i][j] for i, j in pairs) == pytest.approx(_best_sum(matrix))


def test_assignment_takes_less_here_for_more_there() -> None:
    assert assign([[0.9, 0.8], [0.8, 0.1]]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("matrix", [[], [[]], [[], []]])
def test_nothing_to_assign(matrix: list[list[float]]) -> None:
    assert assign(matrix) == []


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (3, 5), (5, 3)])
def test_equal_entries_give_the_diagonal(rows: int, columns: int) -> None:
    assert assign([[0.5] * columns for _ in range(rows)]) == [(i, i) for i in range(min(rows, columns))]


def test_ties_are_decided_as_in_the_published_algorithm() -> None:
    # What scipy.optimize.linear_sum_assignment (1.17), the same algorithm, answers: counts hang on it.
    matrix = [[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0] * 4]
    assert assign(matrix) == [(0, 1), (1, 3), (2, 2), (3, 0)]
