"""What can somebody do who hands us SQL, files or screens that are meant to do harm?

    make soak
    python benchmarks/hostile.py -o benchmarks/hostile.md

The long form of tests/hostile: 1,000 hostile scripts against the allow-list of every dialect, and the
same ones handed straight to every engine past the list; good scripts broken at random; 2,000 broken
pictures and 2,000 broken SQL files in this process, 50 of each as real commands; names and orders by
their own tests. Anything that gets past is printed, and ends it with 1.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import machine
import record

sys.path.insert(0, str(machine.ROOT))

from tests.hostile.bypass import Outcome, bypass
from tests.hostile.canary import Canary, canary
from tests.hostile.command import Ended, command, here, ready, without_recognition
from tests.hostile.fuzzer import DIALECTS, curated, garble, good_scripts, grow
from tests.hostile.mutate import pictures, scripts
from tests.hostile.processes import Peak

from ghost_architect.errors import SqlError
from ghost_architect.schema import allow
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.mariadb import server as mariadb
from ghost_architect.schema.engines.postgres import server as postgres

SECONDS = 2.0
"""The deadline of a session past the list. With what it takes to stop one, less than the 3 s that are promised."""

COLUMNS = ("Surface", "Tried", "Got past", "Files touched", "Connections", "Slowest", "Peak memory")
_TITLES = {"postgres": "PostgreSQL ", "sqlite": "SQLite ", "mysql": ""}
"""What stands before a version; the third says itself which server it is of."""

_TESTS = ("tests/hostile/test_names.py", "tests/hostile/test_orders.py")
_PASSED = re.compile(r"(\d+) passed")


@dataclass(slots=True)
class Row:
    """What was found at one surface. `past` is what got past, in words; `watched`: by a canary."""

    surface: str
    tried: int = 0
    files: int = 0
    calls: int = 0
    slowest: float = 0.0
    peak: int = 0
    watched: bool = False
    past: list[str] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """As the table shows it; a dash where something is not looked at."""
        return (
            self.surface,
            str(self.tried),
            str(len(self.past)),
            *((str(self.files), str(self.calls)) if self.watched else ("-", "-")),
            f"{self.slowest:.2f} s" if self.slowest else "-",
            f"{self.peak / 1e6:.0f} MB" if self.peak else "-",
        )


def measured(surface: str, work: Callable[[Row], None]) -> Row:
    """A row, filled by `work` while the memory is watched."""
    row = Row(surface)
    with Peak() as peak:
        work(row)
    row.peak = row.peak or peak.bytes
    print(f"{row.cells()}", file=sys.stderr, flush=True)
    for what in row.past:
        print(f"  PAST: {what}", file=sys.stderr, flush=True)
    return row


# --- SQL ---


def refused(dialect: str, share: float, seed: int) -> Row:
    """Hostile scripts against the list."""

    def work(row: Row) -> None:
        for text in grow(dialect, round(1000 * share), seed):
            begun = time.monotonic()
            try:
                allow.statements(text, dialect)
            except SqlError:
                pass
            else:
                row.past.append(repr(text[:300]))
            row.tried += 1
            row.slowest = max(row.slowest, time.monotonic() - begun)

    return measured(f"hostile SQL, allow-list, {dialect}", work)


def attacked(dialect: str, watched: Canary, share: float, seed: int) -> Iterator[Row]:
    """The same scripts past the list, and broken ones that the list lets through."""
    version = open_engine(dialect).version()
    if not version:
        print(f"{dialect} is not installed, so it is not tried", file=sys.stderr)
        return

    def straight(row: Row) -> None:
        with bypass(dialect, watched, SECONDS) as engine:
            _note(row, map(engine.attack, grow(dialect, round(1000 * share), seed)))

    def let_through(row: Row) -> None:
        with bypass(dialect, watched, SECONDS) as engine:
            _note(row, map(engine.run, _allowed(dialect, round(15_000 * share), seed)))

    name = f"{_TITLES[dialect]}{version}"
    yield measured(f"hostile SQL, past the list, {name}", straight)
    yield measured(f"broken SQL that the list takes, {name}", let_through)


def _allowed(dialect: str, count: int, seed: int) -> Iterator[list[str]]:
    for text in garble(dialect, count, seed):
        try:
            yield allow.statements(text, dialect)
        except SqlError:
            continue


def _note(row: Row, outcomes: Iterable[Outcome]) -> None:
    row.watched = True
    for outcome in outcomes:
        row.tried += 1
        row.files += len(outcome.files)
        row.calls += outcome.calls
        row.slowest = max(row.slowest, outcome.seconds)
        if outcome.harm or outcome.seconds > 3:
            row.past.append(str(outcome))


# --- files ---


def broken_pictures(folder: Path, share: float, seed: int) -> Row:
    """Through the whole command line but for the recognition of text."""

    def work(row: Row) -> None:
        with without_recognition():
            for name, data in pictures(round(2000 * share), seed):
                path = _written(folder, "screen.png", data)
                _judge(row, name, here("design", path, "--dialect", "sqlite", "--backend", "rules"))

    return measured("broken pictures", work)


def broken_scripts(folder: Path, share: float, seed: int) -> Row:
    """Through the whole command line, each on the engine of its dialect."""

    def work(row: Row) -> None:
        for i, dialect in enumerate(DIALECTS):
            ready(dialect)
            count = (round(2000 * share) + i) // len(DIALECTS)
            for data in scripts((*good_scripts(dialect), *curated(dialect)), count, seed):
                _judge(row, repr(data[:300]), here("verify", _written(folder, "a.sql", data), "--dialect", dialect))

    return measured("broken SQL files", work)


def picture_commands(folder: Path, share: float, seed: int) -> Row:
    """As real commands, text recognition and all; their time is left out, since it is that of recognition."""

    def work(row: Row) -> None:
        everything = list(pictures(2000, seed))
        for name, data in everything[:: round(len(everything) / (50 * share))]:
            ended = command("design", _written(folder, "screen.png", data), "--dialect", "sqlite", "--backend", "rules")
            row.peak = max(row.peak, ended.memory)
            _judge(row, name, ended, timed=False)

    return measured("broken pictures, real command", work)


def script_commands(folder: Path, share: float, seed: int) -> Row:
    """As real commands, each of which starts a PostgreSQL where there is one."""

    def work(row: Row) -> None:
        for data in scripts((*good_scripts("postgres"), *curated("postgres")), round(50 * share), seed):
            ended = command("verify", _written(folder, "a.sql", data))
            row.peak = max(row.peak, ended.memory)
            _judge(row, repr(data[:300]), ended)

    return measured("broken SQL files, real command", work)


def _written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _judge(row: Row, what: str, ended: Ended, timed: bool = True) -> None:
    row.tried += 1
    row.slowest = max(row.slowest, ended.seconds if timed else 0.0)
    faults = [f for f in ended.faults if timed or not f.startswith("took") or f.endswith("MB")]
    if faults:
        row.past.append(f"{what}: {faults}")


# --- names and orders ---


def tested(file: str) -> Row:
    """A test in its long form."""

    def work(row: Row) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file],
            cwd=machine.ROOT,
            env={**os.environ, "GHOST_HOSTILE": "long"},
            capture_output=True,
            text=True,
            check=False,
        )
        passed = _PASSED.search(done.stdout)
        row.tried = int(passed[1]) if passed else 0
        if done.returncode:
            row.past.append(done.stdout[-3000:] + done.stderr[-1000:])

    row = measured(f"`{file.removeprefix('tests/')}`, tests", work)
    row.peak = 0  # a browser's and other tools', not ours
    return row


def rows(share: float, seed: int) -> Iterator[Row]:
    """Everything, in an order in which the quick things come first."""
    with tempfile.TemporaryDirectory(prefix="ghost-files-") as made, canary() as watched:
        folder = Path(made)
        temporary = folder / "temporary"
        temporary.mkdir()
        temporary.chmod(0o711)  # our own servers run as another user, and have their folders in it
        folder.chmod(0o711)
        tempfile.tempdir = str(temporary)
        for dialect in DIALECTS:
            yield refused(dialect, share, seed)
        for dialect in DIALECTS:
            yield from attacked(dialect, watched, share, seed)
        yield broken_scripts(folder, share, seed)
        yield broken_pictures(folder, share, seed)
        yield script_commands(folder, share, seed)
        yield picture_commands(folder, share, seed)
        mariadb.SERVER.stop()
        postgres.SERVER.stop()
        tempfile.tempdir = None
    for file in _TESTS:
        yield tested(file)


def main() -> None:
    """Try everything, print, and write where `-o` says. Ends with 1 when something got past."""
    options = record.parser(__doc__)
    options.add_argument("--share", type=float, default=1.0, metavar="X", help="how much of it to try, 0..1 (1)")
    options.add_argument("--seed", type=int, default=20260101, metavar="N", help="what chance begins with (20260101)")
    chosen = options.parse_args()

    out = record.Record("Hostile input", "What can somebody do who hands us SQL, files or screens that mean harm?")
    found = list(rows(chosen.share, chosen.seed))
    note = (
        "Got past: SQL that the list takes; a statement past the list that touches a file, calls somebody, leaves a "
        "trace in another database or holds the engine over 3 s; a file that ends otherwise than with an answer or "
        "one clear line, in 10 s and 1,500 MB; a test that fails. A dash: not looked at. Memory is what "
        f"the process and its children, the servers among them, took besides what they had. Seed {chosen.seed}."
    )
    out.add("Tried", COLUMNS, [row.cells() for row in found], note)
    out.deliver(chosen.output)
    sys.exit(any(row.past for row in found))


if __name__ == "__main__":
    main()
