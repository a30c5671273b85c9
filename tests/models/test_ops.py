"""Each operation against autograd of what it is said to compute, in float64."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from ghost_architect.models.ops import nf4
from ghost_architect.models.ops.dots import add_product, column_dots, product, row_dots
from ghost_architect.models.ops.entropy import entropy
from ghost_architect.models.ops.geglu import geglu, geglu_backward
from ghost_architect.models.ops.norm import rms_norm, rms_norm_backward
from ghost_architect.models.ops.rope import norm_rope, norm_rope_backward
from ghost_architect.models.ops.softmax import softmax, softmax_again, softmax_backward

from .layers import relative

EPS = 1e-6
SIZES = st.integers(1, 9)
LIMIT = 1e-12


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


def normed(x: Tensor, weight: Tensor) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + EPS).sqrt() * (1 + weight)


@given(SIZES, SIZES, st.booleans(), st.booleans(), st.booleans())
def test_norm(rows: int, n: int, add: bool, divided: bool, unscaled: bool) -> None:
    x, weight, dy = drawn(rows, n), drawn(n), drawn(rows, n)
    residual = drawn(rows, n) if add else None
    factor = torch.rand(rows, dtype=torch.float64) + 0.5 if divided else None
    unscale = torch.tensor(0.25, dtype=torch.float64) if unscaled else None

    own = x.clone().requires_grad_()
    wanted = normed(own if factor is None else own * factor[:, None], weight)
    wanted.backward(dy if unscale is None else dy * unscale)
    y = rms_norm(x, weight, EPS, torch.float64, residual, factor)
    assert relative(y, wanted if residual is None else wanted + residual) < LIMIT
    if residual is not None:
        assert rms_norm(x, weight, EPS, torch.float64, residual, factor, into=residual) is residual
        assert torch.equal(residual, y)
    # What comes with the gradient's own residual is added to it, there where it lies as well.
    more = drawn(rows, n) if add else None
    expected = own.grad if more is None else own.grad + more
    made = rms_norm_backward(dy, x, weight, EPS, torch.float64, more, factor, unscale)
    assert float((made - expected).abs().max()) < 1e-11
    if more is not None:
        assert rms_norm_backward(dy, x, weight, EPS, torch.float64, more, factor, unscale, into=more) is more
        assert torch.equal(more, made)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norm_keeps_to_float32_whatever_goes_in(dtype: torch.dtype) -> None:
    """The squares of a row of 300s do not fit float16."""
    x = torch.full((2, 64), 300.0).to(dtype)
    y = rms_norm(x, torch.zeros(64), EPS, dtype, None, torch.tensor([1.0, 1024.0]))
    assert y.dtype is dtype
    assert torch.allclose(y.float(), torch.ones(2, 64))


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return torch.complex(first, second).mul(torch.complex(cos, sin)[:, None]).view(*first.shape)


@given(SIZES, st.integers(1, 4), st.integers(1, 4))
def test_norm_rope(rows: int, heads: int, half: int) -> None:
    x, weight, dy = drawn(rows, heads * 2 * half), drawn(2 * half), drawn(rows, heads, 2 * half)
    angles = drawn(rows, half)
    own = x.clone().requires_grad_()
    turned = rotated(normed(own.view(rows, heads, 2 * half), weight), angles.cos(), angles.sin())
    wanted = torch.cat((turned.real, turned.imag), -1)
    wanted.backward(dy)
    out = norm_rope(x, heads, weight, angles.cos(), angles.sin(), EPS)
    assert relative(out, wanted) < LIMIT
    into = torch.empty(rows, heads * 2 * half + 3, dtype=torch.float64)[:, 3:]  # a part of something wider
    made = norm_rope_backward(dy, x, heads, weight, angles.cos(), angles.sin(), EPS, into)
    assert made is into
    assert float((into - own.grad).abs().max()) < 1e-11


@given(SIZES, SIZES, st.sampled_from([None, 1000.0, 0.25, 0.001]))
def test_geglu(rows: int, n: int, room: float | None) -> None:
    both, dact = drawn(rows, 2 * n), drawn(rows, n)
    own = both.clone().requires_grad_()
    gate, up = own.chunk(2, 1)
    wanted = functional.gelu(gate, approximate="tanh") * up
    act, factor = geglu(both, room)
    into = torch.empty(rows, n + 3, dtype=torch.float64)[:, 3:]  # a part of something wider
    assert geglu(both, room, into)[0] is into
    assert torch.equal(into, act)
    if room is None:
        assert factor is None
        scale = torch.ones(rows, 1, dtype=torch.float64)
    else:
        assert factor is not None
        scale = factor[:, None]
        assert torch.equal(factor.log2(), factor.log2().round())
        assert float(act.abs().max()) <= room
        # the smallest power that does it, and never a multiplication
        assert bool(((factor == 1) | (wanted.abs().amax(1) / factor * 2 > room)).all())
    assert relative(act * scale, wanted) < LIMIT
    (wanted / scale).backward(dact)
    sums = geglu_backward(dact, both, factor)
    assert float((both - own.grad).abs().max()) < 1e-11
    assert float((sums - (own.detach() * own.grad).sum(0)).abs().max()) < 1e-11


def test_geglu_holds_where_float16_does_not() -> None:
    both = torch.full((2, 8), 300.0, dtype=torch.float16)
    both[1] = 2
    act, factor = geglu(both, 2.0**14)
    assert factor is not None
    assert factor.tolist() == [8.0, 1.0]  # 90,000 / 16,384, rounded up
    assert bool(act.isfinite().all())
    assert torch.allclose(act[0].float() * 8, torch.full((4,), 90_000.0), rtol=2**-11)


@given(SIZES, st.integers(2, 40), st.data())
def test_entropy(rows: int, words: int, data: st.DataObject) -> None:
    target = torch.tensor(data.draw(st.lists(st.integers(0, words - 1), min_size=rows, max_size=rows)))
    logits = drawn(rows, words) * 5
    own = logits.clone().requires_grad_()
    wanted = functional.cross_entropy(own, target, reduction="none")
    wanted.sum().backward()
    loss = entropy(logits, target)
    assert relative(loss, wanted) < LIMIT
    assert float((logits - own.grad).abs().max()) < LIMIT


def test_entropy_of_logits_beyond_what_exp_holds() -> None:
    logits = torch.tensor([[60_000.0, -60_000.0, 0.0]], dtype=torch.float16)
    assert entropy(logits, torch.tensor([1])).tolist() == [120_000.0]
    assert logits.tolist() == [[1.0, -1.0, 0.0]]


class Intervals(NamedTuple):
    """Which keys each row sees, of those from `start` on."""

    first: Tensor
    last: Tensor
    start: int
    keys: int

    def hidden(self) -> Tensor:
        at = torch.arange(self.start, self.start + self.keys)
        return (at < self.first[:, None]) | (at >= self.last[:, None])


@st.composite
def intervals(draw: st.DrawFn) -> Intervals:
    start, keys = draw(st.integers(0, 5)), draw(st.integers(1, 12))
    each = st.lists(st.integers(start, start + keys), min_size=2, max_size=2, unique=True).map(sorted)
    first, last = zip(*draw(st.lists(each, min_size=1, max_size=5)), strict=True)
    return Intervals(torch.tensor(first, dtype=torch.int32), torch.tensor(last, dtype=torch.int32), start, keys)


def summed(p: Tensor, seen: Intervals) -> tuple[Tensor, Tensor]:
    """Scores made probabilities, and their sums."""
    sums = torch.empty(p.shape[:2], dtype=torch.float64)
    softmax(p, sums, seen.first, seen.last, seen.start)
    return p, sums


@given(intervals(), st.integers(1, 3), st.integers(1, 3))
def test_softmax(seen: Intervals, batch: int, heads: int) -> None:
    rows = len(seen.first)
    scores, dp = drawn(batch, heads * rows, seen.keys) * 5, drawn(batch, heads * rows, seen.keys)
    own = scores.clone().requires_grad_()
    masked = own.view(batch, rows, heads, seen.keys).masked_fill(seen.hidden()[:, None], -torch.inf)
    wanted = masked.softmax(-1).view(scores.shape)
    wanted.backward(dp)
    p, sums = summed(scores.clone(), seen)
    assert float((p - wanted.detach()).abs().max()) < LIMIT
    assert not p.view(masked.shape)[seen.hidden()[:, None].expand(masked.shape)].any()
    assert float((sums - masked.detach().logsumexp(-1).view(sums.shape)).abs().max()) < LIMIT
    again = scores.clone()
    softmax_again(again, sums, seen.first, seen.last, seen.start)
    assert float((again - p).abs().max()) < LIMIT
    made = softmax_backward(p, dp, (p * dp).sum(2))
    assert made is dp
    assert float((made - own.grad).abs().max()) < 1e-11


@given(intervals(), st.integers(1, 12))
def test_softmax_again_of_a_part_of_the_keys(seen: Intervals, cut: int) -> None:
    """Intervals begin before it, end behind it, or do not touch it."""
    p = drawn(2, len(seen.first), seen.keys)
    parts = [part.contiguous() for part in p.split(cut, 2)]
    _, sums = summed(p, seen)
    for n, part in enumerate(parts):
        softmax_again(part, sums, seen.first, seen.last, seen.start + n * cut)
    assert float((torch.cat(parts, 2) - p).abs().max()) < LIMIT


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_softmax_is_summed_in_float32(dtype: torch.dtype) -> None:
    """A thousand keys of one weight; their scores are beyond what exp holds in float32."""
    p = torch.full((1, 2, 1000), 300.0, dtype=dtype)
    score = float(p[0, 0, 0])
    sums = torch.empty(1, 2)
    softmax(p, sums, torch.tensor([0, 500]), torch.tensor([1000, 501]), 0)
    assert sums[0].tolist() == pytest.approx([score + math.log(1000), score])
    assert p[0, 0].tolist() == [float(torch.tensor(0.001, dtype=dtype))] * 1000
    assert float(p[0, 1, 500]) == float(p[0, 1].sum()) == 1


@given(SIZES, SIZES, st.sampled_from([torch.float64, torch.float16, torch.bfloat16]))
def test_column_dots(rows: int, n: int, dtype: torch.dtype) -> None:
    a, b = drawn(rows, n).to(dtype), drawn(rows, n).to(dtype)
    made = column_dots(a, b)
    assert made.dtype is (torch.float64 if dtype is torch.float64 else torch.float32)
    assert float((made.double() - torch.einsum("rn,rn->n", a.double(), b.double())).abs().max()) < 1e-4
    if dtype is torch.float64:
        assert float((made - torch.einsum("rn,rn->n", a, b)).abs().max()) < LIMIT


@given(SIZES, SIZES, st.sampled_from([torch.float64, torch.float16, torch.bfloat16]))
def test_row_dots(rows: int, n: int, dtype: torch.dtype) -> None:
    a, b = drawn(rows, 2, n).to(dtype), drawn(rows, 2, n).to(dtype)
    made = row_dots(a, b)
    assert made.dtype is (torch.float64 if dtype is torch.float64 else torch.float32)
    assert float((made.double() - (a.double() * b.double()).sum(2)).abs().max()) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_product_is_added_where_it_belongs(dtype: torch.dtype) -> None:
    a, b = drawn(3, 4, 2000).to(dtype), drawn(3, 2000, 5).to(dtype)
    whole = drawn(4, 6, 5).to(torch.float64 if dtype is torch.float64 else torch.float32)
    into, before = whole[:, ::2].transpose(0, 1), whole.clone()
    add_product(into, a, b)
    exact = a.double() @ b.double()
    assert relative(into, before[:, ::2].transpose(0, 1) + exact) < 1e-6
    assert torch.equal(whole[:, 1::2], before[:, 1::2])
    assert relative(product(a, b), exact) < 1e-6


@given(st.integers(1, 70), st.integers(1, 6), st.sampled_from([torch.float32, torch.float16, torch.bfloat16]))
def test_nf4_is_what_bitsandbytes_makes(rows: int, blocks: int, dtype: torch.dtype) -> None:
    """To the last bit, also with more than one block of factors (256 x 64 weights) and a last one cut short."""
    functions = pytest.importorskip("bitsandbytes.functional")
    weight = torch.randn(rows, 64 * blocks)
    packed, state = functions.quantize_4bit(weight.to(dtype), compress_statistics=True, quant_type="nf4")
    parts = (packed.view(-1), state.absmax, state.state2.code, state.state2.absmax, state.offset, state.code)
    out = torch.empty(weight.shape, dtype=dtype)
    assert nf4.dense(*parts, None, out) is out
    assert torch.equal(out, functions.dequantize_4bit(packed, state))
    part = torch.zeros(rows, 64 * blocks + 5, dtype=dtype)[:, 2:-3]
    assert torch.equal(nf4.dense(*parts, None, part), out)
    scale = torch.rand(rows) + 0.5
    exact = nf4.dense(*parts, None, torch.empty(weight.shape))
    scaled = nf4.dense(*parts, scale, torch.empty(weight.shape))
    assert torch.allclose(scaled, exact * scale[:, None], rtol=1e-6)
