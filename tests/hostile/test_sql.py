"""Hostile SQL: the list refuses it; behind the list every engine does; and good SQL still passes.

The short form tries the whole list, and a share of it on the engines. GHOST_HOSTILE=long, as
`make soak` sets it, tries everything on every engine.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings

from ghost_architect.errors import SqlError
from ghost_architect.schema import allow
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Refused
from ghost_architect.schema.objects import Schema

from ..outside import need
from ..schema.strategies import schemas
from .bypass import Bypass, bypass
from .canary import Canary, canary
from .forms import LONG
from .fuzzer import DIALECTS, curated, garble, grammar, grow, plain
from .processes import Peak

SCRIPTS = 1000
"""How many hostile scripts each dialect has to refuse."""

_ON_ENGINES = SCRIPTS if LONG else 40
_SECONDS = 1.0 if LONG else 0.5
_CHANCE = 20260101


@pytest.fixture(scope="module")
def watched() -> Iterator[Canary]:
    with canary() as made:
        yield made


@pytest.fixture(scope="module", params=DIALECTS)
def attacked(request: pytest.FixtureRequest, watched: Canary) -> Iterator[tuple[str, Bypass]]:
    """Every engine in turn, each with a session next door."""
    engine = request.param
    need(open_engine(engine).version(), f"the engine {engine}")
    with bypass(engine, watched, _SECONDS) as made:
        yield engine, made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_none_of_a_thousand_gets_past_the_list(dialect: str) -> None:
    said = {text: _said(text, dialect) for text in grow(dialect, SCRIPTS, _CHANCE)}
    assert len(said) == SCRIPTS
    assert [text for text, line in said.items() if not line] == []
    assert [line for line in said.values() if not line.isprintable() or len(line) > 300] == []


def _said(text: str, dialect: str) -> str:
    """Why the list refuses it; nothing when it does not."""
    try:
        allow.statements(text, dialect)
    except SqlError as refusal:
        return refusal.message
    return ""


def test_the_same_seed_gives_the_same_scripts_and_another_seed_others() -> None:
    assert list(grow("mysql", 900, 1)) == list(grow("mysql", 900, 1))
    assert list(grow("mysql", 900, 1)) != list(grow("mysql", 900, 2))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_part_of_the_grammar_is_used(dialect: str) -> None:
    known = {*curated(dialect), *plain(dialect)}
    assert {len(parts) > 40 for parts in grammar(dialect).values()} == {True}
    assert known < set(grow(dialect, SCRIPTS, _CHANCE))


def _chosen(engine: str) -> Sequence[str]:
    """A share of the scripts, another one in every place of the whole."""
    scripts = [*grow(engine, SCRIPTS, _CHANCE)]
    return random.Random(_CHANCE).sample(scripts, _ON_ENGINES)


def test_behind_the_list_no_engine_does_harm(attacked: tuple[str, Bypass]) -> None:
    """A file made or read, a call to a port, a trace in another database, an error that is none: each is harm."""
    engine, bypassed = attacked
    outcomes = [bypassed.attack(text) for text in _chosen(engine)]
    assert [str(o) for o in outcomes if o.harm] == []
    assert len(outcomes) == _ON_ENGINES


def test_what_the_list_lets_through_does_no_harm(attacked: tuple[str, Bypass]) -> None:
    """Scripts with something put in, taken out or moved: what is still allowed is harmless."""
    engine, bypassed = attacked
    allowed = 0
    for text in garble(engine, 15_000 if LONG else 5_000, _CHANCE):
        try:
            statements = allow.statements(text, engine)
        except SqlError:
            continue
        allowed += 1
        if allowed % (1 if LONG else 20) == 0:
            outcome = bypassed.run(statements)
            assert not outcome.harm, str(outcome)
    assert allowed > 100  # else nothing was tried


def test_the_canary_sings(watched: Canary) -> None:
    """What all of this rests on: a file that is read or made, and a call, are seen."""
    import socket

    watched.trips()
    assert watched.trips() == []
    watched.secret.read_text()
    assert "opened secret" in watched.trips()
    (watched.folder / "out").write_text("x")
    assert any("made out" in trip for trip in watched.trips())
    (watched.folder / "out").unlink()
    assert watched.trips()
    socket.create_connection(("127.0.0.1", watched.port)).close()
    assert watched.trips() == ["1 connections"]


def test_an_engine_without_fences_is_found_out(watched: Canary) -> None:
    """The same attack on a bare SQLite makes the canary sing, so silence means something."""
    import sqlite3

    watched.trips()
    bare = sqlite3.connect(":memory:")
    bare.execute(watched.placed("ATTACH '<out>' AS x"))
    bare.execute("CREATE TABLE x.t (a INT)")
    bare.close()
    assert watched.trips()
    for file in watched.folder.glob("out*"):
        file.unlink()
    watched.trips()


def test_the_owner_of_the_server_could_do_what_a_session_cannot(watched: Canary) -> None:
    """PostgreSQL's superuser reads and writes the canary's files, so it is the role that stops a session."""
    need(open_engine("postgres").version(), "the engine postgres")
    from ghost_architect.schema.engines.address import Address
    from ghost_architect.schema.engines.postgres import client, server

    watched.trips()
    address = Address("postgres", server.ADMIN, socket=server.SERVER.get().socket, database="postgres")
    with contextlib.closing(client.connect(address)) as owner:
        owner.run(watched.placed("SELECT pg_read_file('<secret>')"))
        owner.run(watched.placed("COPY (SELECT 1) TO '<out>'"))
    assert {"opened secret", "made out"} <= set(watched.trips())
    (watched.folder / "out").unlink()
    watched.trips()


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_a_session_cannot_reach_into_the_next_one(engine: str, watched: Canary) -> None:
    need(open_engine(engine).version(), f"the engine {engine}")
    changes = {
        "postgres": (
            "ALTER ROLE CURRENT_USER SET search_path = evil",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        ),
        "mysql": ("SET PASSWORD = ''", "KILL 1"),
    }
    with bypass(engine, watched, _SECONDS) as made:
        for sql in changes[engine]:
            assert made.attack(sql).harm == ()
        assert made.restarts == 0


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_a_server_of_ours_that_hears_nobody_is_stopped_and_the_next_session_has_another(engine: str) -> None:
    deaf = {
        "postgres": f"SELECT {'||'.join(['md5(x)'] * 800)} FROM (SELECT repeat('x', 50000000) AS x OFFSET 0) q",
        "mysql": "CREATE TABLE c (a INT) PARTITION BY HASH (a) PARTITIONS 8192",
    }
    need(open_engine(engine).version(), f"the engine {engine}")
    with open_engine(engine).session(0.5) as session, pytest.raises(Refused, match="the time is up"):
        session.run(deaf[engine])
    with open_engine(engine).session(5) as session:
        session.run("CREATE TABLE a (b INT)")
        assert [t.name for t in session.tables()] == ["a"]


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        ("postgres", "SELECT repeat('x', 100000) FROM generate_series(1, 100000)"),
        ("postgres", "SELECT repeat('x', 1000000000)"),
        ("mysql", "SELECT REPEAT('x', 1000000) FROM seq_1_to_100000"),
    ],
)
def test_rows_that_nobody_wants_fill_no_memory(engine: str, sql: str) -> None:
    need(open_engine(engine).version(), f"the engine {engine}")
    with open_engine(engine).session(2) as session, Peak() as peak, contextlib.suppress(Refused):
        session.run(sql)
    assert peak.bytes < 700_000_000


@pytest.mark.parametrize("dialect", DIALECTS)
@given(schema=schemas())
@settings(max_examples=max(1, settings().max_examples // 3))
def test_whatever_we_write_is_let_through(dialect: str, schema: Schema) -> None:
    """A list that refused everything would pass all the rest."""
    script = ddl(schema, dialect, Citations.LINES)
    assert len(allow.statements(script, dialect)) == len(allow.statements(ddl(schema, dialect), dialect))
    assert bool(schema.tables) == bool(allow.statements(script, dialect))
