"""What lies in a model's folder, and whether it may be used; decided before torch is imported.

    FOLDER with config.json            a Gemma 3
    FOLDER with adapter_config.json    a LoRA, rsLoRA or DoRA adapter; its base is another FOLDER

Anybody may have made the files. So: weights are safetensors and never pickles, what would make
transformers or PEFT run code of the folder's is refused, and configuration and weights have to
agree in their sizes, which also catches half a download.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghost_architect.errors import InputError, UsageError

from .cache import cached
from .weights import Shapes, adapter_shapes, model_shapes

BASE_VARIABLE = "GHOST_BASE_MODEL"
"""Names an adapter's base model, where the adapter's own word for it is no folder here or another one is wanted: a
folder, or the name by which it was downloaded."""

RECORD = "run.json"
"""Stands in the folders of adapters that were trained here, which is done on weights in NF4 whatever the files hold."""

ARCHITECTURES = {"gemma3": True, "gemma3_text": False}
"""`model_type` in config.json -> whether the model sees."""

TEMPLATES = ("chat_template.jinja", "chat_template.json")

MAX_JSON_BYTES = 100_000_000
"""No file of settings is longer; Gemma 3's tokenizer.json has 33 MB."""

_OTHER_WEIGHTS = "the adapter was trained on the base's weights in NF4, and is merged into the original ones"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_GIVE_FOLDER = "--model FOLDER, that of a Gemma 3 or of an adapter for one"
_TEXT_LAYER = re.compile(r"^(?!.*vision).*\blayers\.(\d+)\.")
_VISION_LAYER = re.compile(r"vision.*\blayers\.(\d+)\.")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that may be loaded.

    Attributes:
        base: the folder with the weights.
        adapter: the folder of the adapter that it is read with.
        sees: whether it takes pictures.
        parameters: how many numbers its weights are, those of the adapter included, but for what is quantised.
        packed: bytes of those that are quantised; 0 where none is.
        tokens_per_picture: places in the context that one picture takes.
        context: how many tokens it reads at most, its answer included.
        notes: what the user should know about it.
    """

    base: Path
    adapter: Path | None
    sees: bool
    parameters: int
    packed: int
    tokens_per_picture: int
    context: int
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the model is called in a reading: the name of the folder that was asked for."""
        return (self.adapter or self.base).resolve().name


