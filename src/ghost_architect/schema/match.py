"""How alike two names are, and the best way to pair two lists.

    name -> words -> name_similarity -> a matrix -> assign -> pairs

`merge` uses it to find one entity in two screens, `evaluation` to find an answer in the truth. The
similarity is the one that GhostScore defines: names are cut into words, words are brought to one
form (abbreviations written out, plurals made singular), equal words count 1, synonyms 0.95, and a
slip of the pen is forgiven by Jaro-Winkler. `words.json` holds the vocabulary.

    >>> words("tbl_CustomerAddr")
    ('customer', 'address')
    >>> name_similarity("clients", "customer")
    0.95
    >>> assign([[0.9, 0.8], [0.8, 0.1]])
    [(0, 1), (1, 0)]
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import inflect

SYNONYM = 0.95
"""What two different words of one synonym group are worth."""

SPELLING_FROM, SPELLING_WORTH = 0.9, 0.9
"""Above which Jaro-Winkler similarity two names count as one name misspelt, and what that is worth."""

_SHORTEST_PLURAL = 4
"""Shorter words stay as they are: "gas", "bus" and "sms" are no plurals."""

_CACHED_NAMES = 1 << 16
"""How many names are remembered: answers come from models, so what is kept has to have an end."""


class _Vocabulary(NamedTuple):
    abbreviations: dict[str, str]
    group: dict[str, int]
    dropped: frozenset[str]
    audit: frozenset[tuple[str, ...]]


@cache
def _vocabulary() -> _Vocabulary:
    raw = json.loads(resources.files(__package__).joinpath("words.json").read_text("utf-8"))
    group = {word: number for number, words_ in enumerate(raw["synonyms"]) for word in words_}
    audit = frozenset(tuple(phrase.split()) for phrase in raw["audit"])
    return _Vocabulary(raw["abbreviations"], group, frozenset(raw["dropped"]), audit)


@cache
def _inflect() -> inflect.engine:
    # Imported on the first name that is compared: the import takes longer than reading a schema.
    import inflect

    return inflect.engine()


@lru_cache(_CACHED_NAMES)
def _singular(word: str) -> str:
    return str(_inflect().singular_noun(word) or word)


@lru_cache(_CACHED_NAMES)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in one form: lower case, written out, singular, without filler words."""
    vocabulary = _vocabulary()
    snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    # One abbreviation can stand for two words ("dob"), so the text is joined and cut again.
    written_out = " ".join(vocabulary.abbreviations.get(w, w) for w in re.split(r"[^a-z0-9]+", snake)).split()
    kept = (w for w in written_out if w not in vocabulary.dropped)
    return tuple(_singular(w) if len(w) >= _SHORTEST_PLURAL else w for w in kept)


def is_audit(name: str) -> bool:
    """Whether a column of this name only keeps the books of the row: its number, when it was made or changed."""
    return words(name) in _vocabulary().audit


@lru_cache(_CACHED_NAMES)
def name_similarity(a: str, b: str) -> float:
    """How alike two names are, 0..1: the share of words that pair up, or nearly the same letters."""
    if a == b:
        return 1.0
    left, right = words(a), words(b)
    if left == right:
        return 1.0
    if not left or not right:
        return 0.0
    alike = [[_word_similarity(x, y) for y in right] for x in left]
    shared = 2 * math.fsum(alike[i][j] for i, j in assign(alike)) / (len(left) + len(right))
    letters = jaro_winkler("".join(left), "".join(right))
    return max(shared, letters * SPELLING_WORTH if letters > SPELLING_FROM else 0.0)


def _word_similarity(a: str, b: str) -> float:
    if a == b:
        return 1.0
    group = _vocabulary().group
    return SYNONYM if a in group and group[a] == group.get(b) else 0.0


def jaro_winkler(a: str, b: str) -> float:
    """Jaro-Winkler similarity of two texts, 0..1 (Winkler 1990: prefix weight 0.1, up to 4 letters, above Jaro 0.7)."""
    jaro = _jaro(a, b)
    if jaro <= 0.7:
        return jaro
    prefix = next((i for i, (x, y) in enumerate(zip(a[:4], b[:4], strict=False)) if x != y), min(4, len(a), len(b)))
    return min(1.0, jaro + prefix * 0.1 * (1.0 - jaro))


