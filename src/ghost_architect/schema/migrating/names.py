"""The names that PostgreSQL gives to constraints that a script leaves without one.

A migration has to name what it drops. After it, everything is called as if the new script had made it,
so the next migration can be written from the schema alone. The rules are those of the server's source:
`makeObjectName` and `ChooseRelationName` in commands/indexcmds.c, `ChooseConstraintName` in
catalog/pg_constraint.c; tests compare with a real catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..changes import Part, uniques
from ..ddl import Script
from ..naming import utf8
from ..objects import Check, ForeignKey, Index, Schema, Table
from .renames import free_name

_LONGEST = 63
"""NAMEDATALEN - 1."""

Thing = tuple[str, ...] | Check | ForeignKey | Index | str
Key = tuple[str, Part, Thing]
"""A table, what it is, and which one. The check that holds the words of an enum goes by its column."""


def constraint_names(schema: Schema, script: Script) -> dict[Key, str]:
    """What PostgreSQL calls every constraint and index of a database that `ddl` has made.

    Args:
        schema: fitted.
        script: the same schema, after `blocks`.
    """
    taken = Taken()
    names: dict[Key, str] = {}
    late: list[tuple[Table, ForeignKey]] = []
    made: set[str] = set()
    for table in schema.tables:
        made.add(table.name)
        early = [f for f in table.foreign_keys if f.table in made or schema.table(f.table) is None]
        late += [(table, f) for f in table.foreign_keys if f not in early]
        names |= taken.table(table, early, script)
        for index in table.indexes:
            names[table.name, Part.INDEX, index] = script.index_names[table.name, index]
            taken.relations.add(script.index_names[table.name, index])
    for table, key in late:
        names[table.name, Part.FOREIGN_KEY, key] = taken.key(table, key)
    return names


@dataclass
class Taken:
    """The names that are in use: of relations (tables, sequences, indexes), and of constraints."""

    relations: set[str] = field(default_factory=set)
    constraints: set[str] = field(default_factory=set)

    def table(self, table: Table, keys: Sequence[ForeignKey], script: Script) -> dict[Key, str]:
        """The names that CREATE TABLE gives, in the order in which it makes things."""
        name = table.name
        for column in table.columns:
            if column.is_identity:
                self._relation(name, column.name, "seq")
        self.relations.add(name)
        names: dict[Key, str] = {}
        for thing, columns in _checks(table, script):
            names[name, Part.CHECK, thing] = self._constraint(name, columns[0] if len(columns) == 1 else "", "check")
        if table.primary_key:
            names[name, Part.PRIMARY_KEY, table.primary_key] = self._index(name, "", "pkey")
        for unique in _in_order(table):
            names[name, Part.UNIQUE, unique] = self._index(name, _joined(unique), "key")
        for key in [*_inline(table, keys), *(k for k in keys if k not in _inline(table, keys))]:
            names[name, Part.FOREIGN_KEY, key] = self.key(table, key)
        return names

    def key(self, table: Table, key: ForeignKey) -> str:
        """The name of a foreign key."""
        return self._constraint(table.name, _joined(key.columns), "fkey")

    def _relation(self, table: str, columns: str, label: str) -> str:
        name = next(n for n in _tried(table, columns, label) if n not in self.relations)
        self.relations.add(name)
        return name

    def _index(self, table: str, columns: str, label: str) -> str:
        tried = _tried(table, columns, label)
        name = next(n for n in tried if n not in self.relations and n not in self.constraints)
        self.relations.add(name)
        self.constraints.add(name)
        return name

    def _constraint(self, table: str, columns: str, label: str) -> str:
        name = next(n for n in _tried(table, columns, label) if n not in self.constraints)
        self.constraints.add(name)
        return name


def _checks(table: Table, script: Script) -> Iterator[tuple[Check | str, tuple[str, ...]]]:
    """The checks in the order of the script, with the columns that each is about: the first of a column stands
    behind it, and all others below."""
    below: list[tuple[Check | str, tuple[str, ...]]] = []
    for column in table.columns:
        here: list[tuple[Check | str, tuple[str, ...]]] = []
        if script.is_checked(column):
            here.append((column.name, (column.name,)))
        here += [(c, c.columns) for c in table.checks if c.columns == (column.name,)]
        yield from here[:1]
        below += here[1:]
    yield from below
    yield from ((c, c.columns) for c in table.checks if len(c.columns) != 1 or table.column(c.columns[0]) is None)


def _in_order(table: Table) -> Iterable[tuple[str, ...]]:
    """The unique constraints in the order of the script: behind the columns first."""
    singles = [(c.name,) for c in table.columns if (c.name,) in uniques(table)]
    return [*singles, *(u for u in uniques(table) if u not in singles)]


def _inline(table: Table, keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """The foreign keys that stand behind a column, column by column."""
    return [k for c in table.columns for k in keys if k.columns == (c.name,)]


def _joined(columns: Sequence[str]) -> str:
    """The columns in a name; PostgreSQL stops when there is enough of them."""
    joined = ""
    for column in columns:
        joined += ("_" if joined else "") + column
        if len(utf8(joined)) > _LONGEST:
            break
    return joined


def _tried(table: str, columns: str, label: str) -> Iterator[str]:
    """The names that PostgreSQL tries one after the other."""
    yield _made(table, columns, label)
    n = 1
    while True:
        yield _made(table, columns, f"{label}{n}")
        n += 1


def _made(table: str, columns: str, label: str) -> str:
    """The parts with `_` between; the longer of the two first ones is cut, byte by byte, until all fits."""
    first, second = utf8(table), utf8(columns)
    room = _LONGEST - len(label) - 1 - (1 if columns else 0)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = [first[:one].decode(errors="ignore"), *([second[:two].decode(errors="ignore")] if columns else []), label]
    return "_".join(parts)


def in_order(wanted: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Renames of (kind, old, new) such that every new name is free; a circle goes by way of another name."""
    waiting = [(kind, old, new) for kind, old, new in wanted if old != new]
    while waiting:
        there = {old for _, old, _ in waiting}
        ready = next((w for w in waiting if w[2] not in there), None)
        if ready is None:
            kind, old, new = waiting.pop(0)
            aside = free_name(f"{old[:40]}_moving", {n.lower() for _, a, b in waiting for n in (a, b)} | {new.lower()})
            yield kind, old, aside
            waiting.append((kind, aside, new))
        else:
            waiting.remove(ready)
            yield ready
