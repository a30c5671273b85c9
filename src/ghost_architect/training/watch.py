"""Who is told how a run goes."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .metrics import Measured


class Watch(Protocol):
    """Is told of everything that a user may want to see; none of it is data."""

    def say(self, text: str) -> None:
        """One line."""
        ...

    def begin(self, done: int, steps: int) -> None:
        """Steps begin, or go on behind some that are done."""
        ...

    def step(self, measured: Measured) -> None:
        """A step is done."""
        ...

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None:
        """An evaluation is done."""
        ...


class Silent:
    """Tells nobody: tests, and all processes but the first."""

    def say(self, text: str) -> None:
        """See `Watch`."""

    def begin(self, done: int, steps: int) -> None:
        """See `Watch`."""

    def step(self, measured: Measured) -> None:
        """See `Watch`."""

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None:
        """See `Watch`."""


class Lasting:
    """Tells another, as long as its terminal is open: one that is closed ends no run, and keeps none from saving.

    Args:
        watch: is told.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def say(self, text: str) -> None:
        """See `Watch`."""
        with _open():
            self._watch.say(text)

    def begin(self, done: int, steps: int) -> None:
        """See `Watch`."""
        with _open():
            self._watch.begin(done, steps)

    def step(self, measured: Measured) -> None:
        """See `Watch`."""
        with _open():
            self._watch.step(measured)

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None:
        """See `Watch`."""
        with _open():
            self._watch.evaluated(step, losses)


@contextmanager
def _open() -> Iterator[None]:
    """What is written inside may go to a terminal that is not there any more."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EIO:
            raise
