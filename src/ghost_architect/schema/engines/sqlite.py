"""SQLite, in memory, inside this process, fenced in the way its authors advise for hostile SQL.

https://www.sqlite.org/security.html: an authorizer that knows only what table definitions need,
low limits, a progress handler with a deadline, trusted_schema off, defensive mode. Nothing here
touches a file: the database is `:memory:` and ATTACH is both unauthorised and limited to zero.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from ..dialects import sqlite
from ..objects import ForeignKey, Index, OnDelete
from ..types import read, spell
from .base import Bench, Habits, Reason, Refused, SeenColumn, SeenTable

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 3,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
}
_SCHEMA_TABLES = frozenset({"sqlite_master", "sqlite_schema", "sqlite_sequence"})
_FUNCTIONS = frozenset(
    "lower upper length trim ltrim rtrim coalesce nullif abs round date time datetime json_valid like "
    "current_timestamp current_date current_time".split()
)
_ALTER_FUNCTIONS = frozenset(
    "substr substring printf format length quote glob sqlite_rename_test sqlite_rename_quotefix sqlite_fail".split()
)
"""What SQLite itself calls while it rewrites a table's text for ALTER TABLE ... ADD."""

_CREATES = frozenset(
    {sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_READ}
)
_ALTERS = frozenset({sqlite3.SQLITE_ALTER_TABLE, sqlite3.SQLITE_SELECT})
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_DATA = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_SAVEPOINT})
_PRAGMAS = frozenset({"table_xinfo", "index_list", "index_xinfo", "foreign_key_list"})
_OUR_PRAGMAS = frozenset({"foreign_keys", "legacy_alter_table", "foreign_key_check", "quick_check"})
_TOO_MUCH = "it takes more steps or memory than a definition may"
_quoted = sqlite.DIALECT.quoted
_SPELLINGS = {"blob": "bytea", "int": "integer"}
_CODES = (
    (sqlite3.SQLITE_CONSTRAINT_NOTNULL, Reason.NOT_NULL),
    (sqlite3.SQLITE_CONSTRAINT_CHECK, Reason.CHECK),
    (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Reason.UNIQUE),
    (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, Reason.UNIQUE),
    (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, Reason.FOREIGN_KEY),
    (sqlite3.SQLITE_INTERRUPT, Reason.DEADLINE),
)


