"""Powers of two that keep gradients within float16: they are used up, they are undone, and parts are as good as all."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ghost_architect.models.ops.geglu import geglu_backward
from ghost_architect.models.trinity import half
from ghost_architect.models.trinity.half import narrowed, power, room


def made(values: Tensor, dtype: torch.dtype = torch.float16) -> tuple[Tensor, Tensor | None, list[int]]:
    """What `narrowed` makes of a gradient with these values, and how often each row was asked for."""
    out, asked = torch.empty(values.shape, dtype=dtype), [0] * len(values)

    def back(rows: slice, into: Tensor) -> None:
        into.copy_(values[rows])
        for row in range(rows.start, rows.stop):
            asked[row] += 1

    return out, narrowed(back, out), asked


@given(st.integers(-27, 30), st.integers(1, 9))
def test_the_largest_number_is_just_below_64(exponent: int, rows: int) -> None:
    values = torch.randn(rows, 5) * 10.0**exponent
    out, unscale, _ = made(values)
    assert unscale is not None
    assert float(unscale.log2()) == round(float(unscale.log2()))
    assert 32 <= float(out.abs().max()) <= 64
    assert float((out.float() * unscale - values).abs().max()) <= float(values.abs().max()) * 2**-10


@pytest.mark.parametrize("rows", [1, 6, 7, 8, 11])
def test_many_rows_are_made_in_parts_and_are_the_same(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = torch.rand(rows, 5)
    values[rows // 2] *= 100  # neither in the first part nor in the last
    whole, undo, once = made(values)
    assert once == [1] * rows
    monkeypatch.setattr(half, "_WIDE", 6)
    monkeypatch.setattr(half, "_PART", 3)
    parts, undo_parts, asked = made(values)
    assert torch.equal(parts, whole)
    assert torch.equal(undo_parts, undo)
    assert asked == [1 if rows <= 6 else 2] * rows


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_other_numbers_are_left_as_they_are(dtype: torch.dtype) -> None:
    values = torch.randn(4, 3, dtype=torch.float64) * 1e-12
    out, unscale, asked = made(values, dtype)
    assert unscale is None
    assert asked == [1] * 4
    assert torch.equal(out, values.to(dtype))
    assert room(dtype) is None


def test_nothing_stays_nothing_and_what_is_no_number_is_seen() -> None:
    out, unscale, _ = made(torch.zeros(3, 2))
    assert unscale is not None
    assert not out.any()
    assert bool(unscale.isfinite())
    for bad in (torch.inf, -torch.inf, torch.nan):
        out, _, _ = made(torch.tensor([[1.0, bad]]))
        assert not bool(out.isfinite().all())


@pytest.mark.parametrize(("gate", "up"), [(1.4, 1000.0), (1000.0, 1.0), (-0.7, 1000.0), (60_000.0, 60_000.0)])
@pytest.mark.parametrize("largest", [64.0, 1000.0, 60_000.0])
def test_gradients_of_gate_and_up_fit(gate: float, up: float, largest: float) -> None:
    """Where GELU is steepest (1.13 at 1.4), and where both factors are all that float16 holds."""
    both, dact = torch.tensor([[gate, up]]).half(), torch.tensor([[largest]]).half()
    wide = both.double()
    exact = geglu_backward(dact.double(), wide.clone(), None)
    more = power(dact, both)
    assert float(more) <= 1
    found = both.clone()
    geglu_backward(dact * more, found, None)
    assert float(found.float().abs().max()) <= 2.0**14
    assert torch.allclose(found.double() / more * both.double(), exact[None], rtol=2**-9, atol=0.05 * largest)


def test_gradients_that_fit_are_not_made_smaller() -> None:
    dact, both = torch.tensor([[3.0, -64.0]]).half(), torch.tensor([[0.5, 2.0, 100.0, -1.0]]).half()
    assert float(power(dact, both)) == 1
    assert float(power(dact / 1000, both)) == 1
