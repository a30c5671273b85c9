"""Sizes from a config.json: as `transformers` would take them, and nothing else is believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.errors import InputError, UsageError
from ghost_architect.training import static
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import SIZES, model_of
from tests.outside import python_package

TEXT = {"hidden_size": 256, "num_hidden_layers": 4, "intermediate_size": 512, "head_dim": 64, "vocab_size": 1000}
VISION = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "image_size": 56, "patch_size": 14}
NF4 = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}


def folder(home: Path, **said: Any) -> str:
    home.mkdir(exist_ok=True)
    (home / "config.json").write_text(json.dumps({"model_type": "gemma3", "text_config": TEXT, **said}))
    return str(home)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("unsloth/gemma-3-12b-it-bnb-4bit", "12b"),
        ("google/gemma-3-4b-pt", "4b"),
        ("models/Gemma3-27B", "27b"),
        ("gemma-3-1b-it", "1b"),
    ],
)
def test_published_sizes_by_name(name: str, size: str) -> None:
    found = model_of(name)
    assert (found.name, found.shapes) == (name, SIZES[size].shapes)


@pytest.mark.parametrize(("size", "millions"), [("1b", 698), ("4b", 3209), ("12b", 10759), ("27b", 25600)])
def test_published_sizes_have_the_weights_that_they_are_called_by(size: str, millions: int) -> None:
    assert sum(own.weights for own in static.linears(SIZES[size])) == pytest.approx(millions * 1e6, rel=0.002)


def test_the_tower_has_417_million_weights_and_the_projector_4() -> None:
    tower = SIZES["12b"].tower
    assert tower is not None
    assert tower.weights(3840) == pytest.approx(421.3e6, rel=0.001)
    assert (tower.patches, SIZES["1b"].tower) == (4096, None)


def test_a_folder_says_its_own(tmp_path: Path) -> None:
    found = model_of(folder(tmp_path, vision_config=VISION, mm_tokens_per_image=4))
    assert (found.width, found.layers, found.inner, found.size, found.words) == (256, 4, 512, 64, 1000)
    assert (found.heads, found.groups, found.window) == (8, 4, 4096)
    assert found.whole == (False,) * 4
    assert found.tower is not None
    assert (found.tower.patches, found.tower.tokens) == (16, 4)


def test_defaults_are_those_of_transformers() -> None:
    python_package("transformers")
    import transformers

    said = transformers.Gemma3Config().to_dict()
    text = said["text_config"]
    found = model_of_text({})
    assert (found.width, found.layers, found.heads, found.groups) == tuple(
        text[k] for k in ("hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    )
    assert (found.inner, found.words, found.window, found.size) == tuple(
        text[k] for k in ("intermediate_size", "vocab_size", "sliding_window", "head_dim")
    )
    assert found.whole == tuple(kind == "full_attention" for kind in text["layer_types"])


def model_of_text(text: dict[str, Any]) -> Any:
    from ghost_architect.training.shapes import sizes

    return sizes({}, text, "x")


def test_text_only_and_layer_types(tmp_path: Path) -> None:
    kinds = ["sliding_attention", "full_attention"] * 2
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gemma3_text", **TEXT, "layer_types": kinds}))
    found = model_of(str(tmp_path))
    assert found.whole == (False, True, False, True)
    assert found.tower is None


def test_layers_that_were_left_out_of_quantisation(tmp_path: Path) -> None:
    skipped = ["lm_head", "vision_tower", "language_model.model.layers.1.mlp", "model.layers.3.self_attn.q_proj"]
    found = model_of(folder(tmp_path, quantization_config={**NF4, "llm_int8_skip_modules": skipped}))
    assert found.plain == {(1, "gate_proj"), (1, "up_proj"), (1, "down_proj"), (3, "q_proj")}
    setting = Setting(64, 4, ("q_proj",), True, "bf16", "blocks")
    assert static.weights(found, setting)[1] == (3 * 256 * 512 + 8 * 64 * 256) * 2
    everywhere = folder(tmp_path, quantization_config={**NF4, "llm_int8_skip_modules": ["o_proj"]})
    assert model_of(everywhere).plain == {(i, "o_proj") for i in range(4)}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"model_type": "llama"}, "model_type is llama"),
        ({"text_config": {**TEXT, "hidden_size": -1}}, "hidden_size is -1"),
        ({"text_config": {**TEXT, "hidden_size": True}}, "hidden_size is True"),
        ({"text_config": {**TEXT, "num_hidden_layers": 1 << 40}}, "num_hidden_layers is"),
        ({"text_config": {**TEXT, "layer_types": ["full_attention"]}}, "4 layers have 1 kinds"),
        ({"text_config": 7}, "does not say the sizes"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantised otherwise"),
        ({"quantization_config": {**NF4, "bnb_4bit_use_double_quant": False}}, "quantised otherwise"),
    ],
)
def test_what_is_no_gemma_is_refused(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        model_of(folder(tmp_path, **said))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match="does not say the sizes"):
        model_of(str(tmp_path))
    with pytest.raises(UsageError, match="sizes of this model are not known") as caught:
        model_of("mistral-7b")
    assert "config.json" in caught.value.hint
