from __future__ import annotations

import base64
import io
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from PIL import Image

from ghost_architect.backends import open_backend
from ghost_architect.backends.base import Answer, StopReason, Usage
from ghost_architect.backends.openai import OpenAIBackend
from ghost_architect.backends.openai import backend as module
from ghost_architect.backends.openai.request import data_uri
from ghost_architect.errors import BackendError, UsageError
from ghost_architect.pages.page import Page

from .asking import KEY, SQL, ask, failure, page
from .server import Script, completion, raw, reply, serving

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_answer_and_what_was_sent() -> None:
    with serving(completion(SQL)) as server:
        assert ask(server, max_tokens=77) == Answer(SQL, StopReason.END, Usage(70, 9))
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["Authorization"] == f"Bearer {KEY}"
    assert (seen.body["model"], seen.body["temperature"], seen.body["max_tokens"]) == ("m", 0, 77)
    (message,) = seen.body["messages"]
    picture, words = message["content"]
    assert words == {"type": "text", "text": "Read this."}
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    pixels = page().pixels
    assert pixels is not None
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), pixels)


def test_no_key_no_header_and_pages_without_pixels() -> None:
    with serving(completion("")) as server:
        blind = Page("a.png", 9, 9, ())
        backend = OpenAIBackend("m", base_url=server.url + "/")
        assert backend.generate([blind, page(), page()], "p").text == ""
    (seen,) = server.seen
    assert "Authorization" not in seen.headers
    assert seen.path == "/v1/chat/completions"
    assert [part["type"] for part in seen.body["messages"][0]["content"]] == ["image_url", "image_url", "text"]


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OpenAIBackend.available() == "GHOST_BASE_URL is not set"
    with serving(completion(SQL)) as server:
        monkeypatch.setenv("GHOST_BASE_URL", server.url)
        monkeypatch.setenv("GHOST_API_KEY", KEY)
        assert OpenAIBackend.available() == ""
        backend = OpenAIBackend("m")
        backend.generate([page()], "p")
    assert server.seen[0].headers["Authorization"] == f"Bearer {KEY}"
    assert backend.host in server.url
    assert KEY not in repr(backend) + repr(vars(backend))


@pytest.mark.parametrize(
    ("width", "height", "size"), [(100, 50, (64, 32)), (50, 100, (32, 64)), (64, 64, (64, 64)), (1000, 3, (64, 1))]
)
def test_large_pictures_are_made_smaller(width: int, height: int, size: tuple[int, int]) -> None:
    pixels = page(width, height).pixels
    assert pixels is not None
    data = base64.b64decode(data_uri(pixels, 64).partition(",")[2])
    assert Image.open(io.BytesIO(data)).size == size


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (completion("CREATE", "length"), Answer("CREATE", StopReason.LENGTH, Usage(70, 9))),
        (completion(None), Answer("", StopReason.END, Usage(70, 9))),
        (completion(None, "length"), Answer("", StopReason.LENGTH, Usage(70, 9))),
        (completion(None, refusal="I cannot."), Answer("I cannot.", StopReason.END, Usage(70, 9))),
        (
            completion([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
            Answer("ab", StopReason.END, Usage(70, 9)),
        ),
        (reply({"choices": [{"message": {"content": "x"}}]}), Answer("x")),
        (reply({"choices": [{"message": {"content": c}, "index": i} for i, c in enumerate("xy")]}), Answer("x")),
        (
            raw(b'\xef\xbb\xbf{"choices": [{"message": {"content": "caf\xe9"}}]}', Content_Type="text/plain"),
            Answer("caf\ufffd"),
        ),
        (completion("ok", reasoning_content="CREATE TABLE no"), Answer("ok", StopReason.END, Usage(70, 9))),
        (reply({"choices": [{"message": {"content": "x"}, "finish_reason": None}], "usage": None}), Answer("x")),
        (raw(b'{"choices": [{"message": {"content": "\\ud83d"}}]}'), Answer("\ufffd")),
    ],
)
def test_shapes_of_answers(script: Script, answer: Answer) -> None:
    with serving(script) as server:
        assert ask(server) == answer


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (raw(b"<html>hello</html>"), "not JSON"),
        (raw(b""), "not JSON"),
        (raw(b"[" * 100_000), "not JSON"),
        (raw(b"\xff\xfe\x00"), "not JSON"),
        (reply([]), "not with a chat completion"),
        (reply({"choices": []}), "not with a chat completion"),
        (reply({"choices": [{"text": "CREATE"}]}), "not with a chat completion"),
        (reply({"choices": [{"message": "CREATE"}]}), "not with a chat completion"),
        (completion({"sql": "CREATE"}), "not with a chat completion"),
        (completion([{"type": "text"}]), "not with a chat completion"),
        (completion(None, "content_filter"), "gave no text: it stopped for 'content_filter'"),
        (completion(None, "tool_calls", tool_calls=[{"id": "1"}]), "gave no text: it stopped for 'tool_calls'"),
        (reply({"error": {"message": f"no, {KEY}"}}), r"reports an error: no, \*\*\*$"),
        (raw(b"\x1f\x8b", Content_Encoding="gzip"), "sends a compressed answer, which it was not asked for"),
        (reply({"error": {"message": f"bad key {KEY}\nrow 2"}}, 401), r"refuses access \(401\): bad key \*\*\* row 2"),
        (reply({"detail": "no"}, 403), r"refuses access \(403\): no"),
        (reply({"error": "model not found"}, 404), r"no model 'm', .*\(404\): model not found"),
        (raw(b"<html>nginx</html>", 404), r"no model 'm', .*\(404\)$"),
        (raw(b"<html>nginx</html>", 413), r"too large \(413\)$"),
        (reply({"message": "\x1b[31mno eyes\x07"}, 400), r"refuses the call \(400\): \[31mno eyes$"),
        (raw(b"x" * 5000, 500), r"refuses the call \(500\): x{199}…$"),
    ],
)
def test_nonsense_and_refusals_are_not_tried_again(script: Script, message: str) -> None:
    with serving(script) as server, pytest.raises(BackendError, match=message) as caught:
        ask(server)
    assert len(server.seen) == 1
    assert "\n" not in caught.value.message
    assert KEY not in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with serving(completion(SQL)) as other:
        error = failure(raw(b"", status, Location=other.url + "/chat/completions"))
    assert "redirect" in error.message
    assert other.seen == []


