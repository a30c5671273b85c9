"""What a database schema is, as frozen values.

Two schemas are equal when a database built from them would be the same: the order of tables,
keys, checks and indexes has no meaning in a database, so every object puts its own parts into
one canonical order when it is made (tables: referenced ones first). The order of columns has
meaning and stays. Where a fact came from (`evidence`) and how a screen called a table (`title`)
are not part of equality.

Objects can be wrong (a key on a column that is not there, two tables of one name): saying so is
the work of `verify`, not of the constructors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import Any, TypeVar

from .types import NUMBERS, Kind, Type

_Part = TypeVar("_Part")

Box = tuple[int, int, int, int]
"""x, y, width, height in whole pixels, origin top left."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One text line that a table or column was read from.

    `screen` counts from 0 in call order, `line` from 1 through all screens of a call.
    """

    screen: int
    line: int
    box: Box
    text: str


class DefaultKind(StrEnum):
    """Where the value comes from when none is given."""

    LITERAL = "literal"
    NOW = "now"
    TODAY = "today"
    UUID = "uuid"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Default:
    """What a column holds when no value is given: a literal, or one of four things the engine makes.

    A literal is a bool for BOOLEAN, a Decimal for numbers, else a str.
    """

    kind: DefaultKind
    value: str | Decimal | bool | None = None

    def __post_init__(self) -> None:
        if (self.kind is DefaultKind.LITERAL) != (self.value is not None):
            raise ValueError("a literal default, and no other, has a value")


NOW, TODAY = Default(DefaultKind.NOW), Default(DefaultKind.TODAY)
NEW_UUID, IDENTITY = Default(DefaultKind.UUID), Default(DefaultKind.IDENTITY)


def literal(value: str | int | Decimal | bool) -> Default:
    """The default that is just this value."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    return Default(DefaultKind.LITERAL, value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `evidence` is empty for a column that was inferred and not read."""

    name: str
    type: Type
    nullable: bool = True
    default: Default | None = None
    comment: str = ""
    evidence: tuple[Evidence, ...] = field(default=(), compare=False)

    @property
    def enum(self) -> tuple[str, ...]:
        """The values of an enum column, else nothing."""
        return self.type.values

    @property
    def is_identity(self) -> bool:
        """Whether the engine numbers the rows of this column."""
        return self.default is not None and self.default.kind is DefaultKind.IDENTITY


class OnDelete(StrEnum):
    """What happens to a row when the row it points at is deleted. The value is SQL."""

    NO_ACTION = "NO ACTION"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of this table point at `references` of `table`, position by position."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    on_delete: OnDelete = OnDelete.NO_ACTION


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns, in order."""

    columns: tuple[str, ...]
    unique: bool = False


class Op(StrEnum):
    """A comparison. The value is SQL."""

    LT = "<"
    LE = "<="
    EQ = "="
    NE = "<>"
    GE = ">="
    GT = ">"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op column` or `left op value`: a number, or a text in the column's own type (a date, say)."""

    left: str
    op: Op
    column: str | None = None
    value: Decimal | str | None = None

    def __post_init__(self) -> None:
        if (self.column is None) == (self.value is None):
            raise ValueError("a comparison has either a column or a value on its right")


@dataclass(frozen=True, slots=True)
class Check:
    """All of `terms` hold in every row. (A list of allowed words is an enum, never a check.)"""

    terms: tuple[Comparison, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it speaks of, each once, in order of appearance."""
        names = [n for t in self.terms for n in (t.left, t.column) if n is not None]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A column of the primary key is never nullable; the constructor sees to it."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str = ""
    title: str = field(default="", compare=False)
    evidence: tuple[Evidence, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        place = {c.name: i for i, c in reversed(list(enumerate(self.columns)))}

        def at(names: Iterable[str]) -> tuple[tuple[int, str], ...]:
            return tuple([(place.get(n, len(place)), n) for n in names])

        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        key = set(self.primary_key)
        put("columns", tuple([_required(c) if c.name in key else c for c in self.columns]))
        put("uniques", _sorted(self.uniques, at))
        put("checks", _sorted(self.checks, lambda c: at(c.columns)))
        put("foreign_keys", _sorted(self.foreign_keys, lambda f: at(f.columns)))
        put("indexes", _sorted(self.indexes, lambda i: (at(i.columns), i.unique)))

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Every list of columns in which no two rows are equal: primary key, constraints, indexes."""
        keys = (self.primary_key, *self.uniques, *(i.columns for i in self.indexes if i.unique))
        return tuple(key for key in keys if key)

    @property
    def pointing_columns(self) -> frozenset[str]:
        """The columns that are part of a foreign key."""
        return frozenset(name for key in self.foreign_keys for name in key.columns)

    def column(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one database, referenced tables first (else in the order given)."""

    tables: tuple[Table, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", creation_order(self.tables))

    def table(self, name: str) -> Table | None:
        """The table of this name, or None."""
        return next((t for t in self.tables if t.name == name), None)


def _sorted(parts: Iterable[_Part], at: Callable[[_Part], Any]) -> tuple[_Part, ...]:
    """Each part once, by its place, and those of one place by their text, which takes as long as all the rest."""
    once = tuple(dict.fromkeys(parts))
    if len(once) < 2:
        return once
    placed = [(at(part), part) for part in once]
    if len({place for place, _ in placed}) == len(placed):
        return tuple([part for _, part in sorted(placed, key=itemgetter(0))])
    return tuple([part for _, part in sorted(placed, key=lambda p: (p[0], repr(p[1])))])


def _required(column: Column) -> Column:
    if not column.nullable:
        return column
    return Column(column.name, column.type, False, column.default, column.comment, column.evidence)


def creation_order(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with every referenced table before the ones that point at it.

    Otherwise the given order stays. Where keys run in a circle, the first table given goes first,
    and its key has to be added afterwards. Applying this twice changes nothing.
    """
    waiting, done, names = list(tables), list[Table](), {t.name for t in tables}
    placed: set[str] = set()
    while waiting:
        ready = next((i for i, t in enumerate(waiting) if _needs(t, names) <= placed), 0)
        done.append(waiting.pop(ready))
        placed.add(done[-1].name)
    return tuple(done)


def _needs(table: Table, names: set[str]) -> set[str]:
    return {f.table for f in table.foreign_keys if f.table in names and f.table != table.name}


def is_literal_for(type_: Type, value: str | Decimal | bool) -> bool:
    """Whether a literal of this Python type may stand in a column of this logical type."""
    if type_.kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if type_.kind in NUMBERS:
        return isinstance(value, Decimal)
    return isinstance(value, str)
