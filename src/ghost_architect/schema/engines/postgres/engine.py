"""PostgreSQL: a server of our own (`server`), or the one that a URL names.

A session gets a database of random name, made from `template0` and dropped afterwards, and a role
of the same name, without rights and dropped too: a role may change its own settings (`ALTER ROLE
... SET`) and end its own connections, so two sessions never share one. Where our account may make
no role, it runs the script itself, and says so. `statement_timeout` is only the first fence, since
`SET statement_timeout = 0` is within everybody's rights: a watchdog on a connection of its own
cancels, then terminates, what still runs when the time is up. PostgreSQL looks at such signals
between rows and in some functions, so 800 calls of `md5` on 50 MB in one expression heard neither;
then the watchdog stops a server of our own, and the next session starts another.

The driver is pg8000 (BSD, pure Python, 0.6 MB with what it needs): psycopg 3 is LGPL and 12 MB
with its binaries, and on a local socket the round trips, not the driver, take the time. Every
statement from outside goes through the extended protocol, which takes one statement and no more.

A `bench` makes one such database for many schemas of ours: making and dropping it takes longer than
proving a schema in it.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ....errors import EngineError
from ...dialects import postgres
from ..address import Address
from ..base import Bench, Habits, Refused
from . import server as own
from .client import NOT_GRANTED, NOT_LET_IN, close, code, connect, errors, message
from .session import PostgresSession, SharedSession

if TYPE_CHECKING:
    from pg8000.native import Connection

_GRACE = 0.5
"""Seconds between cancelling, terminating, and stopping the server."""

_OLDEST = 13
"""The first version with `gen_random_uuid()` and `DROP DATABASE ... WITH (FORCE)`."""

_RIGHTS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
"""What the role that runs a script from outside may not do; it owns nothing but what it makes."""

_WHO = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int, r.rolsuper, r.rolcreaterole,
    (now() + interval '1 hour')::text
FROM pg_roles r WHERE r.rolname = current_user"""


@dataclass(frozen=True, slots=True)
class _Server:
    """Where sessions are made: `own` is ours, whose watchdog may stop it. `expires` is an hour from now, there."""

    address: Address
    own: bool
    admin: Connection
    version: str
    number: int
    superuser: bool
    makes_roles: bool
    expires: str


class Postgres:
    """The engine from the extra `[postgres]`.

    Args:
        address: a server of the user's; None for one of our own.
    """

    dialect = "postgres"
    habits = Habits()

    def __init__(self, address: Address | None = None) -> None:
        self._address = address
        self._seen_version = ""
        self.label = address.label if address else self.dialect

    def version(self) -> str:
        """The version of the server in the wheel, or that of the user's once a session was there."""
        return self._seen_version if self._address else own.version()

    def warm(self) -> None:
        """Start our own server in the background."""
        if self._address is None and self.version():
            own.SERVER.warm()

    @contextmanager
    def session(self, seconds: float, ours: bool = False) -> Iterator[PostgresSession]:
        """A database of its own; whoever runs there owns what they make."""
        name = f"ghost_{secrets.token_hex(8)}"
        try:
            with _administered(self._address) as server:
                self._seen_version = server.version
                with _made(server, name) as (runner, caution), _watched(server, runner, name, seconds) as watched:
                    yield PostgresSession(*watched, server.version, caution)
        except errors() as error:
            raise EngineError(f"PostgreSQL failed: {message(error)}") from error

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        """One database and one role for all, a transaction for each, which is rolled back.

        The catalogue keeps what is rolled back until the database goes: a bench is for some hundred schemas. Only
        `statement_timeout` and the limit on the socket stand behind what runs here.
        """
        name = f"ghost_{secrets.token_hex(8)}"
        try:
            with _administered(self._address) as server:
                self._seen_version = server.version
                with _made(server, name) as (runner, caution):
                    connection = connect(runner, name)
                    try:
                        yield partial(_shared, connection, server.version, caution)
                    finally:
                        close(connection)
        except errors() as error:
            raise EngineError(f"PostgreSQL failed: {message(error)}") from error


@contextmanager
def _shared(connection: Connection, version: str, caution: str, seconds: float) -> Iterator[PostgresSession]:
    """A session in a transaction of its own on a connection that others use before and after."""
    connection.run(_settings(seconds))
    session = SharedSession(connection, version, caution)
    try:
        yield session
    finally:
        try:
            session.undo()
        except Refused as refusal:
            raise EngineError(f"PostgreSQL failed: {refusal}") from refusal


def _own_address() -> Address:
    if not own.version():
        raise EngineError(own.MISSING, hint=own.INSTALL)
    return Address("postgres", own.ADMIN, socket=own.SERVER.get().socket, database="postgres")


@contextmanager
def _administered(address: Address | None) -> Iterator[_Server]:
    """The server, over a connection of the account that was named. It may be gone when that is closed.

    Raises:
        EngineError: there is no connection, or the server is too old.
    """
    where = address or _own_address()
    admin = connect(where)
    try:
        version, number, superuser, makes_roles, expires = admin.run(_WHO)[0]
        if number // 10_000 < _OLDEST:
            raise EngineError(f"PostgreSQL {version} is too old", hint=f"PostgreSQL {_OLDEST} or later")
        yield _Server(
            where, address is None, admin, version.split()[0], number, superuser, superuser or makes_roles, expires
        )
    finally:
        close(admin)


