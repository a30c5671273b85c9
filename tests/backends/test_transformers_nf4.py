"""The backend `transformers` with weights in NF4: it reads with what was trained, the adapter beside them.

A miniature is quantised, all but some of its layers, and trained for two steps; then the backend and the decoder that
trained it are given the same tokens.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from ghost_architect.backends import available_backends
from ghost_architect.backends.base import StopReason
from ghost_architect.backends.transformers import TransformersBackend
from ghost_architect.errors import BackendError, InputError, UsageError
from ghost_architect.multimodal_model import machine
from ghost_architect.multimodal_model.folder import find
from ghost_architect.multimodal_model.machine import quiet
from ghost_architect.pages.page import Line, Page
from ghost_architect.pages.prompt import build
from ghost_architect.schema.answer import read_answer
from ghost_architect.schema.findings import Severity
from tests import tiny_gemma
from tests.outside import python_package

PLAIN = ("model.language_model.layers.1.mlp.down_proj", "model.language_model.layers.2.self_attn")
"""Layers that are left as they are."""

ERROR = 1e-4
"""Of logits, which are as large as 10: sums in float32 in another order, in six layers."""


class Made(NamedTuple):
    """Folders, what trained, and what reads with it."""

    plain: Path
    quantised: Path
    adapter: Path
    learner: Any
    loaded: Any


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    for package in ("torch", "transformers", "peft", "llguidance", "bitsandbytes"):
        python_package(package)
    import torch

    from ghost_architect import train
    from ghost_architect.models.trinity.adapters import write_adapter
    from ghost_architect.training.bench import set_up as real
    from ghost_architect.training.data import Sources
    from ghost_architect.training.models import base_of
    from tests.training.small import screens, settings

    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("nf4")
    config = settings(home, data=(str(screens(home / "s.tar")),), sequence=1024, packing=False, steps=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        patch.setattr(torch.cuda, "device_count", lambda: 0)
        plain = base_of(config, Sources.of(config).learned)[0].base
        folder = tiny_gemma.quantise(home / "quantised", plain, PLAIN)
        benches: list[Any] = []

        def set_up(*arguments: Any) -> Any:
            benches.append(real(*arguments))
            return benches[-1]

        patch.setattr(train, "set_up", set_up)
        adapter = train.train(replace(config, model=str(folder)))
    (bench,) = benches
    with torch.no_grad():  # two steps are hardly seen
        for layer in bench.learner.layers.values():
            layer.adapter.lora_B.mul_(20)
            layer.adapter.magnitude.mul_(torch.linspace(0.8, 1.2, layer.out_features))
    record = (adapter / "run.json").read_text()
    write_adapter(adapter, bench.learner.layers, bench.recipe, str(folder))
    (adapter / "run.json").write_text(record)
    return Made(plain, folder, adapter, bench.learner, opened(adapter))


@pytest.fixture(scope="module")
def unpacked(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model whose weights are, in float32, what the quantised one's stand for."""
    import torch
    from bitsandbytes.functional import dequantize_4bit
    from transformers import Gemma3ForConditionalGeneration

    folder = Path(shutil.copytree(made.quantised, tmp_path_factory.mktemp("unpacked") / "it"))
    config = json.loads((folder / "config.json").read_text())
    del config["quantization_config"]
    (folder / "config.json").write_text(json.dumps(config))
    with quiet(), torch.no_grad():
        packed = Gemma3ForConditionalGeneration.from_pretrained(
            made.quantised, dtype=torch.float32, device_map={"": "cpu"}
        )
        plain = Gemma3ForConditionalGeneration(type(packed.config).from_dict(config))
        values = dict(packed.named_parameters())
        for name, parameter in plain.named_parameters():
            state = getattr(values[name], "quant_state", None)
            parameter.copy_(values[name] if state is None else dequantize_4bit(values[name].data, state))
        plain.save_pretrained(folder)
    return folder


