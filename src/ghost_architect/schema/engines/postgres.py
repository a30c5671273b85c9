"""PostgreSQL 18, on the server that `pgserver` keeps for this process.

A session gets a database of random name, made from `template0` and dropped afterwards, and a role
without rights. `statement_timeout` is only the first fence, since `SET statement_timeout = 0` is
within everybody's rights: a watchdog on a connection of its own cancels, then terminates, what
still runs when the time is up.

The driver is pg8000 (BSD, pure Python, 0.6 MB with what it needs): psycopg 3 is LGPL and 12 MB
with its binaries, and on a local socket the round trips, not the driver, take the time. Every
statement goes through the extended protocol, which takes one statement and no more.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import EngineError
from ..objects import ForeignKey, Index, OnDelete
from ..types import read, spell
from . import pgserver
from .base import Habits, Reason, Refused, SeenColumn, SeenTable

if TYPE_CHECKING:
    from pg8000.native import Connection

_GRACE = 0.5
"""Seconds between cancelling and terminating."""

_REASONS = {
    "23502": Reason.NOT_NULL,
    "23514": Reason.CHECK,
    "22P02": Reason.ENUM,
    "23505": Reason.UNIQUE,
    "23503": Reason.FOREIGN_KEY,
    "57014": Reason.DEADLINE,
    "57P01": Reason.DEADLINE,
}
"""SQLSTATE by https://www.postgresql.org/docs/18/errcodes-appendix.html"""

