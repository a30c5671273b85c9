"""The model that a run is of: made where there is room, and known again by its files."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.outside import program
from tests.training.small import settings

pytestmark = pytest.mark.usefixtures("torch_here")


def made(home: Path, **changed: Any) -> Any:
    """The miniature's folder."""
    from ghost_architect.training.data import Sources
    from ghost_architect.training.models import base_of

    config = settings(home, **changed)
    return base_of(config, Sources.of(config).learned)[0]


def test_the_miniature_needs_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import SafetensorError

    from ghost_architect.multimodal_model import miniature
    from ghost_architect.training.checkpoints import CheckpointError

    taken = sum(p.stat().st_size for p in made(tmp_path).base.iterdir())
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for error in (full, SafetensorError("I/O error: No space left on device (os error 28)")):

        def write(*arguments: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(miniature, "_write", write)
        with pytest.raises(CheckpointError, match="the miniature cannot be written: there is no room") as refused:
            made(tmp_path, seed=1)
        said = re.search(r"it needs ([0-9,]+) bytes", refused.value.message)
        assert said
        assert 0.9 * taken < int(said[1].replace(",", "")) < 1.2 * taken


@pytest.mark.parametrize("kib", [40, 100, 400, 1700])
def test_a_disk_that_is_full_at_any_of_its_files(tmp_path: Path, kib: int) -> None:
    from ghost_architect.training.checkpoints import CheckpointError

    disk, mount = tmp_path / "disk", program("mount")
    disk.mkdir()
    words = [mount, "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(disk)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount here")
    try:
        with pytest.raises(CheckpointError, match=r"the miniature cannot be written: .* it needs [0-9,]{9} bytes"):
            made(tmp_path, output=str(disk / "output"))
        assert not list((disk / "output").iterdir())
    finally:
        subprocess.run([program("umount"), "-l", str(disk)], check=True)


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    from ghost_architect.training.models import fingerprint

    folder = made(tmp_path)
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        path = folder.base / name
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        path.write_bytes(changed)
        assert fingerprint(folder) != before, name
        path.write_bytes(whole + b" ")
        assert fingerprint(folder) != before, name
        path.write_bytes(whole)
    assert fingerprint(folder) == before


def test_large_weights_are_looked_at_everywhere(tmp_path: Path) -> None:
    """A change of a 64th part or more is seen wherever it is, and not all is read."""
    from ghost_architect.multimodal_model.folder import ModelFolder
    from ghost_architect.training.models import fingerprint

    folder, size = ModelFolder(tmp_path, None, False, 1, 0, 0, 1), 32 << 20
    path = tmp_path / "model.safetensors"
    path.write_bytes(bytes(size))
    before, part = fingerprint(folder), size // 64
    for start in (0, part, 7 * part + 11, size // 2 - 5, size - part):
        with path.open("r+b") as file:
            file.seek(start)
            file.write(b"1" * part)
        assert fingerprint(folder) != before, start
        with path.open("r+b") as file:
            file.seek(start)
            file.write(bytes(part))
    assert fingerprint(folder) == before
