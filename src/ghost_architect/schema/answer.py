"""What a model said -> Schema with evidence, and what was wrong with the answer.

    text -> extract (fences, prose) -> cut tail -> parse -> citations attached -> AnswerRead

A model answers in the canonical PostgreSQL form with citations as comments: `-- 12` or `-- 3, 14`
behind a column, or behind the opening bracket of a table, name lines of text that were read from
the screens. They are the only link from a column to the pixels it came from, so a number that
names no line is dropped and reported, and a column without a citation counts as inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from ghost_architect.errors import SqlError

from .answering.extract import Extract, Fault, Piece, Token, extract
from .answering.grammar import gbnf, grammar
from .findings import Finding, Severity
from .objects import Evidence, Schema, Table
from .parse import parse

__all__ = ["AnswerRead", "gbnf", "grammar", "read_answer"]

CUT = "ANSWER-CUT"
MORE = "give it fewer screens at once, or a higher length limit"

MAX_STATEMENTS = 1000
"""No answer has more; one that does is a loop."""

_SHORT = 80
_CITATION = re.compile(r"--\s*(?:lines?\s+)?(\d{1,9}(?:\s*,\s*\d{1,9})*)\s*", re.IGNORECASE)
_TABLE = re.compile(r"create\s+(?:unlogged\s+|temp(?:orary)?\s+)?table\b", re.IGNORECASE)
_TYPE = re.compile(r"create\s+type\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """What an answer holds.

    Attributes:
        schema: its tables, with the evidence that the answer cites.
        sql: the SQL in it, as the model wrote it, without what was cut or broken.
        findings: what was not understood, cut, broken or cited wrongly.
        cut: whether the end of the answer is missing.
    """

    schema: Schema
    sql: str
    findings: tuple[Finding, ...]
    cut: bool


def _whole(text: str) -> str:
    """The text without what no engine takes in any text: NUL, and halves of characters that a JSON answer can hold."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_answer(text: str, lines: Mapping[int, Evidence], truncated: bool = False) -> AnswerRead:
    """Read a model's answer. It never raises: what cannot be used becomes a finding.

    Args:
        text: what the model said. Nothing at all means pages without data.
        lines: the numbered text lines that it could cite.
        truncated: whether the backend stopped it at its length limit.
    """
    found = extract(_whole(text))
    if not found.pieces:
        return AnswerRead(Schema(), "", _nothing(found, truncated), truncated)
    kept, findings = _sort(found.pieces, truncated)
    findings += [_prose(words) for words in found.prose]
    cut = truncated or any(finding.code == CUT for finding in findings)
    sql = "".join(f"{piece.text};\n" for piece in kept)
    try:
        parsed = parse(sql, "postgres")
    except SqlError as error:
        unreadable = Finding("ANSWER-NOT-READ", Severity.ERROR, "", "", error.message, error.hint)
        return AnswerRead(Schema(), sql, (*findings, unreadable), cut)
    schema, wrong = _cite(parsed.schema, kept, lines)
    return AnswerRead(schema, sql, (*findings, *parsed.unread, *wrong), cut)


def _nothing(found: Extract, truncated: bool) -> tuple[Finding, ...]:
    """What there is to say about an answer without a statement."""
    if truncated:
        return (Finding(CUT, Severity.ERROR, "", "", "the answer was cut before its first SQL", MORE),)
    if found.empty:
        return ()
    said = _short(" ".join(found.prose))
    message = "there is no SQL in the answer" + (f": {said}" if said else "")
    return (Finding("ANSWER-NO-SQL", Severity.ERROR, "", "", message, "try another model or a clearer picture"),)


def _prose(words: str) -> Finding:
    return Finding("ANSWER-PROSE", Severity.INFO, "", "", f"text that is no SQL was left out: {_short(words)}")


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _SHORT else flat[: _SHORT - 1] + "…"


def _sort(pieces: tuple[Piece, ...], truncated: bool) -> tuple[list[Piece], list[Finding]]:
    """The statements that can be read, the last of them without its half end, and what was lost."""
    kept: dict[str, Piece] = {}
    findings: list[Finding] = []
    repeated = 0
    for i, piece in enumerate(pieces[:MAX_STATEMENTS]):
        half = i == len(pieces) - 1 and _is_half(piece, truncated)
        whole: Piece | None = piece
        if half or piece.fault:
            whole = _finished_columns(piece)
            findings.append(_loss(piece, whole, half))
        if whole:
            repeated += whole.text in kept
            kept.setdefault(whole.text, whole)
    if repeated or len(pieces) > MAX_STATEMENTS:
        findings.append(_too_much(len(pieces), repeated))
    if truncated and not any(finding.code == CUT for finding in findings):
        message = "the answer was stopped at its length limit: tables may be missing at its end"
        findings.append(Finding(CUT, Severity.WARNING, "", "", message, MORE))
    return list(kept.values()), findings


