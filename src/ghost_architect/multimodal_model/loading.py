"""A folder becomes a model that can be asked: weights, the adapter, tokenizer, pictures.

An adapter is merged into weights that are not quantised when it is loaded. Left beside them, DoRA would norm every
weight matrix anew at every token, and merging is the road that the exports take, too. PEFT merges each matrix in
the number format of the model; in bfloat16 that rounds each weight once more.

Weights in NF4 stay as they are, and an adapter for them beside them, in the layers that it was trained in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghost_architect.data_processing.chat import harmless, special
from ghost_architect.errors import BackendError, GhostError, InputError, printable
from ghost_architect.pages.page import Pixels

from .folder import BASE_VARIABLE, TEMPLATES, ModelFolder
from .machine import is_out_of_memory
from .model import model_of

_OTHER_BASE = f"export {BASE_VARIABLE}=FOLDER of the model that it was trained on"

END_OF_TURN = "<end_of_turn>"
"""What ends an answer in Gemma's chat form, besides the end of the text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory.

    Attributes:
        model: of transformers, in evaluation mode.
        tokenizer: of transformers.
        processor: turns pictures and a chat into tokens; None for a model that only reads text.
        ends: the tokens that end an answer.
    """

    model: Any
    tokenizer: Any
    processor: Any
    ends: tuple[int, ...]

    def inputs(self, pictures: list[Pixels], text: str) -> Any:
        """The tensors of a call: one user's turn, its pictures first, and the beginning of the model's."""
        from PIL import Image

        # As PIL images: an array of three rows could be taken for one of three channels.
        images = [{"type": "image", "image": Image.fromarray(pixels)} for pixels in pictures]
        content = [
            *(images if self.processor else []),
            {"type": "text", "text": harmless(text, special(self.tokenizer.added_tokens_decoder))},
        ]
        return (self.processor or self.tokenizer).apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )


def load(folder: ModelFolder, device: Any, format_: str) -> Loaded:
    """Load a model.

    Raises:
        InputError: something in the folder does not fit or is damaged.
        BackendError: the memory does not suffice.
    """
    import torch

    try:
        dtype = getattr(torch, format_)
        model = model_of(folder, device, dtype)
        tokenizer, processor = processor_of(folder)
        checked(folder, tokenizer, model.config)
        if folder.packed:
            model = _beside(model, folder.adapter, dtype)
        elif folder.adapter:
            model = _merged(model, folder.adapter, device)
        end_of_turn = tokenizer.get_vocab().get(END_OF_TURN)
        ends = (tokenizer.eos_token_id, *(() if end_of_turn is None else (end_of_turn,)))
        loaded = Loaded(model.eval(), tokenizer, processor, ends)
        _try_out(folder, loaded)
    except GhostError:
        raise
    except Exception as error:  # readers of others, on files that anybody may have made, raise anything
        if is_out_of_memory(error):
            raise BackendError(f"{device} has too little memory for {folder.name}", "take a smaller Gemma 3") from error
        raise InputError(f"{folder.adapter or folder.base}: cannot be loaded: {brief(error)}") from error
    return loaded


def processor_of(folder: ModelFolder) -> tuple[Any, Any]:
    """Tokenizer, and what joins it with pictures.

    Pictures go through Pillow whether torchvision is installed or not, so that an answer does not depend on it.
    """
    from transformers import Gemma3Processor, GemmaTokenizer
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    local = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = GemmaTokenizer.from_pretrained(folder.base, **local)
    tokenizer.chat_template = _template(folder.base) or tokenizer.chat_template
    if not folder.sees:
        return tokenizer, None
    pictures = Gemma3ImageProcessorPil.from_pretrained(folder.base, **local)
    pictures.do_pan_and_scan = False  # it would add words of its own to the prompt
    processor = Gemma3Processor(
        image_processor=pictures,
        tokenizer=tokenizer,
        chat_template=tokenizer.chat_template,
        image_seq_length=folder.tokens_per_picture,
    )
    return tokenizer, processor


def _template(folder: Path) -> str:
    """The chat template in a file of its own, if there is one."""
    modern, older = (folder / name for name in TEMPLATES)
    if modern.is_file():
        return modern.read_text(encoding="utf-8")
    return str(json.loads(older.read_text(encoding="utf-8"))["chat_template"]) if older.is_file() else ""


def checked(folder: ModelFolder, tokenizer: Any, config: Any) -> None:
    """Raise if tokenizer and weights do not belong together.

    Raises:
        InputError: they do not.
    """
    rows = config.get_text_config().vocab_size
    if len(tokenizer) > rows:
        raise InputError(f"{folder.base}: its tokenizer has {len(tokenizer):,} tokens, and its weights have {rows:,}")
    if folder.sees and tokenizer.image_token_id != config.image_token_id:
        raise InputError(f"{folder.base}: tokenizer.json and config.json mean different tokens by a picture")


def _try_out(folder: ModelFolder, loaded: Loaded) -> None:
    """A first chat, so that a template or a processor that does not fit is found here and not in a reading."""
    inputs = loaded.inputs([np.zeros((64, 64, 3), np.uint8)], "Which tables?")
    if not folder.sees:
        return
    side = loaded.model.config.vision_config.image_size
    size = tuple(inputs["pixel_values"].shape[-2:])
    if size != (side, side):
        raise InputError(
            f"{folder.base}: pictures are made {_by(size)} pixels large, and the model takes {side}x{side}"
        )


def _by(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))


def _beside(model: Any, adapter: Path | None, dtype: Any) -> Any:
    """The model with this adapter, or none, beside its quantised weights.

    Raises:
        InputError: the adapter was made for another model, or is not whole.
    """
    from ghost_architect.models.trinity.adapters import fill, read_adapter
    from ghost_architect.models.trinity.adopt import adapt
    from ghost_architect.models.trinity.reading import settle

    if adapter is not None:
        recipe, tensors = read_adapter(adapter)
        try:
            fill(adapt(model, recipe), tensors)
        except InputError as error:
            raise InputError(f"{adapter}: does not fit its base model: {error.message}", _OTHER_BASE) from error
    settle(model, dtype)
    return model


def _merged(model: Any, adapter: Path, device: Any) -> Any:
    """The model with this adapter in its weights.

    Raises:
        InputError: the adapter was made for another model, or is not whole.
    """
    from peft import LoraConfig, PeftModel

    settings = LoraConfig.from_pretrained(str(adapter), local_files_only=True)
    settings.inference_mode = True
    try:
        tuned = PeftModel(model, settings)
        report = tuned.load_adapter(str(adapter), "default", torch_device=str(device))
    except (RuntimeError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        raise InputError(f"{adapter}: does not fit its base model: {brief(error)}", _OTHER_BASE) from error
    odd = [*report.missing_keys, *report.unexpected_keys]
    if odd:
        raise InputError(f"{adapter}: does not fit its base model: {len(odd)} weights, {odd[0]} for one", _OTHER_BASE)
    return tuned.merge_and_unload(safe_merge=True)


def brief(error: Exception) -> str:
    """An error of a library on one line."""
    text = printable(" ".join(str(error).split())) or type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"
