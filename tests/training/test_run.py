"""A run from its settings to an adapter that reads: what it learns from, and what it leaves."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from ghost_architect.config import TrainingConfig, from_mapping
from ghost_architect.errors import GhostError, InputError, UsageError
from tests.training.small import Told, lines, record, run_of, screens, settings, steps, texts

pytestmark = pytest.mark.usefixtures("torch_here")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run over texts and screens has left everything."""
    from tests.outside import python_package

    python_package("torch")
    import torch

    from ghost_architect.train import train

    torch.set_num_threads(1)  # it is set up before what conftest does for each test
    folder = tmp_path_factory.mktemp("run")
    both = (str(texts(folder / "t.json")), str(screens(folder / "s.tar")))
    train(settings(folder, data=both, sequence=1024, steps=6, accumulation=1, evaluate_every=3, checkpoint_every=3))
    return folder


def adapter_of(home: Path) -> Path:
    return home / "output" / "adapters" / run_of(home).name


def test_it_learns(home: Path) -> None:
    losses = [line["validation"]["held out"] for line in lines(run_of(home)) if "validation" in line]
    assert len(losses) == 2
    assert losses[1] < losses[0] < 7.4  # 7.66 is the logarithm of the words


def test_every_step_has_a_line(home: Path) -> None:
    assert steps(run_of(home)) == [1, 2, 3, 4, 5, 6]
    first = lines(run_of(home))[0]
    assert list(first) == [
        "step", "loss", "norm", "rate", "tokens", "learned", "seconds", "tokens_per_second", "memory_gib",
    ]  # fmt: skip
    assert 0 < first["learned"] < first["tokens"] <= 1024


def test_curves_say_the_same_as_the_lines(home: Path) -> None:
    from ghost_architect.training.events import crc32c

    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    (path,) = run_of(home).glob("events.out.tfevents.*")
    events = list(records(path.read_bytes(), crc32c))
    assert b"brain.Event:2" in events[0]
    rates = [line["loss"] for line in lines(run_of(home)) if "loss" in line]
    found = [value(event, b"train/loss") for event in events if b"train/loss" in event]
    assert np.allclose(found, rates, rtol=1e-6)
    assert any(b"validation/held out" in event for event in events)


def test_the_record_says_what_with_what_and_what_became_of_it(home: Path) -> None:
    found = record(run_of(home))
    assert found["state"] == "done"
    assert (found["step"], found["processes"], found["device"], found["rungs"]) == (6, 1, "cpu", [])
    assert found["versions"].keys() >= {"ghost-architect", "python", "torch", "transformers", "bitsandbytes"}
    assert len(found["data"]["fingerprint"]) == 64
    assert "6 pictures" in found["data"]["summary"][0] or "5 pictures" in found["data"]["summary"][0]
    assert found["examples"] > 6
    settings_ = yaml.safe_load((run_of(home) / "training_config.yaml").read_text())
    assert from_mapping(TrainingConfig, settings_, "it") == from_mapping(TrainingConfig, found["config"], "it")
    adapter = adapter_of(home)
    assert {p.name for p in adapter.iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "manifest.json", "run.json", "training_config.yaml",
    }  # fmt: skip
    delivered = json.loads((adapter / "run.json").read_text())
    assert delivered["state"] == "done"
    assert delivered == found
    assert all(p.stat().st_mode & 0o044 == 0o044 for p in adapter.iterdir())


def test_a_checkpoint_is_an_adapter_and_holds_no_pickle(home: Path) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter

    last = run_of(home) / "step-000006"
    _, saved = read_adapter(last)
    _, delivered = read_adapter(adapter_of(home))
    assert all(saved[name].equal(delivered[name]) for name in delivered)
    assert {p.suffix for p in last.iterdir()} == {".json", ".safetensors"}


