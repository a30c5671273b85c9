"""The first screen of the README is what the program prints, from picture to diagram."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_shows_what_the_program_prints() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "readme.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
