"""Whether an operation takes its Triton kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

_OFF: list[bool] = []


@cache
def _installed() -> bool:
    return find_spec("triton") is not None


def fast(x: Tensor) -> bool:
    """Whether the kernel is taken for this tensor: it is on a CUDA card and in a dtype that kernels compute with."""
    return x.is_cuda and x.dtype is not torch.float64 and _installed() and not _OFF


@contextmanager
def plain() -> Iterator[None]:
    """Take the definitions instead of the kernels: what a kernel is compared with."""
    _OFF.append(True)
    try:
        yield
    finally:
        _OFF.pop()
