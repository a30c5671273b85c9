"""The child process of `decode`: image bytes on standard input, raw RGB on standard output.

    python -I -S decode_worker.py FOLDER-OF-PILLOW MEMORY-BYTES CPU-SECONDS  < file  > header + pixels

The header is one line of JSON: `{"width", "height", "notes"}`, followed by height x width x 3
bytes; or `{"problem", "about"}` and nothing. `problem` is one of the codes that `decode` has
words for. Only Pillow and the standard library are imported, Pillow only after the limits are
set: everything that touches foreign bytes happens under them.

It is also the one home of the limits on a picture, so that parent and child agree.
"""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
MIN_SIDE, MAX_SIDE = 64, 16_384
MAX_ASPECT = 60

_ORIENTATION = 0x0112
_STRIP_BYTES = 4 << 20


class Refused(Exception):
    """The picture is refused: a code, and the numbers that its message needs."""

    def __init__(self, problem: str, *about: int) -> None:
        super().__init__(problem)
        self.problem, self.about = problem, about


def size_problem(width: int, height: int) -> Refused | None:
    """What is wrong with a picture of this size, if anything."""
    long, short = max(width, height), min(width, height)
    if short < MIN_SIDE:
        return Refused("small", width, height)
    if long > MAX_SIDE or width * height > MAX_PIXELS:
        return Refused("large", width, height)
    if long > MAX_ASPECT * short:
        return Refused("thin", width, height)
    return None


def limit_process(memory: int, cpu: int) -> None:
    """Put this process under its limits; where the system has none (Windows) the size limits must do."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):  # macOS has RLIMIT_AS and refuses to set it
            continue


def to_rgb(data: bytes) -> tuple[Image.Image, list[str]]:
    """The first picture in `data`: upright, RGB, on white; and what had to be done.

    Raises:
        Refused: the size is out of bounds.
        Exception: whatever Pillow raises over bytes that are no picture.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the size is checked below, before anything is decoded, and by name
    notes = []
    with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        problem = size_problem(*opened.size)
        if problem:
            raise problem
        frames = int(getattr(opened, "n_frames", 1))
        if frames > 1:
            notes.append(f"only the first of {frames} pictures in the file is read")
        opened.load()  # before the metadata: of a PNG they load it too, and a damaged one is not loaded twice
        turn = _turn(opened)
        image = _flat(opened, notes)
    if turn is not None:
        image = image.transpose(turn)
        notes.append("turned upright, as its EXIF orientation says")
    return image, notes


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What makes the picture upright (EXIF 2.32, tag 0x0112). Broken metadata says nothing."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        return turns.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # the metadata is foreign bytes too, and a picture is readable without it
        return None


def _flat(image: Image.Image, notes: list[str]) -> Image.Image:
    """The picture as 8-bit RGB, transparent parts over white."""
    from PIL import Image

    if image.mode.startswith("I;16"):  # Pillow clips 16-bit grey to white: take the high bytes instead
        high = 0 if image.mode.endswith("B") else 1
        return Image.frombytes("L", image.size, image.tobytes()[high::2]).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image if image.mode == "RGBA" else image.convert("RGBA")  # a copy would be 160 MB of the largest
    alpha = layered.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return layered.convert("RGB")
    notes.append("transparent parts are shown on white")
    white = Image.new("RGB", image.size, "white")
    white.paste(layered, mask=alpha)
    return white


def answer(data: bytes) -> tuple[dict[str, Any], Image.Image | None]:
    """The header for these bytes, and the picture if it is one."""
    try:
        image, notes = to_rgb(data)
    except Refused as refused:
        return {"problem": refused.problem, "about": refused.about}, None
    except MemoryError:
        return {"problem": "memory", "about": []}, None
    except Exception:  # Pillow raises OSError, SyntaxError, ValueError, struct.error, ... over damaged files
        return {"problem": "damaged", "about": []}, None
    return {"width": image.width, "height": image.height, "notes": notes}, image


def main() -> None:
    """Read, decode and write, under the limits given on the command line."""
    limit_process(int(sys.argv[2]), int(sys.argv[3]))
    sys.path.insert(0, sys.argv[1])
    header, image = answer(sys.stdin.buffer.read(MAX_BYTES + 1))
    out = sys.stdout.buffer
    out.write(json.dumps(header).encode() + b"\n")
    if image is not None:
        rows = max(1, _STRIP_BYTES // (3 * image.width))
        for top in range(0, image.height, rows):
            out.write(image.crop((0, top, image.width, min(top + rows, image.height))).tobytes())
    out.flush()


if __name__ == "__main__":
    main()
