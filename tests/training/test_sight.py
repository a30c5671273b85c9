"""A vision tower that learns: its gradients are those of the whole model, however small, and a picture at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghost_architect.config import LINEARS
from tests.training.small import screens, settings

pytestmark = pytest.mark.usefixtures("torch_here")

KINDS = {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}


def bench_of(home: Path, precision: str = "fp32", **changed: Any) -> Any:
    """A miniature whose tower learns, its adapters no longer zero."""
    import torch

    from ghost_architect.models.trinity.adapter import Adapter
    from ghost_architect.training.bench import set_up, setting_of
    from ghost_architect.training.data import Sources
    from ghost_architect.training.models import base_of
    from ghost_architect.training.ranks import ranks
    from ghost_architect.training.shapes import model_of

    config = settings(home, data=(str(screens(home / "s.tar")),), packing=False, vision="trained", **changed)
    folder, _ = base_of(config, Sources.of(config).learned)
    setting = replace(setting_of(config, model_of(str(folder.base)), None), precision=precision)
    with ranks() as own:
        bench = set_up(folder, config, setting, own)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for layer in bench.learner.layers.values():
            adapter: Adapter = layer.adapter
            adapter.lora_B.normal_(0, 0.05, generator=generator)
    return bench


def a_row(bench: Any, pictures: int) -> tuple[Any, Any]:
    """A row with pictures of noise, and their pixels."""
    from ghost_architect.data_processing import Row

    made = bench.chat.encode("Which tables?", "CREATE TABLE customers (id BIGINT PRIMARY KEY);", pictures)
    types = np.zeros(len(made.ids), np.int8)
    spans = tuple(made.pictures)
    for first, last in spans:
        types[first:last] = 1
    assert len(spans) == pictures
    count = len(made.ids)
    row = Row(made.ids, made.labels, types, np.arange(count, dtype=np.int32), (0,), spans, (), ("a",))
    side = bench.learner.model.config.vision_config.image_size
    return row, np.random.default_rng(0).uniform(-1, 1, (pictures, 3, side, side)).astype(np.float32)


def gradients(bench: Any) -> dict[str, Any]:
    """All of them by name."""
    return {
        f"{name}.{own}": parameter.grad.clone()
        for name, layer in bench.learner.layers.items()
        for own, parameter in layer.adapter.named_parameters()
    }


def whole_model(bench: Any, row: Any, pixels: Any, weight: float) -> dict[str, Any]:
    """The gradients that autograd finds through the model's own modules, pictures and words at once."""
    import torch

    learner = bench.learner
    learner.parameters.clear()
    ids, types = (torch.from_numpy(x.astype(np.int64))[None] for x in (row.ids, row.token_type_ids))
    logits = learner.model(
        input_ids=ids, pixel_values=torch.from_numpy(pixels), token_type_ids=types, attention_mask=torch.ones_like(ids)
    ).logits[0]
    targets = torch.from_numpy(row.labels.astype(np.int64))[1:]
    loss = torch.nn.functional.cross_entropy(logits[:-1], targets, ignore_index=-100, reduction="sum")
    (loss * weight).backward()
    return gradients(bench)


def worst(found: dict[str, Any], wanted: dict[str, Any], part: str) -> float:
    """The largest error of a gradient, as a share of that gradient's size."""
    names = [name for name in wanted if part in name]
    assert names
    assert all(float(wanted[name].norm()) > 0 for name in names)
    return max(float((found[name] - wanted[name]).norm() / wanted[name].norm()) for name in names)


def test_it_learns_as_the_whole_model_does(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    row, pixels = a_row(bench, 2)
    bench.learner.learn(row, pixels, 1 / 9)
    found = gradients(bench)
    wanted = whole_model(bench, row, pixels, 1 / 9)
    assert {name.split(".")[-2] for name in found if "vision" in name} == KINDS
    assert worst(found, wanted, "vision") < 1e-3
    assert worst(found, wanted, "language") < 1e-3


def test_rows_add_up_and_one_without_pictures_adds_nothing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    (one, some), (other, none) = a_row(bench, 1), (a_row(bench, 0)[0], None)
    bench.learner.learn(one, some, 0.5)
    once = gradients(bench)
    bench.learner.learn(other, none, 0.5)
    bench.learner.learn(one, some, 0.5)
    assert worst(gradients(bench), {name: 2 * value for name, value in once.items()}, "vision") < 1e-5


@pytest.mark.parametrize("weight", [1e-9, 1.0, 1e6])
def test_float16_has_digits_for_gradients_of_any_size(tmp_path: Path, weight: float) -> None:
    half = bench_of(tmp_path, "fp16")
    row, pixels = a_row(half, 2)
    half.learner.learn(row, pixels, weight)
    whole = bench_of(tmp_path)
    whole.learner.learn(row, pixels, weight)
    # as far off at every weight: what float16 leaves of differences between patches, on which keys alone depend
    assert worst(gradients(half), gradients(whole), "vision") < 0.1


def test_dropout_is_the_decoders_alone(tmp_path: Path) -> None:
    """A picture is encoded twice, and has to be the same picture."""
    bench = bench_of(tmp_path, dropout=0.5)
    row, pixels = a_row(bench, 1)
    import torch

    seen = bench.learner._sight.of(torch.from_numpy(pixels))
    assert torch.equal(seen, bench.learner._sight.of(torch.from_numpy(pixels)))
    bench.learner.learn(row, pixels, 1.0)
    found = gradients(bench)
    assert all(float(found[name].norm()) > 0 for name in found if "vision" in name and "out_proj" in name)


@pytest.mark.parametrize("targets", [("q_proj", "v_proj"), ("k_proj", "o_proj", "down_proj"), LINEARS])
def test_what_a_picture_keeps_is_what_the_plan_says(tmp_path: Path, targets: tuple[str, ...]) -> None:
    import torch

    from ghost_architect.training.plan import kept_of_a_picture
    from ghost_architect.training.shapes import model_of

    bench = bench_of(tmp_path, targets=targets)
    _, pixels = a_row(bench, 1)
    stays = {p.untyped_storage().data_ptr() for p in bench.learner.model.state_dict(keep_vars=True).values()}
    kept: dict[int, int] = {}

    def keep(value: torch.Tensor) -> torch.Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in stays and value.dim() > 2:
            kept[storage.data_ptr()] = storage.nbytes()
        held.append(value)
        return value

    held: list[torch.Tensor] = []  # or the next one would get the memory of one that is gone
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        features = bench.learner._sight._inner.vision_tower(pixel_values=torch.from_numpy(pixels)).last_hidden_state
    assert features.requires_grad
    tower = model_of(str(bench.learner.model.config._name_or_path)).tower
    assert tower is not None
    said = kept_of_a_picture(tower, bench.setting)
    assert said == pytest.approx(sum(kept.values()), rel=0.1)
