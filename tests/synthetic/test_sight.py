"""Runs of letters become the lines that a reader sees."""

from __future__ import annotations

from typing import Any

from ghost_architect.synthetic.camera.sight import Said, sightings


def run(text: str, left: float, right: float, baseline: float = 20, **more: Any) -> dict[str, Any]:
    """A run of 14 px letters, 10 px high."""
    usual = {"s": 14, "c": 21, "f": "", "p": "", "k": 1, "w": False, "h": False, "z": False}
    return {"t": text, "b": [left, baseline - 10, right, baseline], "y": baseline, **usual, **more}


def texts(*runs: dict[str, Any]) -> list[str]:
    return [line.text for line in sightings(runs, 1, 400, 300)]


def test_runs_are_joined_where_they_stand_close() -> None:
    assert texts(run("Order", 10, 50), run("number", 54, 110)) == ["Order number"]
    assert texts(run("Order", 10, 50), run("number", 62, 110)) == ["Order", "number"]


def test_runs_are_joined_in_any_order() -> None:
    assert texts(run("c", 34, 40), run("a", 10, 16), run("b", 22, 28)) == ["a b c"]


def test_a_space_is_one_that_is_seen_written_or_between_blocks() -> None:
    assert texts(run("Name", 10, 50), run(":", 51.5, 53)) == ["Name:"]
    assert texts(run("Name", 10, 50), run("*", 52, 56, h=True)) == ["Name *"]
    assert texts(run("Name", 10, 50, z=True), run("*", 52, 56)) == ["Name *"]
    assert texts(run("At", 10, 30), run("9:30", 32, 56, k=2)) == ["At 9:30"]


def test_other_sizes_and_other_heights_are_other_lines() -> None:
    assert texts(run("Big", 10, 50, s=30), run("small", 54, 90)) == ["Big", "small"]
    assert texts(run("Up", 10, 50), run("down", 53, 90, 32)) == ["Up", "down"]
    assert texts(run("m", 10, 20), run("2", 21, 26, 16, s=11)) == ["m2"]


def test_lines_come_from_the_top_and_from_the_left() -> None:
    assert texts(run("d", 90, 99, 60), run("b", 90, 99), run("c", 10, 19, 60), run("a", 10, 19)) == ["a", "b", "c", "d"]


def test_a_line_says_what_its_runs_say_once() -> None:
    label: dict[str, Any] = {"f": "orders.total", "p": "label"}
    (line,) = sightings(
        [
            run("Total", 10, 50, **label),
            run("(net)", 54, 80, **label),
            run("9.50", 84, 99, f="orders.total", p="value"),
        ],
        1,
        400,
        300,
    )
    assert line.said == (Said(("orders.total",), "label"), Said(("orders.total",), "value"))


def test_boxes_are_device_pixels_inside_the_picture() -> None:
    (line,) = sightings([run("Edge", -3, 420, 8)], 2, 800, 600)
    assert line.box == (0, 0, 800, 16)
    assert (line.size, line.contrast) == (28, 21)


def test_text_is_spelt_as_recognition_spells_it() -> None:
    assert texts(run("More…  of\u00a0it", 10, 80)) == ["More... of it"]
    assert texts(run("— • ×", 10, 80)) == []
    assert sightings([run("Tiny", 10, 40)], 0.3, 400, 300) == []
