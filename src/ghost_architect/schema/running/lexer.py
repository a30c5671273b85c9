"""SQL text -> statements made of tokens, cut by rules that every engine shares; anything doubtful is refused.

A parser that reads a text otherwise than the engine does is how hostile SQL gets through an
allow-list: a comment that one of them nests, a string that one of them thinks has ended. So this
lexer takes only text about which all of them agree (plain quotes, no dollar quotes, no escapes,
no control characters outside quotes), drops the comments itself, and bounds size and depth before any parser
sees it. What it hands on is the very text that is parsed and run.

    text -> lex() -> Statement(text without comments, tokens with their offsets in it), ...

(`scan` reads leniently, for people; this reads strictly, for engines.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ...errors import SqlError

MAX_BYTES = 256 * 1024
"""A script over this size is refused unread: reading it takes too long to be worth it, and no schema is that long."""

MAX_TOKENS = 60_000
"""Words and signs of a script: as many as stand in 256 kB of definitions. sqlglot takes 20 µs for each, and twice as
many fit into a list of numbers."""

MAX_DEPTH = 16
"""Round brackets inside each other. Our own scripts reach 4; sqlglot 30 runs out of stack near 30."""

MAX_SQUARE_DEPTH = 2
"""Square brackets inside each other. sqlglot 30 needs 1.5 s for 16 nested `ARRAY[` and 35 s for 20."""

MAX_RUN = 256
"""Tokens in a row without a comma or bracket: bounds chains such as NOT NOT NOT, which nest as well."""

MAX_NUMBER = 1100
"""Characters of a number: PostgreSQL's NUMERIC has up to 1000 digits."""


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NAME = "quoted name"
    STRING = "string"
    NUMBER = "number"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` stands at `start`..`end` (exclusive) of its statement's text."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word in upper case, or the mark; nothing for names, strings and numbers."""
        return self.text.upper() if self.kind in (Kind.WORD, Kind.MARK) else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its comments and its semicolon. `number` counts from 1."""

    number: int
    text: str
    tokens: tuple[Token, ...]

    @property
    def title(self) -> str:
        """How an error names it: `statement 3 (DROP TABLE users)`."""
        head = " ".join(" ".join(t.text for t in self.tokens[:3]).split())
        return f"statement {self.number} ({head[:60]}{'...' if len(self.tokens) > 3 or len(head) > 60 else ''})"

    def refused(self, reason: str) -> SqlError:
        """The error that says this statement does not run."""
        return SqlError(f"{self.title} is refused: {reason}", hint=HINT)


HINT = "only CREATE TABLE, CREATE INDEX, CREATE TYPE ... AS ENUM, ALTER TABLE ... ADD and COMMENT ON are run"

_SPACE = re.compile(r"[ \t\r\n]+")
_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MARK = re.compile(r"::|\|\||<>|!=|<=|>=|!~\*|!~|~\*|[-(),;.+*/%<>=~\[\]]")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What no engine stores: NUL, at which C code would stop reading, and lone surrogates."""

_STRINGS = {
    "mysql": re.compile(r"'(?:[^'\\]|''|\\[^'])*+'"),
    "postgres": re.compile(r"'(?:[^']|'')*+'"),
    "sqlite": re.compile(r"'(?:[^']|'')*+'"),
}
"""How a string looks. `\\'` in MySQL ends the string or does not, by the server's mode: not taken."""

_DOUBLE = re.compile(r'"(?:[^"]|"")++"')
_NAMES = {
    "mysql": {"`": re.compile(r"`(?:[^`]|``)++`")},
    "postgres": {'"': _DOUBLE},
    "sqlite": {'"': _DOUBLE, "`": re.compile(r"`[^`]++`"), "[": re.compile(r"\[[^\[\]]++\]")},
}
"""How a quoted name looks. In MySQL `"..."` is a name or a string by the server's mode: not taken at all."""


def lex(sql: str, dialect: str) -> list[Statement]:
    """The statements of a script, in order.

    Raises:
        SqlError: the script is too large, too deep, or holds something that two readers could
            take differently; the line says what and where.
    """
    if len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SqlError(f"the SQL is larger than {MAX_BYTES // 1024} kB", hint="split the file")
    if bad := _NO_TEXT.search(sql):
        raise SqlError(f"the SQL holds U+{ord(bad[0]):04X}, which is no text {_place(sql, bad.start())}")
    out: list[Statement] = []
    draft = _Draft(1)
    count = 0
    for kind, text, at in _pieces(sql, dialect):
        count += kind is not None
        if count > MAX_TOKENS:
            raise SqlError(f"the SQL has more than {MAX_TOKENS} words and signs", hint="split the file")
        if kind is Kind.MARK and text == ";":
            out += draft.done()
            draft = _Draft(len(out) + 1)
        else:
            draft.add(kind, text, at, sql)
    return out + draft.done()


