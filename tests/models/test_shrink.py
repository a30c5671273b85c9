"""A smaller rank keeps the best that it can of an update, and says what it lost."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.errors import UsageError
from ghost_architect.models.trinity.adapter import Adapter, scaling_of
from ghost_architect.models.trinity.adapters import fill, layer_keys, read_adapter, write_adapter
from ghost_architect.models.trinity.adopt import Recipe
from ghost_architect.models.trinity.linear import TrinityLinear
from ghost_architect.models.trinity.shrink import Shrunk, cut, shrunk_tensors

from . import tiny
from .layers import relative, twins

NAME = "model.layers.0.self_attn.q_proj"


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 12), st.data())
def test_it_is_the_cut_svd_of_the_product(rows: int, columns: int, rank: int, data: st.DataObject) -> None:
    less = data.draw(st.integers(1, rank))
    a, b = torch.randn(rank, columns, dtype=torch.float64), torch.randn(rows, rank, dtype=torch.float64)
    whole = 1.7 * b @ a
    made = cut(a, b, 1.7, less, 2.9)
    assert (made.lora_A.shape, made.lora_B.shape) == ((less, columns), (rows, less))
    u, sigma, vt = torch.linalg.svd(whole, full_matrices=False)
    best = (u[:, :less] * sigma[:less]) @ vt[:less]
    product = 2.9 * made.lora_B @ made.lora_A
    assert float((product - best).norm()) < 1e-10 * float(whole.norm())
    assert made.whole == pytest.approx(float(whole.norm()))
    assert made.lost == pytest.approx(float((whole - product).norm()), abs=1e-10 * made.whole)


def shrunk(layer: TrinityLinear, rank: int) -> tuple[Adapter, Shrunk]:
    """The layer's adapter at this rank, as a run takes it up from a checkpoint."""
    old = layer.adapter
    recipe = Recipe(old.rank, old.alpha, old.rslora, old.magnitude is not None, old.dropout)
    values = zip(layer_keys(NAME), (old.lora_A, old.lora_B, old.magnitude), strict=True)
    # in float64, where a file has float32
    done = shrunk_tensors(recipe, {key: value.detach() for key, value in values if value is not None}, rank)
    now = done.recipe
    adapter = Adapter(old.weight, now.rank, now.alpha, now.rslora, now.dora, now.dropout, old.lora_A.dtype)
    fill({NAME: TrinityLinear(old.weight, adapter)}, done.tensors)
    return adapter, done


@pytest.mark.parametrize("rslora", [False, True])
@pytest.mark.parametrize("dora", [False, True])
def test_an_adapter_keeps_its_product_up_to_the_cut(rslora: bool, dora: bool) -> None:
    layer = twins(rank=8, rslora=rslora, dora=dora, dropout=0.25).ours.eval()
    own = layer.adapter
    with torch.no_grad():  # of rank 3, so that nothing is lost
        own.lora_B[:, 3:] = 0
    made, done = shrunk(layer, 4)
    assert (done.recipe.rank, done.recipe.alpha, done.recipe.rslora) == (4, own.alpha, rslora)
    assert (done.recipe.dora, done.recipe.dropout) == (dora, 0.25)
    assert made.scaling == scaling_of(own.alpha, 4, rslora) != own.scaling
    assert done.lost[NAME] < 1e-12
    product = own.scaling * own.lora_B @ own.lora_A
    assert relative(made.scaling * made.lora_B @ made.lora_A, product) < 1e-12
    x = torch.randn(5, 40, dtype=torch.float64)
    before = layer(x)
    layer.adapter = made.eval()
    assert relative(layer(x), before) < 1e-12  # with DoRA: the magnitudes are the same
    assert (made.magnitude is None) is not dora


def test_all_that_is_cut_is_counted() -> None:
    layer = twins(rank=8).ours
    own = layer.adapter
    sigma = torch.linalg.svdvals(own.scaling * own.lora_B.detach() @ own.lora_A.detach())
    lost = shrunk(layer, 2)[1].lost[NAME]
    assert lost == pytest.approx(float(sigma[2:].norm() / sigma.norm()))
    assert 0 < lost < 1
    assert shrunk(layer, 8)[1].lost[NAME] == 0


def test_an_adapter_that_has_learnt_nothing_can_still_learn() -> None:
    """Its product is zero; with A zero as well, no gradient would ever come back."""
    layer = twins(rank=8).ours
    with torch.no_grad():
        layer.adapter.lora_B.zero_()
    before = float(layer.adapter.lora_A.detach().norm(dim=1).mean())
    layer.adapter, done = shrunk(layer, 4)
    assert done.lost == {NAME: 0.0}
    assert not layer.adapter.lora_B.any()
    norms = layer.adapter.lora_A.norm(dim=1)
    assert torch.allclose(norms, torch.full_like(norms, before), rtol=0.2)
    layer(torch.randn(9, 40, dtype=torch.float64)).square().sum().backward()
    assert bool((layer.adapter.lora_B.grad.norm(dim=0) > 0).all())


def test_a_of_zeros_becomes_as_large_as_one_that_was_drawn() -> None:
    """Even and up to one over the root of the columns, a row has a norm of one over the root of three."""
    made = cut(torch.zeros(8, 40), torch.zeros(24, 8), 1.0, 4, 1.0)
    assert torch.allclose(made.lora_A.norm(dim=1), torch.full((4,), 3**-0.5))
    assert not made.lora_B.any()


@pytest.mark.parametrize("rank", [0, -1, 9])
def test_a_rank_that_is_none_is_refused(rank: int) -> None:
    with pytest.raises(UsageError, match=f"an adapter of rank 8 cannot be cut to rank {rank}") as caught:
        shrunk(twins(rank=8).ours, rank)
    assert caught.value.hint == "1 to 8"


def test_a_whole_folder(tmp_path: Path) -> None:
    old = Recipe(rank=8, alpha=8)
    made = tiny.adapted(old, layers=1)
    write_adapter(tmp_path / "adapter", made.layers, old, "base")
    recipe, tensors = read_adapter(tmp_path / "adapter")
    done = shrunk_tensors(recipe, tensors, 2)
    assert (done.recipe.rank, done.recipe.alpha) == (2, 8)
    assert done.lost.keys() == made.layers.keys()
    assert all(0 < lost < 1 for lost in done.lost.values())
    smaller = tiny.adapted(done.recipe, seed=4, layers=1)
    fill(smaller.layers, done.tensors)
    for name, layer in smaller.layers.items():
        own, before = layer.adapter, made.layers[name].adapter
        whole, product = (x.scaling * (x.lora_B @ x.lora_A).detach().double() for x in (before, own))
        u, sigma, vt = torch.linalg.svd(whole, full_matrices=False)
        assert relative(product, (u[:, :2] * sigma[:2]) @ vt[:2]) < 1e-5
        assert own.magnitude is not None
        assert before.magnitude is not None
        assert torch.equal(own.magnitude.float(), before.magnitude.float())
        assert done.lost[name] == pytest.approx(float(sigma[2:].norm() / sigma.norm()), rel=1e-4)
    assert tensors.keys() == done.tensors.keys()
    assert tensors["base_model.model." + next(iter(made.layers)) + ".lora_A.weight"].shape[0] == 8  # left as it was
