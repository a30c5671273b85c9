"""What the backend `transformers` refuses: each fault that a model's folder can have, in one line."""

from __future__ import annotations

import json
import os
import shutil
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ghost_architect.backends.transformers import TransformersBackend
from ghost_architect.errors import BackendError, GhostError, InputError, UsageError
from ghost_architect.multimodal_model import machine
from tests import tiny_gemma
from tests.outside import python_package

Change = Callable[[Path], object]


class Folders(NamedTuple):
    """A model, and an adapter that names it."""

    model: Path
    adapter: Path


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    for package in ("torch", "transformers", "peft", "llguidance"):
        python_package(package)
    import torch

    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("folders")
    model = tiny_gemma.make(home / "tiny")
    return Folders(model, tiny_gemma.make_adapter(home / "dora", model, "dora"))


@pytest.fixture
def folders(originals: Folders, tmp_path: Path) -> Folders:
    """Copies that a test may spoil."""
    model, adapter = (Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in originals)
    edit(adapter / "adapter_config.json", base_model_name_or_path=str(model))
    return Folders(model, adapter)


@pytest.fixture(autouse=True)
def _on_the_cpu(originals: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def edit(path: Path, **changes: object) -> None:
    """Change the file of settings; `a__b=1` changes b in a, `a=...` removes a."""
    content: dict[str, Any] = json.loads(path.read_text())
    for name, value in changes.items():
        *sections, key = name.split("__")
        section = content
        for part in sections:
            section = section[part]
        if value is ...:
            del section[key]
        else:
            section[key] = value
    path.write_text(json.dumps(content))


def in_file(name: str, **changes: object) -> Change:
    return lambda folder: edit(folder / name, **changes)


def write(name: str, content: bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(content)


def remove(*names: str) -> Change:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def rename(old: str, new: str) -> Change:
    return lambda folder: (folder / old).rename(folder / new)


def cut(name: str) -> Change:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-1000])


def tensors(name: str, **changes: tuple[str, Any] | None) -> Change:
    """Rewrite a safetensors file with a tensor renamed, replaced or left out (by the end of its name)."""

    def change(folder: Path) -> None:
        from safetensors.torch import load_file, save_file

        content = load_file(folder / name)
        for end, new in changes.items():
            old = next(key for key in content if key.endswith(end.replace("__", ".")))
            value = content.pop(old)
            if new is not None:
                content[new[0] or old] = value if new[1] is None else new[1]
        save_file(content, folder / name, metadata={"format": "pt"})

    return change


def header(entries: object) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


CODE = "which is refused"
MODEL_FAULTS: dict[str, tuple[Change, str]] = {
    "another model": (in_file("config.json", model_type="llama"), "is a model of type 'llama'"),
    "no type": (in_file("config.json", model_type=...), "is a model of type None"),
    "odd type": (in_file("config.json", model_type=["gemma3"]), "is a model of type ['gemma3']"),
    "not JSON": (write("config.json", b"{"), "config.json: is not JSON"),
    "deep JSON": (write("config.json", b"[" * 100_000), "config.json: is not JSON"),
    "no object": (write("config.json", b"[]"), "config.json: is no JSON object"),
    "not text": (write("config.json", b"\xff\xfe\x00"), "config.json: is not JSON"),
    "no text part": (in_file("config.json", text_config=...), "has no text_config"),
    "code": (in_file("config.json", auto_map={"AutoModel": "evil.Model"}), f"(auto_map), {CODE}"),
    "code in tokenizer": (in_file("tokenizer_config.json", auto_map={"AutoTokenizer": ["a.B", None]}), CODE),
    "code in processor": (in_file("preprocessor_config.json", auto_map={"AutoProcessor": "a.B"}), CODE),
    "code to generate": (lambda folder: (folder / "custom_generate").mkdir(), f"(custom_generate), {CODE}"),
    "quantised": (in_file("config.json", quantization_config={"quant_method": "bitsandbytes"}), "are quantised"),
    "pickle": (rename("model.safetensors", "pytorch_model.bin"), "pytorch_model.bin is a pickle"),
    "no weights": (remove("model.safetensors"), "there are no weights"),
    "cut weights": (cut("model.safetensors"), "and not the"),
    "no safetensors": (write("model.safetensors", b"\x80\x04" * 200), "is no safetensors file, or is cut"),
    "empty weights": (write("model.safetensors", b""), "is no safetensors file"),
    "header is a list": (write("model.safetensors", header([])), "is no safetensors file"),
    "header of lies": (write("model.safetensors", header({"a": {"shape": "x"}})), "is no safetensors file"),
    "pointer": (write("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"), "a pointer of Git LFS"),
    "no tokenizer": (remove("tokenizer.json"), "tokenizer.json missing"),
    "no processor": (remove("preprocessor_config.json"), "preprocessor_config.json missing"),
    "no template": (remove("chat_template.jinja"), "chat_template.jinja missing"),
    "other size": (in_file("config.json", text_config__hidden_size=128), "1,024 x 128 there, 1,024 x 64 here"),
    "other words": (in_file("config.json", text_config__vocab_size=10**12), "do not belong together"),
    "many layers": (in_file("config.json", text_config__num_hidden_layers=10**9), "1,000,000,000 there, 3 here"),
    "many eyes": (in_file("config.json", vision_config__num_hidden_layers=10**9), "layers that see"),
    "not a size": (in_file("config.json", text_config__hidden_size="64"), "hidden_size has to be a whole number"),
    "too many tokens": (in_file("config.json", mm_tokens_per_image=10**9), "of a picture with 16 patches"),
    "not a context": (in_file("config.json", text_config__max_position_embeddings=-1), "max_position_embeddings"),
}

