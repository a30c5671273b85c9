"""The only road from pictures to a schema that runs; the command line, the API and the web page all take it.

    pages -> backend -> answer text -> Schema (+ evidence) -> merge -> verify -> run on real engines -> Reading
               └─ errors? one more prompt that names them; the better answer is kept ─┘

`read_pages` never raises for what a model said: an answer that cannot be used is a finding. It
raises for a backend that cannot be reached and for time that ran out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .backends.base import Backend, StopReason
from .errors import BackendError, DeadlineError, EngineError
from .pages.page import Line, Page
from .pages.prompt import build, repair
from .schema.answer import read_answer
from .schema.ddl import Citations, ddl
from .schema.dialects import dialect as find_dialect
from .schema.engines import ENGINES, open_engine
from .schema.engines.base import Engine
from .schema.execute import Execution, execute
from .schema.findings import Finding, Severity
from .schema.fit import fit
from .schema.jsonform import tables_to_json
from .schema.merge import merge
from .schema.objects import Evidence, Schema
from .schema.verify import verify

_ENGINE_SECONDS = 5.0
"""How long one engine may take over one script."""

_SHARE = 0.95
"""Of the time that is left, what a backend gets: what it said until then has to be read and run, too."""

VERSION = 1
"""Of the JSON form of a reading."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture that was read. `lines_left_out` did not fit into the prompt."""

    name: str
    width: int
    height: int
    lines: int
    lines_left_out: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one call's screens.

    `schema` is what was meant, whatever the dialect; `sql()` writes what the dialect can hold of it.
    `timings` are seconds by step.
    """

    schema: Schema
    dialect: str
    findings: tuple[Finding, ...]
    executions: tuple[Execution, ...]
    backend: str
    model: str
    screens: tuple[Screen, ...]
    timings: Mapping[str, float] = field(default_factory=dict)

    def sql(self, cite: bool = False) -> str:
        """The script for the dialect; with `cite`, what each column was read from stands behind it."""
        return ddl(self.schema, self.dialect, Citations.TEXT if cite else Citations.NONE)

    @property
    def executed(self) -> dict[str, bool]:
        """For each engine that was asked: whether the script ran and made what was meant."""
        return {e.engine: e.ok for e in self.executions}

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: no error among the findings, no engine that refused."""
        return all(self.executed.values()) and all(f.severity is not Severity.ERROR for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The body that `--format json` prints and the API returns."""
        return {
            "version": VERSION,
            "dialect": self.dialect,
            "sql": self.sql(),
            "tables": tables_to_json(self.schema),
            "findings": [finding_json(f) for f in self.findings],
            "executed": self.executed,
            "backend": self.backend,
            "model": self.model,
            "screens": [
                {
                    "name": s.name,
                    "width": s.width,
                    "height": s.height,
                    "lines": s.lines,
                    "lines_left_out": s.lines_left_out,
                }
                for s in self.screens
            ],
            "timings": {k: round(v, 4) for k, v in self.timings.items()},
        }


def finding_json(finding: Finding) -> dict[str, str]:
    """A finding as it stands in the JSON of a reading."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "table": finding.table,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def read_pages(
    pages: Sequence[Page],
    backend: Backend,
    dialect: str = "postgres",
    engines: Sequence[str] | None = None,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
    repairs: bool = True,
) -> Reading:
    """Read screens of one app into one schema.

    Args:
        pages: the screens, lines numbered through all of them.
        backend: what reads them.
        dialect: what the script is written for.
        engines: which engines it is run on; None means SQLite and the dialect's own, where installed.
        seconds: how long all of it may take.
        progress: told the name of every step as it begins.
        repairs: whether a backend that can take it is asked once more where its answer has errors.

    Raises:
        BackendError: the backend cannot be reached or what came back is no answer.
        DeadlineError: `seconds` ran out.
        UsageError: there is no such dialect or engine. (One that does not start is a finding.)
    """
    chosen = _engines(find_dialect(dialect).name, engines)
    clock = _Clock(seconds, progress)
    schemas, findings, left_out = list[Schema](), list[Finding](), list[int]()
    with clock.step("read"):
        for group in _groups(pages, backend.pages_per_call):
            prompt = build(group)
            left_out.extend(prompt.left_out)
            lines = _citable(group, pages)
            attempt = _asked(backend, group, prompt.text, lines, clock)
            if repairs and backend.repairs:
                attempt = _repaired(attempt, backend, group, prompt.text, lines, clock, _Judge(dialect, chosen))
            schemas.append(attempt.schema)
            findings.extend(f for f in attempt.findings if f.code != _NOTE or f not in findings)
    with clock.step("merge"):
        whole = schemas[0] if len(schemas) == 1 else merge(schemas)
    with clock.step("verify"):
        findings.extend(verify(whole, dialect))
        findings.extend(fit(whole, dialect).losses)
    with clock.step("execute"):
        executions = tuple(_executions(whole, chosen, clock)) if whole.tables else ()
    findings.extend(f for e in executions for f in e.differences)
    findings.extend(refusal(e) for e in executions if e.error)
    return Reading(
        schema=whole,
        dialect=dialect,
        findings=tuple(findings),
        executions=executions,
        backend=backend.name,
        model=backend.model,
        screens=tuple(
            Screen(p.name, p.width, p.height, len(p.lines), n, p.notes) for p, n in zip(pages, left_out, strict=True)
        ),
        timings=clock.timings,
    )


