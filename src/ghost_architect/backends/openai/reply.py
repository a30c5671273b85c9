"""What a server said -> an `Answer`, or an error in words that say what to do.

    200, text/event-stream      events, put together as they arrive
    200, anything else          one chat completion in JSON: not every server can stream
    other statuses              what is wrong, and what to type

An answer that breaks off (the connection, the server's own error, our cap or deadline) is not lost:
what had arrived comes back with `StopReason.LENGTH` and a note, since the reader of answers knows how
to keep the finished part of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ghost_architect.errors import BackendError, DeadlineError

from ..base import Answer, StopReason, Usage
from ..transport import Response, one_line
from .events import DONE, events

RETRIED = frozenset({408, 429, 502, 503, 504})
"""Statuses that may pass by themselves."""

_ENDS = frozenset({"stop", "eos", "eos_token", "stop_sequence", "end_turn"})
"""Reasons to stop that mean: the model was finished."""

_ADDRESS = "GHOST_BASE_URL has to name an OpenAI-compatible API; it usually ends in /v1"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, for messages; and the key, which no message repeats."""

    host: str
    key: str = field(default="", repr=False)

    def quoted(self, said: bytes | str, limit: int) -> str:
        """Words of the server as one printable line without the key, which some servers repeat."""
        text = said[:20_000]
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return one_line(text.replace(self.key, "***") if self.key else text, limit)


