"""Bytes that are taken and dropped, what they are for, and the most there ever were.

A rehearsal takes and drops where the real code makes tensors and lets them go, so that the peak comes out of the
order of things and not of a formula for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BLOCK = 512
"""PyTorch's allocator for CUDA gives whole blocks of so many bytes."""


class Held:
    """Bytes that somebody has, until they are dropped."""

    __slots__ = ("kind", "size")

    def __init__(self, size: int, kind: str) -> None:
        self.size, self.kind = size, kind


@dataclass(slots=True)
class Peak:
    """The most there was in one moment, and what it was made of."""

    total: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Meter:
    """Counts.

    Attributes:
        now: bytes that are held.
        kinds: the same, by what they are for.
        most: the most that was ever held of each kind.
        moments: the peak of each moment, by its name.
    """

    now: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    moments: dict[str, Peak] = field(default_factory=dict)
    _kind: str = "work"
    _moment: str = ""

    def take(self, size: float, kind: str = "") -> Held:
        """Take bytes; of none, nothing is held."""
        held = Held(-(-int(size) // BLOCK) * BLOCK, kind or self._kind)
        self._change(held.kind, held.size)
        return held

    def drop(self, *things: Held | Iterable[Held | None] | None) -> None:
        """Let go of what was taken; what was dropped before, and nothing, are passed over."""
        for thing in things:
            if isinstance(thing, Held):
                self._change(thing.kind, -thing.size)
                thing.size = 0
            elif thing is not None:
                self.drop(*thing)

    def brief(self, *sizes: float) -> None:
        """Take all of these at once, and drop them."""
        self.drop([self.take(size) for size in sizes])

    @property
    def doing(self) -> str:
        """The moment that it is."""
        return self._moment

    @contextmanager
    def moment(self, name: str, kind: str = "") -> Iterator[None]:
        """What happens inside belongs to this moment; what is taken is of this kind where it says nothing else."""
        before, self._moment, self._kind = (self._moment, self._kind), name, kind or self._kind
        yield
        self._moment, self._kind = before

    def _change(self, kind: str, size: int) -> None:
        self.now += size
        held = self.kinds[kind] = self.kinds.get(kind, 0) + size
        self.most[kind] = max(self.most.get(kind, 0), held)
        if self._moment:  # between moments things only go
            peak = self.moments.setdefault(self._moment, Peak())
            if self.now > peak.total:
                peak.total, peak.kinds = self.now, dict(self.kinds)
