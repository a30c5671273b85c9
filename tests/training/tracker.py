"""What a step of the real decoder holds at its most, counted on the CPU as a card would count it.

A dispatch mode sees every tensor that torch makes and when it goes. What differs between the CPU and a card is made
alike: an operation that has a kernel counts as its kernel does (what comes out, and the kernel's own sums), and
the masks that stay on the CPU are not counted.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ghost_architect.models.ops import nf4
from ghost_architect.models.trinity import adapter, attention, decoder, group, half, layer, linear, loss, store
from ghost_architect.models.trinity.attention import Attended

Size = Callable[..., float]


def _none(*_: Any, **__: Any) -> float:
    return 0


def _dots(a: Tensor, b: Tensor) -> float:
    return float((ceil(a.shape[0] / 64) + 1) * a.shape[1] * 4)


def _delta(dout: Tensor, q: Tensor, k: Tensor, *_: Any) -> float:
    """The kernel's: a number of each token and head."""
    return float(4 * q.shape[0] * q.shape[1])


def _expanded(dout: Tensor, q: Tensor, k: Tensor, *_: Any) -> float:
    """Flash attention's: dq in float32, the rows' sums, and dk and dv for each head of queries."""
    return float(4 * q.numel() + 4 * q.shape[0] * q.shape[1] + 2 * q.nbytes)


ATTENTION: dict[str, Size] = {"kernel": _delta, "flash": _expanded}


def _geglu(dact: Tensor, both: Tensor, factor: Tensor | None) -> float:
    return float((ceil(dact.shape[0] / 64) + 1) * both.shape[1] * 4)


KERNELS: tuple[tuple[ModuleType, str, Size], ...] = (
    (nf4, "dense", _none),
    (layer, "rms_norm", _none),
    (layer, "rms_norm_backward", _none),
    (layer, "norm_rope", _none),
    (layer, "norm_rope_backward", _none),
    (layer, "geglu", _none),
    (layer, "geglu_backward", _geglu),
    (group, "column_dots", _dots),
    (group, "product", _none),
    (layer, "power", _none),
    (layer, "within", _none),
    (half, "largest", _none),
    (half, "scaled", _none),
    (attention, "row_dots", _none),
    (attention, "product", _none),
    (attention, "add_product", _none),
    (attention, "softmax", _none),
    (attention, "softmax_again", _none),
    (attention, "softmax_backward", _none),
    (decoder, "rms_norm", _none),
    (decoder, "rms_norm_backward", _none),
    (adapter, "product", _none),
    (adapter, "factor_of", _none),
    (linear, "product", _none),
    (loss, "entropy", _none),
    (store, "packed", _none),
    (store, "unpacked", _none),
    (store, "_Slab", _none),
)
"""Operations that run as one kernel on a card, and the bytes that it takes for itself."""


class Tracker(TorchDispatchMode):  # type: ignore[misc]  # torch has no types here
    """Counts the storages that are made while it is on.

    Attributes:
        now: bytes that are there.
        most: the most there ever were.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._paused = False
        self._known: dict[int, weakref.ref[Any]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._paused:
            return func(*args, **(kwargs or {}))
        self.was_there((args, kwargs))
        out = func(*args, **(kwargs or {}))
        self.see(out)
        return out

    def see(self, out: Any) -> None:
        """Count what is new in this."""
        parts = (out.out, out.lse) if isinstance(out, Attended) else tree_leaves(out)
        for tensor in parts:
            if isinstance(tensor, Tensor) and tensor.dtype is not torch.bool:
                self._add(tensor.untyped_storage())

    def was_there(self, given: Any) -> None:
        """Never count these: what an operation is given was counted when it was made, or made before."""
        for tensor in tree_leaves(given):
            if isinstance(tensor, Tensor):
                self._add(tensor.untyped_storage(), counts=False)

    def brief(self, size: float) -> None:
        """So much more for a moment."""
        self.most = max(self.most, self.now + int(size))

    def _add(self, storage: Any, counts: bool = True) -> None:
        key = storage._cdata
        if key in self._known:
            return
        size = -(-storage.nbytes() // 512) * 512 if counts else 0

        def gone(_: Any) -> None:
            del self._known[key]
            self.now -= size

        self._known[key] = weakref.ref(storage, gone)
        self.now += size
        self.most = max(self.most, self.now)

    def hide(self, function: Callable[..., Any], own: Size) -> Callable[..., Any]:
        """The function as one operation, which takes bytes of its `own` while it runs."""

        def hidden(*args: Any, **kwargs: Any) -> Any:
            if not self._paused:
                self.was_there((args, kwargs))
            before, self._paused = self._paused, True
            try:
                out = function(*args, **kwargs)
            finally:
                self._paused = before
            if not self._paused:
                self.see(out)
                self.brief(own(*args, **kwargs))
            return out

        return hidden


@contextmanager
def tracked(patch: pytest.MonkeyPatch, way: str) -> Iterator[Tracker]:
    """Count what happens inside; attention counts as this way of it does."""
    tracker = Tracker()
    kernels = KERNELS
    if way != "blocks":
        kernels = (*KERNELS, (layer, "attend", _none), (layer, "attend_backward", ATTENTION[way]))
    with patch.context() as own:
        for module, name, size in kernels:
            own.setattr(module, name, tracker.hide(getattr(module, name), size))
        with tracker:
            yield tracker
