"""Where the words of a line end: what the recogniser believes, weighed against the picture.

The recogniser tells for all neighbouring characters how probable a space between them is. It is shy
of spaces, above all between digits and in small or narrow type, and sees them everywhere in widely
spaced letters. The picture tells how many columns between the two characters are empty: the gap. Its
measure is how much wider it is than the line's letter gap (the median of the gaps between all
neighbours, so that spaced letters do not fall apart), in type sizes; in the fonts measured a word
space makes that 0.15 to 0.5, the pairs of letters that stand furthest apart (`11`, `l.`) up to 0.25.
So a space is read where its probability reaches

    0.6      if the gap is no wider than a letter gap (less than 0.05 type sizes over it), or if a character
             that hangs on its neighbour is there (`a.`, `a)`, `(a`, `a@`)
    0.1      in between
    0.003    if the gap is as wide as a word space (0.25 and more) and stands between letters or digits
    0        if it is wider than any letter gap (0.45 and more) and stands between letters or digits
    0.3      if the gap is unknown: no empty column is seen (letters that touch or lean), or the line has fewer
             than five characters, and so no letter gap to speak of
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, zip_longest
from statistics import median

from .ink import Piece
from .ocr import Recognised
from .typeface import type_size

LETTER_GAP, WORD_GAP, SURE_GAP = 0.05, 0.25, 0.45
LIKELY, UNSEEN, POSSIBLE, HINTED = 0.6, 0.3, 0.1, 0.003

_FEWEST = 4
_OPENING, _CLOSING = frozenset("([{_@"), frozenset(".,;:!)]}_@")


def spelled(read: Recognised, piece: Piece, left: int) -> str:
    """The text of a line with its spaces.

    Args:
        read: what the recogniser made of the strip.
        piece: the line in the picture.
        left: the picture column where the strip begins.
    """
    needed = _needed(read, piece, left)
    spaces = [" " if s >= n else "" for s, n in zip(read.spaces, needed, strict=True)]
    return "".join(chain.from_iterable(zip_longest(read.characters, spaces, fillvalue="")))


def _needed(read: Recognised, piece: Piece, left: int) -> Iterator[float]:
    """How probable a space must be to be read, for all neighbours."""
    gaps = _gaps(read.places, piece.gaps, left)
    size, usual = type_size(read.characters, piece.area.height), median(gaps or [0])
    for (one, other), gap in zip(pairwise(read.characters), gaps, strict=True):
        wider = (gap - usual) / size
        words = (one + other).isalnum()
        if one in _OPENING or other in _CLOSING:
            yield LIKELY
        elif gap == 0 or len(gaps) < _FEWEST:
            yield UNSEEN
        elif wider < LETTER_GAP:
            yield LIKELY
        elif wider < WORD_GAP or not words:
            yield POSSIBLE
        else:
            yield HINTED if wider < SURE_GAP else 0.0


def _gaps(places: Sequence[float], empty: Sequence[tuple[int, int]], left: int) -> list[int]:
    """The widest empty stretch between all neighbours, in pixels: the one whose middle lies between the two."""
    gaps = [0] * max(len(places) - 1, 0)
    for start, end in empty:
        i = bisect_right(places, (start + end) / 2 - left) - 1
        if 0 <= i < len(gaps):
            gaps[i] = max(gaps[i], end - start)
    return gaps
