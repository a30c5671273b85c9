"""MariaDB and MySQL: a server of our own (`server`), or the one that a URL names.

A session gets a database of random name, dropped afterwards, and an account of random name and
password, dropped too, whose rights end at that database. Where our account may make no other, it
runs the script itself, and says so. A watchdog on a connection of its own kills the statement, then
the connection, when the time is up, and at last a server of our own: `max_statement_time` is within
everybody's rights to change, and MySQL has none for definitions.

A definition commits at once in MySQL; only rows are undone. The driver is PyMySQL (MIT, pure
Python), which sends one statement a call.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ....errors import EngineError
from ..address import Address
from ..base import Bench, Habits
from . import server as own
from .client import LOST, NOT_GRANTED, ask, close, connect, errors, message, number
from .session import MariaDbSession

if TYPE_CHECKING:
    from pymysql.connections import Connection

_GRACE = 0.5
"""Seconds between killing the statement, the connection, and the server."""

_OLDEST = {"MariaDB": (10, 5, 0), "MySQL": (8, 0, 16)}
"""The first version that enforces CHECK and takes what the dialect writes."""

_RIGHTS = "SELECT, INSERT, CREATE, ALTER, INDEX, REFERENCES"
_OUR_RIGHTS = ", UPDATE, DELETE, DROP"
_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""Both servers' default, as far as both know it; `allow` reads text as this mode does (quotes, backslashes)."""

_SETTINGS = (
    f"sql_mode = '{_MODE}'",
    "default_storage_engine = InnoDB",
    "foreign_key_checks = 1",
    "lock_wait_timeout = 30",
    "time_zone = '+00:00'",
)


@dataclass(frozen=True, slots=True)
class _Server:
    """Where sessions are made: `own` is ours, whose watchdog may stop it. `account` is `user@host` as it knows us."""

    address: Address
    own: bool
    admin: Connection
    version: str
    account: tuple[str, str]


class MariaDb:
    """The engine from the extra `[mysql]`.

    Args:
        address: a server of the user's; None for one of our own.
    """

    dialect = "mysql"
    habits = Habits(folds_texts=True)

    def __init__(self, address: Address | None = None) -> None:
        self._address = address
        self._seen_version = ""
        self.label = address.label if address else self.dialect

    def version(self) -> str:
        """The version of the installed server, or that of the user's once a session was there."""
        return self._seen_version if self._address else own.version()

    def warm(self) -> None:
        """Start our own server in the background."""
        if self._address is None and self.version():
            own.SERVER.warm()

    @contextmanager
    def session(self, seconds: float, ours: bool = False) -> Iterator[MariaDbSession]:
        """A database of its own."""
        name = f"ghost_{secrets.token_hex(8)}"
        try:
            with _administered(self._address) as server:
                self._seen_version = server.version
                with _made(server, name, ours) as (runner, caution), _watched(server, runner, name, seconds) as watched:
                    yield MariaDbSession(*watched, name, server.version, caution)
        except errors() as error:
            raise EngineError(f"MySQL failed: {message(error)}") from error

    def bench(self) -> AbstractContextManager[Bench]:
        """A database for each: definitions commit."""
        return nullcontext(partial(self.session, ours=True))


# --- connections ---


def _own_address() -> Address:
    if not own.version():
        raise EngineError(own.MISSING, hint=own.INSTALL)
    server = own.SERVER.get()
    return Address("mysql", own.ADMIN, server.password, socket=server.socket)


@contextmanager
def _administered(address: Address | None) -> Iterator[_Server]:
    """The server, over a connection of the account that was named. It may be gone when that is closed.

    Raises:
        EngineError: there is no connection, or the server is too old.
    """
    where = address or _own_address()
    admin = connect(where)
    try:
        said, account = ask(admin, "SELECT VERSION(), CURRENT_USER()")[0]
        user, _, host = account.rpartition("@")
        yield _Server(where, address is None, admin, _checked_version(said), (user, host))
    finally:
        close(admin)


def _checked_version(said: str) -> str:
    """The server's kind and version.

    Raises:
        EngineError: it is too old to be asked.
    """
    kind = "MariaDB" if "mariadb" in said.lower() else "MySQL"
    plain = said.removeprefix("5.5.5-")  # so begins a MariaDB that stands behind a proxy
    if tuple(int(n) for n in re.findall(r"\d+", plain)[:3]) < _OLDEST[kind]:
        oldest = ".".join(map(str, _OLDEST[kind]))
        raise EngineError(f"{kind} {plain} is too old", hint=f"{kind} {oldest} or later")
    return f"{kind} {plain.split('-')[0]}"