_roles = threading.Lock()
_ROLE = f"""DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{pgserver.RUNNER}') THEN
CREATE ROLE {pgserver.RUNNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
END IF; END $$"""

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
    (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.oid, a.attnum"""

_CONSTRAINTS = """
SELECT c.relname, k.contype::text,
    (SELECT array_agg(a.attname::text ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n),
    f.relname,
    (SELECT array_agg(a.attname::text ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n),
    k.confdeltype::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE n.nspname = 'public' AND k.contype IN ('p', 'u', 'f')"""

_INDEXES = """
SELECT c.relname, i.indisunique,
    (SELECT array_agg(coalesce(a.attname::text, '(expression)') ORDER BY o)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, o)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0
        WHERE o <= i.indnkeyatts)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
    AND k.contype IN ('p', 'u', 'x'))"""

_ACTIONS = {
    "a": OnDelete.NO_ACTION,
    "r": OnDelete.RESTRICT,
    "c": OnDelete.CASCADE,
    "n": OnDelete.SET_NULL,
    "d": OnDelete.SET_DEFAULT,
}
_SPELLINGS = (
    ("character varying", "varchar"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time without time zone", "time"),
    ("character", "char"),
)


class Postgres:
    """The engine from the extra `[postgres]`."""

    dialect = "postgres"
    habits = Habits()

    def version(self) -> str:
        """The version of the server in the wheel."""
        return pgserver.version()

    def warm(self) -> None:
        """Start the server in the background; an error comes up again in `session`."""
        if self.version():
            # No daemon: a process that ends meanwhile waits for the start, and then stops what was started.
            threading.Thread(target=_start_quietly, name="ghost-pg-start").start()

    @contextmanager
    def session(self, seconds: float) -> Iterator[PostgresSession]:
        """A database of its own."""
        if not self.version():
            raise EngineError(pgserver.MISSING, hint=pgserver.INSTALL)
        socket, name = pgserver.server().socket, f"ghost_{secrets.token_hex(8)}"
        try:
            with contextlib.closing(_connect(socket, pgserver.ADMIN, "postgres")) as admin:
                _create(admin, socket, name, seconds)
                try:
                    with _watched(socket, name, seconds) as (connection, fired):
                        yield PostgresSession(connection, fired)
                finally:
                    admin.run(f"DROP DATABASE {name} WITH (FORCE)")
        except _errors() as error:
            raise EngineError(f"PostgreSQL failed: {_message(error)}") from error


def _start_quietly() -> None:
    with contextlib.suppress(EngineError):
        pgserver.server()


def _connect(socket: str, user: str, database: str, timeout: float | None = None) -> Connection:
    from pg8000.native import Connection

    # ssl_context=False: no TLS on a socket, and loading the machine's certificates takes 25 ms
    return Connection(user, unix_sock=socket, database=database, timeout=timeout, ssl_context=False)


def _errors() -> tuple[type[Exception], ...]:
    from pg8000.exceptions import DatabaseError, InterfaceError

    return DatabaseError, InterfaceError, OSError


def _create(admin: Connection, socket: str, name: str, seconds: float) -> None:
    """The database, with its schema `public` in the hands of the runner and nothing else."""
    with _roles:  # two runs of one process must not both find the role missing
        admin.run(_ROLE)
    admin.run(f"CREATE DATABASE {name} TEMPLATE template0")
    admin.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    admin.run(f"GRANT CONNECT ON DATABASE {name} TO {pgserver.RUNNER}")
    milliseconds = max(1, int(seconds * 1000))
    for setting in (f"statement_timeout = {milliseconds}", f"lock_timeout = {milliseconds}"):
        admin.run(f"ALTER ROLE {pgserver.RUNNER} IN DATABASE {name} SET {setting}")
    with contextlib.closing(_connect(socket, pgserver.ADMIN, name)) as inside:
        inside.run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        inside.run(f"GRANT USAGE, CREATE ON SCHEMA public TO {pgserver.RUNNER}")


@contextmanager
def _watched(socket: str, name: str, seconds: float) -> Iterator[tuple[Connection, threading.Event]]:
    """The runner's connection with a watchdog and, behind it, a limit on the socket; and whether the dog has bitten."""
    connection = _connect(socket, pgserver.RUNNER, name, timeout=seconds + 10 * _GRACE)
    stopped, fired = threading.Event(), threading.Event()
    arguments = (socket, name, seconds, stopped, fired)
    dog = threading.Thread(target=_watch, args=arguments, name="ghost-pg-watch", daemon=True)
    dog.start()
    try:
        yield connection, fired
    finally:
        stopped.set()
        with contextlib.suppress(*_errors()):
            connection.close()
        dog.join()


def _watch(socket: str, name: str, seconds: float, stopped: threading.Event, fired: threading.Event) -> None:
    """Stop everything the runner does in this database when the time is up."""
    if stopped.wait(seconds):
        return
    fired.set()
    query = "SELECT {}(pid) FROM pg_stat_activity WHERE datname = :name AND usename = :user"
    with contextlib.suppress(*_errors()), contextlib.closing(_connect(socket, pgserver.ADMIN, "postgres")) as admin:
        admin.run(query.format("pg_cancel_backend"), name=name, user=pgserver.RUNNER)
        if not stopped.wait(_GRACE):
            admin.run(query.format("pg_terminate_backend"), name=name, user=pgserver.RUNNER)


class PostgresSession:
    """One database of the server."""

    def __init__(self, connection: Connection, fired: threading.Event) -> None:
        self._connection = connection
        self._fired = fired
        self._depth = 0
        self._begun = False

    def run(self, statement: str) -> None:
        """One definition, as the role without rights."""
        self._execute(statement)

    def settle(self) -> None:
        """PostgreSQL checks everything when it is defined."""

    def tables(self) -> tuple[SeenTable, ...]:
        """The tables by PostgreSQL's catalogue."""
        columns: dict[str, list[SeenColumn]] = {}
        for table, name, type_, nullable, identity, values in self._execute(_COLUMNS):
            found = columns.setdefault(table, [])
            if name is not None:
                spelled = "text" if values else _logical(type_)
                found.append(SeenColumn(name, spelled, nullable, identity, tuple(values or ())))
        constraints, indexes = self._execute(_CONSTRAINTS), self._execute(_INDEXES)
        return tuple(
            SeenTable(
                name,
                tuple(found),
                next((tuple(k[2]) for k in constraints if k[:2] == [name, "p"]), ()),
                frozenset(tuple(k[2]) for k in constraints if k[:2] == [name, "u"]),
                frozenset(
                    ForeignKey(tuple(k[2]), k[3], tuple(k[4]), _ACTIONS[k[5]])
                    for k in constraints
                    if k[:2] == [name, "f"]
                ),
                frozenset(Index(tuple(i[2]), i[1]) for i in indexes if i[0] == name),
            )
            for name, found in columns.items()
        )

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """One row; all values go as texts of unknown type, which PostgreSQL reads as the column's type."""
        names = ", ".join(_quoted(n) for n in row)
        places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
        body = f"({names}) VALUES ({places})" if row else "DEFAULT VALUES"
        self._begin()
        self._execute("SAVEPOINT one_row")
        try:
            self._execute(f"INSERT INTO {_quoted(table)} {body}", tuple(row.values()))
        except Refused:
            self._execute("ROLLBACK TO one_row")
            raise
        self._execute("RELEASE one_row")

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """Every row, each value cast to text."""
        wanted = ", ".join(f"{_quoted(c)}::text" for c in columns)
        return [tuple(r) for r in self._execute(f"SELECT {wanted} FROM {_quoted(table)}")]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A savepoint."""
        self._begin()
        self._depth += 1
        name = f"undone_{self._depth}"
        self._execute(f"SAVEPOINT {name}")
        try:
            yield
        finally:
            self._depth -= 1
            self._execute(f"ROLLBACK TO {name}")

    def _begin(self) -> None:
        """Rows live in one transaction that never ends well."""
        if not self._begun:
            self._execute("BEGIN")
            self._begun = True

    def _execute(self, statement: str, values: Sequence[str | None] = ()) -> list[list[Any]]:
        try:
            return self._connection.execute_unnamed(statement, vals=tuple(values)).rows or []
        except _errors() as error:  # a terminated connection fails in several ways, some without an SQLSTATE
            raise _refused(error, self._fired.is_set()) from None


def _logical(type_: str) -> str:
    """PostgreSQL's own name of a type in our spelling."""
    for theirs, ours in _SPELLINGS:
        if type_ == theirs or type_.startswith(theirs + "("):
            type_ = ours + type_[len(theirs) :]
            break
    try:
        return spell(read(type_))
    except ValueError:
        return type_


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refused(error: Exception, late: bool) -> Refused:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    reason = _REASONS.get(fields.get("C", ""), Reason.OTHER)
    timed_out = late or reason is Reason.DEADLINE or isinstance(error, TimeoutError)
    return Refused("the time is up", Reason.DEADLINE) if timed_out else Refused(_message(error), reason)


def _message(error: Exception) -> str:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return " ".join(str(fields.get("M") or error).split())
