"""The only road from pictures to a schema that runs; the command line, the API and the web page all take it.

    pages -> backend -> answer text -> Schema (+ evidence) -> merge -> verify -> run on real engines -> Reading

`read_pages` never raises for what a model said: an answer that cannot be used is a finding. It
raises for a backend that cannot be reached and for time that ran out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .backends.base import Answer, Backend, StopReason
from .errors import DeadlineError
from .pages.page import Line, Page
from .pages.prompt import build
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
) -> Reading:
    """Read screens of one app into one schema.

    Args:
        pages: the screens, lines numbered through all of them.
        backend: what reads them.
        dialect: what the script is written for.
        engines: which engines it is run on; None means SQLite and the dialect's own, where installed.
        seconds: how long all of it may take.
        progress: told the name of every step as it begins.

    Raises:
        BackendError: the backend cannot be reached or what came back is no answer.
        DeadlineError: `seconds` ran out.
        UsageError: there is no such dialect or engine.
        EngineError: an engine that was asked for by name is not installed.
    """
    chosen = _engines(find_dialect(dialect).name, engines)
    clock = _Clock(seconds, progress)
    prompts, schemas, findings, left_out = [], list[Schema](), list[Finding](), list[int]()
    with clock.step("read"):
        for group in _groups(pages, backend.pages_per_call):
            prompt = build(group)
            prompts.append(prompt)
            left_out.extend(prompt.left_out)
            answer = backend.generate(group, prompt.text, clock.left())
            clock.check()
            schema, noticed = _understood(answer, group, pages)
            schemas.append(schema)
            findings.extend(noticed)
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

    def check(self) -> None:
        if self._end is not None and time.monotonic() >= self._end:
            raise DeadlineError(f"reading took longer than {self._seconds:g} s", hint="give more time with --timeout")


def _groups(pages: Sequence[Page], size: int | None) -> Iterator[Sequence[Page]]:
    step = size or max(1, len(pages))
    return (pages[i : i + step] for i in range(0, len(pages), step))


def _understood(answer: Answer, group: Sequence[Page], pages: Sequence[Page]) -> tuple[Schema, tuple[Finding, ...]]:
    """The schema in an answer. Only lines that the backend was shown can be cited."""
    lines: dict[int, Evidence] = {}
    for screen, page in enumerate(pages):
        if any(page is p for p in group):
            lines.update((n.n, _as_evidence(screen, n)) for n in page.lines)
    read = read_answer(answer.text, lines, truncated=answer.stop is StopReason.LENGTH)
    return read.schema, read.findings


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
        yield execute(ddl(schema, engine.dialect), engine.dialect, name, expected=schema, seconds=limit)


def refusal(execution: Execution) -> Finding:
    """The finding that an engine does not take the script."""
    return Finding("GX001", Severity.ERROR, "", "", f"{execution.engine} refuses the script: {execution.error}")