def test_design_reads_with_it(home: Path) -> None:
    """And what it reads with is the base with the adapter in it, by the definition of DoRA."""
    import torch
    from safetensors.torch import load_file

    from ghost_architect.backends.transformers import TransformersBackend
    from ghost_architect.models.trinity.adapters import layer_keys, read_adapter
    from ghost_architect.pages.page import Line, Page
    from ghost_architect.pages.prompt import build

    backend = TransformersBackend(str(adapter_of(home)), device="cpu", max_tokens=8)
    page = Page("a.png", 64, 48, (Line(1, (1, 1, 20, 9), "Name"),), np.zeros((48, 64, 3), np.uint8))
    assert 1 <= backend.generate([page], build([page]).text).usage.completion_tokens <= 8
    base = Path(json.loads((adapter_of(home) / "adapter_config.json").read_text())["base_model_name_or_path"])
    assert base.name.startswith("miniature-")
    _, tensors = read_adapter(adapter_of(home))
    a, b, m = (tensors[key] for key in layer_keys("model.language_model.layers.0.mlp.up_proj"))
    plain = next(w for k, w in load_file(base / "model.safetensors").items() if k.endswith(".0.mlp.up_proj.weight"))
    moved = plain + 8 / 2 * b @ a  # alpha / sqrt(rank)
    expected = m[:, None] * moved / moved.norm(dim=1, keepdim=True)
    merged = backend._ready().model.model.language_model.layers[0].mlp.up_proj.weight
    assert torch.allclose(merged, expected, atol=1e-5)


@pytest.mark.parametrize(
    "changed",
    [
        {"dora": False, "rslora": False},
        {"vision": "trained"},
        {"dropout": 0.1},
        {"dropout": 0.1, "vision": "trained"},
        {"precision": "fp16"},
        {"precision": "bf16", "tile": 64, "loss_rows": 16, "keep": False},
        {"optimizer": "adamw", "answers_only": False},
    ],
    ids=str,
)
def test_every_setting_learns(tmp_path: Path, changed: dict[str, Any]) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.train import train

    data = (str(texts(tmp_path / "t.json", 8)), str(screens(tmp_path / "s.tar", 4)))
    adapter = train(settings(tmp_path, data=data, sequence=1024, steps=2, accumulation=2, **changed))
    losses = [line["loss"] for line in lines(run_of(tmp_path)) if "loss" in line]
    assert losses[1] < losses[0] < 8
    _, tensors = read_adapter(adapter)
    sees = [name for name in tensors if "vision_tower" in name]
    assert bool(sees) == ("vision" in changed)
    if sees:
        assert any(float(tensors[name].abs().max()) for name in sees if "lora_B" in name)


def test_the_probe_changes_nothing(tmp_path: Path) -> None:
    import torch

    from ghost_architect.data_processing import Position
    from ghost_architect.training.bench import set_up, setting_of
    from ghost_architect.training.data import Data, Sources
    from ghost_architect.training.models import base_of
    from ghost_architect.training.ranks import ranks
    from ghost_architect.training.shapes import model_of

    config = settings(tmp_path)
    sources = Sources.of(config)
    folder, _ = base_of(config, sources.learned)
    with ranks() as own:
        bench = set_up(folder, config, setting_of(config, model_of(str(folder.base)), None), own)
    data = Data(sources, bench.chat, bench.eye, config, config.sequence)
    portion = next(data.portions(Position(), 0, 1))
    values = bench.learner.parameters.values
    before = values.detach().clone()
    bench.learner.probe(*portion.rows[0])
    assert torch.equal(values, before)
    assert not bench.learner.parameters.grads.any()
    assert not bench.learner.optimizer.state


