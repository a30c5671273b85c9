"""Instruction rows: their form, and the SQL in them.

row -> {"instruction", "input", "output"} -> texts -> SQL of the answer -> script | migration | none
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .problems import Kind

FIELDS = ("instruction", "input", "output")

_FENCE = re.compile(r"```[ \t]*(\w*)[^\n]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_WHAT = r"(?:table|type|index)"
_HEAD = re.compile(
    rf"^[ \t]*(?:--[^\n]*\n\s*)*(?:begin\s*;|(?:create\s+(?:unique\s+)?{_WHAT}|alter\s+{_WHAT}|drop\s+{_WHAT}"
    r"|comment\s+on|insert\s+into|update\s+\w+\s+set|delete\s+from)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_TABLE = re.compile(r"^\s*create\s+table\b", re.IGNORECASE | re.MULTILINE)
_CHANGES = re.compile(
    r"^\s*(?:begin\s*;|drop\s|insert\s|update\s|delete\s|alter\s+(?:type|index)|alter\s+table\s+\S+\s+(?!add\s))",
    re.IGNORECASE | re.MULTILINE,
)
# Of lower case and without \b at the beginning, so that the engine can look for the word as such.
_CREATED = re.compile(r"create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)")
_REFERRED = re.compile(r"references\s+(\w+)")
_ASKS = re.compile(
    r"\b(?:design|write|create|fix|repair|correct|convert|migrate|normali[sz]e|model|generate|produce|draft)\b",
    re.IGNORECASE,
)


class Form(StrEnum):
    """What the SQL of an answer is."""

    NONE = "none"
    SCRIPT = "script"
    MIGRATION = "migration"


@dataclass(frozen=True, slots=True)
class Answer:
    """The SQL of an answer; of a migration, also what it starts from."""

    form: Form
    sql: str = ""
    before: str = ""


def form_problems(row: Any) -> Iterator[tuple[Kind, str]]:
    """What is wrong with the form of a row."""
    if not isinstance(row, Mapping):
        yield Kind.FORM, "is no object"
        return
    missing = [name for name in FIELDS if name not in row]
    if missing:
        yield Kind.FORM, f"has no {', '.join(missing)}"
    other = sorted(set(row) - set(FIELDS))
    if other:
        yield Kind.FORM, f"has {', '.join(map(str, other[:5]))}, and should have {', '.join(FIELDS)} only"
    for name in FIELDS:
        value = row.get(name)
        if name in row and not isinstance(value, str):
            yield Kind.FORM, f"{name} is no text"
        elif isinstance(value, str) and not value.strip() and name != "input":
            yield Kind.EMPTY, f"{name} is empty"


def control_characters(text: str) -> str:
    """Name of the first character that nobody can see and that no text needs; empty where there is none."""
    seen = text.replace("\n", "").replace("\t", "")
    if seen.isprintable():
        return ""
    for char in dict.fromkeys(seen):
        kind = unicodedata.category(char)
        # Joiners belong to scripts and emoji; the rest of the format characters hides or turns text.
        if kind in ("Cc", "Cs", "Co") or (kind == "Cf" and char not in "\u200c\u200d\u00ad"):
            return f"U+{ord(char):04X}"
    return ""


def answer(row: Mapping[str, str]) -> Answer:
    """The SQL of a row's answer."""
    sql = sql_of(row["output"])
    if not sql:
        return Answer(Form.NONE)
    before = sql_of(row["input"])
    made, lacking = tables(sql)
    if _TABLE.search(sql) and not _CHANGES.search(sql) and not (lacking - made) & tables(before)[0]:
        return Answer(Form.SCRIPT, sql)
    return Answer(Form.MIGRATION, sql, before)


def tables(sql: str) -> tuple[set[str], set[str]]:
    """(tables that SQL creates, tables that its keys point at), in lower case."""
    bare = sql.lower().replace("`", "").replace('"', "")
    return _named(_CREATED, bare), _named(_REFERRED, bare)


def _named(pattern: re.Pattern[str], bare: str) -> set[str]:
    return {m[1] for m in pattern.finditer(bare) if m.start() == 0 or not _is_word(bare[m.start() - 1])}


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def sql_of(text: str) -> str:
    """The SQL in a text: what stands in fences, else all from the first statement on; empty where there is none."""
    if "```" in text:
        found = [
            body
            for word, body in _FENCE.findall(text)
            if word.lower() in ("", "sql", "postgresql", "postgres", "sqlite", "mysql", "ddl")
        ]
        return "\n".join(body for body in found if _HEAD.search(body))
    match = _HEAD.search(text)
    return text[match.start() :] if match else ""


def is_only_prose(row: Mapping[str, str]) -> bool:
    """Whether an answer has no SQL though SQL is asked for: there is none to explain, or a verb demands some."""
    if sql_of(row["output"]):
        return False
    asked = row["instruction"].partition("\n")[0]
    return not sql_of(row["input"] + "\n" + row["instruction"]) or bool(
        re.match(rf"\W*(?:please\s+)?{_ASKS.pattern}", asked, re.IGNORECASE)
    )