class Sqlite:
    """The engine that is always there."""

    dialect = "sqlite"
    label = "sqlite"
    habits = Habits(moments_are_text=True, narrow_integers=False, exact_numbers=False)

    def version(self) -> str:
        """The version of the library that Python was built with."""
        return sqlite3.sqlite_version

    def warm(self) -> None:
        """Nothing to start."""

    @contextmanager
    def session(self, seconds: float, ours: bool = False) -> Iterator[SqliteSession]:
        """A database in memory."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            deadline = time.monotonic() + seconds
            _fence(connection)
            if not ours:
                _forget(connection, _FUNCTIONS | _ALTER_FUNCTIONS)
            # Not before: what is over the deadline is a statement of the session's, and not how it begins.
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 1_000)
            yield SqliteSession(connection, ours)
        finally:
            connection.close()

    def bench(self) -> AbstractContextManager[Bench]:
        """A database in memory for each."""
        return nullcontext(partial(self.session, ours=True))


def _fence(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DDL, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DML, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)


def _forget(connection: sqlite3.Connection, kept: frozenset[str]) -> None:
    """Make every other function unusable. The authorizer is not asked about those in a DEFAULT when a row comes
    (SQLite 3.40), and one call of `format('%.*c', 1000000000, 'x')` takes 3 s that nothing interrupts."""
    connection.set_authorizer(None)
    try:
        functions = connection.execute("PRAGMA function_list").fetchall()
    except sqlite3.Error as error:
        raise _refused(error) from None
    for name, _, _, _, arguments, _ in functions:
        if name not in kept:
            connection.create_function(name, arguments, None)


class SqliteSession:
    """One in-memory database."""

    version = sqlite3.sqlite_version
    caution = ""

    def __init__(self, connection: sqlite3.Connection, ours: bool = False) -> None:
        self._connection, self._ours = connection, ours
        self._depth = 0
        self._filling = False

    def run(self, statement: str) -> None:
        """One definition; the authorizer lets nothing else through, whatever the text says."""
        altering = statement[:5].upper() == "ALTER"
        self._connection.set_authorizer(_may_change if self._ours else _may_alter if altering else _may_create)
        self._execute(statement)

    def try_all(self, statements: Iterable[str]) -> None:
        """Definitions and `INSERT INTO ... DEFAULT VALUES` in one call, all of them undone: in two thirds of the time.

        Not inside of `undone`. The statements are ours, and have a semicolon nowhere: here nobody counts them.
        """
        self._connection.set_authorizer(_may_try)
        try:
            self._connection.executescript(";".join(["SAVEPOINT tried", *statements]))
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            raise _refused(error) from None
        except MemoryError:
            raise Refused(_TOO_MUCH) from None
        finally:
            self._connection.set_authorizer(_may_fill)
            self._execute("ROLLBACK TO tried")
            self._execute("RELEASE tried")

    def settle(self) -> None:
        """SQLite looks at what a foreign key points at only when it plans a write: plan one for every table."""
        for table in self.tables():
            self._connection.set_authorizer(_may_fill)
            self._execute(f"EXPLAIN INSERT INTO {_quoted(table.name)} DEFAULT VALUES")

    def tables(self) -> tuple[SeenTable, ...]:
        """The tables by SQLite's pragmas."""
        self._connection.set_authorizer(_may_look)
        names = [str(r[0]) for r in self._execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
        return tuple(self._table(name) for name in names if not name.startswith("sqlite_"))

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """SQLite undoes a refused statement by itself."""
        if not self._filling and not self._ours:
            _forget(self._connection, _FUNCTIONS)  # no ALTER comes any more, so what it calls can go
            self._filling = True
        self._connection.set_authorizer(_may_fill)
        names = ", ".join(_quoted(n) for n in row)
        body = f"({names}) VALUES ({', '.join('?' * len(row))})" if row else "DEFAULT VALUES"
        self._execute(f"INSERT INTO {_quoted(table)} {body}", tuple(row.values()))

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """Every row, each value cast to text."""
        self._connection.set_authorizer(_may_fill)
        wanted = ", ".join(f"CAST({_quoted(c)} AS TEXT)" for c in columns)
        return self._execute(f"SELECT {wanted} FROM {_quoted(table)}")

    def keep(self) -> None:
        """Every statement outside a block commits by itself."""

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A savepoint."""
        self._connection.set_authorizer(_may_fill)
        self._depth += 1
        name = f"undone_{self._depth}"
        self._execute(f"SAVEPOINT {name}")
        try:
            yield
        finally:
            self._depth -= 1
            self._connection.set_authorizer(_may_fill)
            self._execute(f"ROLLBACK TO {name}")
            self._execute(f"RELEASE {name}")

    def _execute(self, statement: str, values: Sequence[str | None] = ()) -> list[tuple[str | None, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError) as error:
            raise _refused(error) from None
        except MemoryError:  # what SQLite says of a program over SQLITE_LIMIT_VDBE_OP
            raise Refused(_TOO_MUCH) from None

    def _table(self, name: str) -> SeenTable:
        columns = self._execute(f"PRAGMA table_xinfo({_quoted(name)})")
        key = tuple(str(c[1]) for c in sorted((c for c in columns if c[5]), key=lambda c: int(c[5] or 0)))
        uniques: set[tuple[str, ...]] = set()
        indexes: set[Index] = set()
        for _, index, unique, origin, *_ in self._execute(f"PRAGMA index_list({_quoted(name)})"):
            found = self._execute(f"PRAGMA index_xinfo({_quoted(str(index))})")
            over = tuple("(expression)" if c[2] is None else str(c[2]) for c in found if c[5])
            if origin == "u":
                uniques.add(over)
            elif origin == "c":
                indexes.add(Index(over, bool(unique)))
        return SeenTable(
            name,
            tuple(_column(c, key) for c in columns),
            key,
            frozenset(uniques),
            frozenset(self._keys(name)),
            frozenset(indexes),
        )

    def _keys(self, table: str) -> Iterator[ForeignKey]:
        parts: dict[str, list[tuple[str | None, ...]]] = {}
        for row in self._execute(f"PRAGMA foreign_key_list({_quoted(table)})"):
            parts.setdefault(str(row[0]), []).append(row)
        for rows in parts.values():
            rows.sort(key=lambda r: int(r[1] or 0))
            target = str(rows[0][2])
            there = tuple(str(r[4]) for r in rows if r[4] is not None) or self._key_of(target)
            here = tuple(str(r[3]) for r in rows)
            yield ForeignKey(here, target, there, OnDelete(str(rows[0][6])))

    def _key_of(self, table: str) -> tuple[str, ...]:
        columns = [c for c in self._execute(f"PRAGMA table_xinfo({_quoted(table)})") if c[5]]
        return tuple(str(c[1]) for c in sorted(columns, key=lambda c: int(c[5] or 0)))


def _column(row: tuple[str | None, ...], key: tuple[str, ...]) -> SeenColumn:
    name, declared = str(row[1]), str(row[2] or "")
    rowid = key == (name,) and declared.upper() == "INTEGER"
    nullable = not int(row[3] or 0) and not rowid
    return SeenColumn(name, _logical(declared), nullable, rowid)


def _logical(declared: str) -> str:
    """A declared type in our spelling; SQLite keeps the words of the definition."""
    word = declared.lower()
    try:
        return spell(read(_SPELLINGS.get(word, word)))
    except ValueError:
        return declared


def _refused(error: Exception) -> Refused:
    code = getattr(error, "sqlite_errorcode", None)
    reason = next((r for c, r in _CODES if c == code), Reason.OTHER)
    return Refused("the time is up" if reason is Reason.DEADLINE else str(error), reason)


def _may_create(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """The authorizer while a CREATE runs: tables and indexes in `main`, and the schema table behind them."""
    if trigger is not None or database not in ("main", None):
        return sqlite3.SQLITE_DENY
    if action in _CREATES:
        return sqlite3.SQLITE_OK
    if action in _WRITES and first in _SCHEMA_TABLES:
        return sqlite3.SQLITE_OK
    known = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS
    return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY


def _may_alter(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """The authorizer while an ALTER TABLE runs, which SQLite carries out as queries on its schema table."""
    inside = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _ALTER_FUNCTIONS
    checking = action == sqlite3.SQLITE_PRAGMA and first == "quick_check"
    if database in ("main", None) and (action in _ALTERS or inside or checking):
        return sqlite3.SQLITE_OK
    return _may_create(action, first, second, database, trigger)


def _may_change(action: int, first: str | None, *_: str | None) -> int:
    """The authorizer for statements that we wrote: everything but what leaves the database."""
    outside = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    setting = action == sqlite3.SQLITE_PRAGMA and first not in _OUR_PRAGMAS
    return sqlite3.SQLITE_DENY if outside or setting else sqlite3.SQLITE_OK


def _may_fill(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """The authorizer while our own rows go in and out."""
    if action == sqlite3.SQLITE_INSERT and (first or "").startswith("sqlite_") and first not in _SCHEMA_TABLES:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and first == "sqlite_sequence":
        return sqlite3.SQLITE_OK
    known = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS
    return sqlite3.SQLITE_OK if action in _DATA or known else sqlite3.SQLITE_DENY


def _may_try(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """The authorizer while definitions and our own rows go in. It is asked ten times for each statement."""
    creating = action in _CREATES or (action in _WRITES and first in _SCHEMA_TABLES)
    if creating and trigger is None and database in ("main", None):
        return sqlite3.SQLITE_OK
    return _may_fill(action, first, second)


def _may_look(action: int, first: str | None, *_: str | None) -> int:
    """The authorizer while the catalogue is read."""
    known = action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS
    return sqlite3.SQLITE_OK if known or action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) else sqlite3.SQLITE_DENY