class _Clock:
    """Times the steps, tells of them, and stops when the time is over."""

    def __init__(self, seconds: float | None, progress: Callable[[str], None] | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._seconds = seconds
        self._progress = progress
        self.timings: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.check()
        if self._progress:
            self._progress(name)
        begun = time.monotonic()
        yield
        self.timings[name] = time.monotonic() - begun

    def left(self) -> float | None:
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def for_backend(self) -> float | None:
        left = self.left()
        return None if left is None else left * _SHARE

    def check(self) -> None:
        if self._end is not None and time.monotonic() >= self._end:
            raise DeadlineError(f"reading took longer than {self._seconds:g} s", hint="give more time with --timeout")


def _groups(pages: Sequence[Page], size: int | None) -> Iterator[Sequence[Page]]:
    step = size or max(1, len(pages))
    return (pages[i : i + step] for i in range(0, len(pages), step))


def _citable(group: Sequence[Page], pages: Sequence[Page]) -> dict[int, Evidence]:
    """The lines that this group's answer may cite: only those that the backend was shown."""
    lines: dict[int, Evidence] = {}
    for screen, page in enumerate(pages):
        if any(page is p for p in group):
            lines.update((n.n, _as_evidence(screen, n)) for n in page.lines)
    return lines


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One answer, and what was understood of it."""

    text: str
    schema: Schema
    findings: tuple[Finding, ...]

    @property
    def cited(self) -> frozenset[int]:
        """The numbers of all lines that it cites."""
        found = (e for t in self.schema.tables for e in (*t.evidence, *(e for c in t.columns for e in c.evidence)))
        return frozenset(e.line for e in found)


_NOTE = "ANSWER-NOTE"
_REPAIR = "ANSWER-REPAIR"


def _asked(
    backend: Backend, group: Sequence[Page], prompt: str, lines: Mapping[int, Evidence], clock: _Clock
) -> _Attempt:
    answer = backend.generate(group, prompt, clock.for_backend())
    clock.check()
    read = read_answer(answer.text, lines, truncated=answer.stop is StopReason.LENGTH)
    notes = (Finding(_NOTE, Severity.INFO, "", "", note) for note in answer.notes)
    return _Attempt(answer.text, read.schema, (*notes, *read.findings))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says what is wrong with an attempt: what could not be read, what breaks a rule, what an engine refuses."""

    dialect: str
    engines: Mapping[str, Engine]

    def errors(self, attempt: _Attempt, clock: _Clock) -> tuple[str, ...]:
        """Every error, as one line. Engines are asked only where the rules are content."""
        found = [f for f in (*attempt.findings, *verify(attempt.schema, self.dialect)) if f.severity is Severity.ERROR]
        if not found and attempt.schema.tables:
            runs = list(_executions(attempt.schema, self.engines, clock))
            found += [refusal(run) for run in runs if run.error]
            found += [f for run in runs for f in run.differences if f.severity is Severity.ERROR]
        return tuple(": ".join(filter(None, (".".join(filter(None, (f.table, f.column))), f.message))) for f in found)


def _repaired(
    first: _Attempt,
    backend: Backend,
    group: Sequence[Page],
    prompt: str,
    lines: Mapping[int, Evidence],
    clock: _Clock,
    judge: _Judge,
) -> _Attempt:
    """The better of this attempt and one that was told what is wrong with it; which one it is, is a finding.

    Fewer errors are better, then fewer losses of cited lines. A second answer without a table never
    takes the place of one that has some: nothing said is nothing wrong.
    """
    faults = judge.errors(first, clock)
    if not faults:
        return first
    counted = f"the answer had {_count(faults)}"
    try:
        second = _asked(backend, group, repair(prompt, first.text, faults), lines, clock)
        left = judge.errors(second, clock)
    except (BackendError, DeadlineError) as error:
        clock.check()
        return _saying(first, f"{counted}; asking again failed: {error.message}")
    emptied = bool(first.schema.tables) and not second.schema.tables
    losses = len(first.cited - second.cited), len(second.cited - first.cited)
    if emptied or (len(left), losses[0]) >= (len(faults), losses[1]):
        return _saying(first, f"{counted}; asked again, the model gave none that is better, and the first was kept")
    lost = f" and cites {losses[0]} lines less" if losses[0] else ""
    return _saying(second, f"{counted}; asked again, the model gave one with {_count(left)}{lost}, which was kept")


def _count(faults: Sequence[str]) -> str:
    return f"{len(faults) or 'no'} error{'' if len(faults) == 1 else 's'}"


def _saying(attempt: _Attempt, message: str) -> _Attempt:
    return replace(attempt, findings=(*attempt.findings, Finding(_REPAIR, Severity.INFO, "", "", message)))


def _as_evidence(screen: int, line: Line) -> Evidence:
    return Evidence(screen, line.n, line.box, line.text)


def _engines(dialect: str, asked: Sequence[str] | None) -> dict[str, Engine]:
    """The engines to run on: those asked for, or SQLite and the dialect's own where they are installed."""
    if asked is not None:
        return {name: open_engine(name) for name in asked}
    here = {name: open_engine(name) for name in ("sqlite", dialect) if name in ENGINES}
    return {name: engine for name, engine in here.items() if engine.version()}


def _executions(schema: Schema, engines: Mapping[str, Engine], clock: _Clock) -> Iterator[Execution]:
    for name, engine in engines.items():
        clock.check()
        left = clock.left()
        limit = _ENGINE_SECONDS if left is None else min(_ENGINE_SECONDS, left)
        try:
            yield execute(ddl(schema, engine.dialect), engine.dialect, name, expected=schema, seconds=limit)
        except EngineError as error:  # a server that is down must not cost what was read
            why = error.message + (f" ({error.hint})" if error.hint else "")
            yield Execution(engine.label, "", False, why, (), 0.0)


def refusal(execution: Execution) -> Finding:
    """The finding that an engine does not take the script."""
    did = "refuses" if execution.version else "did not run"
    return Finding("GX001", Severity.ERROR, "", "", f"{execution.engine} {did} the script: {execution.error}")
