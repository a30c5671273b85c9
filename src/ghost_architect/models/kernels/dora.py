"""DoRA's factor of each row, in one launch where torch takes sixteen; Gemma 3 12B wants 336 of them in each step."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_ROWS = 16


@triton.jit
def _factor(squares, crossed, b, m, g, up, share, rows, RANK, scaling, least,
            ROWS: tl.constexpr, BLOCK: tl.constexpr):  # fmt: skip
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    at = tl.arange(0, BLOCK)
    there = row < rows
    inside = there[:, None] & (at < RANK)[None, :]
    place = row.to(tl.int64)[:, None] * RANK + at[None, :]
    more = tl.load(crossed + place, mask=inside, other=0.0) * tl.load(b + place, mask=inside, other=0.0).to(tl.float32)
    norm = tl.load(squares + row, mask=there, other=1.0) + tl.sum(more, 1)
    norm = tl.sqrt_rn(tl.maximum(norm, 1.1754943508222875e-38))
    norm = norm.to(m.dtype.element_ty).to(tl.float32)  # rounded as the magnitudes were
    own = tl.div_rn(tl.load(m + row, mask=there, other=1.0).to(tl.float32), norm)  # exactly one at the start
    own = tl.where(tl.abs(own) < least, tl.where(own < 0, -least, least), own)
    tl.store(g + row, own, mask=there)
    tl.store(up + row, scaling * own, mask=there)
    tl.store(share + row, 1.0 / (norm * own), mask=there)


def factor_of(
    squares: Tensor, crossed: Tensor, b: Tensor, m: Tensor, scaling: float, least: float
) -> tuple[Tensor, Tensor, Tensor]:
    """See `ops.dora.factor_of`; matrices are contiguous."""
    rows, rank = b.shape
    g, up, share = torch.empty(3, rows, device=b.device, dtype=torch.float32).unbind()
    with torch.cuda.device(b.device):
        _factor[(triton.cdiv(rows, _ROWS),)](
            squares, crossed, b, m, g, up, share, rows, rank, scaling, least,
            ROWS=_ROWS, BLOCK=triton.next_power_of_2(rank), num_warps=4,
        )  # fmt: skip
    return g, up, share