def _jaro(a: str, b: str) -> float:
    """Jaro 1989: letters are common when they stand at most half the longer text apart."""
    if a == b:
        return 1.0
    reach = max(0, max(len(a), len(b)) // 2 - 1)
    taken = [False] * len(b)
    common_a = []
    for i, letter in enumerate(a):
        for j in range(max(0, i - reach), min(len(b), i + reach + 1)):
            if not taken[j] and b[j] == letter:
                taken[j] = True
                common_a.append(letter)
                break
    if not common_a:
        return 0.0
    common_b = [letter for letter, used in zip(b, taken, strict=True) if used]
    moved = sum(x != y for x, y in zip(common_a, common_b, strict=True)) // 2
    n = len(common_a)
    return (n / len(a) + n / len(b) + (n - moved) / n) / 3.0


def assign(matrix: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pair rows with columns so that the sum of the chosen entries is as large as can be.

    As many pairs as the shorter side has entries, in the order of the rows. O(n^3), by shortest
    augmenting paths (Crouse, "On implementing 2D rectangular assignment algorithms", 2016). Of
    several best assignments it is always the same one: columns are looked at from the last to the
    first, a later one replaces an equal one only when it is still free. So a matrix of equal
    entries gives the diagonal.

    Args:
        matrix: finite numbers, all rows of one length.
    """
    if not matrix or not matrix[0]:
        return []
    if len(matrix) > len(matrix[0]):
        turned = [list(column) for column in zip(*matrix, strict=True)]
        return sorted((j, i) for i, j in assign(turned))
    return _Assignment([[-value for value in row] for row in matrix]).solve()


class _Assignment:
    """The cheapest assignment of every row to a column of its own; never more rows than columns."""

    def __init__(self, cost: list[list[float]]) -> None:
        self.cost = cost
        self.n_columns = len(cost[0])
        self.row_price = [0.0] * len(cost)
        self.column_price = [0.0] * self.n_columns
        self.column_of = [-1] * len(cost)
        self.row_of = [-1] * self.n_columns

    def solve(self) -> list[tuple[int, int]]:
        for row in range(len(self.cost)):
            self._place(row)
        return list(enumerate(self.column_of))

    def _place(self, start: int) -> None:
        """Give `start` a column, moving rows placed before along the cheapest path to a free one."""
        distance, came_from = [math.inf] * self.n_columns, [-1] * self.n_columns
        waiting = list(range(self.n_columns))[::-1]
        visited: list[int] = []
        row, column, reached = start, -1, 0.0
        while column == -1 or self.row_of[column] != -1:
            if column != -1:
                row = self.row_of[column]
            best = self._step(row, reached, waiting, distance, came_from)
            column, reached = waiting[best], distance[waiting[best]]
            visited.append(column)
            # The last takes the place of the one removed: this order decides between equal paths.
            waiting[best] = waiting[-1]
            waiting.pop()
        self._reprice(start, reached, visited, distance)
        self._shift(start, column, came_from)

    def _step(self, row: int, reached: float, waiting: list[int], distance: list[float], came_from: list[int]) -> int:
        """Bring the distances up to date for leaving `row`; the place in `waiting` of the nearest column."""
        best, lowest = -1, math.inf
        costs, price = self.cost[row], self.row_price[row]
        for place, column in enumerate(waiting):
            through = reached + costs[column] - price - self.column_price[column]
            if through < distance[column]:
                distance[column], came_from[column] = through, row
            free = self.row_of[column] == -1
            if distance[column] < lowest or (distance[column] == lowest and free):
                best, lowest = place, distance[column]
        return best

    def _reprice(self, start: int, reached: float, visited: list[int], distance: list[float]) -> None:
        self.row_price[start] += reached
        for column in visited:
            gap = reached - distance[column]
            if self.row_of[column] != -1:
                self.row_price[self.row_of[column]] += gap
            self.column_price[column] -= gap

    def _shift(self, start: int, column: int, came_from: list[int]) -> None:
        row = -1
        while row != start:
            row = came_from[column]
            self.row_of[column] = row
            column, self.column_of[row] = self.column_of[row], column
