"""The rehearsal takes what the real step takes: a miniature learns while every tensor is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ghost_architect.config import LINEARS
from ghost_architect.training.meter import Meter
from ghost_architect.training.rehearsal.decoder import rehearse
from ghost_architect.training.rehearsal.group import Made
from ghost_architect.training.rehearsal.layer import Layers
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.shapes import Model
from ghost_architect.training.static import rounded
from tests.outside import python_package

MOST = 0.01
"""How far off the rehearsal may be; the plan as a whole may be 5% off."""

MODEL = Model("mini", 128, 3, 2, 1, 64, 512, words=2048, window=128, whole=(False, True, False), tower=None)
WIDE = replace(MODEL, inner=1024)
FEEDS = replace(MODEL, inner=4096)
LAYERS = replace(MODEL, layers=9, whole=(False, True, False) * 3)
TALKS = replace(MODEL, words=16384)
PARTLY = replace(WIDE, plain=frozenset((i, name) for i in (0, 2) for name in LINEARS))
BLOCKS = Setting(600, 16, LINEARS, True, "bf16", "blocks", loss_rows=256)
FLASH = replace(BLOCKS, attention="flash")
KERNEL = replace(BLOCKS, attention="kernel")
Q_V = ("q_proj", "v_proj")

RUNS: dict[str, tuple[Model, Setting]] = {
    "blocks": (MODEL, BLOCKS),
    "blocks fp32": (MODEL, replace(BLOCKS, precision="fp32")),
    "blocks inputs only": (MODEL, replace(BLOCKS, keep=False)),
    "blocks q and v": (MODEL, replace(BLOCKS, targets=Q_V)),
    "fp32 in tiles, no DoRA": (WIDE, replace(BLOCKS, precision="fp32", dora=False, tile=256)),
    "flash": (WIDE, FLASH),
    "flash inputs only": (WIDE, replace(FLASH, keep=False)),
    "flash in tiles": (WIDE, replace(FLASH, tile=128)),
    "flash rank 64": (WIDE, replace(FLASH, rank=64)),
    "flash no DoRA": (WIDE, replace(FLASH, dora=False)),
    "flash q and v": (WIDE, replace(FLASH, targets=Q_V)),
    "flash few tokens": (WIDE, replace(FLASH, sequence=64)),
    "flash many tokens in small tiles": (WIDE, replace(FLASH, sequence=1300, tile=64)),
    "flash partly quantised": (PARTLY, replace(FLASH, sequence=64)),
    "flash many words": (TALKS, FLASH),
    "kernel": (WIDE, KERNEL),
    "kernel fp16": (WIDE, replace(KERNEL, precision="fp16", sequence=320)),
    "kernel fp16 in tiles, inputs only": (WIDE, replace(KERNEL, precision="fp16", sequence=320, tile=64, keep=False)),
    "feeds much": (FEEDS, FLASH),
    "feeds much, inputs only": (FEEDS, replace(FLASH, keep=False)),
    "feeds much, fp16": (FEEDS, replace(KERNEL, precision="fp16", sequence=200)),
    "feeds much, in tiles": (FEEDS, replace(FLASH, tile=256)),
    "feeds much, partly quantised": (replace(FEEDS, plain=PARTLY.plain), FLASH),
    "elsewhere": (WIDE, replace(FLASH, offload=True)),
    "elsewhere inputs only": (FEEDS, replace(BLOCKS, offload=True, keep=False)),
    "elsewhere in tiles": (WIDE, replace(BLOCKS, offload=True, keep=False, tile=64, precision="fp16")),
    "elsewhere many layers": (LAYERS, replace(FLASH, offload=True)),
    "kernel many words, few at a time": (TALKS, replace(KERNEL, loss_rows=64)),
}


def counted(model: Model, setting: Setting, patch: pytest.MonkeyPatch) -> int:
    """The most bytes that a real step holds, without DoRA's rows: a plan has them among what is always there."""
    python_package("torch")
    import torch

    from ghost_architect.models.ops.dora import Factor
    from ghost_architect.models.trinity.decoder import Example
    from ghost_architect.models.trinity.store import Far
    from tests.models.card import pretend

    from .miniature import decoder
    from .tracker import tracked

    torch.set_num_threads(1)
    torch.manual_seed(0)
    made, adapters = decoder(model, setting)
    rows = [a.lora_B.shape[0] * 4 for a in adapters if setting.dora for _ in Factor._fields]
    tokens = setting.sequence
    with tracked(patch, setting.attention) as tracker:
        embeddings = torch.randn(tokens, model.width)
        example = Example(torch.randint(model.words, (tokens,)), torch.arange(tokens))
        store = None
        if setting.offload:
            pretend(patch, late=False)
            store = Far(torch.device("cpu"), model.layers)
        loss, _ = made.step(embeddings, example, 1 / tokens, store)
        assert torch.isfinite(loss)
    return tracker.most - rounded(rows)


