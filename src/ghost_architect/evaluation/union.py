"""Several references of one app as one: what its screens show together.

Tables and columns of one name are one. A column is visible where any screen shows it, and every
label, alias and type that counts on one screen counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .shapes import Json, texts


def union(references: Iterable[Iterable[Json]]) -> tuple[Json, ...]:
    """The tables of all references, each once, in order of first appearance."""
    tables: dict[str, list[Json]] = {}
    for reference in references:
        for table in reference:
            tables.setdefault(table["name"], []).append(table)
    return tuple(_table(same) for same in tables.values())


def _table(same: list[Json]) -> Json:
    columns: dict[str, list[Json]] = {}
    for table in same:
        for column in table["columns"]:
            columns.setdefault(column["name"], []).append(column)
    return {
        "name": same[0]["name"],
        "visible_title": _all(same, "visible_title"),
        "aliases": _all(same, "aliases"),
        "columns": [_column(c) for c in columns.values()],
        "foreign_keys": _distinct(key for t in same for key in t.get("foreign_keys") or ()),
        "other_columns": _distinct(c for t in same for c in t.get("other_columns") or ()),
    }


def _column(same: list[Json]) -> Json:
    types = _all(same, "type")
    return {
        "name": same[0]["name"],
        "type": types[0] if types else "",
        "type_alternatives": list(dict.fromkeys(types[1:] + _all(same, "type_alternatives"))),
        "visible": any(c.get("visible") is not False for c in same),
        "pk": any(c.get("pk") for c in same),
        "label": _all(same, "label"),
        "alternatives": _all(same, "alternatives"),
    }


def _all(objects: list[Json], key: str) -> list[str]:
    return list(dict.fromkeys(text for o in objects for text in texts(o.get(key))))


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Each value once; they may be objects, which cannot be hashed."""
    out: list[Any] = []
    for value in values:
        if value not in out:
            out.append(value)
    return out
