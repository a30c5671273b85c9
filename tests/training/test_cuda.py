"""The trainer on a CUDA card: what it learns there, what it takes, and what becomes of a run that is full, killed or
stopped. `REHEARSE_CUDA=1` does all of it on the CPU; see `medium`.

Of all that a step runs only PyTorch's flash attention adds up in an order of its own, on its way back. Our kernels have
no atomic additions, and cuBLAS gives the same bits on one stream.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from ghost_architect.config import TrainingConfig
from ghost_architect.training.rehearsal.setting import Setting
from tests.outside import python_package
from tests.training import capped, medium
from tests.training.capped import DORA, FULL, HALF, LADDER, Outcome
from tests.training.medium import REHEARSED, Stand, exactly, spawned, written
from tests.training.small import STEP, Told, ended, lines, record, run_of, steps, wait_for, work

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what it is on sm_90; torch wants it said for exact runs

ROOT = Path(__file__).parents[2]
KILLED = 4
"""The step before whose update a process dies."""
MANY = 12 if REHEARSED else 60
"""Steps of a run that is stopped before its end."""
WAIT = 3000 if REHEARSED else 240
"""Seconds that the runs under a cap have together, or another process."""


@pytest.fixture(autouse=True)
def _small() -> None:
    """Not what conftest does: the card stays."""


@pytest.fixture(scope="module", autouse=True)
def _card(request: pytest.FixtureRequest) -> None:
    if REHEARSED:
        torch.set_num_threads(1)  # on a busy machine, threads that wait for each other take most of the time
    elif not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    for package in ("transformers", "peft", "bitsandbytes", "safetensors"):
        python_package(package)
    # it takes longest, and other tests meanwhile share the card with it
    if any("ladder" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("ladder_begun")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    return medium.stand(tmp_path_factory.mktemp("medium"))


@pytest.fixture(scope="module")
def ladder_begun(stand: Stand) -> Iterator[Any]:
    process = spawned(capped.work, stand, stand.home / "outcomes.json")
    yield process
    process.kill()
    process.join()


@pytest.fixture(scope="module")
def ladder(stand: Stand, ladder_begun: Any) -> dict[str, Outcome]:
    """What became of each run under a cap."""
    ladder_begun.join(WAIT)
    found = json.loads((stand.home / "outcomes.json").read_text())
    for name, said in found.items():
        names = [rung["name"] for rung in said["record"].get("rungs", ())]
        sizes = (said[key] for key in ("cap", "allocated", "reserved", "loading", "pinned"))
        tell(name, f"{said['seconds']:.1f} s", *((size or 0) >> 20 for size in sizes), *names, said["error"])
    assert ladder_begun.exitcode == 0, "the runs under a cap took too long, or their process died"
    return {name: Outcome(**said) for name, said in found.items()}


def tell(*what: Any) -> None:
    """For whoever reads what the tests printed (`-rP`)."""
    sys.stdout.write("; ".join(map(str, what)) + "\n")


# --- what it learns ---


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in lines(folder) if "loss" in line]


def learned(stand: Stand, what: str, precision: str, capsys: pytest.CaptureFixture[str]) -> list[float]:
    """The losses of a run that the command line was asked for. float16 goes as on a T4: what layers keep and the vision
    tower wait in the host's memory."""
    from ghost_architect.cli.main import run

    data = {"texts": stand.texts, "screens": stand.screens}[what]
    more: dict[str, Any] = {"offload": True, "keep": True, "tower": "host"} if precision == "fp16" else {}
    config = stand.config(f"{what}-{precision}", data=(str(data),), precision=precision, **more)
    code = run(["train", "--config", str(written(config))])
    out, err = capsys.readouterr()
    assert code == 0, err
    folder = run_of(stand.home / f"{what}-{precision}")
    assert Path(out.strip()) == folder.parent.parent / "adapters" / folder.name
    said = record(folder)
    assert (said["state"], said["rungs"], said["setting"]["precision"]) == ("done", [], precision)
    assert REHEARSED or "NVIDIA" in said["device"]
    assert steps(folder) == list(range(1, config.steps + 1))
    return losses(folder)


