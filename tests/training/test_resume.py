"""A run that is killed, stopped or out of room loses nothing but the steps since the last checkpoint."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.errors import UsageError
from tests.data.rows import png
from tests.training.small import (
    SAVING,
    STEP,
    Told,
    child,
    ended,
    lines,
    record,
    run_of,
    settings,
    steps,
    texts,
    wait_for,
    weights,
)

KILLS = ((SAVING, 3), (STEP, 2), (SAVING, 8), (SAVING, 7), (STEP, 1), (SAVING, 13))
"""A checkpoint flushes four files, the manifest, its folder and the one that it is in: killed when its first file is
there, when it has no name yet, when it has one; and between two checkpoints."""


def test_killed_at_any_moment_it_ends_in_the_same_weights(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    once = train(settings(tmp_path, output=str(tmp_path / "once"), steps=5))
    config = settings(tmp_path, steps=5)
    for kill in KILLS:
        assert ended(child(config, kill)) == -signal.SIGKILL, kill
    killed = train(config)
    assert weights(killed) == weights(once)
    assert steps(run_of(tmp_path)) == [1, 2, 3, 4, 5]
    assert record(run_of(tmp_path))["state"] == "done"
    # what is left of the checkpoints is whole, and no more than is kept
    assert sorted(p.name for p in run_of(tmp_path).iterdir() if p.is_dir()) == ["step-000004", "step-000005"]


def test_a_run_that_is_done_is_not_gone_on_with(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    first = train(settings(tmp_path, steps=1))
    again = train(settings(tmp_path, steps=1))
    assert first != again
    assert weights(first) == weights(again)
    assert train(settings(tmp_path, steps=1), first.name) == first  # by its name, it says where the adapter is


def test_ctrl_c_saves_and_the_same_command_goes_on(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path, steps=40, checkpoint_every=0)
    process = child(config)
    wait_for(lambda: len(steps(run_of(tmp_path))) >= 2)
    assert process.pid
    os.kill(process.pid, signal.SIGINT)
    assert ended(process) == 1  # KeyboardInterrupt, of which the command line makes 130
    reached = record(run_of(tmp_path))["step"]
    assert record(run_of(tmp_path))["state"] == "stopped"
    assert 2 <= reached < 40
    assert (run_of(tmp_path) / f"step-{reached:06d}" / "manifest.json").is_file()
    told = Told()
    train(config, watch=told)
    assert told.begun == [reached]
    assert steps(run_of(tmp_path)) == list(range(1, 41))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ctrl-C while a function of the learner is called for the n-th time."""
    from ghost_architect.training.learner import Learner

    def at(name: str, number: int) -> None:
        real, calls = getattr(Learner, name), itertools.count(1)

        def called(*arguments: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGINT)
            return real(*arguments)

        monkeypatch.setattr(Learner, name, called)

    return at


def test_a_step_that_was_begun_is_done_again(tmp_path: Path, torch_here: None, asked: Any) -> None:
    """The probe learns a row, and each step two: asked in the first row of the second step, and of the first."""
    from ghost_architect.train import train

    once = train(settings(tmp_path, output=str(tmp_path / "once")))
    config, told = settings(tmp_path, checkpoint_every=0), Told()
    asked("learn", 2)
    with pytest.raises(KeyboardInterrupt):
        train(config, watch=told)
    assert told.said[-2:] == [
        "stopping at the next row; once more stops at once, without saving",
        "no step was done, so nothing is saved: --resume auto, the default, goes on",
    ]
    assert not list(run_of(tmp_path).glob("step-*"))
    asked("learn", 4)
    with pytest.raises(KeyboardInterrupt):
        train(config, watch=told)
    assert told.said[-1] == "saved behind step 1: --resume auto, the default, goes on"
    assert [path.name for path in run_of(tmp_path).glob("step-*")] == ["step-000001"]
    assert weights(train(config, watch=told)) == weights(once)
    assert told.begun == [0, 0, 1]
    assert steps(run_of(tmp_path)) == [1, 2, 3, 4]


def test_an_evaluation_that_was_broken_off_is_made_up_for(tmp_path: Path, torch_here: None, asked: Any) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path, evaluate_every=2, checkpoint_every=0)
    asked("loss", 2)
    with pytest.raises(KeyboardInterrupt):
        train(config)
    assert [line["step"] for line in lines(run_of(tmp_path))] == [1, 2]
    train(config)
    found = [(line["step"], "validation" in line) for line in lines(run_of(tmp_path))]
    assert found == [(1, False), (2, False), (2, True), (3, False), (4, False), (4, True)]


def test_before_the_steps_it_stops_at_once(tmp_path: Path, torch_here: None, asked: Any) -> None:
    from ghost_architect.train import train

    asked("probe", 1)
    told = Told()
    with pytest.raises(KeyboardInterrupt):
        train(settings(tmp_path), watch=told)
    assert not any(line.startswith("stopping") for line in told.said)
    assert told.begun == []


DECODING = """
import signal, sys
from ghost_architect.pages.decode import decode
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(1))
data = sys.stdin.buffer.read()
print("ready", flush=True)
while len(asked) < 20:
    decode(data, "a.png")
signal.signal(signal.SIGINT, signal.SIG_IGN)
"""


def test_ctrl_c_of_a_terminal_leaves_pictures_whole() -> None:
    """It reaches all processes of the terminal, and so the one that decodes as well."""
    words = [sys.executable, "-c", DECODING]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, start_new_session=True, **pipes) as process:
        process.stdin.write(png(size=(800, 600)))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        assert process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.05)
        assert process.returncode == 0, process.stderr.read()  # type: ignore[union-attr]


