"""Who is told how a run goes."""

from __future__ import annotations

from collections.abc import Mapping
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
