"""Imports modules of SQLAlchemy models and makes their databases: one JSON line in, one out, until the input ends.

Runs as a script with warnings as errors, and knows nothing of this project.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from itertools import count
from typing import Any

from sqlalchemy import URL, create_engine
from sqlalchemy.orm import configure_mappers

_DRIVERS = {"postgres": ("postgresql+pg8000", "unix_sock"), "mysql": ("mysql+pymysql", "unix_socket")}
_numbers = count()


def _url(told: dict[str, str]) -> URL:
    if told["engine"] == "sqlite":
        return URL.create("sqlite", database=told["name"])
    driver, socket = _DRIVERS[told["engine"]]
    place = {socket: told["socket"]}
    return URL.create(driver, told["user"], told["password"] or None, database=told["name"], query=place)


def make(file: str, told: dict[str, str]) -> list[str]:
    """Make the database; the names of the mapped classes."""
    spec = importlib.util.spec_from_file_location(f"models_{next(_numbers)}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    base: Any = getattr(module, "Base", None)
    if base is None:
        return []
    try:
        configure_mappers()
        names = sorted(m.class_.__name__ for m in base.registry.mappers)
        engine = create_engine(_url(told))
        try:
            base.metadata.create_all(engine)
        finally:
            engine.dispose()
        return names
    finally:
        base.registry.dispose()
        del sys.modules[spec.name]


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"classes": make(*json.loads(line))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
