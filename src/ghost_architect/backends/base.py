"""What a backend is: pages and a prompt go in; text, why it stopped, and what it cost come out.

A backend knows nothing of SQL, dialects or files, and backends do not know each other. Its answer
is text in the form that `schema.ddl` writes for PostgreSQL with line citations, or empty for
pages without data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ghost_architect.pages.page import Page


class StopReason(StrEnum):
    """Why the answer ended. LENGTH means that its tail is missing."""

    END = "end"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in and out; 0 where the backend has no tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backend said. `notes` are for the user: what about this answer is not as was asked for."""

    text: str
    stop: StopReason = StopReason.END
    usage: Usage = Usage()
    notes: tuple[str, ...] = ()


class Backend(Protocol):
    """One way to read pages.

    Attributes:
        name: as on the command line.
        model: what answers: a model's name, or a version.
        pages_per_call: how many screens it reads at once; None for any number. Screens beyond
            that are read one call after another and merged.
        repairs: whether it may do better when it is told what was wrong with its answer.
    """

    name: str
    model: str
    pages_per_call: int | None
    repairs: bool

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """Read the pages.

        Args:
            pages: at least one; lines are numbered through all of them.
            prompt: the wording of `pages.prompt`, with the lines.
            seconds: how long it may take; None for the backend's own limit.

        Raises:
            BackendError: it cannot be reached, or what it said is no answer.
            DeadlineError: it took longer than `seconds`.
        """
        ...
