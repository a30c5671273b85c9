from __future__ import annotations

import pytest


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without a long pause."""
    from ghost_architect.backends.openai import backend

    monkeypatch.setattr(backend, "FIRST_PAUSE_S", 0.01)
