"""Adapted linear layers that share their input, computed together: q, k and v; gate and up; or one alone.

An adapter rides along in the products of its frozen matrix. All of a group stand in one matrix

    | g W   s g B |     rows of the outputs
    |  A          |     rows of the ranks

so that y = [x, x A^T] [g W, s g B]^T and dx = [dy, dy s g B] [g W; A] are one product each: a product of rank 64
alone takes as long as reading and writing all of y, and that again and again is what LoRA costs elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..ops.dots import column_dots, product
from .adapter import Adapter
from .linear import Ready
from .weight import Weight


@dataclass(frozen=True, slots=True)
class Member:
    """One linear layer: its frozen matrix, and its adapter where it has one."""

    weight: Weight
    adapter: Adapter | None


@dataclass(frozen=True, slots=True)
class Beside:
    """A matrix with room beside it for its products with adapters.

    Attributes:
        whole: [batch, columns + ranks].
        columns: of the matrix itself.
    """

    whole: Tensor
    columns: int

    @property
    def own(self) -> Tensor:
        """The matrix, [batch, columns]."""
        return self.whole[:, : self.columns]

    @property
    def low(self) -> Tensor:
        """Its products, [batch, ranks]."""
        return self.whole[:, self.columns :]


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

    @property
    def ranks(self) -> int:
        """Of all adapters together."""
        return sum(m.adapter.rank for m in self.members if m.adapter)

    def input(self, batch: int, dtype: torch.dtype) -> Beside:
        """Room for what goes in."""
        return self._room(batch, self.columns, dtype)

    def output(self, batch: int, dtype: torch.dtype) -> Beside:
        """Room for what comes out, or its gradient."""
        return self._room(batch, self.rows, dtype)

    def dots(self, dy: Tensor, y: Tensor) -> Tensor | None:
        """The sum over the batch of gradients times outputs, [rows]: what magnitudes learn from; None without."""
        learns = any(m.adapter is not None and m.adapter.magnitude is not None for m in self.members)
        return column_dots(dy, y) if learns else None

    def made(self, dtype: torch.dtype) -> Made:
        """Their matrices in this dtype."""
        rows, columns = self.rows, self.columns
        matrix = self._room(rows + self.ranks, columns, dtype).whole
        if len(self.members) > 1:
            matrix[:rows, columns:].zero_()  # no output has to do with another's ranks
        parts: list[Part] = []
        row, rank = 0, 0
        for member in self.members:
            place = slice(row, row + member.weight.shape[0])
            row, dense = place.stop, matrix[place, :columns]
            if member.adapter is None:
                member.weight.dense(dtype, None, dense)
                continue
            few = slice(rank, rank + member.adapter.rank)
            rank, up = few.stop, matrix[place, columns + few.start : columns + few.stop]
            down = matrix[rows + few.start : rows + few.stop, :columns]
            own = Ready.of(member.weight, member.adapter, dtype, down, up)
            own.dense(dense)
            parts.append(Part(own, place, few))
        return Made(matrix, rows, columns, tuple(parts))

    def _room(self, batch: int, columns: int, dtype: torch.dtype) -> Beside:
        device = self.members[0].weight.device
        return Beside(torch.empty(batch, columns + self.ranks, device=device, dtype=dtype), columns)


class Part(NamedTuple):
    """An adapted member that is ready, its outputs among those of its group, and its ranks."""

    ready: Ready
    rows: slice
    ranks: slice


@dataclass(frozen=True, slots=True)
class Made:
    """A group's matrices, ready for products.

    Attributes:
        matrix: all of them, [rows + ranks, columns + ranks]; its last corner is not used.
        rows: how wide the outputs are.
        columns: how wide the input is.
        parts: the adapted members.
    """

    matrix: Tensor
    rows: int
    columns: int
    parts: tuple[Part, ...]

    def forward(self, x: Beside, into: Tensor | None = None) -> Tensor:
        """y [batch, rows] of x, written `into` a tensor where one is given; x A^T is written beside x."""
        self.low(x.own, x.low)
        return torch.mm(x.whole, self.matrix[: self.rows].T, out=into)

    def low(self, x: Tensor, into: Tensor | None = None) -> Tensor:
        """x A^T [batch, ranks] of x [batch, columns]."""
        return torch.mm(x, self.matrix[self.rows :, : self.columns].T, out=into)

    def backward(
        self,
        x: Tensor,
        low: Tensor,
        dy: Beside,
        dots: Tensor | None,
        unscale: Tensor | None,
        want: bool = True,
        into: Tensor | None = None,
    ) -> Tensor | None:
        """The gradient of x (None unless `want`ed); those of the parameters are added to their `grad`.

        Args:
            x: what went in, [batch, columns].
            low: x A^T.
            dy: the gradient of y times a power of two; dy s g B is written beside it.
            dots: as `Group.dots` gives them.
            unscale: what undoes the power of two, for the parameters' gradients; None for one.
            want: whether anything before this layer learns.
            into: where the gradient is written, of the shape of x; x itself will do.
        """
        for own, rows, ranks in self.parts:
            torch.mm(dy.own[:, rows], own.up, out=dy.low[:, ranks])
        if self.parts:
            self._learned(product(dy.low.T, x), low, dy.own, dots, unscale)
        return torch.mm(dy.whole, self.matrix[:, : self.columns], out=into) if want else None

    def _learned(self, da: Tensor, low: Tensor, dy: Tensor, dots: Tensor | None, unscale: Tensor | None) -> None:
        """Add the gradients of all members' parameters to their `grad`; `da` [ranks, columns] are those of A."""
        for own, rows, ranks in self.parts:
            sums = None if dots is None else dots[rows]
            for parameter, gradient in own.gradients(da[ranks], low[:, ranks], dy[:, rows], sums, unscale):
                gradient.add_to(parameter)
