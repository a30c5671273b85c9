"""Run a script on a real engine in a throw-away database, and compare what the engine reports with what was meant.

    sql -> allow.statements -> engine session -> run each -> tables() == fit(expected)? -> probe rows -> Execution
    schema -> its own script -> session of a bench -> the same        (`prover`: many schemas, one after another)

"It runs" is what the engine says and nothing else; and that what stands there afterwards is what
was meant is asked of the engine's own catalogue. CHECKs and defaults are not read from the
catalogue, where they are text, but proved by rows (`probe`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from ..errors import SqlError, UsageError
from . import allow
from .ddl import Script
from .dialects import Dialect
from .dialects import dialect as find_dialect
from .engines import ENGINES, open_engine
from .engines.base import Engine, Reason, Refused, SeenColumn, SeenTable, Session
from .findings import Finding, Severity
from .fit import fit
from .objects import Column, ForeignKey, OnDelete, Schema, Table
from .running.probe import probe
from .types import spell

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of a script.

    `engine`: its name, or for a server of the user's where it is; never an account or a password.
    `ok`: every statement ran, and nothing in `differences` is an error. `error` is one line, empty
    when everything ran. `differences` are from the comparison with `expected`; INFO says what could
    not be proved. `seconds` is wall time.
    """

    engine: str
    version: str
    ok: bool
    error: str
    differences: tuple[Finding, ...]
    seconds: float


def refusal(execution: Execution) -> Finding:
    """The finding that an engine does not take the script."""
    did = "refuses" if execution.version else "did not run"
    return Finding("GX001", Severity.ERROR, "", "", f"{execution.engine} {did} the script: {execution.error}")


def available() -> dict[str, str]:
    """Every engine with its version, or nothing for one that is not installed."""
    return {name: open_engine(name).version() for name in ENGINES}


def warm(engine: str) -> None:
    """Begin to start an engine in the background, so that a later `execute` need not wait for it."""
    open_engine(engine).warm()


def execute(
    sql: str, dialect: str, engine: str | None = None, expected: Schema | None = None, seconds: float = 5.0
) -> Execution:
    """Run a script that anyone may have written.

    Args:
        sql: the script; each statement has to be on the allow-list of `allow`, else nothing runs.
        dialect: what it is written in.
        engine: a name in ENGINES or the URL of a server; None is the one that is named like the dialect.
        expected: what the database should hold afterwards; None asks only whether the script runs.
        seconds: after this time whatever runs is stopped; starting the engine does not count.

    Raises:
        UsageError: there is no such engine, or it does not run this dialect.
        EngineError: the engine is not installed, does not start, or does not let us in.
    """
    dialect = find_dialect(dialect).name
    runner = engine_of(dialect, engine)
    begun = time.monotonic()
    error, differences = _run(sql, runner, expected, seconds)
    return _execution(runner, error, differences, begun)


def _execution(engine: Engine, error: str, differences: Sequence[Finding], begun: float) -> Execution:
    ok = not error and all(d.severity is not Severity.ERROR for d in differences)
    return Execution(engine.label, engine.version(), ok, error, tuple(differences), time.monotonic() - begun)


@contextmanager
def prover(dialect: str, engine: str | None = None, seconds: float = 30.0) -> Iterator[Callable[[Schema], Execution]]:
    """Runs the scripts of schemas, one after another, in places that are made once where making them is dear.

    What it finds is what `execute(ddl(schema, dialect), dialect, engine, schema)` finds, but that nobody looks for
    hostile text: every word of the script is ours. A server's catalogue grows with each schema until it ends.

    Args:
        dialect: of the scripts.
        engine: a name in ENGINES or the URL of a server; None is the one that is named like the dialect.
        seconds: after this time a statement is stopped.

    Raises:
        UsageError: there is no such engine, or it does not run this dialect.
        EngineError: the engine is not installed, does not start, or does not let us in; also when called, where
            it has died meanwhile.
    """
    spoken = find_dialect(dialect)
    runner = engine_of(spoken.name, engine)
    with runner.bench() as bench:

        def proved(schema: Schema) -> Execution:
            begun = time.monotonic()
            meant = fit(schema, spoken.name).schema
            script = [s for block in Script(meant, spoken).blocks() for s in block]
            with bench(seconds) as session:
                error, differences = _session(session, runner, script, meant, seconds)
            return _execution(runner, error, differences, begun)

        yield proved


def engine_of(dialect: str, engine: str | None = None) -> Engine:
    """The engine of this name or URL, or the one that is named like the dialect.

    Raises:
        UsageError: there is no such engine, or it does not run this dialect.
    """
    runner = open_engine(engine or dialect)
    if runner.dialect != dialect:
        message = f"the engine {runner.label} runs {runner.dialect}, not {dialect}"
        raise UsageError(message, hint=f"--dialect {runner.dialect}")
    return runner