# What is only found when the weights are loaded.
LATER_FAULTS: dict[str, tuple[Change, str]] = {
    "damaged tokenizer": (write("tokenizer.json", b'{"version": "1.0"}'), "cannot be loaded"),
    "damaged template": (write("chat_template.jinja", b"{% for %}"), "cannot be loaded"),
    "template of another model": (write("chat_template.jinja", b"{{ messages[0].content.x() }}"), "cannot be loaded"),
    "a weight is missing": (
        tensors("model.safetensors", layers__1__mlp__up_proj__weight=None),
        "1 weights are missing, model.language_model.layers.1.mlp.up_proj.weight",
    ),
    "other picture token": (in_file("config.json", image_token_index=3), "different tokens by a picture"),
    "other heads": (in_file("config.json", text_config__num_attention_heads=8), "cannot be loaded"),
    "other activation": (in_file("config.json", text_config__hidden_activation="evil"), "cannot be loaded"),
    "other pictures": (in_file("preprocessor_config.json", size={"height": 28, "width": 28}), "28x28 pixels large"),
}


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_refused_at_once(folders: Folders, fault: str) -> None:
    spoil, said = MODEL_FAULTS[fault]
    spoil(folders.model)
    for folder in folders:  # the base of an adapter is looked at as closely
        with pytest.raises(InputError) as caught:
            TransformersBackend(str(folder))
        assert said in caught.value.message
        assert caught.value.message.isprintable()


@pytest.mark.parametrize("fault", LATER_FAULTS)
def test_refused_when_loaded(folders: Folders, fault: str) -> None:
    spoil, said = LATER_FAULTS[fault]
    spoil(folders.model)
    backend = TransformersBackend(str(folders.model), max_tokens=2)
    for _ in range(2):  # and nothing half loaded stays
        with pytest.raises(InputError) as caught:
            backend.generate([], "Which tables?")
        assert said in caught.value.message
        assert caught.value.message.isprintable()


def test_folders_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    (tmp_path / "empty").mkdir()
    cases = {
        None: "needs a folder",
        "": "needs a folder",
        "google/gemma-3-4b-it": "there is no folder 'google/gemma-3-4b-it', and nothing is downloaded",
        str(tmp_path / "model.gguf"): "is a GGUF file, which llama.cpp runs",
        str(tmp_path / "empty"): "holds neither config.json nor adapter_config.json",
        __file__: "is a file",
        "x" * 5000: "there is no folder 'xxx",
        "a\0b": "there is no folder",
        "a\nb": r"there is no folder 'a\nb'",
    }
    for model, said in cases.items():
        with pytest.raises(UsageError) as caught:
            TransformersBackend(model)
        assert said in caught.value.message
        assert caught.value.hint


@pytest.mark.usefixtures("originals")
def test_weights_in_several_files(tmp_path: Path) -> None:
    folder = tiny_gemma.make(tmp_path / "tiny", shard="200KB")
    index = folder / "model.safetensors.index.json"
    first = min(folder.glob("model-*.safetensors"))
    assert TransformersBackend(str(folder), max_tokens=2).generate([], "Which tables?").usage.completion_tokens
    whole = index.read_text()
    for spoilt, said in (
        (whole.replace(first.name, f"../{first.name}"), "names files outside of its folder"),
        (whole.replace(first.name, "model-9.safetensors"), "model-9.safetensors: cannot be read"),
        ("[]", "is no index of weights"),
        ('{"weight_map": {"a": 1}}', "names files outside of its folder"),
    ):
        index.write_text(spoilt)
        with pytest.raises(InputError) as caught:
            TransformersBackend(str(folder))
        assert said in caught.value.message


