"""Each Triton kernel against its definition: on a GPU where there is one, or in Triton's interpreter.

`TRITON_INTERPRET=1`, set before anything is imported, has numpy do what the kernels say, with smaller matrices;
`test_kernels_interpreted.py` starts this file so where there is no GPU.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

import pytest

pytest.importorskip("torch")
pytest.importorskip("triton")

import torch
from torch import Tensor

from ghost_architect.models.ops import fast as gate
from ghost_architect.models.ops import nf4
from ghost_architect.models.ops.dora import factor_of
from ghost_architect.models.ops.dots import add_product, column_dots, product, row_dots
from ghost_architect.models.ops.entropy import entropy
from ghost_architect.models.ops.fast import plain
from ghost_architect.models.ops.geglu import geglu, geglu_backward
from ghost_architect.models.ops.norm import rms_norm, rms_norm_backward
from ghost_architect.models.ops.pack import packed, unpacked
from ghost_architect.models.ops.rope import norm_rope, norm_rope_backward
from ghost_architect.models.ops.scale import largest, scaled
from ghost_architect.models.ops.softmax import softmax, softmax_again, softmax_backward
from ghost_architect.models.trinity.attention import Spans, Way, attend, attend_backward

from .layers import nf4_parts, relative
from .test_attention import ROWS

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"

HALVES = [torch.float16, torch.bfloat16]
DTYPES = [torch.float32, *HALVES]
LIMITS = {torch.float32: 1e-5, torch.float16: 1e-3, torch.bfloat16: 8e-3}
"""What one rounding of the result is worth, and a little."""

CUT = 2 if INTERPRETED else 1
"""So many times that where a result was rounded twice: numpy knows no bfloat16, and cuts off what does not fit."""

WIDTHS = [(1, 64), (5, 100), (70, 200) if INTERPRETED else (300, 3840)]


@pytest.fixture(autouse=True)
def _gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    if INTERPRETED:
        for name, module in list(sys.modules.items()):
            if name.startswith("ghost_architect.models.") and hasattr(module, "fast"):
                monkeypatch.setattr(module, "fast", lambda x: x.dtype is not torch.float64 and not gate._OFF)
        monkeypatch.setattr(torch.cuda, "device", lambda _device: contextlib.nullcontext())
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device=None: (8, 6))
        return
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    assert gate.fast(torch.zeros(1, device=DEVICE))
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)


def drawn(*shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> Tensor:
    return (torch.randn(shape, device=DEVICE) * scale).to(dtype)


def beside(value: Tensor) -> Tensor:
    """The same in the first columns of something wider, as what goes into a product lies beside its ranks."""
    rows, columns = value.shape
    wide = torch.zeros(rows, columns + 8, device=value.device, dtype=value.dtype)
    return wide[:, :columns].copy_(value)


def both(make: Callable[[], tuple[Tensor | None, ...]], limit: float) -> None:
    """What the kernel makes is what the definition makes; `make` draws nothing and copies what it writes over."""
    kernel = make()
    with plain():
        definition = make()
    for ours, theirs in zip(kernel, definition, strict=True):
        if theirs is None:
            assert ours is None
        else:
            assert ours is not None
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            assert relative(ours, theirs) < limit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "n"), WIDTHS)
@pytest.mark.parametrize("more", [False, True])
def test_norm(dtype: torch.dtype, rows: int, n: int, more: bool) -> None:
    x, dy, weight = drawn(rows, n + 3, dtype=dtype)[:, :n], beside(drawn(rows, n, dtype=dtype)), drawn(n)
    residual, factor, unscale = (
        (drawn(rows, n), torch.rand(rows, device=DEVICE) + 0.5, torch.tensor(0.25, device=DEVICE))
        if more
        else (None, None, None)
    )
    out = torch.float32 if more else dtype
    both(lambda: (rms_norm(x, weight, 1e-6, out, residual, factor),), LIMITS[out])
    empty = torch.zeros(rows, n, device=DEVICE, dtype=out)
    both(lambda: (rms_norm(x, weight, 1e-6, out, residual, factor, into=beside(empty)),), LIMITS[out])
    for into in (None, beside(empty)):

        def back(into: Tensor | None = into) -> tuple[Tensor]:
            return (rms_norm_backward(dy, x, weight, 1e-6, out, residual, factor, unscale, into),)

        both(back, LIMITS[out])
    if residual is not None:
        kept = residual
        both(lambda: (rms_norm(x, weight, 1e-6, out, own := kept.clone(), factor, into=own),), LIMITS[out])

        def over() -> tuple[Tensor]:
            into = kept.clone()
            return (rms_norm_backward(dy, x, weight, 1e-6, out, into, factor, unscale, into=into),)

        both(over, LIMITS[out])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("rows", "heads", "size"), [(1, 1, 64), (7, 3, 128), (9, 2, 256) if INTERPRETED else (300, 16, 256)]
)
def test_norm_rope(dtype: torch.dtype, rows: int, heads: int, size: int) -> None:
    wide = drawn(rows, heads * size + 64, dtype=dtype)
    x, dy, weight, angles = wide[:, 64:], drawn(rows, heads, size, dtype=dtype), drawn(size), drawn(rows, size // 2)
    cos, sin = angles.cos(), angles.sin()
    both(lambda: (norm_rope(x, heads, weight, cos, sin, 1e-6),), LIMITS[dtype])
    for out in {dtype, torch.float32}:

        def back(out: torch.dtype = out) -> tuple[Tensor]:
            into = torch.zeros_like(wide, dtype=out)[:, 64:]
            return (norm_rope_backward(dy, x, heads, weight, cos, sin, 1e-6, into),)

        both(back, LIMITS[out])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1.0, 200.0])
@pytest.mark.parametrize(("rows", "n"), [(1, 64), (5, 100), (20, 1100) if INTERPRETED else (300, 15360), (2, 16400)])
@pytest.mark.parametrize("room", [None, 2.0**14])
def test_geglu(dtype: torch.dtype, scale: float, rows: int, n: int, room: float | None) -> None:
    if dtype is torch.float16 and room is None and scale > 1:
        pytest.skip("does not fit: that is what room is for")
    x, dact = drawn(rows, 2 * n, dtype=dtype, scale=scale), beside(drawn(rows, n, dtype=dtype))
    dact /= scale

    def back() -> tuple[Tensor, Tensor]:
        over, factor = beside(x), geglu(x, room)[1]
        sums = geglu_backward(dact, over, factor)
        return over, sums

    both(lambda: geglu(x, room), LIMITS[dtype])
    both(lambda: geglu(beside(x), room, into=beside(torch.zeros_like(dact))), LIMITS[dtype])
    both(back, LIMITS[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "words"), [(1, 2), (9, 1000), (3, 9000) if INTERPRETED else (40, 262_208)])
def test_entropy(dtype: torch.dtype, rows: int, words: int) -> None:
    logits = drawn(rows, words, dtype=dtype, scale=5)
    target = torch.randint(0, words, (rows,), device=DEVICE)

    def make() -> tuple[Tensor, Tensor]:
        over = logits.clone()
        return entropy(over, target), over

    both(make, LIMITS[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("batch", "heads", "rows", "keys"),
    [(1, 1, 1, 1), (2, 3, 5, 70), (2, 2, 3, 2100) if INTERPRETED else (8, 2, 300, 5000)],
)
@pytest.mark.parametrize("start", [0, 7, 2000])
def test_softmax(dtype: torch.dtype, batch: int, heads: int, rows: int, keys: int, start: int) -> None:
    """Some rows see one key, some all, and most something between; what stands beside the rows is a part of more."""
    edges = torch.randint(start, start + keys + 1, (rows, 2)).sort(1)[0]
    edges[::3] = torch.tensor([start, start + keys])
    edges[1::3, 0] = edges[1::3, 0].clamp(max=start + keys - 1)
    edges[1::3, 1] = edges[1::3, 0] + 1
    edges[:, 1] = edges[:, 1].maximum(edges[:, 0] + 1).clamp(max=start + keys)
    edges[:, 0] = edges[:, 0].minimum(edges[:, 1] - 1)
    first, last = (edge.to(DEVICE, torch.int32) for edge in edges.unbind(1))
    s, dp = (drawn(batch, heads * rows, keys, dtype=dtype, scale=scale) for scale in (4, 1))
    delta = drawn(batch, heads * rows + 5)[:, 2:-3]

    def summed(p: Tensor) -> Tensor:
        sums = torch.zeros(batch, heads * rows + 3, device=DEVICE)[:, 3:]
        softmax(p, sums, first, last, start)
        return sums

    def there() -> tuple[Tensor, Tensor]:
        p = s.clone()
        return summed(p), p

    def back() -> tuple[Tensor, Tensor]:
        p, over = s.clone(), dp.clone()
        softmax_again(p, summed(s.clone()), first, last, start)
        return p, softmax_backward(p, over, delta)

    def parts() -> tuple[Tensor, ...]:
        sums, cut = summed(s.clone()), keys // 2 + 1
        made = [part.contiguous() for part in s.split(cut, 2)]
        for n, part in enumerate(made):
            softmax_again(part, sums, first, last, start + n * cut)
        return tuple(made)

    both(there, LIMITS[dtype])
    both(back, CUT * LIMITS[dtype])
    both(parts, LIMITS[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "n"), WIDTHS)
def test_column_dots(dtype: torch.dtype, rows: int, n: int) -> None:
    a, b = drawn(rows, n + 64, dtype=dtype)[:, 64:], drawn(rows, n, dtype=dtype)
    both(lambda: (column_dots(a, b),), 1e-5)
    assert torch.equal(column_dots(a, b), column_dots(a, b))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 100, 256])
def test_row_dots(dtype: torch.dtype, size: int) -> None:
    a, b = (drawn(7, 3, size, dtype=dtype) for _ in range(2))
    both(lambda: (row_dots(a, b),), 1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "n"), WIDTHS)
def test_scale(dtype: torch.dtype, rows: int, n: int) -> None:
    x, factor = beside(drawn(rows, n, dtype=dtype)), torch.tensor(0.125, device=DEVICE)
    both(lambda: (largest(x),), 1e-6)
    x[-1, -1] = -1000.0  # at the edge
    assert largest(x).item() == 1000
    both(lambda: (scaled(x, factor, beside(torch.zeros(rows, n, device=DEVICE, dtype=dtype))),), LIMITS[dtype])
    for bad in (torch.nan, torch.inf, -torch.inf):
        x[0, 0] = bad
        assert not largest(x).isfinite()


@pytest.mark.parametrize(("rows", "n"), WIDTHS)
@pytest.mark.parametrize("size", [1e-20, 1.0, 3e5, 1e30])
def test_pack(rows: int, n: int, size: float) -> None:
    h = drawn(rows, n) * size
    h[0] = 0.0
    both(lambda: packed(h), 1e-6)
    both(lambda: (unpacked(*packed(h)),), 1e-6)
    far = (unpacked(*packed(h)) - h).abs().amax(1)
    assert bool((far <= 2.0**-11 * h.abs().amax(1)).all())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "rank"), [(1, 1), (37, 5), (64, 64)])
def test_dora(dtype: torch.dtype, rows: int, rank: int) -> None:
    squares, crossed, b, m = torch.rand(rows, device=DEVICE) + 1, drawn(rows, rank), drawn(rows, rank), drawn(rows)
    b, m = (b / rank).to(dtype), m.to(dtype)
    m[:2] = torch.tensor([1e-9, -1e-9], device=DEVICE)[:rows]  # what vanished stays a little
    both(lambda: tuple(factor_of(squares, crossed, b, m, 0.5, 2.0**-10)), LIMITS[dtype])
    assert factor_of(squares, crossed, b, m, 0.5, 2.0**-10).g.abs().min() >= 2.0**-10
    if INTERPRETED and dtype is torch.bfloat16:
        return
    norms = squares.double().sqrt().float()  # as IEEE 754 has it; torch's on the CPU may be off by a bit
    started = factor_of(squares, crossed, b.zero_(), norms.to(dtype), 0.5, 2.0**-10)
    assert started.g.eq(1).all()  # exactly
    assert started.up.eq(0.5).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 64), (3, 128), (67, 320), (70, 192) if INTERPRETED else (1000, 3840)]
)
@pytest.mark.parametrize("scaled", [False, True])
def test_nf4(dtype: torch.dtype, rows: int, columns: int, scaled: bool) -> None:
    parts = nf4_parts(rows, columns).to(DEVICE)
    scale = torch.rand(rows, device=DEVICE) + 0.5 if scaled else None
    out = torch.zeros(rows, columns, device=DEVICE, dtype=dtype)
    for into in (out, beside(out)):

        def made(into: Tensor = into) -> tuple[Tensor]:
            return (nf4.dense(*parts, scale, into).clone(),)

        both(made, LIMITS[dtype])
        assert not into.as_strided((rows, into.stride(0) - columns), into.stride(), columns).any()  # or past its edge


@pytest.mark.parametrize("dtype", DTYPES)
def test_nf4_is_what_bitsandbytes_makes(dtype: torch.dtype) -> None:
    functions = pytest.importorskip("bitsandbytes.functional")
    weight = drawn(*((64, 320) if INTERPRETED else (512, 3840)), dtype=dtype)
    packed, state = functions.quantize_4bit(weight, compress_statistics=True, quant_type="nf4")
    parts = (packed.view(-1), state.absmax, state.state2.code, state.state2.absmax, state.offset, state.code)
    made = nf4.dense(*parts, None, torch.empty_like(weight))
    assert relative(made, functions.dequantize_4bit(packed, state)) < LIMITS[dtype]


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("size", [64, 128, 256])
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("flash", [False, True])
def test_attention(dtype: torch.dtype, size: int, name: str, flash: bool) -> None:
    """The kernel, and PyTorch's flash attention where there are no pictures, against blocks in float64."""
    if torch.cuda.get_device_capability() < (8, 0):
        pytest.skip("needs sm_80")
    if INTERPRETED and (flash or dtype is torch.bfloat16 or size > 64):
        pytest.skip("numpy has no bfloat16 to multiply, no flash attention, and no haste")
    row = ROWS[name]
    if flash and row.pictures:
        pytest.skip("flash attention knows no pictures")
    attention(row.tokens, row.spans(), dtype, size, Way.FLASH if flash else Way.KERNEL)


