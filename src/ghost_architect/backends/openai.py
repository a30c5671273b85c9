"""Any server that speaks OpenAI's chat completions and can see: vLLM, llama.cpp, Ollama, OpenAI itself.

    pages -> PNGs as data: URIs + the prompt -> POST {base}/chat/completions -> Answer

Only the standard library is used. The whole exchange (name lookup, connection, every byte of the
answer, retries) has one deadline: it runs in a thread of its own, and when time is up the socket
is shut and the caller goes on. Redirects are not followed and proxies in the environment are not
used, so the pictures go to `host` and to nowhere else.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import base64
import io
import json
import os
import time
from collections.abc import Sequence
from typing import Any

from ghost_architect.errors import BackendError, UsageError
from ghost_architect.pages.page import Page, Pixels

from .base import Answer, StopReason, Usage
from .transport import Endpoint, Reply, one_line, post

RETRIED = frozenset({408, 429, 502, 503, 504})
"""Statuses that may pass by themselves."""

ATTEMPTS = 5
FIRST_PAUSE_S = 1.0
"""Waiting before a retry doubles from this, where the server does not say how long."""


class OpenAIBackend:
    """Reads pages with a model behind an OpenAI-compatible server.

    Args:
        model: the model's name, as the server knows it.
        base_url: where the API lives, usually ending in `/v1`; else GHOST_BASE_URL.
        api_key: sent as a bearer token; else GHOST_API_KEY; may be missing.
        max_tokens: the longest answer.
        seconds: how long one call may take, unless `generate` says otherwise.
        max_side: a picture whose longer side has more pixels is made smaller before it is sent.
            (OpenAI's own models scale to 2048; Gemma to 896.)
        max_bytes: a longer response is refused.

    Attributes:
        host: where the pictures go: `name` or `name:port`.

    Raises:
        UsageError: no server or model is given, or the address is none.
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
        seconds: float = 300.0,
        max_side: int = 2048,
        max_bytes: int = 8_000_000,
    ) -> None:
        if not model:
            raise UsageError("backend 'openai' needs the name of a model", "--model NAME, as the server knows it")
        address = base_url or os.environ.get("GHOST_BASE_URL", "")
        if not address:
            raise UsageError("backend 'openai' needs a server", "export GHOST_BASE_URL=http://localhost:8080/v1")
        self.model = model
        self._endpoint = Endpoint.read(address, api_key or os.environ.get("GHOST_API_KEY", ""))
        self.host = self._endpoint.host
        self._max_tokens, self._seconds = max_tokens, seconds
        self._max_side, self._max_bytes = max_side, max_bytes

    def __repr__(self) -> str:
        return f"OpenAIBackend(model={self.model!r}, host={self.host!r})"

    @staticmethod
    def available() -> str:
        """Why it cannot run as things stand, or nothing."""
        return "" if os.environ.get("GHOST_BASE_URL") else "GHOST_BASE_URL is not set"

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """Ask the server.

        Raises:
            BackendError: it cannot be reached, refuses, stays overloaded, or its answer is none.
            DeadlineError: all of it took longer than `seconds`.
        """
        allowed = self._seconds if seconds is None else seconds
        deadline = time.monotonic() + allowed
        body = json.dumps(self._request(pages, prompt)).encode()
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            reply = post(self._endpoint, "/chat/completions", body, deadline, allowed, self._max_bytes)
            if reply.status == 200:
                return self._answer(reply)
            if reply.status not in RETRIED or attempt == ATTEMPTS:
                break
            wait = pause if reply.retry_after is None else reply.retry_after
            if time.monotonic() + wait >= deadline:
                break
            time.sleep(wait)
            pause *= 2
        raise self._refusal(reply)

    def _request(self, pages: Sequence[Page], prompt: str) -> dict[str, Any]:
        pictures = [page.pixels for page in pages if page.pixels is not None]
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": data_uri(pixels, self._max_side)}} for pixels in pictures
        ]
        content.append({"type": "text", "text": prompt})
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "max_tokens": self._max_tokens,
        }

    def _answer(self, reply: Reply) -> Answer:
        try:
            body = json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise BackendError(
                f"{self.host} answered with something that is not JSON: {self._safe(reply.body, 80)!r}",
                "GHOST_BASE_URL has to name an OpenAI-compatible API; it usually ends in /v1",
            ) from error
        try:
            choice = body["choices"][0]
            text, stop = _text(choice["message"]), choice.get("finish_reason") or "stop"
        except (LookupError, TypeError, AttributeError) as error:
            raise BackendError(
                f"{self.host} answered, but not with a chat completion: {self._safe(reply.body, 80)!r}",
                "GHOST_BASE_URL has to name an OpenAI-compatible API; it usually ends in /v1",
            ) from error
        if not text and stop not in ("stop", "length"):
            raise BackendError(f"{self.host} gave no text: it stopped for {self._safe(str(stop).encode(), 40)!r}")
        return Answer(text, StopReason.LENGTH if stop == "length" else StopReason.END, _usage(body))

    def _refusal(self, reply: Reply) -> BackendError:
        status, host = reply.status, self.host
        said = self._safe(_message(reply.body), 200)
        because = f": {said}" if said else ""
        if 300 <= status < 400:
            return BackendError(
                f"{host} answered with a redirect ({status}), which is not followed",
                "set GHOST_BASE_URL to the final address",
            )
        if status in (401, 403):
            return BackendError(f"{host} refuses access ({status}){because}", "set GHOST_API_KEY to a valid key")
        if status == 404:
            return BackendError(
                f"{host} has no model {self.model!r}, or no chat completions at this address (404){because}",
                "check --model and GHOST_BASE_URL (it usually ends in /v1)",
            )
        if status == 413:
            return BackendError(f"{host} finds the pictures too large (413){because}", "give it fewer screens")
        if status in RETRIED:
            wait = "" if reply.retry_after is None else f"; it asks to wait {reply.retry_after:.0f} s"
            return BackendError(f"{host} is overloaded or not ready ({status}){wait}{because}", "try again later")
        return BackendError(f"{host} refuses the call ({status}){because}")

    def _safe(self, data: bytes, limit: int) -> str:
        """Text of the server as one printable line without the key, which some servers repeat."""
        text = data[:20_000].decode("utf-8", "replace")
        if self._endpoint.key:
            text = text.replace(self._endpoint.key, "***")
        return one_line(text, limit)


def data_uri(pixels: Pixels, max_side: int) -> str:
    """The picture as a PNG in a data: URI, its longer side at most `max_side` pixels.

    It is encoded anew from pixels, so nothing else that was in the file (places, names) leaves with it.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    longer = max(image.size)
    if longer > max_side:
        width, height = (max(1, round(side * max_side / longer)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _text(message: dict[str, Any]) -> str:
    """The words of a message: a string, a list of parts, or a refusal. None is an empty answer."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    text = content or message.get("refusal") or ""
    if not isinstance(text, str):
        raise TypeError("content is not text")
    # JSON can spell half of a surrogate pair, which no file or terminal takes.
    return text.encode("utf-8", "replace").decode()


def _usage(body: dict[str, Any]) -> Usage:
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return Usage()
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    return Usage(*(n if isinstance(n, int) else 0 for n in counts))


def _message(body: bytes) -> bytes:
    """What an error body says: OpenAI's {"error": {"message"}}, its relatives, or nothing for a web page."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return b"" if body.lstrip()[:1] == b"<" else body
    for key in ("error", "message", "detail"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    return str(found).encode("utf-8", "replace")
