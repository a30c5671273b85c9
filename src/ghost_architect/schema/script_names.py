"""Names that stand in a script and not in its schema: whose type an enum column shares, and what is still free."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from .naming import utf8
from .objects import Schema
from .types import Kind

Place = tuple[str, str]
"""A table and a column."""


@dataclass(slots=True)
class FreeNames:
    """Hands out names that nothing in the script has yet; engines compare them without case."""

    longest: int | None
    taken: set[str] = field(default_factory=set)

    def make(self, parts: Iterable[str]) -> str:
        """The parts joined, with the first number behind them that makes it a name nobody has."""
        name = "_".join(parts)
        candidate, n = self._shortened(name), 1
        while candidate.lower() in self.taken:
            n += 1
            candidate = self._shortened(f"{name}_{n}")
        self.taken.add(candidate.lower())
        return candidate

    def _shortened(self, name: str) -> str:
        """At most the longest number of bytes: the beginning, and a hash so that it stays distinct."""
        if self.longest is None or len(utf8(name)) <= self.longest:
            return name
        digest = hashlib.sha256(utf8(name)).hexdigest()[:8]
        return utf8(name)[: self.longest - 9].decode(errors="ignore") + "_" + digest


def shared_enums(schema: Schema) -> dict[Place, Place]:
    """For every enum column the first column, in order of creation, whose type it shares.

    Two enum types are never comparable in PostgreSQL, even with the same values. So a key and what
    it points at are of one type, and so are columns that a check compares.
    """
    types = {(t.name, c.name): c.type for t in schema.tables for c in t.columns if c.type.kind is Kind.ENUM}
    order = {place: i for i, place in enumerate(types)}
    home = {place: place for place in types}
    for one, other in _compared(schema):
        if one in types and types[one] == types.get(other):
            first, second = sorted((home[one], home[other]), key=order.__getitem__)
            home = {place: first if root == second else root for place, root in home.items()}
    return home


def _compared(schema: Schema) -> Iterable[tuple[Place, Place]]:
    """Pairs of columns whose values an engine compares."""
    for table in schema.tables:
        for key in table.foreign_keys:
            yield from (((table.name, c), (key.table, r)) for c, r in zip(key.columns, key.references, strict=False))
        for term in (t for c in table.checks for t in c.terms):
            if term.column is not None:
                yield (table.name, term.left), (table.name, term.column)
