"""A page without data gets no tables."""

from __future__ import annotations

import numpy as np
import pytest

from ghost_architect.backends.rules import RulesBackend
from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages.page import Page

from .samples import SILENT, page, schema


@pytest.mark.parametrize("name", SILENT)
def test_no_tables(name: str) -> None:
    assert [t.name for t in schema(name).tables] == []


def test_the_answer_is_empty() -> None:
    assert RulesBackend().generate([page("login")], "").text == ""


@pytest.mark.parametrize("pixels", [None, np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)])
def test_the_smallest_page(pixels: np.ndarray | None) -> None:
    assert read_page(Page("a.png", 64, 64, (), pixels)).tables == ()


def test_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    assert read_page(Page("a.png", 400, 300, (), noise)).tables == ()