def page(seed: int = 0) -> Page:
    """A screen of noise with two lines."""
    pixels = np.random.default_rng(seed).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    words = ("Customers", "Name")
    return Page("a.png", 120, 90, tuple(Line(n, (5, 12 * n, 60, 10), word) for n, word in enumerate(words, 1)), pixels)


def inputs_of(loaded: Any, page: Page, prompt: str) -> Any:
    """What the model is given for a screen."""
    assert page.pixels is not None
    return loaded.inputs([page.pixels], prompt)


def opened(folder: Path, **settings: Any) -> Any:
    """A backend on the CPU, and the model behind it."""
    backend = TransformersBackend(str(folder), device="cpu", **settings)
    with quiet():
        return backend._ready()


def logits(model: Any, inputs: Any) -> Any:
    """[tokens, words]."""
    import torch

    with torch.inference_mode():
        return model(**inputs).logits[0]


def trained_logits(learner: Any, inputs: Any) -> Any:
    """What the decoder that was trained makes of the same tokens."""
    import torch

    from ghost_architect.data_processing import Row
    from ghost_architect.models.ops.norm import rms_norm

    ids, types = (inputs[name][0].numpy() for name in ("input_ids", "token_type_ids"))
    edges = np.flatnonzero(np.diff(types, prepend=0, append=0)).tolist()
    row = Row(
        ids.astype(np.int32),
        np.full(len(ids), -100, np.int32),
        types.astype(np.int8),
        np.arange(len(ids), dtype=np.int32),
        (0,),
        tuple(zip(edges[::2], edges[1::2], strict=True)),
        (),
        ("a",),
    )
    with torch.no_grad():
        decoder = learner._road._decoder
        h = learner._embedded(row, inputs["pixel_values"].numpy())
        places = decoder.places(learner._example(row), len(h))
        for layer, kind in zip(decoder.layers, decoder.kinds, strict=True):
            h, _ = layer.forward(h, places[id(kind)])
        x = rms_norm(h, decoder.norm, decoder.layers[0].shape.eps, decoder.words.dtype)
        return x @ decoder.words.T


# --- what is read with is what was trained ---


def test_it_reads_with_exactly_what_was_trained(made: Made) -> None:
    inputs = inputs_of(made.loaded, page(), build([page()]).text)
    expected = trained_logits(made.learner, inputs)
    assert (logits(made.loaded.model, inputs) - expected).abs().max() < ERROR
    assert (logits(opened(made.quantised).model, inputs) - expected).abs().max() > 1000 * ERROR


def test_token_by_token_as_well(made: Made) -> None:
    """One row at a time, by bitsandbytes' own product, what was read before in the cache."""
    import torch

    loaded = made.loaded
    inputs = inputs_of(loaded, page(), "Which tables?")
    said = torch.tensor([[300, 301, 302, 303, 304]])
    whole = {
        **inputs,
        "input_ids": torch.cat((inputs["input_ids"], said), 1),
        "token_type_ids": torch.cat((inputs["token_type_ids"], torch.zeros_like(said)), 1),
    }
    expected = trained_logits(made.learner, whole)[-len(said[0]) :]
    with torch.inference_mode():
        cache = loaded.model(**inputs, use_cache=True).past_key_values
        found = [loaded.model(input_ids=each[None, None], past_key_values=cache).logits[0, -1] for each in said[0]]
    assert (torch.stack(found) - expected).abs().max() < ERROR


def test_nothing_is_merged_and_nothing_is_packed_anew(made: Made) -> None:
    from ghost_architect.models.trinity.reading import ReadingLinear
    from ghost_architect.models.trinity.weight import Nf4Weight

    layers = {n: m for n, m in made.loaded.model.named_modules() if isinstance(m, ReadingLinear)}
    assert layers.keys() == made.learner.layers.keys()
    packed = {name for name, layer in layers.items() if isinstance(layer.frozen, Nf4Weight)}
    assert layers.keys() - packed == {PLAIN[0], *(f"{PLAIN[1]}.{kind}_proj" for kind in "qkvo")}


