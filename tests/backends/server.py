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
    """`script` is called with the handler once per request; `stop` ends scripts that wait."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


Script = Callable[[BaseHTTPRequestHandler, Server], None]


@contextmanager
def serving(*scripts: Script) -> Iterator[Server]:
    """The n-th request gets the n-th script, later ones the last."""

    class Handler(BaseHTTPRequestHandler):
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
