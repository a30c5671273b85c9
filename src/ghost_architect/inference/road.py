"""`read_pages`: the steps of a reading in their order.

It never raises for what a model said: an answer that cannot be used is a finding. It raises for a
backend that cannot be reached and for time that ran out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..backends.base import Backend
from ..pages import prompt as wording
from ..pages.page import Page
from ..schema.dialects import dialect as find_dialect
from ..schema.execute import refusal
from ..schema.findings import Finding
from ..schema.fit import fit
from ..schema.merge import merge
from ..schema.verify import verify
from .clock import Clock
from .engines import chosen_engines, executions
from .question import NOTE, Attempt, Judge, Question, citable
from .reading import Reading, Screen


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
    chosen = chosen_engines(find_dialect(dialect).name, engines)
    clock = Clock(seconds, progress)
    judge = Judge(dialect, chosen, clock) if repairs and backend.repairs else None
    with clock.step("read"):
        answered = [_answered(group, pages, backend, clock, judge) for group in _groups(pages, backend.pages_per_call)]
    attempts = [attempt for attempt, _ in answered]
    with clock.step("merge"):
        whole = attempts[0].schema if len(attempts) == 1 else merge([a.schema for a in attempts])
    findings = _said(attempts)
    with clock.step("verify"):
        findings.extend(verify(whole, dialect))
        findings.extend(fit(whole, dialect).losses)
    with clock.step("execute"):
        runs = tuple(executions(whole, chosen, clock)) if whole.tables else ()
    findings.extend(f for run in runs for f in run.differences)
    findings.extend(refusal(run) for run in runs if run.error)
    return Reading(
        schema=whole,
        dialect=dialect,
        findings=tuple(findings),
        executions=runs,
        backend=backend.name,
        model=backend.model,
        screens=_screens(pages, [n for _, left_out in answered for n in left_out]),
        timings=clock.timings,
    )


def _groups(pages: Sequence[Page], size: int | None) -> Iterator[Sequence[Page]]:
    """The pages in as many calls as the backend needs."""
    step = size or max(1, len(pages))
    return (pages[i : i + step] for i in range(0, len(pages), step))


def _answered(
    group: Sequence[Page], pages: Sequence[Page], backend: Backend, clock: Clock, judge: Judge | None
) -> tuple[Attempt, tuple[int, ...]]:
    """What came of one call, and how many lines of each of its pages were not shown."""
    prompt = wording.build(group)
    question = Question(backend, group, prompt.text, citable(group, pages), clock)
    attempt = question.ask()
    return (attempt if judge is None else question.repaired(attempt, judge)), prompt.left_out


def _said(attempts: Iterable[Attempt]) -> list[Finding]:
    """What is to be said of the answers; what a backend notes at every call is said once."""
    found: list[Finding] = []
    for finding in (f for attempt in attempts for f in attempt.findings):
        if finding.code != NOTE or finding not in found:
            found.append(finding)
    return found


def _screens(pages: Sequence[Page], left_out: Sequence[int]) -> tuple[Screen, ...]:
    return tuple(
        Screen(p.name, p.width, p.height, len(p.lines), n, p.notes) for p, n in zip(pages, left_out, strict=True)
    )
