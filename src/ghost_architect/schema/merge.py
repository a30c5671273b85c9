"""Several screens of one application, one schema each, into one schema.

    schemas -> which tables are one entity -> which columns are one -> united tables -> Schema

Nothing is lost: every column of every schema is in the result, and `Merged.places` says where. What is
one entity is the business of `entities`, how two columns become one that of `reconcile`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .merging.entities import same_columns, same_entities
from .merging.reconcile import one_family, retyped, strengths, united
from .objects import Check, Column, Comparison, ForeignKey, Index, OnDelete, Schema, Table

Names = dict[str, str]
"""Name of a column in a source table -> its name in the result."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The result, and for each schema in turn where its columns went: (table, column) -> (table, column)."""

    schema: Schema
    places: tuple[Mapping[tuple[str, str], tuple[str, str]], ...]


def merge(schemas: Sequence[Schema]) -> Schema:
    """One schema that holds everything the schemas hold, each entity once, in order of appearance."""
    return merge_traced(schemas).schema


def merge_traced(schemas: Sequence[Schema]) -> Merged:
    """Like `merge`, and tells where every column went."""
    if not schemas:
        return Merged(Schema(), ())
    whole, places = schemas[0], [_at_home(schemas[0])]
    for schema in schemas[1:]:
        joined = _Join(whole, schema)
        places = [{k: joined.place(joined.whole, v) for k, v in place.items()} for place in places]
        places.append({k: joined.place(joined.added, k) for k in _at_home(schema)})
        whole = joined.schema
    return Merged(whole, tuple(places))


def _at_home(schema: Schema) -> dict[tuple[str, str], tuple[str, str]]:
    return {(t.name, c.name): (t.name, c.name) for t in schema.tables for c in t.columns}


@dataclass(frozen=True, slots=True)
class _Side:
    """One of two schemas that are joined: what its tables and columns are called in the result."""

    schema: Schema
    tables: Names
    columns: dict[str, Names]

    def column(self, table: str, name: str) -> str:
        return self.columns.get(table, {}).get(name, name)

    def table(self, name: str) -> str:
        return self.tables.get(name, name)


class _Join:
    """Two schemas made one. `whole` and `added` say what became of the names of each."""

    def __init__(self, whole: Schema, added: Schema) -> None:
        partners = same_entities(whole, added)
        self.whole = _Side(whole, {}, {})
        self.added = _Side(added, dict(partners), {})
        couples = {partners[t.name]: t for t in added.tables if t.name in partners}
        for table in whole.tables:
            if table.name in couples:
                self._pair(table, couples[table.name])
        tables = [self._table(t, couples.get(t.name)) for t in whole.tables]
        tables += [self._carried(self.added, t) for t in added.tables if t.name not in partners]
        self.schema = self._aligned(Schema(tuple(tables)))

    def place(self, side: _Side, at: tuple[str, str]) -> tuple[str, str]:
        return side.table(at[0]), side.column(*at)

    def _pair(self, table: Table, other: Table) -> None:
        """Find out which columns are one, and what they are called: like the first, but a key like a key."""
        pairs = same_columns(table, other)
        keys = other.pointing_columns - table.pointing_columns
        own = {mine: theirs for mine, theirs in pairs.items() if theirs in keys and other.column(mine) is None}
        self.whole.columns[table.name] = own
        self.added.columns[other.name] = {theirs: own.get(mine, mine) for mine, theirs in pairs.items()}

    def _table(self, table: Table, other: Table | None) -> Table:
        first = self._carried(self.whole, table)
        if other is None:
            return first
        second = self._carried(self.added, other)
        columns = _united_columns(first, second)
        names = {c.name: c for c in columns}
        primary, uniques = _keys(first, second)
        return Table(
            name=first.name,
            columns=columns,
            primary_key=primary,
            uniques=uniques,
            checks=tuple(c for t in (first, second) for c in t.checks if _still_holds(c, t, names)),
            foreign_keys=_foreign_keys(first, second, names),
            indexes=_indexes(first, second, (primary, *uniques)),
            comment=first.comment or second.comment,
            title=first.title or second.title,
            evidence=tuple(dict.fromkeys(first.evidence + second.evidence)),
        )

    def _carried(self, side: _Side, table: Table) -> Table:
        """The table with the names of the result everywhere."""

        def named(name: str) -> str:
            return side.column(table.name, name)

        def all_named(names: Sequence[str]) -> tuple[str, ...]:
            return tuple(map(named, names))

        return replace(
            table,
            name=side.table(table.name),
            columns=tuple(replace(c, name=named(c.name)) for c in table.columns),
            primary_key=all_named(table.primary_key),
            uniques=tuple(map(all_named, table.uniques)),
            checks=tuple(_renamed_check(c, named) for c in table.checks),
            foreign_keys=tuple(
                ForeignKey(
                    all_named(k.columns),
                    side.table(k.table),
                    tuple(side.column(k.table, name) for name in k.references),
                    k.on_delete,
                )
                for k in table.foreign_keys
            ),
            indexes=tuple(Index(all_named(i.columns), i.unique) for i in table.indexes),
        )

    def _aligned(self, schema: Schema) -> Schema:
        """Give keys the type of what they point at, where their own screen had them so.

        Only needed when the target's type changed in the merge; a key on a key takes another round.
        """
        agreed = {*self._agreeing(self.whole), *self._agreeing(self.added)}
        for _ in schema.tables:
            types = {(t.name, c.name): c.type for t in schema.tables for c in t.columns}
            tables = []
            for table in schema.tables:
                wanted = {
                    own: types[key.table, theirs]
                    for key in table.foreign_keys
                    for own, theirs in zip(key.columns, key.references, strict=False)
                    if (table.name, own, key.table, theirs) in agreed and (key.table, theirs) in types
                }
                columns = [
                    retyped(c, wanted[c.name]) if wanted.get(c.name, c.type) != c.type else c for c in table.columns
                ]
                tables.append(replace(table, columns=tuple(columns)))
            after = Schema(tuple(tables))
            if after == schema:
                break
            schema = after
        return schema

    def _agreeing(self, side: _Side) -> Iterator[tuple[str, str, str, str]]:
        """(table, column, target, its column) in names of the result, for keys that had the type of their target."""
        for table in side.schema.tables:
            for key in table.foreign_keys:
                target = side.schema.table(key.table)
                for own, theirs in zip(key.columns, key.references, strict=False):
                    here, there = table.column(own), target.column(theirs) if target else None
                    if here is not None and (there is None or here.type == there.type):
                        yield (*self.place(side, (table.name, own)), *self.place(side, (key.table, theirs)))


