"""Text with tight boxes, parted where a person would part it, on pictures whose text is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ghost_architect.errors import GhostError
from ghost_architect.pages import lines as lines_room
from ghost_architect.pages import ocr
from ghost_architect.pages.lines import read_lines, read_screen

from .drawing import Screen, overlap

LABELS = ["Customer name", "Order date", "Unit price", "PAID", "1,204.50", "anna@example.com"]


@pytest.mark.parametrize(("background", "colour"), [("white", "black"), ("#1f2430", "#d8dee9"), ("#2563eb", "white")])
def test_reads_text_with_tight_boxes(background: str, colour: str) -> None:
    screen = Screen(background=background)
    for row, label in enumerate(LABELS):
        screen.write(40, 20 + 60 * row, label, 14 + row, colour)
    lines = read_lines(screen.pixels)
    assert [line.text for line in lines] == LABELS
    assert [line.n for line in lines] == [1, 2, 3, 4, 5, 6]
    for line, (_, box) in zip(lines, screen.texts, strict=True):
        assert overlap(line.box, box) >= 0.8
        assert line.confidence > 0.9


def test_neighbours_with_a_gap_are_lines_of_their_own() -> None:
    screen = Screen(900)
    x = 20
    for word in ["Home", "Sales orders", "Settings", "Log out", "Admin"]:
        x = screen.write(x, 30, word, 16) + 18
    x = 20
    for word in ["ID", "Customer name", "Order date", "Total"]:
        x = screen.write(x, 120, word, 14) + 16
    assert [line.text for line in read_lines(screen.pixels)] == [text for text, _ in screen.texts]


def test_words_of_a_sentence_stay_together() -> None:
    screen = Screen(900)
    text = "Did you miss an entry before this one? A new row is added"
    screen.write(20, 30, text, 15)
    assert [line.text for line in read_lines(screen.pixels)] == [text]


@pytest.mark.parametrize("size", [12, 14])
@pytest.mark.parametrize(("background", "colour"), [("white", "#666666"), ("#1f2430", "#d8dee9")])
def test_words_in_small_type_keep_their_spaces(size: int, background: str, colour: str) -> None:
    screen = Screen(background=background)
    texts = ["ORDER NUMBER", "RECEIVED ON", "3 Mar 2025", "122334 Km", "A. Novak", "19 OF 19 PARTS"]
    for row, text in enumerate(texts):
        screen.write(20, 20 + 40 * row, text, size, colour)
        screen.write(240, 20 + 40 * row, text, size, colour, spacing=1)
        screen.write(440, 20 + 40 * row, text, size, colour, spacing=2)
    assert [line.text for line in read_lines(screen.pixels)] == [text for text in texts for _ in range(3)]


def test_of_too_many_lines_the_topmost_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_room, "MAX_LINES", 4)
    screen = Screen()
    for row in range(3):
        for x in (40, 300):
            screen.write(x, 20 + 60 * row, f"Field {len(screen.texts) + 10}")
    lines, notes = read_screen(screen.pixels)
    assert [line.text for line in lines] == ["Field 10", "Field 11", "Field 12", "Field 13"]
    assert notes == ("only the topmost 4 lines of text are read",)
    monkeypatch.setattr(lines_room, "MAX_LINES", 6)
    assert read_screen(screen.pixels)[1] == ()


def test_borders_and_rules_are_not_part_of_a_line() -> None:
    screen = Screen()
    screen.draw.rectangle((30, 40, 330, 72), outline="#888888")
    screen.write(40, 46, "Anna Schmidt", 16)
    screen.draw.rounded_rectangle((30, 100, 140, 124), 12, fill="#166534")
    screen.write(44, 103, "Delivered", 14, "white")
    lines = read_lines(screen.pixels)
    assert [line.text for line in lines] == ["Anna Schmidt", "Delivered"]
    for line, (_, box) in zip(lines, screen.texts, strict=True):
        assert overlap(line.box, box) >= 0.75


def test_an_icon_beside_a_label_is_left_out() -> None:
    screen = Screen()
    screen.draw.rectangle((20, 28, 40, 50), fill="black")
    screen.draw.ellipse((25, 33, 35, 43), fill="white")
    screen.write(54, 30, "Warehouses", 16)
    lines = read_lines(screen.pixels)
    assert [line.text for line in lines] == ["Warehouses"]
    assert lines[0].box[0] >= 50


@pytest.mark.parametrize("size", [(700, 2400), (2400, 300)])
def test_small_text_on_large_pages_is_read_everywhere(size: tuple[int, int]) -> None:
    screen = Screen(*size)
    for y in range(10, size[1] - 40, 225):
        for x in range(10, size[0] - 140, 540):
            screen.write(x, y, f"Field {len(screen.texts) + 100}", 12)
    found = {line.text: line.box for line in read_lines(screen.pixels)}
    assert set(found) == {text for text, _ in screen.texts}
    assert all(overlap(found[text], box) > 0.7 for text, box in screen.texts)


@pytest.mark.parametrize("pixels", [np.zeros((64, 64, 3)), np.full((300, 400, 3), 255), np.full((64, 3840, 3), 128)])
def test_an_empty_screen_has_no_lines(pixels: np.ndarray) -> None:
    assert read_lines(pixels.astype(np.uint8)) == ()


def test_noise_has_no_lines_and_boxes_stay_inside() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (200, 300, 3), np.uint8)
    for line in read_lines(noise):
        x, y, w, h = line.box
        assert min(x, y) >= 0
        assert x + w <= 300
        assert y + h <= 200


def test_text_at_the_very_edge_is_read() -> None:
    screen = Screen(300, 80)
    screen.write(0, 62, "Status bar", 14)
    (found,) = read_lines(screen.pixels)
    assert found.text == "Status bar"
    assert found.box[0] >= 0
    assert found.box[1] + found.box[3] <= 80


def test_answers_do_not_depend_on_what_shares_a_batch() -> None:
    alone, crowd = Screen(), Screen()
    alone.write(40, 20, "Invoice number", 16)
    crowd.write(40, 20, "Invoice number", 16)
    for row in range(1, 8):
        crowd.write(40, 20 + 40 * row, "A much longer line of text that shares the batch", 16)
    first = read_lines(alone.pixels)[0]
    same = read_lines(crowd.pixels)[0]
    assert (first.box, first.text) == (same.box, same.text)


def test_nothing_is_downloaded_written_or_imported_from_the_package(tmp_path: Path) -> None:
    script = """
import socket, sys
def refuse(*a, **k): raise SystemExit("network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from tests.pages.drawing import Screen
from ghost_architect.pages.lines import read_lines
screen = Screen(); screen.write(20, 20, "Customer name")
assert [x.text for x in read_lines(screen.pixels)] == ["Customer name"]
assert "rapidocr" not in sys.modules and "requests" not in sys.modules
"""
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'src'}", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_missing_models_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ocr, "model_folder", lambda: tmp_path)
    with pytest.raises(GhostError, match="PP-OCRv6_det_small.onnx is not in") as caught:
        ocr.Networks().load()
    assert caught.value.hint.startswith("pip install")