class _Draft:
    """A statement that is being read."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.parts: list[str] = []
        self.length = 0
        self.tokens: list[Token] = []
        self.round = self.square = self.run = 0

    def add(self, kind: Kind | None, text: str, at: int, sql: str) -> None:
        """Take a token, or (kind None) a gap; gaps in a row are one."""
        if kind is not None:
            self._depth(text if kind is Kind.MARK else "", at, sql)
            self.tokens.append(Token(kind, text, self.length, self.length + len(text)))
        elif not self.parts or self.parts[-1].isspace():
            return
        self.parts.append(text)
        self.length += len(text)

    def _depth(self, mark: str, at: int, sql: str) -> None:
        self.round += (mark == "(") - (mark == ")")
        self.square += (mark == "[") - (mark == "]")
        self.run = 0 if mark and mark in "(),[]" else self.run + 1
        if min(self.round, self.square) < 0:
            raise SqlError(f"a bracket is closed that was not opened {_place(sql, at)}")
        if self.round > MAX_DEPTH or self.square > MAX_SQUARE_DEPTH or self.run > MAX_RUN:
            raise SqlError(f"the SQL is nested too deeply {_place(sql, at)}")

    def done(self) -> list[Statement]:
        """The statement, if there is one."""
        if self.round or self.square:
            raise SqlError(f"statement {self.number} opens a bracket that it does not close")
        return [Statement(self.number, "".join(self.parts).rstrip(), tuple(self.tokens))] if self.tokens else []


def _pieces(sql: str, dialect: str) -> Iterator[tuple[Kind | None, str, int]]:
    """Kind, text and place of every token; kind None and one blank for white space or a comment."""
    at = 0
    while at < len(sql):
        kind, end = _next(sql, at, dialect)
        text = sql[at:end]
        yield (kind, text, at) if kind is not None else (None, "\n" if "\n" in text else " ", at)
        at = end


def _next(sql: str, at: int, dialect: str) -> tuple[Kind | None, int]:
    if match := _SPACE.match(sql, at):
        return None, match.end()
    if sql.startswith("--", at) or (dialect == "mysql" and sql[at] == "#"):
        return None, _line_end(sql, at, dialect)
    if sql.startswith("/*", at):
        return None, _comment_end(sql, at)
    if sql[at] == "'":
        return Kind.STRING, _quoted(sql, at, _STRINGS[dialect])
    if sql[at] in _NAMES[dialect]:
        return Kind.NAME, _quoted(sql, at, _NAMES[dialect][sql[at]])
    for kind, pattern in ((Kind.NUMBER, _NUMBER), (Kind.WORD, _WORD), (Kind.MARK, _MARK)):
        if match := pattern.match(sql, at):
            return kind, _clean_end(sql, at, match.end(), kind)
    raise SqlError(f"the SQL holds {sql[at]!r} outside quotes {_place(sql, at)}, which engines read differently")


def _line_end(sql: str, at: int, dialect: str) -> int:
    """Where a comment of one line ends. PostgreSQL ends it at a bare carriage return, others do not; for MySQL
    `--` begins none without a blank behind it."""
    end = sql.find("\n", at)
    end = len(sql) if end < 0 else end
    if "\r" in sql[at:end].removesuffix("\r"):
        raise SqlError(f"a comment holds a carriage return {_place(sql, at)}, at which only some engines end it")
    if dialect == "mysql" and sql.startswith("--", at) and sql[at + 2 : at + 3] not in ("", " ", "\t", "\r", "\n"):
        raise SqlError(f"`--` without a blank behind it is no comment for MySQL {_place(sql, at)}")
    return end


def _comment_end(sql: str, at: int) -> int:
    """Where a comment ends; refuses the ones that MySQL runs (`/*!`, `/*+`, MariaDB's `/*M!`)."""
    end = sql.find("*/", at + 2)
    if end < 0:
        raise SqlError(f"a comment does not end {_place(sql, at)}")
    if sql.startswith(("!", "+", "M!"), at + 2):
        raise SqlError(f"a comment that MySQL runs as code is refused {_place(sql, at)}")
    if "/*" in sql[at + 2 : end]:
        raise SqlError(f"a comment inside a comment is refused {_place(sql, at)}: engines end it differently")
    return end + 2


def _quoted(sql: str, at: int, pattern: re.Pattern[str]) -> int:
    match = pattern.match(sql, at)
    if match is None:
        raise SqlError(f"a quote does not end, or a quoted name is empty {_place(sql, at)}")
    return _clean_end(sql, at, match.end(), Kind.STRING)


def _clean_end(sql: str, at: int, end: int, kind: Kind) -> int:
    """The end of a token. Refuses `E'..'`, `U&".."`, `0x1F`, `1_000` and whatever else is glued together."""
    after = sql[end : end + 1]
    if kind is not Kind.MARK and (after.isalnum() or (after != "" and after in "_'\"`$\\@#&?{")):
        raise SqlError(f"{sql[at:end][:40]!r} runs into {after!r} {_place(sql, at)}: engines split that differently")
    if kind is Kind.NUMBER and end - at > MAX_NUMBER:
        raise SqlError(f"a number is longer than {MAX_NUMBER} characters {_place(sql, at)}")
    return end


def _place(sql: str, at: int) -> str:
    return f"(line {sql.count(chr(10), 0, at) + 1})"
