"""One database of a PostgreSQL server, as `execute` needs it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ...dialects import postgres
from ..base import Reason, Refused, SeenTable
from ..undoing import Transaction
from . import catalogue
from .client import code, errors, message

if TYPE_CHECKING:
    from pg8000.native import Connection

_DATA_ROW = b"D"
"""The message that holds a row: https://www.postgresql.org/docs/18/protocol-message-formats.html"""

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

_quoted = postgres.DIALECT.quoted


class PostgresSession:
    """One database of the server."""

    def __init__(self, connection: Connection, fired: threading.Event, version: str = "", caution: str = "") -> None:
        self.version, self.caution = version, caution
        self._connection = connection
        self._fired = fired
        self._rows = Transaction(self._execute, "BEGIN")

    def run(self, statement: str) -> None:
        """One definition, as the role without rights. A definition gives no rows, and none are kept."""
        kept = self._connection.message_types
        self._connection.message_types = {**kept, _DATA_ROW: _forgotten}
        try:
            self._execute(statement)
        finally:
            self._connection.message_types = kept

    def settle(self) -> None:
        """PostgreSQL checks everything when it is defined."""

    def tables(self) -> tuple[SeenTable, ...]:
        """The tables by PostgreSQL's catalogue."""
        return catalogue.tables(self._execute)

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """One row; all values go as texts of unknown type, which PostgreSQL reads as the column's type."""
        names = ", ".join(_quoted(n) for n in row)
        places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
        body = f"({names}) VALUES ({places})" if row else "DEFAULT VALUES"
        self._rows.begin()
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

    def keep(self) -> None:
        """Commit."""
        self._rows.keep()

    def undone(self) -> AbstractContextManager[None]:
        """A savepoint."""
        return self._rows.undone()

    def _execute(self, statement: str, values: Sequence[str | None] = ()) -> list[list[Any]]:
        try:
            return self._connection.execute_unnamed(statement, vals=tuple(values)).rows or []
        except errors() as error:  # a terminated connection fails in several ways, some without an SQLSTATE
            raise _refused(error, self._fired.is_set()) from None


def _forgotten(data: bytes, context: object) -> None:
    """What the driver does with a row that nobody wants: a query could fill the memory in seconds."""


def _refused(error: Exception, late: bool) -> Refused:
    reason = _REASONS.get(code(error), Reason.OTHER)
    timed_out = late or reason is Reason.DEADLINE or isinstance(error, TimeoutError)
    return Refused("the time is up", Reason.DEADLINE) if timed_out else Refused(message(error), reason)
