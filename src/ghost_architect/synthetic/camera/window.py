"""The size of a screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The size of a screen.

    Attributes:
        width, height: in CSS pixels.
        scale: device pixels for one of them.
    """

    width: int
    height: int
    scale: float = 1.0

    @property
    def narrow(self) -> bool:
        """Whether it is a telephone's."""
        return self.width < 600

    @property
    def device(self) -> str:
        """What it is the window of."""
        return "mobile" if self.narrow else "tablet" if self.width < 1000 else "desktop"
