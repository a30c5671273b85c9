"""Checkpoints that are whole or not there: a temporary folder, fsync, the manifest last, one rename.

    HOME/step-000020/  what the run handed in, and manifest.json with each file's size and SHA-256

A run that is killed at any moment, while it saves included, finds the last whole one again; so does one whose disk was
full or became read-only at any moment. A folder whose manifest does not hold is passed over, and said so.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from ..errors import GhostError, printable

MANIFEST = "manifest.json"
_PARTIAL, _OLD = ".partial-", ".old-"
_NAME = re.compile(r"step-(\d{6,})$")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NUMBER = re.compile(r"\bos error (\d+)")
_ENTRY = 200
"""Bytes of the manifest that a file takes, about."""

Writer = Callable[[Path], None]
"""Writes files into a folder."""


class CheckpointError(GhostError):
    """A checkpoint cannot be written; the ones before it are untouched."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint.

    Attributes:
        folder: where it is.
        step: how many optimizer steps were done.
    """

    folder: Path
    step: int


def save(home: Path, step: int, write: Writer, sizes: Iterable[int], keep: int) -> Checkpoint:
    """Write a checkpoint, then remove those before it but for the newest; later ones, passed over, do not count.

    Args:
        home: the folder of the run's checkpoints; made if missing.
        step: how many optimizer steps are done.
        write: writes its files into a folder.
        sizes: about how many bytes each of them has, for the message where there is no room.
        keep: how many are kept, this one among them.

    Raises:
        CheckpointError: no room, or the folder cannot be written to.
    """
    target = home / f"step-{step:06d}"
    place(target, write, sizes, "a checkpoint")
    for old in [checkpoint for checkpoint in whole(home) if checkpoint.step <= step][keep:]:
        shutil.rmtree(old.folder, ignore_errors=True)
    return Checkpoint(target, step)


def place(target: Path, write: Writer, sizes: Iterable[int], what: str) -> None:
    """Make a folder that is whole or not there, in the place of an older one; its manifest says what is in it.

    Args:
        target: the folder.
        write: writes its files into a folder.
        sizes: about how many bytes each of them has, for the message where there is no room.
        what: it is, for the message.

    Raises:
        CheckpointError: no room, or the folder cannot be written to. What was there stays.
    """
    partial = target.with_name(f"{_PARTIAL}{target.name}")
    with kept(target.parent, what, needed(target.parent, sizes)):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _back(target)
            _remove(partial)
            partial.mkdir()
            write(partial)
            _seal(partial)
            _replace(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def room(home: Path, sizes: Iterable[int]) -> None:
    """Raise where a checkpoint with files of these sizes cannot be written: better before the work than after it.

    Raises:
        CheckpointError: there is no room.
    """
    nbytes = needed(home, sizes)
    with kept(home, "a checkpoint", nbytes):
        if shutil.disk_usage(next(_standing(home))).free < nbytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def needed(home: Path, sizes: Iterable[int]) -> int:
    """Bytes of the disk that a folder with files of these sizes takes: whole blocks, its manifest's and its own too."""
    said = list(sizes)
    block = _block(next(_standing(home)))
    return sum(-(-size // block) * block for size in (*said, _ENTRY * len(said), block))


def _block(path: Path) -> int:
    """Bytes in which a disk gives room; NTFS's for Windows, which does not say."""
    return 4096 if sys.platform == "win32" else os.statvfs(path).f_frsize


@contextmanager
def kept(home: Path, what: str, nbytes: int) -> Iterator[None]:
    """What is written inside says so in one line where it cannot be: no room (and how much it needs), or no right.

    Raises:
        CheckpointError: it could not be written.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise _refused(home, what, nbytes, error) from error


def whole(home: Path) -> list[Checkpoint]:
    """The checkpoints that look whole, the newest first; their files are not read."""
    return [checkpoint for checkpoint in _named(home) if (checkpoint.folder / MANIFEST).is_file()]


def _named(home: Path) -> list[Checkpoint]:
    """The folders that are called as checkpoints are, the newest first."""
    if not home.is_dir():
        return []
    found = [(p, m) for p in home.iterdir() if (m := _NAME.fullmatch(p.name)) and p.is_dir()]
    return sorted((Checkpoint(p, int(m[1])) for p, m in found), key=lambda c: -c.step)


def newest(home: Path, say: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint whose files are what its manifest says; None without one.

    Args:
        home: the folder of the run's checkpoints. What a killed run left half-written is removed.
        say: is told of each one that is passed over.
    """
    if home.is_dir():
        with kept(home, "the name of a checkpoint", 0):
            for old in home.glob(f"{_OLD}*"):
                _back(home / old.name.removeprefix(_OLD))
        for partial in home.glob(f"{_PARTIAL}*"):
            shutil.rmtree(partial, ignore_errors=True)
    found = _named(home)
    for checkpoint in found:
        wrong = damage(checkpoint.folder)
        if not wrong:
            return checkpoint
        say(f"{checkpoint.folder}: passed over: {wrong}")
    if found:
        say(f"{home}: none of its checkpoints is whole, so the run begins with step 1 again")
    return None


def damage(folder: Path) -> str:
    """What is wrong with a checkpoint's files; empty for nothing."""
    if not (folder / MANIFEST).is_file():
        return f"{MANIFEST} is missing"
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        for name, said in files.items():
            if (folder / name).stat().st_size != said["bytes"]:
                return f"{name} is not of the size that {MANIFEST} says"
            if _digest(folder / name) != said["sha256"]:
                return f"{name} is not what {MANIFEST} says"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"cannot be read: {error}"
    return ""


def _seal(folder: Path) -> None:
    """Flush each file to the disk, and only then say in the manifest what they are."""
    files = {}
    for path in sorted(folder.iterdir()):
        path.chmod(folder.stat().st_mode & 0o666)  # safetensors lets nobody else read what it writes
        _flush(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")
    _flush(manifest)
    _flush(folder)


def _replace(partial: Path, target: Path) -> None:
    """Give it its name; an older one of the same name makes way, and comes back where that fails."""
    old = target.with_name(f"{_OLD}{target.name}")
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
        _flush(target.parent)
    finally:
        _back(target)


def _back(target: Path) -> None:
    """What made way for another of its name goes, or, where that one never came, comes back."""
    old = target.with_name(f"{_OLD}{target.name}")
    if not old.exists():
        return
    if target.exists():
        _remove(old)
    else:
        old.rename(target)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _flush(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders, and flushes files only through handles that could write
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(home: Path, what: str, nbytes: int, error: Exception) -> CheckpointError:
    # safetensors has errors of its own, which say the system's number in words only
    said = str(error)
    number = error.errno if isinstance(error, OSError) else int(found[1]) if (found := _NUMBER.search(said)) else None
    why = os.strerror(number) if number else printable(said)
    if number not in _FULL:
        why = f"{why}; it needs {nbytes:,} bytes"
        return CheckpointError(f"{home}: {what} cannot be written: {why}", "make it writable, or name another: -o DIR")
    free = shutil.disk_usage(next(_standing(home))).free
    left = f"{free:,} are free" if free < nbytes else f"and none of the {free:,} that are free is given: a quota?"
    why = f"there is no room: it needs {nbytes:,} bytes, {left}"
    return CheckpointError(f"{home}: {what} cannot be written: {why}", "free some, then the same command again")


def _standing(path: Path) -> Iterator[Path]:
    """The path and its parents, those that exist."""
    yield from (p for p in (path, *path.absolute().parents) if p.exists())
