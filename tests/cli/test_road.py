"""The whole road as its own process: a picture that was drawn here -> text -> SQL that SQLite takes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROWS = (
    ("Name", "Email", "City", "Joined"),
    ("Ada Berg", "ada@example.org", "Bergen", "2024-03-01"),
    ("Bo Lind", "bo@example.org", "Lund", "2024-05-17"),
    ("Cy Dahl", "cy@example.org", "Oslo", "2024-06-30"),
)


def drawn(path: Path) -> Path:
    """A list of customers."""
    picture = Image.new("RGB", (1000, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((40, 30), "Customers", "black", ImageFont.load_default(32))
    for y, row in enumerate(ROWS):
        draw.line((40, 145 + 50 * y, 960, 145 + 50 * y), "#bbbbbb")
        for x, word in enumerate(row):
            draw.text((40 + 240 * x, 105 + 50 * y), word, "black", ImageFont.load_default(20))
    picture.save(path)
    return path


def test_a_picture_becomes_a_database(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "customers.png")
    command = [sys.executable, "-m", "ghost_architect", "design", str(picture), "--dialect", "sqlite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("backend: rules")
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(done.stdout)
        names = {row[1] for row in database.execute("PRAGMA table_info(customers)")}
    assert {"name", "email", "city"} <= names


def test_a_damaged_picture_is_one_line(tmp_path: Path) -> None:
    picture = drawn(tmp_path / "customers.png")
    picture.write_bytes(picture.read_bytes()[:2000])
    command = [sys.executable, "-m", "ghost_architect", "design", str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "customers.png" in line
