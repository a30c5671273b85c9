"""Rows in the order of a seed, from any place on: nothing before that place is read.

    epoch -> order of all examples, drawn from (seed, epoch) -> windows of `WINDOW` examples
          -> texts packed, pairs alone -> rows, in the order of their first example

A place is an epoch, a window, and which of the window's examples have been given out. What is left of a window is
packed as if nothing else had been in it. While rows stay as long as they were, that gives the rows that were to come
anyway (see `packing.pack`); where they became shorter, other ones; either way an epoch has each example once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ghost_architect.errors import InputError

from .chat import Chat
from .examples import Example, example, is_pair, read
from .index import Index
from .packing import pack
from .rows import Row
from .summary import Summary

WINDOW = 128
"""Examples among which texts are packed. Their tokens are held at once, and are made again where a run goes on."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where to go on: behind the row that it came with.

    Attributes:
        epoch: how often all examples were gone through.
        window: where in the epoch's order its window begins, a multiple of `WINDOW`.
        done: of the window's examples, counted from 0, those that came already.
    """

    epoch: int = 0
    window: int = 0
    done: tuple[int, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Position:
        """A position from its JSON.

        Raises:
            ValueError, TypeError, KeyError: that says none.
        """
        epoch, window, done = int(said["epoch"]), int(said["window"]), tuple(map(int, said["done"]))
        if epoch < 0 or window < 0 or window % WINDOW or not set(done) <= set(range(WINDOW)):
            raise ValueError(f"no place in the data: {said}")
        return cls(epoch, window, done)


BEGIN = Position()


@dataclass(frozen=True, slots=True)
class Settings:
    """How rows are made.

    Attributes:
        sequence: tokens that a row has at most.
        packing: whether texts share rows.
        seed: of the order; None leaves the order of the files.
    """

    sequence: int = 4096
    packing: bool = True
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
        epoch, place = at.epoch, at
        while epochs is None or epoch < at.epoch + epochs:
            given = False
            for row, behind in self._epoch(place):
                given = True
                yield row, behind
            if not given and place == Position(epoch):
                raise InputError(self._nothing(), "another data set, or a longer sequence")
            epoch += 1
            place = Position(epoch)

    def order(self, epoch: int) -> list[int]:
        """The numbers of all examples in the order of an epoch."""
        numbers = list(range(len(self.index)))
        if self.settings.seed is not None:
            Random(f"{self.settings.seed}/{epoch}").shuffle(numbers)
        return numbers

    def _nothing(self) -> str:
        if not len(self.index):
            return "there is no example in the data"
        shortest = min(self.summary.dropped.values())
        return (
            f"none of the {len(self.index):,} examples has at most {self.settings.sequence:,} tokens "
            f"(the shortest has {shortest:,})"
        )

    def _epoch(self, at: Position) -> Iterator[tuple[Row, Position]]:
        order = self.order(at.epoch)
        for window in range(at.window, len(order), WINDOW):
            done = set(at.done) if window == at.window else set()
            waiting = {n: number for n, number in enumerate(order[window : window + WINDOW]) if n not in done}
            for planned in self._planned(waiting):
                row = self._row(planned)
                done.update(planned)
                if row is not None:
                    yield row, Position(at.epoch, window, tuple(sorted(done)))

    def _planned(self, waiting: Mapping[int, int]) -> list[dict[int, Example | int]]:
        """The rows of what is left of a window, each by the places of what shares it.

        Args:
            waiting: numbers of examples, by their place in the window.

        Returns:
            texts, or the number of an example that has a row for itself, which is not read before it is wanted.
        """
        alone: list[dict[int, Example | int]] = []
        texts: dict[int, Example] = {}
        for place, number in waiting.items():
            value = read(self.index[number]) if self.settings.packing else {}
            if not self.settings.packing or (self.chat.sees and is_pair(self.index[number], value)):
                alone.append({place: number})
                continue
            text = self._example(number, value)
            if self._fits(text):
                texts[place] = text
        places = list(texts)
        shared = pack([len(text.encoded) for text in texts.values()], self.settings.sequence)
        together: list[dict[int, Example | int]] = [{places[i]: texts[places[i]] for i in row} for row in shared]
        return sorted([*alone, *together], key=min)

    def _row(self, planned: Mapping[int, Example | int]) -> Row | None:
        found = [e if isinstance(e, Example) else self._example(e, read(self.index[e])) for e in planned.values()]
        if not all(map(self._fits, found)):
            return None
        row = Row.of(found)
        self.summary.count(row, found)
        return row

    def _example(self, number: int, value: Mapping[str, Any]) -> Example:
        return example(self.index[number], value, self.chat, self.settings.sequence)

    def _fits(self, found: Example) -> bool:
        if len(found.encoded) <= self.settings.sequence:
            return True
        self.summary.dropped[found.name] = len(found.encoded)
        return False
