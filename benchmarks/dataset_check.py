"""How long `dataset check` takes for 100,000 rows, and how much memory; of both kinds of data.

    python benchmarks/dataset_check.py [--rows 100000] [--workers 2] [-o FILE.md]

Rows are made here and thrown away. Instructions are those of `synthetic.instructions`, each from a seed of its
own. Pairs are six of an application, as `synth` writes them, in shards, with text lines made of the labels and a small
picture each: reading larger ones is the disk's matter.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from PIL import Image
from record import Record

from ghost_architect.pages.page import Line
from ghost_architect.pages.pair import Pair, Visibility, to_json
from ghost_architect.synthetic.apps.sample import sample_app
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.instructions.make import KINDS, example, order

MUST_SECONDS = 60.0
APP_PAIRS = 6
SHARD = 960


def instruction(number: int) -> str:
    """A row of instructions."""
    domains = list(catalogue().domains)
    kind = order(100)[number % 100]
    assert kind in KINDS
    made = example(catalogue(), domains[number % len(domains)], kind, f"benchmark/{number}")
    return json.dumps(made.row(), ensure_ascii=False)


def instructions(folder: Path, rows: int, workers: int) -> Path:
    """A file of instructions, a row a line."""
    path = folder / "instructions.jsonl"
    with multiprocessing.Pool(workers) as pool, path.open("w", encoding="utf-8") as file:
        for line in pool.imap(instruction, range(rows), chunksize=256):
            file.write(line + "\n")
    return path


def pairs_of(app: int, picture: Callable[[int], bytes]) -> list[tuple[Pair, bytes]]:
    """The pairs of an application: its labels and some values, in another order on each screen."""
    domains = list(catalogue().domains.values())
    made = sample_app(catalogue(), domains[app % len(domains)], app)
    rng = Random(f"benchmark/{app}")
    names = [(t.name, c.name) for t in made.schema.tables for c in t.columns]
    out = []
    for i in range(APP_PAIRS):
        shown = rng.sample(names, min(len(names), rng.randint(10, 40)))
        lines, evidence = [], {}
        for n, (table, column) in enumerate(shown):
            lines.append(Line(2 * n + 1, (20, 8 * n, 90, 7), column.replace("_", " ").capitalize()))
            lines.append(Line(2 * n + 2, (160, 8 * n, 90, 7), f"{rng.randrange(10**6)} {rng.choice(names)[1]}"))
            evidence[f"{table}.{column}"] = (2 * n + 1,)
        seen = {f"{t}.{c}": Visibility.VISIBLE if (t, c) in shown else Visibility.HIDDEN for t, c in names}
        id_ = f"{app * APP_PAIRS + i:08d}"
        pair = Pair(
            id_, (f"{id_}.0.png",), "desktop", "light", ("list",), (tuple(lines),), made.schema, seen, evidence, "train"
        )
        out.append((pair, picture(app * APP_PAIRS + i)))
    return out


def picture(number: int) -> bytes:
    """A screen of 640 x 480 that no other is like."""
    image = Image.new("RGB", (640, 480), (number >> 16 & 255, number >> 8 & 255, number & 255))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def packed(app: int) -> list[tuple[str, bytes]]:
    """The members of an application in a shard."""
    out = []
    for pair, image in pairs_of(app, picture):
        out.append((f"{pair.id}.json", json.dumps(to_json(pair), ensure_ascii=False, separators=(",", ":")).encode()))
        out.append((pair.images[0], image))
    return out


def shards(folder: Path, rows: int, workers: int) -> Path:
    """A folder of shards."""
    apps = -(-rows // APP_PAIRS)
    with multiprocessing.Pool(workers) as pool:
        members = pool.imap(packed, range(apps), chunksize=16)
        for number, start in enumerate(range(0, apps, SHARD // APP_PAIRS)):
            with tarfile.open(folder / f"shard-{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
                for _ in range(min(SHARD // APP_PAIRS, apps - start)):
                    for name, data in next(members):
                        entry = tarfile.TarInfo(name)
                        entry.size = len(data)
                        archive.addfile(entry, io.BytesIO(data))
    return folder


def measured(path: Path, workers: int) -> Iterator[str]:
    """Rows, seconds, rows a second, memory of the largest process, what was found."""
    command = [sys.executable, "-m", "ghost_architect", "dataset", "check", str(path), "--format", "json"]
    begun = time.monotonic()
    done = subprocess.run([*command, "--workers", str(workers)], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    report = json.loads(done.stdout)
    rows = sum(report["rows"].values())
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield f"{rows:,}"
    yield f"{seconds:.1f} s"
    yield f"{rows / seconds:,.0f}"
    yield f"{memory:.0f} MB"
    yield f"{report['ran'].get('sqlite', 0):,}"
    yield ", ".join(f"{n:,} {kind}" for kind, n in report["problems"].items()) or "nothing"
    yield "must reached" if seconds <= MUST_SECONDS * rows / 100_000 else "not reached"


def main() -> int:
    """Make rows, check them, print the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", choices=("instructions", "pairs"), action="append")
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    record = Record("Checking a data set", f"Does `dataset check` read 100,000 rows in {MUST_SECONDS:.0f} s?")
    found = []
    for kind in asked.kind or ("instructions", "pairs"):
        with tempfile.TemporaryDirectory() as folder:
            made = (instructions if kind == "instructions" else shards)(Path(folder), asked.rows, asked.workers)
            found.append((kind, *measured(made, asked.workers)))
    columns = ("Kind", "Rows", "Time", "Rows a second", "Memory", "Distinct SQL run", "Found", "Verdict")
    record.add("Rows", columns, found, f"{asked.workers} worker processes; memory is that of the largest process.")
    record.deliver(asked.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