@dataclass(slots=True)
class _Draft:
    """An answer while it arrives."""

    parts: list[str] = field(default_factory=list)
    thoughts: bool = False
    stop: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def text(self) -> str:
        """All words so far. Thoughts among them are for the reader of answers to leave out."""
        # JSON spells a character outside of the first plane as two halves, which may come in two
        # events; a half that stays alone is no character, and no file or terminal takes it.
        return "".join(self.parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def add(self, body: Any, place: str) -> None:
        """Take in a chat completion, whose words are in `message`, or a part of one, with `delta`."""
        self.usage = _usage(body) or self.usage
        for choice in body["choices"]:
            if choice.get("index") in (0, None):
                said = choice["message"] if place == "message" else choice.get("delta") or {}
                self.parts.append(_words(said))
                self.thoughts |= bool(said.get("reasoning_content") or said.get("reasoning"))
                self.stop = choice.get("finish_reason") or self.stop

    def answer(self, speaker: Speaker, broken: str = "") -> Answer:
        """The answer as far as it came. `broken` says why it came no further."""
        text = self.text
        if broken:
            return Answer(text, StopReason.LENGTH, self.usage, (f"{broken}; what had arrived was kept",))
        stop = self.stop or "stop"
        if stop in _ENDS:
            silent = self.thoughts and not text.strip()
            notes = (f"the model behind {speaker.host} thought, and then answered nothing",) if silent else ()
            return Answer(text, StopReason.END, self.usage, notes)
        if stop == "length":
            return Answer(text, StopReason.LENGTH, self.usage)
        why = f"it stopped for {speaker.quoted(str(stop), 40)!r}"
        if not text.strip():
            raise BackendError(f"{speaker.host} gave no text: {why}")
        return Answer(text, StopReason.LENGTH, self.usage, (f"{speaker.host} may not have said all: {why}",))


def read_answer(response: Response, speaker: Speaker) -> Answer:
    """The answer in a response of status 200.

    Raises:
        BackendError: it is no chat completion, or broke off before a word of it.
        DeadlineError: the deadline came before a word of it.
    """
    if response.kind == "text/event-stream":
        return _read_stream(response.chunks(), speaker)
    body = response.read()
    if body.lstrip().startswith((b"data:", b"event:", b": ")):  # a stream under a wrong name
        return _read_stream([body], speaker)
    draft, text = _Draft(), body.decode("utf-8-sig", "replace")
    _add(draft, text, "message", speaker)
    if not draft.parts:
        raise _no_completion(text, speaker)
    return draft.answer(speaker)


def _read_stream(chunks: Iterable[bytes], speaker: Speaker) -> Answer:
    draft = _Draft()
    try:
        _follow(draft, chunks, speaker)
    except (BackendError, DeadlineError) as error:
        if not draft.text.strip():
            raise
        return draft.answer(speaker, error.message)
    return draft.answer(speaker)


def _follow(draft: _Draft, chunks: Iterable[bytes], speaker: Speaker) -> None:
    """Take in the events until the answer is over."""
    data = ""
    for data in events(chunks):
        if data == DONE:
            break
        _add(draft, data, "delta", speaker)
    if not draft.parts:
        raise _no_completion(data, speaker)
    if data != DONE and not draft.stop:
        raise BackendError(f"{speaker.host} broke off in the middle of its answer")


def _add(draft: _Draft, data: str, place: str, speaker: Speaker) -> None:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        said = speaker.quoted(data, 80)
        raise BackendError(f"{speaker.host} answered with something that is not JSON: {said!r}", _ADDRESS) from error
    if isinstance(body, dict) and not body.get("choices") and (body.get("error") or "message" in body):
        raise BackendError(f"{speaker.host} reports an error: {speaker.quoted(_message(body), 200)}")
    try:
        draft.add(body, place)
    except (LookupError, TypeError, AttributeError) as error:
        raise _no_completion(data, speaker) from error


def _no_completion(data: str, speaker: Speaker) -> BackendError:
    said = speaker.quoted(data, 80)
    return BackendError(f"{speaker.host} answered, but not with a chat completion: {said!r}", _ADDRESS)


def _words(message: dict[str, Any]) -> str:
    """The words of a message: a string, a list of parts, or a refusal. None is an empty answer."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    text = content or message.get("refusal") or ""
    if not isinstance(text, str):
        raise TypeError("content is not text")
    return text


def _usage(body: dict[str, Any]) -> Usage | None:
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    return Usage(*(n if isinstance(n, int) else 0 for n in counts))


def _message(body: dict[str, Any]) -> str:
    """What an error says: OpenAI's {"error": {"message"}}, and its relatives."""
    found: Any = body
    for key in ("error", "message", "detail"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    return str(found)


def complaint(body: bytes) -> str:
    """What the body of a refusal says: its message, or its text, or nothing for a web page."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip()[:1] == b"<" else body.decode("utf-8", "replace")
    return _message(found) if isinstance(found, dict) else str(found)


def refusal(response: Response, body: bytes, model: str, models: tuple[str, ...], speaker: Speaker) -> BackendError:
    """The error for a status that is not 200.

    Args:
        models: those that the server lists, for the hint.
    """
    status, host = response.status, speaker.host
    words = speaker.quoted(complaint(body), 200)
    because = f": {words}" if words else ""
    if 300 <= status < 400:
        return BackendError(
            f"{host} answered with a redirect ({status}), which is not followed",
            "set GHOST_BASE_URL to the final address",
        )
    if status in (401, 403):
        return BackendError(f"{host} refuses access ({status}){because}", "set GHOST_API_KEY to a valid key")
    if status == 404:
        known = speaker.quoted(", ".join(models), 200)
        return BackendError(
            f"{host} has no model {model!r}, or no chat completions at this address (404){because}",
            f"--model takes one of its models: {known}"
            if known
            else "check --model and GHOST_BASE_URL (it usually ends in /v1)",
        )
    if status == 413:
        return BackendError(f"{host} finds the pictures too large (413){because}", "give it fewer screens")
    if status in RETRIED:
        wait = "" if response.retry_after is None else f"; it asks to wait {response.retry_after:.0f} s"
        return BackendError(f"{host} is overloaded or not ready ({status}){wait}{because}", "try again later")
    hint = "give it fewer screens at once, or the server a larger context" if "context" in words else ""
    return BackendError(f"{host} refuses the call ({status}){because}", hint)
