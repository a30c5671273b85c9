"""The frozen validation set is what its checksums say, and nothing of it is in other splits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ghost_architect.pages.pair import FILE, Pair, pages_of, read_pairs
from ghost_architect.schema.verify import verify

FOLDER = Path(__file__).parents[2] / "data" / "validation_set"


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return list(read_pairs(FOLDER / FILE))


def test_every_file_has_its_checksum() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text("ascii").splitlines()
    said = {name: digest for digest, name in (line.split("  ") for line in lines)}
    there = {f.name for f in FOLDER.iterdir()} - {"SHA256SUMS", "README.md"}
    assert there == set(said)
    assert {n for n, digest in said.items() if hashlib.sha256((FOLDER / n).read_bytes()).hexdigest() != digest} == set()


def test_it_is_large_enough_and_small_enough(pairs: list[Pair]) -> None:
    assert len(pairs) >= 200
    assert sum(f.stat().st_size for f in FOLDER.iterdir()) <= 15_000_000
    assert {Path(name).suffix for p in pairs for name in p.images} == {".webp"}


def test_every_pair_is_sound(pairs: list[Pair]) -> None:
    assert {p.split for p in pairs} == {"validation"}
    assert [p.id for p in pairs if verify(p.schema)] == []
    assert len({kind for p in pairs for kind in p.screen_kinds}) >= 20
    for pair in pairs[::12]:
        pages_of(pair, FOLDER)  # raises where a line lies outside its picture
