from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.backends.base import Answer, StopReason, Usage
from ghost_architect.backends.openai.events import events
from ghost_architect.errors import BackendError, DeadlineError

from .asking import KEY, SQL, ask, failure
from .server import COUNTS, DONE, Script, Server, completion, delta, event, pieces, raw, serving, stream

pytestmark = pytest.mark.usefixtures("no_waiting")

COUNTED = Usage(70, 9)


# --- events ---


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\r\n\r\n", ["a"]),
        (b"data:  a\ndata: b\n\n", [" a\nb"]),
        (b": hello\n\n:\n\nevent: ping\nid: 7\nretry: 3\ndata: a\n\n", ["a"]),
        (b"data\n\ndata:\n\ndata: a\n\n", ["a"]),
        (b"error: a\n\n", ["a"]),
        (b"data: a", ["a"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"<html>\n\n", []),
        (b"", []),
    ],
)
def test_events(sent: bytes, received: list[str]) -> None:
    assert list(events([sent])) == received


_WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)


@given(words=st.lists(_WORDS, min_size=1, max_size=5), end=st.sampled_from(["\n", "\r\n"]), data=st.data())
def test_events_come_in_any_pieces(words: list[str], end: str, data: st.DataObject) -> None:
    whole = "".join(f"data: {word}{end}{end}" for word in words).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=20)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert list(events(chunks)) == words


# --- answers ---


def test_a_stream_is_asked_for_and_put_together() -> None:
    with serving(stream("CREATE ", "TABLE ", "ä")) as server:
        assert ask(server) == Answer("CREATE TABLE ä", StopReason.END, COUNTED)
    (seen,) = server.seen
    assert (seen.body["stream"], seen.body["stream_options"]) == (True, {"include_usage": True})


def test_characters_that_come_in_two_pieces() -> None:
    sent = event('{"choices": [{"delta": {"content": "größe 日"}}]}')
    cut = sent.index("ö".encode()) + 1
    halves = [b'data: {"choices": [{"delta": {"content": "%b"}}]}\n\n' % half for half in (rb"\ud83d", rb"\ude00")]
    with serving(pieces(sent[:cut], sent[cut:], *halves, DONE)) as server:
        assert ask(server).text == "größe 日😀"


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (stream(), Answer("", StopReason.END, COUNTED)),
        (stream("CREATE", finish="length"), Answer("CREATE", StopReason.LENGTH, COUNTED)),
        (pieces(b": thinking\n\n", delta("a"), b": thinking\n\n", delta("b", "stop")), Answer("ab")),
        (pieces(delta("a"), DONE, delta("b")), Answer("a")),
        (pieces(delta(reasoning_content="CREATE TABLE x"), delta("a"), DONE), Answer("a")),
        (pieces(delta([{"type": "text", "text": "a"}]), DONE), Answer("a")),
        (pieces(delta(None, refusal="I cannot."), DONE), Answer("I cannot.")),
        (pieces(event({"choices": [{"index": 1, "delta": {"content": "b"}}]}), delta("a"), DONE), Answer("a")),
        (pieces(event({"choices": []}), delta("a"), event({"choices": [{"finish_reason": "stop"}]})), Answer("a")),
        (pieces(delta("a"), DONE, kind="text/plain"), Answer("a")),
        (completion("whole"), Answer("whole", StopReason.END, COUNTED)),
    ],
)
def test_shapes_of_streams(script: Script, answer: Answer) -> None:
    with serving(script) as server:
        assert ask(server) == answer


def test_thoughts_without_an_answer_are_told() -> None:
    for script in (
        pieces(delta(reasoning_content="hm"), delta(finish="stop"), DONE),
        completion("", reasoning="hm"),
    ):
        with serving(script) as server:
            answer = ask(server)
        assert (answer.text, answer.stop) == ("", StopReason.END)
        assert answer.notes == (f"the model behind {server.url[7:-3]} thought, and then answered nothing",)


# --- what breaks off ---


