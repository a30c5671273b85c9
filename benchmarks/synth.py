"""How fast the data factory makes pairs, how large, of what, and whether its memory stays flat.

    python benchmarks/synth.py [--count 1920] [--workers 2] [-o FILE.md]

Every pair is written to a shard in a folder that is thrown away. A pair counts once; its screens are
counted beside it. Memory is that of this process, its workers and their browsers, looked at after each shard.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import machine
from record import Record

sys.path.insert(0, str(machine.ROOT))

from tests.hostile.processes import memory

from ghost_architect.synthetic.camera.browser import find
from ghost_architect.synthetic_generator import Run, engines_here, generate, shards

MUST, GOAL = 10.0, 20.0
MEGAPIXELS, LOOKS = 0.8, 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1920)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    out = Record("The data factory", "How fast, how large, of what, and does its memory stay flat?")
    out.facts["Browser"] = subprocess.run(
        [find().path, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    out.facts["Truths run on"] = ", ".join(engines_here())
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), chosen.count, chosen.seed, engines=engines_here())
        made, used, begun = [], [], time.monotonic()
        for shard in generate(run, chosen.workers):
            made.append(shard)
            used.append(memory(os.getpid()) / 1e6)
            print(f"{len(made)} shards, {used[-1]:.0f} MB", file=sys.stderr)
        seconds = time.monotonic() - begun
        rows = [row for s in shards(run) for row in json.loads(s.manifest.read_text())["pairs"]]
        size = sum(s.data.stat().st_size for s in shards(run))
    pairs, screens = sum(m.pairs for m in made), sum(m.screens for m in made)
    pixels = sum(m.pixels for m in made) / screens / 1e6
    looks = Counter(row["look"] for row in rows)
    third = max(1, len(used) // 3)
    out.add(
        "Figures",
        ("figure", "measured", "must", "goal"),
        [
            ("pairs/s", f"{pairs / seconds:.1f}", f"{MUST:g}", f"{GOAL:g}"),
            ("screens/s", f"{screens / seconds:.1f}", "", ""),
            ("workers", str(chosen.workers), "", ""),
            ("pairs", str(pairs), "", ""),
            ("left out", str(sum(m.skipped for m in made)), "", ""),
            ("megapixels a screen", f"{pixels:.2f}", f"{MEGAPIXELS:g}", ""),
            ("kB a pair", f"{size / pairs / 1000:.0f}", "", ""),
            ("looks", str(len(looks)), f"{LOOKS}", ""),
            ("share of the commonest look", f"{max(looks.values()) / len(rows):.2f}", "", ""),
            ("MB in the first third", f"{mean(used[:third]):.0f}", "", ""),
            ("MB in the last third", f"{mean(used[-third:]):.0f}", "", ""),
        ],
    )
    out.add("Kinds of screens", ("kind", "share"), shares(kind for row in rows for kind in row["screen_kinds"]))
    for field in ("device", "theme", "split"):
        out.add(field.capitalize(), (field, "share"), shares(row[field] for row in rows))
    out.deliver(chosen.output)


def shares(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each name with its share, the commonest first."""
    counted: Mapping[str, int] = Counter(names)
    total = sum(counted.values())
    return [(name, f"{count / total:.3f}") for name, count in sorted(counted.items(), key=_by_count)]


def _by_count(item: tuple[str, Any]) -> tuple[float, str]:
    return -item[1], item[0]


if __name__ == "__main__":
    main()
