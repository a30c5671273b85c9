"""The noise model: what each of its parameters does, and whether it does what recognition does."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from ghost_architect.synthetic.camera.noise import KINDS, Noise, measured, neighbours, noisy
from ghost_architect.synthetic.camera.sight import Said, Sighting
from ghost_architect.synthetic.looks.setup import default_folder

from ..outside import program

LABEL, VALUE = Said(("orders.total",), "label"), Said(("orders.id",), "value")
SIZE = (1280, 800)
NONE = Noise(
    missed=dict.fromkeys(KINDS, 0.0), joined={}, split=0, letters={}, lost=0, made=0, small={}, before={},
    invented={}, edges=({0: 1},) * 4,
)  # fmt: skip


def line(x: int, text: str, *said: Said, y: int = 40) -> Sighting:
    return Sighting((x, y, 8 * len(text), 10), text, said, 21, 14)


LINES = [line(10, "Order total", LABEL), line(104, "A-10 l0st", VALUE), line(10, "Five  words are said here", y=90)]


def read(noise: Noise, lines: list[Sighting] = LINES, seed: int = 1) -> list[Sighting]:
    return noisy(lines, Random(seed), *SIZE, noise)


def test_without_noise_nothing_changes() -> None:
    plain = [replace(own, text=" ".join(own.text.split())) for own in LINES]
    assert read(NONE) == plain


def test_the_same_seed_makes_the_same_faults() -> None:
    lines = [line(10 + 150 * (i % 8), f"Line {i} of many", y=20 + 20 * (i // 8)) for i in range(240)]
    one, other, third = (noisy(lines, Random(seed), *SIZE) for seed in (3, 3, 4))
    assert one == other != third


def test_missed_lines_are_gone() -> None:
    assert read(replace(NONE, missed={**NONE.missed, "more": 1.0})) == []
    faint = replace(line(10, "x"), contrast=2.0)
    assert read(replace(NONE, missed={**NONE.missed, "faint letter": 1.0}), [faint, line(99, "x")]) == [line(99, "x")]


def test_joined_lines_say_what_both_said() -> None:
    first, *_ = read(replace(NONE, joined={2.5: 1.0}))
    assert (first.text, first.said, first.box) == ("Order total A-10 l0st", (LABEL, VALUE), (10, 40, 166, 10))


def test_a_whole_row_may_be_joined() -> None:
    row = [line(x, "cell", VALUE) for x in (10, 50, 90, 130)]
    assert [x.text for x in read(replace(NONE, joined={2.5: 1.0}), row)] == ["cell cell cell cell"]


def test_parts_of_a_split_line_say_what_it_said() -> None:
    first, second, *_ = read(replace(NONE, split=1.0))
    assert (first.text, first.said, second.text, second.said) == ("Order", (LABEL,), "total", (LABEL,))
    assert first.box[0] + first.box[2] < second.box[0]
    assert second.box[0] + second.box[2] == 98


def test_letters_and_spaces_are_misread() -> None:
    texts = [x.text for x in read(replace(NONE, letters={"0": {"O": 1.0}, "-": {"": 1.0}}, lost=1.0))]
    assert texts == ["Ordertotal", "A1OlOst", "Fivewordsaresaidhere"]
    assert read(replace(NONE, made=1.0))[1].text == "A - 1 0 l 0 s t"


def test_small_letters_are_misread_more_often() -> None:
    noise = replace(NONE, letters={"l": {"I": 0.1}}, small={11: 4.0, 99: 0.5})
    found = Counter[int]()
    for seed in range(300):
        for size in (9, 20):
            (own,) = noisy([replace(line(10, "llll"), size=size)], Random(seed), *SIZE, noise)
            found[size] += own.text.count("I")
    assert found[9] / 1200 == pytest.approx(0.4, abs=0.05)
    assert found[20] / 1200 == pytest.approx(0.05, abs=0.02)


def test_what_is_left_without_letters_is_no_line() -> None:
    assert read(replace(NONE, letters={"x": {"": 1.0}}), [line(10, "x"), line(50, "ok")]) == [line(50, "ok")]


def test_invented_lines_say_nothing_and_lie_beside_others() -> None:
    found = read(replace(NONE, invented={"Q": 1.0}), [line(400, "Menu", VALUE)])
    (own,) = [x for x in found if x.text == "Q"]
    assert not own.said
    assert 300 < own.box[0] < own.box[0] + own.box[2] < 400


def test_boxes_stay_in_the_picture() -> None:
    at_edges = [Sighting((0, 0, 5, 3), "ab"), Sighting((1275, 797, 5, 3), "ab"), Sighting((0, 797, 1280, 3), "ab")]
    noise = replace(NONE, edges=({-4: 1, 4: 1},) * 4)
    for seed in range(50):
        for own in noisy(at_edges, Random(seed), *SIZE, noise):
            x, y, w, h = own.box
            assert x >= 0
            assert y >= 0
            assert w >= 1
            assert h >= 1
            assert x + w <= 1280
            assert y + h <= 800


def test_the_nearest_line_on_the_left_is_the_neighbour() -> None:
    lines = [line(10, "one"), line(130, "far"), line(40, "two"), line(40, "low", y=60), line(75, "three")]
    assert [(lines[i].text, lines[j].text) for i, j, _ in neighbours(lines)] == [
        ("one", "two"),
        ("two", "three"),
        ("three", "far"),
    ]


def test_what_was_measured_is_a_model() -> None:
    noise = measured()
    assert set(noise.missed) == set(KINDS)
    shares = [
        *noise.missed.values(),
        *noise.joined.values(),
        *noise.before.values(),
        *noise.invented.values(),
        noise.split,
        noise.lost,
        noise.made,
    ]
    assert all(0 <= share <= 1 for share in shares)
    assert all(sum(own.values()) <= 1.001 for own in noise.letters.values())
    assert [round(sum(own.values()), 1) for own in noise.edges] == [1.0] * 4


def _benchmark() -> ModuleType:
    folder = Path(__file__).parents[2] / "benchmarks"
    spec = importlib.util.spec_from_file_location("ocr_noise", folder / "ocr_noise.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    sys.modules["ocr_noise"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def test_the_model_does_what_recognition_does_on_screens_held_out() -> None:
    """Domains, looks and fonts of the test split. `benchmarks/ocr_noise.md` has the figures of 40 such screens; the
    tolerances are those of the few that there is time for here, about two standard errors of 300 lines."""
    program("chromium-headless-shell", "chromium")
    measure = _benchmark()
    screens = list(measure.readings(5, "test", 7, default_folder()))
    real = measure.rates(screens)
    runs = [
        measure.rates([measure.modelled(s, measured(), Random(f"{n}/{i}")) for i, s in enumerate(screens)])
        for n in range(10)
    ]

    def mean(name: str) -> float:
        return sum(float(getattr(run, name)) for run in runs) / len(runs)

    assert real.lines > 100
    assert mean("exact") == pytest.approx(real.exact, abs=0.05)
    assert mean("letters") == pytest.approx(real.letters, abs=0.01)
    assert mean("missed") == pytest.approx(real.missed, abs=0.03)
    assert mean("joined") == pytest.approx(real.joined, abs=0.10)
    assert mean("split") == pytest.approx(real.split, abs=0.02)
