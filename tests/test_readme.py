"""The first screen of the README is what the program prints, from picture to diagram."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_shows_what_the_program_prints() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "readme.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text of Markdown, without what makes them bold."""
    lines = [line.strip().strip("|").replace("*", "") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def test_the_readme_quotes_the_record_of_training() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table, rest = readme.partition("<!-- trinity -->")[2].split("<!-- end -->", 1)
    record = re.search(r"\(benchmarks/(trinity_\w+_[\d-]+\.md)\)", rest)
    assert record is not None
    newest = max((ROOT / "benchmarks").glob("trinity_h200_*.md"))
    assert record[1] == newest.name
    measured = {tuple(cells[1:4]) for cells in rows(newest.read_text(encoding="utf-8"))}
    quoted = [tuple(cells[1:]) for cells in rows(table)[2:]]
    assert len(quoted) >= 6
    assert set(quoted) <= measured