def test_a_gradient_that_is_no_number_is_named_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.models.trinity import layer
    from ghost_architect.train import train

    real, calls = layer.Layer.backward, [0]

    def backward(self: Any, *arguments: Any) -> Any:
        calls[0] += 1
        made = real(self, *arguments)
        return made * float("inf") if calls[0] == 6 + 2 else made  # the probe has six layers; then the last but one

    monkeypatch.setattr(layer.Layer, "backward", backward)
    with pytest.raises(GhostError) as refused:
        train(settings(tmp_path))
    assert refused.value.message == "a gradient is not finite: it overflowed first in layer 4"
    assert "precision: bf16" in refused.value.hint
    assert record(run_of(tmp_path))["why"] == refused.value.message


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ([math.nan, math.nan, math.nan], "it overflowed first in the loss"),
        ([1.0, math.inf, math.nan], "it overflowed first in layer 1"),
        ([1.0, 1.0, math.inf], "it overflowed first in layer 0"),
        ([1.0, 1.0, 1.0], "a gradient is not finite, in the adapters alone"),
    ],
)
def test_the_place_is_that_where_it_began(watch: list[float], said: str) -> None:
    import torch

    from ghost_architect.training.finite import check

    with pytest.raises(GhostError) as refused:
        check(math.inf, torch.tensor(watch), 2)
    assert refused.value.message.endswith(said)
    with pytest.raises(GhostError, match="first in one of the layers"):
        check(math.inf, torch.tensor([1.0, math.inf]), 6)  # with dropout, only the two ends are watched


def test_the_rate_rises_and_falls_to_the_last_step() -> None:
    from ghost_architect.training.optimizer import rate_at

    config = TrainingConfig(steps=10, warmup=0.2, learning_rate=1.0)
    assert [round(rate_at(n, config), 4) for n in range(10)] == [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    cosine = [rate_at(n, replace(config, schedule="cosine", warmup=0)) for n in range(10)]
    assert cosine[0] == 1
    assert cosine == sorted(cosine, reverse=True)
    assert 0 < cosine[-1] < 0.03
    assert {rate_at(n, replace(config, schedule="constant", warmup=0)) for n in range(10)} == {1}
    assert rate_at(0, replace(config, steps=1)) == 1


def test_what_is_left_out_and_cut_is_said(tmp_path: Path) -> None:
    from ghost_architect.train import train

    told = Told()
    train(settings(tmp_path, sequence=48, steps=1), watch=told)
    (said,) = [line for line in told.said if "left out, longer than 48 tokens" in line]
    assert said in record(run_of(tmp_path))["data"]["summary"]
    assert record(run_of(tmp_path))["data"]["counts"]["left_out"] == int(said.split()[0])
    assert "evaluated on: held out (1 row)" in told.said
    with pytest.raises(InputError, match="none of the 36 examples has at most 8 tokens"):
        train(settings(tmp_path, sequence=8, steps=1))


def test_a_named_validation_set_is_evaluated_by_its_name(tmp_path: Path) -> None:
    from ghost_architect.train import train

    held = texts(tmp_path / "held.json", 5)
    train(settings(tmp_path, validation=(str(held),), steps=2, evaluate_every=1))
    found = [line["validation"] for line in lines(run_of(tmp_path)) if "validation" in line]
    assert [list(losses) for losses in found] == [[str(held)], [str(held)]]
    assert record(run_of(tmp_path))["data"]["examples"] == 40


def test_a_model_that_is_not_here_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.train import train
    from ghost_architect.training import models

    monkeypatch.setattr(models, "_card", lambda: True)
    with pytest.raises(UsageError) as refused:
        train(settings(tmp_path, model="nobody/gemma-3-4b-none"))
    assert refused.value.message.endswith("is no folder, and is not in the local cache; nothing is downloaded")
    assert refused.value.hint == "hf download nobody/gemma-3-4b-none"


def records(data: bytes, checksum: Any) -> Any:
    """The records of a file of curves, their checksums checked."""
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        for part, said in ((data[:8], data[8:12]), (data[12 : 12 + length], data[12 + length : 16 + length])):
            value_ = checksum(part)
            assert struct.unpack("<I", said)[0] == ((value_ >> 15 | value_ << 17) + 0xA282EAD8) & 0xFFFFFFFF
        yield data[12 : 12 + length]
        data = data[16 + length :]


def value(event: bytes, tag: bytes) -> float:
    """The number behind a tag: field 2, a float."""
    place = event.index(tag) + len(tag)
    assert event[place : place + 1] == b"\x15"
    found: float = struct.unpack("<f", event[place + 1 : place + 5])[0]
    return found
