"""A run that is out of memory goes on with less, rung by rung, and says what was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ghost_architect.config import TrainingConfig
from ghost_architect.errors import BackendError
from tests.training.small import Told, record, run_of, settings, steps

LADDER = (
    "loss over 128 rows at a time",
    "checkpoints in the host's memory",
    "feed-forward part over 1,024 rows at a time",
    "sequence 4096 to 2048",
    "rank 64 to 32",
    "DoRA off",
    "targets q_proj and v_proj only",
)
"""The beginnings of their names."""
SAID = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 14.56 GiB"


def wide(home: Path, **changed: Any) -> TrainingConfig:
    """Settings with all rungs below them."""
    return settings(home, **{"sequence": 4096, "rank": 64, "alpha": 32, "packing": False, "steps": 3} | changed)


def begins(names: list[str]) -> bool:
    return len(names) == len(LADDER) and all(map(str.startswith, names, LADDER))


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the device too small when the n-th row is learned, of all rows that ever are."""
    import torch

    from ghost_architect.training.learner import Learner

    real, calls = Learner.learn, [0]

    def at(*numbers: int) -> None:
        def learn(self: Any, *arguments: Any) -> None:
            calls[0] += 1
            if calls[0] in numbers:
                raise torch.OutOfMemoryError(SAID)
            real(self, *arguments)

        monkeypatch.setattr(Learner, "learn", learn)

    return at


@pytest.mark.usefixtures("torch_here")
def test_the_probe_takes_every_rung_in_order(tmp_path: Path, full: Any) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.train import train

    full(*range(1, 8))
    told = Told()
    adapter = train(wide(tmp_path), watch=told)
    found = record(run_of(tmp_path))
    names = [rung["name"] for rung in found["rungs"]]
    assert begins(names), names
    assert [rung["costless"] for rung in found["rungs"]] == [True] * 3 + [False] * 4
    assert {rung["step"] for rung in found["rungs"]} == {None}
    assert {rung["why"] for rung in found["rungs"]} == {"CUDA out of memory"}
    assert found["setting"] | {"targets": 0} == found["rungs"][-1]["setting"] | {"targets": 0}
    recipe, tensors = read_adapter(adapter)
    assert (recipe.rank, recipe.dora, recipe.targets) == (32, False, ("q_proj", "v_proj"))
    assert len(tensors) == 6 * 2 * 2
    assert [line for line in told.said if "out of memory" in line] == [
        f"out of memory in the probe: {name}" for name in names
    ]
    assert told.begun == [0]  # no step was done before all of them were taken


@pytest.mark.usefixtures("torch_here")
def test_without_a_rung_left_one_line_says_so(tmp_path: Path, full: Any) -> None:
    from ghost_architect.train import train

    full(*range(1, 9))
    with pytest.raises(BackendError) as refused:
        train(wide(tmp_path))
    assert refused.value.message == (
        "out of memory, and nothing is left to do without (2,048 tokens, rank 32, q_proj and v_proj alone): "
        "CUDA out of memory"
    )
    assert record(run_of(tmp_path))["state"] == "failed"


@pytest.mark.usefixtures("torch_here")
def test_while_it_learns_it_goes_on_behind_the_last_checkpoint(tmp_path: Path, full: Any) -> None:
    """Rows: the probe, 2 of step 1, the first of step 2; then the probe again, and so on."""
    from ghost_architect.train import train

    full(*range(4, 4 + 2 * 7, 2))
    told = Told()
    train(wide(tmp_path), watch=told)
    found = record(run_of(tmp_path))["rungs"]
    assert begins([rung["name"] for rung in found])
    assert [rung["step"] for rung in found] == [1, 1, 1, 1, 1, 1, 0]
    lost = [rung.get("lost", "") for rung in found]
    assert lost[:3] == ["", "", ""]
    assert lost[3] == "what examples have beyond 2,048 tokens, from here on"
    assert "of a layer's update, and the optimizer's moments" in lost[4]
    assert lost[5:] == ["all 1 steps", ""]
    assert told.begun == [0, 1, 1, 1, 1, 1, 0, 0]
    assert steps(run_of(tmp_path)) == [1, 2, 3]


@pytest.mark.usefixtures("torch_here")
def test_a_costless_rung_changes_nothing_of_what_is_learned(tmp_path: Path, full: Any) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.train import train

    _, once = read_adapter(train(settings(tmp_path, output=str(tmp_path / "once"))))
    full(9, 12)  # the probe takes row 1, steps take two; behind step 3 it begins again with the probe
    _, torn = read_adapter(train(settings(tmp_path)))
    assert len(record(run_of(tmp_path))["rungs"]) == 2
    assert all(torn[name].allclose(once[name], atol=2e-5) for name in once)


@pytest.mark.usefixtures("torch_here")
def test_a_smaller_rank_keeps_the_update_up_to_the_cut(tmp_path: Path) -> None:
    from dataclasses import replace

    from ghost_architect.train import train
    from ghost_architect.training.bench import set_up
    from ghost_architect.training.checkpoints import newest
    from ghost_architect.training.data import Sources
    from ghost_architect.training.models import base_of
    from ghost_architect.training.ranks import ranks
    from ghost_architect.training.recovery import setting_from
    from ghost_architect.training.state import take_up

    config = settings(tmp_path, rank=8)
    train(config)
    checkpoint = newest(run_of(tmp_path), print)
    assert checkpoint
    setting = setting_from(record(run_of(tmp_path))["setting"])
    folder, _ = base_of(config, Sources.of(config).learned)

    def update(rank: int) -> Any:
        with ranks() as own:
            bench = set_up(folder, config, replace(setting, rank=rank), own)
        taken = take_up(checkpoint, bench)
        layer = next(iter(bench.learner.layers.values())).adapter
        return layer.scaling * (layer.lora_B @ layer.lora_A).detach(), taken, bench.learner.optimizer.state

    whole, before, moments = update(8)
    cut, after, fresh = update(4)
    assert before.lost == ""
    assert moments
    assert not fresh  # of another size
    assert after.reached == before.reached
    assert 0 < float((whole - cut).norm() / whole.norm()) <= after.share + 1e-4
    assert after.share < 1


@pytest.mark.usefixtures("torch_here")
def test_a_run_that_may_not_do_with_less_ends(tmp_path: Path, full: Any) -> None:
    from ghost_architect.train import train

    full(1)
    with pytest.raises(BackendError, match="out of memory: CUDA out of memory") as refused:
        train(wide(tmp_path, recover=False))
    assert "recover: true" in refused.value.hint


@pytest.mark.usefixtures("torch_here")
def test_a_run_that_goes_on_keeps_its_rungs(tmp_path: Path, full: Any) -> None:
    """What was learned to be too much is not tried again."""
    from ghost_architect.train import train

    full(1)
    train(wide(tmp_path, steps=1))
    folder = run_of(tmp_path)
    from ghost_architect.training.runs import RUNNING, _read

    run = _read(folder)
    assert run
    run.note(state=RUNNING)
    train(wide(tmp_path, steps=1))
    assert record(folder)["state"] == "done"
    assert record(folder)["setting"]["loss_rows"] == 128
    assert len(record(folder)["rungs"]) == 1
