"""What a checkpoint holds, and how a run goes on from it.

adapter_config.json, adapter_model.safetensors    the adapter, as PEFT has it: the folder is one
optimizer.safetensors                             its moments
state.json                                        step, place in the data, setting
manifest.json                                     sizes and checksums; written last
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from ..config import TrainingConfig
from ..data_processing import Position
from ..data_processing.stream import BEGIN
from ..errors import InputError
from ..models.trinity.adapters import fill, layer_keys, read_adapter, tensors_of, write_files
from ..models.trinity.shrink import shrunk_tensors
from .bench import Bench
from .checkpoints import Checkpoint, place, save
from .optimizer import restore, state_of
from .recovery import setting_from, starts_over

OPTIMIZER, STATE = "optimizer.safetensors", "state.json"
_HEAD, _JSON = 80, 2000
"""Bytes, about: of what safetensors says of a tensor besides its name, and of a short file of settings."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a run is.

    Attributes:
        step: optimizer steps that are done.
        position: the place in the data where the next one begins.
        tokens: that were learned from so far, in rows of all processes.
        examples: likewise.
    """

    step: int = 0
    position: Position = BEGIN
    tokens: int = 0
    examples: int = 0


def sizes(bench: Bench) -> tuple[int, ...]:
    """About how many bytes each file of a checkpoint has."""
    tensors, _ = state_of(bench.learner.optimizer, bench.learner.parameters)
    values = int(bench.learner.parameters.values.nbytes)
    moments = sum(int(t.nbytes) + _HEAD for t in tensors.values()) or 2 * values
    return (*_adapter_sizes(bench), moments, _JSON)


def _adapter_sizes(bench: Bench) -> tuple[int, int]:
    """Of an adapter's files: its settings, and its tensors with what is said of each before them."""
    layers = bench.learner.layers
    named = sum(len(key) + _HEAD for name in layers for key in layer_keys(name))
    return _JSON + sum(map(len, layers)), int(bench.learner.parameters.values.nbytes) + named


def keep(home: Path, bench: Bench, reached: Reached, base: str, config: TrainingConfig) -> Checkpoint:
    """Save a checkpoint.

    Raises:
        CheckpointError: it cannot be written; those before it are untouched.
    """
    learner = bench.learner
    moments, numbers = state_of(learner.optimizer, learner.parameters)
    said = {
        "step": reached.step,
        "position": asdict(reached.position),
        "tokens": reached.tokens,
        "examples": reached.examples,
        "seed": config.seed,
        "setting": asdict(bench.setting),
        "optimizer": numbers,
    }

    def write(folder: Path) -> None:
        write_files(folder, tensors_of(learner.layers), bench.recipe, base)
        save_file({name: value.detach().cpu().contiguous() for name, value in moments.items()}, folder / OPTIMIZER)
        (folder / STATE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")

    return save(home, reached.step, write, sizes(bench), config.keep_checkpoints)


def deliver(target: Path, bench: Bench, base: str, record: str, config: str) -> None:
    """Write the adapter that a run made, with what says how.

    Raises:
        CheckpointError: it cannot be written; what was there stays.
    """

    def write(folder: Path) -> None:
        write_files(folder, tensors_of(bench.learner.layers), bench.recipe, base)
        (folder / "run.json").write_text(record, encoding="utf-8")
        (folder / "training_config.yaml").write_text(config, encoding="utf-8")

    place(target, write, (*_adapter_sizes(bench), len(record), len(config)), "the adapter")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken over.

    Attributes:
        reached: where the run is now.
        lost: what was lost on the way, in words; empty for nothing.
        share: of the updates' norm, what a smaller rank cut off, at most.
    """

    reached: Reached
    lost: str = ""
    share: float = 0.0


def take_up(checkpoint: Checkpoint, bench: Bench) -> Taken:
    """Give a bench what a checkpoint holds, as far as its setting can take it.

    Raises:
        InputError: it does not fit the model.
    """
    said = _said(checkpoint.folder)
    before, now = setting_from(said["setting"]), bench.setting
    reached = Reached(checkpoint.step, Position.of(said["position"]), said["tokens"], said["examples"])
    if starts_over(before, now):
        return Taken(Reached(), f"all {checkpoint.step} steps")
    recipe, tensors = read_adapter(checkpoint.folder)
    lost, share = [], 0.0
    if now.sequence != before.sequence:
        lost.append(f"what examples have beyond {now.sequence:,} tokens, from here on")
    if now.rank != before.rank:
        made = shrunk_tensors(recipe, tensors, now.rank)
        tensors, share = made.tensors, max(made.lost.values(), default=0.0)
        lost.append(f"up to {share:.1%} of a layer's update, and the optimizer's moments")
    fill(bench.learner.layers, tensors)
    if now.rank == before.rank:
        moments = load_file(checkpoint.folder / OPTIMIZER)
        try:
            restore(bench.learner.optimizer, bench.learner.parameters, moments, said["optimizer"])
        except ValueError as error:
            raise InputError(f"{checkpoint.folder}: {error}", "--resume no") from error
    return Taken(reached, "; ".join(lost), share)


def _said(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / STATE).read_text(encoding="utf-8"))
        setting_from(said["setting"])
        Position.of(said["position"])
        _ = said["tokens"] + said["examples"], dict(said["optimizer"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: {STATE} is not what a run writes", "--resume no") from error
    return dict(said)
