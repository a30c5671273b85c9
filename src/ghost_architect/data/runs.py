"""Run many scripts in little time: each distinct one once, on SQLite in memory.

    PostgreSQL text -> statements -> what SQLite writes otherwise, changed -> session -> refused? -> the long road
    schema of a pair -> ddl(sqlite) -> session

The short road is no reader: it changes words, and what SQLite then takes is good. Only what it refuses is read
properly (`parse`, `ddl`, `execute`), and what is said of it is said by that. Nothing here needs to be trusted:
the session's authorizer lets CREATE TABLE and CREATE INDEX in memory through and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from ghost_architect.errors import SqlError
from ghost_architect.schema import allow
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.engines.base import Reason, Refused
from ghost_architect.schema.engines.sqlite import Sqlite, SqliteSession
from ghost_architect.schema.execute import execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.parse import parse

from .answers import tables

_KEPT = 50_000
"""Results that are kept: a few megabytes."""

_SESSION_RUNS, _SESSION_SECONDS = 500, 60.0
"""A session is used so often; its deadline is for all of them."""

_PIECE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|;", re.DOTALL)
_RUNS = re.compile(r"create\s+(?:table|(?:unique\s+)?index)\b", re.IGNORECASE)
_SKIPPED = re.compile(
    r"(?:create\s+type\s+\S+\s+as\s+enum\s*\(|comment\s+on\s+(?:table|column)\s|alter\s+table\s+\S+\s+add\s+(?:constraint\s+\S+\s+)?foreign\s+key)",
    re.IGNORECASE,
)
_ENUM = re.compile(r"create\s+type\s+\"?(\w+)", re.IGNORECASE)
_CHANGED = (
    (re.compile(r"\bgenerated\s+(?:by\s+default|always)\s+as\s+identity(?:\s*\([^)]*\))?", re.IGNORECASE), ""),
    (re.compile(r"\bdefault\s+gen_random_uuid\s*\(\s*\)", re.IGNORECASE), ""),
    (re.compile(r"\bdefault\s+now\s*\(\s*\)", re.IGNORECASE), "DEFAULT CURRENT_TIMESTAMP"),
)
_CREATED = re.compile(r"create\s+table\s+(?:if\s+not\s+exists\s+)?\"?(\w+)", re.IGNORECASE)
_COLUMN = re.compile(r"[(,]\s*\"?\w+\"?\s+\"?([a-z_]\w*)", re.IGNORECASE)
_TYPES = frozenset(
    """bigint integer int smallint serial bigserial numeric decimal real double float boolean bool varchar character
    char text date time timestamp timestamptz timetz interval uuid json jsonb bytea inet citext""".split()
)
_CALL = re.compile(r"\b([a-z_]\w*)\s*\(", re.IGNORECASE)
_BEFORE_BRACKET = allow.FUNCTIONS | frozenset("check key unique in and or not default any".split())
_NO_TYPES = frozenset("is and or in not between like key asc desc".split())
"""What may stand behind a name and a bracket without being the type of a column."""


class Runner:
    """Runs scripts; one for each process."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._stack = ExitStack()
        self._session: SqliteSession | None = None
        self._left = 0
        self.ran = 0

    def close(self) -> None:
        """Close the session."""
        self._stack.close()

    def script(self, sql: str) -> str:
        """Why a script in PostgreSQL's words does not run; empty where it does."""
        return self._once(sql.encode("utf-8", "replace"), lambda: "" if self._short(sql) else _long(sql))

    def statements(self, made: Iterable[str]) -> str:
        """Why SQLite refuses statements that `ddl` wrote for it; empty where it takes them."""
        return self._refusal(made)

    def _once(self, what: bytes, run: Callable[[], str]) -> str:
        key = hashlib.blake2b(what, digest_size=16).digest()
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        self.ran += 1
        said = self._known[key] = run()
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return said

    # --- the short road ---

    def _short(self, sql: str) -> bool:
        """Whether SQLite takes it, with few words changed. False says nothing but that it has to be looked at."""
        found = list(_statements(sql))
        if not found or len(found) > allow.MAX_STATEMENTS:
            return False
        runs: list[str] = []
        enums: set[str] = set()
        for statement in found:
            if _RUNS.match(statement):
                runs.append(statement)
            elif not _SKIPPED.match(statement):
                return False
            elif match := _ENUM.match(statement):
                enums.add(match[1].lower())
        whole = "\n".join(runs)
        created, referred = tables(whole)
        called = {word.lower() for word in _CALL.findall(whole)} - created - _TYPES - _BEFORE_BRACKET
        if called or referred - created or _unknown_types(whole) - enums:
            return False
        return not self._refusal(map(_changed, runs))

    def _refusal(self, wanted: Iterable[str]) -> str:
        """What SQLite says to these statements; empty where it takes them and could take rows."""
        session = self._opened()
        with session.undone():
            at = ""
            try:
                for statement in wanted:
                    at = " ".join(statement.split()[:3])[:60]
                    session.run(statement)
                    match = _CREATED.match(statement)
                    if match and "REFERENCES" in statement.upper():
                        _plan_row(session, match[1])
            except Refused as refusal:
                return f"{at}: {refusal}"
        return ""

    def _opened(self) -> SqliteSession:
        if self._session is None or self._left == 0:
            self._stack.close()
            self._session = self._stack.enter_context(Sqlite().session(_SESSION_SECONDS))
            self._left = _SESSION_RUNS
        self._left -= 1
        return self._session


