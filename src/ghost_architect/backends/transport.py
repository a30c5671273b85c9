"""One HTTP POST with a deadline over all of it and a cap on the response; no redirects, no proxies.

A socket's own timeout starts anew with every byte, and name lookup has none, so a server that
drips can hold a caller for hours. Here the exchange runs in a thread, and the caller waits for
that thread until the deadline and no longer.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
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
        except ValueError as error:
            raise _not_an_address("it cannot be read as one") from error
        wrong = _fault(parts, address.strip())
        if wrong:
            raise _not_an_address(wrong)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise UsageError("GHOST_API_KEY holds characters that no key has", "paste it again, without line breaks")
        secure = parts.scheme == "https"
        return cls(
            secure, parts.hostname or "", port or (443 if secure else 80), parts.path.rstrip("/"), parts.netloc, key
        )


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
class Reply:
    """A status, the body, and how many seconds the server asks to wait, where it does."""

    status: int
    body: bytes
    retry_after: float | None = None


def post(endpoint: Endpoint, path: str, body: bytes, deadline: float, allowed: float, max_bytes: int) -> Reply:
    """Send JSON and read the reply.

    Args:
        deadline: the moment on `time.monotonic()` by which everything is over.
        allowed: how many seconds that was in all, for the message.
        max_bytes: a longer body is refused.

    Raises:
        BackendError: no connection, no trust, a cut or too long reply, or one that is not HTTP.
        DeadlineError: the deadline came first.
    """
    exchange = _Exchange(endpoint, path, body, max_bytes, max(0.1, deadline - time.monotonic()))
    threading.Thread(target=exchange.run, daemon=True, name="ghost-http").start()
    try:
        outcome = exchange.outcome.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        exchange.abandon()
        raise DeadlineError(
            f"{endpoint.host} did not answer within {allowed:g} s", "allow more seconds, or give it fewer screens"
        ) from None
    except BaseException:  # Ctrl-C: the upload must not go on behind the user's back
        exchange.abandon()
        raise
    if isinstance(outcome, Reply):
        return outcome
    raise outcome


class _Exchange:
    """One request and its reply, run in a thread; `outcome` receives exactly one thing."""

    def __init__(self, endpoint: Endpoint, path: str, body: bytes, max_bytes: int, seconds: float) -> None:
        self.outcome: SimpleQueue[Reply | BackendError] = SimpleQueue()
        self._endpoint, self._path, self._body = endpoint, path, body
        self._max_bytes, self._seconds = max_bytes, seconds
        self._socket: socket.socket | None = None
        self._abandoned = False

    def run(self) -> None:
        """Make the connection, send, read, and put a reply or an error into `outcome`."""
        try:
            self.outcome.put(self._exchange(self._connect()))
        except BackendError as error:
            self.outcome.put(error)
        except (OSError, http.client.HTTPException) as error:
            self.outcome.put(_explain(error, self._endpoint))
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
        self._socket = socket.create_connection((end.name, end.port), self._seconds + 1)
        if not end.secure:
            connection = http.client.HTTPConnection(end.name, end.port)
        else:
            trust = ssl.create_default_context()
            connection = http.client.HTTPSConnection(end.name, end.port, context=trust)
            self._socket = trust.wrap_socket(self._socket, server_hostname=end.name, do_handshake_on_connect=False)
            self._socket.do_handshake()
        connection.sock = self._socket
        return connection

    def _exchange(self, connection: http.client.HTTPConnection) -> Reply:
        if self._abandoned:  # a slow name lookup: nothing is sent after the deadline
            raise ConnectionAbortedError
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        connection.request("POST", self._endpoint.path + self._path, self._body, headers)
        with connection.getresponse() as response:
            return Reply(response.status, self._read(response), _seconds(response.getheader("Retry-After")))

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        chunks, size = [], 0
        while chunk := response.read(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._max_bytes:
                raise BackendError(f"{self._endpoint.host} sent more than {self._max_bytes:,} bytes for one answer")
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(chunks)


def _explain(error: OSError | http.client.HTTPException, endpoint: Endpoint) -> BackendError:
    host = endpoint.host
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
    if isinstance(error, http.client.IncompleteRead):
        return BackendError(f"{host} broke off in the middle of its answer")
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
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def one_line(text: str, limit: int) -> str:
    """The text without control characters and line breaks, at most `limit` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
