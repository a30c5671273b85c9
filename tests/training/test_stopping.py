"""What a run is told by signals, and what it tells a terminal that may be closed."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator

import pytest

from ghost_architect.training.stopping import stopping
from ghost_architect.training.watch import Lasting
from tests.training.small import Told

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a terminal that is closed is no signal there")


@pytest.fixture
def handled() -> Iterator[None]:
    """Puts back what SIGHUP did."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def test_a_closed_terminal_asks_once_however_often_it_is_said(handled: None) -> None:
    told = Told()
    with stopping(told.say) as stop, stop.waiting():
        signal.raise_signal(signal.SIGHUP)
        try:
            signal.raise_signal(signal.SIGHUP)
        except KeyboardInterrupt:
            pytest.fail("the second one stopped at once")
        assert stop.asked
        assert told.said == ["stopping at the next row; once more stops at once, without saving"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_under_nohup_it_stays_ignored(handled: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stopping(Told().say) as stop, stop.waiting():
        signal.raise_signal(signal.SIGHUP)
        assert not stop.asked
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


class Broken(Told):
    """Writes on a device that is gone, or is broken otherwise."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self._code = code

    def say(self, text: str) -> None:
        raise OSError(self._code, os.strerror(self._code))


def test_a_terminal_that_is_gone_keeps_nothing_from_going_on() -> None:
    Lasting(Broken(errno.EIO)).say("one")
    with pytest.raises(OSError, match="No space"):
        Lasting(Broken(errno.ENOSPC)).say("one")
