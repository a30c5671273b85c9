"""A disk that fails: at the n-th thing that is done to it, or from there on."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest

CHANGES = ("mkdir", "rename", "replace", "chmod", "unlink", "rmdir", "fsync")
"""What `os` does to a disk; `fsync` changes nothing, but says what could not be written before."""


class Disk:
    """Counts what is done to a disk, and fails where it is told to.

    Args:
        code: what it says: errno.ENOSPC, errno.EROFS.
        at: the first thing that fails; 0 for none.
        stays: whether all that is done behind it fails as well.

    Attributes:
        count: of things that were done.
    """

    def __init__(self, code: int, at: int = 0, stays: bool = False) -> None:
        self.count, self._code, self._at, self._stays = 0, code, at, stays

    def done(self) -> None:
        """One more thing; fails where it shall."""
        self.count += 1
        if self._at and (self.count == self._at or (self._stays and self.count > self._at)):
            raise OSError(self._code, os.strerror(self._code))

    @property
    def failed(self) -> bool:
        """Whether it did."""
        return bool(self._at) and self.count >= self._at


class File:
    """A file whose writing can fail."""

    def __init__(self, real: Any, disk: Disk) -> None:
        self._real, self._disk = real, disk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __enter__(self) -> File:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._real.close()

    def write(self, data: Any) -> Any:
        self._disk.done()
        return self._real.write(data)


@contextmanager
def failing(disk: Disk) -> Iterator[None]:
    """Inside, all that is written goes through it."""
    with pytest.MonkeyPatch.context() as patch:

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any, **named: Any) -> Any:
                disk.done()
                return real(*arguments, **named)

            return called

        for name in CHANGES:
            patch.setattr(os, name, counted(getattr(os, name)))
        real = io.open

        def opened(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if not set(mode) & set("wax+"):
                return real(file, mode, *arguments, **named)
            disk.done()
            return File(real(file, mode, *arguments, **named), disk)

        patch.setattr(io, "open", opened)
        yield


def everywhere(do: Callable[[Disk], None]) -> int:
    """Do something over and over, each time with another thing that fails; how many there were.

    Args:
        do: it; is told what disk to do it with.
    """
    times = 0
    for code in (errno.ENOSPC, errno.EROFS):
        for stays in (False, True):
            at, disk = 0, Disk(code)
            while at == 0 or disk.failed:
                at += 1
                disk = Disk(code, at, stays)
                do(disk)
                times += disk.failed
    return times
