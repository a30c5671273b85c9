"""The memory plan: its terms against the reference study, its steps against real ones, and every card."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.config import LINEARS, TrainingConfig
from ghost_architect.errors import UsageError
from ghost_architect.training.choose import check_rank, choose, settings
from ghost_architect.training.hardware import GIB, Card, card, cards, here
from ghost_architect.training.plan import FRAGMENTS, Plan, plan
from ghost_architect.training.recovery import NoRungError, down
from ghost_architect.training.rehearsal.setting import Setting
from ghost_architect.training.rungs import rungs
from ghost_architect.training.shapes import SIZES, Model, model_of

HARDWARE = Path(__file__).parents[2] / "configs" / "hardware"
SEED = Setting(4096, 64, LINEARS, True, "bf16", "flash", offload=True, keep=False)
CARD = Card(name="a card", memory=80, capability="9.0", bf16=True, flash=True, host=64, status="planned")


def made(setting: Setting = SEED, model: Model = SIZES["12b"], **changes: Any) -> Plan:
    return plan(model, replace(setting, **changes), CARD)


def gib(plan_: Plan, *names: str) -> float:
    return sum(t.bytes for t in plan_.terms if t.where == "card" and t.name in names) / GIB


# --- the terms ---


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("weights in NF4",), 5.17),
        (("embedding",), 1.88),
        (("vision tower",), 0.78),
        (("adapters",), 0.98),
        (("gradients",), 0.98),
        (("optimizer",), 0.49),
    ],
)
def test_terms_of_the_seeds_profile_are_those_of_the_study(names: tuple[str, ...], expected: float) -> None:
    assert gib(made(dora=False), *names) == pytest.approx(expected, abs=0.012)


STATIC = ("weights in NF4", "embedding", "vision tower", "adapters", "gradients", "optimizer")


@pytest.mark.parametrize(
    ("rank", "targets", "expected"),
    [(64, LINEARS, 10.27), (32, LINEARS, 9.05), (32, ("q_proj", "v_proj"), 8.03)],
)
def test_what_is_always_there_is_what_the_study_says(rank: int, targets: tuple[str, ...], expected: float) -> None:
    assert gib(made(rank=rank, targets=targets, dora=False), *STATIC) == pytest.approx(expected, rel=0.002)


def test_terms_add_up_to_the_moment_of_the_peak() -> None:
    for setting in (SEED, replace(SEED, loss_rows=4096, tile=256), replace(SEED, rank=512, sequence=256)):
        found = made(setting)
        assert found.total == max(found.moments.values()) == found.moments[found.moment]
        assert all(0 <= term.bytes <= term.own for term in found.terms)
    assert {made(loss_rows=4096, tile=256).moment, made(rank=512, sequence=256).moment} == {"loss", "building"}


def test_what_is_reserved_is_of_the_card_alone() -> None:
    near, far = made(offload=False), made()
    work = ("embedded row", "activation checkpoints", "one layer's work")
    for found in (near, far):
        assert found.reserved - found.total == pytest.approx(FRAGMENTS * gib(found, *work) * GIB, abs=1)


def test_the_tower_is_somewhere() -> None:
    near, far = made(tower="card"), made(tower="host")
    assert near.moments["backward"] - far.moments["backward"] == far.of("host") - near.of("host") > 0
    assert far.moments["pictures"] == near.moments["pictures"]
    assert gib(made(tower="host", vision=True), "vision tower") > 0.7
    assert not gib(made(model=replace(SIZES["12b"], tower=None)), "vision tower", "encoding pictures")


def test_host_keeps_what_the_card_does_not() -> None:
    near, far, fast = made(offload=False), made(), made(keep=True)
    tokens = 4096 * 3840 * 2
    assert near.of("host") < far.of("host") - 47 * tokens < fast.of("host") - 2 * 47 * tokens
    assert near.total > far.total + 40 * tokens


def test_a_long_row_waits_in_the_memory_of_a_free_notebook() -> None:
    long = made(sequence=24_576, precision="fp16", attention="blocks", tile=1024, tower="host")
    waits = next(term.bytes for term in long.terms if (term.name, term.where) == ("activation checkpoints", "host"))
    assert waits == pytest.approx(47 * 24_576 * (3840 * 2 + 4))
    assert waits < 9.1e9
    assert plan(SIZES["12b"], long.setting, card("t4")).fits


def test_disk_holds_one_checkpoint_more_than_is_kept() -> None:
    two, five = (plan(SIZES["12b"], SEED, CARD, checkpoints=n).of("disk") for n in (2, 5))
    adapter, state = gib(made(), "adapters") * GIB, gib(made(), "optimizer") * GIB
    assert five - two == pytest.approx(3 * (adapter + state))
    there = plan(SIZES["12b"], SEED, CARD, there=True)
    assert there.of("disk") == pytest.approx(3 * (adapter + state) + adapter)


@pytest.mark.parametrize(
    ("name", "expected"),  # GB: 12.2 and 1.0 billion weights x 2 B; in NF4 5.6 + 2.0 of words + 0.8 of the tower
    [("unsloth/gemma-3-12b-it-bnb-4bit", 8.4), ("google/gemma-3-12b-it", 24.4), ("google/gemma-3-1b-it", 2.0)],
)
def test_the_models_own_files_are_on_the_disk_as_well(name: str, expected: float) -> None:
    model = model_of(name)
    without, lying = (plan(model, SEED, CARD, there=there) for there in (False, True))
    (term,), (known,) = ([t for t in p.terms if t.where == "disk" and t.name == "model"] for p in (without, lying))
    assert term.bytes == term.own == known.own
    assert term.bytes / 1e9 == pytest.approx(expected, rel=0.03)
    assert known.bytes == 0
    assert known.formula.endswith("lies there already")
    assert without.of("disk") - lying.of("disk") == term.bytes


def test_what_cuda_takes_depends_on_the_card() -> None:
    """0.75 GiB were measured on an H200."""
    for capability, expected in (("7.5", 0.45), ("8.9", 0.45), ("9.0", 0.75), ("12.0", 0.75)):
        found = plan(SIZES["12b"], SEED, replace(CARD, capability=capability)).beyond[1]
        assert found.name == "CUDA"
        assert found.bytes / GIB == pytest.approx(expected)
        assert ("measured" in found.formula) == (float(capability) >= 9)


@pytest.mark.parametrize(
    ("model", "changed", "most"),
    [
        (SIZES["12b"], {}, 3840),
        (SIZES["12b"], {"targets": ("k_proj", "v_proj")}, 2048),
        (SIZES["1b"], {}, 1152),
        (SIZES["1b"], {"targets": ("q_proj", "o_proj")}, 1024),
        (SIZES["12b"], {"targets": ("gate_proj",)}, 3840),
        (SIZES["12b"], {"targets": ("v_proj",), "vision": "trained"}, 2048),
    ],
)
def test_no_rank_is_larger_than_a_matrix(model: Model, changed: dict[str, Any], most: int) -> None:
    config = replace(TrainingConfig(), **changed)
    check_rank(replace(config, rank=most), model)
    with pytest.raises(UsageError, match=f"no matrix that learns in .* has one above {most:,}$") as caught:
        choose(replace(config, rank=most + 1), model, CARD)
    assert caught.value.hint == f"rank: {most}, or less"


def test_layers_in_16_bits_take_more() -> None:
    some = replace(SIZES["12b"], plain=frozenset({(3, "down_proj"), (7, "q_proj")}))
    weights = 15360 * 3840 + 4096 * 3840
    assert gib(made(model=some), "other weights") * GIB == weights * 2
    more = made(model=some).moments["building"] - made().moments["building"]
    assert more == pytest.approx(weights * (2 - 0.5159), rel=0.01)


# --- what a setting changes ---

LESS: tuple[tuple[str, Any, Any], ...] = (
    ("sequence", 4096, 2048),
    ("sequence", 8192, 4096),
    ("rank", 64, 32),
    ("rank", 32, 8),
    ("dora", True, False),
    ("targets", LINEARS, ("q_proj", "v_proj")),
    ("targets", ("q_proj", "v_proj"), ("v_proj",)),
    ("precision", "fp32", "fp16"),
    ("offload", False, True),
    ("keep", True, False),
    ("tile", None, 1024),
    ("tile", 2048, 512),
    ("optimizer", "adamw", "adamw_8bit"),
    ("tower", "card", "host"),
    ("vision", True, False),
)


@pytest.mark.parametrize(("name", "more", "less"), LESS)
@pytest.mark.parametrize("model", ["4b", "12b"])
def test_less_takes_less(name: str, more: Any, less: Any, model: str) -> None:
    base = replace(SEED, tile=1024) if name == "keep" else SEED
    larger, smaller = (made(base, SIZES[model], **{name: value}) for value in (more, less))
    assert larger.total > smaller.total or larger.moment == smaller.moment == "loss"


def test_loss_rows_count_where_the_loss_is_the_peak() -> None:
    totals = [made(loss_rows=rows, tile=256).total for rows in (2048, 1536, 1280)]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 3


@pytest.mark.parametrize("setting", [SEED, replace(SEED, offload=False, keep=True, precision="fp16", sequence=8192)])
def test_every_step_down_saves_and_none_is_left_at_the_end(setting: Setting) -> None:
    found = made(setting)
    steps = rungs(found)
    totals = [found.total, *(step.total for step in steps)]
    assert all(b <= a for a, b in pairwise(totals))
    assert all(step.saves >= 0 for step in steps)
    assert all(step.saves > 0 for step in steps if not step.costless)
    assert [step.costless for step in steps] == sorted((step.costless for step in steps), reverse=True)
    assert not rungs(made(replace(steps[-1].setting, sequence=2048)))
    assert totals[-1] < 0.8 * totals[0]


def test_the_ladder_is_the_seeds() -> None:
    names = [step.name for step in rungs(made(keep=True)) if not step.costless]
    assert names == ["sequence 4096 to 2048", "rank 64 to 32", "DoRA off", "targets q_proj and v_proj only"]


def test_the_steps_are_those_that_a_run_takes() -> None:
    """A long sequence and a high rank are halved more than once."""
    found = made(sequence=16384, rank=128, offload=False)
    steps, setting = rungs(found), found.setting
    for step in steps:
        rung = down(setting, None, "")
        assert (rung.name, rung.setting) == (step.name, step.setting)
        setting = rung.setting
    with pytest.raises(NoRungError):
        down(setting, None, "")
    assert sum(step.name.startswith("sequence") for step in steps) == 3


# --- cards ---


@pytest.mark.parametrize("path", sorted(HARDWARE.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_card_is_picked_up_and_takes_the_seeds_profile(path: Path) -> None:
    own = card(path.stem)
    assert path.stem in cards()
    found = choose(TrainingConfig(), model_of("gemma-3-12b"), own)
    assert found.fits
    assert (found.setting.precision == "bf16") == own.bf16
    assert (found.setting.attention == "flash") == own.flash
    assert (found.setting.attention == "blocks") == (float(own.capability) < 8)
    assert not own.record or (HARDWARE.parents[1] / own.record).is_file()


def test_the_cards_that_were_asked_for() -> None:
    assert {"t4", "l4", "a10g", "rtx4090", "h200"} <= set(cards())
    assert card("T4").memory == 14.6


def test_a_new_card_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware" / "mine.yaml").write_text(
        'name: Mine\nmemory: 6\ncapability: "7.5"\nbf16: false\nflash: false\nhost: 8\nstatus: planned\n'
    )
    assert card("mine", tmp_path).memory == 6.0
    monkeypatch.setenv("GHOST_CONFIG", str(tmp_path))
    assert list(cards()) == ["mine"]
    with pytest.raises(UsageError, match="'t5' is not known"):
        card("t5")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("memory: 0", "have to be more than 0"),
        ("status: maybe", "has to be planned or measured"),
        ("status: measured", "has to name its record"),
        ("cores: 3", "'cores' is not a setting"),
    ],
)
def test_a_card_that_says_nonsense_is_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "hardware").mkdir()
    said = {"name": "x", "memory": "6", "capability": '"7.5"', "bf16": "false", "flash": "false", "host": "8"}
    said |= {"status": "planned", **dict([line.split(": ")])}
    (tmp_path / "hardware" / "x.yaml").write_text("".join(f"{k}: {v}\n" for k, v in said.items()))
    with pytest.raises(UsageError, match=message):
        card("x", tmp_path)


@pytest.mark.parametrize(
    ("answer", "name", "memory"),
    [
        ("echo 'Tesla T4, 15360, 7.5'", "NVIDIA T4", 14.6),
        ("echo 'NVIDIA H200, 143771, 9.0'", "NVIDIA H200", 139.8),
        ("echo 'NVIDIA Odd 9000, 12288, 8.9'", "NVIDIA Odd 9000", 11.7),
        ("exit 3", None, 0),
        ("echo nonsense", None, 0),
    ],
)
def test_the_card_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, name: str | None, memory: float
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = here()
    assert (found.name if found else None) == name
    assert not found or found.memory == pytest.approx(memory)


# --- auto ---


def small(memory: float, host: float = 64, **values: Any) -> Card:
    return replace(CARD, memory=memory, host=host, **values)


def test_the_fastest_that_fits_is_chosen() -> None:
    model = SIZES["12b"]
    large = choose(TrainingConfig(), model, small(80)).setting
    assert (large.offload, large.keep, large.tile, large.loss_rows, large.tower) == (False, True, None, 512, "card")
    middle = choose(TrainingConfig(), model, small(14.6))
    assert middle.fits
    assert middle.setting.offload
    assert middle.setting.keep
    tight = choose(TrainingConfig(), model, small(11.8))
    assert tight.fits
    assert tight.total < middle.total
    poor = choose(TrainingConfig(), model, small(14.6, host=7))
    assert poor.of("host") <= 7 * GIB
    none = choose(TrainingConfig(), model, small(8))
    assert not none.fits
    assert none.total == min(plan(model, s, CARD).total for s in settings(TrainingConfig(), model, small(8)))


def test_what_is_said_is_kept() -> None:
    config = TrainingConfig(offload=True, keep=False, tile=128, loss_rows=64, tower="host", precision="fp16")
    setting = choose(config, SIZES["12b"], small(80)).setting
    assert (setting.offload, setting.keep, setting.tile, setting.loss_rows) == (True, False, 128, 64)
    assert (setting.tower, setting.precision) == ("host", "fp16")


def test_bfloat16_that_a_card_has_not_is_refused() -> None:
    with pytest.raises(UsageError, match="has no bfloat16") as caught:
        choose(TrainingConfig(precision="bf16"), SIZES["12b"], card("t4"))
    assert "fp16" in caught.value.hint


def test_json_says_all_of_it() -> None:
    found = choose(TrainingConfig(), model_of("gemma-3-4b"), card("t4"))
    said = json.loads(json.dumps(found.json()))
    assert said["total"] == sum(t["bytes"] for t in said["terms"] if t["where"] == "card")
    assert said["fits"] is True
    assert said["setting"]["precision"] == "fp16"
    assert said["needed"] > said["reserved"] > said["total"]
    assert [t["name"] for t in said["beyond"]] == ["allocator", "CUDA", "margin"]
    assert said["reserved"] - said["total"] == said["beyond"][0]["bytes"]
    assert said["dominates"] in {t["name"] for t in said["terms"]}
