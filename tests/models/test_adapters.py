"""Adapter folders: what we write PEFT reads, what PEFT writes we read, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ghost_architect.errors import GhostError, InputError, UsageError
from ghost_architect.models.trinity import adapters
from ghost_architect.models.trinity.adapters import fill, read_adapter, write_adapter
from ghost_architect.models.trinity.adopt import Recipe, adapt
from ghost_architect.models.trinity.linear import TrinityLinear

from . import tiny
from .layers import relative, stir

RECIPES = {
    "Trinity": Recipe(rank=4, alpha=8),
    "LoRA": Recipe(rank=4, alpha=8, rslora=False, dora=False),
    "rsLoRA": Recipe(rank=3, alpha=6.5, dora=False),
    "DoRA": Recipe(rank=2, alpha=8, rslora=False, targets=("q_proj", "v_proj")),
    "vision": Recipe(rank=2, alpha=8, targets=("q_proj", "up_proj"), vision=True),
}


@contextmanager
def quiet() -> Iterator[None]:
    """PEFT asks transformers for what has another name by now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def rounded(layers: dict[str, TrinityLinear]) -> dict[str, TrinityLinear]:
    """The same with numbers that float32 has, so that a file loses nothing."""
    with torch.no_grad():
        for _, parameter in tiny.parameters(layers):
            parameter.copy_(parameter.float())
    return layers


def logits(model: Any) -> Tensor:
    ids = tiny.row().ids[None]
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=torch.zeros_like(ids)).logits


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_peft_reads_what_we_write(name: str, dtype: torch.dtype, limit: float, tmp_path: Path) -> None:
    from peft import PeftModel

    model, other = (tiny.untouched(layers=2).to(dtype) for _ in range(2))
    if dtype is torch.float64:
        tiny.wide_norms(model)
        tiny.wide_norms(other)
    layers = adapt(model, RECIPES[name])
    for n, layer in enumerate(layers.values()):
        layer.adapter.to(dtype)
        stir(layer.adapter, n)
    write_adapter(tmp_path / "adapter", rounded(layers), RECIPES[name], "some/base")
    before = logits(other)
    with quiet(), warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*missing adapter keys.*")
        warnings.filterwarnings("error", message=".*unexpected keys.*")
        tuned = PeftModel.from_pretrained(other, str(tmp_path / "adapter"))
    assert relative(logits(tuned), before) > 0.01
    assert relative(logits(model), logits(tuned)) < limit
    assert sum("lora_A" in key for key in tuned.state_dict()) == len(layers)
    assert tuned.peft_config["default"].base_model_name_or_path == "some/base"


@pytest.mark.parametrize("name", RECIPES)
def test_we_read_what_peft_writes(name: str, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    recipe = RECIPES[name]
    targets = "|".join(recipe.targets)
    wanted = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
        target_modules=rf".*\.({targets})" if recipe.vision else rf".*language_model.*\.({targets})",
        task_type="CAUSAL_LM",
    )
    other = tiny.untouched(layers=2)
    tiny.wide_norms(other)
    with quiet():
        tuned = get_peft_model(other, wanted)
    with torch.no_grad():
        for key, value in tuned.named_parameters():
            if "lora_" in key:
                value.add_(torch.randn_like(value) * 0.1)
    tuned.save_pretrained(str(tmp_path))

    read, tensors = read_adapter(tmp_path)
    assert set(read.targets) == set(recipe.targets)
    assert (read.rank, read.alpha, read.rslora, read.dora, read.vision) == (
        recipe.rank,
        recipe.alpha,
        recipe.rslora,
        recipe.dora,
        recipe.vision,
    )
    model = tiny.untouched(layers=2)
    tiny.wide_norms(model)
    layers = adapt(model, read)
    for layer in layers.values():
        layer.adapter.double()
    fill(layers, tensors)
    assert relative(logits(model), logits(tuned)) < 1e-12

    # and what we write has the names and settings that PEFT's file has
    write_adapter(tmp_path / "again", layers, read, "base")
    again = load_file(tmp_path / "again" / adapters.TENSORS)
    assert again.keys() == tensors.keys()
    assert {key: value.shape for key, value in again.items()} == {key: value.shape for key, value in tensors.items()}
    assert all(value.dtype is torch.float32 for value in again.values())
    theirs = json.loads((tmp_path / adapters.CONFIG).read_text())
    ours = json.loads((tmp_path / "again" / adapters.CONFIG).read_text())
    differ = {key for key in ours if ours[key] != theirs[key]}
    assert differ == {"base_model_name_or_path", "target_modules"}


