"""Rows in the order of a seed, from any place on: nothing before that place is read.

    epoch -> order of all examples, drawn from (seed, epoch) -> windows of `WINDOW` examples
          -> texts packed, pairs alone -> rows, in the order of their first example

A place is an epoch and a number in it: every window has as many numbers as examples, of which its rows take the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ghost_architect.errors import InputError

from .chat import Chat
from .examples import Example, Long, example, is_pair, read
from .index import Index
from .packing import pack
from .rows import Row
from .summary import Summary

WINDOW = 128
"""Examples among which texts are packed. Their tokens are held at once, and are made again where a run goes on."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where to go on: behind the row that it came with."""

    epoch: int = 0
    index: int = 0


BEGIN = Position()


@dataclass(frozen=True, slots=True)
class Settings:
    """How rows are made.

    Attributes:
        sequence: tokens that a row has at most.
        packing: whether texts share rows.
        long: what is done with examples that are longer.
        seed: of the order; None leaves the order of the files.
    """

    sequence: int = 4096
    packing: bool = True
    long: Long = Long.DROP
    seed: int | None = 0


class Rows:
    """The rows of a data set.

    Args:
        index: of its files.
        chat: of the model's tokenizer.
        settings: how rows are made.

    Attributes:
        summary: of the rows that were given out so far.
    """

    def __init__(self, index: Index, chat: Chat, settings: Settings) -> None:
        self.index, self.chat, self.settings = index, chat, settings
        self.summary = Summary()

    def __call__(self, at: Position = BEGIN, epochs: int | None = None) -> Iterator[tuple[Row, Position]]:
        """Rows, each with the place to go on behind it.

        Args:
            at: where to begin.
            epochs: how often all examples are gone through, what is left of the first one counted; None for ever.

        Raises:
            InputError: a row of the data is damaged (the message names it), or none of them can be used.
        """
        epoch, index = at.epoch, at.index
        while epochs is None or epoch < at.epoch + epochs:
            given = False
            for row, place in self._epoch(epoch, index):
                given = True
                yield row, Position(epoch, place)
            if not (given or index):
                raise InputError(self._nothing(), "another data set, or a longer sequence")
            epoch, index = epoch + 1, 0

    def order(self, epoch: int) -> list[int]:
        """The numbers of all examples in the order of an epoch."""
        numbers = list(range(len(self.index)))
        if self.settings.seed is not None:
            Random(f"{self.settings.seed}/{epoch}").shuffle(numbers)
        return numbers

    def _nothing(self) -> str:
        if not len(self.index):
            return "there is no example in the data"
        return f"none of the {len(self.index):,} examples has at most {self.settings.sequence:,} tokens"

    def _epoch(self, epoch: int, index: int) -> Iterator[tuple[Row, int]]:
        order = self.order(epoch)
        for first in range(index // WINDOW * WINDOW, len(order), WINDOW):
            for number, planned in enumerate(self._planned(order[first : first + WINDOW])):
                if first + number < index:
                    continue
                row = self._row(planned)
                if row is not None:
                    yield row, first + number + 1

    def _planned(self, numbers: Sequence[int]) -> list[list[Example] | int]:
        """The rows of a window: texts that share one, or the number of an example that has one for itself."""
        alone = [(place, number) for place, number in enumerate(numbers)]
        if not self.settings.packing:
            return [number for _, number in alone]
        texts: dict[int, Example] = {}
        for place, number in list(alone):
            source = self.index[number]
            value = read(source)
            if not (self.chat.sees and is_pair(source, value)):
                texts[place] = self._example(number, value)
                alone.remove((place, number))
        fitting = [place for place, text in texts.items() if self._fits(text)]
        shared = pack([len(texts[place].encoded) for place in fitting], self.settings.sequence)
        planned: list[tuple[int, list[Example] | int]] = list(alone)
        planned += [(fitting[row[0]], [texts[fitting[i]] for i in row]) for row in shared]
        return [what for _, what in sorted(planned, key=lambda p: p[0])]

    def _row(self, planned: list[Example] | int) -> Row | None:
        if isinstance(planned, int):
            found = self._example(planned, read(self.index[planned]))
            if not self._fits(found):
                return None
            planned = [found]
        row = Row.of(planned)
        self.summary.count(row, planned)
        return row

    def _example(self, number: int, value: Mapping[str, Any]) -> Example:
        settings = self.settings
        return example(self.index[number], value, self.chat, settings.sequence, settings.long)

    def _fits(self, found: Example) -> bool:
        if len(found.encoded) <= self.settings.sequence:
            return True
        self.summary.dropped[found.name] = len(found.encoded)
        return False
