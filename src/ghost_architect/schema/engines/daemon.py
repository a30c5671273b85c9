"""A database server of our own: one per process, in a private folder, gone when the process is.

What PostgreSQL and MariaDB have in common here. A fresh server starts in well under a second, so
nothing is kept between processes and nothing is shared: a folder in the system's temporary
directory, a socket inside it, no port.

    Daemon(...)  folder, unprivileged user, made by `_prepare`
       └── /bin/sh waits for its standard input to close, then ends the server and removes the folder

The shell's input closes however this process ends, kill -9 included.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...errors import EngineError

_GUARD = """
trap '' XFSZ
ulimit -c 0; ulimit -f 131072
folder=$1; signal=$2; ulimit -v "$3" 2>/dev/null; shift 3
( "$@" >"$folder/log" 2>&1 </dev/null & echo $! >"$folder/pid"; wait $!; : >"$folder/ended" ) &
until [ -s "$folder/pid" ]; do sleep 0.01; done
read -r server <"$folder/pid"
read -r _
[ -e "$folder/ended" ] || kill -"$signal" "$server"
wait; cd /; rm -rf "$folder"
"""
"""`ulimit -f`: no file of the server grows over 64 MB (131072 blocks of 512 bytes), and the signal that says so does
not kill it. `ulimit -v`: none of its processes takes more memory (macOS knows no such limit)."""

_START_SECONDS = 30


class Daemon:
    """A running server. `title` is how errors call it; `folder` is its own."""

    title: str
    prefix: str
    """How the name of its folder begins."""
    signal: str
    """What ends it at once: nothing that it holds is to be kept."""
    memory: str = "unlimited"
    """Address space of each of its processes, in kB."""

    def __init__(self) -> None:
        self.identity = _unprivileged()
        self.folder = _folder(self.prefix, self.identity)
        self._guard: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            why = _last_line(error)
            raise EngineError(f"{self.title} does not start: {why}", hint="ghost-architect doctor") from error

    def prepare(self) -> Sequence[str]:
        """Make what the server needs in its folder; the command that starts it.

        Raises:
            OSError, subprocess.SubprocessError: that did not work.
        """
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    @property
    def socket(self) -> str:
        """Where it listens."""
        raise NotImplementedError

    def run(self, command: Sequence[str], text: bytes = b"") -> None:
        """Run a command of the server's to its end, as the user that the server will run as.

        Raises:
            OSError: it failed; the message is what it said.
            subprocess.SubprocessError: it took too long.
        """
        done = subprocess.run(
            command, input=text, capture_output=True, timeout=120, check=False, cwd="/", **self.identity
        )
        if done.returncode:
            raise OSError((done.stderr or done.stdout).decode(errors="replace"))

    def _start(self) -> None:
        command = self.prepare()
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", str(self.folder), self.signal, self.memory, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            **self.identity,
        )
        end = time.monotonic() + _START_SECONDS
        while not self.ready():
            if self._ended or time.monotonic() > end:
                log = self.folder / "log"
                raise OSError(log.read_text(errors="replace") if log.exists() else f"no answer in {_START_SECONDS} s")
            time.sleep(0.005)

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
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def alive(self) -> bool:
        """Whether it runs, and its guard too."""
        return self._guard is not None and self._guard.poll() is None and not self._ended

    @property
    def _ended(self) -> bool:
        """Whether the server has ended, or its folder was swept away."""
        return (self.folder / "ended").exists() or not self.folder.exists()


_Kind = TypeVar("_Kind", bound=Daemon)


class OnePerProcess(Generic[_Kind]):
    """The one server of a kind that this process has, started when it is asked for first."""

    def __init__(self, start: Callable[[], _Kind]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._running: tuple[int, _Kind] | None = None
        atexit.register(self.stop)

    def get(self) -> _Kind:
        """The server, started when there is none (a forked child gets its own).

        Raises:
            EngineError: it is not installed or does not start.
        """
        with self._lock:
            if self._running is None or self._running[0] != os.getpid() or not self._running[1].alive:
                self.stop()
                self._running = (os.getpid(), self._start())
            return self._running[1]

    def warm(self) -> None:
        """Begin to start it in the background; an error comes up again in `get`."""

        def start_quietly() -> None:
            with contextlib.suppress(EngineError):
                self.get()

        # No daemon thread: a process that ends meanwhile waits for the start, and then stops what was started.
        threading.Thread(target=start_quietly, name="ghost-engine-start").start()

    def abandon(self, socket: str) -> None:
        """Stop the server that listens here: something in it hears nobody any more."""
        with self._lock:
            if self._running is not None and self._running[1].socket == socket:
                self.stop()

    def stop(self) -> None:
        """Stop the server, if this process started one. Runs at exit."""
        if self._running is not None and self._running[0] == os.getpid():
            self._running[1].stop()
        self._running = None


def _unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess` that take the rights of root away: both servers refuse to run with them."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _folder(prefix: str, identity: dict[str, Any]) -> Path:
    """A new private folder that the server can enter and whose path leaves room for a socket's name.

    At most 103 bytes on macOS. Root's own temporary folder is often closed to the user that the server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if len(os.fsencode(folder)) > 80 or (identity and not _open_to_all(folder.parent)):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    return folder


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else type(error).__name__