def hang_after_words(handler: BaseHTTPRequestHandler, server: Server) -> None:
    pieces(delta(SQL), ends=False)(handler, server)
    server.stop.wait()


def endless_words(handler: BaseHTTPRequestHandler, server: Server) -> None:
    pieces(delta(SQL), ends=False)(handler, server)
    chunk = delta("x" * 60_000)
    while not server.stop.is_set():
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))


def drip_words(handler: BaseHTTPRequestHandler, server: Server) -> None:
    pieces(delta(SQL), ends=False)(handler, server)
    while not server.stop.wait(0.05):
        handler.wfile.write(b"1\r\n:\r\n")


ERROR = {"error": {"message": f"out of memory, {KEY}", "code": 500}}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (pieces(delta(SQL), ends=False), "broke off in the middle of its answer"),
        (pieces(delta(SQL)), "broke off in the middle of its answer"),
        (pieces(delta(SQL), delta("tail")[:-9]), "answered with something that is not JSON: "),
        (pieces(delta(SQL), event(ERROR)), "reports an error: out of memory, ***"),
        (pieces(delta(SQL), b"error: " + json.dumps(ERROR["error"]).encode()), "reports an error: out of memory, ***"),
        (pieces(delta(SQL), event({"object": "error", "message": "lost"}), DONE), "reports an error: lost"),
        (pieces(delta(SQL), event([])), "answered, but not with a chat completion: '[]'"),
        (hang_after_words, "did not finish its answer within 1.5 s"),
        (drip_words, "did not finish its answer within 1.5 s"),
    ],
)
def test_what_arrived_before_a_break_is_kept(script: Script, why: str) -> None:
    with serving(script) as server:
        answer = ask(server, seconds=1.5 if "1.5" in why else 20)
    assert answer.text.startswith(SQL)
    assert answer.stop is StopReason.LENGTH
    (note,) = answer.notes
    assert why in note
    assert note.endswith("; what had arrived was kept")
    assert KEY not in note


def test_an_endless_stream_is_stopped() -> None:
    with serving(endless_words) as server:
        answer = ask(server, seconds=60)
    assert 7_000_000 < len(answer.text) < 8_000_000
    assert answer.stop is StopReason.LENGTH
    assert "sent more than 8,000,000 bytes for one answer; what" in answer.notes[0]


@pytest.mark.parametrize("finish", ["content_filter", "abort", "tool_calls"])
def test_reasons_to_stop_that_may_have_cut_the_answer(finish: str) -> None:
    for script in (stream(SQL, finish=finish), completion(SQL, finish)):
        with serving(script) as server:
            answer = ask(server)
        assert (answer.text, answer.stop) == (SQL, StopReason.LENGTH)
        assert answer.notes == (f"{server.url[7:-3]} may not have said all: it stopped for '{finish}'",)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (pieces(ends=False), "broke off in the middle of its answer"),
        (pieces(delta(None, role="assistant")), "broke off in the middle of its answer"),
        (pieces(event(ERROR)), "reports an error: out of memory, ***"),
        (pieces(b"<html>no</html>"), "not with a chat completion: ''"),
        (pieces(DONE), "not with a chat completion: '[DONE]'"),
        (pieces(COUNTS, DONE), "not with a chat completion"),
        (pieces(event("{")), "not JSON: '{'"),
        (pieces(event("[" * 100_000)), "not JSON"),
        (stream(finish="content_filter"), "gave no text: it stopped for 'content_filter'"),
        (raw(b"<html>login</html>", Content_Type="text/html"), "not JSON: '<html>login</html>'"),
    ],
)
def test_breaks_without_a_word_are_errors(script: Script, message: str) -> None:
    error = failure(script)
    assert isinstance(error, BackendError)
    assert message in error.message


def test_a_deadline_without_a_word_is_one() -> None:
    def thinks(handler: BaseHTTPRequestHandler, server: Server) -> None:
        pieces(delta(reasoning_content="hm"), ends=False)(handler, server)
        server.stop.wait()

    assert isinstance(failure(thinks, seconds=0.4), DeadlineError)