def _plan_row(session: SqliteSession, table: str) -> None:
    """SQLite looks at what a key points at when it plans a write; the row itself may be refused."""
    try:
        session.insert(table, {})
    except Refused as refusal:
        if refusal.reason is Reason.OTHER and "no such table" not in str(refusal):
            raise


def _statements(sql: str) -> Iterator[str]:
    """The statements of a script without comments."""
    out: list[str] = []
    at = 0
    for match in _PIECE.finditer(sql):
        out.append(sql[at : match.start()])
        at = match.end()
        if match[0] == ";":
            yield from filter(None, ["".join(out).strip()])
            out = []
        elif match[0][0] in "'\"":
            out.append(match[0])
        else:
            out.append(" ")
    rest = ("".join(out) + sql[at:]).strip()
    if rest:
        yield rest


def _changed(statement: str) -> str:
    for pattern, word in _CHANGED:
        statement = pattern.sub(word, statement)
    return statement


def _unknown_types(sql: str) -> set[str]:
    """Words that stand where a column's type does and are none that is known."""
    return {word.lower() for word in _COLUMN.findall(sql)} - _TYPES - _NO_TYPES


# --- the long road ---


def _long(sql: str) -> str:
    """Why a script does not run, said by those who read it properly."""
    try:
        allow.statements(sql, "postgres")
        read = parse(sql)
    except SqlError as refusal:
        return refusal.message
    unread = next((f for f in read.unread if f.severity is not Severity.INFO), None)
    if unread is not None:
        return f"not understood: {unread.message}"
    if not read.schema.tables:
        return "holds no table"
    done = execute(ddl(read.schema, "sqlite"), "sqlite", "sqlite", seconds=10)
    return done.error or next((d.message for d in done.differences if d.severity is Severity.ERROR), "")


# --- migrations ---

_ALTERED = re.compile(
    r"^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?\"?(\w+)\"?(?:\s+rename\s+to\s+\"?(\w+))?", re.IGNORECASE
)
_KNOWN_HEADS = re.compile(
    r"(?:create\s+(?:table|type|(?:unique\s+)?index|extension|or\s+replace)|alter\s+(?:table|type|index|sequence)|drop\s+(?:table|type|index|constraint)|begin|commit"
    r"|insert\s+into|update|delete\s+from|comment\s+on|set|select|do|lock\s+table|pragma|start\s+transaction|truncate)\b",
    re.IGNORECASE,
)


def migration(sql: str, before: str) -> str:
    """What a migration gets wrong that can be seen without running it; empty where that is nothing.

    Its brackets and quotes are closed, its statements are some, and it alters tables that are there.
    """
    known = tables(before)[0]
    checks = bool(known)
    for number, statement in enumerate(_statements(sql), 1):
        bare = _PIECE.sub("", statement)
        if bare.count("(") != bare.count(")"):
            return f"statement {number}: a bracket is not closed"
        if "'" in bare or '"' in bare:
            return f"statement {number}: a quote is not closed"
        if not _KNOWN_HEADS.match(statement):
            return f"statement {number} ({' '.join(statement.split()[:3])[:60]}) is no SQL"
        known |= tables(statement)[0]
        if (match := _ALTERED.match(statement)) and checks:
            if match[1].lower() not in known:
                return f"statement {number}: alters {match[1]}, and there is no such table"
            if match[2]:
                known.add(match[2].lower())
    return ""
