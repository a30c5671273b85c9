"""Training without a card, on one thread: on a busy machine, threads that wait for each other take most of the time."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("torch") is None:
        return
    import torch

    torch.set_num_threads(1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


@pytest.fixture
def torch_here() -> None:
    """For a test that trains."""
    from tests.outside import python_package

    for package in ("torch", "transformers", "peft", "bitsandbytes", "safetensors"):
        python_package(package)
