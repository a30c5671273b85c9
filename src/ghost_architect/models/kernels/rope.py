"""The norms and rotations of queries and keys, one program a token and head."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _forward(x, weight, cos, sin, out, stride, HEADS, eps, HALF: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    at = tl.arange(0, HALF)
    first = tl.load(x + row * stride + head * 2 * HALF + at).to(tl.float32)
    second = tl.load(x + row * stride + head * 2 * HALF + HALF + at).to(tl.float32)
    r = 1.0 / tl.sqrt((tl.sum(first * first, 0) + tl.sum(second * second, 0)) / (2 * HALF) + eps)
    first = first * r * (1.0 + tl.load(weight + at).to(tl.float32))
    second = second * r * (1.0 + tl.load(weight + HALF + at).to(tl.float32))
    c = tl.load(cos + row * HALF + at)
    s = tl.load(sin + row * HALF + at)
    place = out + (row * HEADS + head) * 2 * HALF + at
    tl.store(place, (first * c - second * s).to(out.dtype.element_ty))
    tl.store(place + HALF, (second * c + first * s).to(out.dtype.element_ty))


@triton.jit
def _backward(dy, x, weight, cos, sin, out, stride, out_stride, HEADS, eps, HALF: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    head = tl.program_id(1)
    at = tl.arange(0, HALF)
    c = tl.load(cos + row * HALF + at)
    s = tl.load(sin + row * HALF + at)
    place = dy + (row * HEADS + head) * 2 * HALF + at
    d1 = tl.load(place).to(tl.float32)
    d2 = tl.load(place + HALF).to(tl.float32)
    n1 = (d1 * c + d2 * s) * (1.0 + tl.load(weight + at).to(tl.float32))
    n2 = (d2 * c - d1 * s) * (1.0 + tl.load(weight + HALF + at).to(tl.float32))
    source = x + row * stride + head * 2 * HALF + at
    first = tl.load(source).to(tl.float32)
    second = tl.load(source + HALF).to(tl.float32)
    r = 1.0 / tl.sqrt((tl.sum(first * first, 0) + tl.sum(second * second, 0)) / (2 * HALF) + eps)
    hat1 = first * r
    hat2 = second * r
    mean = (tl.sum(n1 * hat1, 0) + tl.sum(n2 * hat2, 0)) / (2 * HALF)
    target = out + row * out_stride + head * 2 * HALF + at
    tl.store(target, (r * (n1 - hat1 * mean)).to(out.dtype.element_ty))
    tl.store(target + HALF, (r * (n2 - hat2 * mean)).to(out.dtype.element_ty))


def forward(x: Tensor, heads: int, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Tensor:
    """See `ops.rope.norm_rope`; `x` is [rows, heads * size] with its last dimension dense."""
    rows, size = x.shape[0], x.shape[1] // heads
    out = torch.empty(rows, heads, size, device=x.device, dtype=x.dtype)
    with torch.cuda.device(x.device):
        _forward[(rows, heads)](x, weight, cos, sin, out, x.stride(0), heads, eps, HALF=size // 2, num_warps=1)
    return out


def backward(
    dy: Tensor, x: Tensor, heads: int, weight: Tensor, cos: Tensor, sin: Tensor, eps: float, out: Tensor
) -> Tensor:
    """See `ops.rope.norm_rope_backward`."""
    rows, size = x.shape[0], x.shape[1] // heads
    with torch.cuda.device(x.device):
        _backward[(rows, heads)](
            dy, x, weight, cos, sin, out, x.stride(0), out.stride(0), heads, eps, HALF=size // 2, num_warps=1
        )
    return out
