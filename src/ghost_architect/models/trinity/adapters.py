"""Folders with adapters, in the form of PEFT 0.18 and later: what we write it reads, and the other way round.

    adapter_config.json         what kind of adapter, on which layers
    adapter_model.safetensors   base_model.model.LAYER.lora_A.weight, ...lora_B.weight, ...lora_magnitude_vector

Anybody may have made a folder that is read: tensors come from safetensors and never from a pickle, and what our
layers would compute otherwise than PEFT is refused. Source: https://huggingface.co/docs/peft, `LoraConfig`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...errors import InputError, UsageError, printable
from ...files import read_file
from .adopt import Recipe, pattern
from .linear import TrinityLinear

CONFIG = "adapter_config.json"
TENSORS = "adapter_model.safetensors"

_PREFIX = "base_model.model."
_A, _B, _M = ".lora_A.weight", ".lora_B.weight", ".lora_magnitude_vector"
_MOST = 1 << 20
"""Bytes of a configuration; PEFT's own have 1 kB, with each layer named 40 kB."""

_PLAIN: dict[str, tuple[object, ...]] = {
    "alpha_pattern": ({}, None),
    "bias": ("none", None),
    "fan_in_fan_out": (False, None),
    "layer_replication": (None,),
    "lora_bias": (False, None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "trainable_token_indices": (None,),
    "target_parameters": (None, []),
    "use_qalora": (False, None),
    "use_bdlora": (None, False),
    "alora_invocation_tokens": (None,),
    "init_lora_weights": (True, False, "gaussian", "orthogonal", "eva", None),
}
"""Settings that change what an adapter computes or what it stands on, and the values that change nothing."""


def write_adapter(folder: Path, layers: Mapping[str, TrinityLinear], recipe: Recipe, base: str) -> None:
    """Write an adapter's folder: all of it, or, where that fails, nothing.

    Args:
        folder: takes the place of one that is there.
        layers: by their names in the model.
        recipe: what they were made after.
        base: the name or folder of the model that they stand in.

    Raises:
        InputError: it cannot be written.
    """
    tensors = tensors_of(layers)
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            write_files(fresh, tensors, recipe, base)
            for path in (fresh / TENSORS, fresh / CONFIG, fresh):
                _settle(path)
            _replace(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _settle(folder.parent)
    except (OSError, SafetensorError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else printable(problem)
        raise InputError(
            f"{printable(folder)}: cannot be written ({why}); the adapter takes {size / 1e6:,.1f} MB",
            "make room there, or name another folder",
        ) from problem


def write_files(folder: Path, tensors: dict[str, Tensor], recipe: Recipe, base: str) -> None:
    """Write an adapter's files into a folder that is there.

    Raises:
        OSError, SafetensorError: they cannot be written.
    """
    save_file(tensors, folder / TENSORS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(_config(recipe, base), indent=2) + "\n", encoding="utf-8")


def read_adapter(folder: Path) -> tuple[Recipe, dict[str, Tensor]]:
    """What an adapter's folder holds: after which recipe it was made, and its tensors by their names in the file.

    Raises:
        UsageError: there is no adapter in it.
        InputError: what is in it is damaged, or of a kind that our layers do not compute.
    """
    shown = printable(folder)
    if not (folder / CONFIG).is_file():
        raise UsageError(f"{shown}: holds no {CONFIG}", "name the folder of an adapter, such as output/adapters/RUN")
    settings = _settings(folder)
    tensors = _tensors(folder)
    layers = _layers(shown, tensors)
    recipe = Recipe(
        rank=_number(shown, settings, "r", int),
        alpha=_number(shown, settings, "lora_alpha", float),
        rslora=bool(settings.get("use_rslora", False)),
        dora=bool(settings.get("use_dora", False)),
        dropout=_number(shown, {"lora_dropout": 0.0, **settings}, "lora_dropout", float),
        targets=tuple(sorted({name.rpartition(".")[2] for name in layers})),
        vision=any("vision" in name for name in layers),
    )
    for name in layers:
        _check(shown, name, tensors, recipe)
    return recipe, tensors


def fill(layers: Mapping[str, TrinityLinear], tensors: Mapping[str, Tensor]) -> None:
    """Give a model's adapters the values of a folder; nothing is changed where they do not fit.

    Args:
        layers: by their names in the model.
        tensors: as `read_adapter` gives them.

    Raises:
        InputError: a layer has no tensor, a tensor no layer, or their shapes differ.
    """
    wanted = {key: value for name, layer in layers.items() for key, value in _parameters(name, layer).items()}
    for name, layer in layers.items():  # by layers, so that a rank is called a rank
        a = tensors.get(_PREFIX + name + _A)
        if a is not None and a.shape[0] != layer.adapter.rank:
            raise InputError(
                f"the adapter has rank {a.shape[0]} at {name}, and the model was prepared for {layer.adapter.rank}",
                f"set rank to {a.shape[0]}",
            )
    missing = next((key for key in wanted if key not in tensors), None)
    if missing is not None:
        what = "no magnitudes: it is no DoRA" if missing.endswith(_M) and not _any_magnitude(tensors) else "no tensor"
        raise InputError(f"the adapter has {what} for {missing}", "use the targets and DoRA that it was made with")
    extra = next((key for key in tensors if key not in wanted), None)
    if extra is not None:
        raise InputError(
            f"the adapter has {printable(extra)}, for which the model has no place",
            "use the base, the targets and DoRA that it was made with",
        )
    for key, parameter in wanted.items():
        if tensors[key].shape != parameter.shape:
            raise InputError(
                f"the adapter's {key} is {_shape(tensors[key])}, and the model's is {_shape(parameter)}",
                "use the base that it was made with",
            )
    with torch.no_grad():
        for key, parameter in wanted.items():
            parameter.copy_(tensors[key])


def tensors_of(layers: Mapping[str, TrinityLinear]) -> dict[str, Tensor]:
    """The values of adapters, float32 on the CPU, by their names in a file."""
    return {
        key: value.detach().to("cpu", torch.float32).contiguous()
        for name, layer in layers.items()
        for key, value in _parameters(name, layer).items()
    }


def layer_keys(name: str) -> tuple[str, str, str]:
    """The names in a file of a layer's A, B and magnitudes."""
    return _PREFIX + name + _A, _PREFIX + name + _B, _PREFIX + name + _M


def layers_in(tensors: Mapping[str, Tensor]) -> list[str]:
    """The layers that a file has an A for, in its order."""
    return [key.removeprefix(_PREFIX).removesuffix(_A) for key in tensors if key.endswith(_A)]


def _parameters(name: str, layer: TrinityLinear) -> dict[str, Tensor]:
    own = layer.adapter
    values = (own.lora_A, own.lora_B, own.magnitude)
    return {key: value for key, value in zip(layer_keys(name), values, strict=True) if value is not None}


# --- writing ---


def _config(recipe: Recipe, base: str) -> dict[str, Any]:
    alpha = recipe.alpha
    return {
        "base_model_name_or_path": base,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "lora_alpha": int(alpha) if float(alpha).is_integer() else alpha,
        "lora_dropout": recipe.dropout,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": recipe.rank,
        "revision": None,
        # names alone would also put adapters on the vision tower, whose layers have the same ones
        "target_modules": pattern(recipe),
        "task_type": "CAUSAL_LM",
        "use_dora": recipe.dora,
        "use_rslora": recipe.rslora,
    }


def _settle(path: Path) -> None:
    """Have the disk keep what was written; Windows has no such call for folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(fresh: Path, folder: Path) -> None:
    """Put a folder in the place of another one; that one comes back where this fails."""
    if not folder.is_dir():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "was")
    try:
        fresh.rename(folder)
    except OSError:
        (old / "was").rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


# --- reading ---


def _settings(folder: Path) -> dict[str, Any]:
    shown = printable(folder)
    raw = read_file(folder / CONFIG, _MOST)
    try:
        settings = json.loads(raw) if len(raw) <= _MOST else None
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise InputError(f"{shown}: its {CONFIG} is no JSON object", "fetch the adapter again")
    if settings.get("peft_type") != "LORA":
        raise InputError(
            f"{shown}: is an adapter of kind {settings.get('peft_type')!r:.40}", "LoRA, rsLoRA and DoRA can be read"
        )
    for name, plain in _PLAIN.items():
        if settings.get(name) not in plain:
            raise InputError(
                f"{shown}: its {name} is {settings[name]!r:.60}, which is not supported",
                "use a plain LoRA, rsLoRA or DoRA adapter with one rank",
            )
    return settings


def _tensors(folder: Path) -> dict[str, Tensor]:
    shown, path = printable(folder), folder / TENSORS
    if not path.is_file():
        pickle = next(iter(sorted(folder.glob("*.bin"))), None)
        if pickle is not None:
            raise InputError(
                f"{shown}: {printable(pickle.name)} is a pickle, which can run code, and is refused",
                f"save the adapter as {TENSORS}",
            )
        raise InputError(f"{shown}: holds no {TENSORS}", "fetch the adapter again")
    try:
        with safe_open(path, "pt", device="cpu") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # it is no mapping
    except (SafetensorError, OSError) as problem:
        raise InputError(
            f"{shown}: {TENSORS} is no safetensors file, or is cut", "fetch the adapter again"
        ) from problem


def _layers(shown: str, tensors: Mapping[str, Tensor]) -> list[str]:
    """The layers' names; every tensor has to belong to one."""
    names = dict.fromkeys(
        key.removeprefix(_PREFIX).removesuffix(end)
        for key in tensors
        for end in (_A, _B, _M)
        if key.startswith(_PREFIX) and key.endswith(end)
    )
    known = {key for name in names for key in layer_keys(name)}
    other = next((key for key in tensors if key not in known), None)
    if other is not None:
        raise InputError(
            f"{shown}: {printable(other):.200} is no tensor of a LoRA, rsLoRA or DoRA adapter",
            "save the adapter with PEFT 0.18 or later",
        )
    if not names:
        raise InputError(f"{shown}: its {TENSORS} is empty", "fetch the adapter again")
    return list(names)


def _check(shown: str, name: str, tensors: Mapping[str, Tensor], recipe: Recipe) -> None:
    """A layer has all its tensors, with shapes that fit each other and the rank."""
    a, b, m = (tensors.get(key) for key in layer_keys(name))
    for key, value, needed in zip(layer_keys(name), (a, b, m), (True, True, recipe.dora), strict=True):
        if (value is not None) is not needed:
            said = "is missing" if needed else f"is there, although {CONFIG} says use_dora: false"
            raise InputError(f"{shown}: {printable(key):.200} {said}", "fetch the adapter again")
    assert a is not None
    assert b is not None
    if a.ndim != 2 or b.ndim != 2 or (m is not None and m.shape != b.shape[:1]):
        shapes = ", ".join(_shape(t) for t in (a, b, m) if t is not None)
        raise InputError(f"{shown}: the tensors of {printable(name):.200} are {shapes}", "fetch the adapter again")
    for t in (a.shape[0], b.shape[1]):
        if t != recipe.rank:
            raise InputError(
                f"{shown}: {printable(name):.200} has rank {t}, and {CONFIG} says {recipe.rank}",
                "use an adapter with one rank",
            )


def _number(shown: str, settings: Mapping[str, Any], name: str, kind: Any) -> Any:
    value: Any = settings.get(name)
    fits = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    if not fits or not (0 <= value < 1 if name == "lora_dropout" else 0 < value < 2**31):
        raise InputError(f"{shown}: its {name} is {value!r:.40}", "fetch the adapter again")
    return kind(value)


def _any_magnitude(tensors: Mapping[str, Tensor]) -> bool:
    return any(key.endswith(_M) for key in tensors)


def _shape(t: Tensor) -> str:
    return " x ".join(map(str, t.shape))
