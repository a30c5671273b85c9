"""One group of pages as a question to a backend: its answer, what is wrong with it, and the second answer.

Question.ask -> Attempt -> Judge.errors -> none: it stays
                                        -> some: asked again with them; the better Attempt stays
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..backends.base import Backend, StopReason
from ..errors import BackendError, DeadlineError
from ..pages import prompt as wording
from ..pages.page import Line, Page
from ..schema.answer import read_answer
from ..schema.engines.base import Engine
from ..schema.execute import refusal
from ..schema.findings import Finding, Severity
from ..schema.objects import Evidence, Schema
from ..schema.verify import verify
from .clock import Clock
from .engines import executions

NOTE = "ANSWER-NOTE"
_REPAIR = "ANSWER-REPAIR"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer, and what was understood of it."""

    text: str
    schema: Schema
    findings: tuple[Finding, ...]

    @property
    def cited(self) -> frozenset[int]:
        """The numbers of all lines that it cites."""
        found = (e for t in self.schema.tables for e in (*t.evidence, *(e for c in t.columns for e in c.evidence)))
        return frozenset(e.line for e in found)

    def saying(self, message: str) -> Attempt:
        """The same, with a remark about how it came to be."""
        return replace(self, findings=(*self.findings, Finding(_REPAIR, Severity.INFO, "", "", message)))


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what is wrong with an attempt: what could not be read, what breaks a rule, what an engine refuses."""

    dialect: str
    engines: Mapping[str, Engine]
    clock: Clock

    def errors(self, attempt: Attempt) -> tuple[str, ...]:
        """Every error, as one line. Engines are asked only where the rules are content."""
        found = [f for f in (*attempt.findings, *verify(attempt.schema, self.dialect)) if f.severity is Severity.ERROR]
        if not found and attempt.schema.tables:
            runs = list(executions(attempt.schema, self.engines, self.clock))
            found += [refusal(run) for run in runs if run.error]
            found += [f for run in runs for f in run.differences if f.severity is Severity.ERROR]
        return tuple(": ".join(filter(None, (".".join(filter(None, (f.table, f.column))), f.message))) for f in found)


@dataclass(frozen=True, slots=True)
class Question:
    """What a backend is asked about some pages.

    Attributes:
        pages: what it is shown.
        prompt: the wording, with their lines.
        lines: what its answer may cite.
        clock: by when the answer has to be there.
    """

    backend: Backend
    pages: Sequence[Page]
    prompt: str
    lines: Mapping[int, Evidence]
    clock: Clock

    def ask(self) -> Attempt:
        """The answer.

        Raises:
            BackendError: the backend cannot be reached, or what came back is no answer.
            DeadlineError: the time is over.
        """
        answer = self.backend.generate(self.pages, self.prompt, self.clock.for_backend())
        self.clock.check()
        read = read_answer(answer.text, self.lines, truncated=answer.stop is StopReason.LENGTH)
        notes = (Finding(NOTE, Severity.INFO, "", "", note) for note in answer.notes)
        return Attempt(answer.text, read.schema, (*notes, *read.findings))

    def repaired(self, first: Attempt, judge: Judge) -> Attempt:
        """The better of this attempt and one that was told what is wrong with it; which one it is, is a finding.

        Fewer errors are better, then fewer losses of cited lines. A second answer without a table never
        takes the place of one that has some: nothing said is nothing wrong.

        Raises:
            DeadlineError: the time is over.
        """
        faults = judge.errors(first)
        if not faults:
            return first
        counted = f"the answer had {_count(faults)}"
        try:
            second = replace(self, prompt=wording.repair(self.prompt, first.text, faults)).ask()
            left = judge.errors(second)
        except (BackendError, DeadlineError) as error:
            self.clock.check()
            return first.saying(f"{counted}; asking again failed: {error.message}")
        emptied = bool(first.schema.tables) and not second.schema.tables
        losses = len(first.cited - second.cited), len(second.cited - first.cited)
        if emptied or (len(left), losses[0]) >= (len(faults), losses[1]):
            return first.saying(f"{counted}; asked again, the model gave none that is better, and the first was kept")
        lost = f" and cites {losses[0]} lines less" if losses[0] else ""
        return second.saying(f"{counted}; asked again, the model gave one with {_count(left)}{lost}, which was kept")


def _count(faults: Sequence[str]) -> str:
    return f"{len(faults) or 'no'} error{'' if len(faults) == 1 else 's'}"


def citable(group: Sequence[Page], pages: Sequence[Page]) -> dict[int, Evidence]:
    """The lines that the answer to a group may cite: only those that the backend was shown.

    Args:
        group: some of the pages.
        pages: all of them, by whose places screens are counted.
    """
    lines: dict[int, Evidence] = {}
    for screen, page in enumerate(pages):
        if any(page is p for p in group):
            lines.update((n.n, _as_evidence(screen, n)) for n in page.lines)
    return lines


def _as_evidence(screen: int, line: Line) -> Evidence:
    return Evidence(screen, line.n, line.box, line.text)
