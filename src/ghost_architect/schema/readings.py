"""A schema that was kept in a file: the JSON of a reading, or SQL.

    text -> begins with { ? -> JSON -> the fields of a reading, each of its kind -> tables_from_json -> Schema
                         else -> SQL -> parse -> Schema, and what was not understood

A file may have been written by anyone: what is not as `tables_to_json` writes it is refused, and the
place of it named, before any of it becomes part of a name or a type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SqlError, printable
from .findings import Finding
from .jsonform import VERSION, tables_from_json
from .objects import Schema
from .parse import MAX_SQL_BYTES, parse

MAX_JSON_BYTES = 2 * 1024 * 1024
"""Longer JSON is refused: a reading of 50 screens with all its boxes has a quarter of it."""

_LONGEST_TOLD = 80


@dataclass(frozen=True, slots=True)
class Kept:
    """A schema from a file.

    Attributes:
        schema: what it says.
        dialect: what a reading was made for; empty for SQL, which does not say.
        unread: what was not understood.
    """

    schema: Schema
    dialect: str
    unread: tuple[Finding, ...] = ()


def is_json(text: str) -> bool:
    """Whether a text is meant as JSON: no SQL begins like this."""
    return text.lstrip()[:1] in ("{", "[")


def read_sql(text: str, name: str, dialect: str) -> Kept:
    """The schema that a script makes.

    Args:
        text: the script.
        name: what the file is called in messages.
        dialect: what it is written in.

    Raises:
        UsageError: there is no such dialect.
        SqlError: it is too long, or there is text and no table in it.
    """
    if len(text.encode(errors="replace")) > MAX_SQL_BYTES:
        raise SqlError(f"{name}: is larger than {MAX_SQL_BYTES // 1024} kB", "split it")
    parsed = parse(text, dialect)
    if parsed.unread and not parsed.schema.tables:
        raise SqlError(f"{name}: holds no table ({_short(parsed.unread[0].message)})", "a file of CREATE TABLE ...")
    return Kept(parsed.schema, "", parsed.unread)


def read_json(text: str, name: str) -> Kept:
    """The schema of a reading, as `--format json` prints it.

    Raises:
        SqlError: it is no JSON, or no reading.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as problem:  # RecursionError: brackets in brackets, without an end
        why = (
            f"line {problem.lineno}: {problem.msg}" if isinstance(problem, json.JSONDecodeError) else "too deep or long"
        )
        raise SqlError(f"{name}: is no JSON ({why})", _HINT) from problem
    wrong = next(_wrong(body, _READING, ""), "")
    if wrong:
        raise SqlError(f"{name}: is no reading ({printable(wrong)})", _HINT)
    if body["version"] != VERSION:
        raise SqlError(f"{name}: is a reading of version {body['version']}, and not {VERSION}", _HINT)
    try:
        return Kept(tables_from_json(body["tables"]), body["dialect"])
    except ValueError as problem:
        raise SqlError(f"{name}: is no reading ({_short(str(problem))})", _HINT) from problem


_HINT = "ghost-architect design SCREEN... --format json writes one"


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST_TOLD else shown[:_LONGEST_TOLD] + "..."


# --- the shape of a reading ---


@dataclass(frozen=True, slots=True)
class _May:
    """What may be missing, or null."""

    shape: Any
    missing: bool = False


_NAMES = [str]
_EVIDENCE = _May([{"screen": int, "line": int, "box": (int,) * 4, "text": str}], missing=True)
_COMMENT = _May(str, missing=True)
_COLUMN: Mapping[str, Any] = {
    "name": str,
    "type": str,
    "nullable": bool,
    "default": _May(str),
    "enum": _May([str]),
    "comment": _COMMENT,
    "evidence": _EVIDENCE,
}
_TABLE: Mapping[str, Any] = {
    "name": str,
    "title": _COMMENT,
    "comment": _COMMENT,
    "columns": [_COLUMN],
    "primary_key": _NAMES,
    "uniques": [_NAMES],
    "checks": [{"sql": str}],
    "foreign_keys": [{"columns": _NAMES, "references": {"table": str, "columns": _NAMES}, "on_delete": str}],
    "indexes": [{"columns": _NAMES, "unique": bool}],
    "evidence": _EVIDENCE,
}
_READING: Mapping[str, Any] = {"version": int, "dialect": str, "tables": [_TABLE]}

_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


def _wrong(value: Any, shape: Any, place: str) -> Iterator[str]:
    """Where a value is not as it should be, and what it should be. What nobody asks for is not looked at."""
    if isinstance(shape, _May):
        if value is not None or shape.missing:
            yield from _wrong(value, shape.shape, place)
        return
    kind: type = shape if isinstance(shape, type) else list if isinstance(shape, tuple) else type(shape)
    found: type = type(value)
    if found is not kind:  # true is an int to isinstance
        yield f"{place or 'the file'} is not {_KINDS[kind]}"
    elif isinstance(shape, tuple):
        if len(value) != len(shape):
            yield f"{place} has {len(value)} values, and not {len(shape)}"
        yield from _wrong(value, list(shape[:1]), place)
    elif isinstance(shape, list):
        for i, item in enumerate(value):
            yield from _wrong(item, shape[0], f"{place}[{i}]")
    elif isinstance(shape, dict):
        yield from _wrong_fields(value, shape, f"{place}." if place else "")


def _wrong_fields(value: Mapping[str, Any], shape: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, inner in shape.items():
        if key in value:
            yield from _wrong(value[key], inner, prefix + key)
        elif not (isinstance(inner, _May) and inner.missing):
            yield f"{prefix}{key} is missing"
