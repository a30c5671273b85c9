"""Checkpoints that are quantised already, some of their layers left in 16 bits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import tiny_gemma
from tests.training.small import lines, run_of, screens, settings

pytestmark = pytest.mark.usefixtures("torch_here")

PLAIN = ("model.language_model.layers.1.mlp.down_proj", "model.language_model.layers.2.self_attn")
OLD = ("language_model.model.layers.1.mlp.down_proj", "language_model.model.layers.2.self_attn")


@pytest.mark.parametrize("names", [PLAIN, OLD, ()], ids=["as now", "as before", "none"])
def test_layers_that_are_not_quantised_learn_like_the_others(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Whatever config.json calls them: the files say which layers are quantised."""
    from ghost_architect.models.trinity import adopt
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.models.trinity.weight import Nf4Weight
    from ghost_architect.train import train
    from ghost_architect.training import bench
    from ghost_architect.training.data import Sources
    from ghost_architect.training.models import base_of

    config = settings(tmp_path, data=(str(screens(tmp_path / "s.tar")),), sequence=1024, steps=2, packing=False)
    base, _ = base_of(config, Sources.of(config).learned)
    folder = tiny_gemma.quantise(tmp_path / "nf4", base.base, PLAIN)
    said = json.loads((folder / "config.json").read_text())
    said["quantization_config"]["llm_int8_skip_modules"] = ["lm_head", "vision_tower", *names]
    (folder / "config.json").write_text(json.dumps(said))

    made: list[Any] = []
    real = adopt.adapt

    def adapt(*arguments: Any) -> Any:
        made.append(real(*arguments))
        return made[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{bench.__name__}.adapt", adapt)
        from dataclasses import replace

        adapter = train(replace(config, model=str(folder)))
    kinds = {name: isinstance(layer.frozen, Nf4Weight) for name, layer in made[0].items()}
    plain = {name for name, packed in kinds.items() if not packed}
    assert plain == {PLAIN[0], *(f"{PLAIN[1]}.{kind}_proj" for kind in "qkvo")}
    losses = [line["loss"] for line in lines(run_of(tmp_path)) if "loss" in line]
    assert losses[1] < losses[0]
    _, tensors = read_adapter(adapter)
    assert float(tensors[f"base_model.model.{PLAIN[0]}.lora_B.weight"].abs().max()) > 0
