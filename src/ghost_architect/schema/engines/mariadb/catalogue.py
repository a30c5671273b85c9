"""What MariaDB or MySQL says is there: the information schema, read into `SeenTable`.

Its views are not joined in SQL: they compare names without accents, so that `e` would be `é`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...dialects import mysql
from ...dialects.reading import Spelling
from ...objects import ForeignKey, Index, OnDelete
from ...types import JSON, spell
from ..base import SeenColumn, SeenTable

Row = tuple[Any, ...]
Ask = Callable[[str], Iterable[Row]]
Names = tuple[str, ...]

_COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable, extra FROM information_schema.columns
WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"""

_CHECKS = (
    "SELECT table_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()"
)
"""As MariaDB has it; MySQL's has no table_name, and is not asked."""

_PLACES = """
SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
ORDER BY table_name, constraint_name, ordinal_position"""

_ACTIONS = """
SELECT table_name, constraint_name, delete_rule FROM information_schema.referential_constraints
WHERE constraint_schema = DATABASE()"""

_INDEXES = """
SELECT table_name, index_name, non_unique, column_name, sub_part FROM information_schema.statistics
WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index"""

_TYPE = re.compile(r"(?P<words>[a-z ]+?)(?:\((?P<args>.*)\))?(?P<tail>(?: [a-z]+)*)", re.DOTALL)
_WORD = re.compile(r"'((?:[^']|'')*)'")
_ESCAPES = {r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\0": "\0", "''": "'"}


def tables(ask: Ask, mariadb: bool) -> tuple[SeenTable, ...]:
    """Every table of the database that is in use.

    Args:
        ask: runs a query.
        mariadb: whether this is MariaDB, where JSON is a text with a check.
    """
    columns: dict[str, list[Row]] = defaultdict(list)
    for table, *rest in ask(_COLUMNS):
        columns[table].append(tuple(rest))
    checks = {tuple(row) for row in ask(_CHECKS)} if mariadb else set()
    keys, indexes = _foreign_keys(ask), _indexes(ask)
    return tuple(
        SeenTable(
            name,
            tuple(_column(row, (name, f"json_valid({mysql.DIALECT.quoted(row[0])})") in checks) for row in rows),
            next((over for index, (_, over) in indexes[name].items() if index == "PRIMARY"), ()),
            frozenset(over for index, (unique, over) in indexes[name].items() if unique and index != "PRIMARY"),
            frozenset(keys[name].values()),
            frozenset(
                Index(over)
                for index, (unique, over) in indexes[name].items()
                if not unique and not _comes_with_a_key(index, over, keys[name])
            ),
        )
        for name, rows in columns.items()
    )


def _foreign_keys(ask: Ask) -> Mapping[str, dict[str, ForeignKey]]:
    """Per table its foreign keys by name."""
    actions = {(table, name): OnDelete(rule) for table, name, rule in ask(_ACTIONS)}
    found: dict[str, dict[str, ForeignKey]] = defaultdict(dict)
    for table, name, column, target, there in ask(_PLACES):
        before = found[table].get(name, ForeignKey((), target, (), actions[table, name]))
        here, referenced = (*before.columns, column), (*before.references, there)
        found[table][name] = ForeignKey(here, target, referenced, before.on_delete)
    return found


def _indexes(ask: Ask) -> Mapping[str, dict[str, tuple[bool, Names]]]:
    """Per table, by name, whether an index is unique and what it is over."""
    found: dict[str, dict[str, tuple[bool, Names]]] = defaultdict(dict)
    for table, name, not_unique, column, length in ask(_INDEXES):
        part = "(expression)" if column is None else column if length is None else f"{column}({length})"
        _, over = found[table].get(name, (False, ()))
        found[table][name] = (not int(not_unique), (*over, part))
    return found


def _comes_with_a_key(index: str, over: Names, keys: Mapping[str, ForeignKey]) -> bool:
    """Whether InnoDB made this index for a foreign key: MySQL names it like the key, MariaDB like its first column."""
    first = re.fullmatch(rf"{re.escape(over[0])}(_\d+)?", index) is not None
    return any(key.columns == over and (first or index == name) for name, key in keys.items())


def _column(row: Row, json: bool) -> SeenColumn:
    name, written, nullable, extra = row
    match = _TYPE.fullmatch(written)
    words, args, tail = (match["words"], match["args"] or "", match["tail"]) if match else (written, "", "")
    values = tuple(map(_value, _WORD.findall(args))) if words == "enum" else ()
    parts = values or tuple(part.strip() for part in args.split(",") if part)
    read = mysql.DIALECT.read_type(Spelling(words.upper(), parts, tail.strip().upper())).type
    type_ = JSON if json and words == "longtext" else read
    return SeenColumn(name, spell(type_) if type_ else written, nullable == "YES", "auto_increment" in extra, values)


def _value(text: str) -> str:
    """A value of an ENUM, whose type shows quotes doubled and a few characters behind a backslash."""
    return re.sub(r"\\[\\nr0]|''", lambda m: _ESCAPES[m[0]], text)
