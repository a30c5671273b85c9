"""Empty databases of real engines that another process fills, and what stands in them afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
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


@contextmanager
def database(engine: str, file: Path) -> Iterator[Database]:
    """A new empty database, gone afterwards; SQLite's is this file."""
    if engine == "sqlite":
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield Database(engine, SqliteSession(connection), str(file))
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


def difference(found: Database, schema: Schema) -> list[str]:
    """What `ddl` would have made otherwise: by the engine's catalogue, then by rows.

    What our own script does not reach either (a row too long for an index, say) is no difference.
    """
    told = _told(found, schema)
    if not told:
        return []
    with database(found.engine, Path(f"{found.name}.ddl")) as own:
        for statement in statements(schema, open_engine(own.engine).dialect):
            own.session.run(statement)
        return sorted(set(told) - set(_told(own, schema)))


def _told(found: Database, schema: Schema) -> list[str]:
    engine = open_engine(found.engine)
    meant = fit(schema, engine.dialect).schema
    told = list(compare(meant, found.session.tables(), find_dialect(engine.dialect)))
    if not told:
        told = [f for f in probe(found.session, meant, engine.habits) if f.severity.value == "error"]
    return [f"{f.table}.{f.column}: {f.message}" for f in told]
