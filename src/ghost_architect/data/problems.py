"""What can be wrong with a row, and the tally of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ghost_architect.errors import printable

SHOWN = 20
"""Of each kind so many are shown, the rest is counted."""

_LONGEST = 300


class Kind(StrEnum):
    """What is wrong. Those in `MILD` cost no row its place."""

    FORM = "form"
    EMPTY = "empty"
    CONTROL = "control characters"
    LONG = "too long"
    CUT = "lines to leave out"
    PROSE = "only prose"
    SQL = "SQL"
    EVIDENCE = "evidence"
    PICTURE = "picture"
    DUPLICATE = "duplicate"
    NEAR = "near-duplicate"
    LEAK = "leak"


MILD = frozenset({Kind.CUT, Kind.PROSE, Kind.NEAR})
"""Worth a look, and no reason to refuse the data."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one row: `row` counts from 1 in its file; 0 is the file itself."""

    kind: Kind
    file: str
    row: int
    message: str

    def line(self) -> str:
        """`error SQL data.json row 12: what it is`."""
        place = f"{self.file} row {self.row}" if self.row else self.file
        return printable(f"{'warning' if self.kind in MILD else 'error'} {self.kind} {place}: {self.message}")[
            :_LONGEST
        ]

    def json(self) -> dict[str, Any]:
        """As `--format json` prints it."""
        severity = "warning" if self.kind in MILD else "error"
        return {
            "severity": severity,
            "kind": str(self.kind),
            "file": self.file,
            "row": self.row,
            "message": printable(self.message)[:_LONGEST],
        }


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes:
        rows: by what they are (`instructions`, `pairs`).
        splits: how many rows each part has.
        counts: problems by kind; `bad` the rows that have one that is not mild.
        shown: the first of each kind.
        tokens: estimated, of the shortest row, the one in the middle, the one at 95% and the longest.
        sequence: tokens that a row may have.
        ran: engine -> how many distinct scripts ran on it.
        not_run: answers that hold SQL which is no script by itself (a migration), and were only read.
        pictures: how many were looked at, and how many of them decoded whole.
        seconds: wall time.
    """

    rows: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    counts: Counter[Kind] = field(default_factory=Counter)
    bad: int = 0
    shown: list[Problem] = field(default_factory=list)
    tokens: tuple[int, int, int, int] = (0, 0, 0, 0)
    sequence: int = 0
    ran: dict[str, int] = field(default_factory=dict)
    not_run: int = 0
    pictures: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    def add(self, problem: Problem) -> None:
        """Count a problem, and keep it if its kind has room."""
        self.counts[problem.kind] += 1
        if self.counts[problem.kind] <= SHOWN:
            self.shown.append(problem)

    @property
    def ok(self) -> bool:
        """Whether nothing but what is mild was found, and there was something to look at."""
        return not any(n for kind, n in self.counts.items() if kind not in MILD)

    def json(self) -> dict[str, Any]:
        """As `--format json` prints it."""
        low, middle, high, most = self.tokens
        return {
            "version": 1,
            "ok": self.ok,
            "rows": dict(self.rows),
            "splits": dict(self.splits),
            "bad_rows": self.bad,
            "tokens": {"least": low, "median": middle, "p95": high, "most": most, "sequence": self.sequence},
            "problems": {str(kind): n for kind, n in sorted(self.counts.items())},
            "shown": [p.json() for p in self.shown],
            "ran": self.ran,
            "not_run": self.not_run,
            "pictures": {"seen": self.pictures[0], "decoded": self.pictures[1]},
            "seconds": round(self.seconds, 2),
        }
