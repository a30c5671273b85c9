"""What a dialect can hold of a schema.

    Schema -> fit(schema, dialect) -> Fitted(schema, losses)

The result is itself held without loss: `fit` is idempotent. PostgreSQL holds everything. Every
change is a finding, so that a user of another engine sees what was given up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import types as t
from .dialects import Dialect
from .dialects import dialect as find_dialect
from .findings import Finding, Severity
from .objects import Column, ForeignKey, Index, OnDelete, Schema, Table

_WIDENED = {t.SMALLINT: (t.INTEGER, t.BIGINT), t.INTEGER: (t.BIGINT,), t.BIGINT: (t.INTEGER,)}
"""Integer for integer is no loss where the engine's INTEGER has 64 bits, as SQLite's has."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A schema that a dialect can hold, and what was lost on the way."""

    schema: Schema
    losses: tuple[Finding, ...] = ()


Note = Callable[[str, str, str, str], None]
"""Records a loss: code, table, column, message."""


def fit(schema: Schema, dialect: str = "postgres") -> Fitted:
    """What this dialect can hold of the schema.

    Raises:
        UsageError: there is no such dialect.
    """
    d = find_dialect(dialect)
    losses: list[Finding] = []

    def note(code: str, table: str, column: str, message: str) -> None:
        severity = Severity.INFO if code in _HARMLESS else Severity.WARNING
        losses.append(Finding(code, severity, table, column, f"{d.title}: {message}"))

    keyed = keyed_columns(schema)
    tables = tuple(_fit_table(table, d, keyed[table.name], note) for table in schema.tables)
    return Fitted(Schema(tables), tuple(losses))


_HARMLESS = frozenset(("FIT-COMMENT", "FIT-INTEGER", "FIT-UNIQUE"))


def keyed_columns(schema: Schema) -> dict[str, set[str]]:
    """Per table, the columns that some key or index is made of, or that a foreign key points at."""
    keyed: dict[str, set[str]] = defaultdict(set)
    for table in schema.tables:
        keyed[table.name].update(table.primary_key, *table.uniques, *(i.columns for i in table.indexes))
        for key in table.foreign_keys:
            keyed[table.name].update(key.columns)
            keyed[key.table].update(key.references)
    return keyed


def _fit_table(table: Table, d: Dialect, keyed: set[str], note: Note) -> Table:
    """Types first, since the rest depends on them."""
    held = tuple(_held(c, d.hold_type(c.type, keyed=c.name in keyed)) for c in table.columns)
    out = d.hold_table(_with(table, columns=held))
    for before, after in zip(table.columns, out.columns, strict=True):
        _note_type(table, before, after, note)
    pairs = zip(table.columns, out.columns, strict=True)
    out = _with(out, columns=tuple(_fit_default(table, before, after, d, note) for before, after in pairs))
    out = _with(out, columns=tuple(_fit_identity(out, c, d, note) for c in out.columns))
    out = _with(out, columns=tuple(_fit_column_comment(out, c, d, note) for c in out.columns))
    out = _with(out, foreign_keys=tuple(_fit_key(out, f, d, note) for f in out.foreign_keys))
    return _fit_checks(_fit_table_comment(_fit_uniques(out, d, note), d, note), d, note)


def _held(column: Column, type_: t.Type) -> Column:
    return column if type_ == column.type else replace(column, type=type_)


def _with(table: Table, **parts: Any) -> Table:
    """The table with these parts. Most of the time nothing changes, and putting a table in order is dear."""
    return table if all(getattr(table, name) == part for name, part in parts.items()) else replace(table, **parts)


def _note_type(table: Table, before: Column, after: Column, note: Note) -> None:
    if before.type == after.type:
        return
    code = "FIT-INTEGER" if after.type in _WIDENED.get(before.type, ()) else "FIT-TYPE"
    message = f"{t.spell(before.type)} is held as {t.spell(after.type)}"
    note(code, table.name, before.name, message)


def _fit_default(table: Table, original: Column, column: Column, d: Dialect, note: Note) -> Column:
    default = original.default
    why = d.why_no_default(default, original.type) if default else ""
    if not why:
        return column
    note("FIT-DEFAULT", table.name, column.name, f"the default is dropped: {why}")
    return replace(column, default=None)


def _fit_identity(table: Table, column: Column, d: Dialect, note: Note) -> Column:
    why = d.why_no_identity(table, column) if column.is_identity else ""
    if not why:
        return column
    note("FIT-IDENTITY", table.name, column.name, f"the numbering is dropped: {why}")
    return replace(column, default=None)


def _fit_column_comment(table: Table, column: Column, d: Dialect, note: Note) -> Column:
    comment = _fit_comment(column.comment, d, d.limits.column_comment)
    if comment != column.comment:
        note("FIT-COMMENT", table.name, column.name, _comment_loss(comment))
    return column if comment == column.comment else replace(column, comment=comment)


def _fit_table_comment(table: Table, d: Dialect, note: Note) -> Table:
    comment = _fit_comment(table.comment, d, d.limits.table_comment)
    if comment != table.comment:
        note("FIT-COMMENT", table.name, "", _comment_loss(comment))
    return table if comment == table.comment else replace(table, comment=comment)


def _fit_comment(comment: str, d: Dialect, longest: int | None) -> str:
    return "".join(c for c in comment if ord(c) <= d.limits.last_character)[:longest]


def _comment_loss(comment: str) -> str:
    return f"the comment is cut to {len(comment)} characters" if comment else "the comment is dropped"


def _fit_key(table: Table, key: ForeignKey, d: Dialect, note: Note) -> ForeignKey:
    column = key.columns[0] if key.columns else ""
    if key.on_delete not in d.actions:
        note("FIT-KEY", table.name, column, f"ON DELETE {key.on_delete} becomes NO ACTION")
        return replace(key, on_delete=OnDelete.NO_ACTION)
    required = [c.name for c in table.columns if c.name in key.columns and not c.nullable]
    if key.on_delete is OnDelete.SET_NULL and required and not d.set_null_anywhere:
        note("FIT-KEY", table.name, column, f"ON DELETE SET NULL becomes NO ACTION: {required[0]} is NOT NULL")
        return replace(key, on_delete=OnDelete.NO_ACTION)
    return key


def _fit_uniques(table: Table, d: Dialect, note: Note) -> Table:
    unique = tuple(i for i in table.indexes if i.unique)
    if d.unique_indexes or not unique:
        return table
    for index in unique:
        note("FIT-UNIQUE", table.name, index.columns[0], "a unique index is a UNIQUE constraint")
    plain: tuple[Index, ...] = tuple(i for i in table.indexes if not i.unique)
    return replace(table, indexes=plain, uniques=table.uniques + tuple(i.columns for i in unique))


def _fit_checks(table: Table, d: Dialect, note: Note) -> Table:
    kept = []
    for check in table.checks:
        why = d.why_no_check(table, check)
        if why:
            note("FIT-CHECK", table.name, check.columns[0], f"a check is dropped: {why}")
        else:
            kept.append(check)
    return _with(table, checks=tuple(kept))
