"""Many schemas one after another on one engine: each is proved as `execute` proves it, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from ghost_architect.errors import EngineError, UsageError
from ghost_architect.schema import execute as execute_module
from ghost_architect.schema.ddl import Script, ddl
from ghost_architect.schema.engines.postgres import server as postgres
from ghost_architect.schema.execute import execute, prover
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Column, ForeignKey, Index, Schema, Table
from ghost_architect.schema.types import BIGINT, INTEGER, TEXT, enum

from .engine_samples import ENGINES, SHOP

KEY = Column("id", BIGINT, False)
BROKEN = Schema(
    (
        Table("fine", (KEY, Column("state", enum("new", "old"), False)), ("id",)),
        Table("points", (KEY, Column("b_id", BIGINT)), ("id",), foreign_keys=(ForeignKey(("b_id",), "fine", ("no",)),)),
    )
)


def _notes(*columns: Column) -> Schema:
    return Schema((Table("notes", (KEY, *columns), ("id",), indexes=(Index(("state",)),)),))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_found_is_what_execute_finds(engine: str) -> None:
    with prover(engine) as proved:
        one, again = proved(SHOP), proved(SHOP)
    alone = execute(ddl(SHOP, engine), engine, expected=SHOP)
    assert replace(one, seconds=0) == replace(again, seconds=0) == replace(alone, seconds=0)
    assert one.ok
    assert (one.error, one.differences) == ("", ())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_next_schema_finds_nothing_of_the_one_before(engine: str) -> None:
    """The same names of a table, an index and an enum, on other things."""
    first = _notes(Column("state", enum("open", "shut"), False), Column("body", TEXT))
    second = _notes(Column("state", enum("hot", "cold", "mild")))
    with prover(engine) as proved:
        found = [proved(schema) for schema in (first, second, Schema(), first)]
    assert [(f.ok, f.error, f.differences) for f in found] == [(True, "", ())] * 4


@pytest.mark.parametrize("engine", ENGINES)
def test_a_schema_that_is_refused_harms_none_after_it(engine: str) -> None:
    with prover(engine) as proved:
        refused, after = proved(BROKEN), proved(SHOP)
    assert not refused.ok
    assert refused.error
    assert after.ok


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_makes_something_else_is_found_out(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    meant = _notes(Column("state", TEXT, False))
    made = _notes(Column("state", TEXT))
    monkeypatch.setattr(execute_module, "Script", lambda _, d: Script(fit(made, d.name).schema, d))
    with prover(engine) as proved:
        found = proved(meant)
    assert not found.ok
    assert ["not null became the opposite" in d.message for d in found.differences] == [True]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_constraint_that_is_not_enforced_is_found_out(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks are in no catalogue that is read: only rows show that one is missing."""
    without = replace(SHOP, tables=tuple(replace(t, checks=()) for t in SHOP.tables))
    monkeypatch.setattr(execute_module, "Script", lambda _, d: Script(fit(without, d.name).schema, d))
    with prover(engine) as proved:
        found = proved(SHOP)
    assert not found.ok
    assert {d.code for d in found.differences if "must be refused" in d.message} == {"PROBE"}


@pytest.mark.parametrize("engine", ENGINES)
def test_words_with_quotes_and_backslashes_are_themselves(engine: str) -> None:
    words = ("it's", "a\\b", "\\'; DROP TABLE notes; --", "''", "\\")
    schema = _notes(Column("state", enum(*words), False))
    with prover(engine) as proved:
        found = proved(schema)
    assert (found.error, found.differences) == ("", ())


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_server_that_died_is_an_error_and_the_next_prover_has_another(engine: str) -> None:
    def proved_by_a_dying_server() -> None:
        with prover(engine) as proved:
            assert proved(SHOP).ok
            running = postgres.SERVER.get()
            os.kill(int((running.folder / "pid").read_text()), signal.SIGKILL)
            while running.alive:
                signal.sigtimedwait([], 0.02)
            proved(SHOP)

    with pytest.raises(EngineError):
        proved_by_a_dying_server()
    with prover(engine) as proved:
        assert proved(SHOP).ok


def test_an_engine_of_another_dialect_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="runs sqlite, not postgres"), prover("postgres", "sqlite"):
        raise AssertionError("it was let in")


def test_what_runs_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema((Table("a", (Column("id", INTEGER, False),), ("id",)),))
    seen: list[str] = []

    class Seeing(Script):
        def blocks(self) -> list[list[str]]:
            made = super().blocks()
            seen.extend(s for block in made for s in block)
            return made

    monkeypatch.setattr(execute_module, "Script", Seeing)
    with prover("sqlite") as proved:
        assert proved(schema).ok
    assert ddl(schema, "sqlite") == "".join(f"{s};\n" for s in seen)
