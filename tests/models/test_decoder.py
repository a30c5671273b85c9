"""The decoder against transformers' own Gemma 3 and autograd: the loss, and every gradient."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from torch import Tensor

from ghost_architect.models.trinity.adopt import Recipe, adapt, decoder_of, text_of
from ghost_architect.models.trinity.decoder import Decoder, Example
from ghost_architect.models.trinity.layer import Saved

from . import tiny
from .layers import relative

WEIGHT = 1 / 7


def decoder(made: tiny.Tiny, tile: int | None = None, keep: bool = False, loss_rows: int = 512) -> Decoder:
    """In float64, rotations too."""
    done = decoder_of(made.model, torch.float64, tile)
    kinds = {id(kind): replace(kind, frequencies=kind.frequencies.double()) for kind in done.kinds}
    return replace(done, kinds=tuple(kinds[id(kind)] for kind in done.kinds), keep=keep, loss_rows=loss_rows)


def compare(made: tiny.Tiny, row: tiny.Row, limit: float = 1e-11) -> None:
    tiny.wide_norms(made.model)
    embeddings = tiny.embedded(made.model, row.ids)
    wanted = tiny.reference(made, row, WEIGHT, embeddings)
    own = decoder(made)
    loss, d = own.step(embeddings.detach(), row.example(), WEIGHT, want=True)
    assert d is not None
    assert relative(loss, wanted.loss) < limit
    assert relative(own.loss(embeddings.detach(), row.example()), wanted.loss) < limit
    assert relative(d, wanted.embeddings) < limit
    gradients = tiny.taken(made.layers)
    assert gradients.keys() == wanted.gradients.keys()
    for name, gradient in gradients.items():
        assert relative(gradient, wanted.gradients[name]) < limit, name


def test_loss_and_gradients_are_those_of_transformers() -> None:
    made = tiny.adapted()
    assert len(made.layers) == 6 * 7
    assert set(made.model.model.language_model.config.layer_types) == {"sliding_attention", "full_attention"}
    compare(made, tiny.row())


@pytest.mark.parametrize("pictures", [((5, 9),), ((2, 6), (20, 36)), ((0, 40),)])
def test_pictures_see_themselves(pictures: tuple[tuple[int, int], ...]) -> None:
    """Four, sixteen and forty tokens; the window has eight."""
    made = tiny.adapted()
    row = tiny.row(pictures=pictures)
    compare(made, row)
    blind = decoder(made).loss(tiny.embedded(made.model, row.ids).detach(), row._replace(pictures=()).example())
    assert relative(blind, decoder(made).loss(tiny.embedded(made.model, row.ids).detach(), row.example())) > 1e-4


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(rank=3, alpha=8, dora=False),
        Recipe(rank=3, alpha=8, rslora=False),
        Recipe(rank=2, alpha=4, targets=("q_proj", "v_proj")),
        Recipe(rank=2, alpha=4, targets=("k_proj", "up_proj", "down_proj"), dora=False),
        Recipe(rank=2, alpha=4, targets=("o_proj",)),
    ],
    ids=["rsLoRA", "LoRA scaling", "q and v", "k, up and down", "o"],
)
def test_every_recipe(recipe: Recipe) -> None:
    made = tiny.adapted(recipe, layers=2)
    made.model.model.language_model.config.layer_types[1] = "sliding_attention"
    compare(made, tiny.row(24))


def stepped(made: tiny.Tiny, own: Decoder, row: tiny.Row) -> tuple[Tensor, dict[str, Tensor]]:
    loss, d = own.step(tiny.embedded(made.model, row.ids).detach(), row.example(), WEIGHT, want=True)
    assert d is not None
    return loss, {"embeddings": d, **tiny.taken(made.layers)}


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("tile", [None, 1, 16, 40, 100])
@pytest.mark.parametrize("loss_rows", [3, 512])
def test_what_is_kept_and_cut_into_tiles_changes_nothing(keep: bool, tile: int | None, loss_rows: int) -> None:
    made, row = tiny.adapted(layers=2), tiny.row()
    loss, gradients = stepped(made, decoder(made), row)
    other_loss, other = stepped(made, decoder(made, tile, keep, loss_rows), row)
    assert relative(other_loss, loss) < 1e-13
    for name, gradient in gradients.items():
        assert relative(other[name], gradient) < 1e-11, name


def test_what_is_kept_without_tiles_changes_no_bit() -> None:
    made, row = tiny.adapted(layers=2), tiny.row()
    loss, gradients = stepped(made, decoder(made), row)
    other_loss, other = stepped(made, decoder(made, keep=True), row)
    assert torch.equal(loss, other_loss)
    assert all(torch.equal(gradient, other[name]) for name, gradient in gradients.items())


def test_the_weight_scales_gradients_and_not_the_loss() -> None:
    made, row = tiny.adapted(layers=2), tiny.row()
    own, embeddings = decoder(made), tiny.embedded(made.model, row.ids).detach()
    loss, none = own.step(embeddings, row.example(), 1.0)
    assert none is None
    once = tiny.taken(made.layers)
    for _ in range(3):  # and gradients add up
        third, _ = own.step(embeddings, row.example(), 1 / 3)
        assert torch.equal(third, loss)
    for name, gradient in tiny.taken(made.layers).items():
        assert relative(gradient, once[name]) < 1e-13


def test_tokens_without_a_target_count_for_nothing() -> None:
    made, row = tiny.adapted(layers=2), tiny.row()
    own, example = decoder(made), row.example()
    embeddings = tiny.embedded(made.model, row.ids).detach()
    counts = example.targets >= 0
    each = []
    for at in counts.nonzero()[:, 0].tolist():
        alone = torch.full_like(example.targets, -1)
        alone[at] = example.targets[at]
        each.append(own.loss(embeddings, replace(example, targets=alone)))
    assert relative(torch.stack(each).sum(), own.loss(embeddings, example)) < 1e-13
    nothing = replace(example, targets=torch.full_like(example.targets, -100))
    loss, d = own.step(embeddings, nothing, 1.0, want=True)
    assert float(loss) == 0
    assert d is not None
    assert not d.any()
    assert not any(gradient.any() for gradient in tiny.taken(made.layers).values())


def test_a_packed_row_is_its_examples() -> None:
    made = tiny.adapted()
    own = decoder(made)
    rows = [tiny.row(9, 1), tiny.row(1, 2), tiny.row(17, 3, ((2, 14),))]
    losses, gradients = zip(*(stepped(made, own, row) for row in rows), strict=True)
    starts, pictures, at = [], [], 0
    for row in rows:
        starts.append(at)
        pictures += [(start + at, end + at) for start, end in row.pictures]
        at += len(row.ids)
    examples = [row.example() for row in rows]
    packed = Example(
        torch.cat([e.targets for e in examples]),
        torch.cat([e.positions for e in examples]),
        tuple(starts),
        tuple(pictures),
    )
    embeddings = torch.cat([tiny.embedded(made.model, row.ids).detach() for row in rows])
    loss, d = own.step(embeddings, packed, WEIGHT, want=True)
    assert d is not None
    assert relative(loss, torch.stack(losses).sum()) < 1e-12
    assert relative(d, torch.cat([g["embeddings"] for g in gradients])) < 1e-11
    for name, gradient in tiny.taken(made.layers).items():
        assert relative(gradient, torch.stack([g[name] for g in gradients]).sum(0)) < 1e-11, name


def test_watch_sees_the_largest_gradient_behind_each_layer() -> None:
    made, row = tiny.adapted(layers=3), tiny.row()
    seen: list[Tensor] = []
    own = decoder(made)
    _, d = own.step(tiny.embedded(made.model, row.ids).detach(), row.example(), WEIGHT, want=True, watch=seen)
    assert d is not None
    assert len(seen) == 4
    assert float(seen[-1]) == float(d.abs().max())
    assert all(float(value) > 0 for value in seen)


class Emptied:
    """A store that keeps copies, so that nothing may rely on what it handed over."""

    sends = True

    def __init__(self) -> None:
        self.kept: dict[int, Saved] = {}
        self.order: list[int] = []
        self.announced: list[int] = []

    def put(self, index: int, saved: Saved) -> None:
        self.kept[index] = Saved(*(None if t is None else t.clone() for t in saved))

    def soon(self, index: int) -> None:
        self.announced.append(index)

    def take(self, index: int) -> Saved:
        self.order.append(index)
        return self.kept.pop(index)


@pytest.mark.parametrize("keep", [False, True])
def test_any_store_will_do(keep: bool) -> None:
    made, row = tiny.adapted(layers=3), tiny.row()
    own, embeddings, store = decoder(made, keep=keep), tiny.embedded(made.model, row.ids).detach(), Emptied()
    before = embeddings.clone()
    loss, _ = own.step(embeddings, row.example(), WEIGHT)
    assert torch.equal(embeddings, before)
    gradients = tiny.taken(made.layers)
    again, d = own.step(embeddings, row.example(), WEIGHT, store, want=True)
    assert d is embeddings  # which nobody needs any more
    assert torch.equal(loss, again)
    assert all(torch.equal(g, gradients[name]) for name, g in tiny.taken(made.layers).items())
    assert (store.order, store.announced, store.kept) == ([2, 1, 0], [1, 0, -1], {})


def test_a_model_without_adapters_has_a_loss_and_no_gradients() -> None:
    made = tiny.Tiny(tiny.untouched(layers=2), {})
    row = tiny.row()
    embeddings = tiny.embedded(made.model, row.ids)
    _, d = decoder(made).step(embeddings.detach(), row.example(), WEIGHT, want=True)
    tiny.wide_norms(made.model)
    wanted = tiny.reference(made, row, WEIGHT, embeddings)
    assert d is not None
    assert relative(d, wanted.embeddings) < 1e-11
    assert all(p.grad is None for p in made.model.parameters())


def test_the_decoder_reads_the_models_own_parameters() -> None:
    """Nothing is copied: what an optimizer changes, both roads see."""
    made, row = tiny.adapted(layers=2), tiny.row()
    own, embeddings = decoder(made), tiny.embedded(made.model, row.ids).detach()
    before = own.loss(embeddings, row.example())
    optimizer = torch.optim.SGD([p for _, p in tiny.parameters(made.layers)], lr=0.1)
    own.step(embeddings, row.example(), WEIGHT)
    optimizer.step()
    after = own.loss(embeddings, row.example())
    assert float(after) < float(before)
    tiny.wide_norms(made.model)
    optimizer.zero_grad()
    assert relative(after, tiny.reference(made, row, 1.0, embeddings.requires_grad_()).loss) < 1e-11


def test_the_vision_tower_takes_adapters_only_where_it_shall() -> None:
    model = tiny.untouched(layers=1)
    frozen = adapt(model, Recipe(rank=2))
    assert len(frozen) == 7
    assert not any("vision" in name for name in frozen)
    assert all(not p.requires_grad for name, p in model.named_parameters() if "adapter" not in name)
    seen = adapt(tiny.untouched(layers=1), Recipe(rank=2, vision=True))
    assert {name.rpartition(".")[2] for name in seen.keys() - frozen.keys()} == {"q_proj", "k_proj", "v_proj"}
    assert seen.keys() >= frozen.keys()


def test_a_seed_draws_the_same_adapters() -> None:
    first, second, third = (adapt(tiny.untouched(layers=1), Recipe(rank=2, seed=seed)) for seed in (1, 1, 2))
    for name, layer in first.items():
        assert torch.equal(layer.adapter.lora_A, second[name].adapter.lora_A)
        assert not torch.equal(layer.adapter.lora_A, third[name].adapter.lora_A)


def test_what_is_no_gemma_is_refused() -> None:
    with pytest.raises(ValueError, match="Linear holds no Gemma 3 text model"):
        text_of(torch.nn.Linear(2, 2))