@pytest.mark.parametrize("kind", [*tiny_gemma.KINDS, "none"])
def test_peft_says_the_same_on_the_same_numbers(made: Made, unpacked: Path, kind: str, tmp_path: Path) -> None:
    """On the quantised weights unpacked into float32, which PEFT takes as any model. Some layers have no adapter."""
    from peft import PeftModel
    from transformers import Gemma3ForConditionalGeneration

    adapter = made.quantised
    if kind != "none":
        adapter = tiny_gemma.make_adapter(tmp_path / kind, made.plain, kind)
        settings = json.loads((adapter / "adapter_config.json").read_text())
        settings["base_model_name_or_path"] = str(made.quantised)
        (adapter / "adapter_config.json").write_text(json.dumps(settings))
    loaded = opened(adapter)
    inputs = inputs_of(loaded, page(), "Which tables?")
    with quiet():
        theirs = Gemma3ForConditionalGeneration.from_pretrained(unpacked).eval()
        plain = logits(theirs, inputs)
        if kind != "none":
            theirs = PeftModel.from_pretrained(theirs, adapter).eval()
    expected = logits(theirs, inputs)
    assert (logits(loaded.model, inputs) - expected).abs().max() < ERROR
    assert kind == "none" or (expected - plain).abs().max() > 100 * ERROR


def test_it_answers(made: Made) -> None:
    backend = TransformersBackend(str(made.adapter), device="cpu", max_tokens=30)
    answer = backend.generate([page()], build([page()]).text)
    assert answer == backend.generate([page()], build([page()]).text)
    assert (answer.usage.completion_tokens, answer.notes) == (30, ())
    read = read_answer(answer.text, {}, truncated=answer.stop is StopReason.LENGTH)
    assert not [f for f in read.findings if f.severity is Severity.ERROR and f.code != "ANSWER-CUT"]


def test_bfloat16(made: Made) -> None:
    import torch

    loaded = opened(made.adapter, dtype="bfloat16")
    inputs = inputs_of(loaded, page(), "Which tables?")
    assert loaded.model.dtype is torch.bfloat16
    expected = trained_logits(made.learner, inputs)
    inputs["pixel_values"] = inputs["pixel_values"].bfloat16()
    assert (logits(loaded.model, inputs).float() - expected).abs().mean() < 0.05 * expected.abs().mean()


# --- which base ---


