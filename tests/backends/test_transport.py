from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ghost_architect.backends.openai import OpenAIBackend
from ghost_architect.errors import BackendError, DeadlineError, GhostError, UsageError

from ..outside import program
from .asking import KEY, SQL, ask, failure, page
from .server import Script, Server, completion, hang, serving


def drip_head(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.stop.wait(0.05):
        handler.wfile.write(b"x")


def hang_in_body(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices": [')
    server.stop.wait()


def drip_body(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not server.stop.wait(0.05):
        handler.wfile.write(b" ")


@pytest.mark.parametrize(
    ("script", "did"),
    [(hang, "answer"), (drip_head, "answer"), (drip_body, "finish its answer"), (hang_in_body, "finish")],
)
def test_deadline(script: Script, did: str) -> None:
    error = failure(script, seconds=0.4)
    assert isinstance(error, DeadlineError)
    assert re.search(f"did not {did}.* within 0.4 s$", error.message)
    for thread in threading.enumerate():
        if thread.name == "ghost-http":
            thread.join(5)
            assert not thread.is_alive()


def cut(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices": [')


def cut_chunks(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{")


def broken_chunks(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")


def refuses_at_once(handler: BaseHTTPRequestHandler, server: Server) -> None:
    handler.wfile.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 1000\r\n\r\ntoo")


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
        (broken_chunks, "broke off"),
        (refuses_at_once, "too large (413)"),
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


def test_untrusted_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [program("openssl"), *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split()]
    command += ["-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        backend = OpenAIBackend("m", base_url=address, api_key=KEY, grammar="none")
        with pytest.raises(BackendError, match="certificate of 127.0.0.1:.* is not trusted: self.signed certificate"):
            backend.generate([page()], "p", 5)
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8080", "ftp://a/v1", "http://", "http://a b/", "http://u:secret@h/v1", "http://h:port/v1",
"http://h/v1?x=1", "http://h/v1#x", "http://h:99999/", "http://[::1/v1", "http://h/\r\nX: y", "http://bücher/",
        "http://a..b/v1", f"http://{'a' * 64}/v1",
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


def test_a_refusal_before_all_pictures_are_sent() -> None:
    large = page(2000, 2000)  # noise: 12 MB that no socket buffer takes
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch")

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        backend = OpenAIBackend("m", base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", grammar="none")
        with pytest.raises(BackendError, match=r"finds the pictures too large \(413\)"):
            backend.generate([large], "p", 20)
        thread.join()


def test_proxies_in_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    with serving(completion(SQL)) as server:
        assert ask(server).text == SQL


def test_ipv6_address() -> None:
    assert OpenAIBackend("m", base_url="http://[::1]:8080/v1").host == "[::1]:8080"
