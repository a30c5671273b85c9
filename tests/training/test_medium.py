"""The model that is trained on a card: each rung of the ladder saves so much of it that a cap can tell them apart."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ghost_architect.training.hardware import card
from ghost_architect.training.plan import plan
from ghost_architect.training.rungs import ladder
from ghost_architect.training.shapes import Model, model_of
from tests.training.capped import DORA, LADDER, settings_of_the_ladder
from tests.training.medium import MEDIUM, PICTURE_TOKENS, SMALL, Shape, of_step

MIB = 2**20
GRAIN = 5 * 20 * MIB
"""What a cap can hardly tell: five segments of the allocator's 20 MiB."""


def sizes(folder: Path, shape: Shape) -> Model:
    """As its config.json says them."""
    said = {"model_type": "gemma3", "text_config": shape.text, "vision_config": shape.vision}
    (folder / "config.json").write_text(json.dumps(said | {"mm_tokens_per_image": PICTURE_TOKENS}))
    return model_of(str(folder))


@pytest.mark.parametrize(
    ("shape", "attention", "least"), [(MEDIUM, "flash", GRAIN), (SMALL, "blocks", 1)], ids=["medium", "small"]
)
def test_every_rung_but_dora_can_be_told_by_a_cap(tmp_path: Path, shape: Shape, attention: str, least: int) -> None:
    found = sizes(tmp_path, shape)
    settings = (replace(setting, attention=attention) for setting in settings_of_the_ladder())
    totals = [of_step(plan(found, setting, card("h200"))) for setting in settings]
    saved = [before - after for before, after in pairwise(totals)]
    assert len(saved) == len(LADDER)
    assert all(part >= least for n, part in enumerate(saved, 1) if n != DORA), saved
    assert 0 < saved[DORA - 1] < GRAIN


def test_the_names_are_those_of_the_rungs() -> None:
    settings = settings_of_the_ladder()
    assert tuple(next(ladder(setting))[0] for setting in settings[:-1]) == LADDER
    assert not list(ladder(settings[-1]))
