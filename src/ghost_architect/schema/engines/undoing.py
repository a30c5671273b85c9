"""Rows that are undone, on a server with transactions: what the sessions of PostgreSQL and MariaDB have in common.

begin -> SAVEPOINT undone_1 -> rows -> ROLLBACK TO undone_1, RELEASE -> ... -> COMMIT only where rows are to stay
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Transaction:
    """The one transaction in which a session's rows live, and which hardly ever ends well.

    Args:
        execute: runs a statement.
        start: the statement that begins a transaction.
    """

    def __init__(self, execute: Callable[[str], object], start: str) -> None:
        self._execute, self._start = execute, start
        self._begun = False
        self._depth = 0

    def begin(self) -> None:
        """Begin it, if it was not begun."""
        if not self._begun:
            self._execute(self._start)
            self._begun = True

    def keep(self) -> None:
        """Commit."""
        if self._begun:
            self._execute("COMMIT")
            self._begun = False

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A savepoint."""
        self.begin()
        self._depth += 1
        name = f"undone_{self._depth}"
        self._execute(f"SAVEPOINT {name}")
        try:
            yield
        finally:
            self._depth -= 1
            self._execute(f"ROLLBACK TO {name}")
            self._execute(f"RELEASE SAVEPOINT {name}")  # PostgreSQL keeps those of one name on top of each other
