"""Estimates tell what becomes of a pair only where they are as good as is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ghost_architect.data import asked, pictures, shortening
from ghost_architect.data.length import Length, Prices, lengths, prompts
from ghost_architect.data.pictures import Size
from ghost_architect.data.shortening import fits
from ghost_architect.pages import budget
from ghost_architect.pages.pair import FILE, Pair, read_pairs
from ghost_architect.schema.ddl import statements
from ghost_architect.schema.objects import Schema

FOLDER = Path(__file__).parents[2] / "data" / "validation_set"

Long = tuple[Pair, Mapping[str, Size], Length]


@pytest.fixture(scope="module")
def pairs() -> list[Long]:
    every = list(read_pairs(FOLDER / FILE))
    sizes = {name: size for p in every for name in p.images for size in [look(FOLDER / name)]}
    found = lengths([(pair, sizes, Prices(pair.schema, statements(pair.schema))) for pair in every])
    return [(pair, sizes, length) for pair, length in zip(every, found, strict=True)]


def look(picture: Path) -> Size:
    _, size = pictures.look(picture.read_bytes())
    assert size
    return size


def test_estimates_are_as_good_as_is_said(pairs: list[Long]) -> None:
    """Those of answers, and those of prompts that have lost all that they can lose."""
    off, off_lines = [], []
    for pair, sizes, length in pairs:
        whole, least = written(pair, sizes, length)
        evident = sum(next(prompts([(pair, sizes, shortening._evident(pair))]))) + length.answer
        off.append((whole - length.whole) / shortening._scale(length))
        off_lines.append((least - evident) / shortening._scale(length))
    assert min(off) > -0.07
    assert max(off) < 0.24
    assert min(off_lines) > -0.07
    assert max(off_lines) < 0.35


def written(pair: Pair, sizes: Mapping[str, Size], length: Length) -> tuple[int, int]:
    """How long it is by its answer as it is written: with all lines, and with those that are cited."""
    exact = shortening._counted(pair, sizes, length, 0)
    assert exact.least is not None
    return exact.length.whole, exact.least


def test_what_is_told_is_so_to_the_token(pairs: list[Long]) -> None:
    for one in pairs:
        whole, least = written(*one)
        for sequence in (whole, whole - 1, least, least - 1):
            (fit,) = fits([one], sequence)
            assert (fit.least is None) == (whole <= sequence)
            assert fit.least is None or (fit.least <= sequence) == (least <= sequence)


def test_few_answers_are_written(pairs: list[Long], monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes most of the time: of the pairs that are longer than a row, and those that are about as long."""
    count = 0

    def watched(schema: Schema) -> str:
        nonlocal count
        count += 1
        return asked.written(schema)

    monkeypatch.setattr(shortening, "written", watched)
    list(fits(pairs, 4096))
    assert 0 < count < 0.12 * len(pairs)
    few = count
    list(fits(pairs, 10**5))
    assert count == few


def test_an_answer_costs_what_its_lines_cost() -> None:
    for answer in ("", "a", "CREATE TABLE a ( -- 3, 12\n    b TEXT\n);\n\nCREATE INDEX c ON a (b);\n"):
        true = sum(map(budget.tokens, filter(None, answer.split("\n")))) or 1
        assert shortening._cost(answer) == true
