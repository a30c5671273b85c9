"""Foreign image bytes -> upright RGB pixels, decoded in a child process under memory and time limits.

    bytes -> type and size of the file -> child (`decode_worker`: Pillow, limited) -> Picture

A picture can be small as a file and huge in memory (a PNG of 20 kB took 822 MB), and decoders
have had holes. So the bytes are decoded elsewhere: the child may take `MEMORY` bytes and
`SECONDS`, gets no environment, writes no files, and what it says is checked before it is used.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from ghost_architect.errors import GhostError, ImageError, printable

from . import decode_worker
from .decode_worker import MAX_ASPECT, MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE
from .page import Pixels

MEMORY = 1 << 30
"""Bytes of address space the child may take."""
SECONDS = 10
"""Processor seconds, and seconds on the clock, the child may take."""

_HEADER_BYTES = 4096
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML"),
)
READ = ("PNG", "JPEG", "WebP")
_CONVERT = "save the screen as PNG, JPEG or WebP"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture. `notes` tell what had to be done to it, one short phrase each."""

    name: str
    pixels: Pixels = field(repr=False)
    notes: tuple[str, ...] = ()


def image_type(data: bytes) -> str:
    """What a file is by its first bytes: `PNG`, `JPEG`, `WebP`, the name of a type that is not read, or nothing."""
    return next((name for at, magic, name in _MAGIC if data[at : at + len(magic)] == magic), "")


def decode(data: bytes, name: str) -> Picture:
    """Decode one picture.

    Args:
        data: the file as it is.
        name: what the user calls it; for messages only, its extension means nothing.

    Raises:
        ImageError: not a PNG, JPEG or WebP; larger, smaller or thinner than the limits;
            truncated or damaged; or it takes more memory or time than decoding may take.
    """
    shown = printable(name)
    if not data:
        raise ImageError(f"{shown}: the file is empty", _CONVERT)
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        raise ImageError(f"{shown}: the file has {size}; at most {MAX_BYTES // 10**6} MB are read", _CONVERT)
    kind = image_type(data)
    if kind not in READ:
        what = f"a {kind} file" if kind else "no picture"
        raise ImageError(f"{shown}: this is {what}; PNG, JPEG and WebP are read", _CONVERT)
    header, pixels = _in_child(data)
    if pixels is None:
        raise _refusal(shown, kind, header)
    return Picture(name, pixels, tuple(printable(str(n)) for n in header.get("notes", ())))


def _in_child(data: bytes) -> tuple[dict[str, Any], Pixels | None]:
    """The child's header, and the pixels where it sent as many as it announced."""
    env = {k: v for k in _KEPT if (v := os.environ.get(k)) is not None}
    command = [sys.executable, "-I", "-S", decode_worker.__file__, _folder_of_pillow(), str(MEMORY), str(SECONDS)]
    late = threading.Event()
    with _unheard():
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            start_new_session=True,  # a terminal's Ctrl-C is ours to answer: a training run saves first, and reads on
        )
    with child:

        def stop() -> None:
            late.set()
            child.kill()

        watchdog = threading.Timer(SECONDS, stop)
        watchdog.start()
        try:
            header, pixels = _exchange(child, data)
        finally:
            watchdog.cancel()
            child.kill()
    if pixels is None and "problem" not in header:
        return {"problem": "time" if late.is_set() else "crash", "about": []}, None
    return header, pixels


@contextmanager
def _unheard() -> Iterator[None]:
    """Ctrl-C waits, here and in a process that is started inside: until its session is its own, it is in ours."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _folder_of_pillow() -> str:
    """Where Pillow lies, for a child that starts without site-packages (which saves it the start-up files)."""
    spec = importlib.util.find_spec("PIL")
    if spec is None or spec.origin is None:
        raise GhostError("Pillow is not installed", "pip install ghost-architect")
    return str(Path(spec.origin).parent.parent)


def _exchange(child: subprocess.Popen[bytes], data: bytes) -> tuple[dict[str, Any], Pixels | None]:
    """Hand the bytes over and read the answer; never more of it than the limits allow."""
    inlet, outlet = child.stdin, child.stdout
    if inlet is None or outlet is None:  # both are pipes; said for the type checker
        return {}, None
    try:
        inlet.write(data)
        inlet.close()
    except OSError:  # it died before it had read everything
        return {}, None
    header = _header(outlet.readline(_HEADER_BYTES))
    width, height = header.get("width"), header.get("height")
    if not (isinstance(width, int) and isinstance(height, int)) or decode_worker.size_problem(width, height):
        return header, None
    pixels = np.empty((height, width, 3), np.uint8)
    return header, pixels if _fill(outlet, memoryview(pixels.data).cast("B")) else None


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except ValueError:
        return {}
    return header if isinstance(header, dict) else {}


def _fill(stream: IO[bytes], buffer: memoryview) -> bool:
    """Whether the stream had enough bytes to fill the buffer."""
    done = 0
    while done < len(buffer):
        got = stream.readinto(buffer[done:])  # type: ignore[attr-defined]
        if not got:
            return False
        done += got
    return True


def _refusal(shown: str, kind: str, header: Mapping[str, Any]) -> ImageError:
    """The error for a problem that the child reported (or for one it died of)."""
    numbers = [n for n in header.get("about", ()) if isinstance(n, int)]
    size = "x".join(map(str, numbers)) + " pixels"
    crop = "crop the screenshot, or take it in parts"
    messages = {
        "small": (f"has {size}; at least {MIN_SIDE} a side are needed", "take the screenshot at full size"),
        "large": (f"has {size}; at most {MAX_SIDE} a side and {MAX_PIXELS // 10**6} million in all are read", crop),
        "thin": (f"has {size}; one side may be at most {MAX_ASPECT} times the other", crop),
        "memory": (f"takes more than {MEMORY >> 20} MB of memory to decode", crop),
        "time": (f"takes longer than {SECONDS} s to decode", crop),
        "crash": ("could not be decoded within the limits on memory and time", _CONVERT),
    }
    message, hint = messages.get(str(header.get("problem")), (f"this {kind} file is damaged or cut off", _CONVERT))
    return ImageError(f"{shown}: {message}", hint)
