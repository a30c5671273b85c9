"""What becomes of pairs that are longer than a row of training, in estimated tokens.

    fits with all lines that a prompt has room for     -> stays as it is
    fits with nothing but the lines that it cites      -> its prompt loses lines
    does not                                           -> is left out

That is what `data_processing.examples` does with them; a test holds the two together. Most pairs are so far from the
limit that the estimate of `length` tells. Near it the answer is written and counted, which takes nearly as long as all
else that is looked at in a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from ghost_architect.pages.budget import BUDGET
from ghost_architect.pages.page import Page
from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.pages.prompt import build

from .asked import asked, cited, written
from .length import UNKNOWN, Length, prompts
from .pictures import Size
from .tokens import tokens

_MORE, _MORE_LINES, _LESS = 0.3, 0.4, 0.1
"""How far off an estimate may be, in parts of `_scale`: above it, above it with the lines that name tables, below it.

Of the validation set, as it is written, no pair is more than 0.24, 0.35 and 0.07 off (`tests/data/test_shortening.py`).
"""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a pair fits.

    Attributes:
        length: its own, by its answer as it is written where that was needed.
        least: how long it is with nothing but the lines that its answer cites; None where it fits without a loss.
    """

    length: Length
    least: int | None = None


def fits(pairs: Sequence[tuple[Pair, Mapping[str, Size], Length]], sequence: int) -> Iterator[Fit]:
    """What becomes of pairs.

    Args:
        pairs: the row, the sizes of its pictures, where they are known, and how long it is by `lengths`.
        sequence: tokens that a row of training may have.
    """
    long = [length.whole + _MORE * _scale(length) > sequence for _, _, length in pairs]
    costs = prompts([(pair, sizes, _evident(pair)) for pair, sizes, _ in compress(pairs, long)])
    for (pair, sizes, length), is_long in zip(pairs, long, strict=True):
        if not is_long:
            yield Fit(length)
            continue
        least = sum(next(costs)) + length.answer
        yield Fit(length, least) if _is_far(length, least, sequence) else _counted(pair, sizes, length, sequence)


def _scale(length: Length) -> int:
    """What an estimate's error grows with: the answer; and short ones are further off."""
    return length.answer + 60


def _is_far(length: Length, least: int, sequence: int) -> bool:
    """Whether the limit is far from both estimates; a prompt that leaves lines out by itself has another answer."""
    scale = _scale(length)
    is_near = least - _LESS * scale <= sequence < least + _MORE_LINES * scale
    return not is_near and length.whole - _LESS * scale > sequence and length.lines <= BUDGET


def _evident(pair: Pair) -> frozenset[int]:
    """The lines that show a column."""
    hidden = Visibility.HIDDEN
    return frozenset(n for name, own in pair.evidence.items() if pair.visibility[name] is not hidden for n in own)


def _counted(pair: Pair, sizes: Mapping[str, Size], length: Length, sequence: int) -> Fit:
    """By the answer as it is written."""
    around, lines, shown = length.fixed - length.answer, length.lines, None
    if lines > BUDGET:
        shown = frozenset(build(_pages(pair, sizes)).shown)
        ((around, lines),) = prompts([(pair, sizes, shown)])
    schema = asked(pair, shown)
    answer = _cost(written(schema))
    whole = Length(around + answer, answer, lines)
    if whole.whole <= sequence:
        return Fit(whole)
    return Fit(whole, sum(next(prompts([(pair, sizes, cited(schema))]))) + answer)


def _pages(pair: Pair, sizes: Mapping[str, Size]) -> list[Page]:
    screens = zip(pair.images, pair.lines, strict=True)
    return [Page(image, *sizes.get(image, UNKNOWN), lines) for image, lines in screens]


def _cost(answer: str) -> int:
    """Of an answer: its lines and their ends, the last one of which is that of the turn; empty lines cost nothing."""
    return tokens(answer) + max(0, sum(map(bool, answer.split("\n"))) - 1)
