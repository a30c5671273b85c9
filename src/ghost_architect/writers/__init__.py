"""Schema -> another language or a picture: one file per format, found by name and loaded when asked for.

A writer is a function `(schema, dialect) -> str`; a picture is bytes, and what gave something up comes
as `Written` with a remark. A new one is a file here and a line in `WRITERS`.
SQL and the JSON of a reading are not here: `schema.ddl` and `schema.jsonform` own those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from ghost_architect.errors import UsageError, nearest

if TYPE_CHECKING:
    from ghost_architect.schema.objects import Schema


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer made: text or bytes, and what its reader should know about it, a line each."""

    content: str | bytes
    notes: tuple[str, ...] = ()


Writer = Callable[["Schema", str], "str | Written"]

WRITERS: Mapping[str, str] = MappingProxyType(
    {
        "dbml": "ghost_architect.writers.dbml:write",
        "django": "ghost_architect.writers.django:write",
        "markdown": "ghost_architect.writers.dictionary:write",
        "mermaid": "ghost_architect.writers.mermaid:write",
        "png": "ghost_architect.writers.png:write",
        "prisma": "ghost_architect.writers.prisma:write",
        "sqlalchemy": "ghost_architect.writers.sqlalchemy:write",
        "svg": "ghost_architect.writers.svg:write",
    }
)
"""Format -> `module:function`."""

BINARY = frozenset({"png"})
"""The formats that are bytes and not text."""


def writer(name: str) -> Writer:
    """The writer of this format.

    Raises:
        UsageError: there is none of this name, or a package that it needs is not installed.
    """
    if name not in WRITERS:
        raise UsageError(f"no format is called {name!r}", nearest(name, WRITERS))
    module, function = WRITERS[name].split(":")
    try:
        return cast("Writer", getattr(import_module(module), function))
    except ModuleNotFoundError as missing:
        package = (missing.name or "").replace("_", "-")
        raise UsageError(f"{name} needs the package {package}, which is missing", f"pip install {package}") from missing


def render(schema: Schema, name: str, dialect: str = "postgres") -> Written:
    """The schema in this format, with remarks where something could not be kept; see `write`."""
    made = writer(name)(schema, dialect)
    return made if isinstance(made, Written) else Written(made)


def write(schema: Schema, name: str, dialect: str = "postgres") -> str | bytes:
    """The schema in this format: text that ends in a line break, or the bytes of a picture.

    Args:
        schema: what to write. Evidence decides what is marked as inferred, where a format can say so.
        name: a key of `WRITERS`.
        dialect: whose limits apply: what is written is `fit(schema, dialect)`.

    Raises:
        UsageError: there is no such format or dialect, or a package that the format needs is not installed.
    """
    return render(schema, name, dialect).content
