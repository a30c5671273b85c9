"""Layers that only answer: what the layer that was trained says, with many rows and with few."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

import torch
from torch import Tensor, nn

from ghost_architect.models.trinity.adapter import Adapter
from ghost_architect.models.trinity.linear import TrinityLinear
from ghost_architect.models.trinity.reading import FEW, ReadingLinear, settle
from ghost_architect.models.trinity.weight import Nf4Weight, PlainWeight, Weight

from .layers import stir

ROWS, COLUMNS, RANK = 96, 192, 4
KINDS = {"DoRA": {"rslora": True, "dora": True}, "rsLoRA": {"rslora": True, "dora": False}}
ERRORS = {torch.float32: 2e-6, torch.bfloat16: 1e-2}
"""Of the largest number that comes out: sums in another order; 16 bits are rounded to once more, and W without g."""


def packed(rows: int = ROWS, columns: int = COLUMNS) -> Nf4Weight:
    """As bitsandbytes quantises, twice."""
    from bitsandbytes.functional import quantize_4bit

    drawn = torch.randn(rows, columns, generator=torch.Generator().manual_seed(0)) / columns**0.5
    return Nf4Weight.of(*quantize_4bit(drawn, quant_type="nf4", compress_statistics=True))


def plain() -> PlainWeight:
    return PlainWeight(torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(0)) / COLUMNS**0.5)


def trained(weight: Weight, kind: str, biased: bool = False) -> TrinityLinear:
    adapter = Adapter(weight, RANK, 8, **KINDS[kind], generator=torch.Generator().manual_seed(1))
    stir(adapter)
    return TrinityLinear(weight, adapter, torch.linspace(-1, 1, ROWS) if biased else None).eval()


def drawn(rows: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(rows, COLUMNS, generator=torch.Generator().manual_seed(2)).to(dtype)


@pytest.mark.parametrize("biased", [False, True], ids=["", "bias"])
@pytest.mark.parametrize("dtype", ERRORS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quantised", [True, False], ids=["NF4", "plain"])
def test_it_says_what_the_trained_layer_says(quantised: bool, kind: str, dtype: torch.dtype, biased: bool) -> None:
    layer = trained(packed() if quantised else plain(), kind, biased)
    own = ReadingLinear(layer.frozen, dtype, layer.adapter, layer.bias)
    for rows in (1, FEW, FEW + 1, 40):
        x = drawn(rows, dtype)
        with torch.inference_mode():
            expected, found = layer(x), own(x)
        assert found.dtype is dtype
        assert found.shape == (rows, ROWS)
        assert (found - expected).abs().max() <= ERRORS[dtype] * expected.abs().max(), rows
    with torch.inference_mode():
        assert torch.equal(own(x.view(2, 20, COLUMNS)).flatten(0, 1), own(x))


def test_only_few_rows_go_through_the_packed_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with many of them it does to the last bit what was trained."""
    layer = trained(packed(), "DoRA")
    own = ReadingLinear(layer.frozen, torch.float32, layer.adapter)
    made: list[int] = []
    real = Nf4Weight.dense

    def dense(self: Nf4Weight, *arguments: Any) -> Tensor:
        made.append(1)
        return real(self, *arguments)

    monkeypatch.setattr(Nf4Weight, "dense", dense)
    with torch.inference_mode():
        own(drawn(FEW, torch.float32))
        assert not made
        found = own(x := drawn(FEW + 1, torch.float32))
        assert made
        assert torch.equal(found, layer(x))


def test_without_an_adapter_it_is_the_matrix() -> None:
    weight = packed()
    own = ReadingLinear(weight, torch.float32)
    for rows in (1, 40):
        x = drawn(rows, torch.float32)
        assert torch.allclose(own(x), x @ weight.dense(torch.float32).T, atol=1e-5)


def test_settled_layers_hold_nothing_that_learns() -> None:
    """And what bitsandbytes would pack anew for some processors is no layer of its any more."""
    from bitsandbytes.nn import Linear4bit

    other = Linear4bit(COLUMNS, ROWS, compress_statistics=True, quant_type="nf4").to("cpu")
    model = nn.ModuleDict({"adapted": trained(packed(), "DoRA"), "other": other, "words": nn.Linear(COLUMNS, 4)})
    settle(model, torch.float32)
    assert [type(each).__name__ for each in model.values()] == ["ReadingLinear", "ReadingLinear", "Linear"]
    assert [name for name, _ in model.named_parameters()] == ["words.weight", "words.bias"]
    assert model["other"](drawn(3, torch.float32)).shape == (3, ROWS)


def test_factors_are_in_a_matrix_that_is_not_quantised() -> None:
    """It is not copied at every token."""
    layer = trained(plain(), "DoRA")
    own = ReadingLinear(layer.frozen, torch.float32, layer.adapter)
    assert isinstance(own.frozen, PlainWeight)
    assert own.frozen.dense(torch.float32) is own.frozen.value
    factor = layer.adapter.factor(torch.float32)
    assert factor is not None
    assert torch.equal(own.frozen.value, layer.frozen.dense(torch.float32, factor.g))


@pytest.mark.parametrize("dtype", ERRORS, ids=str)
def test_cuda_says_the_same(dtype: torch.dtype) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    from bitsandbytes.functional import quantize_4bit

    for rows, columns in ((1024, 3840), (3840, 15360), (2048, 3840)):
        whole = torch.randn(rows, columns, device="cuda", dtype=dtype) / columns**0.5
        weight = Nf4Weight.of(*quantize_4bit(whole, quant_type="nf4", compress_statistics=True))
        adapter = Adapter(weight, 64, 32)
        stir_on(adapter)
        layer = TrinityLinear(weight, adapter).eval()
        own = ReadingLinear(weight, dtype, adapter)
        for batch in (1, FEW, FEW + 1, 300):
            x = torch.randn(batch, columns, device="cuda", dtype=dtype)
            with torch.inference_mode():
                expected, found = layer(x).float(), own(x).float()
            assert (found - expected).abs().max() <= 2 * ERRORS[dtype] * expected.abs().max(), (rows, columns, batch)


def stir_on(adapter: Adapter) -> None:
    with torch.no_grad():
        adapter.lora_B.normal_(0, 0.01)
        assert adapter.magnitude is not None
        adapter.magnitude.mul_(torch.rand_like(adapter.magnitude) + 0.5)
