"""Frozen matrices: rows are scaled and squared in float32 whatever they are kept in, and are rounded once."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from ghost_architect.models.trinity import weight
from ghost_architect.models.trinity.weight import Nf4Weight, PlainWeight

from .layers import nf4_parts, relative

HALVES = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("chunk", [1, 200, 1 << 21])
def test_rows_of_a_plain_matrix_are_scaled_in_float32(
    dtype: torch.dtype, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A factor close to one, as DoRA's are for long, would be one in 16 bits."""
    monkeypatch.setattr(weight, "_CHUNK", chunk)
    frozen = PlainWeight(torch.randn(7, 64).to(dtype))
    scale = 1 + torch.rand(7) / 300
    made = frozen.dense(dtype, scale)
    assert torch.equal(made, (frozen.value.double() * scale[:, None].double()).to(dtype))
    into = torch.empty(7, 64, dtype=dtype)
    assert frozen.dense(dtype, scale, into) is into
    assert torch.equal(into, made)
    assert frozen.dense(dtype) is frozen.value


@pytest.mark.parametrize("dtype", HALVES)
def test_squares_of_rows_are_summed_in_float32(dtype: torch.dtype) -> None:
    value = (torch.randn(5, 4096) * 10).to(dtype)
    made = PlainWeight(value).squares()
    assert made.dtype is torch.float32
    assert relative(made, value.double().square().sum(1)) < 1e-6
    assert PlainWeight(value.double()).squares().dtype is torch.float64


def test_squares_of_nf4_are_those_of_its_numbers() -> None:
    frozen = Nf4Weight(*nf4_parts(6, 128), (6, 128))
    made = frozen.squares()
    assert made.dtype is torch.float32
    assert relative(made, frozen.dense(torch.float64).square().sum(1)) < 1e-6


def test_what_a_matrix_takes() -> None:
    assert PlainWeight(torch.zeros(6, 128).half()).nbytes() == 6 * 128 * 2
    blocks = 6 * 128 // 64
    assert Nf4Weight(*nf4_parts(6, 128), (6, 128)).nbytes() == 6 * 128 // 2 + blocks + 4 * (1 + 16 + 256)
