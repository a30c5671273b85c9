"""Runs small enough for a test: the miniature, a few texts, a few screens; in this process, or in one that dies."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ghost_architect.config import TrainingConfig
from tests.data.rows import array, instruction, pair, shard


def texts(path: Path, count: int = 40) -> Path:
    """Instructions of different lengths."""
    rows = [
        instruction(
            instruction=f"Design table {n}.", given="orders " * (n * 7 % 23), output=f"CREATE TABLE t{n} (id INT);"
        )
        for n in range(count)
    ]
    return array(path, rows)


def screens(path: Path, count: int = 6) -> Path:
    """Pairs of a screen and its schema."""
    return shard(path, [pair(f"shop-{n}", ("Name", "Status", "Amount")) for n in range(count)])


def settings(home: Path, **changed: Any) -> TrainingConfig:
    """Of a run over instructions, which takes a second or two."""
    data = home / "texts.json"
    if not data.is_file():
        texts(data)
    base = TrainingConfig(
        model="miniature",
        data=(str(data),),
        sequence=128,
        rank=4,
        alpha=8,
        accumulation=2,
        learning_rate=5e-3,
        steps=4,
        evaluate_every=0,
        checkpoint_every=1,
        held_out=0.1,
        output=str(home / "output"),
    )
    return replace(base, **changed)


# --- what a run left ---


def run_of(home: Path) -> Path:
    """The folder of the only run."""
    (folder,) = (home / "output" / "checkpoints").iterdir()
    return folder


def record(folder: Path) -> dict[str, Any]:
    """What a run says of itself."""
    found: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return found


def lines(folder: Path) -> list[dict[str, Any]]:
    """Its metrics."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def steps(folder: Path) -> list[int]:
    """The steps of which it has a line."""
    return [line["step"] for line in lines(folder) if "loss" in line]


def weights(adapter: Path) -> bytes:
    """The file of what was learned."""
    return (adapter / "adapter_model.safetensors").read_bytes()


class Told:
    """Remembers what a user would have seen."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun: list[int] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, done: int, steps: int) -> None:
        self.begun.append(done)

    def step(self, measured: Any) -> None: ...

    def evaluated(self, step: int, losses: Mapping[str, float]) -> None: ...


# --- runs in processes of their own ---

SAVING, STEP = "saving", "step"
"""Where a process is killed: when it flushes a file to the disk, or before it steps its parameters."""


def child(
    config: TrainingConfig,
    die: tuple[str, int] = ("", 0),
    environment: Mapping[str, str] | None = None,
    full: tuple[tuple[str, int], ...] = (),
) -> BaseProcess:
    """A process that trains, and kills itself at the n-th moment of a kind. Its packages are loaded already.

    Args:
        config: of the run.
        die: where, and at which call.
        environment: of the process.
        full: see `tests.training.fullness`.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ghost_architect.train", "transformers.models.gemma3", "bitsandbytes", __name__])
    process = context.Process(target=work, args=(config, die, dict(environment or {}), full))
    process.start()
    return process


def ended(process: BaseProcess) -> int:
    """Its exit code, once it has ended; of a signal, minus its number."""
    process.join(400)
    if process.exitcode is None:
        process.kill()
        raise AssertionError("it did not end")
    return process.exitcode


def work(
    config: TrainingConfig, die: tuple[str, int], environment: Mapping[str, str], full: tuple[tuple[str, int], ...] = ()
) -> None:
    """What the process does."""
    os.environ.update(environment)
    import torch

    from ghost_architect.train import train
    from ghost_architect.training import checkpoints
    from ghost_architect.training.learner import Learner

    torch.set_num_threads(1)
    kind, count = die
    if kind == SAVING:
        checkpoints._flush = deadly(checkpoints._flush, count)
    elif kind == STEP:
        Learner.update = deadly(Learner.update, count)  # type: ignore[method-assign]
    if full:
        from tests.training.fullness import fill

        fill(full)
    train(config)


def deadly(what: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The same function, which kills its process when it is called so often."""
    calls = 0

    def called(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return what(*arguments)

    return called


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    raise AssertionError("it never came")
