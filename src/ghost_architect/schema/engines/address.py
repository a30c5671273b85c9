"""Where a server is and who asks: a URL, read once, its password in no message.

    postgresql://USER[:PASSWORD]@HOST[:PORT][/DATABASE][?name=value&...]      mysql://...   mariadb://...

As libpq and SQLAlchemy write them: every part may be percent-encoded, an IPv6 address stands in
square brackets, a socket is `?host=/folder` (PostgreSQL) or `?unix_socket=/file` (MySQL), and
`+driver` behind the scheme is passed over. A parameter that is not known is an error, since one
that was dropped could be the one that asked for TLS.

Off this machine TLS is on and the server's certificate is checked, unless the URL says otherwise;
libpq and MySQL's clients try TLS, and without a word do without it or take any certificate.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import unquote

from ...errors import UsageError, nearest

PASSWORD_VARIABLE = "GHOST_ENGINE_PASSWORD"

_SCHEMES = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_PORTS = {"postgres": 5432, "mysql": 3306}
_OWN_VARIABLES = {"postgres": "PGPASSWORD", "mysql": "MYSQL_PWD"}
_FORM = {"postgres": "postgresql://USER@HOST/DATABASE", "mysql": "mysql://USER@HOST"}
_ENCODE = "in a name or password write % : / ? # [ ] @ as %25 %3A %2F %3F %23 %5B %5D %40"
_CONNECT_SECONDS = 10.0


class Tls(StrEnum):
    """How a connection is kept secret, as libpq spells it."""

    DISABLE = "disable"
    REQUIRE = "require"
    """Encrypted, but whoever answers is believed."""
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


_TLS = {
    **{str(mode): mode for mode in Tls},
    "disabled": Tls.DISABLE,
    "required": Tls.REQUIRE,
    "verify_ca": Tls.VERIFY_CA,
    "verify_identity": Tls.VERIFY_FULL,
}
_PARAMETERS = {
    **dict.fromkeys(("host", "unix_socket", "socket"), "socket"),
    **dict.fromkeys(("sslmode", "ssl_mode"), "tls"),
    **dict.fromkeys(("sslrootcert", "ssl_ca"), "authority"),
    **dict.fromkeys(("sslcert", "ssl_cert"), "certificate"),
    **dict.fromkeys(("sslkey", "ssl_key"), "key"),
    **{name: name for name in ("user", "password", "port", "connect_timeout", "charset")},
}


@dataclass(frozen=True, slots=True)
class Address:
    """A server, the account to use there, and how to talk to it.

    Args:
        dialect: what it speaks.
        user, password: the account. The password is left out of `repr`.
        host, port: where it listens; `host` is empty for a socket.
        socket: the path of its socket; empty for a host.
        database: one to connect to, where the protocol asks for one; nothing is done in it.
        authority, certificate, key: files in PEM: who is trusted instead of the system's
            authorities, and how we prove who we are.
        connect_seconds: how long it may take to answer.
    """

    dialect: str
    user: str
    password: str = field(default="", repr=False)
    host: str = ""
    port: int = 0
    socket: str = ""
    database: str = ""
    tls: Tls = Tls.DISABLE
    authority: str = ""
    certificate: str = ""
    key: str = ""
    connect_seconds: float = _CONNECT_SECONDS

    @property
    def place(self) -> str:
        """Where it is, for people: a host, with its port if that is not the usual one, or a socket."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (host if self.port == _PORTS[self.dialect] else f"{host}:{self.port}") if host else self.socket

    @property
    def label(self) -> str:
        """How a reading names this engine: no account, no password."""
        return f"{self.dialect} at {self.place}"

    def at(self, user: str, password: str) -> Address:
        """The same server for another account."""
        return replace(self, user=user, password=password)


def password_hint(address: Address) -> str:
    """What to look at when an account is not let in."""
    given = "is the password right?" if address.password else "no password was given:"
    return f"{given} it stands in the URL or in {PASSWORD_VARIABLE}"


def is_url(text: str) -> bool:
    """Whether this is meant as a URL and not as the name of an engine."""
    return "://" in text


