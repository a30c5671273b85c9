"""Where layers' inputs wait: what comes back is what was put there, in any order of copies that a card may choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from ghost_architect.models.trinity.adopt import decoder_of
from ghost_architect.models.trinity.layer import Saved
from ghost_architect.models.trinity.store import Far, Near, Store

from . import tiny
from .card import Pretended, pretend
from .layers import relative

CPU = torch.device("cpu")


@pytest.fixture
def card() -> Iterator[Pretended]:
    with pytest.MonkeyPatch.context() as patch:
        yield pretend(patch)


def saved(seed: int, tokens: int = 5, keep: bool = True) -> Saved:
    """As a layer of width 7 gives it; nothing has a size that is easy to lay out."""
    random = torch.Generator().manual_seed(seed)
    h = torch.randn(tokens, 7, generator=random) * 10.0 ** (torch.arange(tokens)[:, None] % 9 - 3)
    h[1] = 0
    if not keep:
        return Saved(h)
    out, o, y = (torch.randn(shape, generator=random).half() for shape in ((tokens, 3, 2), (tokens, 7), (tokens, 7)))
    return Saved(h, out, torch.randn(3, tokens, generator=random), o, y)


def through(store: Store, layers: int, tokens: int = 5, keep: bool = True) -> None:
    """Put and take as a step does; the residual stream comes back to 11 bits, all else to the last one."""
    for i in range(layers):
        store.put(i, saved(i, tokens, keep))
    for i in reversed(range(layers)):
        found, wanted = store.take(i), saved(i, tokens, keep)
        store.soon(i - 1)
        rows = wanted.h.abs().amax(1, keepdim=True)
        assert found.h.dtype is torch.float32
        assert bool(((found.h - wanted.h).abs() <= rows * 2.0**-11).all())
        for one, other in zip(found[1:], wanted[1:], strict=True):
            assert (one is None and other is None) or torch.equal(one, other)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_what_is_taken_is_what_was_put(keep: bool, layers: int, card: Pretended) -> None:
    for store in (Near(), Far(CPU, layers)):
        for _ in range(3):
            through(store, layers, keep=keep)


def test_rows_of_any_length_follow_each_other(card: Pretended) -> None:
    store = Far(CPU, 4)
    sizes = []
    for tokens, keep in ((5, False), (3, False), (64, True), (5, True), (9, False), (65, True)):
        through(store, 4, tokens, keep)
        sizes.append(sum(card.pinned.values()))
        assert len(card.pinned) == 1  # what was pinned for shorter rows is let go
    assert sizes == sorted(sizes)
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3] == sizes[4] < sizes[5]
    each = 3 * sum(-(-n // 256) * 256 for n in (65 * 14, 65 * 4, 65 * 12, 65 * 12, 65 * 14, 65 * 14))
    assert sizes[-1] == each
    del store
    assert not card.pinned


def test_a_step_that_was_broken_off_leaves_nothing(card: Pretended) -> None:
    store = Far(CPU, 4)
    for i in range(4):
        store.put(i, saved(10 + i))
    store.take(3)
    store.soon(2)
    through(store, 4, tokens=50)


def test_what_is_still_being_computed_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy beside the computation, made at once, would take what was there before."""
    card = pretend(monkeypatch, late=False)
    store, first = Far(CPU, 2), saved(0)
    assert first.o is not None
    wanted, computed = first.o.clone(), first.o.zero_()
    card.current.work.append(lambda: computed.copy_(wanted))
    store.put(0, first)
    store.put(1, saved(1))
    store.take(1)
    found = store.take(0).o
    assert found is not None
    assert torch.equal(found, wanted)


def test_memory_that_cannot_be_pinned_is_said(card: Pretended) -> None:
    card.refuse = 2
    store = Far(CPU, 2)
    with pytest.raises(MemoryError, match="the host refuses to pin 512 bytes"):
        store.put(0, saved(0, keep=False))
    assert not card.pinned


@pytest.mark.parametrize("keep", [False, True])
def test_a_step_is_the_same_with_inputs_elsewhere(keep: bool, card: Pretended) -> None:
    made, row = tiny.adapted(layers=4), tiny.row()
    made.model.float()
    for layer in made.layers.values():
        layer.adapter.float()
    own = replace(decoder_of(made.model, torch.float32), keep=keep)
    embeddings = tiny.embedded(made.model, row.ids).detach()
    loss, d = own.step(embeddings.clone(), row.example(), 1.0, want=True)
    assert d is not None
    wanted = {"embeddings": d, **tiny.taken(made.layers)}
    store = Far(CPU, 4)
    for _ in range(2):
        again, d = own.step(embeddings.clone(), row.example(), 1.0, store, want=True)
        assert torch.equal(loss, again)
        for name, gradient in {"embeddings": d, **tiny.taken(made.layers)}.items():
            assert gradient is not None
            assert relative(gradient, wanted[name]) < 2e-3, name
