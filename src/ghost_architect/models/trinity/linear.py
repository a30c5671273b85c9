"""A linear layer with a frozen matrix and a trained adapter, as one autograd function.

    forward    y  = x (g W)^T + (x A^T) (s g B)^T                       g: one factor a row, see adapter.py
    backward   dx = dy (g W) + (dy (s g B)) A
               dA = (dy (s g B))^T x      dB = s g * dy^T (x A^T)      dm = sum(dy * y) / m

What is kept between them is x and y, which their neighbours keep as well; the dense matrix is made twice rather
than kept. With dropout, DoRA is PEFT's (`peft.tuners.lora.dora`): the frozen product sees all of x and
only what the adapter changes sees the dropped one: y = x W^T + (g - 1) * (x' W^T) + g * s (x' A^T) B^T.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from ..ops.dora import Factor
from ..ops.dots import column_dots, product
from .adapter import Adapter
from .weight import Weight


class Gradient(NamedTuple):
    """The gradient of a parameter: `value` in float32 or wider, times `factor`, a number or one of each row."""

    value: Tensor
    factor: Tensor | float = 1.0

    def whole(self) -> Tensor:
        """Both in one tensor."""
        return self.value * self.factor

    def add_to(self, parameter: nn.Parameter) -> None:
        """Add it to the gradient that a parameter has, in one pass over memory."""
        if parameter.grad is None:
            parameter.grad = self.whole().to(parameter.dtype)
        elif isinstance(self.factor, Tensor):
            parameter.grad.addcmul_(self.value, self.factor)
        else:
            parameter.grad.add_(self.value, alpha=self.factor)


@dataclass(frozen=True, slots=True)
class Ready:
    """A layer's matrices in the dtype of one pass: DoRA's factor is in `up` and, through `dense`, in the weight.

    Attributes:
        down: A, [rank, columns].
        up: s g B, [rows, rank].
        factor: DoRA's, of each row; None without DoRA.
    """

    weight: Weight
    adapter: Adapter
    down: Tensor
    up: Tensor
    factor: Factor | None

    @classmethod
    def of(
        cls,
        weight: Weight,
        adapter: Adapter,
        dtype: torch.dtype,
        down: Tensor | None = None,
        up: Tensor | None = None,
    ) -> Ready:
        """The matrices of a layer as they are now, written into `down` and `up` where these are given."""
        factor = adapter.factor(dtype)
        a, b = adapter.lora_A.detach(), adapter.lora_B.detach()
        down = a.to(dtype) if down is None else down.copy_(a)
        up = torch.empty(b.shape, device=b.device, dtype=dtype) if up is None else up
        torch.mul(b, adapter.scaling if factor is None else factor.up[:, None], out=up)
        return cls(weight, adapter, down, up, factor)

    def dense(self, out: Tensor | None = None) -> Tensor:
        """g W [rows, columns]."""
        return self.weight.dense(self.down.dtype, None if self.factor is None else self.factor.g, out)

    def gradients(
        self, da: Tensor, low: Tensor, dy: Tensor, dots: Tensor | None, unscale: Tensor | None = None
    ) -> Iterator[tuple[nn.Parameter, Gradient]]:
        """The gradients of A, of B, and of m where there is one, each made when it is asked for.

        Args:
            da: (dy (s g B))^T x, [rank, columns].
            low: x A^T of what went in, [batch, rank].
            dy: [batch, rows], the gradient of what came out, times a power of two.
            dots: the sum over the batch of dy times what came out, [rows]; DoRA needs it.
            unscale: what undoes the power of two; None for one.
        """

        def undone(factor: Tensor) -> Tensor:
            return factor if unscale is None else factor * unscale

        own = self.adapter
        yield own.lora_A, Gradient(da, 1.0 if unscale is None else unscale)
        db = product(dy.T, low)
        if self.factor is None:
            yield own.lora_B, Gradient(db, own.scaling if unscale is None else own.scaling * unscale)
            return
        yield own.lora_B, Gradient(db, undone(self.factor.up)[:, None])
        assert own.magnitude is not None
        assert dots is not None
        yield own.magnitude, Gradient(dots, undone(self.factor.share))


def _dots(ready: Ready, dy: Tensor, y: Tensor, bias: Tensor | None) -> Tensor | None:
    """The sum over the batch of dy times what came out before the bias, [rows]; None without DoRA."""
    if ready.factor is None:
        return None
    dots = column_dots(dy, y)
    return dots if bias is None else dots - bias.to(dots.dtype) * dy.sum(0, dtype=dots.dtype)


def _three(made: Iterator[tuple[nn.Parameter, Gradient]]) -> tuple[Tensor | None, ...]:
    """The gradients of A, B and m (None without) as autograd wants them."""
    own: list[Tensor | None] = [gradient.whole().to(parameter.dtype) for parameter, gradient in made]
    return (*own, None)[:3]


def _product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x W^T + bias, to the last bit what `torch.nn.functional.linear` gives."""
    return x @ weight.T if bias is None else torch.addmm(bias.to(x.dtype), x, weight.T)