def find(model: str | None, base: str | None = None, to_train: bool = False) -> ModelFolder:
    """The model in this folder.

    Args:
        model: the folder of a model or of an adapter.
        base: the folder of the adapter's base; else `GHOST_BASE_MODEL`, else what the adapter names.
        to_train: whether it shall be trained on; it is no adapter then.

    Raises:
        UsageError: there is no such folder, or it is neither a model nor an adapter.
        InputError: what lies in it is refused, damaged, or no Gemma 3.
    """
    if not model:
        raise UsageError("a model needs a folder", _GIVE_FOLDER)
    folder = _folder(model)
    try:
        if (folder / "adapter_config.json").is_file():
            if to_train:
                raise UsageError(f"{folder} is an adapter, and a new one is trained on a model", "name its base")
            return _with_adapter(folder, base)
        if base:
            raise UsageError(f"{folder} is no adapter, so it has no base", "leave the base out")
        return _model(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from error


def _folder(name: str) -> Path:
    path = Path(name).expanduser()
    if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir() raises on names that are too long
        return path
    if path.suffix == ".gguf":
        raise UsageError(f"{name!r} is a GGUF file, which llama.cpp runs", "start llama-server, then --backend openai")
    if os.path.exists(path):  # noqa: PTH110
        raise UsageError(f"{name!r} is a file", _GIVE_FOLDER)
    raise UsageError(f"there is no folder {name[:200]!r}, and nothing is downloaded", _GIVE_FOLDER)


def _with_adapter(adapter: Path, base: str | None) -> ModelFolder:
    settings = _json(adapter / "adapter_config.json")
    kind = settings.get("peft_type")
    if kind != "LORA":
        raise InputError(f"{adapter}: is an adapter of kind {kind!r:.40}", "LoRA, rsLoRA and DoRA can be read")
    if settings.get("megatron_config"):  # PEFT imports the module that it names
        raise InputError(f"{adapter}: its megatron_config names code to run, which is refused")
    model = _model(_base_of(adapter, settings, base))
    shapes = adapter_shapes(adapter)
    rows = _vocabulary(model.base)
    for name, shape in shapes.items():
        if name.endswith(("embed_tokens.weight", "lm_head.weight")) and shape[0] != rows:
            raise InputError(
                f"{adapter}: was made for a vocabulary of {shape[0]:,} tokens, and {model.base} has {rows:,}",
                f"export {BASE_VARIABLE}=FOLDER of the model that it was trained on",
            )
    _check_same_tokens(adapter, model.base)
    return ModelFolder(
        base=model.base,
        adapter=adapter,
        sees=model.sees,
        parameters=model.parameters + shapes.parameters,
        packed=model.packed,
        tokens_per_picture=model.tokens_per_picture,
        context=model.context,
        notes=(_OTHER_WEIGHTS,) if not model.packed and (adapter / RECORD).is_file() else (),
    )


def _base_of(adapter: Path, settings: Json, base: str | None) -> Path:
    """The folder of the adapter's base: as given, as the environment says, as the adapter says."""
    given = base or os.environ.get(BASE_VARIABLE, "")
    named = settings.get("base_model_name_or_path")
    named = named if isinstance(named, str) else ""
    for place in _places(adapter, given, named):
        if os.path.isfile(place / "adapter_config.json"):  # noqa: PTH113
            raise InputError(f"{adapter}: its base {place} is an adapter itself", "merge that one first")
        if os.path.isdir(place):  # noqa: PTH112
            return place
    if given:
        raise UsageError(f"the base {given!r} is no folder", f"export {BASE_VARIABLE}=FOLDER of {named or 'the base'}")
    download = f"hf download {named}, or " if _REPOSITORY.fullmatch(named) else ""
    raise UsageError(
        f"{adapter}: its base {named or None!r:.120} is no folder here, and nothing is downloaded",
        f"{download}export {BASE_VARIABLE}=FOLDER of that model",
    )


def _places(adapter: Path, given: str, named: str) -> Iterator[Path]:
    """Where an adapter's base may lie; what was downloaded by its name comes last."""
    if given:
        yield Path(given).expanduser()
    elif named[:2].strip("/\\"):  # one that begins with two slashes would make Windows ask another machine for it
        yield Path(named)
        yield adapter / named
    else:
        return
    found = cached(given or named)
    if found is not None:
        yield found


def _check_same_tokens(adapter: Path, base: Path) -> None:
    """An adapter that was saved with another tokenizer than its base has would read and write other words."""
    theirs, ours = adapter / "tokenizer.json", base / "tokenizer.json"
    if not theirs.is_file():
        return
    if theirs.stat().st_size == ours.stat().st_size and theirs.read_bytes() == ours.read_bytes():
        return
    if _tokens(theirs) != _tokens(ours):
        raise InputError(
            f"{adapter}: its tokenizer has other tokens than that of {base}",
            f"export {BASE_VARIABLE}=FOLDER of the model that it was trained on",
        )


def _tokens(path: Path) -> tuple[object, list[tuple[object, object]]]:
    content = _json(path)
    try:
        return content["model"]["vocab"], [(token["id"], token["content"]) for token in content["added_tokens"]]
    except (LookupError, TypeError) as error:
        raise InputError(f"{path}: is no tokenizer") from error


def _model(folder: Path) -> ModelFolder:
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder} holds neither config.json nor adapter_config.json", _GIVE_FOLDER)
    config = _json(folder / "config.json")
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in ARCHITECTURES:
        raise InputError(f"{folder}: is a model of type {kind!r:.40}", "Gemma 3 (gemma3, gemma3_text) can be read")
    sees = ARCHITECTURES[kind]
    if "quantization_config" in config and not _in_nf4(config["quantization_config"]):
        raise InputError(
            f"{folder}: its weights are quantised, and not in NF4 with double quantisation",
            "use the folder with the original weights",
        )
    _refuse_code(folder)
    _check_processor(folder, sees)
    text = _section(folder, config, "text_config") if sees else config
    vision = _section(folder, config, "vision_config") if sees else {}
    shapes = model_shapes(folder)
    _check_sizes(folder, shapes, text, vision)
    per_picture = _number(folder, config, "mm_tokens_per_image", 256) if sees else 0
    if per_picture > _patches(shapes):
        raise InputError(
            f"{folder}: config.json wants {per_picture:,} tokens of a picture with {_patches(shapes):,} patches"
        )
    return ModelFolder(
        base=folder,
        adapter=None,
        sees=sees,
        parameters=shapes.parameters,
        packed=shapes.packed,
        tokens_per_picture=per_picture,
        context=_number(folder, text, "max_position_embeddings", 131_072),
    )


