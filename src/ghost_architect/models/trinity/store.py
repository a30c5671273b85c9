"""Where what layers saved waits for the way back: on the card, or in the host's memory."""

from __future__ import annotations

from typing import Protocol
from weakref import finalize

import torch
from torch import Tensor

from ..ops.pack import packed, unpacked
from .layer import Saved


class Store(Protocol):
    """Keeps what each layer saved; it is taken in the reverse order.

    Attributes:
        sends: whether it keeps copies, so that what was put is free, but for what the last layer saved.
    """

    sends: bool

    def put(self, index: int, saved: Saved) -> None:
        """Keep what a layer saved."""
        ...

    def soon(self, index: int) -> None:
        """Say that it will be taken next."""
        ...

    def take(self, index: int) -> Saved:
        """Give it back, once."""
        ...


class Near:
    """On the device that computes."""

    sends = False

    def __init__(self) -> None:
        self._kept: dict[int, Saved] = {}

    def put(self, index: int, saved: Saved) -> None:
        """See `Store`."""
        self._kept[index] = saved

    def soon(self, index: int) -> None:
        """See `Store`."""

    def take(self, index: int) -> Saved:
        """See `Store`."""
        return self._kept.pop(index)


class Far:
    """In pinned memory of the host; copies run beside the computation. `ops.pack` says how the residual stream is kept.

    Args:
        device: the card that computes.
        layers: how many there will be.
    """

    sends = True

    def __init__(self, device: torch.device, layers: int) -> None:
        self._device, self._last = device, layers - 1
        self._stream = torch.cuda.Stream(device)
        self._slab: _Slab | None = None
        self._host: dict[int, list[Tensor | None]] = {}
        self._near: dict[int, tuple[list[Tensor | None], torch.cuda.Event]] = {}
        self._kept: Saved | None = None

    def put(self, index: int, saved: Saved) -> None:
        """See `Store`."""
        if index == 0:  # a step that was broken off has left something
            self._host.clear()
            self._near.clear()
        if index == self._last:  # the first that is taken: no use in sending it away
            self._kept = saved
            return
        near = [*packed(saved.h), *saved[1:]]
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            self._host[index] = self._sent(index, near)

    def soon(self, index: int) -> None:
        """See `Store`: it comes beside what is computed meanwhile."""
        if index in self._host:
            self._fetch(index)

    def take(self, index: int) -> Saved:
        """See `Store`."""
        if index == self._last:
            saved, self._kept = self._kept, None
            assert saved is not None
            return saved
        self.soon(index)
        (half, factor, *others), event = self._near.pop(index)
        torch.cuda.current_stream(self._device).wait_event(event)
        assert half is not None
        assert factor is not None
        return Saved(unpacked(half, factor), *others)

    def _sent(self, index: int, near: list[Tensor | None]) -> list[Tensor | None]:
        """Copies of these tensors in the host's memory, in the place of a layer: written once it has been read."""
        wanted = sum(_room(value) for value in near if value is not None)
        if self._slab is None or self._slab.size < wanted:
            self._stream.synchronize()  # nothing of the old one is on its way
            assert not self._host
            self._slab = None
            self._slab = _Slab(self._last, wanted)
        free = self._slab.of(index)
        hosts: list[Tensor | None] = []
        for value in near:
            if value is None:
                hosts.append(None)
                continue
            host = free[: value.nbytes].view(value.dtype).view(value.shape)
            free = free[_room(value) :]
            host.copy_(value, non_blocking=True)
            value.record_stream(self._stream)
            hosts.append(host)
        return hosts

    def _fetch(self, index: int) -> None:
        hosts = self._host.pop(index)
        near = [None if h is None else torch.empty(h.shape, dtype=h.dtype, device=self._device) for h in hosts]
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            for value, host in zip(near, hosts, strict=True):
                if value is not None and host is not None:
                    value.copy_(host, non_blocking=True)
                    value.record_stream(self._stream)
            event = torch.cuda.Event()
            event.record(self._stream)
        self._near[index] = near, event


class _Slab:
    """Pinned memory of the size that is wanted: torch's own allocator rounds up to powers of two."""

    def __init__(self, layers: int, size: int) -> None:
        self.size = size
        self._memory = torch.empty(layers * size, dtype=torch.uint8)
        runtime, place = torch.cuda.cudart(), self._memory.data_ptr()
        failed = int(runtime.cudaHostRegister(place, self._memory.nbytes, 0))
        if failed:
            raise MemoryError(f"the host refuses to pin {layers * size:,} bytes (CUDA error {failed})")
        finalize(self, runtime.cudaHostUnregister, place)

    def of(self, index: int) -> Tensor:
        """The bytes of a layer."""
        return self._memory[index * self.size : (index + 1) * self.size]


def _room(value: Tensor) -> int:
    """What a tensor takes, with the bytes that keep the next one aligned."""
    return -(-value.nbytes // 256) * 256
