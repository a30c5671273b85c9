"""The engines that can run a schema, by name or by the URL of a server. Each is imported when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ...errors import UsageError
from .base import Engine

ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "sqlite": "ghost_architect.schema.engines.sqlite:Sqlite",
        "postgres": "ghost_architect.schema.engines.postgres.engine:Postgres",
        "mysql": "ghost_architect.schema.engines.mariadb.engine:MariaDb",
    }
)


def open_engine(name_or_url: str) -> Engine:
    """The engine of this name, or on the server of this URL. Nothing is started or asked yet.

    Raises:
        UsageError: there is none. The message holds no part of what could be a URL.
    """
    from .address import is_url, read_url

    if is_url(name_or_url):
        address = read_url(name_or_url)
        engine: Engine = _class(address.dialect)(address)
        return engine
    if name_or_url not in ENGINES:
        shown = f"engine {name_or_url!r}" if re.fullmatch(r"[\w-]{1,30}", name_or_url) else "engine of this name"
        near = get_close_matches(name_or_url, ENGINES, 1) or [", ".join(ENGINES)]
        raise UsageError(f"there is no {shown}", hint=f"--engine {near[0]}")
    named: Engine = _class(name_or_url)()
    return named


def _class(name: str) -> Any:
    module, _, attribute = ENGINES[name].partition(":")
    return getattr(import_module(module), attribute)
