"""Unique keys, checks and indexes as they stand in a model's `Meta`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ghost_architect.schema.ddl import check_sql
from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.objects import Check, Column, Comparison, Index, Op, Schema, Table
from ghost_architect.schema.types import INTEGERS, Kind

from ..python import All, Call, Expr, Named, Names, call, string, variable
from .django_values import lookup, value
from .imports import Imports

_LONGEST = 30
"""django.db.models.Index.max_name_length: what Oracle takes."""

_UNORDERED = frozenset((Kind.BINARY, Kind.INET, Kind.INTERVAL))
"""What Django compares otherwise than the engine, or not at all."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """The constraints and indexes of one table.

    Attributes:
        fields: per column its field. `words`: per enum column the class of its words.
        pointing: columns that are foreign keys, whose index is an option of the field.
        names: what constraints and indexes of all tables are called.
        note: is told what Django cannot hold.
    """

    table: Table
    key: tuple[str, ...]
    fields: Mapping[str, str]
    words: Mapping[str, str]
    pointing: frozenset[str]
    d: Dialect
    use: Imports
    names: Names
    note: Callable[[str], None]

    def constraints(self) -> list[Expr]:
        """Unique keys of several columns, words of enums, checks."""
        return [*self._uniques(), *self._words(), *self._checks()]

    def indexes(self) -> list[Expr]:
        """Indexes that are no option of a field and not unique."""
        options = {(column,) for column in self.pointing}
        plain = [i for i in self.table.indexes if not i.unique and i.columns not in options]
        return [call("models.Index", [self._fields(i.columns), self._name(i.columns, "idx")]) for i in plain]

    def _fields(self, columns: Sequence[str]) -> Named:
        return Named("fields", Call("", [string(self.fields[c]) for c in columns], "[]"))

    def _name(self, columns: Sequence[str], ending: str) -> Named:
        name = "_".join(variable(part, "x") for part in (self.table.name, *columns, ending))
        if len(name) > _LONGEST or not name.isascii():
            plain = "".join(c for c in name if c.isascii()).strip("_") or ending
            digest = hashlib.sha256(repr((self.table.name, *columns, ending)).encode()).hexdigest()[:6]
            name = f"{plain[: _LONGEST - 10].rstrip('_')}_{digest}"
        return Named("name", string(self.names.take(name if name[0].isalpha() else f"n_{name}")))

    def _uniques(self) -> Iterator[Expr]:
        several = unique_keys(self.table)
        for unique in dict.fromkeys(u for u in several if len(u) > 1 and u != self.key):
            yield call("models.UniqueConstraint", [self._fields(unique), self._name(unique, "key")])

    def _words(self) -> Iterator[Expr]:
        for column, words in self.words.items():
            inside = Call(self.use("Q"), (Named(f"{self.fields[column]}__in", f"{words}.values"),))
            yield self._check(inside, (column,))

    def _checks(self) -> Iterator[Expr]:
        for check in self.table.checks:
            condition = self._condition(check)
            if condition is None:
                self.note(f"that {check_sql(check, self.d.name)} in {self.table.name!r}")
            elif condition:
                yield self._check(condition, check.columns)

    def _check(self, condition: Expr, columns: Sequence[str]) -> Expr:
        return call("models.CheckConstraint", [Named("condition", condition), self._name(columns, "check")])

    def _condition(self, check: Check) -> Expr | None:
        """All terms as one Q; None where one of them cannot be said."""
        columns = [self.table.column(term.left) for term in check.terms]
        use = Imports(self.use.modules, self.use.framework)
        terms = [self._term(c, t, use) for c, t in zip(columns, check.terms, strict=True) if c is not None]
        said = [t for t in terms if t is not None]
        if len(said) < len(terms):
            return None
        self.use.names.update(use.names)
        return said[0] if len(said) == 1 else All(said)

    def _term(self, column: Column, term: Comparison, use: Imports) -> Expr | None:
        equality = term.op in (Op.EQ, Op.NE)
        ordered_by_place = column.type.kind is Kind.ENUM and not self.d.checked_enum(column.type)
        if not equality and (ordered_by_place or column.type.kind in _UNORDERED):
            return None
        field = self.fields[term.left]
        if term.column is not None:
            return lookup(field, term.op, Call(use("F"), (string(self.fields[term.column]),)), use)
        assert term.value is not None
        if column.type.kind in (Kind.BINARY, Kind.JSON, Kind.INTERVAL, Kind.INET):
            return None
        right = value(column.type, _whole(column, term), use)
        return None if right is None else lookup(field, term.op, right, use)


def _whole(column: Column, term: Comparison) -> str | Decimal:
    """The number that an integer is compared with: Django cuts off what stands behind the point."""
    assert term.value is not None
    if column.type.kind not in INTEGERS or isinstance(term.value, str) or term.op in (Op.EQ, Op.NE):
        return term.value
    return Decimal(math.ceil(term.value) if term.op in (Op.GE, Op.LT) else math.floor(term.value))


def unique_keys(table: Table) -> list[tuple[str, ...]]:
    """Unique constraints and unique indexes; Django knows only the first."""
    return [*table.uniques, *(i.columns for i in table.indexes if i.unique)]


def is_indexed(table: Table, column: str) -> bool:
    """Whether there is an index over this column alone."""
    return Index((column,)) in table.indexes


def without_bytes(schema: Schema, note: Callable[[str], None]) -> Schema:
    """The schema without keys over bytes: MySQL wants their length there, and a BinaryField has none."""
    return Schema(tuple(_without_bytes(table, note) for table in schema.tables))


def _without_bytes(table: Table, note: Callable[[str], None]) -> Table:
    found = {c.name for c in table.columns if c.type.kind is Kind.BINARY}

    def kept(key: Sequence[str]) -> bool:
        if found.isdisjoint(key):
            return True
        note(f"the key ({', '.join(map(repr, key))}) of {table.name!r}: MySQL wants a length of bytes in a key")
        return False

    return replace(
        table,
        primary_key=table.primary_key if kept(table.primary_key) else (),
        uniques=tuple(u for u in table.uniques if kept(u)),
        indexes=tuple(i for i in table.indexes if kept(i.columns)),
    )
