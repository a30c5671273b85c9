"""What the tests of the trained model need: torch and its company, which CI must have."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

for _name in ("torch", "transformers", "peft", "bitsandbytes", "safetensors", "triton"):
    if os.environ.get("CI") and find_spec(_name) is None:
        raise RuntimeError(f"the Python package {_name} is not here, and no test may disappear unseen")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """On a busy machine, threads that wait for each other take most of the time."""
    if find_spec("torch") is None:
        return
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
