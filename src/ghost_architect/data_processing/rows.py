"""What one pass of the model sees: one example, or several texts behind each other that know nothing of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chat import UNLEARNED, Ids
from .examples import Example
from .pictures import Image


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of training.

    Attributes:
        ids: [tokens], int32.
        labels: [tokens], int32: the token itself where it is learned, else -100. Not shifted.
        token_type_ids: [tokens], int8: 1 at the soft tokens of pictures.
        positions: [tokens], int32, from 0 in each example.
        starts: where each example begins.
        pictures: (first, one behind the last) soft token of each picture.
        images: the pictures, to be read when they are wanted.
        names: of the examples, as in messages: file and row.
    """

    ids: Ids
    labels: Ids
    token_type_ids: NDArray[np.int8]
    positions: Ids
    starts: tuple[int, ...]
    pictures: tuple[tuple[int, int], ...]
    images: tuple[Image, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Row:
        """These examples, one behind the other."""
        lengths = [len(example.encoded) for example in examples]
        starts = tuple(int(n) for n in np.cumsum([0, *lengths[:-1]]))
        ids = np.concatenate([example.encoded.ids for example in examples])
        pictures = tuple(
            (start + first, start + end)
            for start, example in zip(starts, examples, strict=True)
            for first, end in example.encoded.pictures
        )
        types = np.zeros(len(ids), np.int8)
        for first, end in pictures:
            types[first:end] = 1
        return cls(
            ids=ids,
            labels=np.concatenate([example.encoded.labels for example in examples]),
            token_type_ids=types,
            positions=np.concatenate([np.arange(n, dtype=np.int32) for n in lengths]),
            starts=starts,
            pictures=pictures,
            images=tuple(image for example in examples for image in example.images),
            names=tuple(example.name for example in examples),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def learned(self) -> int:
        """How many tokens a loss is taken from."""
        return int(np.count_nonzero(self.labels != UNLEARNED))
