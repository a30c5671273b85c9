"""Ctrl-C, and what ends a process politely: once to save and stop, twice to stop at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody asked to stop.

    Attributes:
        asked: they did.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked, self._say = False, say

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """As a handler of signals."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say("stopping behind this step; once more stops at once")


@contextmanager
def stopping(say: Callable[[str], None]) -> Iterator[Stop]:
    """What is asked while this runs; what held before comes back."""
    stop = Stop(say)
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread only
        return
    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
