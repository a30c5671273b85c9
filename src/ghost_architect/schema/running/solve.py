"""Find a row that keeps, or breaks, given rules: a small backtracking search.

A rule speaks of some columns and says whether their values are fine together. Columns that no rule
links are solved apart from each other, so the search stays as small as the largest knot of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .candidates import Value

Row = dict[str, Value]

MAX_STEPS = 20_000
"""Values tried before a knot counts as not solvable."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` is asked once all of `columns` have a value."""

    columns: tuple[str, ...]
    holds: Callable[[Row], bool]


def solve(choices: Mapping[str, Sequence[Value]], rules: Sequence[Rule]) -> Row | None:
    """One value for every column such that every rule holds; None when none is found.

    Earlier choices are preferred. What is found does not depend on anything but the arguments.
    """
    row: Row = {}
    for knot in _knots(list(choices), rules):
        here = [r for r in rules if set(r.columns) <= set(knot)]
        found = _search(knot, choices, here)
        if found is None:
            return None
        row |= found
    return {name: row[name] for name in choices}


def _knots(columns: list[str], rules: Sequence[Rule]) -> list[list[str]]:
    """The columns in groups that rules tie together, in order."""
    group = {c: c for c in columns}
    for rule in rules:
        tied = {group[c] for c in rule.columns}
        first = next((group[c] for c in columns if group[c] in tied), None)
        for column in columns:
            if group[column] in tied and first is not None:
                group[column] = first
    return [[c for c in columns if group[c] == g] for g in dict.fromkeys(group.values())]


def _search(columns: list[str], choices: Mapping[str, Sequence[Value]], rules: Sequence[Rule]) -> Row | None:
    due: list[list[Rule]] = [[] for _ in columns]
    for rule in rules:
        due[max((columns.index(c) for c in rule.columns), default=0)].append(rule)
    row: Row = {}
    tried = [0] * (len(columns) + 1)
    depth = steps = 0
    while 0 <= depth < len(columns):
        options = choices[columns[depth]]
        if tried[depth] >= len(options) or steps >= MAX_STEPS:
            tried[depth] = 0
            row.pop(columns[depth], None)
            depth -= 1
            if steps >= MAX_STEPS:
                return None
            continue
        row[columns[depth]] = options[tried[depth]]
        tried[depth] += 1
        steps += 1
        if all(rule.holds(row) for rule in due[depth]):
            depth += 1
            tried[depth] = 0
    return row if depth == len(columns) else None
