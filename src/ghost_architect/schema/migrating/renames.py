"""What is called otherwise now: the tables and columns of two schemas that are one and the same.

    said by the user > the same name > the same name to the engine > guessed

A wrong guess puts values under a wrong name; a rename that is missed leaves them where they are. So a
guess needs a reason (nearly the same name, the same label on the screen, the same key to the same
table) and has to be the only one: of two candidates it is neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ...errors import UsageError, nearest, printable
from ..dialects import Dialect
from ..match import is_audit, name_similarity, words
from ..objects import Check, Column, ForeignKey, Index, Schema, Table
from ..types import MOMENTS, NUMBERS, TEXTS, Kind, Type
from .casts import Effect, effect

Place = tuple[str, str]
"""A table and a column."""

_ALIKE = 0.8
"""From this similarity on two names are one name, written in two ways. `total` and `total_amount` have 0.67, and
so have `date` and `due_date`: the one is a rename, the other is not, and the names do not tell."""

_SHARED, _SHARED_LEAST = 0.75, 2
"""What share of their columns, and how many, two tables have in common to be one table, whatever it is called."""

_MOST_PAIRS = 40_000
"""How many pairs of names are compared to guess one rename: about a second's worth."""

_SHARED_BY_NAME = 1 / 3
"""That share where the names of the tables are alike."""


