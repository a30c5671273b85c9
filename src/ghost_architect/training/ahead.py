"""What comes next is made in a thread while the model is busy with the last."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Generic, TypeVar

_T = TypeVar("_T")
_WAIT = 0.1
"""Seconds after which the thread looks whether it is still wanted."""


class Ahead(Generic[_T]):
    """The things of a generator, some of them made before they are asked for.

    What the generator raises is raised where the thing would have come. It is closed at the end of the `with`.

    Args:
        things: makes them; it ends only by an error.
        count: how many are made ahead.
    """

    def __init__(self, things: Generator[_T, None, None], count: int = 2) -> None:
        self._things = things
        self._made: queue.Queue[tuple[list[_T], BaseException | None]] = queue.Queue(count)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rows ahead", daemon=True)

    def __enter__(self) -> Iterator[_T]:
        self._thread.start()
        return self._coming()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _coming(self) -> Iterator[_T]:
        while True:
            things, problem = self._made.get()
            if problem is not None:
                raise problem
            yield from things

    def _work(self) -> None:
        try:
            for thing in self._things:
                if not self._put([thing], None):
                    break
        except BaseException as problem:  # whatever it is, it belongs to whoever asked
            self._put([], problem)
        finally:
            self._things.close()

    def _put(self, things: list[_T], problem: BaseException | None) -> bool:
        """Hand it over; False where nobody wants it any more."""
        while not self._over.is_set():
            try:
                self._made.put((things, problem), timeout=_WAIT)
                return True
            except queue.Full:
                continue
        return False
