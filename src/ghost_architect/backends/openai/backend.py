"""The backend itself: its settings, the retries, and what is left out for a server that refuses it."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from ghost_architect.errors import BackendError, DeadlineError, UsageError, nearest
from ghost_architect.pages.page import Page

from ..base import Answer
from ..transport import Deadline, Endpoint, Response, send
from .reply import RETRIED, Speaker, complaint, read_answer, refusal
from .request import Fields, message
from .servers import AUTO, CHOICES, NONE, Server, recognised

ATTEMPTS = 5
FIRST_PAUSE_S = 1.0
"""Waiting before a retry doubles from this, where the server does not say how long."""

PROBE_S = 10.0
"""How long the server may take to list its models. One that takes longer stays unknown."""

MAX_BYTES = 8_000_000
BYTES_PER_TOKEN = 500
"""A response may have as many bytes, whichever is more. A streamed token takes about 250."""


class OpenAIBackend:
    """Reads pages with a model behind an OpenAI-compatible server.

    Args:
        model: the model's name, as the server knows it.
        base_url: where the API lives, usually ending in `/v1`; else GHOST_BASE_URL.
        api_key: sent as a bearer token; else GHOST_API_KEY; may be missing.
        max_tokens: the longest answer.
        grammar: how the server holds the model to the grammar of answers: a key of
            `servers.GRAMMAR_FIELDS`, "none", or "auto", which asks for the list of models first.
        temperature: 0 for the likeliest answer; more for more variety.
        seconds: how long one call may take, unless `generate` says otherwise.
        max_side: a picture whose longer side has more pixels is made smaller before it is sent.
            (OpenAI's own models scale to 2048; Gemma to 896.)

    Attributes:
        host: where the pictures go: `name` or `name:port`.

    Raises:
        UsageError: no server or model is given, the address is none, or a setting is out of range.
    """

    name = "openai"
    pages_per_call: int | None = None
    repairs = True

    def __init__(
        self,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        max_tokens: int = 8192,
        grammar: str = AUTO,
        temperature: float = 0.0,
        seconds: float = 300.0,
        max_side: int = 2048,
    ) -> None:
        if not model:
            raise UsageError("backend 'openai' needs the name of a model", "--model NAME, as the server knows it")
        address = base_url or os.environ.get("GHOST_BASE_URL", "")
        if not address:
            raise UsageError("backend 'openai' needs a server", "export GHOST_BASE_URL=http://localhost:8080/v1")
        if grammar not in CHOICES:
            raise UsageError(f"backend 'openai' has no grammar {grammar!r}", nearest(grammar, CHOICES))
        for setting, value in {"max_tokens": max_tokens, "seconds": seconds, "max_side": max_side}.items():
            if not value > 0:
                raise UsageError(f"backend 'openai': {setting} is {value:g}, and has to be more than 0")
        self.model = model
        self._endpoint = Endpoint.read(address, api_key or os.environ.get("GHOST_API_KEY", ""))
        self.host = self._endpoint.host
        self._speaker = Speaker(self.host, self._endpoint.key)
        self._max_tokens, self._grammar = max_tokens, grammar
        self._seconds, self._max_side = seconds, max_side
        self._max_bytes = max(MAX_BYTES, BYTES_PER_TOKEN * max_tokens)
        self._server: Server | None = None
        self._fields = Fields(temperature=temperature)
        self._notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"OpenAIBackend(model={self.model!r}, host={self.host!r})"

    @staticmethod
    def available() -> str:
        """Why it cannot run as things stand, or nothing."""
        return "" if os.environ.get("GHOST_BASE_URL") else "GHOST_BASE_URL is not set"

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """Ask the server. An answer that breaks off comes back as far as it came, with a note.

        Raises:
            BackendError: it cannot be reached, refuses, stays overloaded, or its answer is none.
            DeadlineError: nothing of an answer came within `seconds`.
        """
        deadline = Deadline.after(self._seconds if seconds is None else seconds)
        if self._server is None:
            self._server = self._probed(deadline)
            self._fields = replace(self._fields, grammar=self._server.grammar)
        asked = {"model": self.model, "messages": [message(pages, prompt, self._max_side)]}
        while True:
            body = json.dumps(asked | self._fields.written(self._max_tokens)).encode()
            with self._sent("/chat/completions", body, deadline) as response:
                if response.status == 200:
                    answer = read_answer(response, self._speaker)
                    return replace(answer, notes=(*self._notes, *answer.notes))
                refused = _body(response)
            if response.status not in (400, 422) or not self._yields(response.status, refused):
                raise refusal(response, refused, self.model, self._server.models, self._speaker)

    def _probed(self, deadline: Deadline) -> Server:
        """What the server is, as far as that has to be known."""
        if self._grammar != AUTO:
            return Server("" if self._grammar == NONE else self._grammar)
        try:
            response = self._sent("/models", None, deadline, PROBE_S)
            with response:
                listing = response.read()
        except (BackendError, DeadlineError):
            if not deadline.left():
                raise
            return Server()  # what is wrong besides a missing list, the question itself will meet
        if response.status in RETRIED:  # it is not ready for a question either
            raise refusal(response, listing, self.model, (), self._speaker)
        return recognised(listing, self.model) if response.status == 200 else Server()

    def _sent(self, path: str, body: bytes | None, deadline: Deadline, seconds: float = math.inf) -> Response:
        """The response, after as many attempts as it takes and there is time for, each so many seconds at most."""
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            response = send(self._endpoint, path, body, deadline.sooner(seconds), self._max_bytes)
            wait = pause if response.retry_after is None else response.retry_after
            if response.status not in RETRIED or attempt == ATTEMPTS or wait >= deadline.left():
                break
            with response:  # ends it
                time.sleep(wait)
            pause *= 2
        return response

    def _yields(self, status: int, refused: bytes) -> bool:
        """Whether there is another way to ask after this refusal; if so, it is the one from now on."""
        words = refused.decode("utf-8", "replace")
        other = self._fields.otherwise(words)
        if other == self._fields:
            return False
        why = self._speaker.quoted(complaint(refused), 80)
        because = f"{status}: {why}" if why else str(status)
        if self._fields.grammar and not other.grammar:
            self._notes += (f"{self.host} does not take the grammar of answers ({because}), so it was left out",)
        if self._fields.temperature is not None and other.temperature is None:
            self._notes += (f"{self.host} takes no temperature ({because}), so its answers vary",)
        self._fields = other
        return True


def _body(response: Response) -> bytes:
    """What a refusal says; the status alone, where a server hangs up before the pictures are sent."""
    try:
        return response.read()
    except BackendError:
        return b""
