"""How fast the data factory makes pairs, how large, of what, and whether its memory stays flat.

    python benchmarks/synth.py [--count 1920] [--workers 2] [-o FILE.md]
    python benchmarks/synth.py --only-memory --count 50000 [--minutes 60] [-o FILE.md]

Every pair is written to a shard in a folder that is thrown away. A pair counts once; its screens are
counted beside it. Memory is that of this process, its workers, their browsers and servers, looked at every
two seconds. `--only-memory` removes each shard when it is done, stops when the time is up, and says by how much
memory grows per 1000 pairs: a straight line through what was seen after the first tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, mean
from typing import Any

import machine
import record
from record import Record

sys.path.insert(0, str(machine.ROOT))

from tests.hostile.processes import children

from ghost_architect.synthetic.camera.chromium import find
from ghost_architect.synthetic_generator import Made, Run, engines_here, generate, shards

MUST, GOAL = 10.0, 20.0
MEGAPIXELS, LOOKS = 0.8, 8
FLAT = 1.0
"""MB per 1000 pairs that memory may grow: 50,000 pairs then take 50 MB more than 1000."""

LEAST = 3000
"""Pairs below which no growth is told: memory swings by hundreds of MB with every browser that starts."""

STEP = 2.0
"""Seconds between two looks at memory, each of which costs some milliseconds."""


def main() -> None:
    """Measure and print."""
    options = record.parser(__doc__)
    options.add_argument("--count", type=int, default=1920)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only-memory", action="store_true", help="the long form: shards go as they come")
    options.add_argument("--minutes", type=float, metavar="N", help="stop when so long has passed (--only-memory)")
    chosen = options.parse_args()
    out = Record("The data factory", "How fast, how large, of what, and does its memory stay flat?")
    out.facts["Browser"] = subprocess.run(
        [find().path, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    out.facts["Truths run on"] = ", ".join(engines_here())
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), chosen.count, chosen.seed, engines=engines_here())
        (measure_memory if chosen.only_memory else measure)(run, chosen, out)
    out.deliver(chosen.output)


def measure(run: Run, chosen: argparse.Namespace, out: Record) -> None:
    """Everything about one run."""
    made, begun = [], time.monotonic()
    with Watch() as watch:
        for shard in generate(run, chosen.workers):
            made.append(shard)
            watch.pairs += shard.pairs
            print(f"{len(made)} shards, {watch.pairs / (time.monotonic() - begun):.1f} pairs/s", file=sys.stderr)
    seconds = time.monotonic() - begun
    rows = [row for s in shards(run) for row in json.loads(s.manifest.read_text())["pairs"]]
    size = sum(s.data.stat().st_size for s in shards(run))
    looks = Counter(row["look"] for row in rows)
    pairs = sum(m.pairs for m in made)
    out.add(
        "Figures",
        ("figure", "measured", "must", "goal"),
        [
            *speeds(made, seconds),
            ("workers", str(chosen.workers), "", ""),
            ("kB a pair", f"{size / pairs / 1000:.0f}", "", ""),
            ("looks", str(len(looks)), f"{LOOKS}", ""),
            ("share of the commonest look", f"{max(looks.values()) / len(rows):.2f}", "", ""),
        ],
    )
    out.add("Memory", MEMORY, list(watch.rows()))
    out.add("Kinds of screens", ("kind", "share"), shares(kind for row in rows for kind in row["screen_kinds"]))
    for name in ("device", "theme", "split"):
        out.add(name.capitalize(), (name, "share"), shares(row[name] for row in rows))


def measure_memory(run: Run, chosen: argparse.Namespace, out: Record) -> None:
    """Whether memory grows, over as many pairs as there is time for."""
    made, begun = [], time.monotonic()
    places = {shard.number: shard for shard in shards(run)}
    with Watch() as watch, closing(generate(run, chosen.workers)) as coming:
        for shard in coming:
            made.append(shard)
            watch.pairs += shard.pairs
            places[shard.number].data.unlink()
            places[shard.number].manifest.unlink()
            passed = time.monotonic() - begun
            print(f"{watch.pairs} pairs, {passed / 60:.1f} min, {watch.total():.0f} MB", file=sys.stderr, flush=True)
            if chosen.minutes and passed > 60 * chosen.minutes:
                break
        seconds = time.monotonic() - begun
    out.add("Figures", ("figure", "measured", "must", "goal"), speeds(made, seconds))
    out.add("Memory", MEMORY, list(watch.rows()), f"It may grow by {FLAT:g} MB per 1000 pairs.")


def speeds(made: Sequence[Made], seconds: float) -> list[tuple[str, str, str, str]]:
    """How fast it was, and what a screen is."""
    pairs, screens = sum(m.pairs for m in made), sum(m.screens for m in made)
    return [
        ("pairs/s", f"{pairs / seconds:.1f}", f"{MUST:g}", f"{GOAL:g}"),
        ("screens/s", f"{screens / seconds:.1f}", "", ""),
        ("pairs", str(pairs), "", ""),
        ("left out", str(sum(m.skipped for m in made)), "", ""),
        ("megapixels a screen", f"{sum(m.pixels for m in made) / screens / 1e6:.2f}", f"{MEGAPIXELS:g}", ""),
    ]


# --- memory ---

MEMORY = ("MB of", "first third", "last third", "most", "growth per 1000 pairs")
_KINDS = {"python": "Python", "postgres": "PostgreSQL", "chrom": "Chromium"}


@dataclass
class Watch:
    """Looks at the memory of this process and all below it, as a block; `pairs` is set by whoever makes them."""

    pairs: int = 0
    seen: list[tuple[int, Mapping[str, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def _look(self) -> None:
        while not self._over.wait(STEP):
            self.seen.append((self.pairs, megabytes(os.getpid())))

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def total(self) -> float:
        """What was seen last."""
        return sum(self.seen[-1][1].values()) if self.seen else 0.0

    def rows(self) -> Iterator[tuple[str, ...]]:
        """A row for each kind of process, and one for all; no growth is seen in less than some thousand pairs."""
        if len(self.seen) < 10:
            return
        for kind in (*_KINDS.values(), "all"):
            used = [sum(m.values()) if kind == "all" else m.get(kind, 0.0) for _, m in self.seen]
            if any(used):
                figures = (mean(used[: len(used) // 3]), mean(used[-len(used) // 3 :]), max(used))
                yield (kind, *(f"{f:.0f}" for f in figures), self._growth(used))

    def _growth(self, used: Sequence[float]) -> str:
        late = len(used) // 10
        thousands = [n / 1000 for n, _ in self.seen[late:]]
        if thousands[-1] - thousands[0] < LEAST / 1000:
            return ""
        return f"{linear_regression(thousands, used[late:]).slope:+.2f}"


def megabytes(pid: int) -> Mapping[str, float]:
    """What each kind of process takes from here down; what processes share is divided among them (PSS)."""
    found: dict[str, float] = defaultdict(float)
    waiting = [pid]
    while waiting:
        at = waiting.pop()
        waiting += children(at)
        try:
            called = Path(f"/proc/{at}/comm").read_text()
            said = Path(f"/proc/{at}/smaps_rollup").read_text()
        except OSError:  # it has ended
            continue
        kind = next((title for start, title in _KINDS.items() if called.startswith(start)), "")
        share = next((line.split()[1] for line in said.splitlines() if line.startswith("Pss:")), "0")
        found[kind] += float(share) / 1000
    return found


def shares(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each name with its share, the commonest first."""
    counted: Mapping[str, int] = Counter(names)
    total = sum(counted.values())
    return [(name, f"{count / total:.3f}") for name, count in sorted(counted.items(), key=_by_count)]


def _by_count(item: tuple[str, Any]) -> tuple[float, str]:
    return -item[1], item[0]


if __name__ == "__main__":
    main()
