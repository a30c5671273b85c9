"""What `execute` needs of a database engine: two small protocols and the values that pass between.

    Engine.session(seconds) -> Session on a database of its own, gone afterwards
    Session.run(statement)    one statement that is on the allow-list
    Session.tables()          what the engine itself says is there now
    Session.insert / rows     our own parameterised rows, for the proofs of `probe`

A new engine is one file or folder with an `Engine`, and one line in `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..objects import ForeignKey, Index


class Reason(StrEnum):
    """Why an engine refused."""

    NOT_NULL = "not null"
    CHECK = "check"
    ENUM = "enum"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    DEADLINE = "deadline"
    OTHER = "other"


class Refused(Exception):
    """The engine refused a statement or a row. The message is the engine's own, on one line."""

    def __init__(self, message: str, reason: Reason = Reason.OTHER) -> None:
        super().__init__(" ".join(message.split()))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column as the engine reports it.

    `type` is spelled as `types.spell` does where the engine's type is one of ours, else as the
    engine spells it. `values` are those of an enum type; empty where the engine has no such thing
    and only behaviour can show them.
    """

    name: str
    type: str
    nullable: bool
    identity: bool
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenTable:
    """A table as the engine reports it. `uniques` are constraints, `indexes` the rest, unique or not."""

    name: str
    columns: tuple[SeenColumn, ...]
    primary_key: tuple[str, ...]
    uniques: frozenset[tuple[str, ...]]
    foreign_keys: frozenset[ForeignKey]
    indexes: frozenset[Index]


@dataclass(frozen=True, slots=True)
class Habits:
    """How an engine treats values, where engines differ.

    `moments_are_text`: it stores and compares dates and times as text.
    `narrow_integers`: SMALLINT and INTEGER have 16 and 32 bits, and not 64.
    `exact_numbers`: NUMERIC keeps its digits and is no double.
    `folds_texts`: its usual collation takes texts that differ in case or accents for one, and orders
    other letters than a to z by rules of its own.
    """

    moments_are_text: bool = False
    narrow_integers: bool = True
    exact_numbers: bool = True
    folds_texts: bool = False


class Session(Protocol):
    """One throw-away database. Every method raises `Refused` when the engine says no or time is up."""

    version: str
    """The version of the engine it is on."""

    caution: str
    """What a user should know of the rights with which it runs; empty when there is nothing to know."""

    def run(self, statement: str) -> None:
        """Run one statement from outside; the caller has checked it against the allow-list."""

    def settle(self) -> None:
        """Have the engine look now at whatever it did not look at yet: a session of a `Bench` may run nothing before,
        and some engines look at what a key points at only when the first row is written."""

    def tables(self) -> tuple[SeenTable, ...]:
        """Every table, as the engine's own catalogue has it."""

    def insert(self, table: str, row: Mapping[str, str | None]) -> None:
        """Insert one row of texts, which the engine converts. A refused row leaves nothing behind."""

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """These columns of every row, as text."""

    def keep(self) -> None:
        """Have the rows so far stay, also when what comes after them is undone."""

    def undone(self) -> AbstractContextManager[None]:
        """A block whose inserts are undone at its end. Blocks may stand inside each other."""


Bench = Callable[[float], AbstractContextManager[Session]]
"""Opens sessions one after another, each of them empty: called with the seconds after which a statement is stopped."""


class Engine(Protocol):
    """A kind of database server or library. Making one is cheap and starts nothing."""

    dialect: str
    """The name of the dialect that it runs."""

    habits: Habits
    """How it treats values."""

    label: str
    """How a reading names it: its name, or for a server of the user's "postgres at HOST"."""

    def version(self) -> str:
        """Its version, or nothing when it is not installed or is a server that was not asked yet. Starts nothing."""

    def warm(self) -> None:
        """Begin to start what `session` will need, without waiting for it."""

    def session(self, seconds: float, ours: bool = False) -> AbstractContextManager[Session]:
        """A new empty database, dropped at the end; after `seconds` whatever runs there is stopped.

        `ours` says that we wrote every statement ourselves: they may then change and drop what is there too.

        Raises:
            EngineError: the engine is not installed, does not start, or does not let us in.
        """

    def bench(self) -> AbstractContextManager[Bench]:
        """Sessions one after another for scripts that we wrote, cheap where a database for each would be dear.

        What they share is no danger: such scripts hold nothing but definitions of ours.

        Raises:
            EngineError: the engine is not installed, does not start, or does not let us in.
        """
