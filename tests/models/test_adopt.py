"""A model of transformers becomes a decoder, or is refused where the decoder would compute something else."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from ghost_architect.errors import InputError
from ghost_architect.models.trinity.adopt import SEVEN, Recipe, adapt, decoder_of, pattern, text_of

from . import tiny
from .layers import peft_layer


def test_rotations_are_those_of_gemma_3() -> None:
    """Local layers turn by a base of 10,000; the one in six that sees everything by a million, eight times slower."""
    kinds = decoder_of(tiny.untouched(), torch.float64).kinds
    each = torch.arange(8) / 8  # of heads of 16
    for i, kind in enumerate(kinds):
        base, slower, window = (1e6, 8, None) if i % 6 == 5 else (1e4, 1, 8)
        assert torch.allclose(kind.frequencies.float(), base**-each / slower, rtol=1e-6)
        assert kind.window == window


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attention_bias", True),
        ("attn_logit_softcapping", 50.0),
        ("final_logit_softcapping", 30.0),
        ("hidden_activation", "gelu"),
        ("use_bidirectional_attention", True),
    ],
)
def test_what_the_decoder_does_not_compute_is_refused(name: str, value: object) -> None:
    model = tiny.untouched(layers=1)
    setattr(text_of(model).config, name, value)
    with pytest.raises(InputError, match=f"the model's {name} is {value!r}, with which it cannot be trained here"):
        decoder_of(model, torch.float64)


@pytest.mark.parametrize("layers", [1, 6], ids=["local alone", "both"])
def test_rotations_with_a_factor_of_their_own_are_refused(layers: int) -> None:
    model = tiny.untouched(layers=layers)
    text: Any = text_of(model)
    text.config.rope_parameters["full_attention"]["rope_type"] = "yarn"
    if layers == 1:  # which has none that they are for
        assert decoder_of(model, torch.float64).kinds[0].window == 8
    else:
        with pytest.raises(InputError, match="the model's rope_type is 'yarn'"):
            decoder_of(model, torch.float64)


def test_a_is_drawn_as_peft_draws_it() -> None:
    """Evenly, up to one over the root of the columns (Kaiming's bound with a slope of sqrt(5))."""
    made = adapt(tiny.untouched(layers=1), Recipe(rank=16))
    for layer in made.values():
        own = layer.adapter.lora_A.detach()
        theirs = peft_layer(torch.nn.Linear(*layer.adapter.weight.shape[::-1]), 16, 8, True, True).lora_A["default"]
        bound = layer.adapter.weight.shape[1] ** -0.5
        assert own.abs().max() <= bound
        assert float(theirs.weight.detach().abs().max()) <= bound
        for size in (own, theirs.weight.detach()):
            assert float(size.abs().max()) > 0.95 * bound
            assert float(size.std()) == pytest.approx(bound / 3**0.5, rel=0.1)


def test_all_but_the_adapters_is_frozen() -> None:
    model = tiny.untouched(layers=1).requires_grad_()
    made = adapt(model, Recipe(rank=2, vision=True))
    learns = {id(p) for p in model.parameters() if p.requires_grad}
    assert learns == {id(p) for layer in made.values() for p in layer.adapter.parameters()}


def test_names_of_targets_are_no_patterns() -> None:
    assert len(adapt(tiny.untouched(layers=1), Recipe(rank=2, targets=("q_proj", ".*")))) == 1
    assert pattern(Recipe(targets=("a.b",))).endswith(r"(a\.b)")
    assert set(SEVEN) == {name.rpartition(".")[2] for name in adapt(tiny.untouched(layers=1), Recipe(rank=2))}
