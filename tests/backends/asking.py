"""Asking a server of the tests through the backend `openai`."""

from __future__ import annotations

import numpy as np
import pytest

from ghost_architect.backends.base import Answer
from ghost_architect.backends.openai import OpenAIBackend
from ghost_architect.errors import GhostError
from ghost_architect.pages.page import Line, Page

from .server import Script, Server, serving

KEY = "sk-very-secret-0123456789"
SQL = "CREATE TABLE orders ( -- 1\n    id BIGINT PRIMARY KEY\n);\n"


def page(width: int = 40, height: int = 30) -> Page:
    """A screen of noise with one line of text."""
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return Page("a.png", width, height, (Line(1, (0, 0, 9, 9), "Orders"),), pixels)


def ask(server: Server, seconds: float = 10.0, **settings: object) -> Answer:
    """What the backend makes of what the server says."""
    backend = OpenAIBackend("m", base_url=server.url, api_key=KEY, **settings)  # type: ignore[arg-type]
    return backend.generate([page()], "Read this.", seconds)


def failure(*scripts: Script, seconds: float = 10.0, **settings: object) -> GhostError:
    """The error that asking ends in: one line without the key."""
    with serving(*scripts) as server, pytest.raises(GhostError) as caught:
        ask(server, seconds, **settings)
    error = caught.value
    assert "\n" not in error.message
    assert KEY not in error.message + error.hint
    return error
