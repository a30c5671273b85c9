"""The folder of a run, and its record: what was asked for, with what it ran, what became of it.

    OUTPUT/checkpoints/RUN/run.json               the record
                           training_config.yaml   the settings, each of them said
                           metrics.jsonl, events.out.tfevents.*
                           step-000020/           see state.py
    OUTPUT/adapters/RUN/                          what a finished run leaves

A run that a process works on is locked; a killed process lets go of its lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import torch
import yaml

from ghost_architect import __version__

from ..config import TRAINING, TrainingConfig
from ..errors import UsageError, printable
from .checkpoints import CheckpointError, kept
from .recovery import Rung, setting_from
from .rehearsal.setting import Setting

RECORD, LOCK = "run.json", "lock"
AUTO, NO = "auto", "no"
"""What `--resume` takes besides the name of a run."""

DONE, RUNNING, STOPPED, FAILED = "done", "running", "stopped", "failed"

_PACKAGES = ("torch", "transformers", "bitsandbytes", "peft", "safetensors", "tokenizers", "numpy", "triton")
_BYTES = 20_000
"""Of a record and the settings, about."""
_FREE = ("output",)
"""Settings that may differ when a run goes on."""


class Run:
    """A run.

    Args:
        folder: of its checkpoints.
        record: what run.json says.
        writes: whether this process is the one that writes.

    Attributes:
        folder, record, writes: as given.
    """

    def __init__(self, folder: Path, record: dict[str, Any], writes: bool = True) -> None:
        self.folder, self.record, self.writes = folder, record, writes
        self._lock: IO[str] | None = None

    @property
    def name(self) -> str:
        """Of its folders."""
        return self.folder.name

    @property
    def adapter(self) -> Path:
        """The folder that a finished run leaves."""
        return self.folder.parent.parent / "adapters" / self.name

    @property
    def setting(self) -> Setting | None:
        """What `auto` settings became and rungs made of it; None before that is known."""
        said = self.record.get("setting")
        return setting_from(said) if said else None

    def note(self, **what: Any) -> None:
        """Write down what became of it.

        Raises:
            CheckpointError: it cannot be written.
        """
        self.record |= what
        if not self.writes:
            return
        with kept(self.folder, "the record of the run", _BYTES):
            _write(self.folder / RECORD, self.text())

    def took(self, rung: Rung) -> None:
        """Write down a rung before it is taken."""
        self.note(setting=asdict(rung.setting), rungs=[*self.record["rungs"], rung.json()])

    def lost(self, what: str) -> None:
        """Write down what the last rung lost."""
        rungs = self.record["rungs"]
        if rungs:
            self.note(rungs=[*rungs[:-1], {**rungs[-1], "lost": what}])

    def failed(self, why: str) -> None:
        """Write down why it ended, where that can be written."""
        with contextlib.suppress(CheckpointError):
            self.note(state=FAILED, why=why)

    def text(self) -> str:
        """The record as it is written."""
        return json.dumps(self.record, indent=1, ensure_ascii=False) + "\n"

    def settings(self) -> str:
        """The settings as YAML."""
        return _yaml(self.record["config"])

    def locked(self) -> bool:
        """Take the lock; False where another process has it."""
        try:
            import fcntl
        except ImportError:  # Windows has none; two runs in one folder are the user's to avoid there
            return True
        try:
            file = (self.folder / LOCK).open("w")
        except OSError:
            return True  # a folder that cannot be written to says so when it is
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._lock = file
        return True

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock:
            self._lock.close()


def begin(config: TrainingConfig, fingerprint: str, about: Mapping[str, Any]) -> Run:
    """A new run.

    Raises:
        CheckpointError: its folder cannot be made.
    """
    home = _home(config)
    record = {
        "config": _plain(config),
        "data": {"fingerprint": fingerprint, **about},
        "state": RUNNING,
        "step": 0,
        "rungs": [],
        "versions": versions(),
    }
    with kept(home, "a run", _BYTES):
        run = Run(_fresh(home), record)
        _write(run.folder / TRAINING, run.settings())
    run.locked()
    run.note()
    return run


def resumed(config: TrainingConfig, fingerprint: str, wanted: str) -> Run | None:
    """The run that goes on; None where a new one begins.

    Args:
        config: of this call.
        fingerprint: of its data.
        wanted: auto, no, or a run by its name or folder.

    Raises:
        UsageError: there is no such run, another process works on it, or it was made otherwise.
    """
    if wanted == NO:
        return None
    if wanted != AUTO:
        return _named(config, fingerprint, wanted)
    return next((r for r in _alike(config, fingerprint) if r.record["state"] != DONE and r.locked()), None)


def finished(config: TrainingConfig, fingerprint: str) -> Run | None:
    """The newest run with these settings and data that is done; None without one."""
    return next((r for r in _alike(config, fingerprint) if r.record["state"] == DONE and r.adapter.is_dir()), None)


def _alike(config: TrainingConfig, fingerprint: str) -> Iterator[Run]:
    """The runs with these settings and data, the newest first."""
    home = _home(config)
    for folder in sorted(home.iterdir(), key=lambda f: f.name, reverse=True) if home.is_dir() else ():
        run = _read(folder)
        if run and not _differing(run, config, fingerprint):
            yield run


def _named(config: TrainingConfig, fingerprint: str, wanted: str) -> Run:
    folder = next((f for f in (_home(config) / Path(wanted).name, Path(wanted)) if (f / RECORD).is_file()), None)
    run = _read(folder) if folder else None
    if run is None:
        why = f"--resume: there is no run {printable(wanted)!r} in {_home(config)}"
        raise UsageError(why, f"--resume {AUTO} goes on with the last one, --resume {NO} begins anew")
    other = _differing(run, config, fingerprint)
    if other:
        hint = f"--config {run.folder / TRAINING}, or --resume {NO} for a new run"
        raise UsageError(f"--resume: {run.name} was begun with another {', '.join(other)}", hint)
    if not run.locked():
        raise UsageError(f"--resume: another process works on {run.name}", "wait for it, or stop it")
    return run


def _differing(run: Run, config: TrainingConfig, fingerprint: str) -> list[str]:
    """The settings in which a run differs from this call."""
    theirs, ours = run.record["config"], _plain(config)
    other = [name for name in ours if name not in _FREE and theirs.get(name) != ours[name]]
    return other or ([] if run.record["data"]["fingerprint"] == fingerprint else ["content of data"])


def _read(folder: Path) -> Run | None:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        run = Run(folder, record)
        _ = run.setting, record["state"], record["config"]["model"], record["data"]["fingerprint"], record["rungs"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return run


def _home(config: TrainingConfig) -> Path:
    return Path(config.output) / "checkpoints"


def _fresh(home: Path) -> Path:
    """A folder named after the time; of two in one second, the second has a number behind it."""
    home.mkdir(parents=True, exist_ok=True)
    name = datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        folder = home / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise OSError(f"no name is free beside {name}")


def _plain(config: TrainingConfig) -> dict[str, Any]:
    """The settings as JSON gives them back."""
    return dict(json.loads(json.dumps(asdict(config))))


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there whole, the old one or the new one."""
    fresh = path.with_name(f".{path.name}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def versions() -> dict[str, str]:
    """Of what a run runs with."""
    found = {"ghost-architect": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        found["cuda"] = str(torch.version.cuda)
    return found
