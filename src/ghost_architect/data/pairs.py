"""Pair rows: their form, their evidence, their pictures, their schema.

A pair that `pages.pair` takes has the right form; what can be wrong beyond that is looked for here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    texts = [line.text for own in pair.lines for line in own]  # line n is number n - 1, as `Pair` makes sure
    # Line by line, and column by column, only where there is something to find.
    if control_characters(said) or not all(map(str.strip, texts)):
        yield from _texts(texts)
    if not _agree(pair):
        yield from ((Kind.EVIDENCE, text) for text in _seen(pair))
    for name, cited in pair.evidence.items():
        column, siblings = columns.places[name]
        wrong = _other(column, siblings, [(n, texts[n - 1]) for n in cited])
        if wrong:
            yield Kind.EVIDENCE, f"{name} cites line {wrong[0]}, which reads like {wrong[1]}"


def _texts(texts: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    for n, said in enumerate(texts, 1):
        if not said.strip():
            yield Kind.EMPTY, f"line {n} has no text"
        elif char := control_characters(said):
            yield Kind.CONTROL, f"line {n} holds {char}"


def _agree(pair: Pair) -> bool:
    """Whether lines are cited for every column that is visible, and for none that is hidden."""
    visible, hidden = Visibility.VISIBLE, Visibility.HIDDEN
    cited = pair.evidence.keys()  # a list of lines is never empty, as `Pair` makes sure
    seen = {name for name, said in pair.visibility.items() if said is visible}
    return seen <= cited and hidden not in map(pair.visibility.get, cited)


def _seen(pair: Pair) -> Iterator[str]:
    for name, seen in pair.visibility.items():
        if seen is Visibility.VISIBLE and name not in pair.evidence:
            yield f"{name} is visible, and no line is cited for it"
        elif seen is Visibility.HIDDEN and name in pair.evidence:
            yield f"{name} is hidden, and line {pair.evidence[name][0]} is cited for it"


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
            out = [x + w > width or y + h > height for x, y, w, h in [line.box for line in own]]
            if True in out:
                yield f"line {own[out.index(True)].n} lies outside of {image}, which has {width}x{height} pixels"


def text(pair: Pair) -> str:
    """All that can be read on its screens."""
    return "\n".join([line.text for own in pair.lines for line in own])
