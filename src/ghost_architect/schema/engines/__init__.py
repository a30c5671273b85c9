"""The engines that can run a schema, by name. Each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType

from ...errors import UsageError
from .base import Engine

ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "sqlite": "ghost_architect.schema.engines.sqlite:Sqlite",
        "postgres": "ghost_architect.schema.engines.postgres:Postgres",
    }
)


def open_engine(name: str) -> Engine:
    """The engine of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in ENGINES:
        near = get_close_matches(name, ENGINES, 1) or [", ".join(ENGINES)]
        raise UsageError(f"there is no engine {name!r}", hint=f"--engine {near[0]}")
    module, _, attribute = ENGINES[name].partition(":")
    engine: Engine = getattr(import_module(module), attribute)()
    return engine
