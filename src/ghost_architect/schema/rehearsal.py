"""Try a migration on a real engine before anybody runs it on theirs.

    ddl(old) -> rows -> the script, statement by statement -> the catalogue is that of the new schema?
                                                           -> the rows are what they were?
    ddl(old) -> the script -> the new schema's own proof by rows (`probe`)

Both in throw-away databases. That rows stop a migration is no fault of it, and said apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .ddl import Script
from .engines.base import Engine, Reason, Refused, SeenTable, Session
from .execute import compare, engine_of
from .findings import Finding, Severity
from .migrating.survivors import lost_rows, read_rows, takeable
from .migration import Migration
from .objects import Schema, Table
from .running.probe import probe
from .running.rows import fill

_ROWS = 3
"""How many rows a table gets."""

_BY_ROWS = frozenset((Reason.NOT_NULL, Reason.CHECK, Reason.ENUM, Reason.UNIQUE, Reason.FOREIGN_KEY))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of it.

    Attributes:
        engine, version: on what.
        error: what the engine refused, in one line; empty when everything ran.
        stopped: what rows the engine refused, in one line; then `rows` counts nothing.
        differences: what is not as it was meant. INFO says what could not be proved.
        rows: how many were kept.
        empty: the tables, by their old names, that had none.
        seconds: wall time.
    """

    engine: str
    version: str
    error: str
    stopped: str
    differences: tuple[Finding, ...]
    rows: int
    empty: tuple[str, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the script runs and makes what was meant, and every row was kept."""
        return not self.error and all(d.severity is not Severity.ERROR for d in self.differences)


def rehearse(migration: Migration, engine: str | None = None, seconds: float = 20.0) -> Rehearsal:
    """Run a migration in throw-away databases, once with rows and once without.

    Args:
        migration: what to run.
        engine: a name in ENGINES or the URL of a server; None is the one that is named like the dialect.
        seconds: after this time whatever runs is stopped; starting the engine does not count.

    Raises:
        UsageError: there is no such engine, or it does not run the dialect.
        EngineError: the engine is not installed, does not start, or does not let us in.
    """
    runner = engine_of(migration.plan.dialect.name, engine)
    begun = time.monotonic()
    tried = _Try(migration, runner, seconds)
    try:
        tried.with_rows()
        tried.without_rows()
    except Refused as refusal:
        tried.error = tried.error or str(refusal)
    return Rehearsal(
        runner.label,
        runner.version(),
        tried.error,
        tried.stopped,
        tuple(tried.differences),
        tried.rows,
        tuple(tried.empty),
        time.monotonic() - begun,
    )


class _Try:
    """A rehearsal going on."""

    def __init__(self, migration: Migration, engine: Engine, seconds: float) -> None:
        self.migration, self.plan, self.engine, self.seconds = migration, migration.plan, engine, seconds
        self.error = self.stopped = ""
        self.differences: list[Finding] = []
        self.rows = 0
        self.empty: list[str] = []

    def with_rows(self) -> None:
        """Build, fill, migrate; compare what is there, and look for every row."""
        with self._old() as session:
            filled = fill(session, takeable(self.plan), self.engine.habits, _ROWS)
            session.keep()
            self.empty = [t.name for t in self.plan.old.tables if not filled.get(t.name)]
            before = read_rows(session, self.plan.old)
            refusal = self._migrate(session)
            if refusal is not None and refusal.reason in _BY_ROWS:
                self.stopped, self.error = self.error, ""
            if refusal is None:
                self.differences += self._compared(session)
                self.differences += lost_rows(session, self.plan, before)
                stays = {t.name for t in self.plan.after.tables}
                self.rows = sum(len(rows) for t, rows in before.items() if self.plan.renames.table(t) in stays)

    def without_rows(self) -> None:
        """Build, migrate; prove the new schema as one that was just made."""
        if self.error or any(d.severity is Severity.ERROR for d in self.differences):
            return
        with self._old() as session:
            if self._migrate(session) is None:
                self.differences += [*self._compared(session), *probe(session, self.plan.after, self.engine.habits)]

    @contextmanager
    def _old(self) -> Iterator[Session]:
        """A database as it is before."""
        with self.engine.session(self.seconds, ours=True) as session:
            for block in Script(self.plan.old, self.plan.dialect).blocks():
                for statement in block:
                    session.run(statement)
            yield session

    def _migrate(self, session: Session) -> Refused | None:
        """Run the script; what the engine refused, if it did."""
        for number, statement in enumerate(self.migration.statements, 1):
            try:
                session.run(statement)
            except Refused as refusal:
                self.error = f"statement {number} ({' '.join(statement.split())[:80]}): {refusal}"
                return refusal
        session.settle()
        return None

    def _compared(self, session: Session) -> list[Finding]:
        seen = session.tables()
        return list(compare(in_order_of(seen, self.plan.after), seen, self.plan.dialect))


def in_order_of(seen: Sequence[SeenTable], meant: Schema) -> Schema:
    """The schema with its columns in the order in which the engine has them: a migration moves none."""
    places = {t.name: {c.name: i for i, c in enumerate(t.columns)} for t in seen}

    def moved(table: Table) -> Table:
        place = places.get(table.name, {})
        return replace(table, columns=tuple(sorted(table.columns, key=lambda c: place.get(c.name, len(place)))))

    return Schema(tuple(map(moved, meant.tables)))