def test_other_places_for_the_same(folders: Folders) -> None:
    """Folders that older and newer versions of transformers wrote."""
    model = folders.model
    template = (model / "chat_template.jinja").read_text()
    expected = TransformersBackend(str(model), max_tokens=2).generate([], "Which tables?")
    (model / "chat_template.jinja").unlink()
    (model / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    assert TransformersBackend(str(model), max_tokens=2).generate([], "Which tables?") == expected
    (model / "chat_template.json").unlink()
    edit(model / "tokenizer_config.json", chat_template=template)
    pictures = json.loads((model / "preprocessor_config.json").read_text())
    edit(model / "processor_config.json", image_processor=pictures)
    (model / "preprocessor_config.json").unlink()
    assert TransformersBackend(str(model), max_tokens=2).generate([], "Which tables?") == expected


# -- adapters

ADAPTER_FAULTS: dict[str, tuple[Change, str]] = {
    "another kind": (in_file("adapter_config.json", peft_type="PREFIX_TUNING"), "an adapter of kind 'PREFIX_TUNING'"),
    "code": (in_file("adapter_config.json", megatron_config={"a": 1}, megatron_core="antigravity"), CODE),
    "pickle": (rename("adapter_model.safetensors", "adapter_model.bin"), "adapter_model.bin is a pickle"),
    "no weights": (remove("adapter_model.safetensors"), "there are no weights"),
    "cut": (cut("adapter_model.safetensors"), "and not the"),
    "not JSON": (write("adapter_config.json", b"x"), "is not JSON"),
    "other tokenizer": (write("tokenizer.json", b'{"model": {"vocab": {}}, "added_tokens": []}'), "has other tokens"),
    "no tokenizer": (write("tokenizer.json", b"{}"), "tokenizer.json: is no tokenizer"),
}
LATER_ADAPTER_FAULTS: dict[str, tuple[Change, str]] = {
    "other rank": (in_file("adapter_config.json", r=8), "does not fit its base model"),
    "other modules": (in_file("adapter_config.json", target_modules=["nothing"]), "does not fit its base model"),
    "fewer modules": (in_file("adapter_config.json", target_modules=r".*language_model.*q_proj"), "does not fit"),
    "one weight less": (tensors("adapter_model.safetensors", q_proj__lora_A__weight=None), "1 weights, "),
    "odd setting": (in_file("adapter_config.json", lora_alpha="x"), "dora: "),
}


@pytest.mark.parametrize("fault", ADAPTER_FAULTS)
def test_adapters_refused_at_once(folders: Folders, fault: str) -> None:
    spoil, said = ADAPTER_FAULTS[fault]
    spoil(folders.adapter)
    with pytest.raises(InputError) as caught:
        TransformersBackend(str(folders.adapter))
    assert said in caught.value.message


@pytest.mark.parametrize("fault", LATER_ADAPTER_FAULTS)
def test_adapters_refused_when_loaded(folders: Folders, fault: str) -> None:
    spoil, said = LATER_ADAPTER_FAULTS[fault]
    spoil(folders.adapter)
    with pytest.raises(InputError) as caught:
        TransformersBackend(str(folders.adapter), max_tokens=2).generate([], "Which tables?")
    assert said in caught.value.message
    assert caught.value.message.isprintable()


def test_an_adapter_of_a_larger_vocabulary(folders: Folders) -> None:
    import torch

    new = ("base_model.model.model.language_model.embed_tokens.weight", torch.zeros(1088, 64))
    tensors("adapter_model.safetensors", q_proj__lora_A__weight=new)(folders.adapter)
    with pytest.raises(InputError, match="made for a vocabulary of 1,088 tokens, and .* has 1,024"):
        TransformersBackend(str(folders.adapter))


def test_where_the_base_is(folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = folders.adapter / "adapter_config.json"
    expected = TransformersBackend(str(folders.adapter), max_tokens=2).generate([], "Which tables?")

    edit(settings, base_model_name_or_path="google/gemma-3-4b-it")
    with pytest.raises(UsageError, match="its base 'google/gemma-3-4b-it' is no folder here") as caught:
        TransformersBackend(str(folders.adapter))
    assert caught.value.hint == "hf download google/gemma-3-4b-it, or export GHOST_BASE_MODEL=FOLDER of that model"
    for named in (None, "", "x" * 5000, "a\0b", "//host/share", "\\\\host\\share", 7):
        edit(settings, base_model_name_or_path=named)
        with pytest.raises(UsageError, match="is no folder here"):
            TransformersBackend(str(folders.adapter))

    monkeypatch.setenv("GHOST_BASE_MODEL", str(folders.model))
    backend = TransformersBackend(str(folders.adapter), max_tokens=2)
    assert backend.generate([], "Which tables?") == expected
    monkeypatch.setenv("GHOST_BASE_MODEL", str(tmp_path / "none"))
    assert TransformersBackend(str(folders.adapter), base=str(folders.model)).model == "dora"
    with pytest.raises(UsageError, match="none' is no folder"):
        TransformersBackend(str(folders.adapter))
    with pytest.raises(UsageError, match="is no adapter, so it has no base"):
        TransformersBackend(str(folders.model), base=str(folders.model))
    with pytest.raises(InputError, match="is an adapter itself"):
        TransformersBackend(str(folders.adapter), base=str(folders.adapter))
    monkeypatch.delenv("GHOST_BASE_MODEL")
    edit(settings, base_model_name_or_path=os.path.relpath(folders.model, folders.adapter))
    assert TransformersBackend(str(folders.adapter)).model == "dora"


def test_an_adapter_with_its_base_in_one_folder_is_an_adapter(folders: Folders) -> None:
    """transformers itself would follow the adapter's file to whatever base it names."""
    shutil.copy(folders.model / "config.json", folders.adapter)
    assert TransformersBackend(str(folders.adapter)).model == "dora"


# -- the machine


def test_a_number_format_that_fits(originals: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    cpu, gpu = torch.device("cpu"), torch.device("cuda:0")
    free, capability = 0, (9, 0)
    monkeypatch.setattr(machine, "free_bytes", lambda _device: free)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capability)

    def chosen(device: Any, wanted: str | None = None) -> str:
        return machine.choose_format("tiny", 1_000_000_000, device, wanted).name

    free = 5_000_000_000
    assert (chosen(cpu), chosen(gpu), chosen(cpu, "bfloat16")) == ("float32", "bfloat16", "bfloat16")
    capability = (7, 5)
    assert chosen(gpu) == "float32"
    free = 3_000_000_000
    assert chosen(cpu) == "bfloat16"
    assert machine.choose_format("tiny", 1_000_000_000, cpu, None).notes == (
        "float32 does not fit into the memory of cpu: the model runs in bfloat16, which is slow there",
    )
    with pytest.raises(BackendError, match=r"tiny needs about 4.6 GB in float32, and cpu has 3.0 GB free"):
        chosen(cpu, "float32")
    free = 2_000_000_000
    with pytest.raises(BackendError, match=r"tiny needs about 2.3 GB in bfloat16, and cuda:0 has 2.0 GB") as caught:
        chosen(gpu)
    assert "CUDA_VISIBLE_DEVICES=" in caught.value.hint
    with pytest.raises(UsageError, match="'float16' is no number format to run in: Gemma 3 overflows in it"):
        chosen(cpu, "float16")
    free = 1000
    with pytest.raises(BackendError, match="tiny needs about 0.0 GB in bfloat16"):
        TransformersBackend(str(originals.model))


def test_how_much_memory_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_package("torch")
    import torch

    plain = machine.free_bytes(torch.device("cpu"))
    assert plain is None or plain > 1_000_000
    for name, content in (("max", "900\n"), ("current", "500\n"), ("stat", "anon 300\ninactive_file 150\n")):
        (tmp_path / f"memory.{name}").write_text(content)
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    assert machine.free_bytes(torch.device("cpu")) == 550
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.free_bytes(torch.device("cpu")) != 550


def test_devices(originals: Folders) -> None:
    import torch

    for odd in ("gpu", "cpu:0", "cuda:x", "mps"):
        with pytest.raises(UsageError, match=f"there is no device '{odd}'") as caught:
            TransformersBackend(str(originals.model), device=odd)
        assert caught.value.hint == "cpu, cuda or cuda:N"
    many = torch.cuda.device_count()
    with pytest.raises(BackendError, match="torch finds .* CUDA device"):
        TransformersBackend(str(originals.model), device=f"cuda:{many}")


def test_the_libraries_are_as_before(originals: Folders) -> None:
    from transformers.utils import logging as chatter

    before = chatter.get_verbosity(), chatter.is_progress_bar_enabled(), list(warnings.filters)
    with pytest.raises(GhostError):
        TransformersBackend(str(originals.model), device="gpu")
    TransformersBackend(str(originals.model), max_tokens=2).generate([], "Which tables?")
    assert (chatter.get_verbosity(), chatter.is_progress_bar_enabled(), list(warnings.filters)) == before
