"""Schema -> text in another language: one file per format, found by name and loaded when asked for.

A writer is a function `(schema, dialect) -> str`. A new one is a file here and a line in `WRITERS`.
SQL and the JSON of a reading are not here: `schema.ddl` and `schema.jsonform` own those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from ghost_architect.errors import UsageError

if TYPE_CHECKING:
    from ghost_architect.schema.objects import Schema

Writer = Callable[["Schema", str], str]

WRITERS: Mapping[str, str] = MappingProxyType(
    {
        "mermaid": "ghost_architect.writers.mermaid:write",
        "svg": "ghost_architect.writers.svg:write",
    }
)
"""Format -> `module:function`."""


def writer(name: str) -> Writer:
    """The writer of this format.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in WRITERS:
        near = get_close_matches(name, WRITERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"formats: {', '.join(WRITERS)}"
        raise UsageError(f"no format is called {name!r}", hint)
    module, function = WRITERS[name].split(":")
    return cast("Writer", getattr(import_module(module), function))


def write(schema: Schema, name: str, dialect: str = "postgres") -> str:
    """The schema as text of this format, ending in a line break.

    Args:
        schema: what to write. Evidence decides what is marked as inferred, where a format can say so.
        name: a key of `WRITERS`.
        dialect: whose limits apply: what is written is `fit(schema, dialect)`.

    Raises:
        UsageError: there is no such format or dialect.
    """
    return writer(name)(schema, dialect)
