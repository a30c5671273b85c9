"""The sizes of a Gemma 3: what a memory plan counts with. Nothing is loaded, and torch is not needed.

config.json, or one of the published sizes by name -> Model
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ghost_architect.errors import InputError, UsageError, printable
from ghost_architect.files import read_file
from ghost_architect.multimodal_model.folder import BASE_VARIABLE

_MOST = 1 << 24
"""Bytes of a config.json."""

_ADAPTER = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear layer.

    Attributes:
        name: its last part, as in `config.LINEARS`.
        rows: what goes out.
        columns: what goes in.
        plain: whether the checkpoint has it in 16 bits, and not in NF4.
    """

    name: str
    rows: int
    columns: int
    plain: bool = False

    @property
    def weights(self) -> int:
        """How many there are."""
        return self.rows * self.columns


SEEN: Mapping[str, str] = {
    "q_proj": "q_proj",
    "k_proj": "k_proj",
    "v_proj": "v_proj",
    "o_proj": "out_proj",
    "up_proj": "fc1",
    "down_proj": "fc2",
}
"""What SigLIP calls the layers that do what these targets do in the decoder; its feed-forward part has no gate."""


@dataclass(frozen=True, slots=True)
class Tower:
    """The vision tower, SigLIP's, and the projector behind it.

    Attributes:
        width: of its hidden states.
        inner: of its feed-forward part.
        layers: of it.
        heads: of its attention.
        image: pixels of a picture's side.
        patch: pixels of a patch's side.
        tokens: that a picture becomes.
    """

    width: int = 1152
    inner: int = 4304
    layers: int = 27
    heads: int = 16
    image: int = 896
    patch: int = 14
    tokens: int = 256

    @property
    def patches(self) -> int:
        """Of one picture."""
        return (self.image // self.patch) ** 2

    def adapted(self, targets: Collection[str]) -> Iterator[Linear]:
        """Its layers that learn with these targets."""
        d, f = self.width, self.inner
        sizes = {"fc1": (f, d), "fc2": (d, f)}
        for _ in range(self.layers):
            for target, name in SEEN.items():
                if target in targets:
                    yield Linear(name, *sizes.get(name, (d, d)), plain=True)

    def weights(self, width: int) -> int:
        """All numbers of the tower and of the projector into a text model of this width."""
        d, f = self.width, self.inner
        layer = 4 * (d * d + d) + 2 * d * f + f + d + 4 * d
        embedding = 3 * self.patch**2 * d + d + self.patches * d
        return self.layers * layer + embedding + 2 * d + d + d * width


@dataclass(frozen=True)
class Model:
    """A Gemma 3.

    Attributes:
        name: what it was asked for by.
        width: of the residual stream.
        layers: of the decoder.
        heads: of queries.
        groups: of keys and values.
        size: of a head.
        inner: of the feed-forward part.
        words: of the vocabulary.
        window: keys that a query of a local layer sees.
        whole: for each layer, whether its queries see all keys before them.
        tower: None where the model sees no pictures.
        plain: (layer, name) of the linear layers that the checkpoint has in 16 bits.
        tied: whether the words' matrix is the embeddings' own.
    """

    name: str
    width: int
    layers: int
    heads: int
    groups: int
    size: int
    inner: int
    words: int = 262208
    window: int = 1024
    whole: tuple[bool, ...] = ()
    tower: Tower | None = Tower()
    plain: frozenset[tuple[int, str]] = frozenset()
    tied: bool = True

    def __post_init__(self) -> None:
        if not self.whole:
            object.__setattr__(self, "whole", _every(6, self.layers))

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, int]]:
        """Rows and columns of the linear layers of a decoder layer, in their order."""
        d, queries, keys = self.width, self.heads * self.size, self.groups * self.size
        return {
            "q_proj": (queries, d),
            "k_proj": (keys, d),
            "v_proj": (keys, d),
            "o_proj": (d, queries),
            "gate_proj": (self.inner, d),
            "up_proj": (self.inner, d),
            "down_proj": (d, self.inner),
        }

    def linears(self, layer: int) -> Mapping[str, Linear]:
        """Those of one layer, by name."""
        return self._linears[layer]

    @cached_property
    def _linears(self) -> Sequence[Mapping[str, Linear]]:
        return [
            {name: Linear(name, *shape, (layer, name) in self.plain) for name, shape in self.shapes.items()}
            for layer in range(self.layers)
        ]

    @property
    def norms(self) -> int:
        """Numbers of all norms."""
        return self.layers * (4 * self.width + 2 * self.size) + self.width


def _every(pattern: int, layers: int) -> tuple[bool, ...]:
    return tuple((i + 1) % pattern == 0 for i in range(layers))


SIZES: Mapping[str, Model] = {
    "1b": Model("1b", 1152, 26, 4, 1, 256, 6912, words=262144, window=512, tower=None),
    "4b": Model("4b", 2560, 34, 8, 4, 256, 10240),
    "12b": Model("12b", 3840, 48, 16, 8, 256, 15360),
    "27b": Model("27b", 5376, 62, 32, 16, 128, 21504),
}
"""The published ones (Gemma 3 Technical Report, 2025, arXiv 2503.19786, and their config.json)."""

_NAMED = re.compile(r"gemma-?3-(1b|4b|12b|27b)\b", re.IGNORECASE)


