"""Files and bytes become pages, in order, with their lines numbered through all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghost_architect.errors import ImageError, InputError
from ghost_architect.pages.load import load_pages

from .drawing import Screen


def screen(*words: str) -> bytes:
    drawn = Screen(400, 200)
    for row, word in enumerate(words):
        drawn.write(20, 20 + 50 * row, word)
    return drawn.png


def test_paths_and_bytes_in_call_order(tmp_path: Path) -> None:
    path = tmp_path / "orders.png"
    path.write_bytes(screen("Orders", "Total"))
    pages = load_pages([path, ("upload", screen("Customer name")), path])
    assert [p.name for p in pages] == ["orders.png", "upload", "orders.png"]
    assert [[(x.n, x.text) for x in p.lines] for p in pages] == [
        [(1, "Orders"), (2, "Total")],
        [(3, "Customer name")],
        [(4, "Orders"), (5, "Total")],
    ]
    assert {(p.width, p.height) for p in pages} == {(400, 200)}
    assert all(p.pixels is not None and p.pixels.shape == (200, 400, 3) for p in pages)


def test_the_first_bad_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"^second: this is no picture"):
        load_pages([("first", screen("Orders")), ("second", b"text"), ("third", b"text")])
    with pytest.raises(InputError, match=r"gone.png: cannot be opened \(No such file"):
        load_pages([tmp_path / "gone.png"])
    with pytest.raises(InputError, match="cannot be opened"):
        load_pages([tmp_path])


def test_no_sources_no_pages() -> None:
    assert load_pages([]) == ()
