from __future__ import annotations

import base64
import io
import shutil
import socket
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghost_architect.backends import openai
from ghost_architect.backends.base import Answer, StopReason, Usage
from ghost_architect.backends.openai import OpenAIBackend, data_uri
from ghost_architect.errors import BackendError, DeadlineError, GhostError, UsageError
from ghost_architect.pages.page import Line, Page

from .server import Script, Server, completion, raw, reply, serving

KEY = "sk-very-secret-0123456789"
SQL = "CREATE TABLE orders ( -- 1\n    id BIGINT PRIMARY KEY\n);\n"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GHOST_BASE_URL", "GHOST_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(openai, "FIRST_PAUSE_S", 0.01)


def page(width: int = 40, height: int = 30) -> Page:
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return Page("a.png", width, height, (Line(1, (0, 0, 9, 9), "Orders"),), pixels)


def ask(server: Server, seconds: float = 10.0, **settings: object) -> Answer:
    backend = OpenAIBackend("m", base_url=server.url, api_key=KEY, **settings)  # type: ignore[arg-type]
    return backend.generate([page()], "Read this.", seconds)


def failure(*scripts: Script, seconds: float = 10.0, **settings: object) -> GhostError:
    with serving(*scripts) as server, pytest.raises(GhostError) as caught:
        ask(server, seconds, **settings)
    error = caught.value
    assert "\n" not in error.message
    assert KEY not in error.message + error.hint
    return error


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
        (reply({"choices": [{"message": {"content": "x"}, "finish_reason": None}], "usage": None}), Answer("x")),
        (raw(b'{"choices": [{"message": {"content": "\\ud83d"}}]}'), Answer("?")),
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
        (completion(None, "content_filter"), "stopped for 'content_filter'"),
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


def test_overloaded_for_ever() -> None:
    with serving(reply({"error": {"message": "loading model"}}, 503)) as server, pytest.raises(BackendError) as caught:
        ask(server)
    assert len(server.seen) == openai.ATTEMPTS
    assert caught.value.message.endswith("is overloaded or not ready (503): loading model")


def test_no_wait_that_cannot_end_before_the_deadline() -> None:
    error = failure(reply({}, 429, Retry_After="3600"))
    assert isinstance(error, BackendError)
    assert "it asks to wait 3600 s" in error.message


def hang(handler: BaseHTTPRequestHandler, server: Server) -> None:
    server.stop.wait()


def drip_head(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.stop.wait(0.05):
        handler.wfile.write(b"x")


def drip_body(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not server.stop.wait(0.05):
        handler.wfile.write(b" ")


@pytest.mark.parametrize("script", [hang, drip_head, drip_body])
def test_deadline(script: Script) -> None:
    error = failure(script, seconds=0.4)
    assert isinstance(error, DeadlineError)
    assert "did not answer within 0.4 s" in error.message
    for thread in threading.enumerate():
        if thread.name == "ghost-http":
            thread.join(5)
            assert not thread.is_alive()


def cut(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices": [')


def cut_chunks(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{")


def silent(handler: BaseHTTPRequestHandler, server: Server) -> None:
    pass


def other_protocol(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def endless(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not server.stop.is_set():
        handler.wfile.write(b" " * 65_536)


def many_headers(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (cut, "broke off"),
        (cut_chunks, "broke off"),
        (silent, "closed the connection without an answer"),
        (other_protocol, "is not HTTP"),
        (many_headers, "is not HTTP"),
        (endless, "sent more than 8,000,000 bytes"),
    ],
)
def test_broken_transport(script: Script, message: str) -> None:
    error = failure(script)
    assert isinstance(error, BackendError)
    assert message in error.message


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_nothing_listens() -> None:
    port = unused_port()
    with pytest.raises(BackendError, match=f"nothing answers at 127.0.0.1:{port}"):
        OpenAIBackend("m", base_url=f"http://127.0.0.1:{port}").generate([page()], "p", 5)


def test_no_such_host() -> None:
    with pytest.raises(GhostError, match="no host 'nowhere.invalid'|did not answer"):
        OpenAIBackend("m", base_url="http://nowhere.invalid").generate([page()], "p", 5)


def test_https_asked_of_a_plain_server() -> None:
    with serving(completion(SQL)) as server, pytest.raises(BackendError, match="does not speak TLS"):
        OpenAIBackend("m", base_url=server.url.replace("http:", "https:")).generate([page()], "p", 5)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_untrusted_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=accept)
        thread.start()
        backend = OpenAIBackend("m", base_url=f"https://127.0.0.1:{listener.getsockname()[1]}", api_key=KEY)
        with pytest.raises(BackendError, match="certificate of 127.0.0.1:.* is not trusted: self.signed certificate"):
            backend.generate([page()], "p", 5)
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8080", "ftp://a/v1", "http://", "http://a b/", "http://u:secret@h/v1", "http://h:port/v1",
        "http://h/v1?x=1", "http://h/v1#x", "http://h:99999/", "http://[::1/v1", "http://h/\r\nX: y", "http://bücher/",
    ],
)  # fmt: skip
def test_wrong_addresses(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a server") as caught:
        OpenAIBackend("m", base_url=address)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("key", ["a\nb", "a b", "schlüssel", "a\x00"])
def test_wrong_keys(key: str) -> None:
    with pytest.raises(UsageError, match="GHOST_API_KEY") as caught:
        OpenAIBackend("m", base_url="http://h/v1", api_key=key)
    assert key not in caught.value.message


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="needs the name of a model"):
        OpenAIBackend(base_url="http://h/v1")
    with pytest.raises(UsageError, match="needs a server"):
        OpenAIBackend("m")


def test_ipv6_address() -> None:
    assert OpenAIBackend("m", base_url="http://[::1]:8080/v1").host == "[::1]:8080"