def model_of(name: str) -> Model:
    """The sizes of a model.

    Args:
        name: a folder with a config.json, or a name with one of the published sizes in it
            (`unsloth/gemma-3-12b-it-bnb-4bit`). Of an adapter's folder, its base is meant.

    Raises:
        UsageError: there is no such folder, and the name says no size.
        InputError: the config.json is none of a Gemma 3.
    """
    folder = Path(name)
    if (folder / _ADAPTER).is_file():
        return model_of(_base(folder))
    if (folder / "config.json").is_file():
        return read(folder / "config.json", name)
    found = _NAMED.search(name)
    if found is None or folder.is_dir():
        hint = f"name a folder with a config.json, or a model with one of these sizes: gemma-3-{{{','.join(SIZES)}}}"
        raise UsageError(f"{printable(name)}: the sizes of this model are not known", hint)
    return replace(SIZES[found[1].lower()], name=name)


def _base(adapter: Path) -> str:
    """The model that an adapter was made for: its folder, or its name.

    Raises:
        InputError: the adapter does not say it, or names an adapter.
    """
    path = adapter / _ADAPTER
    shown = printable(path)
    try:
        named = os.environ.get(BASE_VARIABLE) or json.loads(read_file(path, _MOST))["base_model_name_or_path"]
        if not (isinstance(named, str) and named):
            raise ValueError("base_model_name_or_path")
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(
            f"{shown}: does not name the model that it was made for", "--model FOLDER of that"
        ) from problem
    inside = adapter / named
    place = str(inside) if inside.is_dir() and not Path(named).is_dir() else named
    if (Path(place) / _ADAPTER).is_file():
        raise InputError(f"{shown}: names an adapter as the model that it was made for", "--model FOLDER of that")
    return place


def read(path: Path, name: str) -> Model:
    """The sizes in a config.json, with the defaults that `transformers` gives to what it leaves out.

    Raises:
        InputError: it cannot be read, is none of a Gemma 3, or is quantised in a way that is not trained.
    """
    shown = printable(path)
    try:
        said = json.loads(read_file(path, _MOST))
        if said["model_type"] not in ("gemma3", "gemma3_text"):
            raise ValueError(f"model_type is {said['model_type']}")
        made = sizes(said, said.get("text_config", said), name)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as problem:
        why = f"{type(problem).__name__}: {printable(problem)}"
        raise InputError(f"{shown}: does not say the sizes of a Gemma 3 ({why})") from problem
    how = said.get("quantization_config") or {}
    if how and (how.get("bnb_4bit_quant_type"), how.get("bnb_4bit_use_double_quant")) != ("nf4", True):
        raise InputError(f"{shown}: the model is quantised otherwise; NF4 with double quantisation is trained")
    return made


def sizes(said: Mapping[str, Any], text: Mapping[str, Any], name: str) -> Model:
    """The sizes that a configuration says.

    Args:
        said: what stands in config.json.
        text: the part of it that is about the decoder.
        name: of the model.

    Raises:
        ValueError: a size is none.
    """
    layers = _size(text, "num_hidden_layers", 26)
    kinds = text.get("layer_types")
    pattern = _size(text, "sliding_window_pattern", 6)
    sees = said.get("vision_config")
    skipped = (said.get("quantization_config") or {}).get("llm_int8_skip_modules") or ()
    made = Model(
        name=name,
        width=_size(text, "hidden_size", 2304),
        layers=layers,
        heads=_size(text, "num_attention_heads", 8),
        groups=_size(text, "num_key_value_heads", 4),
        size=_size(text, "head_dim", 256),
        inner=_size(text, "intermediate_size", 9216),
        words=_size(text, "vocab_size", 262208),
        window=_size(text, "sliding_window", 4096),
        whole=tuple(kind == "full_attention" for kind in kinds) if kinds else _every(pattern, layers),
        tower=_tower(sees, _size(said, "mm_tokens_per_image", 256)) if sees is not None else None,
        tied=bool(said.get("tie_word_embeddings", True)),
    )
    if len(made.whole) != layers:
        raise ValueError(f"{layers} layers have {len(made.whole)} kinds of attention")
    plain = frozenset((i, linear) for i in range(layers) for linear in made.shapes if _skipped(i, linear, skipped))
    return replace(made, plain=plain)


def _tower(said: Mapping[str, Any], tokens: int) -> Tower:
    return Tower(
        width=_size(said, "hidden_size", 768),
        inner=_size(said, "intermediate_size", 3072),
        layers=_size(said, "num_hidden_layers", 12),
        heads=_size(said, "num_attention_heads", 12),
        image=_size(said, "image_size", 224),
        patch=_size(said, "patch_size", 16),
        tokens=tokens,
    )


def _size(said: Mapping[str, Any], key: str, otherwise: int) -> int:
    value = said.get(key, otherwise)
    if type(value) is not int or not 0 < value < 1 << 32:
        raise ValueError(f"{key} is {value!r}")
    return value


def _skipped(layer: int, linear: str, names: Sequence[str]) -> bool:
    """Whether a layer was left out when the model was quantised: by its name, one above it, or the end of it."""
    part = "mlp" if linear in ("gate_proj", "up_proj", "down_proj") else "self_attn"
    last = f"layers.{layer}.{part}.{linear}"
    whole = (f"{front}{last}" for front in ("model.language_model.", "language_model.model.", "language_model."))
    return any(name.endswith(n) or f"{name}.".startswith(f"{n}.") for name in (*whole, f"model.{last}") for n in names)
