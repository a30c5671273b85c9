"""The driver for MySQL and MariaDB: a connection to an address, and what is wrong where there is none."""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ....errors import EngineError
from ..address import Address, password_hint
from ..dial import dial, tls_context, why_no_tls, why_not_reached
from . import server

if TYPE_CHECKING:
    from pymysql.connections import Connection

ADMIN_SECONDS = 30.0
"""How long a server may take over one step of ours."""

NOT_GRANTED = frozenset({1044, 1142, 1227, 1410})
LOST = frozenset({1927, 2006, 2013})
_NOT_LET_IN = frozenset({1045, 1698})
_TLS_ONLY, _NO_TLS = 3159, 2026
"""Numbers of errors: see `session`."""


def connect(address: Address, database: str | None = None, seconds: float | None = None) -> Connection:
    """A connection, no step of which may take longer.

    Raises:
        EngineError: there is none, for the reason that it says.
    """
    if find_spec("pymysql") is None:
        raise EngineError("the driver for MySQL and MariaDB is not installed", hint=server.DRIVER)
    seconds = seconds or ADMIN_SECONDS
    try:
        return _connected(address, database, seconds)
    except EngineError:
        raise
    except Exception as error:  # what is no MySQL server at all makes the driver fail in many ways
        raise why_no_tls(address, error) or _why_not_in(address, error, seconds) from error


def _connected(address: Address, database: str | None, seconds: float) -> Connection:
    from pymysql.connections import Connection

    context = tls_context(address)
    connection = Connection(
        user=address.user,
        password=address.password.encode(),
        host=address.host or None,
        unix_socket=address.socket or None,
        database=database,
        charset="utf8mb4",
        ssl=context,
        ssl_disabled=context is None,
        connect_timeout=address.connect_seconds,
        read_timeout=seconds,
        write_timeout=seconds,
        autocommit=True,
        program_name="ghost-architect",
        defer_connect=True,
    )
    # The driver makes a socket's connection itself: then it knows that nobody listens in.
    connection.connect(dial(address) if address.host else None)
    return connection


def _why_not_in(address: Address, error: Exception, seconds: float) -> EngineError:
    place, beneath = address.place, getattr(error, "original_exception", error)
    if number(error) in _NOT_LET_IN:
        return EngineError(f"{place} does not let {address.user} in", hint=password_hint(address))
    if number(error) == _TLS_ONLY:
        return EngineError(f"{place} wants TLS", hint="?sslmode=verify-full")
    if number(error) == _NO_TLS:
        return EngineError(f"{place} has no TLS", hint="?sslmode=disable sends everything in the clear")
    if "cryptography" in str(error):
        return EngineError(f"{place} wants the password encrypted", hint=f"?sslmode=require, or {server.CIPHERS}")
    if isinstance(beneath, TimeoutError):
        return EngineError(f"{place} does not answer as MySQL does within {seconds:g} s")
    if isinstance(beneath, OSError) and address.socket:
        return why_not_reached(address, beneath)
    return EngineError(f"{place} does not let us in: {message(error) or type(error).__name__}")


def close(connection: Connection) -> None:
    """Close it, whatever state it is in."""
    with contextlib.suppress(*errors()):
        connection.close()


def ask(connection: Connection, statement: str) -> tuple[tuple[Any, ...], ...]:
    """Run one statement of ours; its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchall())


def errors() -> tuple[type[Exception], ...]:
    """What the driver raises."""
    from pymysql.err import Error

    return Error, OSError


def number(error: BaseException) -> int:
    """The number of the error; 0 for one that has none."""
    found = error.args[0] if error.args else None
    return found if isinstance(found, int) else 0


def message(error: BaseException) -> str:
    """What the server, or the driver, says; one line."""
    return " ".join(str(error.args[1] if len(error.args) > 1 else error).split())
