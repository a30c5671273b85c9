"""What became of the examples, counted as they go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .examples import Example
from .rows import Row

SHOWN = 3
"""So many rows are named where there are more."""


@dataclass(slots=True)
class Summary:
    """Counts over the rows that were given out.

    Attributes:
        rows: given out.
        examples: in them.
        packed: of these, the ones that share a row.
        tokens: in the rows.
        learned: tokens that a loss is taken from.
        pictures: shown.
        dropped: names of examples that were too long, with their tokens.
        cut: names of examples whose prompts were shortened to fit, with the number of lines that they lost.
        columns: names of examples of which columns are not asked for, since the prompt has none of their lines.
    """

    rows: int = 0
    examples: int = 0
    packed: int = 0
    tokens: int = 0
    learned: int = 0
    pictures: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def count(self, row: Row, examples: Sequence[Example]) -> None:
        """One more row, made of these examples."""
        self.rows += 1
        self.examples += len(examples)
        self.packed += len(examples) if len(examples) > 1 else 0
        self.tokens += len(row)
        self.learned += row.learned
        self.pictures += len(row.images)
        for example in examples:
            if example.cut:
                self.cut[example.name] = example.cut
            if example.columns:
                self.columns[example.name] = example.columns

    def json(self) -> dict[str, int]:
        """The counts, for a run's record; of what has names, how many they are, and their lines and columns."""
        return {
            "rows": self.rows,
            "examples": self.examples,
            "packed": self.packed,
            "tokens": self.tokens,
            "learned": self.learned,
            "pictures": self.pictures,
            "left_out": len(self.dropped),
            "cut": len(self.cut),
            "cut_lines": sum(self.cut.values()),
            "columns_not_asked_for": sum(self.columns.values()),
        }

    def lines(self, sequence: int) -> Iterator[str]:
        """What there is to tell, a line each."""
        full = self.tokens / (self.rows * sequence) if self.rows else 0.0
        yield (
            f"{self.examples:,} examples in {self.rows:,} rows ({self.packed:,} share one), {full:.0%} full: "
            f"{self.tokens:,} tokens, {self.learned:,} of them learned, {self.pictures:,} pictures"
        )
        if self.dropped:
            longest = max(self.dropped.values())
            yield (
                f"{len(self.dropped):,} examples left out, longer than {sequence:,} tokens "
                f"(up to {longest:,}): {_some(list(self.dropped))}"
            )
        if self.cut:
            lost = sum(self.cut.values())
            yield (
                f"{len(self.cut):,} prompts cut to fit, by {lost:,} lines in all that no answer cites: "
                f"{_some(list(self.cut))}"
            )
        if self.columns:
            lost = sum(self.columns.values())
            yield f"{lost:,} columns not asked for, since no line of theirs was left: {_some(list(self.columns))}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
