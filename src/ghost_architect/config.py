"""The settings files as typed, frozen values.

    configs/model_config.yaml        who reads the screens           ModelConfig
    configs/deployment_config.yaml   what is asked of a reading      DeploymentConfig
    configs/training_config.yaml     how a model is trained          TrainingConfig

Where the folder is looked for: `--config DIR`, then the environment variable GHOST_CONFIG, then
`configs/` in the working directory. Any of the files may be missing, and so may any key: the default
below is used. A key that is not known, or a value of the wrong type, is an error, so that no
setting is ever silently without effect.

What a server is called and its key are no settings: they come from the environment only
(`backends.openai`), so that a folder which somebody else wrote can never send a screen away.
The limits on pictures are no settings either (`pages.decode`).
"""

from __future__ import annotations

import math
import os
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import UsageError, nearest
from .files import read_yaml

ENVIRONMENT_VARIABLE = "GHOST_CONFIG"
DEFAULT_FOLDER = Path("configs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Who reads the screens."""

    backend: str = "rules"
    """The backend that reads when `--backend` is not given."""

    model: str = ""
    """The model, for a backend that has several: what `--model` would say. Empty: the backend's own choice."""

    repair: bool = True
    """Whether a model that answered with errors is asked once more, and told what was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfig:
    """What is asked of a reading."""

    dialect: str = "postgres"
    """The SQL dialect that is written when `--dialect` is not given."""

    engines: tuple[str, ...] | None = None
    """The engines that the SQL is run on. null: SQLite and the dialect's own, where installed. []: none."""

    seconds: float | None = 300.0
    """How long one reading may take once the text is read, in seconds: `--timeout`. null: as long as it takes."""

    def __post_init__(self) -> None:
        if self.seconds is not None and not self.seconds > 0:
            raise ValueError(f"seconds is {self.seconds:g}, and has to be more than 0")


LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of a decoder layer that can learn, by the names that Gemma 3 gives them."""

AUTO = "auto"
"""What a setting says that is chosen so that a run fits the card; `ghost-architect plan` prints what it becomes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How a model is trained: Trinity (QLoRA, rsLoRA and DoRA), as it fits a card of 16 GB."""

    model: str = "unsloth/gemma-3-12b-it-bnb-4bit"
    """The model that learns: a folder, or a name that is looked for in the local cache."""

    data: tuple[str, ...] = ("data/dataset.json",)
    """What it learns from: files of instructions (JSON), pairs.jsonl, or folders of shards."""

    validation: tuple[str, ...] = ()
    """What it is evaluated on while it learns, in the same forms. []: rows held out of `data`."""

    held_out: float = 0.05
    """The share of rows that is held out where `validation` names nothing."""

    sequence: int = 4096
    """The most tokens that a row may have."""

    rank: int = 64
    """Of each update: how much can be learned, and how much memory that takes."""

    alpha: float = 32.0
    """What the update is scaled by: alpha / sqrt(rank), or alpha / rank without rsLoRA."""

    targets: tuple[str, ...] = LINEARS
    """The linear layers that learn."""

    rslora: bool = True
    """Scale by the rank's root, so that a high rank holds."""

    dora: bool = True
    """Learn the magnitude of each row apart from its direction."""

    dropout: float = 0.0
    """Of what goes into an adapter while training."""

    batch: int = 1
    """Rows that go through before gradients may be shared; they go one after the other, so memory stays the same."""

    accumulation: int = 4
    """Batches of one optimizer step."""

    learning_rate: float = 2.0e-4
    """The highest, behind the warm-up."""

    schedule: str = "linear"
    """How the learning rate goes on behind the warm-up: linear or cosine (to zero), or constant."""

    warmup: float = 0.03
    """The share of steps in which the learning rate rises from zero."""

    optimizer: str = "adamw_8bit"
    """adamw_8bit keeps 2 bytes a parameter, adamw 8."""

    weight_decay: float = 0.0
    """What each parameter is pulled towards zero by, in units of the learning rate."""

    clip: float | None = 1.0
    """The largest norm of all gradients together; a larger one is scaled down. null: none."""

    steps: int = 60
    """Optimizer steps of the run."""

    seed: int = 0
    """Of everything that is drawn."""

    precision: str = AUTO
    """Of matrix products: bf16, fp16 or fp32. auto: bf16 where the card has it, else fp16."""

    vision: str = "frozen"
    """Whether the vision tower learns too: frozen or trained (layers that do there what `targets` do get adapters)."""

    packing: bool = True
    """Put several short rows of text behind each other, up to `sequence`."""

    answers_only: bool = True
    """Learn answers only, and not the questions."""

    evaluate_every: int = 20
    """Steps between evaluations. 0: only at the end."""

    checkpoint_every: int = 10
    """Steps between checkpoints: what an interrupted run loses at most. 0: only at the end."""

    keep_checkpoints: int = 2
    """How many checkpoints are kept, the newest ones."""

    offload: bool | str = AUTO
    """Whether what layers keep for the way back waits in the host's memory: true, false or auto."""

    keep: bool | str = AUTO
    """Whether layers keep more than their inputs, which is faster: true, false or auto."""

    tile: int | str | None = AUTO
    """Rows of the feed-forward part at a time. null: all."""

    loss_rows: int | str = AUTO
    """Tokens whose logits are made at a time."""

    tower: str = AUTO
    """Where the frozen vision tower stays while it does not encode: card, host or auto."""

    threads: int | None = None
    """Threads of the CPU that torch computes with. null: one for each core."""

    recover: bool = True
    """Whether a run that is out of memory goes on with less: `ghost-architect plan` lists the steps."""

    output: str = "output"
    """The folder of checkpoints and adapters."""

    def __post_init__(self) -> None:
        for names, good, wanted in _RULES:
            for name in names.split():
                if not good(value := getattr(self, name)):
                    raise ValueError(f"{name} is {value!r}, and has to {wanted}")
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            for word in (value,) if isinstance(value, str) else value:
                if word not in choices:
                    raise ValueError(f"{name} is {word!r}, which is not known: {nearest(word, choices)}")


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "targets": LINEARS,
    "schedule": ("linear", "cosine", "constant"),
    "optimizer": ("adamw_8bit", "adamw"),
    "precision": (AUTO, "bf16", "fp16", "fp32"),
    "vision": ("frozen", "trained"),
    "tower": (AUTO, "card", "host"),
}
_RULES: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("sequence rank batch accumulation steps keep_checkpoints", lambda v: v >= 1, "be 1 or more"),
    ("seed evaluate_every checkpoint_every weight_decay", lambda v: 0 <= v < math.inf, "be 0 or more"),
    ("alpha learning_rate clip", lambda v: v is None or 0 < v < math.inf, "be more than 0"),
    ("held_out warmup dropout", lambda v: 0 <= v < 1, "be a share: 0 or more, and less than 1"),
    ("offload keep", lambda v: v == AUTO or isinstance(v, bool), "be auto, true or false"),
    ("tile", lambda v: v in (AUTO, None) or (isinstance(v, int) and v >= 1), "be auto, null, or 1 or more"),
    ("threads", lambda v: v is None or v >= 1, "be null, or 1 or more"),
    ("loss_rows", lambda v: v == AUTO or (isinstance(v, int) and v >= 1), "be auto, or 1 or more"),
    ("targets", lambda v: v and len(set(v)) == len(v), "name at least one layer, and each of them once"),
    ("model data output", bool, "name something"),
)
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")
"""Numbers that YAML 1.2 knows and PyYAML takes for a text: 2e-4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, and the files that they came from (none for the built-in defaults)."""

    model: ModelConfig = ModelConfig()
    deployment: DeploymentConfig = DeploymentConfig()
    training: TrainingConfig = TrainingConfig()
    files: tuple[Path, ...] = ()


