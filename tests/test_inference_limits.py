"""What the road refuses before it spends anything, and how it shares its time with the engines."""

from __future__ import annotations

import socket

import pytest

from ghost_architect.backends.fake import FakeBackend
from ghost_architect.errors import UsageError
from ghost_architect.inference import engines as road_engines
from ghost_architect.inference import read_pages
from ghost_architect.pages.page import Page
from ghost_architect.schema.execute import Execution

PAGES = (Page("a.png", 64, 64, ()),)
ANSWER = "CREATE TABLE orders (id BIGINT PRIMARY KEY, total NUMERIC(12, 2));"


@pytest.mark.parametrize(("dialect", "engines"), [("oracle", None), ("postgres", ["oracle"])])
def test_a_wrong_call_costs_no_answer(dialect: str, engines: list[str] | None) -> None:
    """A model may take minutes; that there is no such dialect is known before."""
    backend = FakeBackend(answers=[ANSWER])
    with pytest.raises(UsageError):
        read_pages(PAGES, backend, dialect, engines)
    assert backend.calls == []


def test_an_engine_gets_no_more_time_than_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """`execute` has its own 5 s; with `seconds=2` a reading may take 7 and more, and no deadline is noticed."""
    given: list[float] = []

    def execute(
        sql: str, dialect: str, engine: str | None = None, expected: object = None, seconds: float = 5.0
    ) -> Execution:
        given.append(seconds)
        return Execution("sqlite", "3", True, "", (), 0.0)

    monkeypatch.setattr(road_engines, "execute", execute)
    read_pages(PAGES, FakeBackend(answers=[ANSWER]), "sqlite", seconds=2)
    assert max(given) <= 2


def test_a_server_that_is_down_does_not_cost_the_reading() -> None:
    pytest.importorskip("pg8000")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reading = read_pages(
        PAGES, FakeBackend(answers=[ANSWER]), engines=["sqlite", f"postgres://me:s3cret@127.0.0.1:{port}"]
    )
    assert reading.executed == {"sqlite": True, f"postgres at 127.0.0.1:{port}": False}
    assert not reading.ok
    assert "CREATE TABLE orders" in reading.sql()
    (finding,) = (f for f in reading.findings if f.code == "GX001")
    assert "s3cret" not in finding.message
