"""What everything in a module of SQLAlchemy models is called, before the first line of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ghost_architect.schema.naming import entity_name
from ghost_architect.schema.objects import ForeignKey, Schema

from ..python import BUILTINS, Names, class_name, variable
from .alchemy_types import IMPORTABLE
from .shared import is_junction

_TOP = IMPORTABLE | BUILTINS
_BODY = IMPORTABLE | frozenset("metadata registry type_annotation_map bool bytes float int list str".split())
"""Names with a meaning for SQLAlchemy, and names that the body of a class uses."""

Place = tuple[str, str]
"""A table and a column."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of one module.

    Attributes:
        classes: per table that is mapped, its class.
        tables: per other table, its variable; `junctions` are those of them that are a `secondary`.
        attributes: per mapped table and column, the attribute.
        words: per enum column of a mapped table, the name of its words; columns that share a type share it.
        scopes: per mapped table, the attributes it has so far.
    """

    classes: Mapping[str, str]
    tables: Mapping[str, str]
    junctions: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, str]]
    words: Mapping[Place, str]
    scopes: Mapping[str, Names]


def name_all(schema: Schema, enums: Mapping[Place, str]) -> Naming:
    """Names for everything. `enums` are the names of the enum types, per column that has one."""
    keyless = {t.name for t in schema.tables if not t.primary_key}
    through = _through(schema, keyless)
    top, loose = Names(_TOP, "Row", joint=""), Names(_TOP)
    classes = {
        t.name: top.take(class_name(entity_name(t.name), "table"))
        for t in schema.tables
        if t.name not in keyless | through
    }
    tables = {t.name: loose.take(variable(t.name, "table")) for t in schema.tables if t.name not in classes}
    scopes = {name: Names(_BODY | frozenset(tables.values())) for name in classes}
    attributes = {
        t.name: {c.name: scopes[t.name].take(variable(c.name, "column")) for c in t.columns}
        for t in schema.tables
        if t.name in classes
    }
    words = _words(schema, enums, classes, top)
    return Naming(classes, tables, {n: tables[n] for n in tables if n in through}, attributes, words, scopes)


def _through(schema: Schema, keyless: set[str]) -> set[str]:
    """Tables that only join two others, which are classes and can be pointed at by name."""
    pointed = {f.table for t in schema.tables for f in t.foreign_keys}
    return {
        t.name
        for t in schema.tables
        if is_junction(t)
        and t.name not in pointed
        and not keyless & {f.table for f in t.foreign_keys}
        and not any(map(is_dotted, t.foreign_keys))
    }


def _words(schema: Schema, enums: Mapping[Place, str], classes: Mapping[str, str], top: Names) -> dict[Place, str]:
    names, out = dict[object, str](), dict[Place, str]()
    for table, column in ((t, c) for t in schema.tables if t.name in classes for c in t.columns if c.enum):
        place = (table.name, column.name)
        key = enums.get(place, place)
        if key not in names:
            wanted = class_name(f"{entity_name(table.name)}_{column.name}", "table")
            names[key] = top.take(wanted, f"{wanted}Value")
        out[place] = names[key]
    return out


def is_dotted(key: ForeignKey) -> bool:
    """Whether it points at a column with a full stop in its name, which SQLAlchemy takes for the end of a table's."""
    return any("." in name for name in key.references)
