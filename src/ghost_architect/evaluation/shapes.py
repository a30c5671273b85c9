"""A table as GhostScore looks at it, made from a reference or from an answer.

reference tables (JSON) -> from_reference -> {name: Shape}
Schema of the answer    -> from_schema    -> {name: Shape}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ghost_architect.schema.objects import Schema
from ghost_architect.schema.types import spell

Json = Mapping[str, Any]
Field = tuple[str, str]
"""A column's address: table, column."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One table.

    Args:
        name: the table's name.
        types: column -> type, in order. In a reference "" where the type is not known.
        key: columns of the primary key.
        links: column -> the table that it points at.
        fair_types: column -> types that are as good as its own.
        labels: column -> other names that count, as on the screen.
        titles: other names of the table that count.
        hidden: columns that the screen does not show: to have one is neither right nor wrong.
    """

    name: str
    types: Mapping[str, str]
    key: frozenset[str]
    links: Mapping[str, str]
    fair_types: Mapping[str, Sequence[str]] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    titles: Sequence[str] = ()
    hidden: frozenset[str] = frozenset()

    @property
    def visible(self) -> list[str]:
        """The columns that the screen shows."""
        return [c for c in self.types if c not in self.hidden]


def from_schema(schema: Schema) -> dict[str, Shape]:
    """The tables of an answer, by name."""
    return {
        t.name: Shape(
            name=t.name,
            types={c.name: spell(c.type) for c in t.columns},
            key=frozenset(t.primary_key),
            links={column: key.table for key in t.foreign_keys for column in key.columns},
        )
        for t in schema.tables
    }


def from_reference(tables: Iterable[Json]) -> dict[str, Shape]:
    """The tables of a reference, by name. The real columns in `other_columns` join as hidden."""
    return {t["name"]: _referenced(t) for t in tables}


def _referenced(table: Json) -> Shape:
    columns: dict[str, Json] = {c["name"]: c for c in table["columns"]}
    types = {name: c.get("type") or "" for name, c in columns.items()}
    hidden = {c["name"] for c in table["columns"] if c.get("visible") is False}
    for name, type_ in _other_columns(table):
        if name not in types:
            types[name] = type_
            hidden.add(name)
    return Shape(
        name=table["name"],
        types=types,
        key=frozenset(c["name"] for c in table["columns"] if c.get("pk")),
        links=dict(_links(table)),
        fair_types={name: texts(c.get("type_alternatives")) for name, c in columns.items()},
        labels={name: texts(c.get("label")) + texts(c.get("alternatives")) for name, c in columns.items()},
        titles=texts(table.get("visible_title")) + texts(table.get("aliases")),
        hidden=frozenset(hidden),
    )


def _other_columns(table: Json) -> Iterable[tuple[str, str]]:
    for c in table.get("other_columns") or ():
        yield (c, "") if isinstance(c, str) else (c["name"], c.get("type") or "")


def _links(table: Json) -> Iterable[tuple[str, str]]:
    """Column and target of every foreign key; a key is an object, or just the pair of names."""
    for key in table.get("foreign_keys") or ():
        if isinstance(key, Mapping):
            yield from ((column, key["ref_table"]) for column in key["columns"])
        else:
            yield key[0], key[1]


def texts(value: object) -> list[str]:
    """A field that holds a text, a list of texts or nothing, as the list of texts that say something."""
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [t for t in found if isinstance(t, str) and t]
