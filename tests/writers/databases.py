"""Empty databases of real engines that another process fills, and what stands in them afterwards."""

from __future__ import annotations

import json
import select
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ghost_architect.schema.ddl import statements
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Session
from ghost_architect.schema.engines.sqlite import SqliteSession
from ghost_architect.schema.execute import compare
from ghost_architect.schema.findings import Finding, Severity
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.running.probe import probe

SECONDS = 60.0


@dataclass(frozen=True)
class Database:
    """`engine` is its name in ENGINES; `name`, `user` and `socket` are how it is reached (SQLite: a file alone)."""

    engine: str
    session: Session
    name: str
    user: str = ""
    socket: str = ""
    password: str = ""

    @property
    def url(self) -> dict[str, str]:
        """As JSON for a worker."""
        return {
            "engine": self.engine,
            "name": self.name,
            "user": self.user,
            "socket": self.socket,
            "password": self.password,
        }


Tell = Callable[[Database], list[str]]


@contextmanager
def database(engine: str, file: Path) -> Iterator[Database]:
    """A new empty database, gone afterwards; SQLite's is this file."""
    if engine == "sqlite":
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield Database(engine, SqliteSession(connection, ours=True), str(file))
        file.unlink()
        return
    with open_engine(engine).session(SECONDS) as session:
        inner = cast("Any", session)._connection
        if engine == "postgres":
            ((name, user),) = inner.run("SELECT current_database()::text, current_user::text")
            yield Database(engine, session, name, user, inner._usock.getpeername())
        else:
            with inner.cursor() as cursor:
                cursor.execute("SELECT DATABASE()")
                ((name,),) = cursor.fetchall()
            yield Database(engine, session, name, inner.user.decode(), inner.unix_socket, inner.password.decode())


class Worker:
    """A process that imports what we wrote and makes databases of it: a script beside this file, a line a database."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-W", "error", Path(__file__).parent / script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, place: Path, found: Database) -> dict[str, Any]:
        """What it says after making this database of what stands in this place."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([str(place), found.url]) + "\n")
        self._process.stdin.flush()
        assert select.select([self._process.stdout], [], [], SECONDS)[0], "no answer"
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def difference(found: Database, schema: Schema, tell: Tell | None = None) -> list[str]:
    """What `ddl` would have made otherwise: by the engine's catalogue, then by rows.

    What our own script does not reach either (a row too long for an index, say) is no difference.

    Args:
        found: the database that was made.
        schema: what it was made of.
        tell: how to find out what is not as it was meant; None is to expect the schema as it is.
    """
    told = tell(found) if tell else _told(found, schema)
    if not told:
        return []
    with database(found.engine, Path(f"{found.name}.ddl")) as own:
        for statement in statements(schema, open_engine(own.engine).dialect):
            own.session.run(statement)
        return sorted(set(told) - set(_told(own, schema)))


def _told(found: Database, schema: Schema) -> list[str]:
    dialect = open_engine(found.engine).dialect
    meant = fit(schema, dialect).schema
    return told_of(found, meant, compare(meant, found.session.tables(), find_dialect(dialect)))


def told_of(found: Database, meant: Schema, compared: Iterable[Finding]) -> list[str]:
    """What the comparison of the catalogue says; if that is nothing, what rows show."""
    told = list(compared)
    if not told:
        habits = open_engine(found.engine).habits
        told = [f for f in probe(found.session, meant, habits) if f.severity is Severity.ERROR]
    return [f"{f.table}.{f.column}: {f.message}" for f in told]
