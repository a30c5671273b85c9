"""One database of a PostgreSQL server, as `execute` needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ...dialects import postgres
from ..base import Reason, Refused, SeenTable
from ..undoing import Transaction
from . import catalogue
from .client import code, errors, message

if TYPE_CHECKING:
    from pg8000.core import Context
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
    """One database of the server.

    What comes from outside goes through the extended protocol, one statement at a time. What we write goes
    through the simple one, which takes several: savepoints wait (`_later`) for the next statement that is
    answered, so that a row that is tried and undone costs one round trip and not four.
    """

    def __init__(self, connection: Connection, fired: threading.Event, version: str = "", caution: str = "") -> None:
        self.version, self.caution = version, caution
        self._connection = connection
        self._fired = fired
        self._waiting: list[str] = []
        self._rows = Transaction(self._later, "BEGIN")

    def run(self, statement: str) -> None:
        """One definition, as the role without rights. A definition gives no rows, and none are kept."""
        self._flush()
        kept = self._connection.message_types
        self._connection.message_types = {**kept, _DATA_ROW: _forgotten}
        try:
            self._asked(lambda: self._connection.execute_unnamed(statement))
        finally:
            self._connection.message_types = kept

    def settle(self) -> None:
        """PostgreSQL checks everything when it is defined."""
        self._flush()

    def tables(self) -> tuple[SeenTable, ...]:
        """The tables by PostgreSQL's catalogue."""
        return catalogue.tables(self._execute)

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """One row; all values go as texts of unknown type, which PostgreSQL reads as the column's type."""
        names = ", ".join(_quoted(n) for n in row)
        body = f"({names}) VALUES ({', '.join(map(_written, row.values()))})" if row else "DEFAULT VALUES"
        self._rows.begin()
        self._later("SAVEPOINT one_row")
        try:
            self._execute(f"INSERT INTO {_quoted(table)} {body}; RELEASE one_row")
        except Refused:
            self._later("ROLLBACK TO one_row; RELEASE one_row")
            raise

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

    def _later(self, statement: str) -> None:
        """Have this run before whatever is asked next."""
        self._waiting.append(statement)

    def _flush(self) -> None:
        if self._waiting:
            self._execute("")

    def _execute(self, statement: str) -> list[list[Any]]:
        """Run what waits and these statements of ours; the rows of the last query among them."""
        text = "; ".join([*self._waiting, statement])
        self._waiting.clear()
        return self._asked(lambda: self._connection.execute_simple(text))

    def _asked(self, ask: Callable[[], Context]) -> list[list[Any]]:
        try:
            return ask().rows or []
        except errors() as error:  # a terminated connection fails in several ways, some without an SQLSTATE
            raise _refused(error, self._fired.is_set()) from None


class SharedSession(PostgresSession):
    """One transaction of a database, which only scripts of ours enter, one after another. It never commits."""

    def __init__(self, connection: Connection, version: str = "", caution: str = "") -> None:
        super().__init__(connection, threading.Event(), version, caution)
        self._rows.begin()

    def run(self, statement: str) -> None:
        """One definition; `settle` says what is wrong with any so far."""
        self._later(statement)

    def keep(self) -> None:
        """What is here stays until the end anyway."""

    def undo(self) -> None:
        """Undo everything, whatever state it is in."""
        self._waiting.clear()
        self._execute("ROLLBACK")


def _written(value: str | None) -> str:
    """A text as a literal that reads the same under every setting of `standard_conforming_strings`.

    Raises:
        Refused: no text of PostgreSQL's holds U+0000, which ends a query in the protocol.
    """
    if value is None:
        return "NULL"
    if "\0" in value:
        raise Refused("a text holds U+0000")
    doubled = value.replace("'", "''")
    return f"E'{doubled}'".replace("\\", "\\\\") if "\\" in value else f"'{doubled}'"


def _forgotten(data: bytes, context: object) -> None:
    """What the driver does with a row that nobody wants: a query could fill the memory in seconds."""


def _refused(error: Exception, late: bool) -> Refused:
    reason = _REASONS.get(code(error), Reason.OTHER)
    timed_out = late or reason is Reason.DEADLINE or isinstance(error, TimeoutError)
    return Refused("the time is up", Reason.DEADLINE) if timed_out else Refused(message(error), reason)
