"""SQL text -> statements -> items, on sqlglot's tokens.

    "CREATE TABLE a (id INT, x FOO); junk" -> [tokens of one statement, ...] -> [tokens of one column, ...]

`parse` hands sqlglot one item at a time. So one column that cannot be read costs that column's
details and not the script, and every message knows its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import Dialect as SqlglotDialect
from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

LITERALS = frozenset(
    (
        *(TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING),
        *(TokenType.BYTE_STRING, TokenType.UNICODE_STRING, TokenType.BIT_STRING, TokenType.HEX_STRING),
    )
)
_OPEN = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET))
_CLOSE = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET))
WORD = re.compile(r"[^\W\d]")
_LONGEST_SHOWN = 80
_PIECE = re.compile(r";[ \t]*(?:--[^\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, and whether it stood in quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Some tokens in a row and the text they come from. `offset` is the line number before its first line."""

    tokens: tuple[Token, ...]
    source: str
    offset: int = 0

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, part: slice) -> Span:
        return Span(self.tokens[part], self.source, self.offset)

    @property
    def line(self) -> int:
        """The line its first token begins on, counted from 1."""
        if not self.tokens:
            return self.offset + 1
        return self.offset + 1 + self.source.count("\n", 0, self.tokens[0].start)

    @property
    def text(self) -> str:
        """As written, on one line, cut where it gets long."""
        if not self.tokens:
            return ""
        words = " ".join(self.source[self.tokens[0].start : self.tokens[-1].end + 1].split())
        return words if len(words) <= _LONGEST_SHOWN else words[: _LONGEST_SHOWN - 3] + "..."

    def word(self, i: int) -> str:
        """Token `i` as an upper-case word; empty where there is none, or where it is a literal or a quoted name."""
        if not 0 <= i < len(self.tokens) or self.tokens[i].token_type in LITERALS | {TokenType.IDENTIFIER}:
            return ""
        return self.tokens[i].text.upper()

    def words(self, n: int) -> tuple[str, ...]:
        """The first `n` words."""
        return tuple(self.word(i) for i in range(n))

    def closing(self, i: int) -> int:
        """The place of the parenthesis that closes the one at `i`; the length where none does."""
        depth = 0
        for n in range(i, len(self.tokens)):
            kind = self.tokens[n].token_type
            depth += (kind in _OPEN) - (kind in _CLOSE)
            if depth == 0:
                return n
        return len(self.tokens)

    def split(self) -> Iterator[Span]:
        """The parts between commas that stand in no parentheses. Nothing is split into one empty part."""
        start = depth = 0
        for n, token in enumerate(self.tokens):
            depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
            if token.token_type is TokenType.COMMA and depth == 0:
                yield self[start:n]
                start = n + 1
        yield self[start:]


class Cursor:
    """Walks over a span and takes what it expects."""

    def __init__(self, span: Span, at: int = 0) -> None:
        self.span, self.at = span, at

    @property
    def rest(self) -> Span:
        """What was not taken yet."""
        return self.span[self.at :]

    @property
    def done(self) -> bool:
        """Whether everything was taken."""
        return self.at >= len(self.span)

    def take(self, *words: str) -> bool:
        """Take these words if they come next."""
        if all(self.span.word(self.at + i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def take_any(self, *words: str) -> str:
        """Take the next word if it is one of these."""
        word = self.span.word(self.at)
        if word in words:
            self.at += 1
            return word
        return ""

    def name(self) -> Name | None:
        """Take a name: quoted, or a word."""
        if self.done:
            return None
        token = self.span.tokens[self.at]
        quoted = token.token_type is TokenType.IDENTIFIER
        if token.token_type in LITERALS or not (token.text if quoted else WORD.match(token.text)):
            return None
        self.at += 1
        return Name(token.text, quoted)

    def dotted(self) -> tuple[Name, ...]:
        """Take a name and what follows it behind dots: `shop.public.orders`."""
        names = []
        while (name := self.name()) is not None:
            names.append(name)
            if not self.take("."):
                break
        return tuple(names)

    def parentheses(self) -> Span | None:
        """Take `( ... )` and give what stands inside."""
        if self.span.word(self.at) != "(":
            return None
        end = self.span.closing(self.at)
        inside = self.span[self.at + 1 : end]
        self.at = end + 1
        return inside


def statements(sql: str, dialect: str) -> tuple[list[Span], list[Span]]:
    """The statements of a script.

    Args:
        sql: the script.
        dialect: as sqlglot calls it.

    Returns:
        Statements with their tokens; and pieces without tokens whose text cannot even be split into
        words (a quote that never ends, say). Then the script is cut at lines that end in a
        semicolon, so that only the piece with the quote is lost.
    """
    tokenizer = SqlglotDialect.get_or_raise(dialect)
    try:
        return list(_between_semicolons(Span(tuple(tokenizer.tokenize(sql)), sql))), []
    except TokenError:
        pass
    good: list[Span] = []
    bad: list[Span] = []
    for offset, piece in _pieces(sql):
        try:
            good += _between_semicolons(Span(tuple(tokenizer.tokenize(piece)), piece, offset))
        except TokenError:
            bad.append(Span((), piece, offset))
    return good, bad


def _between_semicolons(span: Span) -> Iterator[Span]:
    start = 0
    for n, token in enumerate(span.tokens):
        if token.token_type is TokenType.SEMICOLON:
            if n > start:
                yield span[start:n]
            start = n + 1
    if start < len(span):
        yield span[start:]


def _pieces(sql: str) -> Iterator[tuple[int, str]]:
    start = lines = 0
    for match in _PIECE.finditer(sql):
        piece = sql[start : match.end()]
        yield lines, piece
        start, lines = match.end(), lines + piece.count("\n")
    if sql[start:].strip():
        yield lines, sql[start:]
