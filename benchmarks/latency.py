"""How long does one screen take, text recognition included?

    python benchmarks/latency.py                        the screens in examples/, on two cores
    python benchmarks/latency.py shot.png --repeats 20 --cold 10 -o latency.md

Warm: in a process that has read a screen before, step by step. Cold: the whole command, from the
start of the process to its end. Each once with SQLite as the only engine, and once with PostgreSQL
besides, as `design` does it where PostgreSQL is installed. The first run of each is not counted: it
fills the caches of the file system.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import machine
import record
import targets

from ghost_architect.backends import open_backend
from ghost_architect.backends.base import Backend
from ghost_architect.evaluation.intervals import percentile
from ghost_architect.inference import read_pages
from ghost_architect.pages.decode import decode
from ghost_architect.pages.lines import read_lines
from ghost_architect.pages.page import Page
from ghost_architect.schema.execute import available

ENGINES = {"SQLite only": ("sqlite",), "with PostgreSQL": ("sqlite", "postgres")}
STEPS = {
    "decode": "decode",
    "lines": "lines",
    "read": "boxes, rules, answer",
    "merge": "merge",
    "verify": "verify",
    "execute": "execute",
    "write": "write the SQL",
    "whole": "whole",
}
"""Step -> what it is called here. `whole` also holds what lies between the steps."""
SIZE = (1280, 800)
"""Of the screens that the target speaks of."""

Times = dict[str, list[float]]
"""Step -> seconds, one for each time it was done."""


def read_warm(path: Path, backend: Backend, engines: Sequence[str]) -> dict[str, float]:
    """Seconds for each of STEPS, to read one screen."""
    begun = time.perf_counter()
    picture = decode(path.read_bytes(), path.name)
    decoded = time.perf_counter()
    lines = read_lines(picture.pixels)
    seen = time.perf_counter()
    height, width = picture.pixels.shape[:2]
    page = Page(picture.name, width, height, lines, picture.pixels, picture.notes)
    reading = read_pages([page], backend, engines=engines)
    read = time.perf_counter()
    reading.sql()
    done = time.perf_counter()
    steps = {"decode": decoded - begun, "lines": seen - decoded, "write": done - read, "whole": done - begun}
    return {**reading.timings, **steps}


def run_cold(path: Path, config: Path) -> float:
    """Seconds from the start of `ghost-architect design` to its end.

    Raises:
        SystemExit: it failed; the message is what it said.
    """
    begun = time.perf_counter()
    command = [*program(), "design", str(path), "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode not in (0, 4):  # 4: the schema is not good, and was printed all the same
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return seconds


def program() -> list[str]:
    """The command that is installed beside this Python; without an installation, the module."""
    script = Path(sys.executable).with_name("ghost-architect")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "ghost_architect"]


def measure_warm(paths: Sequence[Path], engines: Sequence[str], repeats: int) -> dict[Path, Times]:
    """Every screen `repeats` times, the screens in turns, so that a disturbance does not fall on one of them."""
    backend = open_backend("rules")
    times: dict[Path, Times] = {path: defaultdict(list) for path in paths}
    for n in range(repeats + 1):
        for path in shuffled(paths, n):
            for step, seconds in read_warm(path, backend, engines).items():
                if n:
                    times[path][step].append(seconds)
    return times


def measure_cold(paths: Sequence[Path], engines: Sequence[str], repeats: int) -> dict[Path, Times]:
    """The same for the whole command."""
    times: dict[Path, Times] = {path: defaultdict(list) for path in paths}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "deployment_config.yaml").write_text(settings(engines), encoding="utf-8")
        for n in range(repeats + 1):
            for path in shuffled(paths, n):
                seconds = run_cold(path, Path(folder))
                if n:
                    times[path]["whole"].append(seconds)
    return times


def settings(engines: Sequence[str]) -> str:
    """null lets the command begin to start PostgreSQL while it reads the text, which is how it is used."""
    return "engines: null\n" if "postgres" in engines else f"engines: [{', '.join(engines)}]\n"


def shuffled(paths: Sequence[Path], seed: int) -> list[Path]:
    """The screens in another order each round, the same order each time this runs."""
    return random.Random(seed).sample(paths, len(paths))


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    height, width = decode(path.read_bytes(), path.name).pixels.shape[:2]
    return width, height


def joined(times: Iterable[Times], step: str) -> list[float]:
    """The seconds of one step over several screens."""
    return [seconds for one in times for seconds in one.get(step, ())]


def spread(values: Sequence[float]) -> list[str]:
    """p50 and p95 in seconds."""
    return [f"{percentile(values, share):.3f}" if values else "-" for share in targets.LATENCY]


def step_rows(measured: Mapping[str, Mapping[Path, Times]]) -> list[list[str]]:
    """A row a step: p50 and p95 for each choice of engines, over all screens."""
    return [
        [title, *(x for times in measured.values() for x in spread(joined(times.values(), step)))]
        for step, title in STEPS.items()
    ]


def screen_rows(sizes: Mapping[Path, tuple[int, int]], *columns: Mapping[str, Mapping[Path, Times]]) -> list[list[str]]:
    """A row a screen: its size, and p50 of the whole for each way of measuring and choice of engines."""
    return [
        [path.name, f"{size[0]}x{size[1]}", *(spread(t[path]["whole"])[0] for m in columns for t in m.values())]
        for path, size in sizes.items()
    ]


def main() -> None:
    """Measure, print, and write where `-o` says."""
    options = record.parser(__doc__)
    options.add_argument("screens", nargs="*", type=Path, metavar="SCREEN", help="pictures (else those in examples/)")
    options.add_argument("--repeats", type=int, default=10, metavar="N", help="warm runs of each screen (10)")
    options.add_argument("--cold", type=int, default=5, metavar="N", help="runs of the whole command (5)")
    options.add_argument("--cores", type=int, default=2, metavar="N", help="processors to use (2, as the target says)")
    chosen = options.parse_args()

    machine.use_cores(chosen.cores)
    out = record.Record("Latency", "How long does one screen take, text recognition included?")
    paths = chosen.screens or sorted((machine.ROOT / "examples").glob("*.png"))
    sizes = {path: size_of(path) for path in paths}
    engines = {name: names for name, names in ENGINES.items() if all(available()[n] for n in names)}
    warm = {name: measure_warm(paths, names, chosen.repeats) for name, names in engines.items()}
    cold = {name: measure_cold(paths, names, chosen.cold) for name, names in engines.items()}

    right = [path for path, size in sizes.items() if size == SIZE]
    rows = [
        (f"{way}, {name}: {target.name}", *target.row(percentile(found, share) if found else None)[1:])
        for way, measured in (("warm", warm), ("cold", cold))
        for name, times in measured.items()
        for found in [joined((times[path] for path in right), "whole")]
        for share, target in targets.LATENCY.items()
    ]
    of_size = (
        f"Over the {len(right)} screens of {SIZE[0]}x{SIZE[1]}: {chosen.repeats} warm, {chosen.cold} cold runs each."
    )
    out.add("Against the target", targets.HEADER, rows, of_size)
    heads = [f"{name}, {p}" for name in engines for p in ("p50", "p95")]
    steps = "Seconds, in a process that has read a screen before, over all screens below."
    out.add("Warm, by step", ("Step", *heads), step_rows(warm), steps)
    ways = [f"{way}, {name}" for way in ("warm", "cold") for name in engines]
    out.add("By screen", ("Screen", "Size", *ways), screen_rows(sizes, warm, cold), "Median seconds of the whole.")
    out.deliver(chosen.output)


if __name__ == "__main__":
    main()
