"""RMSNorm, forwards and backwards, one program a row."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _forward(x, factor, weight, residual, out, total, stride, out_stride, N, eps,
             BLOCK: tl.constexpr, ADD: tl.constexpr, FACTOR: tl.constexpr):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < N
    value = tl.load(x + row * stride + at, mask=inside, other=0.0).to(tl.float32)
    if FACTOR:
        value = value * tl.load(factor + row)
    r = 1.0 / tl.sqrt(tl.sum(value * value, 0) / N + eps)
    normed = value * r * (1.0 + tl.load(weight + at, mask=inside, other=0.0).to(tl.float32))
    if ADD:
        normed = normed + tl.load(residual + row * N + at, mask=inside, other=0.0).to(tl.float32)
        tl.store(total + row * out_stride + at, normed.to(total.dtype.element_ty), mask=inside)
    else:
        tl.store(out + row * out_stride + at, normed.to(out.dtype.element_ty), mask=inside)


@triton.jit
def _backward(x, factor, weight, dy, unscale, residual, out, stride, dy_stride, out_stride, N, eps,
              BLOCK: tl.constexpr, ADD: tl.constexpr, FACTOR: tl.constexpr, UNSCALE: tl.constexpr):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < N
    value = tl.load(x + row * stride + at, mask=inside, other=0.0).to(tl.float32)
    if FACTOR:
        f = tl.load(factor + row)
        value = value * f
    r = 1.0 / tl.sqrt(tl.sum(value * value, 0) / N + eps)
    hat = value * r
    if FACTOR:
        r = r * f
    d = tl.load(dy + row * dy_stride + at, mask=inside, other=0.0).to(tl.float32)
    if UNSCALE:
        d = d * tl.load(unscale)
    d = d * (1.0 + tl.load(weight + at, mask=inside, other=0.0).to(tl.float32))
    dx = r * (d - hat * (tl.sum(d * hat, 0) / N))
    if ADD:
        dx = dx + tl.load(residual + row * N + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row * out_stride + at, dx.to(out.dtype.element_ty), mask=inside)


def forward(
    x: Tensor, weight: Tensor, eps: float, residual: Tensor | None, factor: Tensor | None, out: Tensor
) -> Tensor:
    """See `ops.norm.rms_norm`; the last dimensions of `x` and `out` [rows, N] are dense, `residual` as a whole."""
    rows, n = x.shape
    block = triton.next_power_of_2(n)
    with torch.cuda.device(x.device):
        _forward[(rows,)](
            x, factor, weight, residual, out, out, x.stride(0), out.stride(0), n, eps,
            BLOCK=block, ADD=residual is not None, FACTOR=factor is not None, num_warps=8 if block >= 2048 else 1,
        )  # fmt: skip
    return out


def backward(
    dy: Tensor,
    x: Tensor,
    weight: Tensor,
    eps: float,
    residual: Tensor | None,
    factor: Tensor | None,
    unscale: Tensor | None,
    out: Tensor,
) -> Tensor:
    """See `ops.norm.rms_norm_backward`; the last dimensions of `dy`, `x` and `out` are dense."""
    rows, n = x.shape
    block = triton.next_power_of_2(n)
    with torch.cuda.device(x.device):
        _backward[(rows,)](
            x, factor, weight, dy, unscale, residual, out, x.stride(0), dy.stride(0), out.stride(0), n, eps,
            BLOCK=block, ADD=residual is not None, FACTOR=factor is not None, UNSCALE=unscale is not None,
            num_warps=8 if block >= 2048 else 1,
        )  # fmt: skip
    return out
