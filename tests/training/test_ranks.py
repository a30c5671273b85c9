"""Several processes learn what one does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

import yaml

from ghost_architect.config import TrainingConfig
from tests.training.small import (
    STEP,
    Told,
    child,
    ended,
    lines,
    record,
    run_of,
    screens,
    settings,
    steps,
    texts,
    wait_for,
)

ROOT = Path(__file__).parents[2]


Full = tuple[tuple[str, int], ...]


def begun(config: TrainingConfig, die: tuple[str, int] = ("", 0), full: Full = ()) -> list[BaseProcess]:
    """Two processes, as `torchrun` starts them."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    return [child(config, die, {**shared, "RANK": str(n), "LOCAL_RANK": str(n)}, full) for n in range(2)]


def together(config: TrainingConfig, die: tuple[str, int] = ("", 0), full: Full = ()) -> list[int]:
    """The exit codes of two processes."""
    return [ended(process) for process in begun(config, die, full)]


def test_two_are_as_one_that_accumulates_twice_as_much(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.models.trinity.adapters import read_adapter
    from ghost_architect.train import train

    data = (str(texts(tmp_path / "t.json", 12)), str(screens(tmp_path / "s.tar")))
    alone = settings(tmp_path, data=data, sequence=1024, packing=False, optimizer="adamw", output=str(tmp_path / "one"))
    _, one = read_adapter(train(alone))
    shared = settings(
        tmp_path, data=data, sequence=1024, packing=False, optimizer="adamw", accumulation=1, evaluate_every=2
    )
    assert together(shared) == [0, 0]
    folder = run_of(tmp_path)
    _, two = read_adapter(folder.parent.parent / "adapters" / folder.name)
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-5
    (alone_run,) = (tmp_path / "one" / "checkpoints").iterdir()
    assert record(folder)["processes"] == 2
    assert steps(folder) == [1, 2, 3, 4]
    for a, b in zip(lines(alone_run)[:2], lines(folder)[:2], strict=True):
        assert (a["tokens"], a["learned"]) == (b["tokens"], b["learned"])
        assert abs(a["loss"] - b["loss"]) < 1e-5
        assert abs(a["norm"] - b["norm"]) < 1e-4
    last = [
        next(m["validation"]["held out"] for m in reversed(lines(f)) if "validation" in m) for f in (alone_run, folder)
    ]
    assert abs(last[0] - last[1]) < 1e-5


def test_what_two_saved_one_goes_on_with(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path)
    codes = together(config, (STEP, 3))
    assert set(codes) == {-signal.SIGKILL}
    told = Told()
    train(config, watch=told)
    (said,) = [line for line in told.said if line.startswith("warning")]
    assert said.startswith("warning: a step has 2 rows on 1 process, and had 4 when the run was begun")
    assert said.endswith("accumulation: 4 keeps it")
    folder = run_of(tmp_path)
    assert steps(folder) == [1, 2, 3, 4]
    assert record(folder)["processes"] == 1
    tokens = [line["learned"] for line in lines(folder) if "loss" in line]
    assert sum(tokens[:2]) > sum(tokens[2:])  # of four rows a step, and then of two


def test_one_that_is_out_of_memory_takes_the_other_along(tmp_path: Path, torch_here: None) -> None:
    """Wherever it happens, and in whichever of the two: both take the same rung, and none waits for ever."""
    troubles = (
        ("setting up", 1),
        ("the probe", 1),
        ("backwards", 1),
        ("forwards", 0),
        ("the optimizer", 1),
        ("the evaluation", 0),
    )
    config = settings(tmp_path, sequence=4096, rank=64, packing=False, steps=3, evaluate_every=2)
    assert together(config, full=troubles) == [0, 0]
    found = record(run_of(tmp_path))
    assert [rung["why"] for rung in found["rungs"]] == ["CUDA out of memory"] * len(troubles)
    assert [rung["name"] for rung in found["rungs"]][3:] == ["sequence 4096 to 2048", "rank 64 to 32", "DoRA off"]
    assert [rung["step"] for rung in found["rungs"]] == [None, None, 0, 0, 0, 2]
    assert steps(run_of(tmp_path)) == [1, 2, 3]
    assert [line["step"] for line in lines(run_of(tmp_path)) if "validation" in line] == [2, 3]


def test_one_that_is_asked_to_stop_stops_both(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path, steps=20, checkpoint_every=0)
    both = begun(config)
    wait_for(lambda: len(steps(run_of(tmp_path))) >= 2)
    assert both[1].pid
    os.kill(both[1].pid, signal.SIGTERM)
    assert [ended(process) for process in both] == [1, 1]  # KeyboardInterrupt, of which the command line makes 130
    found = record(run_of(tmp_path))
    assert found["state"] == "stopped"
    assert 2 <= found["step"] < 20
    told = Told()
    train(config, watch=told)
    assert told.begun == [found["step"]]
    assert steps(run_of(tmp_path)) == list(range(1, 21))


def torchrun(home: Path, config: TrainingConfig, dies: str, *more: str) -> subprocess.Popen[str]:
    """Two processes that `torchrun` starts, and what they say."""
    file = home / "training.yaml"
    names = ("model", "sequence", "rank", "accumulation", "steps", "output", "checkpoint_every")
    file.write_text(yaml.safe_dump({n: getattr(config, n) for n in names} | {"data": list(config.data)}))
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    words = ["-m", "tests.training.dying", str(home), dies, "train", "--config", str(file), *more]
    return subprocess.Popen(
        [sys.executable, *command, *words],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def codes(home: Path) -> dict[str, str]:
    """The exit codes, by process and attempt."""
    return {path.name.removeprefix("code-"): path.read_text() for path in home.glob("code-*")}


def test_a_process_that_dies_begins_again_from_the_last_checkpoint(tmp_path: Path, torch_here: None) -> None:
    begun = torchrun(tmp_path, settings(tmp_path, accumulation=1), "dies", "--resume", "no")
    out, err = begun.communicate(timeout=300)
    assert begun.returncode == 0, err
    folder = run_of(tmp_path)  # one run, although it was told to begin a new one
    assert out.split() == [str(folder.parent.parent / "adapters" / folder.name)]
    assert "goes on behind step 2" in err
    assert "4 steps of 2 rows (1 in each of 2 processes) of up to 128 tokens" in err
    assert "what was learned is saved" not in err  # torchrun asked the one to stop that the other took along
    assert "fault of ghost-architect" not in err
    assert codes(tmp_path) | {"0-0": ""} == {"0-0": "", "0-1": "0", "1-1": "0"}
    assert steps(folder) == [1, 2, 3, 4]
    assert record(folder)["state"] == "done"


def test_ctrl_c_saves_and_is_said_once(tmp_path: Path, torch_here: None) -> None:
    """A terminal's Ctrl-C reaches torchrun, which tells each process; what it says itself is not ours."""
    begun = torchrun(tmp_path, settings(tmp_path, accumulation=1, steps=400, checkpoint_every=0), "")
    wait_for(lambda: len(steps(run_of(tmp_path))) >= 2, 120)
    begun.send_signal(signal.SIGINT)
    out, err = begun.communicate(timeout=120)
    assert out == ""
    assert codes(tmp_path) == {"0-0": "130", "1-0": "130"}
    reached = record(run_of(tmp_path))["step"]
    assert record(run_of(tmp_path))["state"] == "stopped"
    assert [path.name for path in run_of(tmp_path).glob("step-*")] == [f"step-{reached:06d}"]
    assert [line for line in err.splitlines() if line.startswith(("stopping", "saved", "interrupted", "error"))] == [
        "stopping at the next row; once more stops at once, without saving",
        f"saved behind step {reached}: --resume auto, the default, goes on",
        "interrupted",
    ]
    assert err.count("Traceback") == err.count("SignalException: Process") == 1  # torchrun's own end
