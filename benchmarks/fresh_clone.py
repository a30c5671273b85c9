"""How long does it take from a clone to the first schema?

    python benchmarks/fresh_clone.py -o fresh_clone.md
    python benchmarks/fresh_clone.py --only fresh

Clones what is committed here into an empty folder and runs `make demo` there; the clock starts with
the clone and stops when the first table is printed. Three machines are played:

    cached   uv is there, and its cache holds what was installed before
    empty    uv is there, and its cache is empty: everything is downloaded
    fresh    uv is missing too, so `make demo` fetches it with pip
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import machine
import record
import targets

MACHINES = {
    "cached": "uv with its cache",
    "empty": "uv with an empty cache",
    "fresh": "no uv, empty caches",
}
OURS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "GHOST_CONFIG", "MAKEFLAGS", "MAKELEVEL")
"""What this shell may have set and a new one has not."""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds from the start to the clone, to the first table and to the end of `make demo`."""

    clone: float
    first: float
    whole: float


def environment(which: str, folder: Path) -> dict[str, str]:
    """The variables of that machine. Where they matter, caches and tools are in `folder`."""
    values = {k: v for k, v in os.environ.items() if k not in OURS}
    virtual = os.environ.get("VIRTUAL_ENV")
    if virtual:
        values["PATH"] = os.pathsep.join(p for p in values["PATH"].split(os.pathsep) if not p.startswith(virtual))
    if which != "cached":
        values["UV_CACHE_DIR"], values["PIP_CACHE_DIR"] = str(folder / "uv-cache"), str(folder / "pip-cache")
    if which == "fresh":
        values["PATH"] = str(without_uv(values["PATH"], folder / "bin"))
    return values


def without_uv(path: str, folder: Path) -> Path:
    """A folder of links to every program on this path but uv."""
    folder.mkdir()
    for directory in path.split(os.pathsep):
        for program in Path(directory).iterdir() if Path(directory).is_dir() else ():
            link = folder / program.name
            if program.name not in ("uv", "uvx") and not link.exists() and os.access(program, os.X_OK):
                link.symlink_to(program)
    return folder


def demo(which: str, seconds: float) -> Run:
    """Clone and run `make demo`.

    Raises:
        SystemExit: the clone or the demo failed, or took longer than `seconds`; the message is how it ended.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = environment(which, folder)
        begun = time.perf_counter()
        clone = ["git", "clone", "--quiet", "--no-hardlinks", str(machine.ROOT), str(folder / "clone")]
        subprocess.run(clone, check=True)
        cloned = time.perf_counter()
        with (folder / "stderr").open("w+", encoding="utf-8") as said:
            first, code = first_table(folder / "clone", variables, said.fileno(), seconds)
            done = time.perf_counter()
            said.seek(0)
            told = said.read().strip().splitlines()[-3:]
        if code or first is None:
            sys.exit(f"make demo ({which}) ended with {code} and {'a' if first else 'no'} schema: {' / '.join(told)}")
        return Run(cloned - begun, first - begun, done - begun)


def first_table(clone: Path, variables: Mapping[str, str], stderr: int, seconds: float) -> tuple[float | None, int]:
    """When `make demo` printed the end of its first table, and its exit code."""
    first = None
    with subprocess.Popen(
        ["make", "demo"],
        cwd=clone,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,  # a group of its own, so that what make started can be ended with it
    ) as process:
        watchdog = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.start()
        try:
            for line in process.stdout or ():
                if first is None and line.rstrip() == ");":
                    first = time.perf_counter()
        finally:
            watchdog.cancel()
    return first, process.returncode


def main() -> None:
    """Measure, print, and write where `-o` says."""
    options = record.parser(__doc__)
    options.add_argument("--only", action="append", choices=MACHINES, help="play this machine only; may be repeated")
    options.add_argument("--seconds", type=float, default=900, metavar="N", help="give up after this long (900)")
    chosen = options.parse_args()
    tools = [tool for tool in ("git", "make") if shutil.which(tool) is None]
    if tools:
        sys.exit(f"not on this machine: {', '.join(tools)}")

    out = record.Record("Fresh clone", "How long does it take from a clone to the first schema?")
    runs = {which: demo(which, chosen.seconds) for which in chosen.only or MACHINES}
    goal = targets.FIRST_SCHEMA
    rows = [(f"{goal.name}, {MACHINES[which]}", *goal.row(run.first)[1:]) for which, run in runs.items()]
    out.add("Against the target", targets.HEADER, rows, "One run each; what is not committed is not part of it.")
    parts = [(MACHINES[w], f"{r.clone:.1f}", f"{r.first:.1f}", f"{r.whole:.1f}") for w, r in runs.items()]
    columns = ("Machine", "Cloned", "First table printed", "`make demo` done")
    out.add("Seconds after the start", columns, parts, "The demo reads every screen in examples/.")
    out.deliver(chosen.output)


if __name__ == "__main__":
    main()
