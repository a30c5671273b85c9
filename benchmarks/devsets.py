"""How well does the `rules` backend read screens whose schema is known, and does what it prints run?

    python benchmarks/devsets.py SET... -o devsets.md

A SET is a folder that `ghost-architect eval` takes. Each is read screen by screen, and with all
screens of an app in one call. Every answer is then printed for PostgreSQL and for SQLite and run
there as printed; an answer that PostgreSQL does not take scores as unread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import record
import targets

from ghost_architect.backends import open_backend
from ghost_architect.errors import GhostError
from ghost_architect.evaluation import report, run, sets
from ghost_architect.evaluation.metrics import METRICS
from ghost_architect.evaluation.run import Outcome
from ghost_architect.inference import read_pages
from ghost_architect.pages.load import load_pages
from ghost_architect.pages.page import Page, numbered
from ghost_architect.schema.execute import Execution, available, execute

BACKEND = "rules"
SCORED = "postgres"
"""The dialect that is scored: the canonical form."""


@dataclass(slots=True)
class Runs:
    """How the answers that had tables ran: by dialect how many ran, and those that did not with the reason."""

    ran: dict[str, int] = field(default_factory=lambda: dict.fromkeys(targets.RUNS, 0))
    refused: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, name: str, execution: Execution) -> None:
        """Count one answer."""
        if execution.ok:
            self.ran[execution.engine] += 1
        else:
            why = execution.error or "; ".join(d.message for d in execution.differences)
            self.refused.append((name, execution.engine, why))

    def share(self, dialect: str) -> float | None:
        """Of the answers with tables, how many ran; None where there was none."""
        of = self.ran[dialect] + sum(engine == dialect for _, engine, _ in self.refused)
        return self.ran[dialect] / of if of else None

    def text(self, dialect: str) -> str:
        """`99 of 100`."""
        return f"{self.ran[dialect]} of {self.ran[dialect] + sum(e == dialect for _, e, _ in self.refused)}"


@cache
def page_of(image: Path) -> Page:
    """A screen with its text; reading that takes most of the time, and the same screen is read in several calls."""
    return load_pages([image])[0]


def reader(runs: Runs) -> Callable[[Sequence[Path]], Outcome]:
    """What reads the screens of one case, and runs what was read."""
    backend = open_backend(BACKEND)

    def read(images: Sequence[Path]) -> Outcome:
        begun = time.perf_counter()
        try:
            pages = numbered(page_of(image) for image in images)
            readings = {dialect: read_pages(pages, backend, dialect, engines=()) for dialect in targets.RUNS}
        except GhostError as error:
            return Outcome("", False, time.perf_counter() - begun, error.message)
        good = False
        for dialect, reading in readings.items():
            if reading.schema.tables:
                execution = execute(reading.sql(), dialect, expected=reading.schema)
                runs.count(", ".join(image.name for image in images), execution)
                good = execution.ok if dialect == SCORED else good
        return Outcome(readings[SCORED].sql(), good, time.perf_counter() - begun)

    return read


def measured(cases: sets.EvalSet, unit: str) -> tuple[report.Report, Runs]:
    """The report of a set, and how what was read ran."""
    runs = Runs()
    return report.build(cases.name, list(run.evaluate(cases, reader(runs))), BACKEND, unit), runs


def figure(made: report.Report, part: str, name: str) -> float | None:
    """One figure of a report, by the names of its JSON form."""
    body = made.to_json()
    value = body["silence"] if part == "silence" else body["parts"].get(part)
    return None if value is None else value[name]


def verdict_rows(made: report.Report, runs: Runs) -> Iterator[tuple[str, ...]]:
    """What the targets say about a set that was read screen by screen."""
    for (part, name), target in targets.SETS.get(made.name, {}).items():
        yield target.row(figure(made, part, name))
    for dialect, target in targets.RUNS.items():
        if runs.share(dialect) is not None:
            row = target.row(runs.share(dialect))
            yield (f"{row[0]}: {runs.text(dialect)} answers", *row[1:])


def part_rows(made: report.Report) -> Iterator[tuple[str, ...]]:
    """A row for each part of the report."""
    for metric in METRICS:
        part = made.parts[metric.name]
        shown = (part.rates.precision, part.rates.recall, part.rates.f1)
        yield (metric.title, *map(number, shown), interval(part.interval), *map(str, part.count))
    if made.score is not None:
        yield "GhostScore", "", "", number(made.score.value), interval(made.score.interval), "", "", ""


def kind_rows(made: report.Report) -> Iterator[tuple[str, ...]]:
    """A row for each kind of screen: F1 of every part."""
    for part in made.slices:
        yield (part.kind, str(part.screens), *(number(part.parts[m.name].rates.f1) for m in METRICS))


def number(value: float | None) -> str:
    """A share with three digits."""
    return "-" if value is None else f"{value:.3f}"


def interval(value: tuple[float, float] | None) -> str:
    """`0.512 to 0.634`."""
    return "-" if value is None else f"{value[0]:.3f} to {value[1]:.3f}"


def summary(made: report.Report, runs: Runs) -> str:
    """What was read, in one line."""
    silence = f"; silent on {made.silence.right} of {made.silence.of} pages without data" if made.silence else ""
    ran = ", ".join(f"{runs.text(dialect)} answers run on {dialect}" for dialect in targets.RUNS)
    rule = f" GhostScore = {made.score.rule}." if made.score else ""
    return f"{made.screens} screens of {made.apps} apps, {len(made.unread)} unread{silence}; {ran}.{rule}"


def add(out: record.Record, made: report.Report, runs: Runs) -> None:
    """The tables of one set, read in one way."""
    name = f"{made.name}, one {made.unit} a call"
    if made.unit == "screen":
        out.add(f"{name}: against the targets", targets.HEADER, list(verdict_rows(made, runs)))
    heads = ("Part", "P", "R", "F1", "95% interval", "Right", "Answered", "True")
    rows = list(part_rows(made)) if made.parts else []
    out.add(f"{name}: the parts", heads, rows, summary(made, runs))
    if made.slices:
        out.add(f"{name}: F1 by kind", ("Kind", "Screens", *(m.title for m in METRICS)), list(kind_rows(made)))
    if runs.refused:
        out.add(f"{name}: not run", ("Screens", "Engine", "Why"), runs.refused)
    if made.unread:
        unread = [(c.name, c.error) for c in made.unread]
        out.add(f"{name}: unread", ("Name", "Why"), unread)


def main() -> None:
    """Measure, print, and write where `-o` says."""
    options = record.parser(__doc__)
    options.add_argument("sets", nargs="+", type=Path, metavar="SET", help="a folder of screens and references")
    chosen = options.parse_args()
    missing = [dialect for dialect in targets.RUNS if not available().get(dialect)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)} (make install)")

    out = record.Record("Evaluation sets", f"How well does `{BACKEND}` read, and does what it prints run?")
    for path in chosen.sets:
        cases = sets.load_set(path)
        add(out, *measured(cases, "screen"))
        joined = sets.by_app(cases)
        if len(joined.cases) < len(cases.cases):
            add(out, *measured(joined, "app"))
        page_of.cache_clear()
    out.deliver(chosen.output)


if __name__ == "__main__":
    main()
