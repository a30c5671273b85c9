"""The diagram as a picture: its size, its limits, and that no text vanishes where the machine has no font."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import resvg_py
from PIL import Image

from ghost_architect.errors import UsageError
from ghost_architect.schema.objects import Schema
from ghost_architect.writers import Written, png, render, writer
from ghost_architect.writers.png import LONGEST_SIDE, MOST_PIXELS, SCALE, fitting_scale
from ghost_architect.writers.svg import drawing

from .samples import HOSTILE, SHOP, column, table


def opened(written: Written) -> Image.Image:
    assert isinstance(written.content, bytes)
    picture = Image.open(io.BytesIO(written.content), formats=("PNG",))
    picture.load()
    return picture


def dark(picture: Image.Image) -> int:
    """Pixels as dark as letters are."""
    return int((np.asarray(picture.convert("L")) < 110).sum())


@pytest.mark.parametrize("schema", [Schema(), SHOP, Schema((table(HOSTILE, column(HOSTILE)),))])
def test_it_is_the_svg_twice_as_large(schema: Schema) -> None:
    drawn, picture = drawing(schema), opened(render(schema, "png"))
    assert picture.size == pytest.approx((SCALE * drawn.width, SCALE * drawn.height), abs=1)
    assert render(schema, "png") == render(schema, "png")


def test_text_is_there_on_a_machine_without_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema((table("orders", column("total"), column("名前")),))
    with_fonts = dark(opened(render(schema, "png")))
    real: Callable[..., bytes] = resvg_py.svg_to_bytes

    def bare(**options: object) -> bytes:
        return real(skip_system_fonts=True, **options)

    monkeypatch.setattr(resvg_py, "svg_to_bytes", bare)
    without = dark(opened(render(schema, "png")))
    assert without > 0.5 * with_fonts
    # The test can fail: with no font at all nothing is written.
    silent = real(svg_string=drawing(schema).text, zoom=SCALE, skip_system_fonts=True)
    assert dark(opened(Written(silent))) < 0.5 * without


def test_a_table_name_is_bold() -> None:
    """resvg knows the weights 100, 200, ... and takes any other for normal."""
    assert "font-weight:650" not in drawing(SHOP).text


@pytest.mark.parametrize(
    ("width", "height"), [(600, 400), (8000, 8000), (100_000, 300), (300, 100_000), (50_000, 50_000), (4242.6, 4242.6)]
)
def test_no_picture_is_larger_than_it_may_be(width: float, height: float) -> None:
    scale = fitting_scale(width, height)
    assert 0 < scale <= SCALE
    sides = (int(width * scale) + 1, int(height * scale) + 1)
    assert max(sides) <= LONGEST_SIDE
    assert sides[0] * sides[1] <= MOST_PIXELS
    too_much = 1.01 * scale
    at_limit = max(width, height) * too_much > LONGEST_SIDE or width * height * too_much**2 > MOST_PIXELS
    assert scale == SCALE or at_limit


def test_a_smaller_scale_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render(SHOP, "png").notes == ()
    monkeypatch.setattr(png, "MOST_PIXELS", 400_000)
    written = render(SHOP, "png")
    assert opened(written).width * opened(written).height <= 400_000
    assert written.notes == ("the diagram is large, so it is drawn at 1.27 pixels for one, not 2",)
    monkeypatch.setattr(png, "MOST_PIXELS", 40_000)
    assert render(SHOP, "png").notes[0].endswith("its text cannot be read, svg can be")


def test_without_the_package_one_line_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ghost_architect.writers.png", None)
    with pytest.raises(UsageError) as caught:
        writer("png")
    assert "png needs the package" in caught.value.message
