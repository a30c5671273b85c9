"""Answers that were written beforehand, for tests and for trying the road after the model.

From Python it is given a queue of answers or a function; on the command line (`--backend fake
--model FILE`) it gives the content of a file as the answer to everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ghost_architect.errors import BackendError, UsageError
from ghost_architect.pages.page import Page

from .base import Answer

Answering = Callable[[Sequence[Page], str], "Answer | str"]


class FakeBackend:
    """Gives the next of `answers`, or what the function `answers` returns; remembers what it was asked.

    Args:
        model: a file whose text is the answer to every call, when `answers` is left out.
        answers: the answers in turn (an exception among them is raised), or a function of pages and prompt.
        pages_per_call: how many screens it claims to read at once.
        repairs: whether it wants to be told what was wrong.

    Attributes:
        calls: pages and prompt of every call so far.

    Raises:
        UsageError: `model` names no readable file.
    """

    name = "fake"

    def __init__(
        self,
        model: str | None = None,
        answers: Iterable[Answer | str | Exception] | Answering | None = None,
        pages_per_call: int | None = None,
        repairs: bool = False,
    ) -> None:
        self.model = model or "fake"
        self.pages_per_call = pages_per_call
        self.repairs = repairs
        self.calls: list[tuple[tuple[Page, ...], str]] = []
        self._function: Answering | None = answers if callable(answers) else None
        self._queue = deque(() if answers is None or callable(answers) else answers)
        if answers is None and model is not None:
            text = _content(model)
            self._function = lambda *_: text

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """The next answer.

        Raises:
            BackendError: no answer is left.
        """
        self.calls.append((tuple(pages), prompt))
        if self._function is not None:
            return _as_answer(self._function(pages, prompt))
        if not self._queue:
            raise BackendError("the fake backend has no answer left", "give it one with --model FILE")
        answer = self._queue.popleft()
        if isinstance(answer, Exception):
            raise answer
        return _as_answer(answer)


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the fake backend cannot read its answer from {path!r}: {error}", "--model takes a text file"
        ) from error


def _as_answer(answer: Answer | str) -> Answer:
    return answer if isinstance(answer, Answer) else Answer(answer)
