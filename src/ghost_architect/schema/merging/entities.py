"""What is one thing on two screens: which tables are one entity, and which of their columns are one.

Two tables are one entity when they have the same name (`Customer` and `customers`), or when their names
are alike and at least half of the columns of the smaller one are in the other too. Sharing only an id,
a name and the time of creation does not count: most tables do. Two tables of one schema stay two, since
whoever read that screen told them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..match import assign, is_audit, name_similarity, words
from ..naming import entity_name, snake_case
from ..objects import Column, Schema, Table
from ..types import TEXTS
from .reconcile import one_family, says_nothing

ALIKE_FROM = 0.7
"""How alike two names are at least (`match.name_similarity`) for their tables to be compared."""

OVERLAP_FROM = 0.5
"""Which share of the columns of the smaller table the other one has at least."""

_COMMON = frozenset({("name",), ("title",), ("description",), ("status",), ("note",), ("type",)})
"""Columns (in the words of `match`) that say nothing about which entity it is."""


def same_entities(whole: Schema, added: Schema) -> dict[str, str]:
    """Name of a table in `added` -> name of the table in `whole` that is the same entity."""
    found: dict[str, str] = {}
    for key in (str, snake_case, entity_name):
        free = {key(t.name): t.name for t in reversed(whole.tables) if t.name not in found.values()}
        for table in added.tables:
            if table.name not in found and key(table.name) in free:
                found[table.name] = free.pop(key(table.name))
    left = [t for t in added.tables if t.name not in found]
    right = [t for t in whole.tables if t.name not in found.values()]
    scores = [[_likeness(a, b) for b in right] for a in left]
    found.update((left[i].name, right[j].name) for i, j in assign(scores) if scores[i][j])
    return found


def _likeness(a: Table, b: Table) -> float:
    """How sure it is that two tables of different names are one entity; 0 for no."""
    # Names in other scripts than Latin have no words: only an equal name makes them one.
    alike = name_similarity(a.name, b.name) if words(a.name) and words(b.name) else 0.0
    if alike < ALIKE_FROM:
        return 0.0
    left, right = _telling(a), _telling(b)
    shared = left & right
    overlap = len(shared) / max(1, min(len(left), len(right)))
    return alike + overlap if shared - _COMMON and overlap >= OVERLAP_FROM else 0.0


def _telling(table: Table) -> set[tuple[str, ...]]:
    return {words(c.name) or (c.name,) for c in table.columns if not is_audit(c.name)}


class _Half(NamedTuple):
    """One of two tables, and those of its columns that have no partner yet."""

    table: Table
    free: list[Column]


Pairs = Iterator[tuple[str, str]]


def same_columns(table: Table, other: Table) -> dict[str, str]:
    """Name of a column in `table` -> name of the same column in `other`."""
    found: dict[str, str] = {}
    for pairs in (_by_name, _by_snake_case, _key_and_text, _row_numbers, _by_words):
        mine = _Half(table, [c for c in table.columns if c.name not in found])
        theirs = _Half(other, [c for c in other.columns if c.name not in found.values()])
        for a, b in pairs(mine, theirs):
            if a not in found and b not in found.values():
                found[a] = b
    return found


def _by_name(mine: _Half, theirs: _Half) -> Pairs:
    names = {c.name for c in theirs.free}
    return ((c.name, c.name) for c in mine.free if c.name in names)


def _by_snake_case(mine: _Half, theirs: _Half) -> Pairs:
    names = {snake_case(c.name): c.name for c in reversed(theirs.free)}
    return ((c.name, names[snake_case(c.name)]) for c in mine.free if snake_case(c.name) in names)


def _key_and_text(mine: _Half, theirs: _Half) -> Pairs:
    """A key `customer_id` on one screen is what another shows as the text `customer`."""
    for a in mine.free:
        for b in theirs.free:
            if _shows(mine.table, a, theirs.table, b) or _shows(theirs.table, b, mine.table, a):
                yield a.name, b.name


def _shows(text_table: Table, text: Column, key_table: Table, key: Column) -> bool:
    in_key = key.name in key_table.pointing_columns and text.name not in text_table.pointing_columns
    return in_key and text.type.kind in TEXTS and snake_case(key.name) == f"{snake_case(text.name)}_id"


def _row_numbers(mine: _Half, theirs: _Half) -> Pairs:
    """Both tables number their rows, and call the number differently."""
    a, b = _row_number(mine), _row_number(theirs)
    if a and b:
        yield a, b


def _row_number(half: _Half) -> str:
    return next((c.name for c in half.free if (c.name,) == half.table.primary_key and c.is_identity), "")


def _by_words(mine: _Half, theirs: _Half) -> Pairs:
    """The same words ("qty" and "quantity"), where neither table has two columns of these words."""
    if not mine.free or not theirs.free:
        return
    taken = [words(c.name) for half in (mine, theirs) for c in half.table.columns]
    for a in mine.free:
        for b in theirs.free:
            same = () != words(a.name) == words(b.name) and taken.count(words(a.name)) == 2
            fits = one_family(a.type, b.type) or says_nothing(a.type) or says_nothing(b.type)
            if same and fits and (a.name in mine.table.pointing_columns) == (b.name in theirs.table.pointing_columns):
                yield a.name, b.name
