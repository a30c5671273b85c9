"""The SQL in what a model said: out of fences, thoughts, prose and HTML, cut into statements.

    text -> extract() -> Pieces(statements, prose that stood between them)

A model's text may break off anywhere and hold anything, so nothing here raises and nothing is
repaired: a statement is handed on as it stands, with a word about what is wrong with its quotes
or brackets. (`running.lexer` is the opposite: the strict reader in front of an engine.)
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

_FENCE = re.compile(
    r"""(?P<mark>`{3,}|~{3,}) [ \t]* (?:[\w+-]*[ \t\r]*(?=\n|\Z) | sql\b | postgres(?:ql)?\b)?
        (?P<body>.*?) (?:(?P=mark)|\Z)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning)>.*?(?P<end></\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>(?=\s|\Z|CREATE\b|[`~]{3})", re.IGNORECASE)
_MARKUP = re.compile(
    r"^[ \t]*(?:</?(?:pre|code|p|div|br|sql|answer)\b[^<>\n]*>[ \t]*)+|(?:</(?:pre|code|p|div|sql|answer)>[ \t]*)+$",
    re.MULTILINE | re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:lt|gt|quot|apos|amp|nbsp|#\d{2,4}|#x[0-9a-f]{2,4});", re.IGNORECASE)
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*""")
_BLANK_LINE = re.compile(r"[ \t\r]*\n")
_UNSTORABLE = re.compile("[\x00\ufeff\ud800-\udfff]")
"""What no text in a database holds, and the byte order mark."""

_NAME = r'(?:[^\W\d]\w*|"[^"\n]+"|`[^`\n]+`)'
_HEAD_PATTERN = rf"""(?:
    (?i:create\s+(?:unlogged\s+|temp(?:orary)?\s+)?table\s+(?:if\s+not\s+exists\s+)?{_NAME}(?:\s*\.\s*{_NAME})?\s*(?:--[^\n]*\s*)?\()
  | (?i:create\s+type\s+{_NAME}(?:\s*\.\s*{_NAME})?\s+as\s+enum\b)
  | (?i:create\s+(?:unique\s+)?index\s[^;\n]*\son\s)
  | (?i:alter\s+table\s+(?:only\s+)?{_NAME}(?:\s*\.\s*{_NAME})?\s+add\b)
  | (?i:comment\s+on\s+(?:table|column)\s)
  | CREATE[ ](?:TABLE|TYPE|INDEX|UNIQUE[ ]INDEX)\b
)"""
_HEAD = re.compile(_HEAD_PATTERN, re.VERBOSE)
_HEAD_OF_LINE = re.compile(rf"^[ \t]*(?={_HEAD_PATTERN})", re.VERBOSE | re.MULTILINE)
_VERB = re.compile(
    r"(?:CREATE|ALTER|COMMENT|DROP|INSERT|UPDATE|DELETE|SELECT|WITH|TRUNCATE|GRANT|REVOKE|SET|BEGIN|COMMIT|START"
    r"|DO|COPY|CALL|EXECUTE|USE|PRAGMA|ATTACH|VACUUM|RENAME|REPLACE|MERGE|EXPLAIN)\b"
)
_NEXT = re.compile(rf"(?:^[ \t]*|;\s*)(?={_HEAD_PATTERN})|;\s*(?={_VERB.pattern})", re.VERBOSE | re.MULTILINE)
_BETWEEN = re.compile(r"(?:\s|;|--[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<text>[eE]'(?:[^'\\]|\\.|'')*(?P<end1>')?|'(?:[^']|'')*(?P<end2>')?)
      | (?P<name>"(?:[^"]|"")*(?P<end3>")?|`[^`]*(?P<end4>`)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>[(),;])
      | (?P<line>\n)
      | (?P<space>[^\S\n]+)
      | (?P<other>[^\s\w'"`(),;-]+|-|\d\w*)""",
    re.VERBOSE | re.DOTALL,
)


class Fault(StrEnum):
    """What is wrong with the quotes and brackets of a statement. The value finishes "it ..."."""

    NONE = ""
    QUOTE = "has a quote that does not end"
    OPEN = "has a bracket that is not closed"
    CLOSED = "closes a bracket that was not opened"


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the name of a group of the token pattern; `depth` counts the brackets around it."""

    kind: str
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement, without its semicolon, and what is wrong with it.

    Attributes:
        tokens: all of the text, comments and line breaks too; their places count from its start.
        ended: whether a semicolon followed.
    """

    text: str
    tokens: tuple[Token, ...]
    ended: bool
    fault: Fault

    @property
    def head(self) -> str:
        """How a message names it: what stands before its bracket, without comments."""
        words = [t.text for t in takewhile(lambda t: t.text != "(", self.tokens) if t.kind != "comment"]
        return " ".join("".join(words).split())[:60]


@dataclass(frozen=True, slots=True)
class Extract:
    """`pieces` in order; `prose`: what stood among them and is no SQL; `empty`: there was nothing to say."""

    pieces: tuple[Piece, ...] = ()
    prose: tuple[str, ...] = ()
    empty: bool = False


def extract(text: str) -> Extract:
    """Find the statements in a model's text. It never raises."""
    text = _UNSTORABLE.sub("", text)
    if _starts_with_sql(text):
        # In the form that was asked for. A fence or a tag in it is what the screen said.
        return _pieces(_unescaped(text))
    if (thought := _THOUGHT.match(text)) and not thought["end"]:
        return Extract(prose=(text.strip(),))
    text = _without_thoughts(text)
    bodies = [_plain(m["body"]) for m in _FENCE.finditer(text)]
    if any(map(_has_sql, bodies)):
        return _joined([_pieces(body) for body in bodies if _has_sql(body)])
    rest = _plain(_FENCE.sub("\n", text))
    found = _pieces(rest)
    if found.pieces:
        return found
    said = rest.strip() if _BETWEEN.fullmatch(rest) is None else ""
    blank = any(not body or _BETWEEN.fullmatch(body) for body in bodies)
    return Extract(empty=blank or not (said or bodies), prose=(said,) if said else ())


def _without_thoughts(text: str) -> str:
    text = _THOUGHT.sub("", text, count=1) if _THOUGHT.match(text) else text
    # Chat templates that open the thought for the model leave only its end in the answer.
    ends = [m.end() for m in _THOUGHT_END.finditer(text)]
    return text[ends[-1] :] if ends else text


def _plain(text: str) -> str:
    """The text without HTML around it."""
    return _unescaped(_MARKUP.sub("", text))


def _unescaped(text: str) -> str:
    """The text with HTML's entities resolved, if the SQL itself is escaped.

    An entity inside of a text is what the screen said ("Terms &amp; conditions") and stays.
    """
    escaped = _ENTITY.search(_QUOTED.sub("", text))
    return _ENTITY.sub(lambda m: html.unescape(m[0]), text) if escaped else text


def _starts_with_sql(text: str) -> bool:
    between = _BETWEEN.match(text)
    at = between.end() if between else 0
    return bool(_VERB.match(text, at) or _HEAD.match(text, at))


def _has_sql(text: str) -> bool:
    return bool(_HEAD_OF_LINE.search(text)) or _starts_with_sql(text)


def _joined(parts: list[Extract]) -> Extract:
    """Several fences are one script; where a later one says again what an earlier one said, it counts."""
    pieces: list[Piece] = []
    for part in parts:
        again = {_subject(piece) for piece in part.pieces}
        pieces = [piece for piece in pieces if _subject(piece) not in again] + list(part.pieces)
    return Extract(tuple(pieces), tuple(p for part in parts for p in part.prose), not pieces)


def _subject(piece: Piece) -> str:
    """What a statement is about: equal for two that make the same table or type."""
    head = _HEAD.match(piece.text)
    text = head[0] if head and re.match(r"create\s+(?:\w+\s+)?(?:table|type)", head[0], re.IGNORECASE) else piece.text
    return " ".join(text.split()).lower().rstrip("( ")


def _pieces(text: str) -> Extract:
    pieces, prose, at = [], [], 0
    while at < len(text):
        if between := _BETWEEN.match(text, at):
            at = between.end()
        elif _VERB.match(text, at) or _HEAD.match(text, at):
            piece, at = _statement(text, at)
            pieces.append(piece)
        else:
            end = _next_head(text, at)
            prose.append(text[at:end].strip())
            at = end
    if pieces or not (inline := _HEAD.search(text)):
        return Extract(tuple(pieces), tuple(prose))
    piece, at = _statement(text, inline.start())
    rest = _pieces(text[at:])
    return Extract((piece, *rest.pieces), (text[: inline.start()].strip(), *rest.prose))


def _next_head(text: str, at: int) -> int:
    found = _NEXT.search(text, at)
    return found.end() if found else len(text)


def _statement(text: str, start: int) -> tuple[Piece, int]:
    """The statement that starts here, and where the text after it goes on.

    It ends at a semicolon; before a line that starts another; at a blank line after its brackets; or
    with the text.
    """
    tokens: list[Token] = []
    at, depth, fault = start, 0, Fault.NONE
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, "the pattern takes any character"
        kind, word, end = str(match.lastgroup), match[0], match.end()
        if word == ";":
            return _piece(text[start:at], tokens, True, fault, depth), end
        if kind in ("text", "name") and not any(match[f"end{i}"] for i in range(1, 5)):
            end = _before_head(text, at)
            tokens.append(Token(kind, text[at:end], at - start, depth))
            return _piece(text[start:end], tokens, False, Fault.QUOTE, depth), end
        depth -= word == ")"
        if depth < 0:
            fault, depth = Fault.CLOSED, 0
        tokens.append(Token(kind, word, at - start, depth))
        depth += word == "("
        at = end
        if kind == "line" and (
            _HEAD_OF_LINE.match(text, at) or (_BLANK_LINE.match(text, at) and _closed(tokens, depth))
        ):
            break
    return _piece(text[start:at], tokens, False, fault, depth), at


def _closed(tokens: list[Token], depth: int) -> bool:
    return depth == 0 and any(token.text == ")" for token in tokens)


def _before_head(text: str, at: int) -> int:
    """Where a quote that does not end is given up: before the next line that starts a statement."""
    found = _HEAD_OF_LINE.search(text, at + 1)
    return found.start() if found else len(text)


def _piece(text: str, tokens: list[Token], ended: bool, fault: Fault, depth: int) -> Piece:
    return Piece(text.rstrip(), tuple(tokens), ended, fault or (Fault.OPEN if depth else Fault.NONE))