def _too_much(statements: int, repeated: int) -> Finding:
    """Small models get into loops: they say a statement again and again until they are stopped."""
    over = max(0, statements - MAX_STATEMENTS)
    message = f"of {statements} statements, {repeated} that repeat an earlier one and the last {over} were left out"
    return Finding("ANSWER-REPEATS", Severity.WARNING, "", "", message)


def _is_half(piece: Piece, truncated: bool) -> bool:
    """Whether the last statement lacks its end. A table or enum whose brackets are closed lacks nothing."""
    if piece.ended or piece.fault is Fault.CLOSED:
        return False
    whole = (_TABLE.match(piece.text) or _TYPE.match(piece.text)) and any(t.text == ")" for t in piece.tokens)
    return bool(piece.fault) or (truncated and not whole)


def _loss(piece: Piece, whole: Piece | None, half: bool) -> Finding:
    table = _table_name(piece) if _TABLE.match(piece.text) else ""
    rest = "what stands before the break was kept" if whole else "it was left out"
    if half:
        return Finding(CUT, Severity.WARNING, table, "", f"the answer stops inside of {piece.head}: {rest}", MORE)
    return Finding("ANSWER-BROKEN", Severity.ERROR, table, "", f"{piece.head} {piece.fault}: {rest}")


def _finished_columns(piece: Piece) -> Piece | None:
    """The table with those of its columns and keys that are followed by a comma; None if there are none.

    A comma on the table's own level ends a part for good, so nothing half is kept.
    """
    if not _TABLE.match(piece.text) or piece.fault not in (Fault.OPEN, Fault.QUOTE):
        return None
    commas = [i for i, token in enumerate(piece.tokens) if token.text == "," and token.depth == 1]
    if not commas:
        return None
    last = commas[-1]
    # A citation behind the comma belongs to the part before it, unless the cut went through it.
    behind = next((i for i, t in enumerate(piece.tokens) if i > last and t.kind not in ("space", "comment")), last + 1)
    text = piece.text[: piece.tokens[last].start] + "\n)"
    return Piece(text, piece.tokens[:behind], ended=True, fault=Fault.NONE)


def _cite(schema: Schema, pieces: list[Piece], lines: Mapping[int, Evidence]) -> tuple[Schema, list[Finding]]:
    """The schema with its evidence, and a finding for every citation of a line that is not there."""
    cited: dict[tuple[str, str], tuple[Evidence, ...]] = {}
    findings: list[Finding] = []
    for table, column, numbers in (c for piece in pieces if _TABLE.match(piece.text) for c in _citations(piece)):
        cited[table, column] = tuple(lines[n] for n in numbers if n in lines)
        wrong = ", ".join(str(n) for n in numbers if n not in lines)
        if wrong:
            message = f"the answer cites line {_short(wrong)}, which is not on the screens"
            findings.append(Finding("ANSWER-CITATION", Severity.WARNING, table, column, message))
    return Schema(tuple(_with_evidence(table, cited) for table in schema.tables)), findings


def _with_evidence(table: Table, cited: Mapping[tuple[str, str], tuple[Evidence, ...]]) -> Table:
    columns = tuple(replace(c, evidence=cited.get((table.name, c.name), ())) for c in table.columns)
    evidence = cited.get((table.name, ""), ())
    return replace(table, columns=columns, evidence=evidence, title=evidence[0].text if evidence else "")


def _citations(piece: Piece) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Table, column ("" for the table itself) and cited numbers of every comment that cites.

    A comment belongs to what was last written before it on its line.
    """
    table, column, fresh = _table_name(piece), "", True
    owner: str | None = ""
    for token in piece.tokens:
        if token.kind == "line":
            owner = None
        elif token.kind == "comment" and owner is not None:
            match = _CITATION.fullmatch(token.text)
            if match:
                yield table, owner, tuple(dict.fromkeys(map(int, match[1].split(","))))
        elif token.kind not in ("space", "comment"):
            if token.depth == 1 and fresh and token.kind in ("word", "name"):
                column, fresh = _name(token), False
            fresh = fresh or (token.depth == 1 and token.text == ",") or (token.depth == 0 and token.text == "(")
            owner = column


def _table_name(piece: Piece) -> str:
    """The name of the table that a CREATE TABLE makes: the last name before its bracket."""
    before = [t for t in takewhile(lambda t: t.text != "(", piece.tokens) if t.kind in ("word", "name")]
    return "" if before[-1].text.upper() == "TABLE" else _name(before[-1])


def _name(token: Token) -> str:
    """The name as `parse` gives it: without its quotes."""
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote) if quote in '"`' else token.text
