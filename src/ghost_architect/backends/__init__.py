"""What can read pages. A backend's module is imported only when that backend is asked for.

A new backend is one file and one line here: a class that fulfils `base.Backend` and takes `model` and
its own settings as keyword arguments. If it needs more than its packages (a server, weights), a
static method `available()` says what is missing, or "".
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ghost_architect.errors import BackendError, UsageError, nearest

if TYPE_CHECKING:  # `base` brings numpy, which naming the backends in a help text must not
    from .base import Backend

BACKENDS: dict[str, str] = {
    "rules": "ghost_architect.backends.rules:RulesBackend",
    "openai": "ghost_architect.backends.openai:OpenAIBackend",
    "transformers": "ghost_architect.backends.transformers:TransformersBackend",
    "fake": "ghost_architect.backends.fake:FakeBackend",
}
"""Name on the command line -> "module:class"."""


def open_backend(name: str, model: str | None = None, **settings: object) -> Backend:
    """The backend of this name, ready to read.

    Args:
        name: a key of `BACKENDS`.
        model: a model's name or path; None for the backend's own.
        settings: what else this backend's class takes.

    Raises:
        UsageError: there is no such backend or setting, or a setting's value is wrong.
        BackendError: a package it needs is not installed.
    """
    if name not in BACKENDS:
        raise UsageError(f"there is no backend {name!r}", nearest(name, BACKENDS))
    try:
        made = _load(name)
    except ImportError as error:
        raise BackendError(f"backend {name!r} cannot run: {_reason(error)}") from error
    known = [p for p in inspect.signature(made).parameters if p != "model"]
    for setting in settings:
        if setting not in known:
            raise UsageError(f"backend {name!r} has no setting {setting!r}", nearest(setting, known))
    backend: Backend = made(model=model, **settings)
    return backend


def available_backends() -> dict[str, str]:
    """Every backend's name with "" if it can run as things stand, else with the reason why not."""
    return {name: _availability(name) for name in BACKENDS}


def _availability(name: str) -> str:
    try:
        made = _load(name)
    except ImportError as error:
        return _reason(error)
    return str(made.available()) if hasattr(made, "available") else ""


def _load(name: str) -> Any:
    module, _, class_name = BACKENDS[name].partition(":")
    return getattr(import_module(module), class_name)


def _reason(error: ImportError) -> str:
    return f"the Python package {error.name!r} is not installed" if error.name else str(error)
