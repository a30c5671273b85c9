"""Foreign keys that engines refuse, keys that no row can satisfy, and indexes that are missing or double."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..naming import plural, table_name
from ..objects import OnDelete
from ..types import INTEGERS, TEXTS, Kind, Type, spell
from .base import BOOKKEEPING, Link, Spot, find_column, find_table, fold, links, listed

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..objects import Schema, Table


def missing_target(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA010"""
    for table in schema.tables:
        for key in table.foreign_keys:
            if find_table(schema, key.table, dialect) is None:
                message = f"{table.name}.{listed(key.columns)} points at the table {key.table}, which is not there"
                yield Spot(table.name, key.columns[0], message, f"add the table {key.table} or drop the key")


def missing_key_column(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA011"""
    for table in schema.tables:
        for key in table.foreign_keys:
            sides = [(table, key.columns)]
            target = find_table(schema, key.table, dialect)
            if target is not None:
                sides.append((target, key.references))
            for side, names in sides:
                for name in names:
                    if find_column(side, name, dialect) is None:
                        message = f"a foreign key of {table.name} names {side.name}.{name}, which is not there"
                        yield Spot(table.name, key.columns[0], message, f"add the column {name} to {side.name}")


def uneven_key(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA012"""
    for table in schema.tables:
        for key in table.foreign_keys:
            here, there = len(key.columns), len(key.references)
            if here != there:
                message = (
                    f"the foreign key ({listed(key.columns)}) of {table.name} has {here} columns and points at {there}"
                )
                yield Spot(
                    table.name, key.columns[0], message, "name as many columns here as in the table it points at"
                )


def target_not_unique(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA013"""
    for table, key, target, pairs in links(schema, dialect):
        wanted = frozenset(fold(theirs.name, dialect) for _, theirs in pairs)
        if wanted not in [frozenset(fold(n, dialect) for n in names) for names in target.unique_keys]:
            names = listed(key.references)
            message = (
                f"{table.name}.{listed(key.columns)} points at {target.name} ({names}), where several rows may match"
            )
            yield Spot(
                table.name,
                key.columns[0],
                message,
                f"point at the primary key of {target.name}, or add UNIQUE ({names})",
            )


def key_type_refused(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA014"""
    for link in links(schema, dialect):
        for own, theirs in link.pairs:
            if not _may_point(own.type, theirs.type, dialect):
                yield _type_spot(link, own.name, own.type, theirs.type, f"{dialect.title} refuses that")


def key_type_differs(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA102"""
    for link in links(schema, dialect):
        for own, theirs in link.pairs:
            if own.type != theirs.type and _may_point(own.type, theirs.type, dialect):
                yield _type_spot(link, own.name, own.type, theirs.type, "it cannot hold every value or is converted")


def _type_spot(link: Link, column: str, own: Type, theirs: Type, why: str) -> Spot:
    message = (
        f"{link.table.name}.{column} is {_named(own)} and points at {link.target.name}, which is "
        f"{_named(theirs)}: {why}"
    )
    return Spot(link.table.name, column, message, f"give {column} the type {_named(theirs)}")


def _named(type_: Type) -> str:
    return "an enum" if type_.kind is Kind.ENUM else spell(type_)


_STAMPS = frozenset({Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_MYSQL_TEXTS = TEXTS | {Kind.UUID, Kind.INET, Kind.INTERVAL}
_NUMBER_RANK = {**dict.fromkeys(INTEGERS, 0), Kind.NUMERIC: 1, Kind.REAL: 2, Kind.DOUBLE: 2}


def _may_point(own: Type, theirs: Type, dialect: Dialect) -> bool:
    """Whether the engine lets a key of the one type point at the other.

    PostgreSQL wants an equality operator after implicit casts (ri_triggers.c, pg_cast): integers go to
    numeric and to floats and not back, a time goes to an interval; enums are equal or nothing. InnoDB wants the same
    integer size and the same precision, lengths of text may differ (MySQL manual, "FOREIGN KEY
    Constraints"). SQLite compares whatever it finds.
    """
    if dialect.name == "sqlite":
        return True
    if dialect.name == "mysql":
        alike = [_MYSQL_TEXTS, _STAMPS]
        return own == theirs or any(own.kind in kinds and theirs.kind in kinds for kinds in alike)
    if own.kind is Kind.ENUM or theirs.kind is Kind.ENUM:
        return own == theirs
    if (own.kind, theirs.kind) == (Kind.TIME, Kind.INTERVAL):
        return True
    if own.kind in _NUMBER_RANK and theirs.kind in _NUMBER_RANK:
        return _NUMBER_RANK[own.kind] <= _NUMBER_RANK[theirs.kind]
    alike = [TEXTS, _STAMPS | {Kind.DATE}]
    return own.kind is theirs.kind or any(own.kind in kinds and theirs.kind in kinds for kinds in alike)


def mandatory_circle(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA015"""
    needs: dict[str, list[str]] = {}
    for link in links(schema, dialect):
        if link.is_mandatory and link.table.name != link.target.name:
            needs.setdefault(link.table.name, []).append(link.target.name)
    reported: set[str] = set()
    for start in needs:
        circle = _way_back(start, needs)
        if circle and not reported & set(circle):
            reported |= set(circle)
            way = " -> ".join([*circle, start])
            message = f"every row of {start} needs one that needs it ({way}), so the first row can never be written"
            yield Spot(start, "", message, "make one of these keys nullable, or drop the one that says it twice")


def _way_back(start: str, needs: dict[str, list[str]]) -> list[str]:
    """The shortest circle of tables from `start` to itself, or nothing."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for target in needs.get(way[-1], ()):
            if target == start:
                return way
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def mandatory_self(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA104"""
    for link in links(schema, dialect):
        if link.is_mandatory and link.table is link.target and not set(link.key.columns) & set(link.table.primary_key):
            columns = listed(link.key.columns)
            message = (
                f"every row of {link.table.name} must point at another by {columns}, so the first can only name itself"
            )
            yield Spot(link.table.name, link.key.columns[0], message, f"make {columns} nullable: NULL is the top")


def delete_impossible(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA016"""
    for link in links(schema, dialect):
        for own, _ in link.pairs:
            action = link.key.on_delete
            stuck = action is OnDelete.SET_NULL or (action is OnDelete.SET_DEFAULT and own.default is None)
            if stuck and not own.nullable:
                message = f"{link.table.name}.{own.name} is NOT NULL, so ON DELETE {action} can never be carried out"
                yield Spot(link.table.name, own.name, message, f"make {own.name} nullable, or use CASCADE or RESTRICT")


def delete_without_default(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA105"""
    for link in links(schema, dialect):
        for own, _ in link.pairs:
            if link.key.on_delete is OnDelete.SET_DEFAULT and own.default is None and own.nullable:
                message = f"{link.table.name}.{own.name} has no default, so ON DELETE SET DEFAULT sets it to NULL"
                yield Spot(link.table.name, own.name, message, "write SET NULL, or give the column a default")


def key_without_index(schema: Schema, dialect: Dialect) -> Iterator[Spot]:
    """GA103"""
    if dialect.name == "mysql":
        return  # InnoDB makes an index for every foreign key by itself.
    for table in schema.tables:
        ordered = [table.primary_key, *table.uniques, *(i.columns for i in table.indexes)]
        for key in table.foreign_keys:
            if not any(set(columns[: len(key.columns)]) == set(key.columns) for columns in ordered):
                names = listed(key.columns)
                message = (
                    f"{table.name}.{names} is a foreign key without an index: joins and deletes read the whole table"
                )
                yield Spot(table.name, key.columns[0], message, f"CREATE INDEX ON {table.name} ({names})")


def double_index(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA106"""
    for table in schema.tables:
        keys = [k for k in (table.primary_key, *table.uniques) if k]
        for columns in table.uniques:
            if set(columns) == set(table.primary_key):
                message = f"UNIQUE ({listed(columns)}) of {table.name} says again what the primary key says"
                yield Spot(table.name, columns[0], message, "drop the UNIQUE")
        for index in table.indexes:
            others = keys + [i.columns for i in table.indexes if i != index]
            size = len(index.columns)
            same = [o for o in others if (o == index.columns if index.unique else o[:size] == index.columns)]
            # Of an index and its unique twin only the plain one is superfluous.
            if same and not (index.unique and same[0] not in keys):
                message = (
                    f"the index on {table.name} ({listed(index.columns)}) is the beginning of another, so it is never "
                    "needed"
                )
                yield Spot(table.name, index.columns[0], message, "drop the index")


def junction_without_key(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA107"""
    for table in schema.tables:
        pair = _junction(table)
        if pair and set(pair) not in map(set, table.unique_keys):
            names = listed(pair)
            message = (
                f"{table.name} only joins two tables, and nothing stops the same pair ({names}) from standing in it "
                "twice"
            )
            yield Spot(table.name, "", message, f"make it PRIMARY KEY ({names})")


def _junction(table: Table) -> tuple[str, ...]:
    """The two key columns of a table that does nothing but join, else nothing."""
    pair = tuple(key.columns[0] for key in table.foreign_keys if len(key.columns) == 1)
    if len(pair) != 2 or len(table.foreign_keys) != 2 or pair[0] == pair[1]:
        return ()
    return pair if all(c.name in pair or c.name in BOOKKEEPING for c in table.columns) else ()


def undeclared_key(schema: Schema, _: Dialect) -> Iterator[Spot]:
    """GA108"""
    for table in schema.tables:
        declared = table.pointing_columns
        for column in table.columns:
            entity = column.name.removesuffix("_id")
            if entity == column.name or column.name in declared or f"{entity}_type" in (c.name for c in table.columns):
                continue
            target = schema.table(table_name(entity)) or schema.table(plural(entity)) or schema.table(entity)
            if target is not None and target.name != table.name:
                message = (
                    f"{table.name}.{column.name} names a row of {target.name}, and nothing makes sure that it exists"
                )
                yield Spot(table.name, column.name, message, f"add REFERENCES {target.name}")
