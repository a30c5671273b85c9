"""RMSNorm as Gemma 3 has it: computed in float32 (or wider), times 1 + weight."""

from __future__ import annotations

import torch
from torch import Tensor

from .fast import fast


def wide(dtype: torch.dtype) -> torch.dtype:
    """The dtype in which norms, sums and the residual stream are kept beside matrix products in this dtype."""
    return torch.float64 if dtype is torch.float64 else torch.float32


def rms_norm(
    x: Tensor,
    weight: Tensor,
    eps: float,
    dtype: torch.dtype,
    residual: Tensor | None = None,
    factor: Tensor | None = None,
    into: Tensor | None = None,
) -> Tensor:
    """`residual + norm(factor * x) * (1 + weight)`.

    Args:
        x: [rows, N]; its last dimension is dense.
        weight: [N].
        eps: added to the mean square.
        dtype: of what is returned.
        residual: [rows, N], added where given.
        factor: [rows], what each row of x was divided by to fit float16.
        into: [rows, N], where the result is written, in this dtype, its last dimension dense; the residual will do.
    """
    if fast(x):
        from ..kernels import norm

        out = torch.empty(x.shape, device=x.device, dtype=dtype) if into is None else into
        return norm.forward(x, weight, eps, residual, factor, out)
    value, rstd = _scaled(x, eps, factor)
    out = value * rstd * (1 + weight.to(value.dtype))
    if residual is not None:
        out = residual.to(value.dtype) + out
    return out.to(dtype) if into is None else into.copy_(out)


def rms_norm_backward(
    dy: Tensor,
    x: Tensor,
    weight: Tensor,
    eps: float,
    dtype: torch.dtype,
    residual: Tensor | None = None,
    factor: Tensor | None = None,
    unscale: Tensor | None = None,
    into: Tensor | None = None,
) -> Tensor:
    """The gradient of x; `dy` [rows, N] is multiplied by the number `unscale` first, `residual` is added.

    It is written `into` a tensor where one is given, which may be the residual. What each row was divided by is made
    again from x, which is there anyway. `weight` is frozen and gets no gradient.
    """
    if fast(x):
        from ..kernels import norm

        out = torch.empty(x.shape, device=x.device, dtype=dtype) if into is None else into
        return norm.backward(dy, x, weight, eps, residual, factor, unscale, out)
    value, rstd = _scaled(x, eps, factor)
    d = dy.to(rstd.dtype)
    if unscale is not None:
        d = d * unscale
    hat = value * rstd
    d = d * (1 + weight.to(rstd.dtype))
    out = (rstd if factor is None else rstd * factor[:, None]) * (d - hat * (d * hat).mean(1, keepdim=True))
    if residual is not None:
        out = residual.to(out.dtype) + out
    return out.to(dtype) if into is None else into.copy_(out)


def _scaled(x: Tensor, eps: float, factor: Tensor | None) -> tuple[Tensor, Tensor]:
    """factor * x in float32 or wider, and 1 / root mean square of each of its rows, [rows, 1]."""
    value = x.to(wide(x.dtype))
    if factor is not None:
        value = value * factor[:, None]
    return value, (value.square().mean(1, keepdim=True) + eps).rsqrt()