@dataclass(frozen=True, slots=True)
class Renames:
    """Old names and what they become.

    Attributes:
        tables: old name -> new name.
        columns: old table and old column -> new column.
        aside: columns that only make way, for one of their name whose type theirs cannot become.
        guessed: old places of what nobody said, and no name says by itself; of a table with no column.
    """

    tables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    columns: Mapping[Place, str] = field(default_factory=lambda: MappingProxyType({}))
    aside: frozenset[Place] = frozenset()
    guessed: frozenset[Place] = frozenset()

    @property
    def out_of_the_way(self) -> frozenset[Place]:
        """The columns of `aside` by their new names."""
        return frozenset((self.table(t), self.column(t, c)) for t, c in self.aside)

    def table(self, name: str) -> str:
        """What a table is called now."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """What a column is called now; the table by its old name."""
        return self.columns.get((table, name), name)

    def names(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """What columns are called now; the table by its old name."""
        return tuple(self.column(table, n) for n in names)

    def check(self, table: str, check: Check) -> Check:
        """A check of this table by its new names."""
        return Check(
            tuple(
                replace(t, left=self.column(table, t.left), column=t.column and self.column(table, t.column))
                for t in check.terms
            )
        )

    def key(self, table: str, key: ForeignKey) -> ForeignKey:
        """A foreign key of this table by its new names."""
        there = self.names(key.table, key.references)
        return ForeignKey(self.names(table, key.columns), self.table(key.table), there, key.on_delete)

    def schema(self, old: Schema) -> Schema:
        """The old schema by its new names, otherwise as it was."""
        return Schema(tuple(self._table(t) for t in old.tables))

    def _table(self, table: Table) -> Table:
        name = table.name
        return replace(
            table,
            name=self.table(name),
            columns=tuple(replace(c, name=self.column(name, c.name)) for c in table.columns),
            primary_key=self.names(name, table.primary_key),
            uniques=tuple(self.names(name, u) for u in table.uniques),
            checks=tuple(self.check(name, c) for c in table.checks),
            foreign_keys=tuple(self.key(name, f) for f in table.foreign_keys),
            indexes=tuple(Index(self.names(name, i.columns), i.unique) for i in table.indexes),
        )


def recognise(old: Schema, new: Schema, d: Dialect, said: Sequence[str] = (), guess: bool = True) -> Renames:
    """The renames that lead from one schema to another.

    Args:
        old: the schema of the database that is there, fitted to the dialect.
        new: what it shall become, fitted too.
        d: whose rules on names hold.
        said: renames that the user knows of, `TABLE=NEW` or `TABLE.COLUMN=NEW`.
        guess: whether more are looked for.

    Raises:
        UsageError: a rename names what is not there, or what is there twice.
    """
    told_tables, told_columns = _told(old, new, said)
    tables = _by_name([t.name for t in old.tables], [t.name for t in new.tables], d, told_tables)
    guessed: set[Place] = set()
    if guess:
        found = _guessed_tables(old, new, tables)
        guessed |= {(name, "") for name in found}
        tables |= found
    columns: dict[Place, str] = {}
    aside: set[Place] = set()
    for before in old.tables:
        after = new.table(tables.get(before.name, ""))
        if after is None:
            continue
        told = {c: n for (t, c), n in told_columns.items() if t == before.name}
        pairs = _by_name([c.name for c in before.columns], [c.name for c in after.columns], d, told)
        if guess:
            found = _guessed_columns(before, after, pairs, tables)
            guessed |= {(before.name, name) for name in found}
            pairs |= found
        moved = _making_way(before, after, pairs)
        aside |= {(before.name, name) for name in moved}
        columns |= {(before.name, a): b for a, b in (pairs | moved).items() if a != b}
    return Renames({a: b for a, b in tables.items() if a != b}, columns, frozenset(aside), frozenset(guessed - aside))


def _making_way(before: Table, after: Table, pairs: Mapping[str, str]) -> dict[str, str]:
    """A name that is free for every column whose values have no place in what stands there now."""
    taken = {c.name.lower() for t in (before, after) for c in t.columns}
    out: dict[str, str] = {}
    for name, other in pairs.items():
        here, there = before.column(name), after.column(other)
        if here is not None and there is not None and effect(here.type, there.type) is Effect.NONE:
            out[name] = free_name(f"{name}_old", taken)
    return out


def free_name(wanted: str, taken: set[str]) -> str:
    """The name, or the name with a number, such that it is not among `taken` (lower case), and is from now on."""
    name, n = wanted, 1
    while name.lower() in taken:
        n += 1
        name = f"{wanted}_{n}"
    taken.add(name.lower())
    return name


# --- by name ---


def _by_name(old: Sequence[str], new: Sequence[str], d: Dialect, told: Mapping[str, str]) -> dict[str, str]:
    """Old name -> new name: as was said, else the same, else the same to an engine that does not look at case."""
    pairs = dict(told)
    for same in (lambda n: n, lambda n: d.key(n, quoted=True)):
        left: dict[str, str] = {same(n): n for n in new if n not in pairs.values()}
        pairs |= {n: left.pop(same(n)) for n in old if n not in pairs and same(n) in left}
    return pairs


def _told(old: Schema, new: Schema, said: Sequence[str]) -> tuple[dict[str, str], dict[Place, str]]:
    """What was said, about tables and about columns. Tables are read first, since columns stand in them."""
    tables: dict[str, str] = {}
    columns: dict[Place, str] = {}
    for text in said:
        left, right = _cut(old, text)
        if isinstance(left, str):
            _must_be_new(left, right, [t.name for t in old.tables], [t.name for t in new.tables], tables)
            tables[left] = right
    for text in said:
        left, right = _cut(old, text)
        if isinstance(left, str):
            continue
        before, after = old.table(left[0]), new.table(tables.get(left[0], left[0]))
        if before is None or after is None:
            raise UsageError(f"rename {printable(text)}: the table {printable(left[0])} does not stay")
        here = {c: n for (t, c), n in columns.items() if t == left[0]}
        _must_be_new(left[1], right, [c.name for c in before.columns], [c.name for c in after.columns], here)
        columns[left] = right
    return tables, columns


def _cut(old: Schema, text: str) -> tuple[str | Place, str]:
    """Names may hold dots and equal signs, so every way to cut the text is tried."""
    cuts = [(text[: m.start()], text[m.end() :]) for m in re.finditer("=", text)]
    if not cuts:
        raise UsageError(f"rename {printable(text)}: there is no =", "TABLE=NEW or TABLE.COLUMN=NEW")
    for left, right in cuts:
        if old.table(left) is not None:
            return left, right
        place = place_of(old, left)
        if place is not None:
            return place, right
    known = [t.name for t in old.tables] + [f"{t.name}.{c.name}" for t in old.tables for c in t.columns]
    raise UsageError(f"the old schema has no {printable(cuts[0][0])}", nearest(cuts[0][0], known))


def place_of(schema: Schema, text: str) -> Place | None:
    """The column that `TABLE.COLUMN` names."""
    for m in re.finditer(r"\.", text):
        table = schema.table(text[: m.start()])
        if table is not None and table.column(text[m.end() :]) is not None:
            return table.name, text[m.end() :]
    return None


def _must_be_new(left: str, right: str, old: Sequence[str], new: Sequence[str], told: Mapping[str, str]) -> None:
    shown = printable(right)
    if right not in new:
        raise UsageError(f"the new schema has no {shown}", nearest(right, new))
    if right in old:
        raise UsageError(f"rename: the old schema has a {shown} too", "a rename is to a name that was not there")
    if left in new:
        raise UsageError(f"rename: the new schema has a {printable(left)} too", "what is renamed is not there any more")
    if left in told or right in told.values():
        raise UsageError(f"rename: {printable(left)}={shown} contradicts another one")


# --- guessed ---


def _only(old: Sequence[str], new: Sequence[str], fits: Callable[[str, str], bool]) -> dict[str, str]:
    """The pairs that fit, where neither side fits anything else; none of too many to compare."""
    if len(old) * len(new) > _MOST_PAIRS:
        return {}
    found = [(a, b) for a in old for b in new if fits(a, b)]
    lefts, rights = Counter(a for a, _ in found), Counter(b for _, b in found)
    return {a: b for a, b in found if lefts[a] == rights[b] == 1}


def _guessed_tables(old: Schema, new: Schema, pairs: Mapping[str, str]) -> dict[str, str]:
    gone = {t.name: t for t in old.tables if t.name not in pairs}
    come = {t.name: t for t in new.tables if t.name not in pairs.values()}
    told = [{name: _told_columns(table) for name, table in side.items()} for side in (gone, come)]
    return _only([*gone], [*come], lambda a, b: _is_table(gone[a], come[b], told[0][a], told[1][b]))


_Told = set[tuple[str, ...]]
"""Names of columns, in words."""


def _is_table(before: Table, after: Table, here: _Told, there: _Told) -> bool:
    shared = len(here & there)
    share = 2 * shared / max(1, len(here) + len(there))
    if _same_label(before.title, after.title) or _alike(before.name, after.name):
        return share >= _SHARED_BY_NAME or not here or not there
    return share >= _SHARED and shared >= _SHARED_LEAST


def _told_columns(table: Table) -> _Told:
    """The columns that say something about a table, in words."""
    return {words(c.name) or (c.name,) for c in table.columns if not is_audit(c.name)}


def _guessed_columns(
    before: Table, after: Table, pairs: Mapping[str, str], tables: Mapping[str, str]
) -> dict[str, str]:
    gone = {c.name: c for c in before.columns if c.name not in pairs}
    come = {c.name: c for c in after.columns if c.name not in pairs.values()}

    def fits(a: str, b: str) -> bool:
        if not _same_family(gone[a].type, come[b].type):
            return False
        one, other = _target(before, a), _target(after, b)
        if one is not None and other is not None:
            return tables.get(one) == other
        bare = _without(a, before.name) == _without(b, after.name)
        return bare or _alike(a, b) or _same_labels(gone[a], come[b])

    return _only([*gone], [*come], fits)


def _target(table: Table, column: str) -> str | None:
    """The table that a column points at."""
    return next((f.table for f in table.foreign_keys if f.columns == (column,)), None)


def _without(name: str, table: str) -> tuple[str, ...]:
    """The words of a column without those of its table: `customer_name` of `customers` is `name`."""
    rest = tuple(w for w in words(name) if w not in words(table))
    return rest or (name,)


def _alike(a: str, b: str) -> bool:
    """One name in two ways. What differs in a number (`line1`, `line2`) does not."""
    return re.findall(r"\d+", a) == re.findall(r"\d+", b) and name_similarity(a, b) >= _ALIKE


def _same_labels(before: Column, after: Column) -> bool:
    here, there = ({_label(e.text) for e in c.evidence} - {""} for c in (before, after))
    return bool(here) and here == there


def _same_label(before: str, after: str) -> bool:
    return bool(_label(before)) and _label(before) == _label(after)


def _label(text: str) -> str:
    return " ".join(text.casefold().strip(" :*").split())


def _same_family(before: Type, after: Type) -> bool:
    """Whether values are of one sort: nobody means a date by what was a number."""
    return _family(before.kind) == _family(after.kind) and effect(before, after) is not Effect.NONE


def _family(kind: Kind) -> Kind:
    for family, first in ((NUMBERS, Kind.NUMERIC), (TEXTS | {Kind.ENUM}, Kind.TEXT), (MOMENTS, Kind.TIMESTAMP)):
        if kind in family:
            return first
    return kind
