"""SQL text -> Schema, and a finding for every part that was not understood. The inverse of `ddl`.

    text -> statements (scan) -> one after the other (script) -> items of tables (items) -> drafts -> Schema

It takes what people and models write: quoted and unquoted names, inline and table constraints,
types of other engines, ALTER TABLE ADD. Names stay as written. One broken part costs that part.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ..errors import SqlError
from .dialects import dialect as find_dialect
from .findings import Finding
from .objects import Check, Column, Default, Schema
from .parsing.clauses import NotUnderstood, check_of, default_of
from .parsing.drafts import Report
from .parsing.expressions import expression
from .parsing.items import ItemReader
from .parsing.scan import Cursor, Name, statements
from .parsing.script import ScriptReader
from .running.lexer import MAX_BYTES
from .types import Type

# sqlglot logs a warning where it meets an unknown statement; without a handler that ends up on stderr.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

MAX_SQL_BYTES = MAX_BYTES
"""Longer text is refused, here as in front of an engine."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a script means, and what of it was not understood."""

    schema: Schema
    unread: tuple[Finding, ...] = ()


def parse(sql: str, dialect: str = "postgres") -> Parsed:
    """Read a script.

    Args:
        sql: any text; comments are skipped.
        dialect: whose rules on names and types hold. Words of the others are understood where that
            is not ambiguous.

    Raises:
        UsageError: there is no such dialect.
        SqlError: the text is longer than `MAX_SQL_BYTES`.
    """
    if len(sql.encode(errors="replace")) > MAX_SQL_BYTES:
        raise SqlError(f"the SQL is longer than {MAX_SQL_BYTES // 1024} kB", "split it")
    return Parsed(*ScriptReader(find_dialect(dialect)).read(sql))


def column_type(text: str, dialect: str = "postgres") -> Type | None:
    """What a type means, written as an engine's catalogue writes it: `character varying(20)`, `int(11) unsigned`.

    Returns:
        None for a type that is not known.

    Raises:
        UsageError: there is no such dialect.
    """
    d = find_dialect(dialect)
    spans, _ = statements(text, d.sqlglot)
    if len(spans) != 1:
        return None
    reader = ItemReader(d, Report(), lambda _: None)
    cursor = Cursor(spans[0])
    type_ = d.read_type(reader.spelling(cursor)).type
    return type_ if cursor.done else None


def read_default(sql: str, type_: Type, dialect: str = "postgres") -> Default | None:
    """What stands behind DEFAULT in a column of this type; None for NULL.

    Raises:
        ValueError: it is not understood.
        UsageError: there is no such dialect.
    """
    try:
        return default_of(_expression(sql, dialect), type_)
    except NotUnderstood as why:
        raise ValueError(f"DEFAULT {sql}: {why}") from None


def read_check(sql: str, columns: Sequence[Column], dialect: str = "postgres") -> Check:
    """The condition of a check over these columns, without CHECK and its parentheses.

    Raises:
        ValueError: it is not understood, or is a list of words (an enum is never a check).
        UsageError: there is no such dialect.
    """
    types = {c.name: c.type for c in columns}

    def find(name: Name) -> tuple[str, Type]:
        if name.text not in types:
            raise NotUnderstood(f"there is no column {name.text}")
        return name.text, types[name.text]

    try:
        check, words = check_of(_expression(sql, dialect, types), find)
    except NotUnderstood as why:
        raise ValueError(f"CHECK ({sql}): {why}") from None
    if check is None or words:
        raise ValueError(f"CHECK ({sql}): it is a list of words")
    return check


def _expression(sql: str, dialect: str, columns: Collection[str] = ()) -> exp.Expression:
    d = find_dialect(dialect)
    spans, _ = statements(sql, d.sqlglot)
    if len(spans) != 1:
        raise NotUnderstood("it cannot be read as an expression")
    return expression(spans[0], d, columns)


__all__ = ["MAX_SQL_BYTES", "Parsed", "column_type", "parse", "read_check", "read_default"]
