"""The driver for PostgreSQL: a connection to an address, and what is wrong where there is none."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ....errors import EngineError
from ..address import Address, password_hint
from ..dial import dial, tls_context, why_no_tls
from . import server

if TYPE_CHECKING:
    from pg8000.native import Connection

ADMIN_SECONDS = 30.0
"""How long a server may take over one step of ours."""

NOT_LET_IN = frozenset({"28000", "28P01"})
NOT_GRANTED, _NO_SUCH_DATABASE = "42501", "3D000"


def connect(address: Address, database: str = "", seconds: float | None = None) -> Connection:
    """A connection, no step of which may take longer, to a database (else to the one that the address names).

    Raises:
        EngineError: there is none, for the reason that it says.
    """
    if find_spec("pg8000") is None:
        raise EngineError("the driver for PostgreSQL is not installed", hint=server.INSTALL)
    seconds = seconds or ADMIN_SECONDS
    try:
        return _connected(address, database or address.database or "postgres", seconds)
    except EngineError:
        raise
    except Exception as error:  # what is no PostgreSQL at all makes the driver fail in many ways
        raise why_no_tls(address, error) or _why_not_in(address, error, seconds) from error


def _connected(address: Address, database: str, seconds: float) -> Connection:
    from pg8000.native import Connection

    context = tls_context(address)
    caller = dial(address)
    try:
        caller.settimeout(seconds)
        return Connection(
            address.user,
            password=address.password,
            host=address.host or "localhost",
            sock=caller,
            database=database,
            ssl_context=context or False,
            application_name="ghost-architect",
        )
    except BaseException as error:
        with contextlib.suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)  # the driver may still hold it
        caller.close()
        said = _said_first(error)
        if said is error:
            raise
        raise said from None


def _said_first(error: BaseException) -> BaseException:
    """What the server said before the driver, which wants to say goodbye to it, met a closed door."""
    told: BaseException | None = error
    while told is not None and not code(told):
        told = told.__context__
    return told or error


def close(connection: Connection) -> None:
    """Close it, whatever state it is in."""
    with contextlib.suppress(*errors()):
        connection.close()


def errors() -> tuple[type[Exception], ...]:
    """What the driver raises."""
    from pg8000.exceptions import DatabaseError, InterfaceError

    return DatabaseError, InterfaceError, OSError


def _why_not_in(address: Address, error: Exception, seconds: float) -> EngineError:
    place, number = address.place, code(error)
    if number in NOT_LET_IN or "password" in message(error):
        return EngineError(f"{place} does not let {address.user} in", hint=password_hint(address))
    if number == _NO_SUCH_DATABASE:
        where = address.database or "postgres"
        return EngineError(f"{place} has no database {where} to connect to", hint="name one: .../DATABASE")
    if "SSL" in message(error):
        return EngineError(f"{place} has no TLS", hint="?sslmode=disable sends everything in the clear")
    if isinstance(error.__cause__, TimeoutError) or isinstance(error, TimeoutError):
        return EngineError(f"{place} does not answer as PostgreSQL does within {seconds:g} s")
    return EngineError(f"{place} does not let us in: {message(error)}")


def _fields(error: BaseException) -> Mapping[str, str]:
    return error.args[0] if error.args and isinstance(error.args[0], dict) else {}


def code(error: BaseException) -> str:
    """The SQLSTATE; empty for an error that is none of the server's."""
    return _fields(error).get("C", "")


def message(error: BaseException) -> str:
    """What the server, or the driver, says; one line."""
    return " ".join(str(_fields(error).get("M") or error).split())
