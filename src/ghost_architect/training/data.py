"""What a run learns from: rows in the order of its steps, from any place on; rows held out; the longest one.

files -> index -> rows -> portions: of each optimizer step, the rows of one process, with their pixel values
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import TrainingConfig
from ..data_processing import Chat, Eye, Index, Position, Row, Rows, Settings, Summary, with_pixels
from ..data_processing.index import TRAIN, VALIDATION
from ..data_processing.stream import WINDOW
from ..errors import InputError, UsageError, printable

Pixels = NDArray[np.float32]

EVALUATED = 64
"""Rows of each validation set that are evaluated, the first ones: an evaluation shall not take as long as training."""

HELD_OUT = "held out"
"""What the set is called that no setting names."""

LOOKED_AT = 8 * WINDOW
"""Examples that are looked at before the first step, for the longest one and for what is left out."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What one process learns in one optimizer step.

    Attributes:
        rows: its own, with their pixel values.
        tokens: in the rows of all processes.
        learned: of these, the ones that a loss is taken from.
        examples: in the rows of all processes.
        position: where the next step begins.
    """

    rows: tuple[tuple[Row, Pixels | None], ...]
    tokens: int
    learned: int
    examples: int
    position: Position


@dataclass(frozen=True, slots=True)
class Look:
    """What was found when the data was looked at.

    Attributes:
        longest: the longest row.
        summary: of the rows that were looked at.
        whole: whether that was all of the data.
    """

    longest: Row
    summary: Summary
    whole: bool


class Data:
    """The data of a run.

    Args:
        config: names it.
        chat: of the model's tokenizer.
        eye: makes pixel values.
        sequence: tokens that a row has at most.

    Raises:
        UsageError: there is no such file.
        InputError: a file is damaged.
    """

    def __init__(self, sources: Sources, chat: Chat, eye: Eye, config: TrainingConfig, sequence: int) -> None:
        settings = Settings(sequence, config.packing, config.seed)
        self.rows, self.eye = Rows(sources.learned, chat, settings), eye
        self._sources, self._chat = sources, chat
        self._count = config.batch * config.accumulation

    def portions(self, at: Position, own: int, world: int) -> Generator[Portion, None, None]:
        """The steps from a place on, for ever.

        Raises:
            InputError: a row is damaged, or none can be used.
        """

        def flat() -> Iterator[tuple[Row, Portion]]:
            coming = self.rows(at)
            while True:
                taken = list(islice(coming, self._count * world))
                rows = [row for row, _ in taken]
                whole = Portion(
                    (), sum(map(len, rows)), sum(map(predicted, rows)), sum(len(r.names) for r in rows), taken[-1][1]
                )
                yield from ((row, whole) for row in rows[own::world])

        with closing(with_pixels(flat(), self.eye)) as with_values:
            while True:
                got = list(islice(with_values, self._count))
                yield replace(got[0][1], rows=tuple((row, values) for row, _, values in got))

    def held(self) -> dict[str, tuple[Row, ...]]:
        """The rows that are evaluated, by what their set is called."""
        settings = replace(self.rows.settings, seed=None, packing=False)
        found = {}
        for name, index in self._sources.held.items():
            coming = Rows(index, self._chat, settings)
            try:
                rows = tuple(row for row, _ in islice(coming(epochs=1), EVALUATED)) if index else ()
            except InputError:
                # a set that was named has to be of use; what was drawn for a small data set may be too long by chance
                if name != HELD_OUT or len(coming.summary.dropped) < len(index):
                    raise
                rows = ()
            if rows:
                found[name] = rows
        return found

    def look(self) -> Look:
        """Look at the first rows, all of them where there are few.

        Raises:
            InputError: none of them can be used.
        """
        rows = Rows(self._sources.learned, self._chat, self.rows.settings)
        longest = None
        for row, place in rows(epochs=1):
            longest = row if longest is None or len(row) > len(longest) else longest
            if place.window >= LOOKED_AT:
                break
        if longest is None:
            raise InputError("there is no example in the data", "--data FILE")
        return Look(longest, rows.summary, len(self._sources.learned) <= LOOKED_AT)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the data lies.

    Attributes:
        learned: what is learned from.
        held: what is evaluated on, by name.
    """

    learned: Index
    held: dict[str, Index]

    @classmethod
    def of(cls, config: TrainingConfig) -> Sources:
        """Look through the files that a configuration names.

        Raises:
            UsageError: there is no such file.
            InputError: a file is damaged, or there is nothing to learn from.
        """
        _look_for(
            config.data, "--data FILE; to make some: ghost-architect synth --count 40 -o pairs, then --data pairs"
        )
        _look_for(config.validation, "validation: [FILE], or [] for rows held out of the data")
        if config.validation:
            held = {name: Index([name]) for name in config.validation}
            learned = Index(config.data, TRAIN)
        else:
            hold = round(1 / config.held_out) if config.held_out else 0
            learned = Index(config.data, TRAIN, hold)
            if 2 <= learned.unsaid < hold:  # so few that the share is less than a row: one is held out all the same
                hold = learned.unsaid
                learned = Index(config.data, TRAIN, hold)
            held = {HELD_OUT: Index(config.data, VALIDATION, hold)} if hold else {}
        if not len(learned):
            raise _nothing(config, learned)
        return cls(learned, held)

    @property
    def unheld(self) -> str:
        """Why nothing is evaluated on, where that is so."""
        if not self.held:
            return "held_out is 0, and validation names nothing"
        if any(map(len, self.held.values())):
            return "all rows that are held out are too long"
        if self.learned.unsaid:
            return "of the rows that name no part there is only one"
        return "all rows say that they are of the part train; validation: [FILE] names others"

    def names(self) -> dict[str, Any]:
        """What there is, for a run's record."""
        return {"examples": len(self.learned), "held": {name: len(index) for name, index in self.held.items()}}

    def fingerprint(self) -> str:
        """A checksum over all of it."""
        parts = [self.learned.fingerprint(), *(f"{name} {index.fingerprint()}" for name, index in self.held.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _look_for(names: Sequence[str], hint: str) -> None:
    """Raise where there is no such file: what to type instead depends on who asked for it."""
    for name in names:
        if not os.path.lexists(name):
            raise UsageError(f"{printable(name)}: there is no such file", hint)


def _nothing(config: TrainingConfig, learned: Index) -> InputError:
    """What is said of data that leaves nothing to learn from."""
    names, others = ", ".join(map(printable, config.data)), learned.others
    if not others:
        return InputError(f"{names}: there is nothing to learn from", "ghost-architect dataset check FILE")
    if learned.unsaid:
        why, hint = (
            f"its {others:,} rows are held out, or say that they are of another part",
            "held_out: 0, or more rows",
        )
    else:
        why = f"its {others:,} rows say that they are of another part than train"
        hint = f"they are to be evaluated on: validation: [{names}] in the settings, and --data FILE of other rows"
    return InputError(f"{names}: there is nothing to learn from: {why}", hint)


def predicted(row: Row) -> int:
    """How many tokens of a row are predicted and counted: a first token has nothing before it."""
    first = sum(int(row.labels[start] >= 0) for start in row.starts)
    return row.learned - first


def stretched(row: Row, tokens: int) -> Row:
    """A row as long as one may be, for trying out what it takes: its text is repeated behind its end."""
    more = tokens - len(row)
    if more <= 0:
        return row
    text = np.flatnonzero(row.token_type_ids == 0)[-more:]
    filled = np.resize(text, more)
    ids = np.concatenate((row.ids, row.ids[filled]))
    return replace(
        row,
        ids=ids,
        labels=np.concatenate((row.labels, row.ids[filled])),
        token_type_ids=np.concatenate((row.token_type_ids, np.zeros(more, np.int8))),
        positions=np.concatenate((row.positions, np.arange(more, dtype=np.int32) + row.positions[-1] + 1)),
    )
