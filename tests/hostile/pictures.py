"""Pictures to break, and pictures that are broken from the start.

good()      small ones that are read, of every kind
special()   each made for one thing: wrong types, bombs, lies about sizes, two formats in one file
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image, ImageDraw, PngImagePlugin

PNG = b"\x89PNG\r\n\x1a\n"
Named = tuple[str, bytes]
"""What a file is, in a few words, and its bytes."""


# --- good pictures ---


def _drawn(mode: str = "RGB", size: tuple[int, int] = (160, 120)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for i in range(4):
        draw.rectangle((8, 8 + 26 * i, 120, 28 + 26 * i), "white", "black")
        draw.text((12, 12 + 26 * i), f"Field {i}", "black")
    return image.convert(mode)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def good() -> tuple[Named, ...]:
    """Small pictures that are read, one for each way in which the three formats keep pixels."""
    frames = [_drawn("RGBA"), Image.new("RGBA", (160, 120), (255, 0, 0, 99))]
    animated = {"save_all": True, "append_images": frames[1:], "duration": 40}
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a screen"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a screen", zip=True)
    info.add_itxt("Title", "screen")
    return (
        *((f"png {mode}", _saved(_drawn(mode), "PNG")) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        ("png 16 bit", _saved(_drawn("L").convert("I").convert("I;16"), "PNG")),
        ("png with text", _saved(_drawn(), "PNG", pnginfo=info, exif=exif, icc_profile=b"\0" * 200)),
        ("png animated", _saved(frames[0], "PNG", **animated)),
        ("jpeg", _saved(_drawn(), "JPEG", quality=80, exif=exif)),
        ("jpeg grey", _saved(_drawn("L"), "JPEG")),
        ("jpeg cmyk", _saved(_drawn("CMYK"), "JPEG")),
        ("jpeg progressive", _saved(_drawn(), "JPEG", progressive=True, comment=b"a screen")),
        ("webp lossy", _saved(_drawn(), "WEBP")),
        ("webp lossless", _saved(_drawn("RGBA"), "WEBP", lossless=True, exif=exif)),
        ("webp animated", _saved(frames[0], "WEBP", **animated)),
    )


# --- files that are something else, or lie about themselves ---


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG (PNG 1.2, section 3.2)."""
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)
    )


def _png(width: int, height: int, body: bytes, *extra: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join((PNG, chunk(b"IHDR", header), *extra, chunk(b"IDAT", body), chunk(b"IEND", b"")))


def _flat_png(width: int, height: int, **options: int) -> bytes:
    """A PNG of one colour, as small as a file of this size can be."""
    squeeze = zlib.compressobj(9)
    row = b"\0" + bytes(width * 3)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    return _png(width, height, body, **options)


def _zeros(megabytes: int) -> bytes:
    squeeze = zlib.compressobj(9)
    return b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(megabytes)) + squeeze.flush()


