"""What the sampled schemas look like beside real ones: the figures of `priors.yaml`, both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from ghost_architect.schema import naming
from ghost_architect.schema.objects import Column, Schema, Table
from ghost_architect.schema.types import INTEGERS, NUMBERS, Kind

from ..domains.catalogue import Catalogue
from .priors import priors
from .sample import sample_app

_FAMILIES = {
    "integer_family": INTEGERS | {Kind.UUID},
    "varchar_family": frozenset({Kind.VARCHAR, Kind.CHAR, Kind.ENUM, Kind.INET}),
    "moment_family": frozenset({Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}),
    "text_family": frozenset({Kind.TEXT, Kind.JSON}),
    "boolean_family": frozenset({Kind.BOOLEAN}),
    "numeric_family": NUMBERS - INTEGERS,
}
"""Kinds as the study counted them: UUID keys beside whole numbers, enums as texts, which most schemas make of them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of real schemas and of ours."""

    name: str
    real: float
    ours: float


def sampled(all_: Catalogue, count: int, seed: int = 0) -> Iterator[Schema]:
    """Schemas of so many applications, the domains in turn."""
    domains = sorted(all_.domains)
    for i in range(count):
        yield sample_app(all_, all_.domains[domains[i % len(domains)]], seed + i).schema


def compare(schemas: Sequence[Schema]) -> list[Figure]:
    """Every figure of the study, and the same of these schemas."""
    ours = figures(schemas)
    return [Figure(name, real, ours[name]) for name, real in priors()["measured"].items()]


def figures(schemas: Sequence[Schema]) -> dict[str, float]:
    """The figures of the study, for these schemas."""
    sizes = sorted(len(s.tables) for s in schemas)
    tables = [t for s in schemas for t in s.tables]
    widths = sorted(len(t.columns) for t in tables)
    columns = [c for t in tables for c in t.columns]
    foreign = [(t, f) for t in tables for f in t.foreign_keys]
    names = Counter(c.name for c in columns)
    out = {
        "tables_median": float(median(sizes)),
        "tables_mean": mean(sizes),
        "tables_p90": float(sizes[int(0.9 * len(sizes))]),
        "columns_median": float(median(widths)),
        "columns_mean": mean(widths),
        "columns_p95": float(widths[int(0.95 * len(widths))]),
        "plural_names": _share(naming.is_plural(t.name) for t in tables),
        "not_null": _share(not c.nullable for c in columns),
        "unique_columns": sum(len(u) == 1 for t in tables for u in t.uniques) / len(columns),
        "composite_keys": _share(len(t.primary_key) > 1 for t in tables),
        "junctions": _share(map(_is_junction, tables)),
        "self_references": _share(f.table == t.name for t, f in foreign),
        "foreign_keys_per_table": len(foreign) / len(tables),
        "key_is_id": _share(t.primary_key == ("id",) for t in tables),
        "top_50_names": _top(names, 50),
        "top_500_names": _top(names, 500),
    }
    for stamp in ("created_at", "updated_at", "deleted_at"):
        out[stamp] = _share(t.column(stamp) is not None for t in tables)
    for family, kinds in _FAMILIES.items():
        out[family] = _share(c.type.kind in kinds for c in columns)
    return out


def _share(facts: Iterable[bool]) -> float:
    known = list(facts)
    return sum(known) / len(known) if known else 0.0


def _is_junction(table: Table) -> bool:
    """Two keys to other tables or more, and at most two columns besides them, the key and the times."""
    keys = {c for f in table.foreign_keys for c in f.columns}
    others = [c for c in table.columns if c.name not in keys and not _is_ground(c, table)]
    return len(keys) >= 2 and len(others) <= 2


def _is_ground(column: Column, table: Table) -> bool:
    return column.name in ("created_at", "updated_at", "deleted_at") or (column.name,) == table.primary_key


def _top(names: Counter[str], count: int) -> float:
    return sum(n for _, n in names.most_common(count)) / names.total()


def vocabulary(all_: Catalogue) -> dict[str, int]:
    """How much there is to draw from: domains, entities, fields, identifier words, labels."""
    domains = list(all_.domains.values())
    entities = [e for d in (*domains, all_.platform) for e in d.entities.values()]
    fields = [f for e in entities for f in e.fields]
    words = {w for name in (*(e.name for e in entities), *(f.name for f in fields)) for w in name.split("_")}
    return {
        "domains": len(domains),
        "entities": len({e.name for e in entities}),
        "fields": len(fields),
        "identifier words": len(words),
        "labels": len({label for f in fields for label in (f.label, *f.labels)}),
    }
