"""Read a set and count: cases -> reader -> outcomes -> results.

EvalSet --read(images)--> Outcome --pair, count--> Result --report.build--> Report
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .ghostscore import Counts, count, pairing
from .misses import Misses, misses
from .sets import Case, EvalSet


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call.

    Args:
        sql: the answer as PostgreSQL DDL; empty for "no data here".
        ok_on_engine: whether a real engine took the SQL as it stands; an empty answer needs no engine.
        seconds: how long the call took.
        error: one line if there was no answer at all.
    """

    sql: str
    ok_on_engine: bool
    seconds: float
    error: str = ""

    @property
    def is_read(self) -> bool:
        """Whether there is an answer that runs. One that does not run counts as if nothing had been read."""
        return not self.error and (self.ok_on_engine or not self.sql.strip())


Reader = Callable[[Sequence[Path]], Outcome]
"""Reads the screens of one case in one call."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case, scored. `is_silent`: an answer came, and it has no tables."""

    case: Case
    outcome: Outcome
    counts: Counts
    misses: Misses
    is_silent: bool


def evaluate(eval_set: EvalSet, read: Reader) -> Iterator[Result]:
    """Read and score case by case, in the order of the set. What `read` raises is not caught."""
    for case in eval_set.cases:
        yield score(case, read(case.images))


def score(case: Case, outcome: Outcome) -> Result:
    """Hold one outcome against its reference."""
    found = pairing(case.tables, outcome.sql if outcome.is_read else "")
    return Result(case, outcome, count(found), misses(found), outcome.is_read and not found.answer)
