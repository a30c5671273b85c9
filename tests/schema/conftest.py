"""A test with an argument `engine` needs that engine."""

from __future__ import annotations

import pytest

from ghost_architect.schema.engines import ENGINES, open_engine

from ..outside import need


@pytest.fixture(autouse=True)
def _engine_is_here(request: pytest.FixtureRequest) -> None:
    named = getattr(request.node, "callspec", None)
    engine = named.params.get("engine", "sqlite") if named else "sqlite"
    if engine in ENGINES:
        need(open_engine(engine).version(), f"the engine {engine}")