TRAINING = "training_config.yaml"

FILES: Mapping[str, type[ModelConfig] | type[DeploymentConfig] | type[TrainingConfig]] = {
    "model_config.yaml": ModelConfig,
    "deployment_config.yaml": DeploymentConfig,
    TRAINING: TrainingConfig,
}

_Config = TypeVar("_Config")


def load_settings(folder: Path | None = None) -> Settings:
    """The settings that hold for this call.

    Args:
        folder: what `--config` names; None to look in the places that the module docstring lists.

    Raises:
        UsageError: the folder or a file in it cannot be read, or says something that is no setting.
    """
    named = folder or _named_in_environment()
    home = named or DEFAULT_FOLDER
    if named and not named.is_dir():
        raise UsageError(f"{named}: there is no such folder of settings", f"it holds {', '.join(FILES)}")
    present = tuple(home / name for name in FILES if (home / name).is_file())
    if named and not present:
        raise UsageError(f"{named}: holds neither {' nor '.join(FILES)}")
    return Settings(
        model=_load(home / "model_config.yaml", ModelConfig),
        deployment=_load(home / "deployment_config.yaml", DeploymentConfig),
        training=_load(home / TRAINING, TrainingConfig),
        files=present,
    )


def load_training(named: Path | None = None) -> TrainingConfig:
    """The settings of a training run.

    Args:
        named: a training file, whatever it is called, or a folder of settings; None to look in the usual places.

    Raises:
        UsageError: what was named cannot be read, or says something that is no setting.
    """
    if named is None or named.is_dir():
        return load_settings(named).training
    if not named.exists():
        raise UsageError(f"{named}: there is no such file or folder", f"name a {TRAINING}, or a folder that holds one")
    return _load(named, TrainingConfig)


def _named_in_environment() -> Path | None:
    value = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return Path(value) if value else None


def _load(path: Path, kind: type[_Config]) -> _Config:
    return from_mapping(kind, read_yaml(path), str(path)) if path.is_file() else kind()


def from_mapping(kind: type[_Config], content: object, source: str) -> _Config:
    """A configuration object from what its file says.

    Args:
        kind: one of the frozen dataclasses above.
        content: what YAML made of the file.
        source: the file, for the message.

    Raises:
        UsageError: an unknown key, a value of the wrong type, or one out of range.
    """
    if not isinstance(content, dict):
        raise UsageError(f"{source}: has to be `key: value` lines, and is {_name(content)}")
    wanted = get_type_hints(kind)
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
    for key in content:
        if key not in known:
            raise UsageError(f"{source}: {key!r} is not a setting", nearest(str(key), known))
    values = {key: _converted(value, wanted[key], f"{source}: {key}") for key, value in content.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from error


def _converted(value: object, wanted: Any, where: str) -> object:
    """The value as the type that the dataclass wants; a list becomes a tuple, a whole number a float."""
    options = get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)
    for option in options:
        if option is float and (type(value) is int or (isinstance(value, str) and _EXPONENT.fullmatch(value))):
            return float(value)
        if get_origin(option) is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        # `type(...) is`: to Python `true` is an int, to the reader of a YAML file it is not.
        if get_origin(option) is None and type(value) is option:
            return value
    raise UsageError(f"{where} has to be {' or '.join(map(_expected, options))}, and is {_name(value)}")


def _expected(option: Any) -> str:
    names = {str: "a text", float: "a number", int: "a whole number", bool: "true or false", type(None): "null"}
    return "a list of texts" if get_origin(option) is tuple else names[option]


def _name(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "null" if value is None else f"the {type(value).__name__} {value!r}"
