"""Write data/dataset.json anew: 600 instruction examples, the same bytes every time.

    python scripts/instructions.py            # draws them, runs every answer on SQLite and PostgreSQL, writes the file
    python scripts/instructions.py --no-run   # draws and writes only

Whoever changes a domain or a template runs it; a test compares the file with what it would write.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.instructions.example import Example
from ghost_architect.synthetic.instructions.make import examples
from ghost_architect.synthetic.instructions.proof import faults

FILE = Path(__file__).parents[1] / "data" / "dataset.json"
COUNT = 600


def text(rows: Iterable[Example]) -> str:
    """The file: a JSON array with one example a line, so that a change of one is a change of one line."""
    return "[\n" + ",\n".join(json.dumps(e.row(), ensure_ascii=False) for e in rows) + "\n]\n"


def main() -> int:
    """Draw, run, write. 1 where an answer does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-run", action="store_true", help="do not run the answers")
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    asked = parser.parse_args()
    rows = list(examples(catalogue(), COUNT))
    wrong = 0
    for number, example in enumerate(rows, 1) if not asked.no_run else ():
        for fault in faults(example):
            wrong += 1
            print(f"{number} {example.kind}: {fault}", file=sys.stderr)
        if number % 50 == 0:
            print(f"{number} of {len(rows)} ran", file=sys.stderr)
    if wrong:
        return 1
    asked.output.write_text(text(rows), encoding="utf-8")
    print(f"wrote {asked.output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
