"""The adapted linear layer: PEFT's outputs and gradients, exact at the start, in every precision."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("bitsandbytes")

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ghost_architect.models.ops.dora import Factor
from ghost_architect.models.trinity import adapter
from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.adopt import weight_of
from ghost_architect.models.trinity.linear import TrinityLinear

from .layers import Twins, relative, twins

KINDS = [(rslora, dora) for rslora in (False, True) for dora in (False, True)]


def run(layer: Any, x: Tensor, seed: int = 5) -> Tensor:
    """What a layer makes of x; twice the same seed is twice the same dropout."""
    torch.manual_seed(seed)
    return layer(x)


def agree(made: Twins, x: Tensor, times: int = 1, limit: float = 1e-12) -> None:
    """The outputs are equal, and all gradients after `times` passes."""
    inputs = [x.detach().clone().requires_grad_(x.requires_grad) for _ in made]
    for n in range(times):
        outputs = [run(layer, own, n) for layer, own in zip(made, inputs, strict=True)]
        assert relative(*outputs) < limit
        dy = torch.randn(outputs[0].shape, dtype=x.dtype)
        for y in outputs:
            y.backward(dy)
    for own, other in made.parameters():
        assert own.grad is not None
        assert relative(own.grad, other.grad) < limit
    if x.requires_grad:
        assert relative(inputs[0].grad, inputs[1].grad) < limit
    else:
        assert inputs[0].grad is None


@pytest.mark.parametrize(("rslora", "dora"), KINDS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("bias", [False, True])
def test_outputs_and_gradients_are_pefts(rslora: bool, dora: bool, dropout: float, bias: bool) -> None:
    made = twins(rslora=rslora, dora=dora, dropout=dropout, bias=bias)
    agree(made, torch.randn(2, 5, 40, dtype=torch.float64, requires_grad=True))


@pytest.mark.parametrize("rank", [1, 3, 24, 64])
def test_every_rank(rank: int) -> None:
    agree(twins(rank=rank), torch.randn(7, 40, dtype=torch.float64, requires_grad=True))


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_gradients_add_up_over_micro_batches(dropout: float) -> None:
    agree(twins(dropout=dropout), torch.randn(2, 5, 40, dtype=torch.float64, requires_grad=True), times=2)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_input_needs_no_gradient(dropout: float) -> None:
    agree(twins(dropout=dropout), torch.randn(5, 40, dtype=torch.float64))


@pytest.mark.parametrize("dora", [False, True])
def test_nothing_is_dropped_in_eval_mode(dora: bool) -> None:
    made = twins(dora=dora, dropout=0.5)
    x = torch.randn(5, 40, dtype=torch.float64)
    trained = run(made.ours, x)
    for layer in made:
        layer.eval()
    assert not torch.allclose(run(made.ours, x), trained)
    agree(made, x.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("dora", [False, True])
def test_half_precision_inputs_meet_float32_adapters(dtype: torch.dtype, dropout: float, dora: bool) -> None:
    """The original stopped with "expected Half, found float" (unslothai/unsloth#4127)."""
    made = twins(dora=dora, dropout=dropout, dtype=torch.float32)
    exact = torch.randn(2, 64, 40)
    half = exact.to(dtype).requires_grad_()
    y = run(made.ours, half)
    assert y.dtype is dtype
    y.float().square().sum().backward()
    reference = half.detach().float().requires_grad_()
    run(made.theirs, reference).square().sum().backward()
    bound = 0.03 if dtype is torch.bfloat16 else 0.004
    assert half.grad is not None
    assert half.grad.dtype is dtype
    assert relative(half.grad, reference.grad) < bound
    for own, other in made.parameters():
        assert own.grad is not None
        assert own.grad.dtype is torch.float32
        assert bool(own.grad.isfinite().all())
        assert relative(own.grad, other.grad) < bound


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_autocast_computes_in_its_dtype(dropout: float, dora: bool, inside: bool) -> None:
    """Also where the way back begins inside of it, which torch advises against and people do."""
    made = twins(dora=dora, dropout=dropout, bias=True, dtype=torch.float32)
    x = torch.randn(2, 64, 40, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        y = run(made.ours, x)
        assert y.dtype is torch.bfloat16
        assert made.ours(x.detach().double()).dtype is torch.float64  # which torch leaves alone, too
        loss = y.float().square().sum()
        if inside:
            loss.backward()
    if not inside:
        loss.backward()
    half = x.detach().bfloat16().requires_grad_()
    gradients = [parameter.grad for parameter in made.ours.adapter.parameters()]
    made.ours.zero_grad()
    again = run(made.ours, half)
    again.float().square().sum().backward()
    assert torch.equal(y, again)
    assert x.grad is not None
    assert torch.equal(x.grad, half.grad.float())
    for gradient, parameter in zip(gradients, made.ours.adapter.parameters(), strict=True):
        assert torch.equal(gradient, parameter.grad)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("dora", [False, True])
def test_gradients_are_the_slopes(dora: bool, dropout: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By small differences; DoRA's norm is held, as its paper holds it."""
    layer = twins(6, 8, 2, dora=dora, dropout=dropout).ours
    own = layer.adapter
    norms = own.squares().sqrt() * 1.25

    def held(_squares: Tensor, _crossed: Tensor, _b: Tensor, m: Tensor, scaling: float, _least: float) -> Factor:
        g = m.detach() / norms
        return Factor(g, scaling * g, 1 / (norms * g))

    monkeypatch.setattr(adapter, "factor_of", held)

    def at(x: Tensor, *_: Tensor) -> Tensor:
        own._factor = None  # values are changed behind torch's back
        return run(layer, x)

    x = torch.randn(3, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(at, (x, *own.parameters()))


def test_second_gradients_are_refused() -> None:
    layer = twins().ours
    x = torch.randn(3, 40, dtype=torch.float64, requires_grad=True)
    (dx,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.sum().backward()


def test_a_parameter_changed_before_the_way_back_is_noticed() -> None:
    layer = twins().ours
    for parameter in layer.adapter.parameters():
        y = layer(torch.randn(3, 40, dtype=torch.float64))
        with torch.no_grad():
            parameter.mul_(2)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_activation_checkpoints_change_no_bit(dropout: float) -> None:
    first, second = twins(dropout=dropout), twins(dropout=dropout)
    with torch.no_grad():
        for (a, _), (b, _) in zip(first.parameters(), second.parameters(), strict=True):
            b.copy_(a)
    second.ours.frozen = first.ours.frozen
    second.ours.adapter.weight, second.ours.adapter._squares = first.ours.frozen, None
    x = torch.randn(5, 40, dtype=torch.float64, requires_grad=True)
    again = x.detach().clone().requires_grad_()
    run(first.ours, x).square().sum().backward()
    torch.manual_seed(5)
    checkpoint(second.ours, again, use_reentrant=False).square().sum().backward()
    assert torch.equal(x.grad, again.grad)
    for (a, _), (b, _) in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a.grad, b.grad)


# --- at the start ---


def nf4(rows: int, columns: int, dtype: torch.dtype, bias: bool = False) -> Any:
    from bitsandbytes.nn import Linear4bit

    layer = Linear4bit(columns, rows, bias=bias, compute_dtype=dtype, compress_statistics=True, quant_type="nf4")
    with torch.no_grad():
        layer.weight.data = torch.randn(rows, columns).to(dtype) / columns**0.5
        if bias:
            layer.bias.normal_()
    return layer.to("cpu").requires_grad_(False)


def adapted(linear: Any, dora: bool = True, rank: int = 8) -> TrinityLinear:
    frozen = weight_of(linear)
    return TrinityLinear(frozen, Adapter(frozen, rank, 16, dora=dora), linear.bias)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("dora", [False, True])
def test_a_new_adapter_changes_no_bit(dtype: torch.dtype, bias: bool, dora: bool) -> None:
    linear = nn.Linear(128, 96, bias=bias, dtype=dtype)
    layer = adapted(linear, dora)
    for shape in ((128,), (7, 128), (2, 33, 128)):
        x = torch.randn(shape).to(dtype)
        assert torch.equal(layer(x), linear(x))
        assert torch.equal(layer.eval()(x), linear(x))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("bias", [False, True])
def test_a_new_adapter_changes_no_bit_of_nf4(dtype: torch.dtype, bias: bool) -> None:
    linear = nf4(96, 128, dtype, bias)
    layer = adapted(linear)
    for shape in ((7, 128), (2, 33, 128)):
        x = torch.randn(shape).to(dtype)
        assert torch.equal(layer(x), linear(x))


def test_a_weight_that_was_packed_for_avx512_is_unpacked() -> None:
    """bitsandbytes packs it when a model answers on a CPU that has the instructions, and cannot train with it."""
    from bitsandbytes.functional import _convert_weight_packed_for_cpu

    linear = nf4(96, 128, torch.float32)
    before = weight_of(linear).dense(torch.float32)
    linear.support_avx512bf16_for_cpu = False  # or it would be packed again where the CPU can
    linear.weight.data, linear.weight.quant_state = _convert_weight_packed_for_cpu(
        linear.weight.data, linear.weight.quant_state
    )
    layer = adapted(linear)
    assert not linear.weight.quant_state.packing_format_for_cpu
    x = torch.randn(9, 128)
    assert torch.equal(layer(x), linear(x))
    assert relative(layer.frozen.dense(torch.float32), before) < 2**-7  # its factors went through bfloat16


def test_other_kinds_of_four_bits_are_refused() -> None:
    from bitsandbytes.nn import Linear4bit

    layer = Linear4bit(128, 64, bias=False, compress_statistics=True, quant_type="fp4").to("cpu")
    with pytest.raises(ValueError, match="weights are in fp4"):
        weight_of(layer)
    layer = Linear4bit(128, 64, bias=False, compress_statistics=False, quant_type="nf4").to("cpu")
    with pytest.raises(ValueError, match="without double quantisation"):
        weight_of(layer)
