"""Foreign bytes become upright RGB pixels, or one clear line; never a traceback, never much memory."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ghost_architect.errors import ImageError, printable
from ghost_architect.pages import decode as module
from ghost_architect.pages import decode_worker
from ghost_architect.pages.decode import decode, image_type


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def corner(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """White, with the top left quarter red."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_reads_the_three_types_whatever_the_name_says(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    picture = decode(encoded(corner(), kind, **options), "notes.txt")
    assert picture.pixels.shape == (80, 120, 3)
    assert picture.pixels.dtype == np.uint8
    assert np.abs(picture.pixels[10, 10].astype(int) - [255, 0, 0]).max() <= 4
    assert picture.pixels[70, 110].tolist() == [255, 255, 255]
    assert picture.notes == ()


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("P", 0, (0, 0, 0)),
        ("LA", (50, 255), (50, 50, 50)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("I;16", 0x8000, (128, 128, 128)),
    ],
)
def test_every_colour_mode_becomes_rgb(mode: str, colour: int, expected: tuple[int, int, int]) -> None:
    picture = decode(encoded(Image.new(mode, (64, 64), colour), "PNG"), "x")
    assert tuple(picture.pixels[5, 5]) == expected
    assert picture.notes == ()


def test_cmyk_becomes_rgb() -> None:
    picture = decode(encoded(Image.new("CMYK", (64, 64), (255, 0, 0, 0)), "JPEG"), "x")
    red, green, blue = (int(v) for v in picture.pixels[5, 5])
    assert red < 60
    assert green > 100
    assert blue > 100


def test_transparent_parts_are_white() -> None:
    picture = decode(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"), "x")
    assert tuple(picture.pixels[5, 5]) == (255, 255, 255)
    assert picture.notes == ("transparent parts are shown on white",)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the Transpose that undoes each orientation's turn
    stored = corner().transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(stored, "PNG", exif=exif), "x")
    assert picture.pixels.shape == (80, 120, 3)
    assert tuple(picture.pixels[5, 5]) == (255, 0, 0)
    assert picture.notes == ("turned upright, as its EXIF orientation says",)


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    for kind in ("PNG", "WEBP"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        picture = decode(data, "x")
        assert tuple(picture.pixels[5, 5]) == (255, 0, 0)
        assert picture.notes == ("only the first of 3 pictures in the file is read",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"", "the file is empty"),
        (lambda: b"hello", "this is no picture"),
        (lambda: encoded(corner(), "GIF"), "this is a GIF file"),
        (lambda: encoded(corner(), "TIFF"), "this is a TIFF file"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this is a SVG file"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(10_000_000), "at most 10 MB"),
        (lambda: encoded(corner((63, 64)), "PNG"), "has 63x64 pixels; at least 64 a side"),
        (lambda: png_claiming(16_385, 64), "has 16385x64 pixels; at most 16384 a side"),
        (lambda: png_claiming(8_000, 5_001), "has 8000x5001 pixels; at most 16384 a side and 40 million"),
        (lambda: png_claiming(64, 3_841), "one side may be at most 60 times the other"),
        (lambda: png_claiming(60_000, 60_000), "has 60000x60000 pixels"),
        (lambda: png_claiming(640, 480), "this PNG file is damaged or cut off"),
        (lambda: encoded(corner(), "PNG")[:-60], "this PNG file is damaged or cut off"),
        (lambda: encoded(corner((640, 480)), "JPEG")[:3000], "this JPEG file is damaged or cut off"),
        (lambda: encoded(corner((640, 480)), "WEBP")[:90], "this WebP file is damaged or cut off"),
        (lambda: b"\xff\xd8\xff" + bytes(range(256)) * 9, "this JPEG file is damaged or cut off"),
    ],
)
def test_refuses_in_one_line(make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        decode(make(), "shot.png")
    assert caught.value.message.startswith("shot.png: ")
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_text_bombs_are_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 80_000_000, zip=True)
    with pytest.raises(ImageError, match="damaged"):
        decode(encoded(corner(), "PNG", pnginfo=info), "bomb.png")


def test_hostile_names_do_not_reach_the_terminal() -> None:
    with pytest.raises(ImageError) as caught:
        decode(b"x", "a\x1b[2J\n\u202eb.png")
    assert caught.value.message.isprintable()
    assert printable("ä b.png") == "ä b.png"


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS works on Linux only")
def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY", 150 << 20)
    data = encoded(Image.new("RGB", (7_000, 5_700)), "PNG")
    with pytest.raises(ImageError, match="(memory|limits)"):
        decode(data, "wide.png")


def test_the_largest_picture_fits_into_the_memory() -> None:
    data = encoded(Image.new("RGBA", (8_000, 5_000), (0, 0, 0, 9)), "PNG", compress_level=1)
    assert decode(data, "large.png").pixels.shape == (5_000, 8_000, 3)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import time; time.sleep(60)", "takes longer than 1 s"),
        ("raise SystemExit(3)", "could not be decoded"),
        ("import os; os.kill(os.getpid(), 11)", "could not be decoded"),
        ('print(\'{"width": 64, "height": 64}\')', "could not be decoded"),
        ('print(\'{"width": 99999, "height": 99999}\')', "could not be decoded"),
        ("print('[1]')", "could not be decoded"),
        ('print(\'{"problem": "<b>\\\\u001b[2J", "about": ["x"]}\')', "damaged or cut off"),
    ],
)
def test_a_child_that_hangs_dies_or_lies(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(script)
    monkeypatch.setattr(decode_worker, "__file__", str(worker))
    monkeypatch.setattr(module, "SECONDS", 1)
    with pytest.raises(ImageError, match=message):
        decode(encoded(corner(), "PNG"), "x.png")


def test_the_child_sees_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    worker = tmp_path / "worker.py"
    worker.write_text(f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ))")
    monkeypatch.setattr(decode_worker, "__file__", str(worker))
    monkeypatch.setenv("GHOST_API_KEY", "secret")
    with pytest.raises(ImageError):
        decode(encoded(corner(), "PNG"), "x.png")
    assert "GHOST_API_KEY" not in told.read_text()


def test_types_by_content() -> None:
    assert image_type(encoded(corner(), "WEBP")) == "WebP"
    assert image_type(b"%PDF-1.7") == "PDF"
    assert image_type(b"\0\0\0\x18ftypheic") == "HEIC"
    assert image_type(b"") == ""
