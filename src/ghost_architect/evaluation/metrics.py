"""What is counted about a pairing: one function and one line in METRICS each.

Every metric counts three things that add up over screens: how many are right, how many the answer
has, how many the truth has. Precision is right / answered, recall right / expected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .families import is_fair
from .pairing import Pairing
from .shapes import Field


class Count(NamedTuple):
    """How many are right, how many the answer has, how many the truth has."""

    right: int
    answered: int
    expected: int

    def plus(self, other: Count) -> Count:
        """Both counts together."""
        return Count(self.right + other.right, self.answered + other.answered, self.expected + other.expected)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the report. `weight` is its part in GhostScore."""

    name: str
    title: str
    count: Callable[[Pairing], Count]
    weight: float = 0.0


def table(pairing: Pairing) -> Count:
    """Tables."""
    return Count(len(pairing.tables), len(pairing.answer) - len(pairing.neutral), len(pairing.truth))


def column(pairing: Pairing) -> Count:
    """Visible columns, by name."""
    return Count(len(pairing.found), len(pairing.judged), len(pairing.visible))


def typed(pairing: Pairing) -> Count:
    """Visible columns, by name and type family."""
    right = sum(has_fair_type(pairing, true, answered) for true, answered in pairing.found.items())
    return Count(right, len(pairing.judged), len(pairing.visible))


def has_fair_type(pairing: Pairing, true: Field, answered: Field) -> bool:
    """Whether the answer's column has the type of the truth's, or a fair reading of it."""
    shape = pairing.truth[true[0]]
    fair = [shape.types[true[1]], *shape.fair_types.get(true[1], ())]
    return any(is_fair(t, pairing.answer[answered[0]].types[answered[1]]) for t in fair)


def foreign_key(pairing: Pairing) -> Count:
    """Foreign keys: the right column of the right table points at the right table."""
    true, answered = _true_keys(pairing), _answered_keys(pairing)
    right = sum(
        (pairing.tables.get(t), pairing.columns.get((t, c), ("", None))[1], pairing.tables.get(to)) in true
        for t, c, to in answered
    )
    return Count(right, len(answered), len(true))


def relation(pairing: Pairing) -> Count:
    """Pairs of tables that a foreign key connects, whichever column holds it."""
    true = {frozenset((t, to)) for t, _, to in _true_keys(pairing)}
    answered = {frozenset((_true_name(pairing, t), _true_name(pairing, to))) for t, _, to in _answered_keys(pairing)}
    return Count(len(true & answered), len(answered), len(true))


def _true_name(pairing: Pairing, name: str) -> str:
    """The name in the truth of an answer's table; one without a partner keeps a name that no true table has."""
    return pairing.tables.get(name, "?" + name)


def _true_keys(pairing: Pairing) -> set[tuple[str | None, str | None, str | None]]:
    shapes = pairing.truth.values()
    return {(t.name, c, to) for t in shapes for c, to in t.links.items() if to in pairing.truth}


def _answered_keys(pairing: Pairing) -> list[tuple[str, str, str]]:
    targets = pairing.answer.keys() - pairing.neutral
    return [(t.name, c, to) for t in pairing.answer.values() for c, to in t.links.items() if to in targets]


def anywhere(pairing: Pairing) -> Count:
    """Visible columns that some table has under a matching name: what was read, whatever the design."""
    return Count(len(pairing.read), len(pairing.visible), len(pairing.visible))


METRICS: tuple[Metric, ...] = (
    Metric("table", "tables", table, weight=0.30),
    Metric("column", "columns", column),
    Metric("typed", "typed columns", typed, weight=0.45),
    Metric("fk", "foreign keys", foreign_key),
    Metric("relation", "relations", relation, weight=0.25),
    Metric("anywhere", "anywhere", anywhere),
)
