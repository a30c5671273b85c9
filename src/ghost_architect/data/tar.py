"""The members of a tar file, without a byte of their content: names, places, sizes.

`tarfile` reads what extended headers announce into memory, however much it is. A shard needs no more than
plain files with short names (POSIX.1-1988 ustar, and the long names of pax and GNU), so this reads these.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = 512
_LONGEST_NAME = 1 << 14


class TarError(ValueError):
    """It is no tar file, or is cut off; the message says where."""


@dataclass(frozen=True, slots=True)
class Member:
    """One plain file."""

    name: str
    offset: int
    size: int


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar file."""
    return len(head) == _BLOCK and head[257:262] == b"ustar"


def members(file: BinaryIO) -> Iterator[Member]:
    """The plain files in it, in order.

    Raises:
        TarError: what stands there is no header, or the file ends before a member does.
    """
    end = file.seek(0, os.SEEK_END)
    at, name = 0, ""
    while at + _BLOCK <= end:
        file.seek(at)
        head = file.read(_BLOCK)
        if not head.strip(b"\0"):
            return
        if sum(head[:148]) + 256 + sum(head[156:]) != _number(head[148:156], at):
            raise TarError(f"the checksum at byte {at} is wrong")
        size, kind, start = _number(head[124:136], at), head[156:157], at + _BLOCK
        if start + size > end:
            raise TarError(f"it ends before the member at byte {at} does")
        if kind in (b"x", b"L"):
            if size > _LONGEST_NAME:
                raise TarError(f"the header at byte {at} has {size} bytes")
            name = _long_name(file.read(size), kind) or name
        elif kind in (b"0", b"\0"):
            yield Member(name or _name(head), start, size)
            name = ""
        else:
            name = ""
        at = start + -(-size // _BLOCK) * _BLOCK
    if at < end or at == 0:
        raise TarError("it ends in the middle of a header")


def _number(field: bytes, at: int) -> int:
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        raise TarError(f"the header at byte {at} is none") from None


def _name(head: bytes) -> str:
    name, prefix = (part.split(b"\0")[0].decode("utf-8", "replace") for part in (head[:100], head[345:500]))
    return f"{prefix}/{name}" if prefix and head[257:263] == b"ustar\0" else name


def _long_name(body: bytes, kind: bytes) -> str:
    if kind == b"L":
        return body.split(b"\0")[0].decode("utf-8", "replace")
    for line in body.split(b"\n"):
        _, _, said = line.partition(b" ")
        if said.startswith(b"path="):
            return said[5:].decode("utf-8", "replace")
    return ""