# --- a database of our own ---


@contextmanager
def _made(server: _Server, name: str, ours: bool) -> Iterator[tuple[Address, str]]:
    """A new database, who runs the script in it, and a word of caution; afterwards all is gone."""
    with contextlib.ExitStack() as afterwards:

        def undo_with(statement: str) -> None:
            afterwards.callback(_undo, server, statement)

        try:
            ask(server.admin, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        except errors() as error:
            raise _why_no_database(server, name, error) from error
        undo_with(f"DROP DATABASE {name}")
        runner = _runner(server, name, ours, undo_with)
        caution = f"ran with the rights of {server.address.user}, who may make no account without rights (CREATE USER)"
        yield runner or server.address, "" if runner else caution


def _runner(server: _Server, name: str, ours: bool, undo_with: Callable[[str], None]) -> Address | None:
    """An account with rights on this database only; None where ours may make none."""
    account = f"{name}@{server.admin.escape(server.account[1])}"
    password = f"aA1.{secrets.token_hex(16)}"  # as the plugins that judge passwords want them
    escaped = name.replace("_", r"\_")  # in a GRANT a bare _ stands for any character
    try:
        ask(server.admin, f"CREATE USER {account} IDENTIFIED BY '{password}'")
        undo_with(f"DROP USER {account}")
        ask(server.admin, f"GRANT {_RIGHTS}{_OUR_RIGHTS * ours} ON `{escaped}`.* TO {account}")
    except errors() as error:
        if number(error) in NOT_GRANTED:
            return None
        raise
    return server.address.at(name, password)


def _why_no_database(server: _Server, name: str, error: Exception) -> EngineError:
    """Why no database could be made, and the right that is missing."""
    place = server.address.place
    if number(error) in LOST:
        why = f"{place} broke off while it made the database {name}"
        return EngineError(why, hint=f"DROP DATABASE {name}, if it is there")
    if number(error) not in NOT_GRANTED:
        return EngineError(f"{place} makes no database: {message(error)}")
    user, host = server.account
    why = f"{server.address.user} may make no database at {place}, and existing ones are never used"
    return EngineError(why, hint=rf"GRANT ALL ON `ghost\_%`.* TO '{user}'@'{host}'")


def _undo(server: _Server, statement: str) -> None:
    """Remove something that was made; over a new connection where the old one is gone."""
    if server.own and not Path(server.address.socket).exists():
        return  # the watchdog has stopped the server, which took everything with it
    try:
        ask(server.admin, statement)
    except errors():
        try:
            with contextlib.closing(connect(server.address)) as again:
                ask(again, statement)
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
        connection = connect(runner, name, seconds + 10 * _GRACE)
        afterwards.callback(close, connection)
        kennel = connect(server.address)
        afterwards.callback(close, kennel)
        ask(connection, f"SET SESSION {', '.join(_SETTINGS)}")
        arguments = (server, runner, kennel, connection.thread_id(), seconds, stopped, fired)
        dog = threading.Thread(target=_watch, args=arguments, name="ghost-my-watch", daemon=True)
        afterwards.callback(dog.join)
        afterwards.callback(stopped.set)
        dog.start()
        yield connection, fired


def _watch(
    server: _Server,
    runner: Address,
    kennel: Connection,
    watched: int,
    seconds: float,
    stopped: threading.Event,
    fired: threading.Event,
) -> None:
    """Stop what the runner does when the time is up."""
    if stopped.wait(seconds):
        return
    fired.set()
    with contextlib.suppress(EngineError, *errors()):
        _kill(kennel, runner, f"KILL QUERY {watched}")
        if stopped.wait(_GRACE):
            return
        _kill(kennel, runner, f"KILL CONNECTION {watched}")
        still_there = f"SELECT 1 FROM information_schema.processlist WHERE id = {watched}"
        time.sleep(_GRACE)  # the connection breaks at once, what it was doing may go on
        if server.own and ask(kennel, still_there):
            own.SERVER.abandon(server.address.socket)


def _kill(kennel: Connection, runner: Address, statement: str) -> None:
    """Everybody may kill their own connections; those of others need a right that our account may not have."""
    try:
        ask(kennel, statement)
    except errors():
        with contextlib.closing(connect(runner)) as itself:
            ask(itself, statement)
