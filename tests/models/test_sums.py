"""What is summed or subtracted is float32 beside 16 bits: where a second rounding would be seen, there is none."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from ghost_architect.models.ops.norm import rms_norm_backward
from ghost_architect.models.ops.rope import norm_rope, norm_rope_backward
from ghost_architect.models.ops.softmax import softmax_backward
from ghost_architect.models.trinity import attention
from ghost_architect.models.trinity.attention import Spans, Way, attend, attend_backward

HALVES = [torch.float16, torch.bfloat16]


def rounded_once(found: Tensor, exact: Tensor) -> bool:
    """Whether each number is what rounding leaves of the exact one, give or take a float32's own error."""
    step = torch.finfo(found.dtype).eps / 2
    return bool(((found.double() - exact).abs() <= 1.01 * step * exact.abs() + 1e-6).all())


def test_a_probabilitys_gradient_is_a_difference_of_float32() -> None:
    """The two are equal in float16."""
    p, dp = torch.ones(1, 1, 4).half(), torch.full((1, 1, 4), 1000.0).half()
    made = softmax_backward(p, dp, torch.full((1, 1), 999.9))
    assert made[0, 0].tolist() == pytest.approx([0.1] * 4, rel=1e-3)


@pytest.mark.parametrize("dtype", HALVES)
def test_heads_are_rounded_once(dtype: torch.dtype) -> None:
    """Halves of a head that nearly cancel out when they turn."""
    rows, heads, size = 64, 2, 16
    x, weight = torch.randn(rows, heads * size).to(dtype), torch.randn(size)
    angles = torch.rand(rows, size // 2) * 7
    cos, sin, wide = angles.cos(), angles.sin(), x.double()
    exact = norm_rope(wide, heads, weight.double(), cos.double(), sin.double(), 1e-6)
    out = norm_rope(x, heads, weight, cos, sin, 1e-6)
    assert rounded_once(out, exact)
    dy = torch.randn(rows, heads, size).to(dtype)
    found, wanted = torch.empty(x.shape, dtype=dtype), torch.empty(x.shape, dtype=torch.float64)
    norm_rope_backward(dy, x, heads, weight, cos, sin, 1e-6, found)
    norm_rope_backward(dy.double(), wide, heads, weight.double(), cos.double(), sin.double(), 1e-6, wanted)
    assert rounded_once(found, wanted)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("scores", [attention._SCORES, 1])
def test_what_many_blocks_add_up_does_not_stop_growing(
    dtype: torch.dtype, scores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of queries give a key, and thousands of keys a query, a little each; 16 bits would not see it any more.

    Scores of zero: every key weighs the same, and what it gets from all queries after it is a harmonic sum.
    """
    tokens = 3000 if scores > 1 else 400
    monkeypatch.setattr(attention, "_ROWS", 1 if scores > 1 else 512)
    monkeypatch.setattr(attention, "_SCORES", scores)
    q = torch.zeros(tokens, 1, 4, dtype=dtype)
    k, v = torch.full_like(q, 0.5), torch.ones_like(q)
    v[::2] = -1  # so that the scores of odd keys shall grow
    k[::2] = 0
    dout, spans = torch.ones_like(q), Spans.of(tokens)
    done = attend(q, k, v, spans, 1.0, Way.BLOCKS)
    dq, _, dv = attend_backward(dout, q, k, v, done, spans, 1.0, Way.BLOCKS)
    weights = 1 / torch.arange(1, tokens + 1, dtype=torch.float64)
    assert float(dv[0, 0, 0]) == pytest.approx(float(weights.sum()), rel=4 * torch.finfo(dtype).eps)
    # of the last query: 4 v sums up to nothing, so that each odd key gets 4 / tokens times 0.5
    assert float(dq[-1, 0, 0]) == pytest.approx(4 * 0.5 / 2, rel=8 * torch.finfo(dtype).eps)


def test_a_rows_delta_is_summed_in_float32() -> None:
    """The sum of gradient times output, whose terms do not fit float16."""
    size = 4
    q, k = torch.zeros(1, 1, size).half(), torch.ones(1, 1, size).half()
    v = torch.tensor([[[300.0, 300.0, 200.0, 0.1]]]).half()
    dout = torch.tensor([[[300.0, -300.0, 1.0, 1.0]]]).half()
    spans = Spans.of(1)
    done = attend(q, k, v, spans, 1.0, Way.BLOCKS)
    dq, dk, _ = attend_backward(dout, q, k, v, done, spans, 1.0, Way.BLOCKS)
    for made in (dq, dk):  # of one key in sight nothing depends on its score
        assert math.isfinite(float(made.abs().max()))
        assert float(made.abs().max()) < 0.2


def test_the_norm_of_a_row_may_be_larger_than_float16() -> None:
    """3,840 numbers of 3,000 have a norm of 185,903. A gradient of the first alone loses what points along the row."""
    x, dy = torch.full((2, 3840), 3000.0).half(), torch.zeros(2, 3840)
    dy[:, 0] = 1
    made = rms_norm_backward(dy, x, torch.zeros(3840), 1e-6, torch.float32, factor=torch.tensor([1.0, 4.0]))
    along = (1 - 1 / 3840) / 3000  # whatever the row was divided by: its scale is all that the norm takes away
    assert made[:, 0].tolist() == pytest.approx([along, along], rel=1e-5)
    assert made[:, 1].tolist() == pytest.approx([-1 / 3840 / 3000] * 2, rel=1e-5)
