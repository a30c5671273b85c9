"""The options that several verbs share, the names that complete them, and the start of every verb."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.config import ENVIRONMENT_VARIABLE, Settings, load_settings
from ghost_architect.errors import UsageError, nearest

from . import console

if TYPE_CHECKING:
    from ghost_architect.backends.base import Backend

Names = Callable[[], Iterable[str]]


def dialects() -> list[str]:
    """The dialects that `--dialect` takes."""
    from ghost_architect.schema.dialects import DIALECTS

    return list(DIALECTS)


def engines() -> list[str]:
    """What `--engine` takes, as it is typed."""
    return [*dialects(), "postgresql://USER@HOST", "mysql://USER@HOST"]


def spoken_by(engine: str | None) -> str | None:
    """The dialect of an engine that was asked for: whoever names it need not name the dialect too.

    Raises:
        UsageError: there is no such engine.
    """
    from ghost_architect.schema.engines import open_engine

    return open_engine(engine).dialect if engine else None


def backends() -> list[str]:
    """The backends that `--backend` takes."""
    from ghost_architect.backends import BACKENDS

    return list(BACKENDS)


def formats() -> list[str]:
    """The formats that `--format` takes."""
    from ghost_architect.writers import WRITERS

    return ["sql", "json", *WRITERS]


def starting_with(names: Names) -> Callable[[str], list[str]]:
    """A completion function for the shell."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def checked(option: str, name: str, names: Iterable[str]) -> str:
    """The name, if it is one of the names.

    Raises:
        UsageError: it is not; the hint is the nearest one, or all of them.
    """
    known = list(names)
    if name in known:
        return name
    raise UsageError(f"{option}: {name!r} is not known", nearest(name, known))


def start(config: Path | None, debug: bool) -> Settings:
    """What every verb does first: remember `--debug`, and read the settings."""
    console.show_tracebacks(debug)
    return load_settings(config)


def open_reader(name: str, model: str) -> Backend:
    """The backend of this name; who reads, and where pictures go, is said before anything is read."""
    from ghost_architect.backends import open_backend

    reader = open_backend(checked("--backend", name, backends()), model or None)
    host = getattr(reader, "host", "")
    console.say(f"backend: {reader.name} ({reader.model})" + (f"; the screens are sent to {host}" if host else ""))
    return reader


DialectOption = Annotated[
    str | None,
    typer.Option(
        "--dialect", "-d", metavar="NAME", autocompletion=starting_with(dialects), help="postgres, mysql or sqlite."
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        "-e",
        metavar="NAME|URL",
        autocompletion=starting_with(engines),
        help="Run it on sqlite, postgres, mysql or a server (else on the dialect's own).",
    ),
]
BackendOption = Annotated[
    str | None,
    typer.Option("--backend", "-b", metavar="NAME", autocompletion=starting_with(backends), help="Who reads."),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="The model, where a backend has several.")
]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")]
TimeoutOption = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0.001, help="How long reading may take."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="DIR",
        help=f"Folder of settings (else ${ENVIRONMENT_VARIABLE}, else configs/).",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show where an error happened.")]
