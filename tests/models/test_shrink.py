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
from ghost_architect.models.trinity.adapter import scaling_of
from ghost_architect.models.trinity.adapters import fill, read_adapter, write_adapter
from ghost_architect.models.trinity.adopt import Recipe
from ghost_architect.models.trinity.shrink import cut, shrunk, shrunk_tensors

from . import tiny
from .layers import relative, twins


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


@pytest.mark.parametrize("rslora", [False, True])
@pytest.mark.parametrize("dora", [False, True])
def test_an_adapter_keeps_its_product_up_to_the_cut(rslora: bool, dora: bool) -> None:
    layer = twins(rank=8, rslora=rslora, dora=dora).ours
    own = layer.adapter
    with torch.no_grad():  # of rank 3, so that nothing is lost
        own.lora_B[:, 3:] = 0
    random = torch.get_rng_state()
    made, done = shrunk(own, 4)
    assert torch.equal(torch.get_rng_state(), random)
    assert made.rank == 4
    assert made.scaling == scaling_of(own.alpha, 4, rslora) != own.scaling
    assert (made.alpha, made.rslora, made.dropout) == (own.alpha, own.rslora, own.dropout)
    assert done.lost < 1e-12 * done.whole
    product = own.scaling * own.lora_B @ own.lora_A
    assert relative(made.scaling * made.lora_B @ made.lora_A, product) < 1e-12
    x = torch.randn(5, 40, dtype=torch.float64)
    before = layer(x)
    layer.adapter = made
    assert relative(layer(x), before) < 1e-12  # with DoRA: the magnitudes are the same
    assert (made.magnitude is None) is not dora


def test_all_that_is_cut_is_counted() -> None:
    own = twins(rank=8).ours.adapter
    _, done = shrunk(own, 2)
    sigma = torch.linalg.svdvals(own.scaling * own.lora_B.detach() @ own.lora_A.detach())
    assert done.lost == pytest.approx(float(sigma[2:].norm()))
    assert 0 < done.lost < done.whole == pytest.approx(float(sigma.norm()))
    _, none = shrunk(own, 8)
    assert none.lost == 0


def test_an_adapter_that_has_learnt_nothing_can_still_learn() -> None:
    """Its product is zero; with A zero as well, no gradient would ever come back."""
    layer = twins(rank=8).ours
    with torch.no_grad():
        layer.adapter.lora_B.zero_()
    before = float(layer.adapter.lora_A.detach().norm(dim=1).mean())
    layer.adapter, done = shrunk(layer.adapter, 4)
    assert (done.lost, done.whole) == (0, 0)
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
        shrunk(twins(rank=8).ours.adapter, rank)
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
        expected, cut_off = shrunk(made.layers[name].adapter.float(), 2)
        own = layer.adapter
        product, wanted = (x.scaling * x.lora_B.double() @ x.lora_A.double() for x in (own, expected))
        assert relative(product, wanted) < 1e-5
        assert own.magnitude is not None
        assert torch.equal(own.magnitude.float(), expected.magnitude)
        assert done.lost[name] == pytest.approx(cut_off.lost / cut_off.whole, rel=1e-4)
    assert tensors.keys() == done.tensors.keys()
    assert tensors["base_model.model." + next(iter(made.layers)) + ".lora_A.weight"].shape[0] == 8  # left as it was
