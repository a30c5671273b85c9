"""A connection to an address, and the one clear error for each way in which there is none."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from ...errors import EngineError
from .address import Address, Tls


def dial(address: Address) -> socket.socket:
    """A connected socket, on which nothing was said yet.

    Raises:
        EngineError: nobody answers there.
    """
    try:
        if not address.socket:
            return socket.create_connection((address.host, address.port), address.connect_seconds)
        return _local(address)
    except (OSError, UnicodeError, AttributeError) as error:  # a host that is no name; no sockets on Windows
        raise why_not_reached(address, error) from error


def _local(address: Address) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.settimeout(address.connect_seconds)
        found.connect(address.socket)
    except BaseException:
        found.close()
        raise
    return found


def why_not_reached(address: Address, error: Exception) -> EngineError:
    """The error about a server that nobody could talk to."""
    place, seconds = address.place, address.connect_seconds
    if isinstance(error, socket.gaierror):
        return EngineError(f"there is no host {address.host}: {error.strerror}")
    if isinstance(error, TimeoutError):
        return EngineError(f"{place} does not answer within {seconds:g} s")
    if isinstance(error, ConnectionRefusedError):
        return EngineError(f"nothing listens at {place}", hint="is the server up, and is this its port?")
    why = getattr(error, "strerror", None) or "this is no address"
    return EngineError(f"{place} cannot be reached: {why}")


def tls_context(address: Address) -> ssl.SSLContext | None:
    """How the connection is to be secured; None for not at all.

    Raises:
        EngineError: a certificate or key cannot be read.
    """
    if address.tls is Tls.DISABLE:
        return None
    for path in filter(None, (address.authority, address.certificate, address.key)):
        if not Path(path).is_file():
            raise EngineError(f"{path}: there is no such file of certificates")
    try:
        context = ssl.create_default_context(cafile=address.authority or None)
        # Authorities that servers make for themselves leave out what Python 3.13 asks for.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        if address.certificate:
            context.load_cert_chain(address.certificate, address.key or None, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        named = address.certificate or address.authority
        raise EngineError(f"{named}: this is no certificate and key in PEM: {error}") from error
    context.check_hostname = address.tls is Tls.VERIFY_FULL
    if address.tls is Tls.REQUIRE and not address.authority:  # with one, libpq checks too
        context.verify_mode = ssl.CERT_NONE
    return context


def _no_password() -> str:
    """Asked for when a key is locked; without this OpenSSL would ask on the terminal."""
    return ""


def why_no_tls(address: Address, error: BaseException | None) -> EngineError | None:
    """The error about TLS, if this is what went wrong somewhere down the chain of causes."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            hint = "?sslrootcert=CA.pem names who signed it; ?sslmode=require trusts whoever answers"
            return EngineError(f"the certificate of {address.place} is not trusted: {error.verify_message}", hint)
        if isinstance(error, ssl.SSLError):
            return EngineError(f"{address.place} does not speak TLS with us: {error.reason or error}")
        error = error.__cause__ or error.__context__
    return None
