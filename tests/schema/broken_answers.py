"""Answers that are broken: one good answer, damaged in one place at a time, and a list of nonsense.

Every damage is one that leaves no valid PostgreSQL: PostgreSQL 18 refused each of `damaged()` when
this was written, so what accepts one of them is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ANSWERS = Path(__file__).parents[1] / "fixtures" / "answers"
CANONICAL = (ANSWERS / "canonical.sql").read_text(encoding="utf-8")

_STRING = r"'(?:[^']|'')*'"
_TYPES = "SMALLINT|INTEGER|BIGINT|BOOLEAN|UUID|JSONB|BYTEA|INET|REAL|INTERVAL|TIMESTAMPTZ|DATE"
_KEYWORDS = (
    "CREATE|TABLE|TYPE|ENUM|REFERENCES|PRIMARY KEY|UNIQUE|NOT NULL|DEFAULT|CHECK"
    "|INDEX|COMMENT|ALTER|FOREIGN KEY|CASCADE"
)


def broken() -> dict[str, str]:
    """Title -> answer."""
    return {**dict(damaged()), **nonsense()}


def nonsense() -> dict[str, str]:
    """What is not the form at all: prose, other statements, other languages. Read from a file."""
    text = (ANSWERS / "nonsense.txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== (.*)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def damaged() -> Iterator[tuple[str, str]]:
    """Title and text of the good answer with one damage each."""
    yield from _each("comma missing", r",", "")
    yield from _each("comma doubled", r",", ",,")
    yield from _each("bracket not opened", r"\(", " ")
    yield from _each("bracket opened twice", r"(?<=\()(?=\n)|(?<= \()(?=[a-z])", "(")
    yield from _each("bracket not closed", r"\)", "")
    yield from _each("bracket closed twice", r"\)", "))")
    yield from _each("semicolon missing", r";\n\n?(?=[CA])", "\n")
    yield from _each("text between statements", r";\n\n?(?=[CA])", ";\nand then\n")
    yield from _each("quote not closed", rf"{_STRING}(?=[,)\s;])", lambda m: m[0][:-1])
    yield from _each("type unknown", rf"(?<= )(?:{_TYPES})\b(?=[ ,\n])", "MONEYBAG")
    yield from _each("two types", rf"(?<= )(?:{_TYPES})\b(?=[ ,\n])", lambda m: f"{m[0]} POINT")
    yield from _each("type missing", rf" (?:{_TYPES})(?=,| --|\n)", "")
    yield from _each("name missing", r"^    [a-z_]+ (?=[A-Z])", "    ", re.MULTILINE)
    yield from _each("name reserved", r"^    [a-z_]+ (?=[A-Z])", "    table ", re.MULTILINE)
    yield from _each("name begins with a digit", r"^    (?=[a-z])", "    1", re.MULTILINE)
    yield from _each("table name missing", r"(?<=CREATE TABLE )\w+ ", "")
    yield from _each("table name reserved", r"(?<=CREATE TABLE )\w+", "user")
    yield from _each("reserved name without quotes", r'(?<=    )"order"', "order")
    yield from _each("keyword misspelt", rf"\b(?:{_KEYWORDS})\b(?!')", lambda m: m[0][:-1] + "Z")
    yield from _each("keyword missing", r"\b(?:CREATE|TABLE|AS ENUM|ON|IS|ADD|REFERENCES|IDENTITY) ", "")
    yield from _each("operator unknown", r" (?:>=|<|<>|>) ", " => ")
    yield from _each("no value", r"(?<=DEFAULT )\S+?(?=[, \n])", "")


def _each(title: str, pattern: str, damage: object, flags: int = 0) -> Iterator[tuple[str, str]]:
    """The answer with the n-th place that the pattern finds (outside of citations) replaced, for every n."""
    citations = [m.span() for m in re.finditer(r"--.*", CANONICAL)]
    places = [m for m in re.finditer(pattern, CANONICAL, flags) if not any(a <= m.start() < b for a, b in citations)]
    for n, place in enumerate(places):
        new = damage(place) if callable(damage) else str(damage)
        yield f"{title} {n}", CANONICAL[: place.start()] + new + CANONICAL[place.end() :]
