"""What all tests share: how Hypothesis searches, and a world in which no setting of the machine counts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# A busy machine is no failure: no deadline, and a slow strategy is no error. The same examples every
# time, so that CI does not fail by chance; `make soak` is where new ones are searched for.
settings.register_profile(
    "default", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "soak", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the examples the same, whatever was imported before a test.

    Hypothesis draws constants of the modules that are loaded, so that a test of a long run sees examples that it
    does not see alone, and two workers see different ones. There is no public switch.
    """
    if config.getoption("--hypothesis-profile") in (None, "default"):
        providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(autouse=True)
def _plain_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the settings, nor the server, nor the terminal of whoever runs the tests."""
    for name in (
        "GHOST_CONFIG",
        "GHOST_BASE_URL",
        "GHOST_API_KEY",
        "GHOST_BASE_MODEL",
        "NO_COLOR",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("GHOST_ENGINE_PASSWORD", "PGPASSWORD", "MYSQL_PWD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