def test_overloaded_then_well() -> None:
    waits = [reply({}, 429, Retry_After="0"), reply({}, 503), reply({}, 502)]
    with serving(*waits, completion(SQL)) as server:
        assert ask(server).text == SQL
    assert len(server.seen) == 4


def test_retry_after_is_waited_for() -> None:
    with serving(reply({}, 429, Retry_After="1"), completion(SQL)) as server:
        started = time.monotonic()
        assert ask(server).text == SQL
        assert time.monotonic() - started >= 1


def test_retry_after_as_a_date() -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    with serving(reply({}, 503, Retry_After=past), reply({}, 503, Retry_After="soon"), completion(SQL)) as server:
        assert ask(server).text == SQL


@pytest.mark.parametrize(
    "when", ["Thu, 99 Foo 2026", "1 Jan 99999999999999 00:00:00", "1 Jan 2026 00:00:00 +9999999", "-1"]
)
def test_retry_after_of_nonsense(when: str) -> None:
    with serving(reply({}, 503, Retry_After=when), completion(SQL)) as server:
        assert ask(server).text == SQL


def test_overloaded_for_ever() -> None:
    with serving(reply({"error": {"message": "loading model"}}, 503)) as server, pytest.raises(BackendError) as caught:
        ask(server)
    assert len(server.seen) == module.ATTEMPTS
    assert caught.value.message.endswith("is overloaded or not ready (503): loading model")


def test_no_wait_that_cannot_end_before_the_deadline() -> None:
    error = failure(reply({}, 429, Retry_After="3600"))
    assert isinstance(error, BackendError)
    assert "it asks to wait 3600 s" in error.message


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="needs the name of a model"):
        OpenAIBackend(base_url="http://h/v1")
    with pytest.raises(UsageError, match="needs a server"):
        OpenAIBackend("m")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"max_tokens": 0}, "max_tokens is 0, and has to be more than 0"),
        ({"seconds": -1.0}, "seconds is -1, and"),
        ({"max_side": 0}, "max_side is 0, and"),
        ({"grammar": "gbnf"}, "has no grammar 'gbnf'"),
    ],
)
def test_settings_out_of_range(setting: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_backend("openai", "m", base_url="http://h/v1", **setting)