def test_original_weights_are_merged_into_and_that_is_said(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    from peft import PeftModel
    from transformers import Gemma3ForConditionalGeneration

    monkeypatch.setenv("GHOST_BASE_MODEL", str(made.plain))
    backend = TransformersBackend(str(made.adapter), device="cpu", max_tokens=2)
    with quiet():
        loaded = backend._ready()
        inputs = inputs_of(loaded, page(), "Which tables?")
        theirs = PeftModel.from_pretrained(Gemma3ForConditionalGeneration.from_pretrained(made.plain), made.adapter)
    assert (logits(loaded.model, inputs) - logits(theirs.eval(), inputs)).abs().max() < ERROR
    note = "the adapter was trained on the base's weights in NF4, and is merged into the original ones"
    assert backend.generate([page()], "Which tables?").notes == (note,)


def test_what_was_downloaded_is_found_by_its_name(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a run names its base that learned from a model of the local cache."""
    import huggingface_hub.constants

    adapter = Path(shutil.copytree(made.adapter, tmp_path / "adapter"))
    settings = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps({**settings, "base_model_name_or_path": "some/gemma-4bit"}))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(UsageError, match="its base 'some/gemma-4bit' is no folder here") as caught:
        find(str(adapter))
    assert caught.value.hint == "hf download some/gemma-4bit, or export GHOST_BASE_MODEL=FOLDER of that model"

    home = tmp_path / "hub" / "models--some--gemma-4bit"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("0" * 40)
    (home / "snapshots").mkdir()
    (home / "snapshots" / ("0" * 40)).symlink_to(made.quantised)
    assert find(str(adapter)).base == home / "snapshots" / ("0" * 40)
    monkeypatch.setenv("GHOST_BASE_MODEL", "some/gemma-4bit")
    assert find(str(made.adapter)).base == home / "snapshots" / ("0" * 40)


def test_an_adapter_for_another_model(made: Made, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    adapter = Path(shutil.copytree(made.adapter, tmp_path / "adapter"))
    tensors = load_file(adapter / "adapter_model.safetensors")
    save_file(
        {name: value[:, :-1].contiguous() if "lora_A" in name else value for name, value in tensors.items()},
        adapter / "adapter_model.safetensors",
    )
    with pytest.raises(
        InputError, match="does not fit its base model: the adapter's .* is 4 x 63, .* 4 x 64"
    ) as caught:
        opened(adapter)
    assert caught.value.hint == "export GHOST_BASE_MODEL=FOLDER of the model that it was trained on"
    assert "\n" not in caught.value.message


# --- the machine ---


def test_what_it_takes_of_the_memory(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights in NF4 take the same room in every number format; of the rest each number takes its own."""
    import torch

    from ghost_architect.models.trinity.weight import Nf4Weight

    found, plain = find(str(made.quantised)), find(str(made.plain))
    layers = [layer.frozen for layer in made.learner.layers.values() if isinstance(layer.frozen, Nf4Weight)]
    weights = sum(layer.shape[0] * layer.shape[1] for layer in layers)
    assert plain.packed == 0
    assert found.parameters == plain.parameters - weights
    assert weights / 2 < sum(layer.nbytes() for layer in layers) <= found.packed
    assert find(str(made.adapter)).packed == found.packed
    assert find(str(made.adapter)).parameters > found.parameters

    free = 0
    monkeypatch.setattr(machine, "free_bytes", lambda _device: free)
    cpu = torch.device("cpu")
    free = 8_100_000_000  # 1.15 * (6 + 1 * 1) GB, and not with 4 bytes for each of the million numbers
    assert machine.choose_format("12b", 500_000_000, cpu, None, 6_000_000_000).name == "bfloat16"
    with pytest.raises(BackendError, match=r"12b needs about 9.2 GB in bfloat16, and cpu has 8.1 GB free"):
        machine.choose_format("12b", 1_000_000_000, cpu, None, 6_000_000_000)


def test_it_needs_bitsandbytes_where_weights_are_packed(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(BackendError, match="'transformers' cannot run: the Python package 'bitsandbytes'") as caught:
        TransformersBackend(str(made.quantised), device="cpu")
    assert caught.value.hint == "uv pip install 'ghost-architect[train]'"
    assert TransformersBackend(str(made.plain), device="cpu").model == made.plain.name
    assert available_backends()["transformers"] == ""


# --- a GPU, where there is one ---


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> str:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # float32 is meant
    return "cuda"


@pytest.mark.parametrize("adapted", [True, False], ids=["adapter", "base"])
def test_cuda_says_what_the_cpu_says(made: Made, gpu: str, adapted: bool) -> None:
    folder = str(made.adapter if adapted else made.quantised)
    here, there = (TransformersBackend(folder, device=d, dtype="float32", max_tokens=40) for d in ("cpu", gpu))
    for seed in range(2):
        prompt = build([page(seed)]).text
        assert there.generate([page(seed)], prompt) == here.generate([page(seed)], prompt)


@pytest.mark.parametrize("number", ["float32", "bfloat16"])
def test_cuda_reads_with_what_was_trained(made: Made, gpu: str, number: str) -> None:
    import torch

    backend = TransformersBackend(str(made.adapter), device=gpu, dtype=number)
    with quiet():
        loaded = backend._ready()
    inputs = inputs_of(loaded, page(), "Which tables?")
    expected = trained_logits(made.learner, inputs)
    placed = inputs.to(gpu)
    placed["pixel_values"] = placed["pixel_values"].to(getattr(torch, number))
    error = (logits(loaded.model, placed).float().cpu() - expected).abs()
    assert error.max() < 10 * ERROR if number == "float32" else error.mean() < 0.05 * expected.abs().mean()
    assert not any(p.device.type == "cpu" for p in loaded.model.parameters())
