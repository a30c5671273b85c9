"""Whatever fails on a disk, and whenever: the last checkpoint is whole, and one line says how many bytes it needs."""

from __future__ import annotations

import errno
import itertools
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.config import TrainingConfig
from tests.outside import program
from tests.training.faults import Disk, everywhere, failing
from tests.training.small import record, run_of, settings, steps

pytestmark = pytest.mark.usefixtures("torch_here")
SIZES = (200, 12_145)


def writes(folder: Path) -> None:
    """What a run hands in, as far as Python writes it."""
    (folder / "state.json").write_text("{}" * 100)
    (folder / "weights").write_bytes(b"w" * 1000)


def asked(config: TrainingConfig) -> Any:
    """What a run over these settings is of."""
    from ghost_architect.training.request import Request

    return Request(config, "f" * 64)


def said(error: Any, bytes_: int) -> None:
    """One line with what it needs and what to do."""
    assert re.search(rf"cannot be written: .*it needs {bytes_:,} bytes", error.message), error.message
    assert error.hint
    assert "\n" not in error.message


def test_a_checkpoint_is_whole_or_the_one_before_is(tmp_path: Path) -> None:
    from ghost_architect.training.checkpoints import CheckpointError, damage, needed, newest, save

    homes = (tmp_path / str(n) for n in itertools.count())

    def do(disk: Disk) -> None:
        home = next(homes)
        save(home, 1, writes, SIZES, 2)
        save(home, 2, writes, SIZES, 2)
        try:
            with failing(disk):
                save(home, 3, writes, SIZES, 2)
        except CheckpointError as error:
            said(error, needed(tmp_path, SIZES))
        else:
            assert (home / "step-000003").is_dir()
        found = newest(home, pytest.fail)
        assert found
        assert found.step >= 2
        assert damage(found.folder) == ""
        save(home, 3, writes, SIZES, 2)  # with room again, the same works
        assert not list(home.glob(".*"))

    assert everywhere(do) > 4 * 15


def test_what_takes_the_place_of_another_does_so_whole(tmp_path: Path) -> None:
    """A step that is done again, an adapter that is written again."""
    from ghost_architect.training.checkpoints import CheckpointError, damage, needed, newest, place

    homes = (tmp_path / str(n) for n in itertools.count())

    def do(disk: Disk) -> None:
        target = next(homes) / "step-000001"
        place(target, writes, SIZES, "a checkpoint")
        try:
            with failing(disk):
                place(target, writes, SIZES, "a checkpoint")
        except CheckpointError as error:
            said(error, needed(tmp_path, SIZES))
        found = newest(target.parent, pytest.fail)
        assert found
        assert damage(found.folder) == ""
        assert [path.name for path in target.parent.iterdir()] == [target.name]

    assert everywhere(do) > 4 * 15


def test_the_record_of_a_run_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    from ghost_architect.training.checkpoints import CheckpointError
    from ghost_architect.training.runs import begin, resumed

    config = settings(tmp_path)
    run = begin(asked(config), {})
    run.close()

    def do(disk: Disk) -> None:
        run.note(step=1)
        try:
            with failing(disk):
                run.note(step=2)
        except CheckpointError as error:
            said(error, 20_000)
        found = resumed(asked(config), "auto", pytest.fail)
        assert found
        assert found.record["step"] in (1, 2)
        found.close()

    assert everywhere(do) > 4 * 3
    with (
        failing(Disk(errno.ENOSPC, 2)),
        pytest.raises(CheckpointError, match="a run cannot be written: there is no room"),
    ):
        begin(asked(config), {})


def test_lines_and_curves_say_so_too(tmp_path: Path) -> None:
    from ghost_architect.training.checkpoints import CheckpointError
    from ghost_architect.training.metrics import Measured, Metrics

    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n')

    def do(disk: Disk) -> None:
        try:
            with failing(disk):
                made = Metrics(tmp_path, 1)
                try:
                    made.step(Measured(2, 1.0, 1.0, 1.0, 1, 1, 1.0, 1.0, 1.0))
                    made.evaluated(2, {"held out": 1.0})
                finally:
                    made.close()
        except CheckpointError as error:
            said(error, 400)
        assert (tmp_path / "metrics.jsonl").read_text().startswith('{"step": 1}\n')

    assert everywhere(do) > 4 * 6


def test_what_a_checkpoint_needs_is_what_it_takes(tmp_path: Path) -> None:
    """Whole blocks of each file, of the manifest and of the folder: what is needed is never less than what is free."""
    from ghost_architect.training.checkpoints import needed, save

    checkpoint = save(tmp_path, 1, writes, (), 1)
    block = os.statvfs(tmp_path).f_frsize
    taken = sum(-(-p.stat().st_size // block) * block for p in checkpoint.folder.iterdir())
    assert taken + block == needed(tmp_path, (200, 1000))


def test_one_that_was_passed_over_takes_no_place(tmp_path: Path) -> None:
    """Where the run went back behind it, the ones before it are what is kept."""
    from ghost_architect.training.checkpoints import save, whole

    save(tmp_path, 10, writes, SIZES, 1)
    for step in (5, 6):
        save(tmp_path, step, writes, SIZES, 1)
    assert [checkpoint.step for checkpoint in whole(tmp_path)] == [10, 6]


def test_a_disk_with_room_that_gives_none(tmp_path: Path) -> None:
    from ghost_architect.training.checkpoints import CheckpointError, kept

    with (
        pytest.raises(CheckpointError, match=r"needs 7 bytes, and none of the [0-9,]+ that are free is given: a quota"),
        kept(tmp_path, "a checkpoint", 7),
    ):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def test_a_real_disk(tmp_path: Path) -> None:
    """A small one of memory: filled up between two steps, then read-only when the run goes on, then neither."""
    from ghost_architect.train import train
    from ghost_architect.training import state
    from ghost_architect.training.checkpoints import CheckpointError, damage
    from ghost_architect.training.checkpoints import save as real

    mount = program("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("only root may mount here")
    config, calls = settings(tmp_path, output=str(disk / "output")), itertools.count(1)

    def save(home: Path, *rest: Any) -> Any:
        if next(calls) == 3:
            free = os.statvfs(disk)
            (disk / "filling").write_bytes(bytes(free.f_bavail * free.f_bsize - 100_000))
        return real(home, *rest)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"{state.__name__}.save", save)
            with pytest.raises(CheckpointError, match=r"there is no room: it needs [0-9,]{6,} bytes"):
                train(config)
        assert damage(run_of(disk) / "step-000002") == ""
        (disk / "filling").unlink()
        subprocess.run([mount, "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(CheckpointError, match=r"Read-only file system; it needs [0-9,]{6,} bytes"):
            train(config)
        assert damage(run_of(disk) / "step-000002") == ""
        subprocess.run([mount, "-o", "remount,rw", str(disk)], check=True)
        train(config)
        assert steps(run_of(disk)) == [1, 2, 3, 4]
        assert record(run_of(disk))["state"] == "done"
    finally:
        subprocess.run([program("umount"), "-l", str(disk)], check=True)
