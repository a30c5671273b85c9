"""How long `dataset check` takes for 100,000 rows, and how much memory; of both kinds of data.

    python benchmarks/dataset_check.py [--rows 100000] [--workers 2] [--base 384] [--whole] [-o FILE.md]

Rows are made here (`dataset_rows.py` says how) and thrown away: instructions from data/dataset.json, pairs from some
that the factory draws first, which takes Chromium. Pictures are of one colour, in the sizes of the real ones, and take
a tenth of their bytes; with --whole they are the real ones, and 100,000 pairs take 14 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dataset_rows
import machine
from record import Record

MUST_SECONDS = 60.0
SOURCE = machine.ROOT / "data" / "dataset.json"


def made(kind: str, folder: Path, asked: argparse.Namespace) -> Path:
    """The rows of a kind."""
    target = folder / kind
    if kind == "instructions":
        target = target.with_suffix(".jsonl")
        dataset_rows.instructions(SOURCE, target, asked.rows, asked.workers)
        return target
    base = folder / "base"
    base.mkdir()
    known = dataset_rows.drawn(base, asked.base, asked.workers, asked.whole)
    target.mkdir()
    dataset_rows.shards(known, target, asked.rows, asked.workers)
    return target


def measured(path: Path, workers: int) -> Iterator[str]:
    """Rows, seconds, processor seconds, rows a second, memory of the largest process, what was found."""
    command = [sys.executable, "-m", "ghost_architect", "dataset", "check", str(path), "--format", "json"]
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([*command, "--workers", str(workers)], stdout=out, stderr=subprocess.DEVNULL)
        # Of this child and its workers alone: what made the rows took more memory.
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        if child.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
        out.seek(0)
        report = json.load(out)
    rows, used = sum(report["rows"].values()), usage.ru_utime + usage.ru_stime
    yield f"{rows:,}"
    yield f"{seconds:.1f} s"
    yield f"{used:.1f} s"
    yield f"{rows / seconds:,.0f}"
    yield f"{usage.ru_maxrss / 1024:.0f} MB"
    yield f"{report['ran'].get('sqlite', 0):,}"
    yield ", ".join(f"{n:,} {kind}" for kind, n in report["problems"].items()) or "nothing"
    yield "must reached" if seconds <= MUST_SECONDS * rows / 100_000 else "not reached"


def main() -> int:
    """Make rows, check them, print the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", choices=("instructions", "pairs"), action="append")
    parser.add_argument("--base", type=int, default=384, help="so many pairs are drawn")
    parser.add_argument("--whole", action="store_true", help="with the real pictures")
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    machine.use_cores(asked.workers)
    record = Record("Checking a data set", f"Does `dataset check` read 100,000 rows in {MUST_SECONDS:.0f} s?")
    found = []
    for kind in asked.kind or ("instructions", "pairs"):
        with tempfile.TemporaryDirectory() as folder:
            found.append((kind, *measured(made(kind, Path(folder), asked), asked.workers)))
    columns = ("Kind", "Rows", "Time", "Processors", "Rows a second", "Memory", "Distinct SQL run", "Found", "Verdict")
    record.add("Rows", columns, found, f"{asked.workers} worker processes; memory is that of the largest process.")
    record.deliver(asked.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