@pytest.mark.parametrize("window", [None, 100, 1024])
def test_attention_over_many_blocks(window: int | None) -> None:
    if torch.cuda.get_device_capability() < (8, 0):
        pytest.skip("needs sm_80")
    if INTERPRETED:
        spans = Spans.of(200, window, (0, 3, 90), ((10, 50), (100, 190)))
        attention(200, spans, torch.float16, 64, Way.KERNEL)
        return
    spans = Spans.of(1500, window, (0, 3, 700), ((40, 296), (900, 1156), (1400, 1500)))
    attention(1500, spans, torch.bfloat16, 256, Way.KERNEL)


def attention(tokens: int, spans: Spans, dtype: torch.dtype, size: int, way: Way) -> None:
    q, dout = (drawn(tokens, 4, size, dtype=dtype) for _ in range(2))
    wide = drawn(tokens, 4, size, dtype=dtype)
    k, v = wide[:, :2], wide[:, 2:]
    done = attend(q, k, v, spans, size**-0.5, way)
    made = attend_backward(dout, q, k, v, done, spans, size**-0.5, way)
    exact = attend(q.double(), k.double(), v.double(), spans, size**-0.5, Way.BLOCKS)
    expected = attend_backward(dout.double(), q.double(), k.double(), v.double(), exact, spans, size**-0.5, Way.BLOCKS)
    limit = 2e-3 if dtype is torch.float16 else 1.5e-2
    assert relative(done.out, exact.out) < limit
    assert float((done.lse.double() - exact.lse).abs().max()) < limit
    for ours, theirs in zip(made, expected, strict=True):
        assert ours.dtype is dtype
        # With one key in sight nothing depends on the scores, and the exact gradient is zero.
        assert float((ours.double() - theirs).norm()) < limit * max(float(theirs.norm()), float(dout.double().norm()))


