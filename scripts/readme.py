"""Write into README.md what the program prints: the SQL of the example and its diagram. `--check` only compares.

Usage: python scripts/readme.py [--check]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ghost_architect.backends import open_backend
from ghost_architect.inference import Reading, read_pages
from ghost_architect.pages.load import load_pages
from ghost_architect.writers import write

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"(<!-- sql: (?P<screen>\S+) -->\n```sql\n).*?(```\n<!-- end -->)", re.DOTALL)


def main() -> int:
    """0 when README and diagram are as the program prints them now, or have been written so; else 1."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    match = _BLOCK.search(text)
    assert match is not None, "README.md has no block of SQL"
    reading = _read(ROOT / match["screen"])
    diagram = ROOT / "docs" / "images" / f"{Path(match['screen']).stem}.svg"
    wanted = {
        ROOT / "README.md": _BLOCK.sub(lambda m: f"{m[1]}{reading.sql()}{m[3]}", text, count=1),
        diagram: write(reading.schema, "svg", "postgres"),
    }
    stale = [p for p, t in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != t]
    if "--check" not in sys.argv:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        return 0
    for path in stale:
        print(f"{path.relative_to(ROOT)} is stale; run: python scripts/readme.py", file=sys.stderr)
    return int(bool(stale))


def _read(screen: Path) -> Reading:
    return read_pages(load_pages([screen]), open_backend("rules"))


if __name__ == "__main__":
    raise SystemExit(main())
