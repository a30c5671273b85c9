"""The dialects. To add one, write a file here and name it in `DIALECTS`."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import UsageError, nearest
from . import mysql, postgres, sqlite
from .base import Dialect

DIALECTS: Mapping[str, Dialect] = {d.name: d for d in (postgres.DIALECT, mysql.DIALECT, sqlite.DIALECT)}

ALIASES: Mapping[str, str] = {"postgresql": "postgres", "pg": "postgres", "mariadb": "mysql", "sqlite3": "sqlite"}


def dialect(name: str) -> Dialect:
    """The dialect of this name.

    Raises:
        UsageError: there is none.
    """
    found = DIALECTS.get(ALIASES.get(name.lower(), name.lower()))
    if found is None:
        raise UsageError(f"there is no dialect {name!r}", nearest(name.lower(), DIALECTS))
    return found


__all__ = ["ALIASES", "DIALECTS", "Dialect", "dialect"]
