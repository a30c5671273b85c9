"""Pages and a prompt go to a Gemma 3 in this machine's memory; its answer comes back.

    folder checked -> packages, device, number format -> (first call) weights -> chat -> tokens -> Answer

Greedy: the same pages get the same answer. The weights stay in memory for the calls that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ghost_architect.errors import BackendError, UsageError
from ghost_architect.multimodal_model.folder import ModelFolder, find
from ghost_architect.multimodal_model.loading import Loaded, brief, load
from ghost_architect.multimodal_model.machine import (
    INSTALL,
    PACKAGES,
    PACKED_PACKAGES,
    choose_device,
    choose_format,
    is_out_of_memory,
    missing,
    quiet,
)
from ghost_architect.pages.budget import BUDGET
from ghost_architect.pages.page import Page

from ..base import Answer, StopReason, Usage
from .decoding import Deadline, Grammar

MOST_PAGES = 4
"""Screens that one call shows the model: their lines share the budget of the prompt, and the pictures go through
the model side by side. Further screens are further calls, and the schemas are merged."""

INSTRUCTION_TOKENS = 1200
"""More than the instructions of `pages.prompt` cost, the marks of the chat included."""

FRAME_TOKENS = 8
"""What stands around a picture: its begin and end, and empty lines."""


class TransformersBackend:
    """Reads pages with a Gemma 3 from a folder, or with an adapter for one.

    Args:
        model: the folder of a Gemma 3, or of a LoRA, rsLoRA or DoRA adapter.
        base: the folder of the adapter's base; else GHOST_BASE_MODEL, else what the adapter names.
        device: `cpu`, `cuda` or `cuda:N`; None for the first GPU, or the CPU where there is none.
        dtype: `float32` or `bfloat16`; None for what `machine.choose_format` says.
        max_tokens: the longest answer.
        seconds: how long one call may take, loading included, unless `generate` says otherwise.
        grammar: whether the answer is held to the grammar of answers.

    Raises:
        UsageError: no such folder, device or number format.
        InputError: what lies in the folder is refused.
        BackendError: packages are missing, or memory, or the GPU that was asked for.
    """

    name = "transformers"
    repairs = True

    def __init__(
        self,
        model: str | None = None,
        base: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        max_tokens: int = 8192,
        seconds: float = 600.0,
        grammar: bool = True,
    ) -> None:
        self._folder = find(model, base)
        if lacking := missing(PACKED_PACKAGES if self._folder.packed else PACKAGES):
            raise BackendError(f"backend 'transformers' cannot run: {lacking}", INSTALL)
        with quiet():
            self._device = choose_device(device)
            sizes = self._folder
            self._format = choose_format(sizes.name, sizes.parameters, self._device, dtype, sizes.packed)
        self._notes = (*self._format.notes, *self._folder.notes)
        self.model = self._folder.name
        self.pages_per_call: int | None = _pages_per_call(self._folder, max_tokens)
        self._max_tokens, self._seconds, self._constrained = max_tokens, seconds, grammar
        self._deadline = Deadline()
        self._loaded: Loaded | None = None
        self._grammar: Grammar | None = None

    @staticmethod
    def available() -> str:
        """Why it cannot run as things stand, or nothing."""
        lacking = missing()
        return f"{lacking} ({INSTALL})" if lacking else ""

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """Ask the model.

        Raises:
            InputError: the weights cannot be loaded.
            UsageError: pages and prompt are longer than the model reads.
            BackendError: the memory does not suffice, or the model fails.
            DeadlineError: it took longer than `seconds`. Loading is not broken off in its middle.
        """
        self._deadline.start(self._seconds if seconds is None else seconds)
        with quiet():
            loaded = self._ready()
            self._deadline.check()
            inputs = loaded.inputs([page.pixels for page in pages if page.pixels is not None], prompt)
            try:
                tokens = self._tokens(loaded, inputs)
            except (RuntimeError, ValueError) as error:  # of torch; of transformers, about odd sizes
                raise self._failure(error) from error
        ended = tokens[-1:] and tokens[-1] in loaded.ends
        text = loaded.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        usage = Usage(inputs["input_ids"].shape[1], len(tokens))
        return Answer(text, StopReason.END if ended else StopReason.LENGTH, usage, self._notes)

    def _ready(self) -> Loaded:
        if self._loaded is None:
            loaded = load(self._folder, self._device, self._format.name)
            self._deadline.watch(loaded.model)
            if self._constrained:
                rows = loaded.model.config.get_text_config().vocab_size
                self._grammar = Grammar(loaded.tokenizer, rows, loaded.ends)
            self._loaded = loaded
        return self._loaded

    def _tokens(self, loaded: Loaded, inputs: Any) -> list[int]:
        """The tokens of the answer, the one that ends it included."""
        import torch
        from transformers import GenerationConfig

        length = inputs["input_ids"].shape[1]
        room = self._folder.context - length
        if room < 1:
            raise UsageError(
                f"the prompt has {length:,} tokens, and {self.model} reads {self._folder.context:,}",
                "give it fewer screens",
            )
        settings = GenerationConfig(
            do_sample=False,
            max_new_tokens=min(self._max_tokens, room),
            eos_token_id=list(loaded.ends),
            pad_token_id=loaded.tokenizer.pad_token_id,
            bos_token_id=loaded.tokenizer.bos_token_id,
        )
        placed = inputs.to(self._device)
        if "pixel_values" in placed:
            placed["pixel_values"] = placed["pixel_values"].to(loaded.model.dtype)
        with torch.inference_mode():
            out = loaded.model.generate(
                **placed,
                generation_config=settings,
                logits_processor=[self._grammar.begin()] if self._grammar else None,
            )
        tokens: list[int] = out[0, length:].tolist()
        return tokens

    def _failure(self, error: Exception) -> BackendError:
        import torch

        if not is_out_of_memory(error):
            return BackendError(f"{self.model} failed on {self._device} in {self._format.name}: {brief(error)}")
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return BackendError(f"{self._device} has too little memory for this prompt", "give it fewer screens")


def _pages_per_call(folder: ModelFolder, max_tokens: int) -> int:
    """How many pictures fit into the context beside a full prompt and a full answer."""
    if not folder.sees:
        return MOST_PAGES
    room = folder.context - max_tokens - BUDGET - INSTRUCTION_TOKENS
    return max(1, min(MOST_PAGES, room // (folder.tokens_per_picture + FRAME_TOKENS)))
