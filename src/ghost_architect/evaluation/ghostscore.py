"""GhostScore: how much of the schema that a screen shows an answer has.

    reference tables + SQL -> Pairing -> counts -> (added up over screens) -> totals

Only what the screen shows is required; columns that are implied, derived or shown elsewhere are
neither rewarded nor punished; invented ones are punished. Everything is deterministic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghost_architect.schema.parse import parse

from .metrics import METRICS, Count, Metric
from .pairing import Pairing, pair
from .shapes import Json, from_reference, from_schema

RELATIONS_FROM = 20
"""With fewer relations in the references of a set, relations are left out of its GhostScore."""

Counts = Mapping[str, Count]
"""Metric name -> count."""


def pairing(reference_tables: Iterable[Json], sql: str) -> Pairing:
    """The answer paired with the reference. What `parse` does not understand of the SQL is not there."""
    return pair(from_reference(reference_tables), from_schema(parse(sql).schema))


def count(pairing_: Pairing) -> dict[str, Count]:
    """Every metric of one pairing."""
    return {metric.name: metric.count(pairing_) for metric in METRICS}


def counts(reference_tables: Iterable[Json], sql: str) -> dict[str, Count]:
    """Every metric of one answer: (right, answered, expected) by metric name.

    Args:
        reference_tables: tables of a reference file; `evaluation.sets` says what is in one.
        sql: PostgreSQL DDL.
    """
    return count(pairing(reference_tables, sql))


def add(rows: Iterable[Counts]) -> dict[str, Count]:
    """Counts of several answers as one."""
    out = {metric.name: Count(0, 0, 0) for metric in METRICS}
    for row in rows:
        out = {name: have.plus(row[name]) for name, have in out.items()}
    return out


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision, recall and F1, 0..1, rounded to 3 digits; None where there is nothing to divide by."""

    precision: float | None
    recall: float | None
    f1: float | None


def rates(c: Count) -> Rates:
    """The rates of one count."""
    return Rates(_ratio(c.right, c.answered), _ratio(c.right, c.expected), _ratio(2 * c.right, c.answered + c.expected))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def has_relations(summed: Counts) -> bool:
    """Whether a set has relations enough for their term in its GhostScore."""
    return summed["relation"].expected >= RELATIONS_FROM


def terms(with_relations: bool) -> list[Metric]:
    """The metrics that GhostScore is made of."""
    return [m for m in METRICS if m.weight and (with_relations or m.name != "relation")]


def ghostscore(summed: Counts, with_relations: bool) -> float:
    """The weighted mean of table, typed column and relation F1, 0..1, rounded to 3 digits."""
    used = terms(with_relations)
    points = sum(m.weight * (rates(summed[m.name]).f1 or 0.0) for m in used)
    return round(points / sum(m.weight for m in used), 3)


def totals(rows: Sequence[Counts]) -> dict[str, dict[str, float | None] | float]:
    """Micro-averaged figures of a set: {metric: {"P", "R", "F1"}, "GhostScore": value}."""
    summed = add(rows)
    out: dict[str, dict[str, float | None] | float] = {}
    for name, c in summed.items():
        r = rates(c)
        out[name] = {"P": r.precision, "R": r.recall, "F1": r.f1}
    out["GhostScore"] = ghostscore(summed, has_relations(summed))
    return out
