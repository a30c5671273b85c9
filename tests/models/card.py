"""A card that is not there: what `store.Far` asks CUDA for, done by the CPU at once or as late as a card may do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from ghost_architect.models.trinity import store


class Late:
    """A stream whose work is done when somebody waits for it."""

    def __init__(self, _device: object = None) -> None:
        self.work: list[Callable[[], object]] = []

    def synchronize(self) -> None:
        for each in self.work:
            each()
        self.work.clear()

    def wait_stream(self, other: Late) -> None:
        other.synchronize()

    def wait_event(self, event: Event) -> None:
        assert event.stream is not None
        event.stream.synchronize()


class Event:
    """Waited for with all that its stream has to do."""

    stream: Late | None = None

    def record(self, stream: Late) -> None:
        self.stream = stream


class Pretended:
    """What happened to the host's memory.

    Attributes:
        pinned: bytes, by address.
        refuse: the code with which pinning fails.
        current: the stream that computes.
    """

    def __init__(self, late: bool) -> None:
        self._late = late
        self.pinned: dict[int, int] = {}
        self.refuse = 0
        self.current = Late()
        self._on: Late | None = None

    def cuda(self) -> SimpleNamespace:
        """What stands in the place of `torch.cuda`."""
        return SimpleNamespace(
            Stream=Late,
            Event=Event,
            stream=self._stream,
            current_stream=lambda _device: self.current,
            cudart=lambda: SimpleNamespace(cudaHostRegister=self._register, cudaHostUnregister=self.pinned.pop),
        )

    def copy(self, real: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """`Tensor.copy_`, later where a stream does it."""

        def copy_(into: Tensor, source: Tensor, non_blocking: bool = False) -> Tensor:
            if self._late and self._on is not None and non_blocking:
                self._on.work.append(lambda: real(into, source))
                return into
            return real(into, source)

        return copy_

    def _register(self, address: int, size: int, _flags: int) -> int:
        if not self.refuse:
            self.pinned[address] = size
        return self.refuse

    @contextmanager
    def _stream(self, stream: Late) -> Iterator[None]:
        self._on = stream
        yield
        self._on = None


def pretend(patch: pytest.MonkeyPatch, late: bool = True) -> Pretended:
    """Have `store.Far` keep tensors of the CPU in 'the host's memory'; copies are made `late`, or at once."""
    card, mine = Pretended(late), SimpleNamespace(**vars(torch))
    mine.cuda = card.cuda()
    patch.setattr(store, "torch", mine)
    patch.setattr(Tensor, "copy_", card.copy(Tensor.copy_))
    patch.setattr(Tensor, "record_stream", lambda *_: None)
    return card