@pytest.mark.parametrize("what", ["texts", "screens"])
def test_16_bits_learn_what_float32_learns(stand: Stand, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the loss falls by a third in one step, bfloat16's 8 bits are a little early or late: a 30th of the fall."""
    exact = learned(stand, what, "fp32", capsys)
    assert exact[-1] < 0.9 * exact[0] < 1.2 * math.log(stand.model.words)
    falls = [0.0, *(before - after for before, after in pairwise(exact))]
    for precision, late in (("bf16", 1 / 30), ("fp16", 0.0)):
        found = learned(stand, what, precision, capsys)
        tell(*(f"{100 * (one / real - 1):+.2f}%" for one, real in zip(found, exact, strict=True)))
        for one, real, fall in zip(found, exact, falls, strict=True):
            assert abs(one - real) <= 0.02 * real + late * max(fall, 0.0)  # false of nan


def test_design_reads_with_what_was_learned(stand: Stand) -> None:
    import numpy as np

    from ghost_architect.backends.transformers import TransformersBackend
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.pages.page import Line, Page
    from ghost_architect.pages.prompt import build
    from ghost_architect.train import train

    adapter = train(stand.config("read", data=(str(stand.screens),), steps=1))
    _, tensors = read_adapter(adapter)
    assert all(bool(value.any()) for name, value in tensors.items() if "lora_B" in name)
    backend = TransformersBackend(str(adapter), max_tokens=8)
    page = Page("a.png", 64, 48, (Line(1, (1, 1, 20, 9), "Name"),), np.zeros((48, 64, 3), np.uint8))
    assert 1 <= backend.generate([page], build([page]).text).usage.completion_tokens <= 8


def test_a_layer_in_which_float16_overflows_is_named(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.errors import GhostError
    from ghost_architect.models.trinity.layer import Layer
    from ghost_architect.train import train

    real, calls = Layer.backward, [0]

    def backward(self: Any, *arguments: Any) -> Any:
        calls[0] += 1
        made = real(self, *arguments)
        if calls[0] == 6 + 2:  # the probe has six layers; then the last but one
            made[0, 0] = float("inf")
        return made

    monkeypatch.setattr(Layer, "backward", backward)
    with pytest.raises(GhostError) as refused:
        train(stand.config("overflow", precision="fp16", accumulation=1))
    assert refused.value.message == "a gradient is not finite: it overflowed first in layer 4"
    assert record(run_of(stand.home / "overflow"))["why"] == refused.value.message


# --- killed and stopped ---


def exact_work(config: TrainingConfig, die: tuple[str, int]) -> None:
    """A process that trains with the same bits each time, and dies."""
    with exactly():
        work(config, die, {}, ())


def distance(one: Path, other: Path) -> float:
    """How far two adapters' B are from each other, in units of how large they are; they began with zero."""
    from ghost_architect.models.trinity.adapters import read_adapter

    (_, a), (_, b) = read_adapter(one), read_adapter(other)
    assert a.keys() == b.keys()
    learned = [name for name in a if "lora_B" in name]
    away, size = (torch.cat([part.flatten() for part in parts]).norm() for parts in (
        [a[name] - b[name] for name in learned], [a[name] for name in learned]
    ))  # fmt: skip
    return float(away / size)


@pytest.mark.parametrize("exact", [False, True])
def test_killed_it_ends_in_the_same_weights(stand: Stand, exact: bool) -> None:
    """Exactly, where kernels that add up in one order are taken. Without: losses to 1%, and weights to a quarter of
    what was learned, since Adam makes whole steps of gradients that are nothing but the order's rounding."""
    from contextlib import nullcontext

    from ghost_architect.train import train

    data = (str(stand.texts), str(stand.screens))
    own: dict[str, Any] = {"data": data, "checkpoint_every": 1, "offload": True}
    torn = stand.config(f"torn-{exact}", **own)
    process = spawned(exact_work, torn, (STEP, KILLED)) if exact else spawned(work, torn, (STEP, KILLED), {}, ())
    with exactly() if exact else nullcontext():
        once = train(stand.config(f"once-{exact}", **own))
        assert ended(process) == -signal.SIGKILL
        folder = run_of(stand.home / f"torn-{exact}")
        assert steps(folder) == list(range(1, KILLED))
        told = Told()
        killed = train(torn, watch=told)
    assert told.begun == [KILLED - 1]
    assert steps(folder) == [1, 2, 3, 4, 5, 6]
    away = distance(once, killed)
    tell("distance", away)
    both = losses(folder), losses(run_of(stand.home / f"once-{exact}"))
    if exact:
        assert away == 0
        assert both[0] == both[1]
    else:
        assert away < 0.25
        assert both[0] == pytest.approx(both[1], rel=0.01)


def test_ctrl_c_saves_and_the_same_command_goes_on(stand: Stand) -> None:
    """While layers' inputs are on their way to the host and back."""
    from ghost_architect.train import train

    config = stand.config("stopped", steps=MANY, offload=True, tower="host")
    process = spawned(work, config, ("", 0), {}, ())
    home = stand.home / "stopped"
    wait_for(lambda: len(steps(run_of(home))) >= 2, WAIT)
    assert process.pid
    os.kill(process.pid, signal.SIGINT)
    assert ended(process) == 1  # KeyboardInterrupt, of which the command line makes 130
    said = record(run_of(home))
    assert said["state"] == "stopped"
    assert 2 <= said["step"] < MANY
    assert (run_of(home) / f"step-{said['step']:06d}" / "manifest.json").is_file()
    told = Told()
    train(config, watch=told)
    assert told.begun == [said["step"]]
    assert steps(run_of(home)) == list(range(1, MANY + 1))


@pytest.mark.skipif(not REHEARSED and torch.cuda.device_count() < 2, reason="fewer than two cards")
def test_two_cards_learn_what_one_learns(stand: Stand) -> None:
    """Over NCCL, as `torchrun` starts them."""
    from ghost_architect.train import train

    own: dict[str, Any] = {"optimizer": "adamw", "packing": False, "data": (str(stand.texts), str(stand.screens))}
    train(stand.config("one", accumulation=2, **own))
    shared = stand.config("two", accumulation=1, **own)
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "tests.training.dying"]
    done = subprocess.run(
        [sys.executable, *words, str(stand.home / "two"), "", "train", "--config", str(written(shared))],
        cwd=ROOT, capture_output=True, text=True, timeout=WAIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, two = (run_of(stand.home / name) for name in ("one", "two"))
    assert record(two)["processes"] == 2
    assert all(abs(b / a - 1) < 1e-2 for a, b in zip(losses(one), losses(two), strict=True))
    assert distance(*(folder.parent.parent / "adapters" / folder.name for folder in (one, two))) < 0.25


# --- memory ---


def good(ladder: dict[str, Outcome], name: str) -> Outcome:
    """A run that came to its end."""
    assert capped.PROCESS not in ladder, ladder[capped.PROCESS].error
    outcome = ladder[name]
    assert not outcome.error, outcome.error
    assert outcome.record["state"] == "done"
    return outcome


@pytest.mark.parametrize("name", [*(f"alone {n}" for n in range(len(LADDER) + 1)), HALF, FULL])
def test_a_run_takes_what_was_planned(
    stand: Stand, ladder: dict[str, Outcome], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from ghost_architect.cli.main import run

    outcome = good(ladder, name)
    assert not outcome.record["rungs"]
    named = outcome.record["config"]
    config = replace(TrainingConfig(**named), data=tuple(named["data"]), targets=tuple(named["targets"]))
    card = ["--gpu", "h200"] if REHEARSED else []
    assert run(["plan", "--config", str(written(config)), "--format", "json", *card]) == 0
    made = json.loads(capsys.readouterr().out)
    setting = outcome.record["setting"]
    assert REHEARSED or made["setting"] == setting
    planned = max(made["moments"][moment] for moment in medium.MOMENTS if moment in made["moments"])
    off = planned / outcome.allocated - 1
    tell(f"{100 * off:+.1f}%", planned >> 20, outcome.allocated >> 20)
    assert abs(off) < (0.3 if REHEARSED else 0.05)  # the CPU has another way of attention
    if setting["offload"] and not REHEARSED:
        waits = next(t for t in made["terms"] if (t["name"], t["where"]) == ("activation checkpoints", "host"))
        assert outcome.pinned == pytest.approx(waits["bytes"], rel=0.01)


def taken(outcome: Outcome) -> list[str]:
    return [rung["name"] for rung in outcome.record["rungs"]]


@pytest.mark.parametrize("count", [n for n in range(1, len(LADDER) + 1) if n != DORA])
def test_under_a_cap_the_probe_takes_as_many_rungs_as_it_needs(ladder: dict[str, Outcome], count: int) -> None:
    outcome = good(ladder, f"probe {count}")
    assert tuple(taken(outcome)) == LADDER[:count]
    assert {rung["step"] for rung in outcome.record["rungs"]} == {None}
    assert all("out of memory" in rung["why"] for rung in outcome.record["rungs"])
    assert outcome.begun == [0]
    assert outcome.steps == [1, 2]
    wanted = capped.settings_of_the_ladder()[count]
    last = {"attention": "", **outcome.record["setting"]}
    assert Setting(**{**last, "targets": tuple(last["targets"]), "attention": wanted.attention}) == wanted
    assert outcome.record["rungs"][-1]["setting"] == last
    assert outcome.cap
    assert outcome.allocated < outcome.cap


def test_full_behind_a_step_it_goes_on_with_checkpoints_in_the_hosts_memory(ladder: dict[str, Outcome]) -> None:
    outcome = good(ladder, "later offload")
    (rung,) = outcome.record["rungs"]
    assert (rung["name"], rung["step"], rung.get("lost")) == (LADDER[1], 2, None)
    assert outcome.begun == [0, 2]
    assert outcome.steps == [1, 2, 3, 4]


def test_full_behind_a_step_it_goes_on_with_half_the_rank(ladder: dict[str, Outcome]) -> None:
    outcome = good(ladder, "later rank")
    (rung,) = outcome.record["rungs"]
    assert (rung["name"], rung["step"]) == (LADDER[4], 2)
    assert "of a layer's update, and the optimizer's moments" in rung["lost"]
    assert outcome.begun == [0, 2]
    assert outcome.steps == [1, 2, 3, 4]


def test_without_dora_and_with_fewer_targets_it_begins_again(ladder: dict[str, Outcome]) -> None:
    outcome = good(ladder, "later DoRA")
    assert tuple(taken(outcome)) == LADDER[5:]
    assert [rung["step"] for rung in outcome.record["rungs"]] == [2, 1]
    assert [rung["lost"] for rung in outcome.record["rungs"]] == ["all 2 steps", "all 1 steps"]
    assert outcome.begun == [0, 0, 0]
    assert outcome.steps == [1, 2, 3, 4]
