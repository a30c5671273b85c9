"""A real HTTP server on the loopback that answers as a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """What the server was sent."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """`script` is called with the handler once per request; `stop` ends scripts that wait.

    `seen` are the questions, `probes` the requests without a body.
    """

    url: str
    seen: list[Seen] = field(default_factory=list)
    probes: list[Seen] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


Script = Callable[[BaseHTTPRequestHandler, Server], None]


@contextmanager
def serving(*scripts: Script, models: Script | None = None) -> Iterator[Server]:
    """The n-th question gets the n-th script, later ones the last; who asks for the models gets `models`, or 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.probes.append(Seen(self.path, dict(self.headers), None))
            with suppress(BrokenPipeError, ConnectionResetError):
                (models or reply({"error": "not here"}, 404))(self, server)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.seen.append(Seen(self.path, dict(self.headers), json.loads(body)))
            with suppress(BrokenPipeError, ConnectionResetError):  # that clients go away is what some tests are about
                scripts[min(len(server.seen), len(scripts)) - 1](self, server)

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{httpd.server_port}/v1")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def raw(body: bytes, status: int = 200, **headers: str) -> Script:
    """Send exactly this."""

    def script(handler: BaseHTTPRequestHandler, server: Server) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return script


def reply(body: object, status: int = 200, **headers: str) -> Script:
    """Send this as JSON."""
    return raw(json.dumps(body).encode(), status, **headers)


def completion(text: object, finish: str = "stop", **more: object) -> Script:
    """Send a chat completion."""
    message = {"role": "assistant", "content": text, **more}
    usage = {"prompt_tokens": 70, "completion_tokens": 9, "total_tokens": 79}
    return reply({"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage})


def listing(**owners: str) -> Script:
    """Send the list of these models."""
    return reply({"object": "list", "data": [{"id": name, "owned_by": owner} for name, owner in owners.items()]})


def pieces(*chunks: bytes, kind: str = "text/event-stream", ends: bool = True) -> Script:
    """Send these chunks one by one, and whether that was all."""

    def script(handler: BaseHTTPRequestHandler, server: Server) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        handler.wfile.write(head.encode())
        for chunk in chunks:
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n" if ends else b"")

    return script


def event(data: object) -> bytes:
    """One event of a stream."""
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


def delta(text: object = None, finish: str | None = None, **more: object) -> bytes:
    """A part of a chat completion as an event."""
    return event({"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}]})


DONE = event("[DONE]")
COUNTS = event({"choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 9}})


def stream(*texts: str, finish: str = "stop") -> Script:
    """Send a chat completion word by word."""
    return pieces(delta(None, role="assistant"), *map(delta, texts), delta(finish=finish), COUNTS, DONE)


def hang(handler: BaseHTTPRequestHandler, server: Server) -> None:
    """Say nothing until the test is over."""
    server.stop.wait()