def test_nf4_on_the_cpu_gives_what_peft_gives(tmp_path: Path) -> None:
    from bitsandbytes.nn import Linear4bit
    from peft import PeftModel

    def base() -> nn.Module:
        torch.manual_seed(3)
        model = nn.Module()
        model.layers = nn.ModuleList([nn.Module()])
        model.layers[0].mlp = nn.Module()
        made = Linear4bit(128, 96, bias=False, compute_dtype=torch.float32, quant_type="nf4")
        made.weight.data = torch.randn(96, 128) / 11
        model.layers[0].mlp.up_proj = made.to("cpu")
        model.config = {"model_type": "none"}
        model.prepare_inputs_for_generation = None  # which PEFT wants of every model that writes
        return model

    recipe = Recipe(rank=4, alpha=8)
    model, other = base(), base()
    layers = adapt(model, recipe)
    for own in layers.values():
        stir(own.adapter)
    write_adapter(tmp_path / "adapter", layers, recipe, "base")
    with quiet():
        tuned = PeftModel.from_pretrained(other, str(tmp_path / "adapter")).base_model.model
    x = torch.randn(9, 128, requires_grad=True)  # without, bitsandbytes packs the weight where the CPU has AVX-512
    layer: Any = tuned.layers[0].mlp.up_proj
    layer.train()
    assert relative(model.layers[0].mlp.up_proj(x), layer(x)) < 1e-6


def test_a_folder_comes_back_as_it_went(tmp_path: Path) -> None:
    recipe = Recipe(rank=3, alpha=7.5, rslora=False, dropout=0.25)
    made = tiny.adapted(recipe, layers=2)
    write_adapter(tmp_path / "deep" / "adapter", rounded(made.layers), recipe, "base")
    read, tensors = read_adapter(tmp_path / "deep" / "adapter")
    assert read == Recipe(rank=3, alpha=7.5, rslora=False, dropout=0.25, targets=tuple(sorted(recipe.targets)))
    other = tiny.adapted(recipe, seed=9, layers=2)
    fill(other.layers, tensors)
    for (name, ours), (_, theirs) in zip(tiny.parameters(made.layers), tiny.parameters(other.layers), strict=True):
        assert torch.equal(ours, theirs), name
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["adapter"]


def test_filling_changes_the_factor_at_once(tmp_path: Path) -> None:
    made = tiny.adapted(layers=1)
    rounded(made.layers)
    expected = logits(made.model)
    write_adapter(tmp_path / "adapter", made.layers, Recipe(rank=4, alpha=8), "base")
    fresh = tiny.untouched(layers=1)
    layers = adapt(fresh, Recipe(rank=4, alpha=8))
    for layer in layers.values():
        layer.adapter.double()
    logits(fresh)
    fill(layers, read_adapter(tmp_path / "adapter")[1])
    assert torch.equal(logits(fresh), expected)


# --- writing that fails ---


def failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("where", ["save_file", "_settle", "_replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_what_was_there_stays_when_writing_fails(
    where: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, folder = Recipe(rank=4, alpha=8), tmp_path / "adapter"
    made = tiny.adapted(recipe, layers=1)
    write_adapter(folder, made.layers, recipe, "first")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(adapters, where, failing(number))
        with pytest.raises(InputError, match=r"adapter: cannot be written \(.*\); the adapter takes 0\.\d MB"):
            write_adapter(folder, made.layers, recipe, "second")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]
    write_adapter(folder, made.layers, recipe, "third")
    assert json.loads((folder / adapters.CONFIG).read_text())["base_model_name_or_path"] == "third"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, folder = Recipe(rank=4, alpha=8), tmp_path / "adapter"
    made = tiny.adapted(recipe, layers=1)
    write_adapter(folder, made.layers, recipe, "first")
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if target == folder and self.name != "was":
            raise OSError(errno.EIO, "broken")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(InputError, match="cannot be written"):
        write_adapter(folder, made.layers, recipe, "second")
    assert json.loads((folder / adapters.CONFIG).read_text())["base_model_name_or_path"] == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


# --- reading what is wrong ---


@pytest.fixture
def written(tmp_path: Path) -> Path:
    made = tiny.adapted(layers=1)
    write_adapter(tmp_path / "adapter", made.layers, Recipe(rank=4, alpha=8), "base")
    return tmp_path / "adapter"


def settings(folder: Path, **changed: object) -> None:
    path = folder / adapters.CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def refused(folder: Path, kind: type[GhostError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        read_adapter(folder)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value.message.removeprefix(f"{folder}: ")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"peft_type": "LOHA"}, "is an adapter of kind 'LOHA'"),
        ({"peft_type": None}, "is an adapter of kind None"),
        ({"r": 8}, "has rank 4, and adapter_config.json says 8"),
        ({"r": "4"}, "its r is '4'"),
        ({"r": True}, "its r is True"),
        ({"lora_alpha": 0}, "its lora_alpha is 0"),
        ({"lora_alpha": float("nan")}, "its lora_alpha is nan"),
        ({"lora_dropout": 1.0}, "its lora_dropout is 1.0"),
        ({"rank_pattern": {"q_proj": 8}}, "its rank_pattern is {'q_proj': 8}, which is not supported"),
        ({"alpha_pattern": {"q_proj": 8}}, "its alpha_pattern is"),
        ({"bias": "all"}, "its bias is 'all'"),
        ({"modules_to_save": ["lm_head"]}, "its modules_to_save is ['lm_head']"),
        ({"init_lora_weights": "pissa"}, "its init_lora_weights is 'pissa'"),
        ({"use_dora": False}, "although adapter_config.json says use_dora: false"),
        ({"fan_in_fan_out": True}, "its fan_in_fan_out is True"),
        ({"layer_replication": [[0, 1], [0, 1]]}, "its layer_replication is [[0, 1], [0, 1]]"),
        ({"lora_bias": True}, "its lora_bias is True"),
        ({"target_parameters": ["experts"]}, "its target_parameters is ['experts']"),
        ({"trainable_token_indices": [7]}, "its trainable_token_indices is [7]"),
        ({"use_qalora": True}, "its use_qalora is True"),
        ({"use_bdlora": {"nblocks": 2}}, "its use_bdlora is {'nblocks': 2}"),
        ({"alora_invocation_tokens": [7]}, "its alora_invocation_tokens is [7]"),
    ],
)
def test_settings_that_we_do_not_compute_are_refused(written: Path, changed: dict[str, Any], message: str) -> None:
    settings(written, **changed)
    assert message in refused(written)


