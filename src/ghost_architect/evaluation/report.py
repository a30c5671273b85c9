"""The report of a set: every figure with its interval, slices, and what went wrong where.

results -> build -> Report -> to_json | render
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .ghostscore import RELATIONS_FROM, Counts, Rates, add, ghostscore, has_relations, rates, terms
from .intervals import COVERAGE, RESAMPLES, SEED, Interval, interval, percentile, resample
from .metrics import Count
from .misses import Misses
from .run import Result

VERSION = 1
"""Of the JSON form."""


@dataclass(frozen=True, slots=True)
class Part:
    """One metric over some cases. `interval` is of F1; None with fewer than two apps."""

    count: Count
    rates: Rates
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """GhostScore of a set, and whether the set has relations enough to count them."""

    value: float
    interval: Interval | None
    relations: int
    with_relations: bool

    @property
    def rule(self) -> str:
        """What it is made of, in one line."""
        used = terms(self.with_relations)
        weighted = " + ".join(f"{m.weight:.2f} {m.title}" for m in used)
        if self.with_relations:
            return weighted
        few = f"no relations: the references have {self.relations}, fewer than {RELATIONS_FROM}"
        return f"({weighted}) / {sum(m.weight for m in used):.2f}; {few}"


@dataclass(frozen=True, slots=True)
class Slice:
    """The parts over the cases of one screen kind."""

    kind: str
    screens: int
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class CaseReport:
    """One case. `error`: why it counts as unread; empty if it does not."""

    name: str
    screens: int
    seconds: float
    error: str
    counts: Counts
    misses: Misses


@dataclass(frozen=True, slots=True)
class Silence:
    """Of the pages without data, how many were answered with nothing."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """0..1, 3 digits."""
        return round(self.right / self.of, 3)


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a call took. A call reads all screens of a case."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Report:
    """A set, read and scored.

    Args:
        name: of the set.
        backend: who read it.
        unit: what was read in one call, "screen" or "app".
        apps: how many; the intervals are over apps.
        parts: metric name -> figures; empty if no page of the set holds data.
        score: None if no page of the set holds data.
        silence: None if all pages of the set hold data.
        slices: by screen kind, in order of size; empty if there is one kind only.
        cases: in order of the set.
    """

    name: str
    backend: str
    unit: str
    screens: int
    apps: int
    parts: Mapping[str, Part]
    score: Score | None
    silence: Silence | None
    slices: tuple[Slice, ...]
    cases: tuple[CaseReport, ...]
    seconds: Seconds

    @property
    def unread(self) -> tuple[CaseReport, ...]:
        """Cases without an answer that runs."""
        return tuple(c for c in self.cases if c.error)

    @property
    def worst(self) -> tuple[CaseReport, ...]:
        """Cases that were read and have misses, most misses first."""
        wrong = (c for c in self.cases if c.misses.size and not c.error)
        return tuple(sorted(wrong, key=lambda c: (-c.misses.size, c.name)))

    def to_json(self) -> dict[str, Any]:
        """Everything, as values that JSON has."""
        return {
            "version": VERSION,
            "set": self.name,
            "backend": self.backend,
            "by": self.unit,
            "screens": self.screens,
            "apps": self.apps,
            "unread": len(self.unread),
            "ghostscore": _score_json(self.score),
            "parts": _parts_json(self.parts),
            "silence": _silence_json(self.silence),
            "kinds": [{"kind": s.kind, "screens": s.screens, "parts": _parts_json(s.parts)} for s in self.slices],
            "seconds": {"p50": self.seconds.p50, "p95": self.seconds.p95},
            "interval": {"coverage": COVERAGE, "resamples": RESAMPLES, "seed": SEED, "over": "apps"},
            "cases": [_case_json(c) for c in self.cases],
        }


def build(name: str, results: Sequence[Result], backend: str = "", unit: str = "screen") -> Report:
    """The report of at least one result."""
    rows = [r.counts for r in results]
    apps = _by_app(results)
    with_data = any(r.case.tables for r in results)
    silent = [r.is_silent for r in results if not r.case.tables]
    seconds = [r.outcome.seconds for r in results]
    resampled = resample(apps) if with_data and len(apps) > 1 else []
    return Report(
        name=name,
        backend=backend,
        unit=unit,
        screens=_screens(results),
        apps=len(apps),
        parts=_parts(rows, resampled) if with_data else {},
        score=_score(rows, resampled) if with_data else None,
        silence=Silence(sum(silent), len(silent)) if silent else None,
        slices=_slices(results),
        cases=tuple(_case(r) for r in results),
        seconds=Seconds(round(percentile(seconds, 0.5), 3), round(percentile(seconds, 0.95), 3)),
    )


def _by_app(results: Sequence[Result]) -> list[Counts]:
    apps: dict[str, list[Counts]] = {}
    for r in results:
        apps.setdefault(r.case.app, []).append(r.counts)
    return [add(rows) for rows in apps.values()]


def _screens(results: Sequence[Result]) -> int:
    return sum(len(r.case.images) for r in results)


def _parts(rows: Sequence[Counts], resampled: Sequence[Counts] = ()) -> dict[str, Part]:
    return {name: _part(name, c, resampled) for name, c in add(rows).items()}


def _part(name: str, c: Count, resampled: Sequence[Counts]) -> Part:
    return Part(c, rates(c), interval(resampled, lambda summed: rates(summed[name]).f1))


def _score(rows: Sequence[Counts], resampled: Sequence[Counts]) -> Score:
    summed = add(rows)
    # The whole set decides whether relations count: a figure that changes its meaning from one
    # resample to the next has no interval.
    with_relations = has_relations(summed)
    spread = interval(resampled, lambda s: ghostscore(s, with_relations))
    return Score(ghostscore(summed, with_relations), spread, summed["relation"].expected, with_relations)


def _slices(results: Sequence[Result]) -> tuple[Slice, ...]:
    kinds: dict[str, list[Result]] = {}
    for r in results:
        if r.case.tables:
            kinds.setdefault(r.case.kind or "unknown", []).append(r)
    if len(kinds) < 2:
        return ()
    slices = (Slice(kind, _screens(some), _parts([r.counts for r in some])) for kind, some in kinds.items())
    return tuple(sorted(slices, key=lambda s: (-s.screens, s.kind)))


def _case(r: Result) -> CaseReport:
    error = "" if r.outcome.is_read else r.outcome.error or "the SQL does not run"
    return CaseReport(r.case.name, len(r.case.images), r.outcome.seconds, error, r.counts, r.misses)


def _parts_json(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {
        name: {
            "P": p.rates.precision,
            "R": p.rates.recall,
            "F1": p.rates.f1,
            "interval": p.interval and list(p.interval),
            "counts": list(p.count),
        }
        for name, p in parts.items()
    }


def _score_json(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "value": score.value,
        "interval": score.interval and list(score.interval),
        "relations": score.relations,
        "with_relations": score.with_relations,
        "rule": score.rule,
    }


def _silence_json(silence: Silence | None) -> dict[str, Any] | None:
    return {"share": silence.share, "right": silence.right, "of": silence.of} if silence else None


def _case_json(case: CaseReport) -> dict[str, Any]:
    return {
        "name": case.name,
        "screens": case.screens,
        "seconds": round(case.seconds, 3),
        "error": case.error,
        "counts": {name: list(c) for name, c in case.counts.items()},
        "misses": case.misses.to_json(),
    }
