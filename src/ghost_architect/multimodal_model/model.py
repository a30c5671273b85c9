"""The files of a Gemma 3 become a model of transformers, as they are or with its linear layers in NF4.

A checkpoint that is quantised already is taken as it is, also where some of its layers are left in 16 bits.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from ghost_architect.errors import InputError

from .folder import ModelFolder
from .weights import model_shapes, quantised

WHOLE = ("model.vision_tower", "model.multi_modal_projector", "lm_head", "model.language_model.embed_tokens")
"""Parts that are never quantised: the words' matrix makes logits, and pictures lose most. A name holds for all that
begins with it; transformers takes it as a regular expression."""

_RENAMED = (
    (re.compile(r"^language_model\.model\."), "model.language_model."),
    (re.compile(r"^(model\.)?vision_tower\.(vision_model\.)?"), "model.vision_tower.(vision_model.)?"),
    (re.compile(r"^multi_modal_projector\."), "model.multi_modal_projector."),
)
"""What files call parts of the model, and a pattern for what transformers does: its vision tower had a part
`vision_model`, as the published files still say, and has none by now."""


def model_of(folder: ModelFolder, device: Any, dtype: Any, quantise: bool = False) -> Any:
    """The model in a folder, without an adapter.

    Args:
        folder: of the model.
        device: a torch device.
        dtype: of what is not quantised, and of matrix products.
        quantise: whether linear layers are brought to NF4 where the files do not have them in it.

    Raises:
        InputError: weights are missing, or of another shape.
        Exception: whatever transformers raises on files that are damaged.
    """
    from transformers import (
        AutoConfig,
        BitsAndBytesConfig,
        Gemma3ForCausalLM,
        Gemma3ForConditionalGeneration,
        GenerationConfig,
    )

    config = AutoConfig.from_pretrained(folder.base, local_files_only=True, trust_remote_code=False)
    said = getattr(config, "quantization_config", None)
    wanted = None
    if said is not None:
        # what the list in config.json calls them is not always what transformers does
        said["llm_int8_skip_modules"] = plain_linears(model_shapes(folder.base))
    elif quantise:
        wanted = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
            llm_int8_skip_modules=list(WHOLE),
        )
    kind = Gemma3ForConditionalGeneration if folder.sees else Gemma3ForCausalLM
    model, report = kind.from_pretrained(
        folder.base,
        config=config,
        dtype=dtype,
        device_map={"": device},
        quantization_config=wanted,
        attn_implementation="sdpa",
        generation_config=GenerationConfig(),  # greedy, whatever generation_config.json says
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    absent = sorted([*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])])
    if absent:
        raise InputError(f"{folder.base}: {len(absent)} weights are missing, {absent[0]} for one", "download it again")
    if said is not None:
        _cast(model, dtype)
    return model


def _cast(model: Any, dtype: Any) -> None:
    """Bring what is not quantised to this dtype: transformers 5.23 leaves weights of quantised files in their own."""
    for parameter in model.parameters():
        if parameter.is_floating_point() and getattr(parameter, "quant_state", None) is None:
            parameter.data = parameter.data.to(dtype)


def plain_linears(names: Collection[str]) -> list[str]:
    """The matrices of a quantised checkpoint that are not quantised: patterns for the names of layers in transformers.

    Args:
        names: of all tensors in its files.
    """
    found = {name.removesuffix(".weight") for name in names if name.endswith(".weight")} - quantised(names)
    return sorted({_renamed(name) for name in found} | {"lm_head"})


def _renamed(name: str) -> str:
    for old, new in _RENAMED:
        name = old.sub(new, name)
    return name
