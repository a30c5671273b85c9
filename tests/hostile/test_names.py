"""Hostile names through every dialect, engine and format: each result reads back, and nothing of it runs.

`surfaces` has the checks. They run over `SHORT`, and over all of `NAMES` where GHOST_HOSTILE is "long".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.engines import ENGINES, open_engine
from ghost_architect.writers import WRITERS

from ..outside import need
from . import surfaces
from .names import CANARY, NAMES, SHORT, SIGNS

TRIED = NAMES if os.environ.get("GHOST_HOSTILE") == "long" else SHORT
pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder in which what should not run would leave its mark."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.rglob(f"*{CANARY}*"))


def test_the_list_is_long_and_has_no_name_twice() -> None:
    assert len(set(NAMES)) == len(NAMES) > 1500
    assert len(SHORT) > 600
    assert len([n for n in SIGNS if CANARY in n]) > 40


@pytest.mark.parametrize("dialect", DIALECTS)
def test_parse_reads_what_ddl_writes(dialect: str) -> None:
    assert surfaces.check_parse(dialect, TRIED) > 5 * len(TRIED)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_name_that_cannot_be_held_is_an_error_that_says_so(dialect: str) -> None:
    assert surfaces.check_refusals(dialect) > 10


@pytest.mark.parametrize("engine", ENGINES)
def test_a_real_engine_takes_them(engine: str) -> None:
    runner = open_engine(engine)
    need(runner.version(), engine)
    assert surfaces.check_engine(engine, runner.dialect, TRIED) > len(TRIED)


def test_the_json_of_a_reading() -> None:
    assert surfaces.check_json(TRIED) == len(TRIED)


@pytest.mark.parametrize("form", WRITERS)
def test_a_format_reads_back_with_its_own_tool(form: str) -> None:
    assert surfaces.check_writer(form, TRIED) >= len(TRIED)
