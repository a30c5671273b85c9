"""The settings files: what is shipped is what is built in, and nothing is silently without effect."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghost_architect import config
from ghost_architect.config import (
    FILES,
    LINEARS,
    DeploymentConfig,
    ModelConfig,
    TrainingConfig,
    from_mapping,
    load_settings,
    load_training,
)
from ghost_architect.errors import UsageError

SHIPPED = Path(__file__).parents[1] / "configs"


def test_every_shipped_file_is_known_and_every_known_file_is_shipped() -> None:
    assert {p.name for p in SHIPPED.glob("*.yaml")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_shipped_file_says_every_default_as_the_code_has_it(name: str) -> None:
    kind = FILES[name]
    content = yaml.safe_load((SHIPPED / name).read_text())
    assert list(content) == [f.name for f in fields(kind)]
    assert from_mapping(kind, content, name) == kind()


@pytest.mark.parametrize("kind", FILES.values())
def test_every_field_has_a_sentence(kind: type) -> None:
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    described = [
        field.target.id
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    ]
    assert described == [f.name for f in fields(kind)]


def test_values_are_taken(tmp_path: Path) -> None:
    (tmp_path / "model_config.yaml").write_text("backend: openai\nmodel: gemma\n")
    (tmp_path / "deployment_config.yaml").write_text("engines: [sqlite, postgres]\nseconds: 5\n")
    settings = load_settings(tmp_path)
    assert settings.model == ModelConfig(backend="openai", model="gemma")
    assert settings.deployment == DeploymentConfig(engines=("sqlite", "postgres"), seconds=5.0)
    assert isinstance(settings.deployment.seconds, float)
    assert [p.name for p in settings.files] == ["model_config.yaml", "deployment_config.yaml"]


def test_one_file_is_enough_and_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "model_config.yaml").write_text("# nothing\n")
    assert load_settings(tmp_path).model == ModelConfig()


def test_null_means_none() -> None:
    read = from_mapping(DeploymentConfig, {"engines": None, "seconds": None}, "x")
    assert (read.engines, read.seconds) == (None, None)
    assert from_mapping(DeploymentConfig, {"engines": []}, "x").engines == ()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ({"dialekt": "mysql"}, "f.yaml: 'dialekt' is not a setting", "did you mean dialect?"),
        ({"zzz": 1}, "f.yaml: 'zzz' is not a setting", "one of dialect, engines, seconds"),
        ({"dialect": 3}, "f.yaml: dialect has to be a text, and is the int 3", ""),
        ({"dialect": None}, "f.yaml: dialect has to be a text, and is null", ""),
        ({"engines": "sqlite"}, "f.yaml: engines has to be a list of texts or null, and is the str 'sqlite'", ""),
        ({"engines": [1]}, "f.yaml: engines has to be a list of texts or null, and is the list [1]", ""),
        ({"seconds": True}, "f.yaml: seconds has to be a number or null, and is the bool True", ""),
        ({"seconds": {}}, "f.yaml: seconds has to be a number or null, and is a mapping", ""),
        ({"seconds": 0}, "f.yaml: seconds is 0, and has to be more than 0", ""),
        ({"seconds": float("nan")}, "f.yaml: seconds is nan, and has to be more than 0", ""),
        ([1], "f.yaml: has to be `key: value` lines, and is the list [1]", ""),
    ],
)
def test_what_is_no_setting_is_refused(content: Any, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_mapping(DeploymentConfig, content, "f.yaml")
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1", "line 1: is not YAML"),
        (b"\xff\xfe\xff", "cannot be read"),
        (b"backend: !!python/object/apply:os.system [ls]", "is not YAML"),
    ],
)
def test_what_is_no_yaml_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "model_config.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_settings(tmp_path)
    assert "\n" not in caught.value.message


def folder(parent: Path, name: str, backend: str) -> Path:
    made = parent / name
    made.mkdir()
    (made / "model_config.yaml").write_text(f"backend: {backend}\n")
    return made


def test_named_before_environment_before_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings() == config.Settings()
    folder(tmp_path, "configs", "here")
    assert load_settings().model.backend == "here"
    monkeypatch.setenv("GHOST_CONFIG", str(folder(tmp_path, "env", "environment")))
    assert load_settings().model.backend == "environment"
    assert load_settings(folder(tmp_path, "arg", "named")).model.backend == "named"


def test_a_folder_that_was_named_has_to_hold_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        load_settings(tmp_path / "missing")
    with pytest.raises(UsageError, match="holds neither model_config.yaml nor deployment_config.yaml"):
        load_settings(tmp_path)
    monkeypatch.setenv("GHOST_CONFIG", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="there is no such folder"):
        load_settings()


# --- training ---


def test_the_seeds_profile_is_the_default() -> None:
    own = TrainingConfig()
    assert (own.model, own.sequence) == ("unsloth/gemma-3-12b-it-bnb-4bit", 4096)
    assert (own.rank, own.alpha, own.rslora, own.dora, own.dropout) == (64, 32.0, True, True, 0.0)
    assert own.targets == LINEARS == tuple("q_proj k_proj v_proj o_proj gate_proj up_proj down_proj".split())
    assert (own.batch, own.accumulation, own.learning_rate, own.optimizer) == (1, 4, 2e-4, "adamw_8bit")
    assert own.steps == 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"rank": 0}, "rank is 0, and has to be 1 or more"),
        ({"steps": 1.5}, "steps has to be a whole number, and is the float 1.5"),
        ({"learning_rate": 0}, "learning_rate is 0.0, and has to be more than 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, and has to be more than 0"),
        ({"learning_rate": "fast"}, "learning_rate has to be a number, and is the str 'fast'"),
        ({"dropout": 1}, "dropout is 1.0, and has to be a share: 0 or more, and less than 1"),
        ({"optimizer": "adam"}, "optimizer is 'adam', which is not known: did you mean adamw?"),
        ({"targets": ["q_proj", "qproj"]}, "targets is 'qproj', which is not known: did you mean q_proj?"),
        ({"targets": []}, "targets is (), and has to name at least one layer, and each of them once"),
        ({"targets": ["q_proj", "q_proj"]}, "and has to name at least one layer, and each of them once"),
        ({"offload": "host"}, "offload is 'host', and has to be auto, true or false"),
        ({"tile": 0}, "tile is 0, and has to be auto, null, or 1 or more"),
        ({"loss_rows": None}, "loss_rows has to be a whole number or a text, and is null"),
        ({"model": ""}, "model is '', and has to name something"),
        ({"lora_rank": 3}, "'lora_rank' is not a setting"),
    ],
)
def test_training_settings_that_mean_nothing_are_refused(content: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_mapping(TrainingConfig, content, "f.yaml")
    assert message in caught.value.message


def test_numbers_with_exponents_and_switches_are_taken(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "learning_rate: 2e-5\noffload: off\nkeep: true\ntile: null\nclip: null\nalpha: 16\n"
    )
    own = load_training(tmp_path / "x.yaml")
    assert (own.learning_rate, own.offload, own.keep, own.tile, own.clip, own.alpha) == (
        2e-5,
        False,
        True,
        None,
        None,
        16.0,
    )


def test_training_settings_come_from_a_file_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_training() == TrainingConfig()
    (tmp_path / "training_config.yaml").write_text("rank: 8\n")
    for named in (tmp_path, tmp_path / "training_config.yaml"):
        assert load_training(named) == TrainingConfig(rank=8)
    assert load_settings(tmp_path).training.rank == 8
    monkeypatch.setenv("GHOST_CONFIG", str(tmp_path))
    assert load_training().rank == 8
    with pytest.raises(UsageError, match="there is no such file or folder") as caught:
        load_training(tmp_path / "nothing.yaml")
    assert "training_config.yaml" in caught.value.hint