def _united_columns(first: Table, second: Table) -> tuple[Column, ...]:
    believed, keys = (strengths(first), strengths(second)), (first.pointing_columns, second.pointing_columns)
    columns = []
    for column in first.columns:
        other = second.column(column.name)
        if other is not None:
            rank = believed[0][column.name], believed[1][column.name]
            column = united(column, other, rank, (column.name in keys[0], column.name in keys[1]))
        columns.append(column)
    return (*columns, *(c for c in second.columns if first.column(c.name) is None))


def _keys(first: Table, second: Table) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The primary key, and the uniques. What identifies a row on the other screen only is a unique."""
    primary = first.primary_key or second.primary_key
    uniques = list(first.uniques)
    known = {frozenset(k) for k in (primary, *uniques)}
    for columns in (second.primary_key, *second.uniques):
        if columns and frozenset(columns) not in known:
            known.add(frozenset(columns))
            uniques.append(columns)
    return primary, tuple(uniques)


def _still_holds(check: Check, source: Table, columns: Mapping[str, Column]) -> bool:
    """Whether a check can still be asked: its columns hold the same family of values as on its own screen."""
    pairs = [(source.column(name), columns.get(name)) for name in check.columns]
    return all(a is None or b is None or one_family(a.type, b.type) for a, b in pairs)


def _renamed_check(check: Check, named: Callable[[str], str]) -> Check:
    return Check(
        tuple(
            Comparison(named(t.left), t.op, named(t.column) if t.column is not None else None, t.value)
            for t in check.terms
        )
    )


def _foreign_keys(first: Table, second: Table, columns: Mapping[str, Column]) -> tuple[ForeignKey, ...]:
    """The keys of both. Where the same columns point to two tables, the first screen is believed."""
    kept = [_feasible(key, first, columns) for key in first.foreign_keys]
    own = {key.columns for key in kept}
    for key in (_feasible(key, second, columns) for key in second.foreign_keys):
        if key.columns not in own:
            kept.append(key)
        kept = [_with_action(k, key) if replace(k, on_delete=key.on_delete) == key else k for k in kept]
    return tuple(kept)


def _feasible(key: ForeignKey, source: Table, columns: Mapping[str, Column]) -> ForeignKey:
    """The key without SET NULL, where the other screen made its column NOT NULL."""
    made = [
        n for n in key.columns if (c := source.column(n)) and c.nullable and n in columns and not columns[n].nullable
    ]
    return replace(key, on_delete=OnDelete.NO_ACTION) if made and key.on_delete is OnDelete.SET_NULL else key


def _with_action(key: ForeignKey, same: ForeignKey) -> ForeignKey:
    """The key with the first action that somebody asked for."""
    return same if key.on_delete is OnDelete.NO_ACTION else key


def _indexes(first: Table, second: Table, keys: Sequence[tuple[str, ...]]) -> tuple[Index, ...]:
    covered = {*keys, *(i.columns for i in first.indexes)}
    return first.indexes + tuple(i for i in second.indexes if i.unique or i.columns not in covered)
