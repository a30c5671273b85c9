"""float16 that holds: powers of two, undone in float32, that keep gradients and feed-forwards within it.

A gradient that leaves float32 is multiplied so that its largest number is 64, and the rows of what goes into `down`
are divided where they would not fit. In other dtypes nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..ops.scale import largest, scaled

_ROOM = 2.0**14
"""The largest magnitude of what goes into `down` in float16: a quarter of what float16 holds."""

_LARGEST = 2.0**6
"""The largest magnitude of a gradient in float16: 2^10 below overflow, 2^30 above the smallest number."""

_WIDE = 8192
"""Up to so many rows of a gradient are held in float32 on their way to float16."""

_PART = 2048
"""Of more rows so many are held at a time, and made twice."""


def room(dtype: torch.dtype) -> float | None:
    """The largest magnitude that what goes into `down` may have; None for any."""
    return _ROOM if dtype is torch.float16 else None


def narrowed(make: Callable[[slice, Tensor], None], out: Tensor) -> Tensor | None:
    """Write a gradient in the dtype of matrix products, and give what undoes its power of two (None for one).

    Args:
        make: writes some of its rows; for float16 into float32, twice over where there are many rows: first to see
            how large they get.
        out: where it is written, [rows, columns], in that dtype.
    """
    if out.dtype is not torch.float16:
        make(slice(0, len(out)), out)
        return None
    step = len(out) if len(out) <= _WIDE else _PART
    parts = [slice(start, min(start + step, len(out))) for start in range(0, len(out), step)]
    wide_part = torch.empty((parts[0].stop, out.shape[1]), device=out.device, dtype=torch.float32)
    most = torch.zeros((), device=out.device)
    for rows in parts:
        make(rows, part := wide_part[: rows.stop - rows.start])
        most = torch.maximum(most, largest(part))
    scale = _scale(most)
    for rows in parts:
        part = wide_part[: rows.stop - rows.start]
        if len(parts) > 1:
            make(rows, part)
        scaled(part, scale, out[rows])
    return 1 / scale


def _scale(most: Tensor) -> Tensor:
    """The power of two that brings this number to at most `_LARGEST`; infinite or not a number stays so."""
    return (_LARGEST / most).clamp(2.0**-100, 2.0**100).log2().floor().exp2()


def within(d: Tensor, values: Tensor) -> Tensor:
    """The power of two that keeps attention's way back within float16, and uses it.

    Its products d v^T are at most size * |d| * |v|, and become gradients of scores in 16 bits.

    Args:
        d: the gradient of attention's output, [tokens, heads, size].
        values: [tokens, groups, size].
    """
    most, other = (largest(x.flatten(1)) for x in (d, values))
    bound = torch.maximum(most * other * (d.shape[-1] / 2), most)
    return (_ROOM / bound).clamp(2.0**-100, 2.0**100).log2().floor().exp2()


def power(dact: Tensor, both: Tensor) -> Tensor:
    """The power of two, at most one, that keeps the gradients of gate and up within float16.

    They are at most |dact| * |gate or up| * 1.13: GELU is never steeper.
    """
    bound = largest(dact) * 1.13 * largest(both).clamp_min(1)
    return (_ROOM / bound).clamp_max(1).log2().floor().exp2()
