"""Models that are trained: quantised ones, by whatever names their files have, and those that become it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.errors import InputError, UsageError
from ghost_architect.multimodal_model.folder import find
from ghost_architect.multimodal_model.learning import load_to_train
from ghost_architect.multimodal_model.machine import quiet
from ghost_architect.multimodal_model.model import plain_linears
from tests import tiny_gemma
from tests.outside import python_package

PLAIN = "model.language_model.layers.1.mlp.down_proj"
"""A layer that is left in 16 bits."""


def in_memory(name: str) -> str:
    """What transformers 5.23 calls a tensor of its files."""
    inner = re.sub(r"^(vision_tower|multi_modal_projector)\.", r"model.\1.", name)
    return re.sub(r"^language_model\.model\.", "model.language_model.", inner)


SCHEMES: dict[str, Callable[[str], str]] = {
    "as published": lambda name: re.sub(r"^vision_tower\.", "vision_tower.vision_model.", name),
    "as transformers writes them": lambda name: name,
    "as they are called in memory": in_memory,
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("torch", "transformers", "bitsandbytes"):
        python_package(package)
    return tiny_gemma.make(tmp_path_factory.mktemp("plain") / "tiny")


@pytest.fixture(scope="module")
def quantised(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In NF4 but for one layer, the vision tower and the words."""
    return tiny_gemma.quantise(tmp_path_factory.mktemp("nf4") / "tiny", plain, (PLAIN,))


def loaded(folder: Path, number: str = "float32") -> Any:
    import torch

    with quiet():
        return load_to_train(find(str(folder), to_train=True), torch.device("cpu"), getattr(torch, number)).model


def kinds(model: Any) -> dict[str, str]:
    import torch

    return {name: type(each).__name__ for name, each in model.named_modules() if isinstance(each, torch.nn.Linear)}


def seen(model: Any) -> Any:
    """What a picture becomes."""
    import torch

    side = model.config.vision_config.image_size
    pixels = torch.linspace(-1, 1, 3 * side * side, dtype=model.dtype).view(1, 3, side, side)
    with torch.no_grad():
        return model.model.multi_modal_projector(model.model.vision_tower(pixel_values=pixels).last_hidden_state)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_quantised_files_load_whatever_they_call_their_layers(
    scheme: str, plain: Path, quantised: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(quantised, tmp_path / "renamed"))
    tensors = load_file(folder / "model.safetensors")
    save_file(
        {SCHEMES[scheme](name): value for name, value in tensors.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    model = loaded(folder)
    found = kinds(model)
    assert {name for name, kind in found.items() if "vision" not in name and kind == "Linear"} == {PLAIN, "lm_head"}
    assert {kind for name, kind in found.items() if "vision" in name} == {"Linear"}
    assert torch.equal(seen(model), seen(loaded(plain)))


def test_a_model_that_is_not_quantised_is_but_for_what_sees_and_the_words(plain: Path) -> None:
    found = kinds(loaded(plain))
    assert {name.partition(".layers.")[0] for name, kind in found.items() if kind == "Linear"} == {
        "lm_head",
        "model.vision_tower.encoder",
    }
    assert sum(kind == "Linear4bit" for kind in found.values()) == 7 * 3


@pytest.mark.parametrize("number", ["bfloat16", "float16"])
def test_rotations_stay_in_float32_beside_16_bits(number: str, plain: Path) -> None:
    """In 16 bits a frequency times a position of some thousands would be any angle."""
    import torch

    from ghost_architect.models.trinity.adopt import decoder_of

    model = loaded(plain, number)
    assert model.get_input_embeddings().weight.dtype is getattr(torch, number)
    for kind in decoder_of(model, getattr(torch, number)).kinds:
        base = 1e4 if kind.window else 1e6
        assert kind.frequencies.dtype is torch.float32
        assert torch.allclose(kind.frequencies, base ** -(torch.arange(8) / 8), rtol=1e-6)


@pytest.mark.parametrize("number", ["float32", "bfloat16", "float16"])
def test_what_is_not_quantised_comes_in_the_number_format_that_is_wanted(
    number: str, quantised: Path, tmp_path: Path
) -> None:
    """Whatever the files have it in; published ones have bfloat16, which a T4 does not take."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(quantised, tmp_path / "half"))
    tensors = load_file(folder / "model.safetensors")
    packed = {name.partition(".weight.")[0] for name in tensors if ".weight." in name}
    for name in tensors.keys() - {each for each in tensors if each.rpartition(".weight")[0] in packed}:
        tensors[name] = tensors[name].bfloat16()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model = loaded(folder, number)
    found = {p.dtype for p in model.parameters() if not hasattr(p, "quant_state")}
    assert found == {getattr(torch, number)}
    assert model.dtype is getattr(torch, number)
    assert seen(model).dtype is getattr(torch, number)


@pytest.mark.parametrize("prefix", ["", "model."])
@pytest.mark.parametrize("part", ["", "vision_model."])
def test_a_layer_that_is_plain_is_known_by_all_its_names(prefix: str, part: str) -> None:
    names = [
        f"{prefix}vision_tower.{part}encoder.layers.0.mlp.fc1.weight",
        f"{prefix}vision_tower.{part}encoder.layers.0.mlp.fc2.weight",
        f"{prefix}vision_tower.{part}encoder.layers.0.mlp.fc2.weight.absmax",
    ]
    patterns = plain_linears(names)
    for place in ("model.vision_tower.encoder", "model.vision_tower.vision_model.encoder"):
        assert any(re.fullmatch(each, f"{place}.layers.0.mlp.fc1") for each in patterns)
        assert not any(re.fullmatch(each, f"{place}.layers.0.mlp.fc2") for each in patterns)


@pytest.mark.parametrize(
    "how",
    [
        {"quant_method": "gptq", "bits": 4},
        {"quant_method": "bitsandbytes", "load_in_8bit": True},
        {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
        {
            "quant_method": "bitsandbytes",
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "fp4",
            "bnb_4bit_use_double_quant": True,
        },
        [],
        "nf4",
    ],
    ids=["GPTQ", "8 bits", "one quantisation", "FP4", "a list", "a word"],
)
def test_other_quantisations_are_refused_at_once(how: object, plain: Path, tmp_path: Path) -> None:
    """In 8 bits the weights would be taken for what their bytes say, without their scales."""
    folder = Path(shutil.copytree(plain, tmp_path / "other"))
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**said, "quantization_config": how}))
    with pytest.raises(InputError, match="its weights are quantised, and not in NF4 with double"):
        find(str(folder), to_train=True)


def test_what_is_trained_on_is_no_adapter(plain: Path, tmp_path: Path) -> None:
    """Its base would be trained, as if the adapter were not there."""
    adapter = tiny_gemma.make_adapter(tmp_path / "dora", plain, "dora")
    assert find(str(adapter)).base == plain
    with pytest.raises(UsageError, match="dora is an adapter, and a new one is trained on a model"):
        find(str(adapter), to_train=True)
