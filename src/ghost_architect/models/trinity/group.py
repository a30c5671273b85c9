"""Adapted linear layers that share their input, computed together: q, k and v; gate and up; or one alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..ops.dots import column_dots
from .adapter import Adapter
from .linear import Gradients, Ready
from .weight import Weight


@dataclass(frozen=True, slots=True)
class Member:
    """One linear layer: its frozen matrix, and its adapter where it has one."""

    weight: Weight
    adapter: Adapter | None


@dataclass(frozen=True, slots=True)
class Group:
    """Members with one input, in the order in which their outputs stand side by side."""

    members: tuple[Member, ...]

    @property
    def rows(self) -> int:
        """How wide the outputs are together."""
        return sum(m.weight.shape[0] for m in self.members)

    @property
    def columns(self) -> int:
        """How wide the input is."""
        return self.members[0].weight.shape[1]

    def dots(self, dy: Tensor, y: Tensor) -> Tensor | None:
        """The sum over the batch of gradients times outputs, [rows]: what magnitudes learn from; None without."""
        learns = any(m.adapter is not None and m.adapter.magnitude is not None for m in self.members)
        return column_dots(dy, y) if learns else None

    def made(self, dtype: torch.dtype) -> Made:
        """Their matrices dense, in this dtype, one below the other."""
        ready = tuple(Ready.of(m.weight, m.adapter, dtype) if m.adapter else None for m in self.members)
        dense = torch.empty(self.rows, self.columns, device=self.members[0].weight.device, dtype=dtype)
        start = 0
        for member, own in zip(self.members, ready, strict=True):
            part = dense[start : start + member.weight.shape[0]]
            own.dense(part) if own else member.weight.dense(dtype, None, part)
            start += len(part)
        downs = [own.down for own in ready if own]
        return Made(dense, _stacked(downs), ready, tuple(m.weight.shape[0] for m in self.members))


@dataclass(frozen=True, slots=True)
class Made:
    """A group's matrices, ready for products.

    Attributes:
        dense: g W of each member, [rows, columns].
        down: A of each adapted member, [ranks, columns]; None where none is adapted.
        ready: of each member; None where it is not adapted.
        widths: of each member's output.
    """

    dense: Tensor
    down: Tensor | None
    ready: tuple[Ready | None, ...]
    widths: tuple[int, ...]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """y [batch, rows] and x A^T [batch, ranks] of x [batch, columns]."""
        y, low = x @ self.dense.T, self.low(x)
        if low is not None:
            for own, place, few in self._parts():
                y[:, place].addmm_(low[:, few], own.up.T)
        return y, low

    def low(self, x: Tensor) -> Tensor | None:
        """x A^T [batch, ranks]; None where no member is adapted."""
        return None if self.down is None else x @ self.down.T

    def backward(
        self,
        x: Tensor,
        low: Tensor | None,
        dy: Tensor,
        dots: Tensor | None,
        unscale: Tensor | None,
        want: bool = True,
        into: Tensor | None = None,
    ) -> Tensor | None:
        """The gradient of x (None unless `want`ed); those of the parameters are added to their `grad`.

        Args:
            x: what went in.
            low: x A^T.
            dy: the gradient of y times a power of two, [batch, rows].
            dots: as `Group.dots` gives them.
            unscale: what undoes the power of two, for the parameters' gradients; None for one.
            want: whether anything before this layer learns.
            into: where the gradient is written, of the shape of x; x itself will do.
        """
        if low is None or self.down is None:
            return torch.mm(dy, self.dense, out=into) if want else None
        dlow = torch.empty_like(low)
        for own, place, few in self._parts():
            torch.mm(dy[:, place], own.up, out=dlow[:, few])
            sums = None if dots is None else dots[place]
            add(own.adapter, own.gradients(x, low[:, few], dy[:, place], dlow[:, few], sums, unscale))
        return torch.mm(dy, self.dense, out=into).addmm_(dlow, self.down) if want else None

    def _parts(self) -> Iterator[tuple[Ready, slice, slice]]:
        """Each adapted member with its columns of the output and of x A^T."""
        start, few = 0, 0
        for own, width in zip(self.ready, self.widths, strict=True):
            if own is not None:
                rank = own.down.shape[0]
                yield own, slice(start, start + width), slice(few, few + rank)
                few += rank
            start += width


def _stacked(matrices: Sequence[Tensor]) -> Tensor | None:
    if not matrices:
        return None
    return matrices[0] if len(matrices) == 1 else torch.cat(tuple(matrices))


def add(adapter: Adapter, made: Gradients) -> None:
    """Add gradients to those that the parameters have."""
    for parameter, gradient in (
        (adapter.lora_A, made.lora_A),
        (adapter.lora_B, made.lora_B),
        (adapter.magnitude, made.magnitude),
    ):
        if parameter is not None and gradient is not None:
            _add(parameter, gradient)


def _add(parameter: nn.Parameter, gradient: Tensor) -> None:
    if parameter.grad is None:
        parameter.grad = gradient.to(parameter.dtype)
    else:
        parameter.grad += gradient
