"""Server-sent events: bytes that come in any pieces -> the data of each event.

    data: {"choices": ...}      an event ends with an empty line
    : keep-alive                a comment, which some servers send while the model thinks
    data: [DONE]                ends an answer of chat completions

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (lines that end in a lone
carriage return are not told apart, since no server writes them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

DONE = "[DONE]"


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each event. One that was not ended at the end of the bytes counts, too."""
    data: list[str] = []
    for line in _lines(chunks):
        name, _, value = line.partition(":")
        # Older releases of llama.cpp name the field `error` in which they tell of one.
        if name in ("data", "error"):
            data.append(value.removeprefix(" "))
        elif not line:
            if any(data):
                yield "\n".join(data)
            data = []
    if any(data):
        yield "\n".join(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines without their ends. Only whole lines are decoded, as a character may be in two pieces."""
    rest = bytearray()
    for chunk in chunks:
        searched = len(rest)
        rest += chunk
        while (end := rest.find(b"\n", searched)) >= 0:
            yield _decoded(rest[:end])
            del rest[: end + 1]
            searched = 0
    yield _decoded(rest)


def _decoded(line: bytes | bytearray) -> str:
    return line.decode("utf-8-sig", "replace").removesuffix("\r")
