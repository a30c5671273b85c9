"""DoRA's factor of each row: made from the factors of the update, once an optimizer step, and never nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("bitsandbytes")

import torch
from torch import Tensor

from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.linear import TrinityLinear
from ghost_architect.models.trinity.weight import PlainWeight

from .layers import relative, twins
from .test_linear import agree


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-6)])
@pytest.mark.parametrize("size", [0.01, 1.0])
def test_the_norm_of_rows_is_made_from_the_factors(dtype: torch.dtype, limit: float, size: float) -> None:
    frozen = PlainWeight(torch.randn(96, 128, dtype=dtype) / 11)
    adapter = Adapter(frozen, 8, 16, dtype=dtype)
    with torch.no_grad():
        adapter.lora_B.normal_().mul_(size)
    whole = frozen.value.double() + adapter.scaling * adapter.lora_B.double() @ adapter.lora_A.double()
    norms = torch.linalg.norm(whole, dim=1)
    factor = adapter.factor(dtype)
    assert factor is not None
    assert adapter.magnitude is not None
    assert float((factor.g.double() * norms.detach() / adapter.magnitude.detach().double() - 1).abs().max()) < limit
    assert float((factor.share.double() * factor.g.double() * norms.detach() - 1).abs().max()) < limit
    assert torch.equal(factor.up, adapter.scaling * factor.g)


@pytest.mark.parametrize(
    ("dtype", "limit", "left"),
    [(torch.float32, 1e-4, 1e-5), (torch.bfloat16, 0.1, 1e-5), (torch.float16, 0.02, 5e-3)],
)
def test_a_row_whose_magnitude_vanished_comes_back(dtype: torch.dtype, limit: float, left: float) -> None:
    layer = twins(dtype=torch.float32).ours
    magnitude = layer.adapter.magnitude
    assert magnitude is not None
    x = torch.randn(6, 40).to(dtype)
    dy = torch.randn(6, 24).to(dtype)
    layer(x).backward(dy)
    assert magnitude.grad is not None
    expected, magnitude.grad = magnitude.grad.clone(), None
    with torch.no_grad():
        magnitude[3] = 0
    y = layer(x)
    assert 0 < float(y[:, 3].detach().float().abs().max()) < left
    y.backward(dy)
    assert relative(magnitude.grad[3], expected[3]) < limit


def counted(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one entry whenever the rows' norms are made."""
    calls: list[int] = []
    real = adapter._crossed

    def norms(dtype: torch.dtype) -> Tensor:
        calls.append(1)
        return real(dtype)

    monkeypatch.setattr(adapter, "_crossed", norms)
    return calls


def test_the_factor_is_made_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    made = twins()
    calls = counted(made.ours.adapter, monkeypatch)
    learn = torch.optim.AdamW(made.ours.parameters(), lr=0.01)
    for step in range(1, 4):
        for _ in range(4):
            made.ours(torch.randn(5, 40, dtype=torch.float64)).square().sum().backward()
        assert len(calls) == step
        learn.step()
        learn.zero_grad()
    with torch.no_grad():
        for own, other in made.parameters():
            other.copy_(own)
    agree(made, torch.randn(5, 40, dtype=torch.float64))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_factor_is_made_anew_after_a_change_in_place(which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = twins()
    calls = counted(made.ours.adapter, monkeypatch)
    x = torch.randn(5, 40, dtype=torch.float64)
    made.ours(x)
    with torch.no_grad():
        for parameter in made.parameters()[which]:
            parameter.mul_(1.5)
    assert relative(made.ours(x), made.theirs(x)) < 1e-12
    assert len(calls) == 2


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_factor_is_made_anew_of_values_from_elsewhere(which: int) -> None:
    """A parameter that is given other memory keeps its version."""
    made = twins()
    x = torch.randn(5, 40, dtype=torch.float64)
    made.ours(x)
    own, other = made.parameters()[which]
    version = own._version
    own.data = own.detach() * 1.5
    assert own._version == version
    other.data = own.detach().clone()
    assert relative(made.ours(x), made.theirs(x)) < 1e-12


def test_the_factor_is_made_anew_after_a_step_of_the_8_bit_optimizer() -> None:
    """It writes through pointers, and the tensors' versions stay as they were."""
    from bitsandbytes.optim import AdamW8bit

    made = twins(dtype=torch.float32)
    learn = AdamW8bit(made.ours.parameters(), lr=0.05, min_8bit_size=1)
    x = torch.randn(5, 40)
    made.ours(x).square().sum().backward()
    versions = [own._version for own, _ in made.parameters()]
    learn.step()
    assert versions == [own._version for own, _ in made.parameters()]  # or the hook is no longer needed
    with torch.no_grad():
        for own, other in made.parameters():
            other.copy_(own)
    assert relative(made.ours(x), made.theirs(x)) < 1e-5


def test_a_factor_is_never_smaller_than_what_can_come_back() -> None:
    layer = twins().ours
    magnitude = layer.adapter.magnitude
    assert magnitude is not None
    with torch.no_grad():
        magnitude[:3] = torch.tensor([0.0, 1e-30, -1e-30])
    for dtype, least in ((torch.float64, 2.0**-20), (torch.bfloat16, 2.0**-20), (torch.float16, 2.0**-10)):
        factor = layer.adapter.factor(dtype)
        assert factor is not None
        assert factor.g[:3].tolist() == [least, least, -least]


def test_a_row_without_weights_is_a_row_of_zeros() -> None:
    """Pruned models have some. PEFT divides nothing by nothing there."""
    value = torch.randn(6, 16)
    value[2] = 0
    frozen = PlainWeight(value)
    layer = TrinityLinear(frozen, Adapter(frozen, 2, 4))
    x = torch.randn(3, 16, requires_grad=True)
    for _ in range(2):
        y = layer(x)
        y.square().sum().backward()
        assert not y[:, 2].any() or layer.adapter.lora_B[2].any()
        for parameter in (x, *layer.adapter.parameters()):
            assert parameter.grad is not None
            assert bool(parameter.grad.isfinite().all())
        with torch.no_grad():
            layer.adapter.lora_B.add_(0.1)
