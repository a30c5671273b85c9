"""Every error a user can meet, and the exit code it ends in.

    GhostError                  1   our own fault
    ├── UsageError              2   the call or a configuration file is wrong
    ├── InputError              3   a file that was handed in is refused
    │   ├── ImageError              ... a picture
    │   └── SqlError                ... SQL text
    ├── EngineError             4   a database engine is missing or refuses to work
    ├── BackendError            5   a backend cannot be reached or answers nonsense
    └── DeadlineError           6   something took longer than it may

A message is one line: what happened and why. `hint` is what to type next. What comes from outside is
made `printable` before it stands in one; `nearest` is the hint for a name that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def printable(text: object) -> str:
    """The text on one line, everything that cannot be seen escaped, so that it cannot steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def shortened(text: object, most: int) -> str:
    """The text as `printable` makes it, without what is beyond so many characters.

    >>> shortened("customers", 20), shortened("customers_of_customers", 9)
    ('customers', 'customer…')
    """
    shown = printable(str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a name that is not among the known ones: the one that is most like it, or all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(names) or 'none'}"


class GhostError(Exception):
    """Base of all errors that are shown as one line. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GhostError):
    """The call, an option or a configuration file is wrong."""

    exit_code = 2


class InputError(GhostError):
    """A file that was handed in cannot be used."""

    exit_code = 3


class ImageError(InputError):
    """A picture is of the wrong type, size or shape, is damaged, or lies about itself."""


class SqlError(InputError):
    """SQL text cannot be read, or holds a statement that is not on the allow-list."""


class EngineError(GhostError):
    """A database engine is not installed, does not start, or refuses the connection."""

    exit_code = 4


class BackendError(GhostError):
    """A backend is not installed, not reachable, or gave an answer that is none."""

    exit_code = 5


class DeadlineError(GhostError):
    """Something took longer than it may."""

    exit_code = 6
