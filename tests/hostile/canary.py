"""What must stay untouched while hostile text runs, and how it is seen that it was not.

    folder anyone may write in: `secret` to be read, `out*` to be made   <- watched by the kernel (inotify)
    127.0.0.1:port and a socket in the folder                            <- anyone who calls is counted

Rights do not protect the folder: a database server that runs as another user could use it, if it
were let. So what stays silent here was stopped by a fence and not by a missing permission.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SECRET = "ghost-canary-5f1e7c"
"""What stands in the file that must not be read. It must not turn up in any answer either."""

_WATCHED = 0x2 | 0x4 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400
"""IN_MODIFY, IN_ATTRIB, IN_OPEN, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE, IN_DELETE_SELF: inotify(7)"""

_EVENT = struct.Struct("iIII")
_NAMES = {0x2: "changed", 0x4: "changed rights of", 0x20: "opened", 0x100: "made", 0x200: "removed"}


class Canary:
    """The folder, its watch and its listeners. `trips` says what happened since it was last asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "secret"
        self.secret.write_text(f"{SECRET}\n")
        self.secret.chmod(0o666)
        folder.chmod(0o777)
        self._doors = [_listener(socket.AF_INET, ("127.0.0.1", 0)), _listener(socket.AF_UNIX, str(folder / "s"))]
        self.port: int = self._doors[0].getsockname()[1]
        self._seen = self._listing()
        self._watch = _Watch(folder)

    @property
    def words(self) -> Mapping[str, str]:
        """What the marks in hostile text stand for."""
        return {
            "<secret>": str(self.secret),
            "<out>": str(self.folder / "out"),
            "<folder>": str(self.folder),
            "<port>": str(self.port),
            "/tmp/ghost_was_here": str(self.folder / "out"),
            "/etc/passwd": str(self.secret),
        }

    def placed(self, text: str) -> str:
        """The text with this canary in the place of its marks."""
        for mark, word in self.words.items():
            text = text.replace(mark, word)
        return text

    def files(self) -> list[str]:
        """What was done in the folder since this was last asked."""
        found, listing = self._watch.events(), self._listing()
        if listing != self._seen:
            found.append(f"the folder holds {sorted(listing)}")
            self._seen = listing
        return found

    def calls(self) -> int:
        """How many called since this was last asked."""
        count = 0
        for door in self._doors:
            with contextlib.suppress(BlockingIOError):
                while True:
                    door.accept()[0].close()
                    count += 1
        return count

    def trips(self) -> list[str]:
        """Everything that happened since this was last asked, in words."""
        calls = self.calls()
        return self.files() + ([f"{calls} connections"] if calls else [])

    def close(self) -> None:
        """Stop watching and listening."""
        self._watch.close()
        for door in self._doors:
            door.close()

    def _listing(self) -> set[tuple[str, int, int]]:
        stats = {p.name: p.lstat() for p in self.folder.iterdir()}
        return {(name, s.st_size, s.st_mtime_ns) for name, s in stats.items()}


@contextmanager
def canary() -> Iterator[Canary]:
    """One in the system's temporary folder itself, where another user can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="ghost-canary-"))
    made = Canary(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def _listener(family: socket.AddressFamily, address: tuple[str, int] | str) -> socket.socket:
    door = socket.socket(family, socket.SOCK_STREAM)
    door.bind(address)
    door.listen(64)
    door.setblocking(False)
    return door


class _Watch:
    """inotify over one folder; on other systems it sees nothing, and the listing has to do."""

    def __init__(self, folder: Path) -> None:
        self._handle = -1
        if sys.platform != "linux":
            return
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0 or libc.inotify_add_watch(self._handle, os.fsencode(folder), _WATCHED) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def events(self) -> list[str]:
        """What happened, each thing once; that the folder itself was listed (by us too) is left out."""
        found: dict[str, None] = {}
        with contextlib.suppress(BlockingIOError):
            while self._handle >= 0:
                found.update(dict.fromkeys(_told(os.read(self._handle, 65536))))
        return list(found)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)


def _told(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        _, mask, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
        at += length
        if name:  # without a name it is the folder itself
            verb = next((word for bit, word in _NAMES.items() if mask & bit), "moved")
            yield f"{verb} {name}"
