"""Pictures of a data set: whether they are whole, by their headers and ends. Pixels are the matter of `pages.decode`.

Decoding takes a process of its own for each picture, so of many only a sample is decoded.
"""

from __future__ import annotations

import struct

from ghost_architect.pages.decode import READ, image_type
from ghost_architect.pages.decode_worker import MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE

Size = tuple[int, int]


def look(data: bytes) -> tuple[str, Size | None]:
    """(what is wrong with a picture, its width and height where they can be read)."""
    kind = image_type(data[:64])
    if kind not in READ:
        return f"is {'a ' + kind + ' file' if kind else 'no picture'}, and not PNG, JPEG or WebP", None
    if len(data) > MAX_BYTES:
        return f"has {len(data) / 1e6:.1f} MB", None
    try:
        size = {"PNG": _png, "JPEG": _jpeg, "WebP": _webp}[kind](data)
    except (struct.error, IndexError):
        return f"is cut off ({kind})", None
    if size is None:
        return f"is cut off or damaged ({kind})", None
    width, height = size
    if not (min(size) >= MIN_SIDE and max(size) <= MAX_SIDE and width * height <= MAX_PIXELS):
        return f"has {width}x{height} pixels, which is outside the limits", size
    return "", size


def _png(data: bytes) -> Size | None:
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if data[12:16] == b"IHDR" and data.rstrip(b"\0")[-8:-4] == b"IEND" else None


def _jpeg(data: bytes) -> Size | None:
    """The frame header (ITU-T T.81, B.2.2): the segment C0 to CF that is no table."""
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + length
    return None


def _webp(data: bytes) -> Size | None:
    """The first chunk (RFC 9649, 2.5 to 2.7)."""
    if len(data) < int(struct.unpack("<I", data[4:8])[0]) + 8:
        return None
    form = data[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if form == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[26:30])
    return (width & 0x3FFF, height & 0x3FFF) if form == b"VP8 " else None
