"""GeGLU with GELU's tanh form (Shazeer, 2020, arXiv 2002.05202; Hendrycks and Gimpel, 2016, arXiv 1606.08415)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from .fast import fast
from .norm import wide

_ROOT = math.sqrt(2 / math.pi)
_CUBE = 0.044715


def geglu(both: Tensor, room: float | None = None, into: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """`gelu(gate) * up`.

    Args:
        both: [rows, 2 * N], its last dimension dense: gate, then up.
        room: the largest magnitude that the result may have; each row is divided by the smallest power of
            two that keeps it below. None divides nothing.
        into: [rows, N], where the result is written, its last dimension dense.

    Returns:
        [rows, N] in the dtype of `both`, and what each row was divided by (None without `room`).
    """
    rows, n = both.shape[0], both.shape[1] // 2
    if fast(both):
        from ..kernels import geglu as kernel

        out = torch.empty(rows, n, device=both.device, dtype=both.dtype) if into is None else into
        return out, kernel.forward(both, out, room)
    gate, up = both.to(wide(both.dtype)).chunk(2, dim=1)
    act = functional.gelu(gate, approximate="tanh") * up
    factor = None
    if room is not None:
        factor = (act.abs().amax(1) / room).clamp_min(1).log2().ceil().exp2()
        act = act / factor[:, None]
    return act.to(both.dtype) if into is None else into.copy_(act), factor


def geglu_backward(dact: Tensor, both: Tensor, factor: Tensor | None) -> Tensor:
    """Write the gradient of `both` [rows, 2 * N] over it, from that of the (divided) result [rows, N].

    Returns:
        the sum over the rows of each gradient times what it is the gradient of, [2 * N], in float32 or wider:
        what the magnitudes of gate and up learn from.
    """
    if fast(both):
        from ..kernels import geglu as kernel

        return kernel.backward(dact, both, factor)
    gate, up = both.to(wide(both.dtype)).chunk(2, dim=1)
    d = dact.to(gate.dtype)
    if factor is not None:
        d = d / factor[:, None]
    t = torch.tanh(_ROOT * (gate + _CUBE * gate**3))
    slope = 0.5 * (1 + t) + 0.5 * gate * (1 - t * t) * _ROOT * (1 + 3 * _CUBE * gate * gate)
    made = torch.cat((d * up * slope, d * 0.5 * gate * (1 + t)), dim=1)
    sums = (made * torch.cat((gate, up), dim=1)).sum(0)
    both.copy_(made)
    return sums