@contextmanager
def _made(server: _Server, name: str) -> Iterator[tuple[Address, str]]:
    """A new database, who runs the script in it, and a word of caution; afterwards all is gone."""
    address = server.address
    with contextlib.ExitStack() as afterwards:

        def undo_with(statement: str) -> None:
            afterwards.callback(_undo, server, statement)

        runner = _runner(server, name, undo_with) if server.makes_roles else address
        try:
            server.admin.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        except errors() as error:
            raise _why_no_database(address, name, error) from error
        undo_with(f"DROP DATABASE {name} WITH (FORCE)")
        server.admin.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        if runner is not address:
            server.admin.run(f"GRANT CONNECT ON DATABASE {name} TO {name}")
            _open_public(server, name)
        caution = f"ran with the rights of {address.user}, who may make no role without rights (CREATEROLE)"
        yield runner, "" if runner is not address else caution


def _runner(server: _Server, name: str, undo_with: Callable[[str], None]) -> Address:
    """A role without rights, whose password is forgotten with this process and good for an hour."""
    password = secrets.token_hex(16)
    server.admin.run(f"CREATE ROLE {name} {_RIGHTS} PASSWORD '{password}' VALID UNTIL '{server.expires}'")
    undo_with(f"DROP ROLE {name}")
    if not server.superuser:  # who ends another role's connections has to be a member of it
        inherit = " WITH INHERIT TRUE" if server.number >= 160_000 else ""
        server.admin.run(f"GRANT {name} TO CURRENT_USER{inherit}")
    return server.address.at(name, password)


def _open_public(server: _Server, name: str) -> None:
    """The schema `public` in the hands of the runner and nobody else."""
    if not server.superuser and server.number < 150_000:
        return  # it is not ours there, and open to everyone
    with contextlib.closing(connect(server.address, name)) as inside:
        inside.run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        inside.run(f"GRANT USAGE, CREATE ON SCHEMA public TO {name}")


def _why_no_database(address: Address, name: str, error: Exception) -> EngineError:
    """Why no database could be made, and the right that is missing."""
    if code(error) == NOT_GRANTED:
        why = f"{address.user} may make no database at {address.place}, and existing ones are never used"
        return EngineError(why, hint=f"ALTER ROLE {postgres.DIALECT.quoted(address.user)} CREATEDB")
    if not code(error):
        why = f"{address.place} broke off while it made the database {name}"
        return EngineError(why, hint=f"DROP DATABASE {name}, if it is there")
    return EngineError(f"{address.place} makes no database: {message(error)}")


def _undo(server: _Server, statement: str) -> None:
    """Remove something that was made; over a new connection where the old one is gone."""
    if server.own and not Path(server.address.socket).exists():
        return  # the watchdog has stopped the server, which took everything with it
    try:
        server.admin.run(statement)
    except errors():
        try:
            with contextlib.closing(connect(server.address)) as again:
                again.run(statement)
        except (EngineError, *errors()) as error:  # type: ignore[misc]  # mypy 2 does not follow the star
            if server.own:  # it crashed, or holds on to something; it takes everything with it
                own.SERVER.abandon(server.address.socket)
                return
            raise EngineError(f"something was left behind at {server.address.place}", hint=statement) from error


# --- the watchdog ---


@contextmanager
def _watched(
    server: _Server, runner: Address, name: str, seconds: float
) -> Iterator[tuple[Connection, threading.Event]]:
    """The runner's connection with a watchdog and, behind it, a limit on the socket; and whether the dog has bitten."""
    stopped, fired = threading.Event(), threading.Event()
    with contextlib.ExitStack() as afterwards:
        try:
            connection = connect(runner, name, seconds + 10 * _GRACE)
        except EngineError as error:
            if error.__cause__ is None or code(error.__cause__) not in NOT_LET_IN:
                raise
            why = f"{server.address.place} lets no new role in (pg_hba.conf)"
            raise EngineError(why, hint="use an account with CREATEDB and without CREATEROLE") from error
        afterwards.callback(close, connection)
        kennel = connect(server.address)
        afterwards.callback(close, kennel)
        process = connection.run(_settings(seconds))[0][0]
        arguments = (server, kennel, process, seconds, stopped, fired)
        dog = threading.Thread(target=_watch, args=arguments, name="ghost-pg-watch", daemon=True)
        afterwards.callback(dog.join)
        afterwards.callback(stopped.set)
        dog.start()
        yield connection, fired


def _settings(seconds: float) -> str:
    """A query that sets what a session needs, whatever is set on the server, and gives its process."""
    milliseconds = max(1, int(seconds * 1000))
    wanted = {
        "standard_conforming_strings": "on",  # as `allow` reads text
        "search_path": "public",
        "default_tablespace": "",
        "default_transaction_read_only": "off",
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
        "lock_timeout": str(milliseconds),
        "statement_timeout": str(milliseconds),
    }
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
    return f"SELECT pg_backend_pid(), {settings}"


def _watch(
    server: _Server,
    kennel: Connection,
    process: int,
    seconds: float,
    stopped: threading.Event,
    fired: threading.Event,
) -> None:
    """Stop what the runner does when the time is up."""
    if stopped.wait(seconds):
        return
    fired.set()
    with contextlib.suppress(*errors()):
        kennel.run("SELECT pg_cancel_backend(:process)", process=process)
        if stopped.wait(_GRACE):
            return
        kennel.run("SELECT pg_terminate_backend(:process)", process=process)
        still_there = "SELECT FROM pg_stat_activity WHERE pid = :process"
        if not stopped.wait(_GRACE) and server.own and kennel.run(still_there, process=process):
            own.SERVER.abandon(server.address.socket)