def _run(sql: str, engine: Engine, expected: Schema | None, seconds: float) -> tuple[str, Sequence[Finding]]:
    try:
        statements = allow.statements(sql, engine.dialect)
    except SqlError as refusal:
        return refusal.message, ()
    meant = None if expected is None else fit(expected, engine.dialect).schema
    with engine.session(seconds) as session:
        return _session(session, engine, statements, meant, seconds)


def _session(
    session: Session, engine: Engine, statements: Sequence[str], meant: Schema | None, seconds: float
) -> tuple[str, Sequence[Finding]]:
    """What was refused, in one line, and how what stands there differs from what was meant."""
    caution = Finding("EXECUTED-AS", Severity.INFO, "", "", f"{engine.label}: {session.caution}")
    cautions = [caution] if session.caution else []
    for number, statement in enumerate(statements, 1):
        try:
            session.run(statement)
        except Refused as refusal:
            return f"statement {number} ({_head(statement)}): {_said(refusal, seconds)}", cautions
    try:
        session.settle()
        return "", [*cautions, *_compare(session, engine, meant)]
    except Refused as refusal:
        return _said(refusal, seconds), cautions


def _said(refusal: Refused, seconds: float) -> str:
    return f"stopped after {seconds:g} s" if refusal.reason is Reason.DEADLINE else str(refusal)


def _head(statement: str) -> str:
    return " ".join(statement.split()[:3]).rstrip("(").rstrip()[:60]


def _compare(session: Session, engine: Engine, meant: Schema | None) -> list[Finding]:
    if meant is None:
        return []
    differences = list(compare(meant, session.tables(), find_dialect(engine.dialect)))
    return differences or list(probe(session, meant, engine.habits))


def compare(meant: Schema, seen: Sequence[SeenTable], dialect: Dialect) -> Iterator[Finding]:
    """Every difference between a schema, already fitted to the dialect, and what an engine reports."""
    found = {t.name: t for t in seen}
    for table in meant.tables:
        if table.name not in found:
            yield _differs(table.name, "", "the table is not there")
        else:
            yield from _compare_table(table, found[table.name], dialect)
    for name in found.keys() - {t.name for t in meant.tables}:
        yield _differs(name, "", "the engine has a table that was not meant")


def _compare_table(table: Table, seen: SeenTable, dialect: Dialect) -> Iterator[Finding]:
    names, found = [c.name for c in table.columns], {c.name: c for c in seen.columns}
    if names != list(found):
        yield _differs(table.name, "", f"columns {_list(names)} became {_list(found)}")
    for column in table.columns:
        if column.name in found:
            yield from _compare_column(table.name, column, found[column.name], dialect)
    if table.primary_key != seen.primary_key:
        yield _differs(table.name, "", f"primary key {_list(table.primary_key)} became {_list(seen.primary_key)}")
    key = {table.primary_key}  # a UNIQUE on the primary key adds nothing, and engines drop it
    yield from _compare_sets(table.name, "unique", frozenset(table.uniques) - key, seen.uniques - key)
    keys = (frozenset(_reported(f, dialect) for f in found) for found in (table.foreign_keys, seen.foreign_keys))
    yield from _compare_sets(table.name, "foreign key", *keys)
    yield from _compare_sets(table.name, "index", frozenset(table.indexes), seen.indexes)


def _reported(key: ForeignKey, dialect: Dialect) -> ForeignKey:
    """The key with the action by which both sides call it."""
    either = dialect.no_action_restricts and key.on_delete is OnDelete.RESTRICT
    return replace(key, on_delete=OnDelete.NO_ACTION) if either else key


def _compare_column(table: str, column: Column, seen: SeenColumn, dialect: Dialect) -> Iterator[Finding]:
    meant = spell(dialect.stored_type(column.type))
    if meant != seen.type:
        yield _differs(table, column.name, f"type {meant} became {seen.type}")
    if not dialect.checked_enum(column.type) and column.enum != seen.values:
        yield _differs(table, column.name, f"values {_list(column.enum)} became {_list(seen.values)}")
    if column.nullable != seen.nullable:
        yield _differs(table, column.name, f"{'nullable' if column.nullable else 'not null'} became the opposite")
    if column.is_identity != seen.identity:
        does = "does not number" if column.is_identity else "numbers"
        yield _differs(table, column.name, f"the engine {does} its rows")


def _compare_sets(table: str, what: str, meant: frozenset[_T], seen: frozenset[_T]) -> Iterator[Finding]:
    for item in sorted(meant - seen, key=repr):
        yield _differs(table, "", f"{what} {_words(item)} is not there")
    for item in sorted(seen - meant, key=repr):
        yield _differs(table, "", f"{what} {_words(item)} was not meant")


def _differs(table: str, column: str, message: str) -> Finding:
    return Finding("EXECUTED", Severity.ERROR, table, column, message)


def _list(names: Iterable[object]) -> str:
    return f"({', '.join(str(n) for n in names)})"


def _words(item: object) -> str:
    return _list(item) if isinstance(item, tuple) else str(item)