@cache
def special() -> tuple[Named, ...]:
    """Each of them once: wrong types, bombs, lies about sizes, two formats in one file."""
    png, jpeg, webp = _saved(_drawn(), "PNG"), _saved(_drawn(), "JPEG"), _saved(_drawn(), "WEBP")
    lists, packed = _zeros(200), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.html", "<script>alert(1)</script>")
    html, script = b"<html><script>alert(document.cookie)</script></html>", b"*/alert(1);/*"
    vp8x = (
        b"RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\x10\0\0\0"
        + b"\xff\xff\xff" * 2
        + b"VP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0"
    )
    sof = jpeg.index(b"\xff\xc0")
    huge_jpeg = jpeg[: sof + 5] + b"\xff\xff\xff\xff" + jpeg[sof + 9 :]
    text = chunk(b"zTXt", b"a\0\0" + lists)
    return (
        ("empty", b""),
        ("one byte", b"\x89"),
        ("only the mark of PNG", PNG),
        ("only the mark of JPEG", b"\xff\xd8\xff"),
        ("only the mark of WebP", b"RIFF\0\0\0\0WEBP"),
        ("zeros", bytes(5000)),
        ("more than 10 MB", png + bytes(10_000_000)),
        ("almost 10 MB behind it", png + bytes(9_900_000)),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        (
            "svg with entities",
            b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
        ),
        ("pdf", b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>endobj"),
        ("postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run"),
        ("gif", _saved(_drawn("P"), "GIF")),
        ("bmp", _saved(_drawn(), "BMP")),
        ("tiff", _saved(_drawn(), "TIFF")),
        ("ico", _saved(_drawn(), "ICO")),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)),
        ("avif", b"\0\0\0\x1cftypavif" + bytes(100)),
        ("jpeg 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100)),
        ("elf", b"\x7fELF\x02\x01\x01" + bytes(200)),
        ("shell script", b"#!/bin/sh\ntouch /tmp/ghost_was_here\n"),
        ("zip", packed.getvalue()),
        ("html", html),
        ("json", b'{"tables": []}'),
        ("utf-16", "hello".encode("utf-16")),
        ("png and html", png + html),
        ("png with html in it", PNG + png[8:33] + chunk(b"tEXt", b"a\0" + html) + png[33:]),
        ("png and zip", png + packed.getvalue()),
        ("png and script", png + script),
        ("html and png", html + png),
        ("pdf and png", b"%PDF-1.4\n" + png),
        ("gif head, jpeg body", b"GIF89a" + jpeg),
        ("jpeg with script in it", jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(script) + 2) + script + jpeg[2:]),
        ("jpeg and jpeg", jpeg + jpeg),
        ("jpeg and zip", jpeg + packed.getvalue()),
        ("webp and php", webp + b"<?php system('id'); ?>"),
        ("webp in a png's name", PNG + webp),
        ("bomb of 169 megapixels", _flat_png(13_000, 13_000)),
        ("bomb at the limit", _flat_png(8_000, 5_000)),
        ("bomb, long and thin", _flat_png(16_384, 274)),
        ("flat webp at the limit", _saved(Image.new("RGBA", (8_000, 5_000), (0, 0, 0, 9)), "WEBP", lossless=True)),
        ("png of 2 billion a side", _png(2**31 - 1, 2**31 - 1, zlib.compress(b"\0"))),
        ("png of no size", _png(0, 0, zlib.compress(b"\0"))),
        ("png, one side nothing", _png(0, 100, zlib.compress(b"\0"))),
        ("png one pixel too thin", _png(64, 3841, zlib.compress(b"\0"))),
        ("png that is smaller than it says", _png(4000, 4000, zlib.compress(b"\0" * 100))),
        ("png that is larger than it says", _png(100, 100, lists)),
        ("png, depth 3", _png(100, 100, lists, depth=3)),
        ("png, colour 7", _png(100, 100, lists, colour=7)),
        ("png, palette without one", _png(100, 100, zlib.compress(bytes(10_100)), colour=3)),
        ("png without pixels", PNG + png[8:33] + chunk(b"IEND", b"")),
        ("png, two headers", png[:33] + chunk(b"IHDR", struct.pack(">IIBBBBB", 9999, 4000, 8, 2, 0, 0, 0)) + png[33:]),
        ("png, 200 MB in a text", png[:33] + text + png[33:]),
        ("png, ten bombs in texts", png[:33] + text * 10 + png[33:]),
        ("png, 200 MB in a profile", png[:33] + chunk(b"iCCP", b"a\0\0" + lists) + png[33:]),
        ("png, 100,000 texts", png[:33] + chunk(b"tEXt", b"a\0b") * 100_000 + png[33:]),
        ("png, long exif", png[:33] + chunk(b"eXIf", b"II*\0" + b"\xff" * 5_000_000) + png[33:]),
        ("png, a billion frames", png[:33] + chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + png[33:]),
        (
            "png, frame out of bounds",
            png[:33] + chunk(b"acTL", struct.pack(">II", 2, 0)) + _control(9999, 9999) + png[33:],
        ),
        ("png, pixels in single bytes", _in_single_bytes(png)),
        ("png, wrong checksums", png.replace(png[-4:], b"\0\0\0\0")),
        ("png, length of 4 GB", png[:33] + b"\xff\xff\xff\xffIDAT" + png[41:]),
        ("png for the iPhone", PNG + chunk(b"CgBI", b"\x50\0\x20\x02") + png[8:]),
        ("jpeg of 65535 a side", huge_jpeg),
        ("jpeg without tables", jpeg.replace(b"\xff\xdb", b"\xff\xfe")),
        ("jpeg, long exif", jpeg[:2] + b"\xff\xe1\xff\xffExif\0\0II*\0" + b"\xff" * 65_523 + jpeg[2:]),
        ("jpeg, 5,000 scans", _many_scans()),
        ("jpeg that never ends", jpeg[:-2] + b"\xff\xd0\xff\xd1" * 200_000),
        ("webp of 16 million a side", vp8x),
        ("webp, length that lies", webp[:4] + b"\xff\xff\xff\xff" + webp[8:]),
        ("webp, nothing in it", b"RIFF\x04\0\0\0WEBP"),
        ("exif that points at itself", _exif_loop()),
    )


def _control(width: int, height: int) -> bytes:
    """A frame control chunk of an APNG."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 9, 9, 1, 1, 0, 0))


def _in_single_bytes(png: bytes) -> bytes:
    at = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[at - 4 : at])
    body = png[at + 4 : at + 4 + length]
    return png[: at - 4] + b"".join(chunk(b"IDAT", bytes((b,))) for b in body) + png[at + 8 + length :]


def _many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again: small to send, long to decode."""
    jpeg = _saved(_drawn(size=(640, 480)), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return (jpeg[:-2] + jpeg[last:-2] * 5_000)[:9_900_000] + jpeg[-2:]


def _exif_loop() -> bytes:
    """A JPEG whose EXIF directory names itself as the next one and as its own parts."""
    tags = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x0112, 3, 1, 6)
    body = b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + tags + struct.pack("<I", 8)
    jpeg = _saved(_drawn(), "JPEG")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
