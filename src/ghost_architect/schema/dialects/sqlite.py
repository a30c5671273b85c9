"""SQLite 3.31 and later.

SQLite stores the declared type and lets it decide an affinity (https://www.sqlite.org/datatype3.html),
so lengths and precisions stay in the declaration although it does not enforce them. Rows number
themselves only where the primary key is one column declared INTEGER, spelled exactly so
(https://www.sqlite.org/lang_createtable.html#rowid): any other sole integer key is declared INT.
Reserved words are those that version 3.40 refuses as a bare name of a table or column.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import ClassVar

from ..objects import Column, Default, DefaultKind, Table
from ..types import INTEGER, INTEGERS, TEXT, TIMESTAMP, Kind, Type, varchar
from .base import Dialect, Limits

_RESERVED = """
add all alter and as autoincrement between case cast check collate commit constraint create current_date
current_time current_timestamp default deferrable delete distinct drop else escape except exists foreign from
group having if in index insert intersect into is isnull join limit not nothing notnull null on or order
primary raise references returning select set table then to transaction union unique update using values when
where
"""

_HELD: Mapping[Kind, Type] = {
    Kind.SMALLINT: INTEGER,
    Kind.BIGINT: INTEGER,
    Kind.UUID: Type(Kind.CHAR, length=36),
    Kind.INET: varchar(45),
    Kind.INTERVAL: varchar(64),
    Kind.TIMESTAMPTZ: TIMESTAMP,
    Kind.JSON: TEXT,
}

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Sqlite(Dialect):
    """No comments, no types of its own, no foreign keys added afterwards."""

    name = "sqlite"
    sqlglot = "sqlite"
    title = "SQLite"
    late_keys = False
    key_is_required = False
    rowid_keys = True
    limits = Limits(column_comment=0, table_comment=0, columns=2000)
    reserved = frozenset(_RESERVED.split())
    types: ClassVar[Mapping[Kind, str]] = {
        Kind.INTEGER: "INTEGER",
        Kind.NUMERIC: "NUMERIC({precision}, {scale})",
        Kind.REAL: "REAL",
        Kind.DOUBLE: "DOUBLE PRECISION",
        Kind.BOOLEAN: "BOOLEAN",
        Kind.VARCHAR: "VARCHAR({length})",
        Kind.CHAR: "CHAR({length})",
        Kind.TEXT: "TEXT",
        Kind.DATE: "DATE",
        Kind.TIME: "TIME",
        Kind.TIMESTAMP: "TIMESTAMP",
        Kind.BINARY: "BLOB",
        Kind.ENUM: "TEXT",
    }

    def key(self, name: str, quoted: bool) -> str:
        """Only the letters of ASCII are the same in both cases."""
        return name.translate(_LOWER)

    def why_no_name(self, name: str, *, column: bool) -> str:
        """Tables of its own begin with sqlite_ (https://www.sqlite.org/fileformat2.html#internal_schema_objects)."""
        if not column and self.key(name, quoted=True).startswith("sqlite_"):
            return "begins with sqlite_, which SQLite keeps for itself"
        return super().why_no_name(name, column=column)

    def hold_type(self, type_: Type, *, keyed: bool = False) -> Type:
        """Every integer has 64 bits; what it has no word for is a text."""
        return _HELD.get(type_.kind, type_)

    def why_no_identity(self, table: Table, column: Column) -> str:
        """Only INTEGER PRIMARY KEY numbers its rows."""
        if table.primary_key == (column.name,) and column.type.kind in INTEGERS:
            return ""
        return "only a primary key of one integer column numbers its rows"

    def why_no_default(self, default: Default, type_: Type) -> str:
        """No function for a UUID, and another notation for bytes."""
        if default.kind is DefaultKind.UUID:
            return "it cannot make a UUID"
        if default.kind is DefaultKind.LITERAL and type_.kind is Kind.BINARY:
            return "bytes are written in another way"
        return ""


DIALECT = Sqlite()