@pytest.mark.parametrize("name", ROWS)
def test_blocks_with_kernels(name: str) -> None:
    """As a T4 takes them: products of matrices, and our softmax."""
    if INTERPRETED and name not in ("packed with a window", "everything"):
        pytest.skip("no haste")
    row = ROWS[name]
    attention(row.tokens, row.spans(), torch.float16, 64, Way.BLOCKS)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_of_parameters_are_summed_in_float32(dtype: torch.dtype) -> None:
    a, b = drawn(64, 5000, dtype=dtype), drawn(5000, 96, dtype=dtype)
    made = product(a, b)
    assert made.dtype is torch.float32
    assert relative(made, a.double() @ b.double()) < 1e-5


@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_of_products_are_summed_in_float32(dtype: torch.dtype) -> None:
    """Into every other row of something, as gradients of keys lie between those of other heads."""
    a, b = drawn(3, 64, 2000, dtype=dtype), drawn(3, 2000, 96, dtype=dtype)
    whole = drawn(64, 6, 96)
    into, before = whole[:, ::2].transpose(0, 1), whole.clone()
    add_product(into, a, b)
    exact = a.double() @ b.double()
    assert relative(into, before[:, ::2].transpose(0, 1) + exact) < 1e-5
    assert torch.equal(whole[:, 1::2], before[:, 1::2])
    assert relative(product(a, b), exact) < 1e-5


def test_plain_takes_the_definition_and_ends() -> None:
    if INTERPRETED:
        pytest.skip("no CUDA device")
    fast = gate.fast
    x = torch.zeros(1, device=DEVICE)
    with plain():
        assert not fast(x)
    assert fast(x)
    assert not fast(x.double())
    assert not fast(x.cpu())