@pytest.mark.parametrize("name", RUNS)
def test_a_step_takes_what_was_rehearsed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, setting = RUNS[name]
    planned = max(peak.total for peak in rehearse(model, setting).moments.values())
    assert planned == pytest.approx(counted(model, setting, monkeypatch), rel=MOST)


def test_few_scores_at_a_time_are_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    python_package("torch")
    from ghost_architect.models.trinity import attention as real
    from ghost_architect.training.rehearsal import attention as rehearsed

    setting = replace(BLOCKS, keep=False, tile=64)
    most = []
    for scores in (1 << 28, 1 << 19, 1 << 17):
        monkeypatch.setattr(real, "_SCORES", scores)
        monkeypatch.setattr(rehearsed, "_SCORES", scores)
        peak = rehearse(MODEL, setting).moments["backward"].total
        assert peak == pytest.approx(counted(MODEL, setting, monkeypatch), rel=MOST)
        most.append(peak)
    assert most[0] > most[1] > most[2]


def test_the_runs_peak_in_different_moments() -> None:
    moments = set()
    for model, setting in RUNS.values():
        found = rehearse(model, setting).moments
        moments.add(max(found, key=lambda name: found[name].total))
    assert moments >= {"loss", "backward"}


@pytest.mark.parametrize("changes", [{}, {"offload": True}, {"offload": True, "keep": False, "tile": 100}])
def test_nothing_is_left_behind(changes: dict[str, Any]) -> None:
    for attention in ("flash", "kernel", "blocks"):
        meter = rehearse(MODEL, replace(BLOCKS, attention=attention, **changes))
        assert meter.now == 0
        assert not any(meter.kinds.values())


def test_the_meter_counts_whole_blocks_once() -> None:
    meter = Meter()
    with meter.moment("a", "x"):
        one, two = meter.take(1), meter.take(513, "y")
        meter.drop([one, None], None)
        meter.drop(one)
        meter.brief(512, 512)
    meter.drop(two)
    assert (meter.now, meter.moments["a"].total, meter.most) == (0, 2048, {"x": 1024, "y": 1024})
    assert meter.moments["a"].kinds == {"x": 1024, "y": 1024}


@pytest.mark.parametrize("tokens", [512, 1280, 1300])
@pytest.mark.parametrize("keep", [False, True])
def test_many_tiles_take_what_two_and_the_rest_do(tokens: int, keep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are passed over, so that a plan for a long row takes no longer."""
    setting = replace(FLASH, sequence=tokens, tile=256, precision="fp16", keep=keep)
    few = rehearse(FEEDS, setting)

    def all_of_them(layers: Layers, i: int) -> tuple[list[int], list[Made]]:
        made = [layers.groups.made(i, *names) for names in (("gate_proj", "up_proj"), ("down_proj",))]
        return [min(256, tokens - start) for start in range(0, tokens, 256)], made

    monkeypatch.setattr(Layers, "_feed_forward", all_of_them)
    assert rehearse(FEEDS, setting) == few
