"""How many threads of the CPU torch computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Compute with so many threads within the block; None leaves torch's own choice, which is one for each core.

    The products of a miniature are so small that several threads wait for each other longer than they work wherever
    another program takes a core.
    """
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
