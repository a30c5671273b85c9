"""What a process and all of its children take, by Linux's /proc; elsewhere nothing is seen."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

STEP = 0.02
"""Seconds between two looks."""


def children(pid: int) -> set[int]:
    """The processes that this one has started and that are still there."""
    found: set[int] = set()
    with contextlib.suppress(OSError):  # it may end while it is looked at
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found.update(map(int, (task / "children").read_text().split()))
    return found


def memory(pid: int) -> int:
    """Bytes that the process and all of its children have in memory; what they share is counted for each."""
    return sum(map(_resident, _tree(pid)))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in children(pid):
        yield from _tree(child)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Peak:
    """A block of which afterwards `bytes` is the most memory that this process and its children took in it.

    What they had before does not count: other tests may have loaded torch.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._before = memory(os.getpid())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def _look(self) -> None:
        while not self._over.wait(STEP):
            self.bytes = max(self.bytes, memory(os.getpid()) - self._before)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
