"""One HTTP exchange with a deadline over all of it and a cap on the response; no redirects, no proxies.

    caller   send ──────────────► Response ─── chunks ───────────────► close
    thread     connect, send, read head │ read ... read │ end or error

A socket's own timeout starts anew with every byte, and name lookup has none, so a server that
drips can hold a caller for hours. Here the exchange runs in a thread, and the caller waits for
what the thread hands over until the deadline and no longer.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from urllib.parse import SplitResult, urlsplit

from ghost_architect.errors import BackendError, DeadlineError, UsageError

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an API lives, and the key to it. The key is in no repr and in no message."""

    secure: bool
    name: str
    port: int
    path: str
    host: str
    key: str = field(default="", repr=False)

    @classmethod
    def read(cls, address: str, key: str = "") -> Endpoint:
        """Read `http(s)://name[:port][/path]`.

        Raises:
            UsageError: the address is none, or holds a password; or the key cannot be sent.
        """
        try:
            parts = urlsplit(address.strip())
            port = parts.port
            (parts.hostname or "").encode("idna")  # as name lookup does, in a thread that nobody watches
        except ValueError as error:
            raise _not_an_address("it cannot be read as one") from error
        wrong = _fault(parts, address.strip())
        if wrong:
            raise _not_an_address(wrong)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise UsageError("GHOST_API_KEY holds characters that no key has", "paste it again, without line breaks")
        secure = parts.scheme == "https"
        name, path = parts.hostname or "", parts.path.rstrip("/")
        return cls(secure, name, port or (443 if secure else 80), path, parts.netloc, key)


def _fault(parts: SplitResult, address: str) -> str:
    if "@" in parts.netloc:
        return "it holds a user name or password; the key goes into GHOST_API_KEY"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "it does not start with http:// or https:// and a name"
    if parts.query or parts.fragment or not (address.isascii() and address.isprintable()) or " " in address:
        return "it holds more than a name, a port and a path"
    return ""


def _not_an_address(why: str) -> UsageError:
    return UsageError(f"GHOST_BASE_URL is not the address of a server: {why}", "say http://localhost:8080/v1, for one")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which everything is over, and how many seconds that was in all, for the message."""

    end: float
    allowed: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds, seconds)

    def sooner(self, seconds: float) -> Deadline:
        """The same, but at most that many seconds from now."""
        return min(self, Deadline.after(seconds), key=lambda deadline: deadline.end)

    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self.end - time.monotonic())


@dataclass(frozen=True, slots=True)
class Head:
    """The first part of a response.

    Attributes:
        status: the HTTP status.
        kind: the media type, without parameters, in lower case.
        coding: how the body is compressed; "" for not at all, which is all that was asked for.
        retry_after: the field as the server wrote it.
    """

    status: int
    kind: str
    coding: str = ""
    retry_after: str | None = None


class Response:
    """The head of a response, and its body piece by piece. Use it in a `with`, which ends the exchange."""

    def __init__(self, exchange: _Exchange, head: Head, deadline: Deadline) -> None:
        self.status, self.kind = head.status, head.kind
        self.retry_after = _seconds(head.retry_after)
        self._exchange, self._deadline = exchange, deadline

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self._exchange.abandon()

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives.

        Raises:
            BackendError: it was cut, or is longer than it may be.
            DeadlineError: the deadline came first.
        """
        while chunk := self._exchange.next(self._deadline):
            assert isinstance(chunk, bytes)
            yield chunk

    def read(self) -> bytes:
        """The whole body. Raises what `chunks` raises."""
        return b"".join(self.chunks())


def send(endpoint: Endpoint, path: str, body: bytes | None, deadline: Deadline, max_bytes: int) -> Response:
    """Send a request and read the head of the response.

    Args:
        path: behind the endpoint's own.
        body: JSON to POST; None to GET.
        deadline: by when all is over, the body of the response included.
        max_bytes: a longer body is broken off with an error.

    Raises:
        BackendError: no connection, no trust, a cut response, or one that is not HTTP.
        DeadlineError: the deadline came first.
    """
    exchange = _Exchange(endpoint, path, body, max_bytes, deadline.left() + 1)
    threading.Thread(target=exchange.run, daemon=True, name="ghost-http").start()
    head = exchange.next(deadline)
    assert isinstance(head, Head)
    if head.coding not in ("", "identity"):
        exchange.abandon()
        raise BackendError(f"{endpoint.host} sends a compressed answer, which it was not asked for")
    return Response(exchange, head, deadline)


