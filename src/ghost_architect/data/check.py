"""Check a data set: every row by itself in worker processes, then rows against each other.

    files -> rows -> batches -> workers -> Seen -> tally, duplicates, leaks, a sample for other engines -> Report

Memory: a batch for each worker, and of each row some 400 bytes that it is compared by.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from ghost_architect.errors import GhostError, ImageError

from . import likeness, source
from .problems import MILD, Kind, Problem, Report
from .source import Place, Row
from .worker import Seen, Worker

_BATCH = 96
"""Rows that a worker takes at once: whole applications of a shard, or two workers would read the schema of one."""
_TIDY = 64
"""After so many batches a worker looks for circles."""
SAMPLE = 20
"""So many distinct scripts run on PostgreSQL, and so many pictures are decoded, where not all are asked for."""

_worker: Worker | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be done.

    Attributes:
        sequence: tokens that a row may have.
        engine: where every distinct script is run besides SQLite; empty: a sample on PostgreSQL, if it is there.
        pictures: whether every picture is decoded, and not a sample.
        workers: processes; one works in this process.
    """

    sequence: int
    engine: str = ""
    pictures: bool = False
    workers: int = 1


def check(files: list[Path], wanted: Wanted, moved: Callable[[int], None] = lambda _: None) -> Report:
    """Check these files.

    Args:
        files: as `source.files` finds them.
        wanted: what shall be done.
        moved: is told how many rows are done.

    Raises:
        InputError: a file cannot be opened.
        UsageError, EngineError: the engine that was asked for is none, or does not start.
    """
    begun = time.monotonic()
    gathered = _Gathered(wanted)
    rows = (row for file in files for row in source.rows(file))
    for seen in _looked_at(rows, wanted):
        gathered.take(seen)
        if sum(gathered.report.rows.values()) % 500 == 0:
            moved(sum(gathered.report.rows.values()))
    gathered.apps = dict(_apps(files))
    gathered.finish()
    gathered.report.seconds = time.monotonic() - begun
    return gathered.report


def _looked_at(rows: Iterator[Row], wanted: Wanted) -> Iterator[Seen]:
    """Every row looked at, in order."""
    scripts = bool(wanted.engine) or _has_postgres()
    if wanted.workers == 1:
        worker = Worker(wanted.sequence, scripts, bool(wanted.engine))
        while batch := list(islice(rows, _BATCH)):
            yield from worker.look(batch)
        worker.runner.close()
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(wanted.workers, _begin, (wanted.sequence, scripts, bool(wanted.engine))) as pool:
        waiting: list[multiprocessing.pool.AsyncResult[list[Seen]]] = []
        while batch := list(islice(rows, _BATCH)):
            waiting.append(pool.apply_async(_look, (batch,)))
            # imap would read the whole file ahead of the workers.
            if len(waiting) > 4 * wanted.workers:
                yield from waiting.pop(0).get()
        for result in waiting:
            yield from result.get()


def _begin(sequence: int, scripts: bool, every: bool) -> None:
    global _worker
    gc.freeze()
    gc.disable()  # rows make no circles, and looking for some takes a tenth of the time; `_look` does it now and then
    _worker = Worker(sequence, scripts, every)


def _look(batch: list[Row]) -> list[Seen]:
    assert _worker is not None
    seen = _worker.look(batch)
    _worker.batches += 1
    if _worker.batches % _TIDY == 0:
        gc.collect()
    return seen


def _has_postgres() -> bool:
    from ghost_architect.schema.engines import open_engine

    return bool(open_engine("postgres").version())


def workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _apps(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """(id of a pair, its application) from the manifests beside shards, for those that have one."""
    for file in files:
        manifest = file.with_suffix(".json")
        if file.suffix == ".tar" and manifest.is_file() and manifest.stat().st_size < 64 << 20:
            try:
                said = json.loads(manifest.read_text(encoding="utf-8"))
                yield from ((str(row["id"]), str(row["app"])) for row in said["pairs"])
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                continue


@dataclass(slots=True)
class _Gathered:
    """What is known of all rows so far."""

    wanted: Wanted
    report: Report = field(default_factory=Report)
    apps: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, int, str, str, bytes, bool]] = field(default_factory=list)
    """File, number, split, id, exact text, whether it is bad already."""
    signatures: list[likeness.Signature] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    schemas: list[tuple[int, bytes]] = field(default_factory=list)
    pictures: list[tuple[int, str, bytes]] = field(default_factory=list)
    texts: dict[bytes, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    scripts: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    places: list[tuple[int, str, Place]] = field(default_factory=list)
    ran: set[bytes] = field(default_factory=set)
    bad: set[int] = field(default_factory=set)
    rng: Random = field(default_factory=lambda: Random(0))

    def take(self, seen: Seen) -> None:
        """Remember a row, and what is wrong with it."""
        place = len(self.rows)
        for kind, message in seen.problems:
            self.report.add(Problem(kind, seen.file, seen.number, message))
        self.rows.append((seen.file, seen.number, seen.split, seen.id, seen.exact, bool(seen.problems)))
        if seen.number:
            self.report.rows[seen.kind or "unreadable"] += 1
            self.report.splits[seen.split or "-"] += 1
        if any(kind not in MILD for kind, _ in seen.problems):
            self.bad.add(place)
        self.signatures.append(seen.signature if seen.signature is not None else _NOTHING)
        if seen.tokens:
            self.tokens.append(seen.tokens)
        self.report.not_run += seen.migration
        if seen.ran:
            self.ran.add(seen.ran)
        self._compare(place, seen)
        self._sample(place, seen)

    def _compare(self, place: int, seen: Seen) -> None:
        """Duplicates are found as they come."""
        if seen.id and self.ids.setdefault(seen.id, place) != place:
            self._problem(Kind.DUPLICATE, place, f"has the id of {self._named(self.ids[seen.id])}")
        if seen.exact and seen.kind == "instructions" and self.texts.setdefault(seen.exact, place) != place:
            self._problem(Kind.DUPLICATE, place, f"says what {self._named(self.texts[seen.exact])} says")
        if seen.schema:
            self.schemas.append((place, seen.schema))
        self.pictures += ((place, name, digest) for name, digest, _ in seen.pictures)

    def _sample(self, place: int, seen: Seen) -> None:
        """Keep every distinct script where an engine was asked for, else some, drawn evenly (Vitter's algorithm R)."""
        if seen.script:
            key = seen.ran
            if self.wanted.engine:
                self.scripts.setdefault(key, (place, seen.script))
            elif len(self.scripts) < SAMPLE:
                self.scripts[key] = place, seen.script
            elif key not in self.scripts and self.rng.randrange(place + 1) < SAMPLE:
                self.scripts.pop(self.rng.choice(list(self.scripts)))
                self.scripts[key] = place, seen.script
        for name, _, where in seen.pictures:
            if self.wanted.pictures or len(self.places) < SAMPLE:
                self.places.append((place, name, where))
            elif self.rng.randrange(len(self.pictures)) < SAMPLE:
                self.places[self.rng.randrange(SAMPLE)] = place, name, where

    def _named(self, place: int) -> str:
        file, number, *_ = self.rows[place]
        return f"row {number}" + ("" if file == self.rows[-1][0] else f" of {file}")

    def _problem(self, kind: Kind, place: int, message: str) -> None:
        file, number, *_ = self.rows[place]
        self.report.add(Problem(kind, file, number, message))
        if kind not in MILD:
            self.bad.add(place)

    # --- when all rows are there ---

    def finish(self) -> None:
        """Compare rows with each other, and run the samples."""
        self.report.sequence = self.wanted.sequence
        self._pictures_twice()
        self._near()
        self._leaks()
        self._engines()
        self._decoded()
        if self.tokens:
            self.tokens.sort()
            last = len(self.tokens) - 1
            self.report.tokens = (
                self.tokens[0],
                round(statistics.median(self.tokens)),
                self.tokens[round(0.95 * last)],
                self.tokens[last],
            )
        self.report.bad = len(self.bad)
        self.report.shown.sort(key=lambda p: (p.file, p.row))

    def _pictures_twice(self) -> None:
        first: dict[bytes, int] = {}
        for place, name, digest in self.pictures:
            if first.setdefault(digest, place) != place:
                self._problem(Kind.DUPLICATE, place, f"{name} is the picture of {self._named(first[digest])}")

    def _near(self) -> None:
        known = [i for i, s in enumerate(self.signatures) if s is not _NOTHING]
        for one, other, share in likeness.alike([self.signatures[i] for i in known]):
            earlier, later = known[one], known[other]
            if self.rows[earlier][4] != self.rows[later][4]:
                self._problem(Kind.NEAR, later, f"is {share:.0%} like {self._named(earlier)}")
            if _apart(self.rows[earlier][2], self.rows[later][2]):
                self._problem(
                    Kind.LEAK,
                    later,
                    f"{self.rows[later][2]} is {share:.0%} like {self._named(earlier)} of {self.rows[earlier][2]}",
                )

    def _leaks(self) -> None:
        """What two parts share: an application, a schema, a picture, a text."""
        apps = ((i, self.apps[row[3]].encode()) for i, row in enumerate(self.rows) if row[3] in self.apps)
        texts = ((i, row[4]) for i, row in enumerate(self.rows) if row[4] and self.signatures[i] is not _NOTHING)
        shared: list[tuple[str, Iterable[tuple[int, bytes]]]] = [
            ("application", apps),
            ("schema", self.schemas),
            ("picture", ((place, digest) for place, _, digest in self.pictures)),
            ("text", texts),
        ]
        for what, things in shared:
            first: dict[bytes, int] = {}
            for place, thing in things:
                other = first.setdefault(thing, place)
                if _apart(self.rows[other][2], self.rows[place][2]):
                    part, home = self.rows[place][2], self.rows[other][2]
                    self._problem(Kind.LEAK, place, f"{part} has the {what} of {self._named(other)}, which is {home}")

    def _engines(self) -> None:
        """Run the sample, or all, on an engine besides SQLite."""
        from ghost_architect.schema.execute import execute

        name = self.wanted.engine or "postgres"
        self.report.ran["sqlite"] = len(self.ran)
        for place, script in self.scripts.values():
            done = execute(script, "postgres", name, seconds=30)
            self.report.ran[done.engine] = self.report.ran.get(done.engine, 0) + 1
            if not done.ok:
                self._problem(Kind.SQL, place, f"{done.engine}: {done.error}")

    def _decoded(self) -> None:
        from ghost_architect.pages.decode import decode

        def problem(name: str, where: Place) -> str:
            try:
                decode(where.read(), name)
            except (ImageError, OSError) as found:
                return found.message if isinstance(found, GhostError) else str(found)
            return ""

        # Each is decoded in a process of its own, for which a thread waits.
        with ThreadPoolExecutor(self.wanted.workers) as pool:
            said = pool.map(lambda one: problem(one[1], one[2]), self.places)
            for (place, _, _), text in zip(self.places, said, strict=True):
                if text:
                    self._problem(Kind.PICTURE, place, text)
        self.report.pictures = len(self.pictures), len(self.places)


_NOTHING: likeness.Signature = likeness.signature("")


def _apart(one: str, other: str) -> bool:
    """Whether two parts must share nothing: both are named, and they differ."""
    return bool(one and other) and one != other
