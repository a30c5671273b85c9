"""Pair rows: their form, their evidence, their pictures, their schema.

A pair that `pages.pair` takes has the right form; what can be wrong beyond that is looked for here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.schema import naming
from ghost_architect.schema.objects import Schema

from .answers import control_characters
from .pictures import Size
from .problems import Kind


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a schema, which the six pairs of an application share: `table.column` -> its name, its table's."""

    places: Mapping[str, tuple[str, frozenset[str]]]

    @classmethod
    def of(cls, schema: Schema) -> Columns:
        """Those of this schema."""
        return cls(
            {
                f"{table.name}.{column.name}": (column.name, own)
                for table in schema.tables
                for own in [frozenset(c.name for c in table.columns)]
                for column in table.columns
            }
        )


def problems(pair: Pair, columns: Columns, said: str) -> Iterator[tuple[Kind, str]]:
    """What is wrong with what a pair says, pictures and schema apart; `said` is its `text`."""
    # Line by line only where there is something to find.
    bad = control_characters(said) != ""
    for own in pair.lines:
        for line in own:
            if not line.text.strip():
                yield Kind.EMPTY, f"line {line.n} has no text"
            elif bad and (char := control_characters(line.text)):
                yield Kind.CONTROL, f"line {line.n} holds {char}"
    yield from ((Kind.EVIDENCE, text) for text in _evidence(pair, columns))


def _evidence(pair: Pair, columns: Columns) -> Iterator[str]:
    for name, seen in pair.visibility.items():
        if seen is Visibility.VISIBLE and not pair.evidence.get(name):
            yield f"{name} is visible, and no line is cited for it"
        elif seen is Visibility.HIDDEN and pair.evidence.get(name):
            yield f"{name} is hidden, and line {pair.evidence[name][0]} is cited for it"
    texts = [line.text for own in pair.lines for line in own]  # line n is number n - 1, as `Pair` makes sure
    for name, cited in pair.evidence.items():
        column, siblings = columns.places[name]
        wrong = _other(column, siblings, [(n, texts[n - 1]) for n in cited])
        if wrong:
            yield f"{name} cites line {wrong[0]}, which reads like {wrong[1]}"


def _other(name: str, columns: frozenset[str], lines: list[tuple[int, str]]) -> tuple[int, str] | None:
    """The line cited for a column that is another column's label, if all of them are and none speaks of this one."""
    for _, text in lines:
        said = label(text)
        if said == name or said not in columns or _shares(name, said):
            return None
    return (lines[0][0], label(lines[0][1])) if lines else None


@lru_cache(1 << 16)
def label(text: str) -> str:
    """What a column with this label would be called."""
    return naming.identifier(text) if len(text) <= 60 else ""


def _shares(name: str, said: str) -> bool:
    return bool(set(naming.tokens(name)) & set(naming.tokens(said)))


def outside(pair: Pair, sizes: Mapping[str, Size]) -> Iterator[str]:
    """Lines that lie outside of their pictures."""
    for image, own in zip(pair.images, pair.lines, strict=True):
        if image in sizes:
            width, height = sizes[image]
            for line in own:
                x, y, w, h = line.box
                if x + w > width or y + h > height:
                    yield f"line {line.n} lies outside of {image}, which has {width}x{height} pixels"
                    break


def text(pair: Pair) -> str:
    """All that can be read on its screens."""
    return "\n".join(line.text for own in pair.lines for line in own)
