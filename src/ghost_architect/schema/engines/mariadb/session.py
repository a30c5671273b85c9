"""One database of a MySQL or MariaDB server, as `execute` needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from ...dialects import mysql
from ..base import Reason, Refused, SeenTable
from ..undoing import Transaction
from . import catalogue
from .client import ask, errors, message, number

if TYPE_CHECKING:
    from pymysql.connections import Connection

_REASONS = {
    1048: Reason.NOT_NULL,
    1364: Reason.NOT_NULL,
    3819: Reason.CHECK,
    4025: Reason.CHECK,
    1265: Reason.ENUM,
    1062: Reason.UNIQUE,
    1216: Reason.FOREIGN_KEY,
    1452: Reason.FOREIGN_KEY,
    1317: Reason.DEADLINE,
    1969: Reason.DEADLINE,
    3024: Reason.DEADLINE,
}
"""https://mariadb.com/kb/en/mariadb-error-code-reference/ and the MySQL 8.4 Error Message Reference."""

_quoted = mysql.DIALECT.quoted


class MariaDbSession:
    """One database of the server."""

    def __init__(
        self, connection: Connection, fired: threading.Event, name: str, version: str, caution: str = ""
    ) -> None:
        self.version, self.caution = version, caution
        self._connection, self._fired, self._name = connection, fired, name
        self._rows = Transaction(self._execute, "START TRANSACTION")

    def run(self, statement: str) -> None:
        """One definition, as the account without other rights. A definition gives no rows, and none are kept."""
        from pymysql.cursors import SSCursor

        with self._refusing(), self._connection.cursor(SSCursor) as cursor:
            cursor.execute(statement)

    def settle(self) -> None:
        """InnoDB checks everything when it is defined."""

    def tables(self) -> tuple[SeenTable, ...]:
        """The tables by the information schema."""
        return catalogue.tables(self._execute, self.version.startswith("MariaDB"))

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """One row of texts; InnoDB undoes a refused statement by itself."""
        self._rows.begin()
        names = ", ".join(map(_quoted, row))
        values = ", ".join("NULL" if v is None else self._connection.escape(v) for v in row.values())
        self._execute(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({values})")

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """Every row, each value cast to text."""
        wanted = ", ".join(f"CAST({_quoted(c)} AS CHAR)" for c in columns)
        return [tuple(r) for r in self._execute(f"SELECT {wanted} FROM {_quoted(table)}")]

    def keep(self) -> None:
        """Commit."""
        self._rows.keep()

    def undone(self) -> AbstractContextManager[None]:
        """A savepoint. Only for rows: a definition would commit."""
        return self._rows.undone()

    def _execute(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        with self._refusing():
            return ask(self._connection, statement)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except errors() as error:  # a killed connection fails in several ways
            raise self._refused(error) from None
        if self._fired.is_set():  # a killed BENCHMARK or SLEEP just ends
            raise Refused("the time is up", Reason.DEADLINE)

    def _refused(self, error: Exception) -> Refused:
        reason = _REASONS.get(number(error), Reason.OTHER)
        if self._fired.is_set() or reason is Reason.DEADLINE or isinstance(error, TimeoutError):
            return Refused("the time is up", Reason.DEADLINE)
        return Refused(message(error).replace(f"`{self._name}`.", "").replace(f"{self._name}.", ""), reason)