def read_url(url: str, environment: Mapping[str, str] | None = None) -> Address:
    """The address in a URL.

    Args:
        url: see above.
        environment: where a password is looked for that is not in the URL (else `os.environ`).

    Raises:
        UsageError: it cannot be read. The message quotes no part of it that could be secret.
    """
    scheme, _, rest = url.partition("://")
    dialect = _SCHEMES.get(scheme.lower().partition("+")[0])
    if dialect is None:
        shown = f"{scheme}://..." if re.fullmatch(r"[A-Za-z0-9+.-]{1,30}", scheme) else "of this URL"
        raise UsageError(f"there is no engine {shown}", nearest(scheme.lower(), _SCHEMES))
    if "#" in rest or any(c.isspace() or not c.isprintable() for c in rest):
        raise _wrong(dialect, "holds a character that has to be encoded")
    where, _, query = rest.partition("?")
    authority, _, database = where.partition("/")
    if "@" in database + query:  # a slash or question mark in the password has cut it in two
        raise _wrong(dialect, "has an @ behind its host")
    account, _, server = authority.rpartition("@")
    user, _, password = account.partition(":")
    parts = {"user": _decoded(user, dialect), "password": _decoded(password, dialect)} | _server(server, dialect)
    parts["database"] = _decoded(database, dialect)
    parts |= _parameters(query, dialect)
    return _address(
        dialect,
        {name: value for name, value in parts.items() if value},
        os.environ if environment is None else environment,
    )


def _wrong(dialect: str, why: str, hint: str = _ENCODE) -> UsageError:
    """The error about a URL, of which only the kind is repeated."""
    return UsageError(f"the {dialect} URL {why}", hint=hint)


def _decoded(text: str, dialect: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise _wrong(dialect, "has a % that begins no %XX")
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        plain = "\0"
    if "\0" in plain:
        raise _wrong(dialect, "is not UTF-8 where it is encoded")
    return plain


def _server(text: str, dialect: str) -> dict[str, str]:
    """HOST, HOST:PORT, [IPv6]:PORT, or an encoded path."""
    if "," in text:
        raise _wrong(dialect, "names several hosts", "one host")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::(.*))?", text)
    if match is None:
        raise _wrong(dialect, "has no readable host", "an IPv6 address stands in [ ]")
    host = _decoded(match[1].strip("[]"), dialect)
    return {"socket" if host.startswith("/") else "host": host, "port": match[2] or ""}


def _parameters(query: str, dialect: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        known = _PARAMETERS.get(name.lower().replace("-", "_"))
        if known is None:
            shown = f" {name}" if re.fullmatch(r"[A-Za-z_-]{1,30}", name) else ""
            names = ", ".join(sorted(_PARAMETERS))
            raise _wrong(dialect, f"has a parameter{shown} that is not known", f"known are {names}")
        plain = _decoded(value, dialect)
        found["host" if known == "socket" and not plain.startswith("/") else known] = plain
    return found


def _address(dialect: str, parts: dict[str, str], environment: Mapping[str, str]) -> Address:
    """The parts, checked, with what stands for those that are missing."""
    if not parts.get("user"):
        raise _wrong(dialect, "names no user", _FORM[dialect])
    if not parts.get("host") and not parts.get("socket"):
        raise _wrong(dialect, "names no host", _FORM[dialect])
    if parts.get("charset", "utf8mb4").lower() not in ("utf8mb4", "utf8"):
        raise _wrong(dialect, "asks for another charset than utf8mb4", "leave charset out")
    port, socket = _port(dialect, parts.get("port", "")), parts.get("socket", "")
    if socket and dialect == "postgres":
        socket = f"{socket.rstrip('/')}/.s.PGSQL.{port}"
    host = "" if socket else parts["host"]
    from_environment = environment.get(PASSWORD_VARIABLE) or environment.get(_OWN_VARIABLES[dialect], "")
    return Address(
        dialect,
        parts["user"],
        parts.get("password") or from_environment,
        host,
        port,
        socket,
        parts.get("database", ""),
        _tls(dialect, parts.get("tls", ""), bool(socket), host),
        parts.get("authority", ""),
        parts.get("certificate", ""),
        parts.get("key", ""),
        _seconds(dialect, parts.get("connect_timeout", "")),
    )


def _port(dialect: str, text: str) -> int:
    if not text:
        return _PORTS[dialect]
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65_535:
        raise _wrong(dialect, "has a port that is no number from 1 to 65535")
    return int(text)


def _seconds(dialect: str, text: str) -> float:
    if not text:
        return _CONNECT_SECONDS
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) == 0:
        raise _wrong(dialect, "has a connect_timeout that is no number of seconds", "connect_timeout=10")
    return float(text)


def _tls(dialect: str, mode: str, on_socket: bool, host: str) -> Tls:
    if not mode:
        return Tls.DISABLE if on_socket or _is_here(host) else Tls.VERIFY_FULL
    if mode.lower() not in _TLS:
        falls_back = mode.lower() in ("allow", "prefer", "preferred")
        why = "asks for TLS only where the server likes it" if falls_back else "has an unknown sslmode"
        raise _wrong(dialect, why, f"sslmode={', '.join(Tls)}")
    return _TLS[mode.lower()]


def _is_here(host: str) -> bool:
    """Whether the host is this machine, by name or by address."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"
