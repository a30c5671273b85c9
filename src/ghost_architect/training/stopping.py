"""Ctrl-C, a terminal that is closed, and what ends a process politely: once to save and stop, twice to stop at once.

Before the steps there is nothing to save: there, once stops at once. A terminal that is closed says so twice where a
shell ran in it (the shell and the system each tell), so what it says counts once. Under `nohup`, it stays ignored.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""Of a terminal that is closed; Windows has none."""


class Stop:
    """Whether somebody asked to stop.

    Attributes:
        asked: they did.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked, self._say = False, say
        self._waits = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """As a handler of signals."""
        if self.asked and number == HANGUP:
            return
        if self.asked or not self._waits:
            raise KeyboardInterrupt
        self.asked = True
        # a line that cannot be written, since the signal came amid another or nobody reads them, keeps nothing from it
        with contextlib.suppress(RuntimeError, OSError):
            self._say("stopping at the next row; once more stops at once, without saving")

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, somebody looks whether they did."""
        self._waits = True
        try:
            yield
        finally:
            self._waits = False


@contextlib.contextmanager
def stopping(say: Callable[[str], None]) -> Iterator[Stop]:
    """What is asked while this runs; what held before comes back."""
    stop = Stop(say)
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread only
        return
    numbers = [*SIGNALS, HANGUP] if HANGUP and signal.getsignal(HANGUP) is not signal.SIG_IGN else SIGNALS
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
