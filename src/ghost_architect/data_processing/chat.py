"""A question and its answer in Gemma 3's chat form, as tokens, with the ones marked that are learned.

    <bos><start_of_turn>user
    [pictures][question]<end_of_turn>
    <start_of_turn>model
    [answer]<end_of_turn>

A picture is an empty line, <start_of_image>, as many soft tokens as the model makes of a picture, <end_of_image> and
an empty line, as Gemma3Processor of transformers writes it. The question is what `backends.transformers` sends, token
for token: it and the answer are cut into tokens apart, since a model that answers has the question before it
already cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghost_architect.errors import InputError

BOS = "<bos>"
TURN, END_OF_TURN = "<start_of_turn>", "<end_of_turn>"
PICTURE, END_OF_PICTURE, SOFT = "<start_of_image>", "<end_of_image>", "<image_soft_token>"

UNLEARNED = -100
"""The label of a token that no loss is taken from."""

Ids = NDArray[np.int32]


def special(added: Mapping[int, Any]) -> list[str]:
    """The marks that a tokenizer makes turns, ends and pictures of, from its added tokens by their numbers."""
    return [token.content for token in added.values() if token.special]


def harmless(text: str, marks: Iterable[str]) -> str:
    """The text without these marks, in training as in serving: <eos> becomes ‹eos›."""
    for mark in marks:
        if mark in text:
            text = text.replace(mark, mark.replace("<", "‹").replace(">", "›"))
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One example in tokens.

    Attributes:
        ids: tokens.
        labels: the same, `UNLEARNED` where nothing is learned; not shifted.
        pictures: (first, one behind the last) soft token of each picture.
    """

    ids: Ids
    labels: Ids
    pictures: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


class Chat:
    """Writes the chat form for one tokenizer.

    Args:
        tokenizer: of `tokenizers`, or one of transformers that holds such a one.
        picture_tokens: soft tokens of a picture; 0 for a model that only reads text.
        answers_only: whether the loss is taken from the answer and its end; else from all that is text.

    Raises:
        InputError: the tokenizer lacks a mark of the chat form.
    """

    def __init__(self, tokenizer: Any, picture_tokens: int = 256, answers_only: bool = True) -> None:
        self._tokenizer = getattr(tokenizer, "backend_tokenizer", tokenizer)
        self._tokenizer.no_truncation()  # which a tokenizer.json can ask for
        self._tokenizer.no_padding()
        self.picture_tokens, self.answers_only = picture_tokens, answers_only
        known = self._tokenizer.get_vocab()
        marks = (BOS, TURN, END_OF_TURN, *((PICTURE, END_OF_PICTURE, SOFT) if picture_tokens else ()))
        lacking = [mark for mark in marks if mark not in known]
        if lacking:
            raise InputError(f"the tokenizer has no {', '.join(lacking)}", "take one of Gemma 3's")
        self._special = special(self._tokenizer.get_added_tokens_decoder())
        self._picture = f"\n\n{PICTURE}{SOFT * picture_tokens}{END_OF_PICTURE}\n\n"
        self._end, self._soft = known[END_OF_TURN], known.get(SOFT, -1)

    @property
    def sees(self) -> bool:
        """Whether pictures are shown."""
        return self.picture_tokens > 0

    def encode(self, question: str, answer: str, pictures: int = 0) -> Encoded:
        """An example in tokens.

        Args:
            question: what is asked.
            answer: what shall be said; what is empty ends at once.
            pictures: how many are shown before the question.
        """
        asked = self.question(question, pictures)
        said = self._ids(f"{harmless(answer, self._special).strip()}{END_OF_TURN}\n")
        ids = np.concatenate((asked, said))
        labels = ids.copy()
        if self.answers_only:
            labels[: len(asked)] = UNLEARNED
            labels[np.flatnonzero(ids == self._end)[-1] + 1 :] = UNLEARNED  # the line's end behind the turn's
        else:
            labels[0] = UNLEARNED  # nothing before it predicts it
            labels[ids == self._soft] = UNLEARNED
        return Encoded(ids, labels, self._pictures(ids, pictures))

    def question(self, text: str, pictures: int = 0) -> Ids:
        """What the model has before it when it begins to answer."""
        shown = self._picture * (pictures if self.sees else 0)
        user = f"{TURN}user\n{shown}{harmless(text, self._special).strip()}{END_OF_TURN}\n"
        return self._ids(f"{BOS}{user}{TURN}model\n")

    def _ids(self, text: str) -> Ids:
        return np.array(self._tokenizer.encode(text, add_special_tokens=False).ids, np.int32)

    def _pictures(self, ids: Ids, pictures: int) -> tuple[tuple[int, int], ...]:
        if not (pictures and self.sees):
            return ()
        first = np.flatnonzero(ids == self._soft)[:: self.picture_tokens]
        return tuple((int(n), int(n) + self.picture_tokens) for n in first)