def _uncast(backward: Callable[..., Any]) -> Callable[..., Any]:
    """The way back as it is written, where the caller is still inside `torch.autocast`."""

    @wraps(backward)
    def run(ctx: Any, *grads: Tensor) -> Any:
        with torch.autocast(grads[0].device.type, enabled=False):
            return backward(ctx, *grads)

    return run


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        a: Tensor,
        b: Tensor,
        m: Tensor | None,
        weight: Weight,
        adapter: Adapter,
        bias: Tensor | None,
    ) -> Tensor:
        ready = Ready.of(weight, adapter, x.dtype)
        flat = x.reshape(-1, x.shape[-1])
        low = flat @ ready.down.T
        y = torch.addmm(_product(flat, ready.dense(), bias), low, ready.up.T)
        ctx.weight, ctx.adapter, ctx.bias = weight, adapter, bias
        ctx.save_for_backward(x, y, a, b, m)  # m, too, so that a change of it before the way back is noticed
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    @_uncast
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, y, *_ = ctx.saved_tensors
        ready = Ready.of(ctx.weight, ctx.adapter, x.dtype)
        flat, y, dy = (t.reshape(-1, t.shape[-1]) for t in (x, y, grads[0]))
        dlow = dy @ ready.up
        dots = _dots(ready, dy, y, ctx.bias)
        own = _three(ready.gradients(product(dlow.T, flat), flat @ ready.down.T, dy, dots))
        dx = None
        if ctx.needs_input_grad[0]:
            dx = torch.addmm(dy @ ready.dense(), dlow, ready.down).view_as(x)
        return dx, *own, None, None, None


class _DroppedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        dropped: Tensor,
        a: Tensor,
        b: Tensor,
        m: Tensor | None,
        weight: Weight,
        adapter: Adapter,
        bias: Tensor | None,
    ) -> Tensor:
        ready = Ready.of(weight, adapter, x.dtype)
        full, less = (t.reshape(-1, t.shape[-1]) for t in (x, dropped))
        plain = weight.dense(x.dtype)
        y = torch.addmm(_product(full, plain, bias), less @ ready.down.T, ready.up.T)
        other = None
        if ready.factor is not None:  # without DoRA nothing of the frozen product changes
            other = less @ plain.T
            y += other * (ready.factor.g - 1).to(y.dtype)
            other = torch.addmm(other * ready.factor.g.to(y.dtype), less @ ready.down.T, ready.up.T)
        ctx.weight, ctx.adapter, ctx.other = weight, adapter, other is not None
        ctx.save_for_backward(dropped, a, b, m, *(() if other is None else (other,)))
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    @_uncast
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        dropped, _, b, _, *other = ctx.saved_tensors
        ready = Ready.of(ctx.weight, ctx.adapter, dropped.dtype)
        less, dy = dropped.reshape(-1, dropped.shape[-1]), grads[0].reshape(-1, b.shape[0])
        dlow = dy @ ready.up
        dots = column_dots(dy, other[0]) if other else None
        own = _three(ready.gradients(product(dlow.T, less), less @ ready.down.T, dy, dots))
        plain = ctx.weight.dense(dropped.dtype)
        dx = (dy @ plain).view_as(dropped) if ctx.needs_input_grad[0] else None
        dless = dlow @ ready.down
        if ready.factor is not None:
            dless = torch.addmm(dless, dy * (ready.factor.g - 1).to(dy.dtype), plain)
        return dx, dless.view_as(dropped), *own, None, None, None


class TrinityLinear(nn.Module):
    """Takes the place of a `torch.nn.Linear` or a bitsandbytes `Linear4bit`.

    Attributes:
        weight: the frozen matrix.
        adapter: what is trained.
        bias: frozen; None where there is none.
    """

    def __init__(self, weight: Weight, adapter: Adapter, bias: Tensor | None = None) -> None:
        super().__init__()
        self.frozen, self.adapter, self.bias = weight, adapter, bias
        self.out_features, self.in_features = weight.shape

    def forward(self, x: Tensor) -> Tensor:
        """y [..., rows] in the dtype of x [..., columns], whatever the adapter's dtype is.

        Inside `torch.autocast` x is brought to its dtype first, as torch's own linear layers do.
        """
        own, kind = self.adapter, x.device.type
        if torch.is_autocast_enabled(kind) and x.dtype is not torch.float64:
            x = x.to(torch.get_autocast_dtype(kind))
        if own.dropout and self.training:
            return self._dropped(x, functional.dropout(x, own.dropout))
        return _applied(_Linear, x, own.lora_A, own.lora_B, own.magnitude, self.frozen, own, self.bias)

    def _dropped(self, x: Tensor, dropped: Tensor) -> Tensor:
        own = self.adapter
        return _applied(_DroppedLinear, x, dropped, own.lora_A, own.lora_B, own.magnitude, self.frozen, own, self.bias)


def _applied(function: Any, x: Tensor, *arguments: Any) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        made: Tensor = function.apply(x, *arguments)
    return made
