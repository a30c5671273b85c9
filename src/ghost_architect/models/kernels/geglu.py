"""GeGLU, forwards and backwards."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024
_WHOLE = 16384
"""Numbers of a row up to which a program holds all of it: then what is divided is computed once."""

_ROWS, _COLUMNS = 64, 512
"""Of the part of a matrix that one program goes through on the way back, two rows at a time and two warps wide:
0.20 ms for 4096 x 30720 on an H200, a third of what eight rows and four warps take."""


@triton.jit
def _tanh(x):
    return 2.0 / (1.0 + tl.exp(-2.0 * x)) - 1.0


@triton.jit
def _forward(both, out, stride, out_stride, N, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < N
    gate = tl.load(both + row * stride + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(both + row * stride + N + at, mask=inside, other=0.0).to(tl.float32)
    t = _tanh(0.7978845608028654 * (gate + 0.044715 * gate * gate * gate))
    tl.store(out + row * out_stride + at, (0.5 * gate * (1.0 + t) * up).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _forward_whole(both, out, factor, stride, out_stride, N, ROOM, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    both += row * stride
    at = tl.arange(0, BLOCK)
    inside = at < N
    gate = tl.load(both + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(both + N + at, mask=inside, other=0.0).to(tl.float32)
    t = _tanh(0.7978845608028654 * (gate + 0.044715 * gate * gate * gate))
    act = 0.5 * gate * (1.0 + t) * up
    f = tl.exp2(tl.ceil(tl.log2(tl.maximum(tl.max(tl.abs(act), 0) / ROOM, 1.0))))
    tl.store(factor + row, f)
    tl.store(out + row * out_stride + at, (act / f).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _forward_scaled(both, out, factor, stride, out_stride, N, ROOM, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    both += row * stride
    out += row * out_stride
    most = 0.0
    for start in range(0, N, BLOCK):
        at = start + tl.arange(0, BLOCK)
        inside = at < N
        gate = tl.load(both + at, mask=inside, other=0.0).to(tl.float32)
        up = tl.load(both + N + at, mask=inside, other=0.0).to(tl.float32)
        t = _tanh(0.7978845608028654 * (gate + 0.044715 * gate * gate * gate))
        most = tl.maximum(most, tl.max(tl.abs(0.5 * gate * (1.0 + t) * up), 0))
    f = tl.exp2(tl.ceil(tl.log2(tl.maximum(most / ROOM, 1.0))))
    tl.store(factor + row, f)
    for start in range(0, N, BLOCK):
        at = start + tl.arange(0, BLOCK)
        inside = at < N
        gate = tl.load(both + at, mask=inside, other=0.0).to(tl.float32)
        up = tl.load(both + N + at, mask=inside, other=0.0).to(tl.float32)
        t = _tanh(0.7978845608028654 * (gate + 0.044715 * gate * gate * gate))
        tl.store(out + at, (0.5 * gate * (1.0 + t) * up / f).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _backward(both, dact, factor, out, sums, rows, stride, d_stride, N,
              ROWS: tl.constexpr, BLOCK: tl.constexpr, STEP: tl.constexpr, FACTOR: tl.constexpr):  # fmt: skip
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    start = tl.program_id(1) * ROWS
    gates = tl.zeros((BLOCK,), dtype=tl.float32)
    ups = tl.zeros((BLOCK,), dtype=tl.float32)
    for i in range(0, ROWS, STEP):
        row = (start + i + tl.arange(0, STEP)).to(tl.int64)
        inside = (row < rows)[:, None] & (at < N)[None, :]
        place = row[:, None] * stride + at[None, :]
        gate = tl.load(both + place, mask=inside, other=0.0).to(tl.float32)
        up = tl.load(both + place + N, mask=inside, other=0.0).to(tl.float32)
        d = tl.load(dact + row[:, None] * d_stride + at[None, :], mask=inside, other=0.0).to(tl.float32)
        if FACTOR:
            d = d / tl.load(factor + row, mask=row < rows, other=1.0)[:, None]
        t = _tanh(0.7978845608028654 * (gate + 0.044715 * gate * gate * gate))
        slope = 0.5 * (1.0 + t) + 0.5 * gate * (1.0 - t * t) * 0.7978845608028654 * (1.0 + 3 * 0.044715 * gate * gate)
        dgate = d * up * slope
        dup = d * 0.5 * gate * (1.0 + t)
        gates += tl.sum(dgate * gate, 0)
        ups += tl.sum(dup * up, 0)
        tl.store(out + place, dgate.to(out.dtype.element_ty), mask=inside)
        tl.store(out + place + N, dup.to(out.dtype.element_ty), mask=inside)
    place = sums + tl.program_id(1).to(tl.int64) * 2 * N + at
    tl.store(place, gates, mask=at < N)
    tl.store(place + N, ups, mask=at < N)


def forward(both: Tensor, out: Tensor, room: float | None) -> Tensor | None:
    """See `ops.geglu.geglu`."""
    rows, n = out.shape
    strides = both.stride(0), out.stride(0)
    with torch.cuda.device(both.device):
        if room is None:
            _forward[(rows, triton.cdiv(n, _BLOCK))](both, out, *strides, n, BLOCK=_BLOCK, num_warps=4)
            return None
        factor = torch.empty(rows, device=both.device, dtype=torch.float32)
        if n <= _WHOLE:
            block = triton.next_power_of_2(n)
            warps = 16 if block > 4096 else 4
            _forward_whole[(rows,)](both, out, factor, *strides, n, room, BLOCK=block, num_warps=warps)
        else:
            _forward_scaled[(rows,)](both, out, factor, *strides, n, room, BLOCK=8 * _BLOCK, num_warps=16)
    return factor


def backward(dact: Tensor, both: Tensor, factor: Tensor | None) -> Tensor:
    """See `ops.geglu.geglu_backward`."""
    rows, n = dact.shape
    parts = triton.cdiv(rows, _ROWS)
    sums = torch.empty(parts, 2 * n, device=both.device, dtype=torch.float32)
    with torch.cuda.device(both.device):
        _backward[(triton.cdiv(n, _COLUMNS), parts)](
            both, dact, factor, both, sums, rows, both.stride(0), dact.stride(0), n,
            ROWS=_ROWS, BLOCK=_COLUMNS, STEP=2, FACTOR=factor is not None, num_warps=2,
        )  # fmt: skip
    return sums.sum(0)
