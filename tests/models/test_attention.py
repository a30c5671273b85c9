"""Attention over intervals of keys against a dense, masked softmax in float64, gradients included."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ghost_architect.models.trinity import attention
from ghost_architect.models.trinity.attention import Spans, Way, attend, attend_backward, way_of

from .layers import relative


class Row(NamedTuple):
    """What a row of tokens consists of."""

    tokens: int
    window: int | None = None
    examples: tuple[int, ...] = (0,)
    pictures: tuple[tuple[int, int], ...] = ()

    def spans(self) -> Spans:
        return Spans.of(self.tokens, self.window, self.examples, self.pictures)

    def seen(self) -> Tensor:
        """Query by key, said as Gemma 3 says it: causal, or of the same picture; and within the window behind."""
        i, j = torch.arange(self.tokens)[:, None], torch.arange(self.tokens)[None]
        example, picture = torch.zeros(self.tokens, dtype=torch.long), torch.full((self.tokens,), -1)
        for n, (start, end) in enumerate(pairwise((*self.examples, self.tokens))):
            example[start:end] = n
        for n, (start, end) in enumerate(self.pictures):
            picture[start:end] = n
        own = (picture[:, None] == picture[None]) & (picture[:, None] >= 0)
        return ((j <= i) | own) & (j > i - (self.window or self.tokens)) & (example[:, None] == example[None])


ROWS = {
    "causal": Row(30),
    "one token": Row(1),
    "window": Row(30, 7),
    "window of one": Row(12, 1),
    "packed": Row(30, None, (0, 1, 11, 24)),
    "packed with a window": Row(30, 5, (0, 9, 24)),
    "pictures": Row(30, None, (0,), ((3, 9), (9, 12), (20, 30))),
    "pictures in a window": Row(30, 8, (0,), ((3, 9), (20, 28))),
    "a picture larger than the window": Row(40, 4, (0,), ((5, 17), (30, 33))),
    "everything": Row(60, 6, (0, 14, 40), ((2, 12), (16, 20), (45, 60))),
}


def dense(q: Tensor, k: Tensor, v: Tensor, seen: Tensor, scale: float) -> Tensor:
    shared = q.shape[1] // k.shape[1]
    wide_k, wide_v = (t.repeat_interleave(shared, 1) for t in (k, v))
    scores = torch.einsum("ihd,jhd->hij", q, wide_k) * scale
    return torch.einsum("hij,jhd->ihd", scores.masked_fill(~seen, -torch.inf).softmax(-1), wide_v)


def check(row: Row, heads: int, groups: int, size: int = 8) -> None:
    q = torch.randn(row.tokens, heads, size, dtype=torch.float64, requires_grad=True)
    # v as the layer has it: a part of something wider
    k, wide = (torch.randn(row.tokens, groups, n, dtype=torch.float64, requires_grad=True) for n in (size, 2 * size))
    v = wide[..., size:]
    dout = torch.randn(q.shape, dtype=torch.float64)
    wanted = dense(q, k, v, row.seen(), 0.3)
    expected = torch.autograd.grad(wanted, (q, k, v), dout)
    spans = row.spans()
    with torch.no_grad():
        done = attend(q, k, v, spans, 0.3, Way.BLOCKS)
        made = attend_backward(dout, q, k, v, done, spans, 0.3, Way.BLOCKS)
    assert relative(done.out, wanted) < 1e-12
    for ours, theirs in zip(made, expected, strict=True):
        assert float((ours - theirs).abs().max()) < 1e-12


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(("heads", "groups"), [(1, 1), (4, 2), (6, 1), (3, 3)])
def test_blocks_are_a_masked_softmax(name: str, heads: int, groups: int) -> None:
    check(ROWS[name], heads, groups)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("block", [1, 7, 16])
def test_blocks_of_queries_meet_without_a_seam(name: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_ROWS", block)
    check(ROWS[name], 4, 2)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("numbers", [1, 40, 500])
def test_few_scores_at_a_time_change_nothing(name: str, numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_SCORES", numbers * 4 * 8)  # of 4 heads, in float64
    check(ROWS[name], 4, 2)


@pytest.mark.parametrize("most", [1, 64, 1000])
def test_blocks_are_as_small_as_the_scores_shall_be(most: int) -> None:
    spans = Spans.of(100, 30, (0, 60))
    blocks = list(spans.blocks(16, most))
    assert [block.start for block, _ in blocks] == [0, *(block.stop for block, _ in blocks)][:-1]
    assert blocks[-1][0].stop == 100
    for block, keys in blocks:
        rows = block.stop - block.start
        assert rows == 1 or rows * (keys.stop - keys.start) <= most
        first, last = int(spans.first[block].min()), int(spans.last[block].max())
        assert keys.start == first // 8 * 8
        assert keys.stop == 100 or (keys.stop % 8 == 0 and last <= keys.stop < last + 8)
    assert max(block.stop - block.start for block, _ in blocks) == (1 if most == 1 else 8 if most == 64 else 16)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    tokens = draw(st.integers(1, 40))
    window = draw(st.none() | st.integers(1, 45))
    starts = draw(st.sets(st.integers(1, tokens), max_size=3))
    examples = (0, *sorted(starts - {tokens}))
    pictures = []
    for start, end in pairwise((*examples, tokens)):
        cuts = sorted(draw(st.sets(st.integers(start, end), max_size=4)))
        pictures += list(zip(cuts[::2], cuts[1::2], strict=False))
    return Row(tokens, window, examples, tuple(pictures))


@given(rows())
@settings(max_examples=40)
def test_any_row(row: Row) -> None:
    spans = row.spans()
    at = torch.arange(row.tokens)
    seen = (at >= spans.first[:, None]) & (at < spans.last[:, None])
    assert torch.equal(seen, row.seen())
    check(row, 2, 1, 4)


@given(rows(), st.integers(1, 20))
def test_a_block_of_keys_knows_its_queries(row: Row, block: int) -> None:
    near = row.spans().on(torch.device("cpu"), block)
    seen = row.seen()
    for n, (begin, end) in enumerate(zip(near.begin.tolist(), near.end.tolist(), strict=True)):
        rows_that_see = seen[:, n * block : (n + 1) * block].any(1).nonzero()[:, 0].tolist()
        assert (begin, end) == (rows_that_see[0], rows_that_see[-1] + 1)


def test_on_the_cpu_and_in_float32_it_is_blocks() -> None:
    for dtype in (torch.float16, torch.float32, torch.float64):
        assert way_of(torch.zeros(4, 2, 64, dtype=dtype), Row(4).spans(), True) is Way.BLOCKS


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float16, 2e-3), (torch.bfloat16, 1.5e-2)])
def test_blocks_in_16_bits(dtype: torch.dtype, limit: float) -> None:
    row = ROWS["everything"]
    q, k, v = (torch.randn(row.tokens, n, 8).to(dtype).requires_grad_() for n in (4, 2, 2))
    dout = torch.randn(q.shape).to(dtype)
    exact = tuple(t.detach().double().requires_grad_() for t in (q, k, v))
    wanted = dense(exact[0], exact[1], exact[2], row.seen(), 0.3)
    expected = torch.autograd.grad(wanted, exact, dout.double())
    with torch.no_grad():
        done = attend(q, k, v, row.spans(), 0.3, Way.BLOCKS)
        made = attend_backward(dout, q, k, v, done, row.spans(), 0.3, Way.BLOCKS)
    assert (done.out.dtype, done.lse.dtype) == (dtype, torch.float32)
    assert relative(done.out, wanted) < limit
    for ours, theirs in zip(made, expected, strict=True):
        assert ours.dtype is dtype
        assert relative(ours, theirs) < limit
