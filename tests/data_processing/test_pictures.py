"""Pictures of rows: read late, upright, as pixel values."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghost_architect.data_processing import Chat, Eye, Index, Row, Rows, Settings, with_pixels
from ghost_architect.errors import InputError
from tests.data.rows import array, pair, png

from .making import rows_of, shard, shown, texts


def jpeg(size: tuple[int, int], orientation: int | None = None) -> bytes:
    out = io.BytesIO()
    ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.fromarray(ramp).save(out, "JPEG", exif=exif)
    return out.getvalue()


def row_with(tmp_path: Path, chat: Chat, picture: bytes) -> Row:
    data = shard(tmp_path / "p.tar", [(pair(), {"shop-1.0.png": picture})])
    (row,) = rows_of(Index([data]), chat)
    return row


@pytest.mark.parametrize("side", [28, 896])
def test_pixel_values_are_those_of_transformers(tmp_path: Path, chat: Chat, processor: Any, side: int) -> None:
    row = row_with(tmp_path, chat, jpeg((301, 203)))
    pictures = processor.image_processor
    own = Eye(side).values(row)
    pixels = row.images[0].pixels()
    size = {"height": side, "width": side}
    theirs = np.asarray(pictures(images=[Image.fromarray(pixels)], size=size, return_tensors="np")["pixel_values"])
    assert own is not None
    assert own.shape == (1, 3, side, side)
    assert own.dtype == np.float32
    assert np.abs(own - theirs).max() < 1e-6
    if side == 28:
        through = Eye(side, pictures).values(row)
        assert through is not None
        assert np.array_equal(through, theirs.astype(np.float32))


def test_a_turned_picture_is_asked_about_upright(tmp_path: Path, chat: Chat) -> None:
    row = row_with(tmp_path, chat, jpeg((300, 200), orientation=6))
    assert row.images[0].size == (200, 300)
    assert row.images[0].pixels().shape == (300, 200, 3)
    assert "Screen 0, 200x300:" in shown(chat, row.ids)


def test_damaged_pixels_are_one_line_with_their_row(tmp_path: Path, chat: Chat) -> None:
    whole = png(size=(400, 300))
    at = whole.index(b"IDAT") + 8
    row = row_with(tmp_path, chat, whole[:at] + bytes(len(whole) - at - 20) + whole[-20:])
    with pytest.raises(InputError) as caught:
        Eye(28).values(row)
    assert caught.value.message.startswith(f"{tmp_path / 'p.tar'} row 1: shop-1.0.png: ")


def test_pictures_come_with_their_rows(tmp_path: Path, chat: Chat) -> None:
    shard(tmp_path / "b.tar", [(pair(f"s{n}"), {f"s{n}.0.png": png(0x010101 * n)}) for n in range(4)])
    array(tmp_path / "a.json", texts(2))
    rows = Rows(Index([tmp_path]), chat, Settings(sequence=2000))
    plain = list(rows(epochs=1))
    ahead = list(with_pixels(rows(epochs=1), Eye(28), ahead=2))
    assert [(row.names, place) for row, place, _ in ahead] == [(row.names, place) for row, place in plain]
    for row, _, values in ahead:
        if not row.images:
            assert values is None
            continue
        color = int(row.images[0].name[1:].split(".")[0])
        assert values is not None
        assert np.allclose(values, color / 127.5 - 1, atol=1e-6)


def test_a_row_says_what_it_is_made_of(tmp_path: Path, chat: Chat) -> None:
    row = row_with(tmp_path, chat, png())
    assert {str(part.dtype) for part in (row.ids, row.labels, row.positions)} == {"int32"}
    assert row.starts == (0,)
    first, end = row.pictures[0]
    assert row.token_type_ids.nonzero()[0].tolist() == list(range(first, end))
    assert set(row.ids[first:end].tolist()) == {chat._soft}
