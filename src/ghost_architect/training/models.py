"""The model that a configuration names: a folder, a name in the local cache, or the miniature, which is made.

Nothing is downloaded. What cannot be trained here is said before torch is imported.
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from ..config import TrainingConfig
from ..data_processing import Index, corpus
from ..errors import BackendError, UsageError, printable
from ..multimodal_model import miniature
from ..multimodal_model.cache import cached
from ..multimodal_model.folder import ModelFolder, find
from ..multimodal_model.machine import INSTALL, missing, quiet
from .hardware import here
from .shapes import model_of

PACKAGES = ("torch", "transformers", "bitsandbytes", "safetensors", "tokenizers")

MOST_ON_CPU = 500_000_000
"""Weights of linear layers up to which a model is trained without a card: a step of more takes hours."""

_TEXTS = 2000
"""Texts that the miniature's tokenizer learns from."""


def check(config: TrainingConfig) -> None:
    """Raise if this machine cannot train what a configuration asks for.

    Raises:
        BackendError: there is no card, or a package is missing.
        UsageError: the model is not known.
    """
    if config.model != miniature.NAME:
        model = model_of(config.model)
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
    """
    if config.model == miniature.NAME:
        with quiet():
            folder = miniature.make(Path(config.output), islice(corpus(learned), _TEXTS), config.seed)
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


def no_room(why: str) -> BackendError:
    """What is said where a run may not do with less."""
    return BackendError(f"out of memory: {why}", "recover: true, or see what would help: ghost-architect plan")
