"""Text whose font is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.writers.text import clean, mono, sans, shortened


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("a\u202eb\x00c", "a b c"),
        ("  two\n\twords ", "two words"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 2),
        ("日本 Größe 😀", "日本 Größe 😀"),
        ("\ud800\ufffe", ""),
    ],
)
def test_clean(dirty: str, shown: str) -> None:
    assert clean(dirty) == shown


@given(st.text(), st.floats(2, 40), st.booleans())
def test_what_is_fitted_fits(text: str, width: float, fixed: bool) -> None:
    shown = shortened(clean(text), width, fixed=fixed)
    assert (mono(shown) if fixed else sans(shown)) <= width
    assert shown == clean(text) or shown.endswith("…")


def test_bold_and_wide_letters_need_more_room() -> None:
    assert sans("name", bold=True) > sans("name")
    assert sans("名") > sans("n")
    assert mono("名") > mono("n")
