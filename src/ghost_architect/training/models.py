"""The model that a configuration names: a folder, a name in the local cache, or the miniature, which is made.

Nothing is downloaded. What cannot be trained here is said before torch is imported.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from ..config import TrainingConfig
from ..data_processing import Index, corpus
from ..errors import BackendError, InputError, UsageError, printable
from ..multimodal_model import miniature
from ..multimodal_model.cache import cached
from ..multimodal_model.folder import ModelFolder, find
from ..multimodal_model.machine import INSTALL, missing, quiet
from .checkpoints import kept, needed
from .choose import check_rank
from .hardware import here
from .shapes import model_of, sizes

PACKAGES = ("torch", "transformers", "bitsandbytes", "safetensors", "tokenizers")

MOST_ON_CPU = 500_000_000
"""Weights of linear layers up to which a model is trained without a card: a step of more takes hours."""

_TEXTS = 2000
"""Texts that the miniature's tokenizer learns from."""

_MINIATURE = (1_610_000, 125_000, *6 * (2_000,))
"""Bytes of the miniature's files: weights, tokenizer, settings."""

_TOLD = ("config.json", "tokenizer.json")

_HEAD, _PIECE, _PIECES = 1 << 20, 1 << 16, 64
"""Of a file of weights are read its first bytes, and as many pieces, evenly apart: some milliseconds each."""


def check(config: TrainingConfig) -> None:
    """Raise if this machine cannot train what a configuration asks for.

    Raises:
        BackendError: there is no card, or a package is missing.
        UsageError: the model is not known, or its matrices are smaller than the rank.
    """
    if config.model == miniature.NAME:
        said = {"vision_config": miniature.VISION, "mm_tokens_per_image": miniature.PICTURE_TOKENS}
        check_rank(config, sizes(said, miniature.TEXT, miniature.NAME))
    else:
        model = model_of(config.model)
        check_rank(config, model)
        weights = model.layers * sum(rows * columns for rows, columns in model.shapes.values())
        if weights > MOST_ON_CPU and not _card():
            raise BackendError(
                f"there is no CUDA card here, and {printable(config.model)} needs one",
                "two ways on: make train PROFILE=small, which trains a miniature on the CPU, "
                "or notebooks/main.ipynb, which takes a card on Colab",
            )
    absent = missing(PACKAGES)
    if absent:
        raise BackendError(absent, INSTALL)


def _card() -> bool:
    if here() is not None:
        return True
    if find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def base_of(config: TrainingConfig, learned: Index) -> tuple[ModelFolder, str]:
    """The model's folder, and what an adapter calls it.

    Args:
        config: names it.
        learned: what the miniature's tokenizer learns from.

    Raises:
        UsageError: there is no such folder, and nothing of that name in the cache.
        InputError: what lies there is damaged, or no Gemma 3.
        CheckpointError: the miniature cannot be written.
    """
    if config.model == miniature.NAME:
        home = Path(config.output)
        with quiet(), kept(home, "the miniature", needed(home, _MINIATURE)):
            folder = miniature.make(home, islice(corpus(learned), _TEXTS), config.seed)
        return find(str(folder)), str(folder.resolve())
    path = Path(config.model).expanduser()
    if path.is_dir():
        return find(str(path), to_train=True), str(path.resolve())
    found = cached(config.model)
    if found is None:
        shown = printable(config.model)
        raise UsageError(
            f"model: {shown} is no folder, and is not in the local cache; nothing is downloaded", f"hf download {shown}"
        )
    return find(str(found), to_train=True), config.model


def fingerprint(folder: ModelFolder) -> str:
    """A checksum over a model's files, which does not read all of its weights.

    What reads and configures it goes in whole. Of weights, the names and sizes of their files do, the first MiB, where
    the names, types and shapes of tensors stand, and 64 KiB of every 64th part. So a change of a 64th of a file or more
    in one place is seen; of one of a few numbers only where it hits.

    Raises:
        InputError: a file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(p for p in folder.base.iterdir() if p.suffix == ".safetensors" or p.name in _TOLD):
            size = path.stat().st_size
            digest.update(f"{path.name} {size}\n".encode())
            with path.open("rb") as file:
                digest.update(file.read(size if path.name in _TOLD else _HEAD))
                for place in range(file.tell(), size, max(_PIECE, size // _PIECES)):
                    file.seek(place)
                    digest.update(file.read(_PIECE))
    except OSError as error:
        raise InputError(f"{printable(folder.base)}: cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def no_room(why: str) -> BackendError:
    """What is said where a run may not do with less."""
    return BackendError(f"out of memory: {why}", "recover: true, or see what would help: ghost-architect plan")
