"""Schema <-> the tables of a reading's JSON, as the contract lays them out; and its findings.

Types are spelled as PostgreSQL spells them, whatever the dialect; a default is what PostgreSQL has
behind DEFAULT (`'draft'`, `0`, `CURRENT_TIMESTAMP`), or `identity`; a check is its condition.
Going there and back gives the same schema; with `evidence`, the same evidence too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from . import types as t
from .ddl import check_sql
from .dialects import DIALECTS
from .findings import Finding
from .objects import IDENTITY, Check, Column, Default, Evidence, ForeignKey, Index, OnDelete, Schema, Table

Json = dict[str, Any]

VERSION = 1
"""Of the JSON form of a reading."""

_POSTGRES = DIALECTS["postgres"]
_IDENTITY = "identity"


def tables_to_json(schema: Schema, evidence: bool = True) -> list[Json]:
    """The tables of a schema in creation order.

    Args:
        schema: what to write.
        evidence: whether `evidence` and `inferred` are part of it (a training pair has neither).
    """
    return [_table_to_json(table, evidence) for table in schema.tables]


def _table_to_json(table: Table, evidence: bool) -> Json:
    out: Json = {
        "name": table.name,
        "title": table.title,
        "comment": table.comment,
        "columns": [_column_to_json(c, evidence) for c in table.columns],
        "primary_key": list(table.primary_key),
        "uniques": [list(u) for u in table.uniques],
        "checks": [{"columns": list(c.columns), "sql": check_sql(c)} for c in table.checks],
        "foreign_keys": [_key_to_json(f) for f in table.foreign_keys],
        "indexes": [{"columns": list(i.columns), "unique": i.unique} for i in table.indexes],
    }
    if evidence:
        out["evidence"] = _evidence_to_json(table.evidence)
    return out


def _column_to_json(column: Column, evidence: bool) -> Json:
    out: Json = {
        "name": column.name,
        "type": t.spell(column.type),
        "nullable": column.nullable,
        "default": _default_to_json(column),
        "enum": list(column.enum) or None,
        "comment": column.comment,
    }
    if evidence:
        out["inferred"] = not column.evidence
        out["evidence"] = _evidence_to_json(column.evidence)
    return out


def _default_to_json(column: Column) -> str | None:
    if column.default is None:
        return None
    return _IDENTITY if column.is_identity else _POSTGRES.write_default(column.default, column.type)


def _key_to_json(key: ForeignKey) -> Json:
    target = {"table": key.table, "columns": list(key.references)}
    return {"columns": list(key.columns), "references": target, "on_delete": str(key.on_delete)}


def _evidence_to_json(evidence: Sequence[Evidence]) -> list[Json]:
    return [{"screen": e.screen, "line": e.line, "box": list(e.box), "text": e.text} for e in evidence]


def tables_from_json(tables: Iterable[Mapping[str, Any]]) -> Schema:
    """The inverse of `tables_to_json`. `title`, `comment`, `evidence` and `inferred` may be missing.

    Raises:
        ValueError: a type, default, check or action is not written as `tables_to_json` writes it.
        KeyError: a part that must be there is missing.
    """
    return Schema(tuple(_table_from_json(table) for table in tables))


def _table_from_json(table: Mapping[str, Any]) -> Table:
    columns = tuple(_column_from_json(c) for c in table["columns"])
    return Table(
        name=table["name"],
        columns=columns,
        primary_key=tuple(table["primary_key"]),
        uniques=tuple(tuple(u) for u in table["uniques"]),
        checks=tuple(_check_from_json(c, columns) for c in table["checks"]),
        foreign_keys=tuple(_key_from_json(f) for f in table["foreign_keys"]),
        indexes=tuple(Index(tuple(i["columns"]), i["unique"]) for i in table["indexes"]),
        comment=table.get("comment", ""),
        title=table.get("title", ""),
        evidence=_evidence_from_json(table.get("evidence", ())),
    )


def _column_from_json(column: Mapping[str, Any]) -> Column:
    enum, evidence = column["enum"], column.get("evidence")
    comment = column.get("comment", "")
    made = _column(
        column["name"], column["type"], column["nullable"], column["default"], tuple(enum) if enum else (), comment
    )
    return replace(made, evidence=_evidence_from_json(evidence)) if evidence else made


def _default_from_json(sql: str | None, type_: t.Type) -> Default | None:
    if sql is None:
        return None
    return IDENTITY if sql == _IDENTITY else _read_default(sql, type_)


# A data set says the same few columns, defaults and checks a million times, and reading one takes as long as a table.


@lru_cache(1 << 14, typed=True)
def _column(name: str, said: str, nullable: bool, default: str | None, enum: tuple[str, ...], comment: str) -> Column:
    type_ = t.enum(*enum) if enum else t.read(said)
    return Column(name, type_, nullable, _default_from_json(default, type_), comment)


@lru_cache(1 << 12)
def _read_default(sql: str, type_: t.Type) -> Default | None:
    # Imported here: whoever only writes JSON has no need of a parser.
    from .parse import read_default

    return read_default(sql, type_)


@lru_cache(1 << 12)
def _read_check(sql: str, columns: tuple[Column, ...]) -> Check:
    from .parse import read_check

    return read_check(sql, columns)


def _check_from_json(check: Mapping[str, Any], columns: Sequence[Column]) -> Check:
    # Only the columns that it may name, so that one check of many tables is read once. A name stands in SQL with its
    # quotes doubled, and in any case where nothing quotes it.
    sql = check["sql"]
    folded = sql.lower()
    return _read_check(sql, tuple(c for c in columns if c.name.replace('"', '""').lower() in folded))


def _key_from_json(key: Mapping[str, Any]) -> ForeignKey:
    target = key["references"]
    return ForeignKey(tuple(key["columns"]), target["table"], tuple(target["columns"]), OnDelete(key["on_delete"]))


def _evidence_from_json(evidence: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(e["screen"], e["line"], _box(e["box"]), e["text"]) for e in evidence)


def _box(box: Sequence[int]) -> tuple[int, int, int, int]:
    x, y, width, height = box
    return x, y, width, height


def finding_to_json(finding: Finding) -> dict[str, str]:
    """A finding as it stands in the JSON of a reading."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "table": finding.table,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    }
