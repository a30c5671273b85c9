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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import torch
import yaml

from ghost_architect import __version__

from ..config import TRAINING, TrainingConfig
from ..errors import InputError, UsageError, printable
from .checkpoints import CheckpointError, kept, whole
from .recovery import Rung, setting_from
from .rehearsal.setting import Setting
from .request import Request
from .watch import Silent

RECORD, LOCK = "run.json", "lock"
AUTO, NO = "auto", "no"
"""What `--resume` takes besides the name of a run."""

_DATA, _BASE = "content of data", "content of the model"

DONE, RUNNING, STOPPED, FAILED = "done", "running", "stopped", "failed"

_PACKAGES = ("torch", "transformers", "bitsandbytes", "peft", "safetensors", "tokenizers", "numpy", "triton")
_BYTES = 20_000
"""Of a record and the settings, about."""
_FREE = ("output",)
"""Settings that may differ when a run goes on."""
_SHARED = ("batch", "accumulation")
"""Those that may where the rows of a step stay as many: on fewer cards or more."""


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

    def text(self, **what: Any) -> str:
        """The record as it is written, or as it will be when this is noted."""
        return json.dumps(self.record | what, indent=1, ensure_ascii=False) + "\n"

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


def begin(asked: Request, about: Mapping[str, Any]) -> Run:
    """A new run.

    Args:
        asked: what of.
        about: its data, for the record.

    Raises:
        CheckpointError: its folder cannot be made.
    """
    home = _home(asked.config)
    record = {
        "config": _plain(asked.config),
        "rows": asked.rows,
        "base": asked.base,
        "data": {"fingerprint": asked.data, **about},
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


def resumed(asked: Request, wanted: str, say: Callable[[str], None]) -> Run | None:
    """The run that goes on; None where a new one begins.

    Args:
        asked: what this call is of.
        wanted: auto, no, or a run by its name or folder.
        say: is told of a run that would go on, and cannot.

    Raises:
        UsageError: there is no such run, another process works on it, or it was made otherwise.
        InputError: its record cannot be read.
    """
    if wanted == NO:
        return None
    if wanted != AUTO:
        return _named(asked, wanted)
    for run in _alike(asked, say):
        if run.record["state"] != DONE and run.locked():
            return run
    return None


def finished(config: TrainingConfig, fingerprint: str) -> Run | None:
    """The newest run with these settings and data that is done; None without one."""
    asked = Request(config, fingerprint)
    return next((r for r in _alike(asked, Silent().say) if r.record["state"] == DONE and r.adapter.is_dir()), None)


def _alike(asked: Request, say: Callable[[str], None]) -> Iterator[Run]:
    """The runs of the same, the newest first; what keeps others from it that could be meant is said."""
    home, told = _home(asked.config), False
    for folder in sorted(home.iterdir(), key=lambda f: f.name, reverse=True) if home.is_dir() else ():
        run = _read(folder)
        if run is None:
            if whole(folder):
                say(f"warning: {folder}: passed over: it has checkpoints, and its {RECORD} cannot be read")
            continue
        other = _differing(run, asked)
        if not other:
            yield run
        elif not told and run.record["state"] != DONE and other in ([_DATA], [_BASE]):
            told = True
            say(f"warning: {folder}: passed over: it was begun with another {other[0]}")


def _named(asked: Request, wanted: str) -> Run:
    home = _home(asked.config)
    folder = next((f for f in (home / Path(wanted).name, Path(wanted)) if (f / RECORD).is_file()), None)
    if folder is None:
        why = f"--resume: there is no run {printable(wanted)!r} in {home}"
        raise UsageError(why, f"--resume {AUTO} goes on with the last one, --resume {NO} begins anew")
    run = _read(folder)
    if run is None:
        raise InputError(f"--resume: {folder / RECORD} cannot be read", f"--resume {NO} begins anew")
    other = _differing(run, asked)
    if other:
        hint = f"--config {run.folder / TRAINING}, or --resume {NO} for a new run"
        raise UsageError(f"--resume: {run.name} was begun with another {', '.join(other)}", hint)
    if not run.locked():
        raise UsageError(f"--resume: another process works on {run.name}", "wait for it, or stop it")
    return run


def _differing(run: Run, asked: Request) -> list[str]:
    """The settings in which a run differs from this call; where they are the same, its data; where that is, its model.

    The miniature's tokenizer learns from the data, so with other data it is another model.
    """
    theirs, ours = run.record["config"], _plain(asked.config)
    free = (*_FREE, *_SHARED) if run.record.get("rows") == asked.rows else _FREE
    other = [name for name in ours if name not in free and theirs.get(name) != ours[name]]
    if other:
        return other
    if run.record["data"]["fingerprint"] != asked.data:
        return [_DATA]
    base = run.record.get("base")  # runs of before have none
    return [_BASE] if base and asked.base and base != asked.base else []


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
