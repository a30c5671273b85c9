"""MariaDB as its packages install it (`mariadbd` on the PATH or in /usr/sbin), as a server of our own.

Only the server's own package is needed (Debian: mariadb-server-core): the system tables are made by
`mariadbd --bootstrap` from the SQL that lies beside the server, which is what mariadb-install-db
does too, in a shell script with more needs. From nothing to a server that answers: 0.7 s, 20 MB (2 cores).

There are no accounts but one, with a password of this process's own, on a socket and no port.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..daemon import Daemon, OnePerProcess

MISSING = "MariaDB is not installed"
DRIVER = "uv pip install 'ghost-architect[mysql]'"
INSTALL = f"apt install mariadb-server-core, and {DRIVER}"
CIPHERS = "uv pip install cryptography"
"""What PyMySQL needs for `caching_sha2_password`, MySQL's default, where there is no TLS."""

ADMIN = "ghost_admin"

_SETTINGS = {
    "innodb-buffer-pool-size": "16M",
    "innodb-log-file-size": "4M",
    "innodb-data-file-path": "ibdata1:2M:autoextend:max:32M",
    "innodb-temp-data-file-path": "ibtmp1:2M:autoextend:max:16M",
    "innodb-autoextend-increment": "1",
    "innodb-undo-tablespaces": "0",
    "innodb-flush-method": "nosync",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "0",
    "innodb-stats-persistent": "0",
    "sync-frm": "0",
    "aria-log-file-size": "8M",
    "aria-pagecache-buffer-size": "1M",
    "key-buffer-size": "64K",
    "log-warnings": "0",
    "character-set-server": "utf8mb4",
}
_CLOSED = {
    "skip-networking": None,
    "skip-log-bin": None,
    "skip-symbolic-links": None,
    "local-infile": "0",
    "event-scheduler": "DISABLED",
    "feedback": "OFF",
    "max-connections": "40",
    "max-statement-time": "60",
    "lock-wait-timeout": "10",
    "innodb-lock-wait-timeout": "10",
    "max-prepared-stmt-count": "0",
    "tmp-table-size": "1M",
    "max-heap-table-size": "1M",
    "default-time-zone": "+00:00",
}
"""No port, no files (`secure-file-priv` below), no plugins, nothing that lasts."""


def binary() -> Path | None:
    """The server's program; None when there is none. (MySQL's own `mysqld` is reached through a URL.)"""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"])
    found = None if sys.platform == "win32" else shutil.which("mariadbd", path=places)
    return Path(found) if found else None


def _scripts(program: Path) -> Path:
    """The folder of SQL that makes the system tables: beside the program, by several names.

    Raises:
        FileNotFoundError: it is not there.
    """
    bases = (program.parent.parent, program.resolve().parent.parent)
    for folder in (base / "share" / name for base in bases for name in ("mysql", "mariadb", "")):
        if (folder / "mysql_system_tables.sql").exists():
            return folder
    raise FileNotFoundError(f"mysql_system_tables.sql is not in share/ beside {program}")


@cache
def version() -> str:
    """The version of the server, or nothing when it cannot be used here."""
    program = binary()
    if program is None or find_spec("pymysql") is None:
        return ""
    said = subprocess.run([program, "--no-defaults", "--version"], capture_output=True, text=True, check=False)
    _, _, found = said.stdout.partition(" Ver ")
    return f"MariaDB {found.split('-')[0].strip()}" if found else ""


class Server(Daemon):
    """A running MariaDB. `password` is that of `ADMIN`."""

    title = "MariaDB"
    prefix = "ghost-my-"
    signal = "KILL"

    def __init__(self) -> None:
        self.password = secrets.token_hex(16)
        super().__init__()

    @property
    def socket(self) -> str:
        """In the server's own folder."""
        return str(self.folder / "socket")

    def prepare(self) -> Sequence[str]:
        """The system tables, with one account in them."""
        program = binary()
        if program is None:
            raise FileNotFoundError(MISSING)
        places = {"datadir": "data", "tmpdir": "tmp", "secure-file-priv": "none", "plugin-dir": "none"}
        for name in {*places.values()}:
            self.run(["/bin/mkdir", "-m", "700", str(self.folder / name)])
        common = _options({n: str(self.folder / p) for n, p in places.items()} | _SETTINGS)
        command = [str(program), "--no-defaults", *common]
        self.run([*command, "--bootstrap", "--skip-log-bin"], self._system_tables(_scripts(program)))
        return [*command, *_options(_CLOSED | {"socket": self.socket})]

    def _system_tables(self, scripts: Path) -> bytes:
        """What `--bootstrap` reads: one statement a line."""
        account = {
            "access": 2**64 - 1,
            "plugin": "mysql_native_password",
            "authentication_string": _hashed(self.password),
        }
        made = ("mysql_system_tables.sql", "mysql_performance_tables.sql")
        return b"".join(
            [
                b"CREATE DATABASE mysql;\nUSE mysql;\n",
                *((scripts / name).read_bytes() for name in made),
                f"INSERT INTO global_priv VALUES ('localhost', '{ADMIN}', '{json.dumps(account)}');\n".encode(),
            ]
        )

    def ready(self) -> bool:
        """Whether it takes a connection: the socket is there a moment earlier."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            return caller.connect_ex(self.socket) == 0


def _options(settings: dict[str, str | None] | dict[str, str]) -> list[str]:
    return [f"--{name}" if value is None else f"--{name}={value}" for name, value in settings.items()]


def _hashed(password: str) -> str:
    """The password as MariaDB keeps it: SHA-1 over SHA-1 (manual, "Authentication Plugin - mysql_native_password").

    A weak hash of 128 random bits that live as long as this process.
    """
    return "*" + hashlib.sha1(hashlib.sha1(password.encode()).digest()).hexdigest().upper()


SERVER = OnePerProcess(Server)
