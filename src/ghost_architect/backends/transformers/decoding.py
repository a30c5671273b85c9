"""What happens at every token: the grammar forbids what cannot come next, and the deadline is looked at.

    scores of all tokens --Grammar--> scores, forbidden ones at minus infinity --greedy--> next token

The grammar is run by llguidance on the tokenizer's own tokens. Before each token it gives one bit a
token of the vocabulary; the token that was taken is told to it before the next one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ghost_architect.errors import BackendError, DeadlineError


class Grammar:
    """The grammar of answers for one tokenizer. Compiled once; each answer begins with a copy.

    Args:
        tokenizer: a tokenizer of transformers.
        vocabulary: how many scores the model gives; may be more than the tokenizer has tokens.
        ends: the tokens that end an answer.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Sequence[int]) -> None:
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        from ghost_architect.schema.answer import grammar

        # Slices, made for JSON, would help nothing here: without them 262,144 tokens are ready in half the time,
        # and a mask takes 0.7 ms instead of 1.4 (mean over an answer, 2 cores).
        tokens = from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=ends[0], slices=[])
        self._begun = LLMatcher(tokens, LLMatcher.grammar_from_lark(grammar()), log_level=0)
        _check(self._begun)
        self._ends = list(ends)

    def begin(self) -> Constraint:
        """The constraint of one answer."""
        return Constraint(self._begun.deep_copy(), self._ends)


class Constraint:
    """Forbids what the grammar forbids, for one answer. A logits processor of transformers."""

    def __init__(self, matcher: Any, ends: list[int]) -> None:
        self._matcher = matcher
        self._ends = ends
        self._seen = 0

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores (1 x vocabulary) with minus infinity at every token that cannot come next."""
        import torch

        length = input_ids.shape[1]
        if self._seen:  # what came before is the prompt
            self._matcher.consume_tokens(input_ids[0, self._seen :].tolist())
            _check(self._matcher)
        self._seen = length
        if bool(torch.isnan(scores).any()):
            raise BackendError("the model gives no numbers: its weights are damaged, or overflow")
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        _check(self._matcher)
        allowed = np.unpackbits(bits, count=scores.shape[-1], bitorder="little").astype(bool)
        allowed[self._ends] = allowed[self._ends[0]]  # llguidance knows of one end, and any of them will do
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), float("-inf"))


def _check(matcher: Any) -> None:
    if matcher.is_error():
        why = " ".join(matcher.get_error().split())
        raise BackendError(f"the grammar of answers cannot go on: {why[:200]}")


class Deadline:
    """Stops a model between two of its layers. As a hook before every layer it also holds while a prompt is read."""

    def __init__(self) -> None:
        self._end = float("inf")
        self._allowed = float("inf")

    def start(self, seconds: float) -> None:
        """From now on there are so many seconds."""
        self._allowed = seconds
        self._end = time.monotonic() + seconds

    def check(self, *_: object) -> None:
        """Go on, or not.

        Raises:
            DeadlineError: the time is up.
        """
        if time.monotonic() >= self._end:
            raise DeadlineError(
                f"the model did not finish within {self._allowed:g} s",
                "allow more with --timeout, or give it fewer screens",
            )

    def watch(self, model: Any) -> None:
        """Look at the clock before every layer of this model."""
        from torch.nn import ModuleList

        for module in model.modules():
            if isinstance(module, ModuleList):
                for layer in module:
                    layer.register_forward_pre_hook(self.check)
