"""Random pairs of schemas of which the second is what somebody made of the first.

`pairs()` draws a schema and a few edits, as a designer would make them: columns and tables come, go,
get other names, types, defaults, keys and checks. What an edit leaves without a leg to stand on (an
index on a column that went, a key to it) goes too, so PostgreSQL takes both schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from hypothesis import strategies as st

from ghost_architect.schema import types as t
from ghost_architect.schema.objects import IDENTITY, Check, Column, ForeignKey, Index, Schema, Table, is_literal_for
from ghost_architect.schema.types import Kind

from .strategies import (
    ACTIONS,
    COMMENTS,
    TYPES,
    WORDS,
    _check,
    _column,
    _lists,
    _one,
    _table,
    defaults,
    schemas,
    unique_names,
)


class Pair(NamedTuple):
    """Two schemas."""

    old: Schema
    new: Schema


_KINDS, _EITHER = st.integers(0, 13), st.booleans()
_NEAR = (
    *(t.SMALLINT, t.INTEGER, t.BIGINT, t.numeric(8, 2), t.numeric(12, 4), t.DOUBLE, t.TEXT, t.varchar(8)),
    *(t.varchar(300), t.BOOLEAN, t.DATE, t.TIMESTAMP, t.TIMESTAMPTZ, t.enum("a", "b"), t.enum("b", "c", "a")),
)


@st.composite
def pairs(draw: st.DrawFn, most: int = 3, edits: int = 4) -> Pair:
    """A schema of up to `most` tables, and what up to so many edits made of it."""
    old = tidied(draw(schemas(most)))
    new = old
    for _ in range(draw(st.integers(1, edits))):
        new = tidied(_edited(draw, new))
    return Pair(old, new)


def _edited(draw: st.DrawFn, schema: Schema) -> Schema:
    kind = draw(_KINDS)
    if kind == 0 or not schema.tables:
        return _with_table(draw, schema)
    if kind == 1:
        gone = _one(draw, schema.tables)
        return Schema(tuple(x for x in schema.tables if x is not gone))
    table = _one(draw, schema.tables)
    if kind == 2:
        return _renamed_table(draw, schema, table)
    edit = _EDITS[kind - 3]
    edited = edit(draw, table)
    return Schema(tuple(edited if x is table else x for x in schema.tables))


def _with_table(draw: st.DrawFn, schema: Schema) -> Schema:
    (name,) = draw(unique_names(1, 1))
    taken = {x.name.lower() for x in schema.tables}
    return schema if name.lower() in taken else Schema((*schema.tables, _table(draw, name)))


def _renamed_table(draw: st.DrawFn, schema: Schema, table: Table) -> Schema:
    (name,) = draw(unique_names(1, 1))
    if name.lower() in {x.name.lower() for x in schema.tables}:
        return schema

    def renamed(x: Table) -> Table:
        keys = tuple(replace(f, table=name if f.table == table.name else f.table) for f in x.foreign_keys)
        return replace(x, name=name if x is table else x.name, foreign_keys=keys)

    return Schema(tuple(map(renamed, schema.tables)))


def _add_column(draw: st.DrawFn, table: Table) -> Table:
    (name,) = draw(unique_names(1, 1))
    if name.lower() in {c.name.lower() for c in table.columns}:
        return table
    at = draw(st.integers(0, len(table.columns)))
    return replace(table, columns=(*table.columns[:at], _column(draw, name), *table.columns[at:]))


def _drop_column(draw: st.DrawFn, table: Table) -> Table:
    gone = _one(draw, table.columns)
    return replace(table, columns=tuple(c for c in table.columns if c is not gone)) if len(table.columns) > 1 else table


def _with_column(table: Table, column: Column, edit: Callable[[Column], Column]) -> Table:
    return replace(table, columns=tuple(edit(c) if c is column else c for c in table.columns))


def _rename_column(draw: st.DrawFn, table: Table) -> Table:
    column = _one(draw, table.columns)
    (name,) = draw(st.one_of(unique_names(1, 1), st.just([f"{column.name}_s"[:60]])))
    if name.lower() in {c.name.lower() for c in table.columns}:
        return table

    def now(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name if n == column.name else n for n in names)

    def renamed(check: Check) -> Check:
        terms = (replace(x, left=now([x.left])[0], column=x.column and now([x.column])[0]) for x in check.terms)
        return Check(tuple(terms))

    return Table(
        table.name,
        tuple(replace(c, name=now([c.name])[0]) for c in table.columns),
        now(table.primary_key),
        tuple(map(now, table.uniques)),
        tuple(map(renamed, table.checks)),
        tuple(replace(f, columns=now(f.columns)) for f in table.foreign_keys),
        tuple(Index(now(i.columns), i.unique) for i in table.indexes),
        table.comment,
    )


def _retype(draw: st.DrawFn, table: Table) -> Table:
    column = _one(draw, table.columns)
    type_ = draw(st.one_of(TYPES, st.sampled_from(_NEAR)))
    keep = draw(st.booleans())
    default = column.default if keep and _may_have(type_, column) else draw(defaults(type_))
    return _with_column(table, column, lambda c: replace(c, type=type_, default=default))


def _may_have(type_: t.Type, column: Column) -> bool:
    default = column.default
    if default is None:
        return True
    if default is IDENTITY or column.is_identity:
        return type_.kind in t.INTEGERS
    plain = type_.kind in (Kind.TEXT, Kind.DOUBLE, Kind.BOOLEAN) and default.value is not None
    return plain and default.value is not None and is_literal_for(type_, default.value)


def _words(draw: st.DrawFn, table: Table) -> Table:
    """The values of an enum come, go and move."""
    enums = [c for c in table.columns if c.enum]
    if not enums:
        return table
    column = _one(draw, enums)
    pool = draw(st.lists(WORDS, max_size=2, unique=True))
    values = draw(st.permutations([*column.enum, *(w for w in pool if w not in column.enum)]))
    if draw(st.booleans()):  # only more of them, in the old order
        values = sorted(values, key=lambda v: column.enum.index(v) if v in column.enum else len(column.enum))
    type_ = t.enum(*values[: draw(st.integers(1, len(values)))])
    kept = column.default if column.default and column.default.value in type_.values else None
    return _with_column(table, column, lambda c: replace(c, type=type_, default=kept))


def _toggle(draw: st.DrawFn, table: Table) -> Table:
    column = _one(draw, table.columns)
    if column.is_identity:
        return table
    return _with_column(table, column, lambda c: replace(c, nullable=not c.nullable))


def _redefault(draw: st.DrawFn, table: Table) -> Table:
    column = _one(draw, table.columns)
    if column.type.kind in t.INTEGERS and draw(st.booleans()):
        return _with_column(table, column, lambda c: replace(c, default=IDENTITY, nullable=False))
    default = draw(defaults(column.type))
    return _with_column(table, column, lambda c: replace(c, default=default))


def _rekey(draw: st.DrawFn, table: Table) -> Table:
    return replace(table, primary_key=next(iter(_lists(draw, [c.name for c in table.columns], 1)), ()))


def _constrain(draw: st.DrawFn, table: Table) -> Table:
    names = [c.name for c in table.columns]
    comparable = [c for c in table.columns if c.type.kind not in (Kind.BOOLEAN, Kind.JSON)]
    wanted = draw(_EITHER)
    checks = [_check(draw, comparable)] if comparable and wanted else []
    indexes = tuple(Index(i, draw(st.booleans())) for i in _lists(draw, names, 1))
    return replace(
        table, uniques=(*table.uniques, *_lists(draw, names, 1)), checks=(*table.checks, *checks), indexes=indexes
    )


def _release(draw: st.DrawFn, table: Table) -> Table:
    return replace(table, uniques=table.uniques[1:], checks=table.checks[1:], foreign_keys=table.foreign_keys[1:])


def _act(draw: st.DrawFn, table: Table) -> Table:
    keys = tuple(replace(f, on_delete=draw(ACTIONS)) for f in table.foreign_keys)
    return replace(table, foreign_keys=keys, comment=draw(COMMENTS))


_EDITS: tuple[Callable[[st.DrawFn, Table], Table], ...] = (
    *(_add_column, _drop_column, _rename_column, _retype, _words, _toggle, _redefault, _rekey, _constrain, _release),
    _act,
)


_LONGEST = 300
"""Of a CHAR, which is padded: rows of megabytes take their time, and no index takes them."""


def tidied(schema: Schema) -> Schema:
    """The schema without what rests on something that is not there any more, and without padded texts of megabytes."""
    held = Schema(tuple(map(_tidied, schema.tables)))
    return Schema(
        tuple(replace(x, foreign_keys=tuple(f for f in x.foreign_keys if _rests(f, x, held))) for x in held.tables)
    )


def _tidied(table: Table) -> Table:
    names = {c.name: c for c in table.columns}

    def there(columns: Sequence[str]) -> bool:
        return set(columns) <= set(names)

    return replace(
        table,
        columns=tuple(map(_bounded, table.columns)),
        primary_key=table.primary_key if there(table.primary_key) else (),
        uniques=tuple(filter(there, table.uniques)),
        checks=tuple(c for c in table.checks if there(c.columns) and _compares(c, names)),
        foreign_keys=tuple(f for f in table.foreign_keys if there(f.columns)),
        indexes=tuple(i for i in table.indexes if there(i.columns)),
    )


def _bounded(column: Column) -> Column:
    length = column.type.length if column.type.kind is Kind.CHAR else None
    return replace(column, type=t.Type(Kind.CHAR, length=_LONGEST)) if (length or 0) > _LONGEST else column


def _compares(check: Check, columns: dict[str, Column]) -> bool:
    """Whether every comparison is between values of one type."""
    for term in check.terms:
        left = columns[term.left].type
        if term.column is not None and columns[term.column].type != left:
            return False
        if term.value is not None and not (left.kind in (Kind.TEXT, Kind.NUMERIC) and is_literal_for(left, term.value)):
            return False
    return True


def _rests(key: ForeignKey, table: Table, schema: Schema) -> bool:
    """Whether a foreign key points at a key of the same types."""
    target = schema.table(key.table)
    if target is None or key.references not in (target.primary_key, *target.uniques):
        return False
    types = [table.column(c) for c in key.columns], [target.column(c) for c in key.references]
    return [c and c.type for c in types[0]] == [c and c.type for c in types[1]]
