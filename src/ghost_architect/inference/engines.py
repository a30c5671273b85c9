"""Which engines run a script, and for how long each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import EngineError
from ..schema.ddl import ddl
from ..schema.engines import ENGINES, open_engine
from ..schema.engines.base import Engine
from ..schema.execute import Execution, execute
from ..schema.objects import Schema
from .clock import Clock

_ENGINE_SECONDS = 5.0
"""How long one engine may take over one script."""


def chosen_engines(dialect: str, asked: Sequence[str] | None) -> dict[str, Engine]:
    """The engines to run on: those asked for, or SQLite and the dialect's own where they are installed.

    Raises:
        UsageError: there is no such engine.
    """
    if asked is not None:
        return {name: open_engine(name) for name in asked}
    here = {name: open_engine(name) for name in ("sqlite", dialect) if name in ENGINES}
    return {name: engine for name, engine in here.items() if engine.version()}


def executions(schema: Schema, engines: Mapping[str, Engine], clock: Clock) -> Iterator[Execution]:
    """The schema's script run on every engine; one that does not start is an execution that failed.

    Raises:
        DeadlineError: the time is over.
    """
    for name, engine in engines.items():
        clock.check()
        left = clock.left()
        limit = _ENGINE_SECONDS if left is None else min(_ENGINE_SECONDS, left)
        try:
            yield execute(ddl(schema, engine.dialect), engine.dialect, name, expected=schema, seconds=limit)
        except EngineError as error:  # a server that is down must not cost what was read
            why = error.message + (f" ({error.hint})" if error.hint else "")
            yield Execution(engine.label, "", False, why, (), 0.0)