class _Exchange:
    """One request and its response, run in a thread. It hands over a head, then chunks; the empty one is the end."""

    def __init__(self, endpoint: Endpoint, path: str, body: bytes | None, max_bytes: int, seconds: float) -> None:
        self._handed: SimpleQueue[Head | bytes | BackendError] = SimpleQueue()
        self._endpoint, self._path, self._body = endpoint, path, body
        self._max_bytes, self._seconds = max_bytes, seconds
        self._socket: socket.socket | None = None
        self._abandoned = False
        self._begun = False

    def next(self, deadline: Deadline) -> Head | bytes:
        """What the thread hands over next; when it is an error, or does not come in time, all is over."""
        try:
            handed = self._handed.get(timeout=deadline.left())
        except Empty:
            did = "finish its answer" if self._begun else "answer"
            self.abandon()
            raise DeadlineError(
                f"{self._endpoint.host} did not {did} within {deadline.allowed:g} s",
                "allow more seconds, or give it fewer screens",
            ) from None
        except BaseException:  # Ctrl-C: the upload must not go on behind the user's back
            self.abandon()
            raise
        if isinstance(handed, BackendError):
            raise handed
        return handed

    def run(self) -> None:
        """Make the connection, send, read, and hand everything over."""
        try:
            self._exchange(self._connect())
        except BackendError as error:
            self._handed.put(error)
        except (OSError, http.client.HTTPException) as error:
            self._handed.put(_explain(error, self._endpoint, self._begun))
        finally:
            if self._socket is not None:
                self._socket.close()

    def abandon(self) -> None:
        """Wake the thread out of its waiting; it closes the socket itself."""
        self._abandoned = True
        if self._socket is not None:
            # Of the class, not of the object: a TLS socket's own method pulls the TLS state away from
            # under the thread that reads.
            with suppress(OSError):  # it was just closed
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _connect(self) -> http.client.HTTPConnection:
        # Step by step, so that `abandon` finds the socket in every one of them.
        end = self._endpoint
        self._socket = socket.create_connection((end.name, end.port), self._seconds)
        if not end.secure:
            connection = http.client.HTTPConnection(end.name, end.port)
        else:
            trust = ssl.create_default_context()
            connection = http.client.HTTPSConnection(end.name, end.port, context=trust)
            self._socket = trust.wrap_socket(self._socket, server_hostname=end.name, do_handshake_on_connect=False)
            self._socket.do_handshake()
        connection.sock = self._socket
        return connection

    def _exchange(self, connection: http.client.HTTPConnection) -> None:
        if self._abandoned:  # a slow name lookup: nothing is sent after the deadline
            raise ConnectionAbortedError
        headers = {"Accept": "application/json, text/event-stream", "Connection": "close"}
        if self._body is not None:
            headers["Content-Type"] = "application/json"
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        method = "GET" if self._body is None else "POST"
        # A server that refuses may say so, and hang up, before it has read all the pictures.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, self._endpoint.path + self._path, self._body, headers)
        with connection.getresponse() as response:
            self._begun = True
            kind = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
            coding = response.getheader("Content-Encoding", "").strip().lower()
            self._handed.put(Head(response.status, kind, coding, response.getheader("Retry-After")))
            self._hand_over(response)

    def _hand_over(self, response: http.client.HTTPResponse) -> None:
        size = 0
        while chunk := response.read1(CHUNK):
            size += len(chunk)
            if size > self._max_bytes:
                raise BackendError(f"{self._endpoint.host} sent more than {self._max_bytes:,} bytes for one answer")
            self._handed.put(chunk)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        self._handed.put(b"")


def _explain(error: OSError | http.client.HTTPException, endpoint: Endpoint, begun: bool) -> BackendError:
    """What went wrong, in words.

    Args:
        begun: whether the head of the response had arrived.
    """
    host = endpoint.host
    if begun:
        return BackendError(f"{host} broke off in the middle of its answer")
    if isinstance(error, ssl.SSLCertVerificationError):
        why = one_line(error.verify_message, 120)
        return BackendError(f"the certificate of {host} is not trusted: {why}", "check the name in GHOST_BASE_URL")
    if isinstance(error, ssl.SSLError):
        return BackendError(f"{host} does not speak TLS as expected", "is it http:// and not https://?")
    if isinstance(error, socket.gaierror):
        return BackendError(f"there is no host {endpoint.name!r}", "check GHOST_BASE_URL")
    if isinstance(error, ConnectionRefusedError):
        return BackendError(f"nothing answers at {host}", "start the server, or check GHOST_BASE_URL")
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return BackendError(f"{host} closed the connection without an answer")
    if isinstance(error, http.client.HTTPException):
        return BackendError(f"what {host} sends is not HTTP", "check the port, and http:// against https://")
    return BackendError(f"{host} cannot be reached: {one_line(error.strerror or type(error).__name__, 120)}")


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds: a number or a date (RFC 9110, section 10.2.3); None where there is none."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def one_line(text: str, limit: int) -> str:
    """The text without control characters and line breaks, at most `limit` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