def _in_nf4(how: object) -> bool:
    """Whether weights are in bitsandbytes' NF4 with double quantisation, by what config.json says of them."""
    wanted = {"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    return isinstance(how, dict) and bool(how.get("load_in_4bit")) and wanted.items() <= how.items()


def _refuse_code(folder: Path) -> None:
    """Both are run by transformers, the one where it is told to trust it, the other by some versions at once."""
    for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json"):
        if (folder / name).is_file() and "auto_map" in _json(folder / name):
            raise InputError(f"{folder / name}: names code to run (auto_map), which is refused")
    if (folder / "custom_generate").exists():
        raise InputError(f"{folder}: brings code to run (custom_generate), which is refused")


def _check_processor(folder: Path, sees: bool) -> None:
    wanted = ["tokenizer.json", "tokenizer_config.json", *(["preprocessor_config.json"] if sees else [])]
    missing = [name for name in wanted if not (folder / name).is_file()]
    # Newer versions of transformers write what was in preprocessor_config.json into processor_config.json.
    if "preprocessor_config.json" in missing and (folder / "processor_config.json").is_file():
        missing = missing[:-1] if "image_processor" in _json(folder / "processor_config.json") else missing
    if not missing and not any((folder / name).is_file() for name in TEMPLATES):
        missing = [] if "chat_template" in _json(folder / "tokenizer_config.json") else [TEMPLATES[0]]
    if missing:
        raise InputError(f"{folder}: {' and '.join(missing)} missing", "copy it from where the model came from")


def _check_sizes(folder: Path, shapes: Shapes, text: Json, vision: Json) -> None:
    """Configuration and weights describe the same model."""
    rows, width = _number(folder, text, "vocab_size"), _number(folder, text, "hidden_size")
    embedding = next((shape for name, shape in shapes.items() if name.endswith("embed_tokens.weight")), ())
    pairs: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [("vocabulary and width", (rows, width), embedding)]
    for what, section, layer in (("layers", text, _TEXT_LAYER), ("layers that see", vision, _VISION_LAYER)):
        if section:
            found = {match[1] for name in shapes if (match := layer.search(name))}
            pairs.append((what, (_number(folder, section, "num_hidden_layers"),), (len(found),)))
    for what, said, is_ in pairs:
        if said != is_:
            raise InputError(
                f"{folder}: config.json and the weights do not belong together: "
                f"{what} {_sizes(said)} there, {_sizes(is_)} here"
            )


def _patches(shapes: Shapes) -> int:
    """Into how many patches the model cuts a picture; 0 for one that only reads."""
    return next((shape[0] for name, shape in shapes.items() if name.endswith("position_embedding.weight")), 0)


def _sizes(numbers: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in numbers) or "none"


def _vocabulary(folder: Path) -> int:
    config = _json(folder / "config.json")
    return _number(folder, config.get("text_config", config), "vocab_size")


_DEFAULTS = {"vocab_size": 262_208, "hidden_size": 2304, "num_hidden_layers": 26}
"""Of `Gemma3TextConfig` in transformers; Google's config.json leaves such values out."""


def _section(folder: Path, config: Json, name: str) -> Json:
    section = config.get(name)
    if not isinstance(section, dict):
        raise InputError(f"{folder / 'config.json'}: has no {name}")
    return section


def _number(folder: Path, config: Json, name: str, default: int | None = None) -> int:
    value = config.get(name, _DEFAULTS.get(name, default))
    if type(value) is not int or value < 1:
        raise InputError(f"{folder / 'config.json'}: {name} has to be a whole number, and is {value!r:.40}")
    return value


def _json(path: Path) -> Json:
    """What a file of settings says.

    Raises:
        InputError: it cannot be read, or is no JSON object.
    """
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise InputError(f"{path}: is longer than {MAX_JSON_BYTES:,} bytes")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: is no JSON object")
    return content
