"""Several processes learn what one does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import yaml

from ghost_architect.config import TrainingConfig
from tests.training.small import STEP, child, ended, lines, record, run_of, screens, settings, steps, texts

ROOT = Path(__file__).parents[2]


def together(config: TrainingConfig, die: tuple[str, int] = ("", 0)) -> list[int]:
    """Two processes, as `torchrun` starts them; their exit codes."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    both = [child(config, die, {**shared, "RANK": str(n), "LOCAL_RANK": str(n)}) for n in range(2)]
    return [ended(process) for process in both]


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
    train(config)
    folder = run_of(tmp_path)
    assert steps(folder) == [1, 2, 3, 4]
    assert record(folder)["processes"] == 1
    tokens = [line["learned"] for line in lines(folder) if "loss" in line]
    assert sum(tokens[:2]) > sum(tokens[2:])  # of four rows a step, and then of two


def test_a_process_that_dies_begins_again_from_the_last_checkpoint(tmp_path: Path, torch_here: None) -> None:
    config = settings(tmp_path, accumulation=1)
    file = tmp_path / "training.yaml"
    said = {name: getattr(config, name) for name in ("model", "sequence", "rank", "accumulation", "steps", "output")}
    file.write_text(yaml.safe_dump({**said, "data": list(config.data), "checkpoint_every": 1}))
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    done = subprocess.run(
        [sys.executable, *command, "-m", "tests.training.dying", "train", "--config", str(file), "--resume", "no"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder = run_of(tmp_path)  # one run, although it was told to begin a new one
    assert done.stdout.split() == [str(folder.parent.parent / "adapters" / folder.name)]
    assert "goes on behind step 2" in done.stderr
    assert steps(folder) == [1, 2, 3, 4]
    assert record(folder)["state"] == "done"
