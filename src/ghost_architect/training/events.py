"""Curves for TensorBoard, in its own form: records of protocol buffers, each with checksums.

    record   length (8 bytes), its checksum, an Event, its checksum        all little-endian
    Event    1: wall time (double), 2: step, 3: file version, 5: Summary, 7: SessionLog
    Summary  1: Value    Value  1: tag, 2: number (float)

Sources: tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto (github.com/tensorflow). These
sixty lines are instead of tensorboardX, which would bring protobuf along.
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Mapping
from pathlib import Path

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_START = 1
"""Of SessionLog's status: what was written before with this step or a later one does not count any more."""


class Events:
    """One file of curves; another one is begun whenever a run goes on.

    Args:
        folder: of the run.
        step: behind which the curves go on; what older files say of later steps does not count.
    """

    def __init__(self, folder: Path, step: int) -> None:
        begun = time.time()
        self._file = (folder / f"events.out.tfevents.{begun:.6f}.ghost").open("ab")
        try:
            self._write(0, _field(3, _BYTES, b"brain.Event:2"))
            self._write(step + 1, _field(7, _BYTES, _field(1, _VARINT, _varint(_START))))
        except BaseException:
            with contextlib.suppress(OSError):  # what it could not write, it tries once more
                self._file.close()
            raise

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One point of each of these curves."""
        parts = (_field(1, _BYTES, tag.encode()) + _field(2, _FLOAT, struct.pack("<f", v)) for tag, v in values.items())
        self._write(step, _field(5, _BYTES, b"".join(_field(1, _BYTES, part) for part in parts)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, step: int, what: bytes) -> None:
        number = _field(2, _VARINT, _varint(step)) if step else b""  # what is 0 is left out
        event = _field(1, _DOUBLE, struct.pack("<d", time.time())) + number + what
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))
        self._file.flush()


def _field(number: int, kind: int, value: bytes) -> bytes:
    head = _varint(number << 3 | kind)
    return head + _varint(len(value)) + value if kind == _BYTES else head + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _table() -> tuple[int, ...]:
    made = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)  # CRC-32C, RFC 3720, section 12.1
        made.append(value)
    return tuple(made)


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """The checksum of RFC 3720, appendix B.4."""
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def _checksum(data: bytes) -> bytes:
    value = crc32c(data)
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)  # masked, as records have it
