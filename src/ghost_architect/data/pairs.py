"""Pair rows: their form, their evidence, their pictures, their schema.

A pair that `pages.pair` takes has the right form; what can be wrong beyond that is looked for here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.schema import naming

from .answers import control_characters
from .pictures import Size
from .problems import Kind
from .tokens import tokens as cost


def problems(pair: Pair) -> Iterator[tuple[Kind, str]]:
    """What is wrong with what a pair says, pictures and schema apart."""
    for own in pair.lines:
        for line in own:
            if not line.text.strip():
                yield Kind.EMPTY, f"line {line.n} has no text"
            elif char := control_characters(line.text):
                yield Kind.CONTROL, f"line {line.n} holds {char}"
    yield from ((Kind.EVIDENCE, text) for text in _evidence(pair))


def _evidence(pair: Pair) -> Iterator[str]:
    texts = {line.n: line.text for own in pair.lines for line in own}
    for name, seen in pair.visibility.items():
        cited = pair.evidence.get(name, ())
        if seen is Visibility.VISIBLE and not cited:
            yield f"{name} is visible, and no line is cited for it"
        elif seen is Visibility.HIDDEN and cited:
            yield f"{name} is hidden, and line {cited[0]} is cited for it"
    for table in pair.schema.tables:
        columns = {c.name for c in table.columns}
        for column in table.columns:
            cited = pair.evidence.get(f"{table.name}.{column.name}", ())
            wrong = _other(column.name, columns, [(n, label(texts[n])) for n in cited])
            if wrong:
                yield f"{table.name}.{column.name} cites line {wrong[0]}, which reads like {wrong[1]}"


def _other(name: str, columns: set[str], labels: list[tuple[int, str]]) -> tuple[int, str] | None:
    """The line cited for a column that is another column's label, if all of them are and none speaks of this one."""
    for _, said in labels:
        if said == name or said not in columns or _shares(name, said):
            return None
    return labels[0] if labels else None


@lru_cache(1 << 14)
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


@lru_cache(1 << 16)
def _line_tokens(said: str) -> int:
    # Number, x and y before it: about eleven more.
    return cost(said) + 11


def tokens(pair: Pair, answer: int) -> int:
    """About how many tokens prompt and answer have, each picture taken for 256, as Gemma 3 does."""
    return answer + 256 * len(pair.images) + sum(_line_tokens(line.text) for own in pair.lines for line in own)