def tampered(folder: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    tensors = load_file(folder / adapters.TENSORS)
    change(tensors)
    save_file(tensors, folder / adapters.TENSORS)


UP = "base_model.model.model.language_model.layers.0.mlp.up_proj"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop(f"{UP}.lora_B.weight"), f"{UP}.lora_B.weight is missing"),
        (lambda t: t.pop(f"{UP}.lora_A.weight"), f"{UP}.lora_A.weight is missing"),
        (lambda t: t.pop(f"{UP}.lora_magnitude_vector"), f"{UP}.lora_magnitude_vector is missing"),
        (lambda t: t.update({f"{UP}.lora_A.weight": torch.zeros(5, 64)}), "has rank 5"),
        (lambda t: t.update({f"{UP}.lora_B.weight": torch.zeros(128, 5)}), "has rank 5"),
        (lambda t: t.update({f"{UP}.lora_B.weight": torch.zeros(128)}), "are 4 x 64, 128, 128"),
        (lambda t: t.update({f"{UP}.lora_magnitude_vector": torch.zeros(7)}), "are 4 x 64, 128 x 4, 7"),
        (lambda t: t.update({"lm_head\x1b.weight": torch.zeros(7)}), r"lm_head\x1b.weight is no tensor of a LoRA"),
        (dict.clear, "its adapter_model.safetensors is empty"),
    ],
)
def test_tensors_that_do_not_belong_together_are_refused(
    written: Path, change: Callable[[dict[str, Tensor]], None], message: str
) -> None:
    tampered(written, change)
    assert message in refused(written)


def test_files_that_are_missing_or_damaged_are_refused(written: Path, tmp_path: Path) -> None:
    assert refused(tmp_path, UsageError).endswith("holds no adapter_config.json")
    whole = (written / adapters.TENSORS).read_bytes()
    (written / adapters.TENSORS).write_bytes(whole[:-9])
    assert refused(written) == "adapter_model.safetensors is no safetensors file, or is cut"
    (written / adapters.TENSORS).unlink()
    assert refused(written) == "holds no adapter_model.safetensors"
    (written / "adapter_model.bin").write_bytes(b"\x80\x04.")
    assert refused(written) == "adapter_model.bin is a pickle, which can run code, and is refused"
    for text in ("", "[]", "{", "[" * 100_000):
        (written / adapters.CONFIG).write_text(text)
        assert refused(written) == "its adapter_config.json is no JSON object"
    (written / adapters.CONFIG).write_text(" " * (1 << 20) + "{}")
    assert refused(written) == "its adapter_config.json is no JSON object"


@pytest.mark.parametrize(
    ("recipe", "layers", "message"),
    [
        (Recipe(rank=8, alpha=8), 1, "the adapter has rank 4 at .*, and the model was prepared for 8"),
        (Recipe(rank=4, alpha=8), 2, "the adapter has no tensor for .*layers.1.*"),
        (Recipe(rank=4, alpha=8, targets=("q_proj",)), 1, "the adapter has .*, for which the model has no place"),
        (Recipe(rank=4, alpha=8, dora=False), 1, "the adapter has .*lora_magnitude_vector, for which the model has no"),
    ],
)
def test_a_model_that_does_not_fit_is_not_changed(written: Path, recipe: Recipe, layers: int, message: str) -> None:
    _, tensors = read_adapter(written)
    made = tiny.adapted(recipe, layers=layers)
    before = [p.detach().clone() for _, p in tiny.parameters(made.layers)]
    with pytest.raises(InputError, match=message):
        fill(made.layers, tensors)
    assert all(torch.equal(p, old) for (_, p), old in zip(tiny.parameters(made.layers), before, strict=True))


def test_another_base_is_not_filled(written: Path) -> None:
    def narrower(tensors: dict[str, Tensor]) -> None:
        tensors[f"{UP}.lora_A.weight"] = torch.zeros(4, 32)

    tampered(written, narrower)
    with pytest.raises(InputError, match=r"lora_A.weight is 4 x 32, and the model's is 4 x 64"):
        fill(tiny.adapted(layers=1).layers, read_adapter(written)[1])


def test_an_adapter_without_magnitudes_is_no_dora(tmp_path: Path) -> None:
    recipe = Recipe(rank=4, alpha=8, dora=False)
    write_adapter(tmp_path / "adapter", tiny.adapted(recipe, layers=1).layers, recipe, "base")
    with pytest.raises(InputError, match="the adapter has no magnitudes: it is no DoRA"):
        fill(tiny.adapted(layers=1).layers, read_adapter(tmp_path / "adapter")[1])
