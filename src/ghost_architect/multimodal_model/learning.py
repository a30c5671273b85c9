"""A folder becomes a model that can be trained: its linear layers in NF4, everything else as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ghost_architect.errors import BackendError, GhostError, InputError

from .folder import ModelFolder
from .loading import brief, checked, processor_of
from .machine import is_out_of_memory
from .model import model_of


@dataclass(frozen=True, slots=True)
class Trainable:
    """A model in memory.

    Attributes:
        model: of transformers; nothing in it is trained yet.
        tokenizer: of transformers.
        processor: turns pictures and a chat into tokens; None for a model that only reads text.
    """

    model: Any
    tokenizer: Any
    processor: Any


def load_to_train(folder: ModelFolder, device: Any, dtype: Any) -> Trainable:
    """Load a model.

    Args:
        folder: of the model.
        device: a torch device.
        dtype: of what is not quantised, and of matrix products.

    Raises:
        InputError: something in the folder does not fit or is damaged.
        BackendError: the memory does not suffice.
    """
    try:
        model = model_of(folder, device, dtype, quantise=True)
        tokenizer, processor = processor_of(folder)
        checked(folder, tokenizer, model.config)
        return Trainable(model.eval().requires_grad_(False), tokenizer, processor)
    except GhostError:
        raise
    except Exception as error:  # readers of others, on files that anybody may have made, raise anything
        if is_out_of_memory(error):
            hint = "ghost-architect plan says what it takes"
            raise BackendError(f"{device} has too little memory for {folder.name}", hint) from error
        raise InputError(f"{folder.base}: cannot be loaded: {brief(error)}") from error
