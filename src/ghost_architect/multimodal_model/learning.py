"""A folder becomes a model that can be trained: its linear layers in NF4, everything else as it is.

A checkpoint that is quantised already is taken as it is, also where some of its layers are left in 16 bits.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ghost_architect.errors import BackendError, GhostError, InputError

from .folder import ModelFolder
from .loading import brief, checked, processor_of
from .machine import is_out_of_memory
from .weights import model_shapes

WHOLE = ("model.vision_tower", "model.multi_modal_projector", "lm_head", "model.language_model.embed_tokens")
"""Parts that are never quantised: the words' matrix makes logits, and pictures lose most. A name holds for all that
begins with it; transformers takes it as a regular expression."""

_RENAMED = (
    (re.compile(r"^language_model\.model\."), "model.language_model."),
    (re.compile(r"^(vision_tower|multi_modal_projector)\."), r"model.\1."),
)
"""What older files call parts of the model, and what transformers does by now."""


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
        model = _weights(folder, device, dtype)
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


def _weights(folder: ModelFolder, device: Any, dtype: Any) -> Any:
    from transformers import AutoConfig, BitsAndBytesConfig, Gemma3ForCausalLM, Gemma3ForConditionalGeneration

    config = AutoConfig.from_pretrained(folder.base, local_files_only=True, trust_remote_code=False)
    quantised = getattr(config, "quantization_config", None)
    wanted = None
    if quantised is None:
        wanted = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
            llm_int8_skip_modules=list(WHOLE),
        )
    else:
        # what the list in config.json calls them is not always what transformers does
        quantised["llm_int8_skip_modules"] = plain_linears(model_shapes(folder.base))
    kind = Gemma3ForConditionalGeneration if folder.sees else Gemma3ForCausalLM
    model, report = kind.from_pretrained(
        folder.base,
        config=config,
        dtype=dtype,
        device_map={"": device},
        quantization_config=wanted,
        attn_implementation="sdpa",
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    absent = sorted([*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])])
    if absent:
        raise InputError(f"{folder.base}: {len(absent)} weights are missing, {absent[0]} for one", "download it again")
    return model


def plain_linears(names: Collection[str]) -> list[str]:
    """The matrices of a quantised checkpoint that are not quantised, by the names that transformers gives to layers.

    Args:
        names: of all tensors in its files.
    """
    quantised = {name.partition(".weight.")[0] for name in names if ".weight." in name}
    found = {name.removesuffix(".weight") for name in names if name.endswith(".weight")} - quantised
    return sorted({_renamed(name) for name in found} | {"lm_head"})


def _renamed(name: str) -> str:
    for old, new in _RENAMED:
        name = old.sub(new, name)
    return name
