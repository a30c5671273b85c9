"""From what is seen on the screens of an application to the pair that is kept.

A column is visible where a line shows it; implied where what is shown makes no sense without it; else hidden.
Evidence of a visible column are the lines of its label, or, where nothing labels it, those of its values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ghost_architect.pages.order import reading_order
from ghost_architect.pages.page import Line
from ghost_architect.pages.pair import Visibility
from ghost_architect.schema.objects import Schema

from .camera.sight import Sighting

_MOST = 12
"""So many lines of values are cited for a column that nothing labels."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Lines of each screen, numbered through all of them, and what they show of the schema."""

    lines: tuple[tuple[Line, ...], ...]
    visibility: dict[str, Visibility]
    evidence: dict[str, tuple[int, ...]]


def truth(schema: Schema, screens: Sequence[Sequence[Sighting]], implied: Collection[str]) -> Truth:
    """The truth of these screens.

    Args:
        schema: of the whole application.
        screens: what is seen on each, after noise.
        implied: facts that the screens imply without showing them.
    """
    numbered, cited = _numbered(screens)
    facts = [f"{t.name}.{c.name}" for t in schema.tables for c in t.columns]
    found = {f: _evidence(cited[f]) for f in facts if f in cited}
    evidence = {f: lines for f, lines in found.items() if lines}
    follows = set(implied) | set(_implied(schema, cited))
    visibility = {
        f: Visibility.VISIBLE if f in evidence else Visibility.IMPLIED if f in follows else Visibility.HIDDEN
        for f in facts
    }
    return Truth(numbered, visibility, evidence)


def _numbered(
    screens: Sequence[Sequence[Sighting]],
) -> tuple[tuple[tuple[Line, ...], ...], dict[str, dict[str, list[int]]]]:
    """Lines in reading order with their numbers, and fact -> part -> numbers."""
    out, cited, n = [], dict[str, dict[str, list[int]]](), 1
    for seen in screens:
        drawn = [Line(i, s.box, s.text) for i, s in enumerate(seen)]
        ordered = reading_order(drawn)
        lines = []
        for line in ordered:
            for fact, part in dict.fromkeys((fact, said.part) for said in seen[line.n].said for fact in said.facts):
                cited.setdefault(fact, {}).setdefault(part, []).append(n)
            lines.append(Line(n, line.box, line.text))
            n += 1
        out.append(tuple(lines))
    return tuple(out), cited


def _evidence(parts: dict[str, list[int]]) -> tuple[int, ...]:
    return tuple(parts.get("label") or parts.get("value", [])[:_MOST])


def _implied(schema: Schema, shown: Collection[str]) -> Iterable[str]:
    """The primary keys of tables of which anything is shown, be it their title."""
    tables = {fact.partition(".")[0] for fact in shown}
    for table in schema.tables:
        if table.name in tables:
            yield from (f"{table.name}.{c}" for c in table.primary_key)
