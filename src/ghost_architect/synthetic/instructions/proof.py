"""Run the answers: on SQLite and PostgreSQL, and of a migration the whole way from the old schema to the new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.execute import execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.parse import parse
from ghost_architect.schema.rehearsal import rehearse
from ghost_architect.schema.verify import verify

from .example import Example


def faults(example: Example, engines: Sequence[str] = ("sqlite", "postgres")) -> Iterator[str]:
    """What is wrong with an example's answer; nothing for one that holds.

    Args:
        example: whose answer is looked at.
        engines: names in `ENGINES`.

    Raises:
        EngineError: an engine is not installed or does not start.
    """
    yield from (f"{f.code} {f.message}" for f in verify(example.schema) if f.severity is not Severity.INFO)
    read = parse(ddl(example.schema))
    if read.schema != example.schema or read.unread:
        yield "the schema is not what its SQL says"
    for engine in engines:
        done = execute(ddl(example.schema, engine), engine, engine, example.schema, seconds=30)
        if not done.ok:
            yield f"{engine}: {done.error or '; '.join(d.message for d in done.differences)}"
    if example.migration is not None and "postgres" in engines:
        tried = rehearse(example.migration, "postgres", seconds=60)
        if not tried.ok or tried.stopped:
            yield f"migration: {tried.error or tried.stopped or '; '.join(d.message for d in tried.differences)}"
