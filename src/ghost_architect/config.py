"""The settings files as typed, frozen values.

    configs/model_config.yaml        who reads the screens           ModelConfig
    configs/deployment_config.yaml   what is asked of a reading      DeploymentConfig

Where the folder is looked for: `--config DIR`, then the environment variable GHOST_CONFIG, then
`configs/` in the working directory. Either file may be missing, and so may any key: the default
below is used. A key that is not known, or a value of the wrong type, is an error, so that no
setting is ever silently without effect.

What a server is called and its key are no settings: they come from the environment only
(`backends.openai`), so that a folder which somebody else wrote can never send a screen away.
The limits on pictures are no settings either (`pages.decode`).
"""

from __future__ import annotations

import os
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import UsageError, nearest

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, and the files that they came from (none for the built-in defaults)."""

    model: ModelConfig = ModelConfig()
    deployment: DeploymentConfig = DeploymentConfig()
    files: tuple[Path, ...] = ()


FILES: Mapping[str, type[ModelConfig] | type[DeploymentConfig]] = {
    "model_config.yaml": ModelConfig,
    "deployment_config.yaml": DeploymentConfig,
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
        raise UsageError(f"{named}: there is no such folder of settings", f"it holds {' and '.join(FILES)}")
    present = tuple(home / name for name in FILES if (home / name).is_file())
    if named and not present:
        raise UsageError(f"{named}: holds neither {' nor '.join(FILES)}")
    return Settings(
        model=_load(home / "model_config.yaml", ModelConfig),
        deployment=_load(home / "deployment_config.yaml", DeploymentConfig),
        files=present,
    )


def _named_in_environment() -> Path | None:
    value = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return Path(value) if value else None


def _load(path: Path, kind: type[_Config]) -> _Config:
    return from_mapping(kind, read_yaml(path), str(path)) if path.is_file() else kind()


def read_yaml(path: Path) -> object:
    """What a YAML file says; an empty file says nothing, which is an empty mapping.

    Raises:
        UsageError: the file cannot be read, or is not YAML.
    """
    import yaml  # 15 ms, which `--help` does without

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{where}: is not YAML: {getattr(error, 'problem', '') or error}") from error
    return {} if content is None else content


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
        if option is float and type(value) is int:
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
