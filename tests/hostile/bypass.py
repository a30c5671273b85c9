"""Hostile text handed straight to an engine, past the allow-list: do the fences behind the list hold?

    statement -> session.run, session.insert -> Outcome: taken or not, how long, what the canary saw

A session of its own for every statement, with a table `t` in it. Beside it another session stays
open, its neighbour: that one must not notice anything.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ghost_architect.errors import EngineError
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Engine, Reason, Refused, Session

from .canary import SECRET, Canary

SETUP = ("CREATE TABLE t (a INT, b VARCHAR(99))",)
_NEIGHBOUR = "CREATE TABLE neighbour (a INT)"
_LONG = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one statement.

    `taken`: the engine ran it, and took rows afterwards. `said`: why it did not. `seconds` until it
    was over. What must not be: `files` touched, `calls` to the port, and `others` (a trace in another
    database, the secret told, an error that is none), all of it `harm`.
    """

    sql: str
    taken: bool
    said: str
    seconds: float
    files: tuple[str, ...]
    calls: int
    others: tuple[str, ...]

    @property
    def harm(self) -> tuple[str, ...]:
        """Everything that must not be, in words."""
        return (*self.files, *((f"{self.calls} connections",) if self.calls else ()), *self.others)

    def __str__(self) -> str:
        return f"{self.sql[:300]!r} ({self.seconds:.1f} s, {'taken' if self.taken else self.said}): {self.harm}"


class Bypass:
    """One engine under attack.

    Attributes:
        restarts: how often the server was gone afterwards and had to be started anew. Its watchdog
            does that to a statement that does not hear it; it is the last fence and no failure.
    """

    def __init__(self, engine: str, canary: Canary, seconds: float) -> None:
        self._engine: Engine = open_engine(engine)
        self._canary, self._seconds = canary, seconds
        self._stack = ExitStack()
        self._neighbour: Session | None = None
        self.restarts = 0

    def attack(self, sql: str) -> Outcome:
        """Hand one text to the engine as one statement, its marks replaced by the canary's files and port."""
        return self.run([sql])

    def run(self, statements: Sequence[str]) -> Outcome:
        """Run statements in a session of their own, up to the first that is refused."""
        self._meet()
        self._canary.trips()
        placed = [self._canary.placed(sql) for sql in statements]
        said, others = "", list[str]()
        begun = ended = time.monotonic()
        try:
            with self._engine.session(self._seconds) as session:
                for statement in SETUP:
                    session.run(statement)
                begun = time.monotonic()
                said = _said(session, placed, others)
                ended = time.monotonic()
        except EngineError as error:
            others.append(f"the session ended badly: {error.message}")
        if SECRET in said:
            others.append("the secret was told")
        others += self._asked()
        files, calls = tuple(self._canary.files()), self._canary.calls()
        return Outcome(";".join(statements), not said, said, ended - begun, files, calls, tuple(others))

    def _meet(self) -> None:
        """Open the session next door."""
        if self._neighbour is None:
            self._neighbour = self._stack.enter_context(self._engine.session(_LONG))
            self._neighbour.run(_NEIGHBOUR)

    def _asked(self) -> Iterator[str]:
        """What the neighbour noticed. That the whole server was stopped is counted, not blamed."""
        if self._neighbour is None:
            return
        try:
            tables = [t.name for t in self._neighbour.tables()]
        except Refused:
            self.restarts += 1
            self._leave()
            return
        if tables != ["neighbour"]:
            yield f"the neighbour has {tables}"

    def _leave(self) -> None:
        with contextlib.suppress(EngineError):
            self._stack.close()
        self._neighbour = None

    def close(self) -> None:
        """Leave the neighbour."""
        self._leave()


@contextmanager
def bypass(engine: str, canary: Canary, seconds: float) -> Iterator[Bypass]:
    """An engine under attack; `seconds` is the deadline of every session."""
    made = Bypass(engine, canary, seconds)
    try:
        yield made
    finally:
        made.close()


def _said(session: Session, statements: Sequence[str], others: list[str]) -> str:
    """Why the engine did not take it; nothing when it did, and took a row into every table as well."""
    try:
        for statement in statements:
            session.run(statement)
        for table in session.tables():  # a default or a check is only looked at when a row comes
            session.insert(table.name, {})
    except Refused as refusal:
        return f"{refusal.reason}: {refusal}" if refusal.reason is Reason.DEADLINE else str(refusal)
    except Exception as error:  # whatever else comes out is a fault of the engine's session
        others.append(f"{type(error).__name__}: {error}"[:200])
        return "failed"
    return ""
