"""Adapted linear layers and PEFT's twins of them, with values that are not those of the start."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.linear import TrinityLinear
from ghost_architect.models.trinity.weight import PlainWeight


class Twins(NamedTuple):
    """The same layer, ours and PEFT's."""

    ours: TrinityLinear
    theirs: Any

    def parameters(self) -> list[tuple[nn.Parameter, nn.Parameter]]:
        """A, B and, with DoRA, the magnitudes of both."""
        own, other = self.ours.adapter, self.theirs
        pairs = [(own.lora_A, other.lora_A["default"].weight), (own.lora_B, other.lora_B["default"].weight)]
        if own.magnitude is not None:
            pairs.append((own.magnitude, other.lora_magnitude_vector["default"].weight))
        return pairs


def peft_layer(linear: nn.Module, rank: int, alpha: float, rslora: bool, dora: bool, dropout: float = 0.0) -> Any:
    """PEFT's adapted layer around this one."""
    from peft import LoraConfig, inject_adapter_in_model

    holder = nn.Module()
    holder.proj = linear
    wanted = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        use_rslora=rslora,
        use_dora=dora,
        lora_dropout=dropout,
        target_modules=["proj"],
    )
    with warnings.catch_warnings():  # of newer names in torch
        warnings.simplefilter("ignore")
        return inject_adapter_in_model(wanted, holder).proj


def stir(adapter: Adapter, seed: int = 1) -> None:
    """Give B, and the magnitudes relative to the rows' norms, values as after some training."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        adapter.lora_B.copy_(torch.randn(adapter.lora_B.shape, generator=random) * 0.1)
        if adapter.magnitude is not None:
            adapter.magnitude.mul_(
                (torch.rand(adapter.magnitude.shape, generator=random) + 0.5).to(adapter.magnitude.device)
            )


def twins(
    rows: int = 24,
    columns: int = 40,
    rank: int = 4,
    alpha: float = 6,
    rslora: bool = True,
    dora: bool = True,
    dropout: float = 0.0,
    bias: bool = False,
    dtype: torch.dtype = torch.float64,
) -> Twins:
    """Both with the same random values."""
    linear = nn.Linear(columns, rows, bias=bias, dtype=dtype).requires_grad_(False)
    frozen = PlainWeight(linear.weight.detach())
    adapter = Adapter(frozen, rank, alpha, rslora, dora, dropout, dtype)
    stir(adapter)
    ours = TrinityLinear(frozen, adapter, None if linear.bias is None else linear.bias.detach())
    made = Twins(ours, peft_layer(linear, rank, alpha, rslora, dora, dropout).to(dtype))
    with torch.no_grad():
        for own, other in made.parameters():
            other.copy_(own)
    return made


def relative(a: Tensor, b: Tensor) -> float:
    """How far a is from b, measured by b."""
    a, b = a.detach().double(), b.detach().double()
    return float((a - b).norm() / b.norm().clamp_min(1e-300))


class NF4(NamedTuple):
    """A random matrix as `ops.nf4.dense` takes it."""

    packed: Tensor
    absmax: Tensor
    code2: Tensor
    absmax2: Tensor
    offset: Tensor
    code: Tensor

    def to(self, device: str) -> NF4:
        """On another device."""
        return NF4(*(part.to(device) for part in self))


def nf4_parts(rows: int, columns: int, seed: int = 0) -> NF4:
    """Of random bytes: nothing has to have been quantised."""
    random = torch.Generator().manual_seed(seed)
    blocks = rows * columns // 64
    nested = -(-blocks // 256)
    return NF4(
        torch.randint(0, 256, (rows * columns // 2,), generator=random, dtype=torch.uint8),
        torch.randint(0, 256, (blocks,), generator=random, dtype=torch.uint8),
        torch.rand(256, generator=random) * 2 - 1,
        torch.rand(nested, generator=random) * 0.01,
        torch.tensor(0.02),
        torch.linspace(-1, 1, 16),
    )
