"""`store.Far` on a CUDA card: over many steps, and behind steps that were broken off, what is taken is what was put.

Copies that are not waited for, or memory that is used again too early, show now and then. So each step is done many
times, and what was put is written over at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from torch import Tensor

from ghost_architect.config import LINEARS
from ghost_architect.models.trinity.adopt import Recipe, adapt, decoder_of
from ghost_architect.models.trinity.decoder import Decoder, Example
from ghost_architect.models.trinity.layer import Saved
from ghost_architect.models.trinity.store import Far, Near, Store
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import Model
from tests.models import tiny
from tests.models.card import pretend
from tests.models.layers import relative, stir
from tests.training.medium import DEVICE, REHEARSED
from tests.training.miniature import decoder

LAYERS = 4
TIMES = 3 if REHEARSED else 50
SMALL = (5, 7)
LARGE = (64, 128) if REHEARSED else (4096, 3840)
"""Tokens and width: a copy that is over at once, and one that takes as long as a layer does."""


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    """Not what conftest does: the card stays, or, where it is rehearsed, is pretended."""
    if REHEARSED:
        torch.set_num_threads(1)
        with pytest.MonkeyPatch.context() as patch:
            pretend(patch)
            yield
        return
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    yield


def far() -> Far:
    return Far(torch.device(DEVICE), LAYERS)


def saved(size: tuple[int, int], random: torch.Generator) -> Saved:
    """As a layer gives it, rows of many sizes."""
    tokens, width = size

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random, device=DEVICE)

    h = drawn(tokens, width) * 10.0 ** (torch.arange(tokens, device=DEVICE)[:, None] % 9 - 3)
    out, o, y = (drawn(*shape).bfloat16() for shape in ((tokens, 3, 2), size, size))
    return Saved(h, out, drawn(3, tokens), o, y)


def busy(size: tuple[int, int]) -> None:
    """What a layer does meanwhile: products, and tensors in the memory of those that are let go."""
    tokens, width = size
    for _ in range(3):
        other = torch.full((tokens, width), float("nan"), device=DEVICE)
        other.T @ other


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_taken_is_what_was_put(size: tuple[int, int]) -> None:
    """The residual stream comes back to 11 bits of its row's largest number, all else to the last one."""
    store, random = far(), torch.Generator(DEVICE).manual_seed(0)
    wrong = torch.zeros((), device=DEVICE, dtype=torch.long)  # nothing waits for the card before the end
    for times in range(TIMES):
        wanted = []
        for i in range(LAYERS):
            own = saved(size, random)
            wanted.append(Saved(*(None if part is None else part.clone() for part in own)))
            store.put(i, own)
            if i < LAYERS - 1:  # the last one is kept as it is
                own.h.fill_(float("nan")) if times % 2 else None
            del own
            busy(size)
        if times % 5 == 4:  # broken off, on its way back
            store.take(LAYERS - 1)
            store.soon(LAYERS - 2)
            continue
        for i in reversed(range(LAYERS)):
            found, exact = store.take(i), wanted[i]
            store.soon(i - 1)
            busy(size)
            rows = exact.h.abs().amax(1, keepdim=True)
            wrong += ~((found.h - exact.h).abs() <= rows * 2.0**-11).all()
            for one, other in zip(found[1:], exact[1:], strict=True):
                assert one is not None
                assert other is not None
                wrong += (one != other).any()
    assert int(wrong) == 0


def steps(
    made: Decoder, parameters: list[torch.nn.Parameter], embeddings: Tensor, example: Example, limit: float
) -> None:
    """A step is the same with inputs elsewhere, each time, and behind steps that were broken off."""

    def step(store: Store) -> list[Tensor]:
        loss, d = made.step(embeddings.clone(), example, 1 / len(embeddings), store, want=True)
        assert d is not None
        gradients = [p.grad.clone() for p in parameters if p.grad is not None]
        assert len(gradients) == len(parameters)
        clear(parameters)
        return [loss.clone(), d, *gradients]

    step(Near())
    near, store = step(Near()), far()
    first = step(store)
    assert torch.equal(near[0], first[0])
    assert max(relative(a, b) for a, b in zip(first[1:], near[1:], strict=True)) < limit
    others = torch.zeros((), device=DEVICE, dtype=torch.long)
    for times in range(TIMES):
        if times % 5 == 4:
            broken(made, embeddings, example, store)
            clear(parameters)
        for one, other in zip(step(store), first, strict=True):
            others += (one != other).any()
    assert int(others) == 0


def clear(parameters: list[torch.nn.Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)


def broken(made: Decoder, embeddings: Tensor, example: Example, store: Store) -> None:
    """A step that ends on its way back, as one does that is out of memory."""
    whole = made.layers[1]
    broken_off = replace(whole, o=None)  # type: ignore[arg-type]
    layers = (made.layers[0], whole, broken_off, *made.layers[3:])
    h, places = embeddings.clone(), made.places(example, len(embeddings))
    for i, (layer, kind) in enumerate(zip(made.layers, made.kinds, strict=True)):
        h, kept = layer.forward(h, places[id(kind)], made.keep)
        store.put(i, kept)
        del kept
    last = len(layers) - 1
    layers[last].backward(
        store.take(last), torch.randn_like(h), places[id(made.kinds[last])], halfway=lambda: store.soon(last - 1)
    )
    with pytest.raises(AttributeError):
        layers[2].backward(store.take(2), torch.randn_like(h), places[id(made.kinds[2])])


def test_a_tiny_decoder_does_the_same_with_inputs_elsewhere() -> None:
    model = tiny.untouched(layers=LAYERS).float().to(DEVICE)
    layers = adapt(model, Recipe(rank=4, alpha=8))
    for n, layer in enumerate(layers.values()):
        stir(layer.adapter, n)
    row = tiny.row()
    made = row.example()
    example = replace(made, targets=made.targets.to(DEVICE), positions=made.positions.to(DEVICE))
    own = replace(decoder_of(model, torch.float32), keep=True)
    embeddings = tiny.embedded(model, row.ids.to(DEVICE)).detach()
    steps(own, [p for _, p in tiny.parameters(layers)], embeddings, example, 2e-3)


def test_a_large_decoder_does_the_same_with_inputs_elsewhere() -> None:
    """With our kernel for attention, whose sums are in one order."""
    tokens, width, inner = (64, 128, 256) if REHEARSED else (4096, 2048, 8192)
    model = Model("large", width, LAYERS, 8, 4, 128, inner, words=2048, window=512, tower=None)
    with torch.device(DEVICE):
        torch.manual_seed(0)
        made, adapters = decoder(model, Setting(tokens, 16, LINEARS, True, "bf16", "kernel", keep=True))
        ids, embeddings = torch.randint(model.words, (tokens,)), torch.randn(tokens, width)
        example = Example(ids, torch.arange(tokens))
    steps(made, [p for adapter in adapters for p in adapter.parameters()], embeddings, example, 3e-2)
