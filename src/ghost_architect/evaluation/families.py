"""Type families: how exactly a column's type has to be right.

A screen shows that a field holds a date or a number, hardly ever of how many digits. GhostScore
therefore compares types by family, found by the type's first word, in any dialect's spelling.

    >>> family("DECIMAL(10, 2)"), family("datetime"), family("tinyint(1)"), family("citext")
    ('num', 'timestamp', 'bool', 'text')
    >>> is_fair("integer", "numeric(12,2)"), is_fair("date", "text")
    (True, False)
"""

from __future__ import annotations

import re

_SIZES = ("", "small", "big", "tiny", "medium")

_NUMBERED = {
    "num": {"float"},
    "int": {s + w for s in _SIZES for w in ("int", "integer")} | {s + "serial" for s in ("", "small", "big")},
}
"""First words that a number may follow: float8, int4, serial8."""

_WORDS = {
    "bool": {"bool", "boolean", "tinyint(1)", "bit(1)"},
    "json": {"json", "jsonb"},
    "timestamp": {"timestamp", "timestamptz", "datetime", "smalldatetime"},
    "date": {"date"},
    "time": {"time", "timetz"},
    "num": {"numeric", "decimal", "double", "real", "money", *_NUMBERED["num"]},
    "int": {"year", *_NUMBERED["int"]},
    "binary": {"blob", "longblob", "mediumblob", "tinyblob", "bytea", "binary", "varbinary"},
}

_FAMILY = {word: name for name, words in _WORDS.items() for word in words}
_FAMILY_OF_NUMBERED = {word: name for name, words in _NUMBERED.items() for word in words}

_FIRST_WORD = re.compile(r"(?:tinyint|bit)\(1\)(?!\w)|\w+")

_NEAR = ({"int", "num"}, {"date", "timestamp"})
"""Families that are a fair reading of each other: a price of 12 may be an integer, a moment may show its day only."""


def family(type_: str) -> str:
    """bool, json, timestamp, date, time, num, int, binary, or text for everything else."""
    first = _FIRST_WORD.match(type_.lower().strip())
    if first is None:
        return "text"
    word = first[0]
    return _FAMILY.get(word) or _FAMILY_OF_NUMBERED.get(word.rstrip("0123456789"), "text")


def is_fair(a: str, b: str) -> bool:
    """Whether one type is the other, or a fair reading of it."""
    families = {family(a), family(b)}
    return len(families) == 1 or families in _NEAR
