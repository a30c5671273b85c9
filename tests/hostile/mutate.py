"""Files that are broken on purpose, the same for the same seed: pictures, and SQL.

    a good file -> one mutation or some -> (what it is, bytes)

Mutations that know PNG come beside blind ones (chunks moved, lengths and checksums that lie; bits,
cuts, repeats). A mutated file may still be good.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence

from .pictures import PNG, Named, chunk, good, special

# --- pictures ---


def pictures(count: int, seed: int) -> Iterator[Named]:
    """`count` files: every special one, then mutations of the good ones."""
    chance = random.Random(f"pictures {seed}")
    made = list(special())[:count]
    yield from made
    for _ in range(count - len(made)):
        name, data = chance.choice(good())
        how: list[str] = []
        for _ in range(chance.choice((1, 1, 2, 5))):
            mutation = chance.choice((*_BLIND, *(_PNG if name.startswith("png") else ())))
            data = mutation(data, chance)
            how.append(mutation.__name__.strip("_"))
        yield f"{name}: {', '.join(how)}", data


def _flipped(data: bytes, chance: random.Random) -> bytes:
    """Some bits turned over."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 4, 64, 1000)) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(data: bytes, chance: random.Random) -> bytes:
    """The end missing."""
    return data[: chance.randrange(len(data) + 1)]


def _holed(data: bytes, chance: random.Random) -> bytes:
    """A piece missing, or zeros in its place."""
    at = chance.randrange(len(data) + 1)
    length = chance.choice((1, 4, 100, 2000))
    return data[:at] + (b"" if chance.random() < 0.5 else bytes(length)) + data[at + length :]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    """A piece twice, or a thousand times."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at : at + chance.choice((4, 40, 400))] * chance.choice((2, 1000)) + data[at:]


def _moved(data: bytes, chance: random.Random) -> bytes:
    """Two pieces in each other's place."""
    a, b, c = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _numbered(data: bytes, chance: random.Random) -> bytes:
    """Four bytes that are a length, perhaps, now an extreme one."""
    at = chance.randrange(max(1, min(len(data), 400)))
    value = chance.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 16385, 65500))
    return data[:at] + struct.pack(chance.choice(("<I", ">I")), value) + data[at + 4 :]


def _mixed(data: bytes, chance: random.Random) -> bytes:
    """The head of one file and the tail of another."""
    other = chance.choice(good())[1]
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and body of every chunk of a PNG, as far as it can be read."""
    found, at = [], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    """Chunks in another order, checksums right."""
    found = _chunks(data)
    chance.shuffle(found)
    return PNG + b"".join(chunk(kind, body) for kind, body in found)


def _doctored(data: bytes, chance: random.Random) -> bytes:
    """One chunk with other content, its checksum right, so that what reads it does read it."""
    found = _chunks(data)
    if not found:
        return data
    i = chance.randrange(len(found))
    kind, body = found[i]
    found[i] = (kind, chance.choice((_flipped, _cut, _numbered, _repeated))(body, chance) if body else b"\xff" * 9)
    return PNG + b"".join(chunk(kind, body) for kind, body in found)


def _unchecked(data: bytes, chance: random.Random) -> bytes:
    """Wrong checksums."""
    return PNG + b"".join(
        chunk(k, b, chance.getrandbits(32) if chance.random() < 0.4 else None) for k, b in _chunks(data)
    )


def _doubled(data: bytes, chance: random.Random) -> bytes:
    """A chunk twice, or gone."""
    found = _chunks(data)
    return PNG + b"".join(chunk(k, b) * chance.choice((0, 1, 1, 1, 2)) for k, b in found)


_BLIND: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped,
    _cut,
    _holed,
    _repeated,
    _moved,
    _numbered,
    _mixed,
)
_PNG = (_shuffled, _doctored, _unchecked, _doubled)


# --- SQL ---

_SCRAPS = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x1b[2J\x1b]0;owned\x07",
    "\u202e".encode(),
    "\u2028".encode(),
    "😀".encode(),
    b"'" * 101,
    b"(" * 2000,
    b"/*" * 500,
    b"NOT " * 2000,
    b"ARRAY[" * 40,
    b"CASE WHEN " * 300,
    b"1" * 5000,
    b"1e999999",
    b"$$",
    b"\r",
    b"\n" * 3000,
    b"--",
    b";" * 3000,
    b"CREATE TABLE t (a INT, " * 50,
    b"REFERENCES " * 100,
    b"x" * 70_000,
    b"'" + b"x" * 70_000 + b"'",
    b"DEFAULT (",
    b"CHECK (a > ",
    b", , ,",
    b"::int::text::",
)


def scripts(originals: Sequence[str], count: int, seed: int) -> Iterator[bytes]:
    """`count` SQL files that were good, or hostile, before something happened to them."""
    chance = random.Random(f"scripts {seed}")
    for _ in range(count):
        data = chance.choice(originals).encode("utf-8", "surrogatepass")
        for _ in range(chance.choice((1, 2, 3, 10))):
            data = chance.choice((*_BLIND_TEXT, _put))(data, chance)
        yield data[: 3 << 20]


def _put(data: bytes, chance: random.Random) -> bytes:
    """Something put in."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_SCRAPS) + data[at:]


_BLIND_TEXT = (_flipped, _cut, _holed, _repeated, _moved)
