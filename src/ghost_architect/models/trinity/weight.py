"""Frozen weight matrices, made dense on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from ..ops import nf4
from ..ops.norm import wide

_CHUNK = 1 << 21
"""So many weights of a plain matrix are scaled in float32 at a time."""


class Weight(Protocol):
    """A frozen matrix [rows, columns], as `torch.nn.Linear` has it: y = x W^T."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it is."""
        ...

    def dense(self, dtype: torch.dtype, scale: Tensor | None = None, out: Tensor | None = None) -> Tensor:
        """The matrix in this dtype, each row times `scale` [rows], written into `out` where given."""
        ...

    def squares(self) -> Tensor:
        """The sum of squares of each row, [rows], float32 or wider."""
        ...

    def nbytes(self) -> int:
        """What it takes in memory."""
        ...


@dataclass(frozen=True, slots=True)
class PlainWeight:
    """A matrix that is not quantised."""

    value: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """See `Weight`."""
        rows, columns = self.value.shape
        return rows, columns

    @property
    def device(self) -> torch.device:
        """See `Weight`."""
        return self.value.device

    def dense(self, dtype: torch.dtype, scale: Tensor | None = None, out: Tensor | None = None) -> Tensor:
        """See `Weight`."""
        if scale is None:
            return self.value.to(dtype) if out is None else out.copy_(self.value)
        if out is None:
            out = torch.empty(self.shape, device=self.device, dtype=dtype)
        rows, columns = self.shape
        step = max(_CHUNK // columns, 1)
        for start in range(0, rows, step):
            part = slice(start, start + step)
            out[part] = self.value[part] * scale[part, None]
        return out

    def squares(self) -> Tensor:
        """See `Weight`."""
        return self.value.to(wide(self.value.dtype)).square().sum(1)

    def nbytes(self) -> int:
        """See `Weight`."""
        return self.value.numel() * self.value.element_size()


@dataclass(frozen=True, slots=True)
class Nf4Weight:
    """A matrix in NF4 with double quantisation; `ops.nf4` says what the parts are."""

    packed: Tensor
    absmax: Tensor
    code2: Tensor
    absmax2: Tensor
    offset: Tensor
    code: Tensor
    shape: tuple[int, int]

    @property
    def device(self) -> torch.device:
        """See `Weight`."""
        return self.packed.device

    @classmethod
    def of(cls, packed: Tensor, state: Any) -> Nf4Weight:
        """What bitsandbytes made: a `Params4bit` and its `quant_state`.

        Raises:
            ValueError: it is quantised in another way.
        """
        if state.quant_type != "nf4" or not state.nested or state.blocksize != nf4.BLOCK:
            nested = "" if state.nested else ", without double quantisation"
            found = f"{state.quant_type} with blocks of {state.blocksize}{nested}"
            raise ValueError(f"weights are in {found}; NF4 with blocks of 64 and double quantisation is read")
        rows, columns = state.shape
        return cls(
            packed.detach().view(torch.uint8).view(-1),
            state.absmax,
            state.state2.code.float(),
            state.state2.absmax.float(),
            state.offset.float(),
            state.code.float(),
            (rows, columns),
        )

    def state(self, dtype: torch.dtype) -> Any:
        """What bitsandbytes calls a `QuantState`, for products in this dtype; it shares all tensors."""
        from bitsandbytes.functional import QuantState

        factors = QuantState(absmax=self.absmax2, code=self.code2, blocksize=nf4.NESTED, dtype=torch.float32)
        return QuantState(
            absmax=self.absmax,
            shape=torch.Size(self.shape),
            code=self.code,
            blocksize=nf4.BLOCK,
            quant_type="nf4",
            dtype=dtype,
            offset=self.offset,
            state2=factors,
        )

    def dense(self, dtype: torch.dtype, scale: Tensor | None = None, out: Tensor | None = None) -> Tensor:
        """See `Weight`."""
        if out is None:
            out = torch.empty(self.shape, device=self.device, dtype=dtype)
        return nf4.dense(self.packed, self.absmax, self.code2, self.absmax2, self.offset, self.code, scale, out)

    def squares(self) -> Tensor:
        """See `Weight`."""
        return self.dense(torch.float32).square_().sum(1)

    def nbytes(self) -> int:
        """See `Weight`."""
        parts = (self.packed, self.absmax, self.absmax2, self.code, self.code2)
        return sum(p.numel() * p.element_size() for p in parts)