def test_another_process_works_on_it(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path, steps=400, checkpoint_every=0)
    process = child(config)
    try:
        wait_for(lambda: bool(steps(run_of(tmp_path))))
        with pytest.raises(UsageError, match="another process works on"):
            train(config, run_of(tmp_path).name)
    finally:
        process.kill()
        process.join()


def test_only_a_run_of_the_same_settings_and_data_goes_on(
    tmp_path: Path, torch_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path)
    run = train(config)
    folder = run_of(tmp_path)
    unfinished = record(folder) | {"state": "running"}
    (folder / "run.json").write_text(json.dumps(unfinished))
    (base,) = (tmp_path / "output").glob("miniature-*/model.safetensors")
    whole = base.read_bytes()
    base.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(UsageError, match="another content of the model"):
        train(config, run.name)
    base.write_bytes(whole)
    with pytest.raises(UsageError) as refused:
        train(settings(tmp_path, seed=1, rank=8), run.name)
    assert refused.value.message == f"--resume: {run.name} was begun with another rank, seed"
    texts(tmp_path / "texts.json", 41)
    with pytest.raises(UsageError, match="another content of data"):
        train(config, run.name)
    with pytest.raises(UsageError, match="there is no run 'nothing'"):
        train(config, "nothing")
    told = Told()
    assert train(config, watch=told) != run
    assert told.said[0] == f"warning: {folder}: passed over: it was begun with another content of data"


def test_no_room_keeps_the_old_checkpoint_and_says_what_is_needed(
    tmp_path: Path, torch_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file as real

    from ghost_architect.train import train
    from ghost_architect.training import state
    from ghost_architect.training.checkpoints import CheckpointError, damage

    config, saved = settings(tmp_path), 0

    def full(*arguments: Any) -> None:
        nonlocal saved
        saved += 1
        if saved == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*arguments)

    monkeypatch.setattr(f"{state.__name__}.save_file", full)
    with pytest.raises(CheckpointError) as refused:
        train(config)
    assert "there is no room: it needs " in refused.value.message
    needed = int(refused.value.message.split("it needs ")[1].split(" bytes")[0].replace(",", ""))
    old = run_of(tmp_path) / "step-000002"
    size, block = sum(p.stat().st_size for p in old.iterdir()), os.statvfs(old).f_frsize
    assert size < needed < size + 8 * block
    assert damage(old) == ""
    assert not list(run_of(tmp_path).glob(".partial*"))
    assert record(run_of(tmp_path))["state"] == "failed"
    monkeypatch.setattr(f"{state.__name__}.save_file", real)
    told = Told()
    train(config, watch=told)
    assert told.begun == [2]


def test_a_disk_without_room_is_seen_before_the_first_step(
    tmp_path: Path, torch_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ghost_architect.train import train
    from ghost_architect.training import checkpoints

    class Usage:
        free = 1000

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(checkpoints.CheckpointError, match="bytes, 1,000 are free"):
        train(settings(tmp_path))
    assert steps_there(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.errors import GhostError
    from ghost_architect.train import train

    config = settings(tmp_path, output=str(tmp_path / "output"))
    train(config)
    (tmp_path / "output" / "checkpoints").rename(tmp_path / "away")
    (tmp_path / "output" / "checkpoints").write_text("in the way")
    with pytest.raises(GhostError) as refused:
        train(config)
    assert refused.value.message.startswith(f"{tmp_path / 'output' / 'checkpoints'}: a run cannot be written: ")
    assert "-o DIR" in refused.value.hint


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path, keep_checkpoints=3)
    assert ended(child(config, (STEP, 4))) == -signal.SIGKILL
    newest = run_of(tmp_path) / "step-000003" / "optimizer.safetensors"
    data = bytearray(newest.read_bytes())
    data[-1] ^= 1
    newest.write_bytes(data)
    told = Told()
    train(config, watch=told)
    assert told.begun == [2]
    assert any("passed over: optimizer.safetensors is not what manifest.json says" in line for line in told.said)


def test_a_checkpoint_without_its_manifest_is_passed_over_too(tmp_path: Path, torch_here: None) -> None:
    from ghost_architect.train import train

    config = settings(tmp_path)
    assert ended(child(config, (STEP, 2))) == -signal.SIGKILL
    (run_of(tmp_path) / "step-000001" / "manifest.json").unlink()
    told = Told()
    train(config, watch=told)
    assert told.begun == [0]
    assert f"{run_of(tmp_path) / 'step-000001'}: passed over: manifest.json is missing" in told.said
    assert any(
        line.endswith("none of its checkpoints is whole, so the run begins with step 1 again") for line in told.said
    )
    assert steps(run_of(tmp_path)) == [1, 2, 3, 4]


def test_a_closed_terminal_saves(tmp_path: Path, torch_here: None) -> None:
    """The shell and the system each say so."""
    config = settings(tmp_path, steps=40, checkpoint_every=0)
    process = child(config)
    wait_for(lambda: len(steps(run_of(tmp_path))) >= 2)
    assert process.pid
    os.kill(process.pid, signal.SIGHUP)
    time.sleep(0.001)  # signals that wait count once
    os.kill(process.pid, signal.SIGHUP)
    assert ended(process) == 1
    reached = record(run_of(tmp_path))["step"]
    assert record(run_of(tmp_path))["state"] == "stopped"
    assert (run_of(tmp_path) / f"step-{reached:06d}" / "manifest.json").is_file()


def steps_there(home: Path) -> list[int]:
    return steps(run_of(home)) if (run_of(home) / "metrics.jsonl").is_file() else []
