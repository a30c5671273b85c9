"""The time that a reading may take: steps are timed, told of, and not begun when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import DeadlineError

_SHARE = 0.95
"""Of the time that is left, what a backend gets: what it said until then has to be read and run, too."""


class Clock:
    """Times the steps, tells of them, and stops when the time is over.

    Args:
        seconds: how long all steps may take; None for as long as they do.
        progress: told the name of every step as it begins.

    Attributes:
        timings: seconds by step, of the steps that are done.
    """

    def __init__(self, seconds: float | None, progress: Callable[[str], None] | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._seconds = seconds
        self._progress = progress
        self.timings: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A block that is one step.

        Raises:
            DeadlineError: the time was over before it.
        """
        self.check()
        if self._progress:
            self._progress(name)
        begun = time.monotonic()
        yield
        self.timings[name] = time.monotonic() - begun

    def left(self) -> float | None:
        """Seconds that are left, at least 0; None for no limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def for_backend(self) -> float | None:
        """Seconds that a backend gets; None for its own limit."""
        left = self.left()
        return None if left is None else left * _SHARE

    def check(self) -> None:
        """Go on, or not.

        Raises:
            DeadlineError: the time is over.
        """
        if self._end is not None and time.monotonic() >= self._end:
            raise DeadlineError(f"reading took longer than {self._seconds:g} s", hint="give more time with --timeout")
