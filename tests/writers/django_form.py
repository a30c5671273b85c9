"""What Django 5.2 makes of a schema: its database differs from that of the SQL in these ways, and in no other.

fit(schema) -> as_django, with the remarks of the module -> the schema that the engine has to report -> differences

What Django can hold only in part, the writer has to say: nothing is left out here that was not
remarked on, and no remark may be without use.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ghost_architect.schema.ddl import check_sql
from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.engines.base import SeenTable
from ghost_architect.schema.execute import compare
from ghost_architect.schema.objects import (
    IDENTITY,
    Column,
    Default,
    ForeignKey,
    Index,
    OnDelete,
    Schema,
    Table,
)
from ghost_architect.schema.types import (
    BIGINT,
    DOUBLE,
    INTEGERS,
    TEXTS,
    TIMESTAMPTZ,
    Kind,
    Type,
    numeric,
    spell,
    varchar,
)

from .databases import Database, told_of

_SQLITE: Mapping[Kind, str] = {
    Kind.NUMERIC: "decimal",
    Kind.DOUBLE: "real",
    Kind.BOOLEAN: "bool",
    Kind.TIMESTAMP: "datetime",
}
"""Django's words where SQLite keeps the words of a definition (django.db.backends.sqlite3.base)."""

_CALLED = re.compile(r"the (?:table|column) (.+) is called ('\w+'): Django does not quote such a name")

Place = tuple[str, str]
"""A table and a column."""


def differences(found: Database, meant: Schema, d: Dialect) -> list[str]:
    """What the database has otherwise, by its catalogue and then by rows.

    Args:
        found: where Django has migrated.
        meant: what `as_django` expects in this dialect.
    """
    seen = {t.name: t for t in found.session.tables() if not t.name.startswith("django_")}
    ordered = Schema(tuple(_in_order(t, seen[t.name]) if t.name in seen else t for t in meant.tables))
    declared = [_translated(table, ordered.table(name), d) for name, table in seen.items()]
    plain = Schema(tuple(replace(t, columns=tuple(map(_as_text, t.columns))) for t in ordered.tables))
    return told_of(found, ordered, compare(plain, declared, d))


def _in_order(table: Table, seen: SeenTable) -> Table:
    """Foreign keys stand last: a migration makes the other columns first, and these by name."""
    place = [c.name for c in seen.columns]
    pointing = {f.columns[0] for f in table.foreign_keys if f.columns != table.primary_key}
    last = sorted((c for c in table.columns if c.name in pointing), key=lambda c: (c.name not in place, c.name))
    last.sort(key=lambda c: place.index(c.name) if c.name in place else len(place))
    return replace(table, columns=(*(c for c in table.columns if c.name not in pointing), *last))


def _translated(seen: SeenTable, meant: Table | None, d: Dialect) -> SeenTable:
    if d.name != "sqlite" or meant is None:
        return seen
    types = {c.name: c.type for c in meant.columns}
    columns = (
        replace(c, type=spell(types[c.name])) if c.name in types and c.type == _SQLITE.get(types[c.name].kind) else c
        for c in seen.columns
    )
    return replace(seen, columns=tuple(columns))


def _as_text(column: Column) -> Column:
    """An enum is a text with a CHECK, for which rows are the proof."""
    return replace(column, type=varchar(max(1, *map(len, column.enum)))) if column.enum else column


def as_django(schema: Schema, d: Dialect, notes: Sequence[str]) -> Schema:
    """What a schema, already fitted, becomes in Django's hands.

    Args:
        schema, d: what is written, and for which dialect.
        notes: what the writer remarked.
    """
    return _Form(schema, d, notes).made()


def _without_bytes(table: Table, form: _Form) -> Table:
    """MySQL wants a length of bytes in a key, and a BinaryField has none there."""
    bytes_ = {c.name for c in table.columns if c.type.kind is Kind.BINARY}

    def kept(key: tuple[str, ...]) -> bool:
        names = ", ".join(map(repr, key))
        return not bytes_.intersection(key) or not form.lost(f"the key ({names}) of {table.name!r}")

    return replace(
        table,
        primary_key=table.primary_key if kept(table.primary_key) else (),
        uniques=tuple(u for u in table.uniques if kept(u)),
        indexes=tuple(i for i in table.indexes if kept(i.columns)),
    )


def called(notes: Iterable[str]) -> dict[str, str]:
    """What tables (`'a"b'`) and columns (`'a"b' of 't'`) are called in the database, where that is not their name."""
    found = [(m[1], str(literal_eval(m[2]))) for m in map(_CALLED.fullmatch, notes) if m]
    assert len(dict(found)) == len(found)
    return dict(found)


@dataclass
class _Form:
    schema: Schema
    d: Dialect
    notes: Sequence[str]
    used: set[str] = field(default_factory=set)

    def made(self) -> Schema:
        if self.d.name == "mysql":
            self.schema = Schema(tuple(_without_bytes(t, self) for t in self.schema.tables))
        self.keys = {t.name: self._key(t) for t in self.schema.tables}
        self.links = {(t.name, f.columns[0]): f for t in self.schema.tables for f in self._held(t)}
        tables = [self._table(t) for t in self.schema.tables]
        renamed = self._renamed(Schema(tuple(tables)))
        rest = [n for n in self.notes if n not in self.used and "the % in the comment on " not in n]
        assert rest == [], rest
        return renamed

    def said(self, note: str) -> bool:
        """Whether there is this remark, or one that begins so and goes on with the reason."""
        found = [n for n in self.notes if n == note or n.startswith((f"{note}: ", f"{note}; "))]
        self.used.update(found)
        return bool(found)

    def lost(self, what: str) -> bool:
        return self.said(f"Django cannot hold {what}")

    def _key(self, table: Table) -> tuple[str, ...]:
        """Every model has a key: a unique one if need be, else a column that is added."""
        if table.primary_key:
            return table.primary_key
        required = {c.name for c in table.columns if not c.nullable}
        if self.said(f"{table.name!r} has no primary key; its unique key is written as one"):
            return next(u for u in _uniques(table) if required.issuperset(u))
        assert self.said(f"{table.name!r} has no primary key; Django adds a column for one")
        return ()

    def _held(self, table: Table) -> Iterator[ForeignKey]:
        """A foreign key has one column."""
        for key in table.foreign_keys:
            names = ", ".join(map(repr, key.columns))
            if not self.lost(f"the foreign key ({names}) of {table.name!r} to {key.table!r}"):
                yield key
                self.lost(f"ON DELETE {key.on_delete} of {table.name!r}.{key.columns[0]!r}")

    def _table(self, table: Table) -> Table:
        key = self.keys[table.name]
        added = [] if key else [Column(_free_id(table), self.d.hold_type(BIGINT), False, IDENTITY)]
        uniques = tuple(u for u in dict.fromkeys(_uniques(table)) if u != key)
        columns = tuple(self._column(table, c) for c in table.columns)
        checks = (c for c in table.checks if not self.lost(f"that {check_sql(c, self.d.name)} in {table.name!r}"))
        return Table(
            table.name,
            (*added, *columns),
            key or (added[0].name,),
            uniques,
            tuple(checks),
            # Django carries out ON DELETE itself.
            tuple(replace(f, on_delete=self._action(f)) for (name, _), f in self.links.items() if name == table.name),
            tuple(self._indexes(table, key, uniques, columns)),
        )

    def _action(self, key: ForeignKey) -> OnDelete:
        acts = key.on_delete is not OnDelete.NO_ACTION
        assert not acts or self.said("ON DELETE is carried out by Django; the database is not told of it")
        return OnDelete.NO_ACTION

    def _indexes(
        self, table: Table, key: tuple[str, ...], uniques: Sequence[tuple[str, ...]], columns: Sequence[Column]
    ) -> Iterator[Index]:
        whole = {key, *uniques}
        for index in table.indexes:
            link = len(index.columns) == 1 and (table.name, index.columns[0]) in self.links
            # That of a foreign key is an option of it: one that is unique needs none, and InnoDB makes one anyway.
            if not index.unique and not (link and (index.columns in whole or self.d.name == "mysql")):
                yield index
        for column in columns:
            link = (table.name, column.name) in self.links and Index((column.name,)) in table.indexes
            text = column.type.kind in TEXTS or bool(column.enum)
            # PostgreSQL: for LIKE, a second index over every text that has one (`_create_like_index_sql`).
            if self.d.name == "postgres" and text and ((column.name,) in whole or link):
                yield Index((column.name,))

    def _column(self, table: Table, column: Column) -> Column:
        where = f"{table.name!r}.{column.name!r}"
        link = self.links.get((table.name, column.name))
        type_ = self._linked_type(table, column, link) if link else self._type(column, where)
        return Column(column.name, type_, column.nullable, self._default(table, column, where))

    def _linked_type(self, table: Table, column: Column, link: ForeignKey | None) -> Type:
        """A foreign key has the type of what it points at, where the words of an enum are looked at."""
        where, found = f"{table.name!r}.{column.name!r}", column
        while link:
            before, (table, found) = found, self._at(link)
            if before.type != found.type and before == column:
                assert self.said(f"{where} has the type of what it points at")
            link = self.links.get((table.name, found.name))
        return _as_text(replace(column, type=self._type(found, f"{table.name!r}.{found.name!r}"))).type

    def _at(self, link: ForeignKey) -> tuple[Table, Column]:
        table = self.schema.table(link.table)
        assert table
        column = table.column(link.references[0])
        assert column
        return table, column

    def _type(self, column: Column, where: str) -> Type:
        """No enum, no CHAR, no single precision, no number without an end; in PostgreSQL no moment without a zone."""
        kind = column.type.kind
        if kind is Kind.ENUM:
            assert self.d.checked_enum(column.type) or self.said(f"{where} is a text with a CHECK")
        elif kind is Kind.CHAR:
            return varchar(column.type.length or 1)
        elif kind is Kind.REAL:
            assert self.said(f"{where} is a double")
            return DOUBLE
        elif kind is Kind.NUMERIC and column.type.precision is None:
            assert self.said(f"{where} has 65 digits, 30 of them behind the point")
            return numeric(65, 30)
        elif kind is Kind.TIMESTAMP and self.d.name == "postgres":
            assert self.said(f"{where} is a moment with a time zone")
            return TIMESTAMPTZ
        return column.type

    def _default(self, table: Table, column: Column, where: str) -> Default | None:
        """Only a key numbers its rows; SQLite's does so if it is an integer at all."""
        alone = self.keys[table.name] == (column.name,)
        if alone and self.d.rowid_keys and column.type.kind in INTEGERS:
            self.lost(f"that {where} numbers its rows")
            return IDENTITY
        if column.is_identity:
            return None if self.lost(f"that {where} numbers its rows") else column.default
        return None if column.default and self.lost(f"the default of {where}") else column.default

    def _renamed(self, schema: Schema) -> Schema:
        """Django does not quote every sign in a name."""
        self.used.update(filter(_CALLED.fullmatch, self.notes))
        new = called(self.notes)

        def column(table: str, name: str) -> str:
            return new.get(f"{name!r} of {table!r}", name)

        def names(table: str, columns: Sequence[str]) -> tuple[str, ...]:
            return tuple(column(table, n) for n in columns)

        def renamed(t: Table) -> Table:
            return Table(
                new.get(repr(t.name), t.name),
                tuple(replace(c, name=column(t.name, c.name)) for c in t.columns),
                names(t.name, t.primary_key),
                tuple(names(t.name, u) for u in t.uniques),
                tuple(
                    replace(
                        c,
                        terms=tuple(
                            replace(
                                term, left=column(t.name, term.left), column=term.column and column(t.name, term.column)
                            )
                            for term in c.terms
                        ),
                    )
                    for c in t.checks
                ),
                tuple(
                    replace(
                        f,
                        columns=names(t.name, f.columns),
                        table=new.get(repr(f.table), f.table),
                        references=names(f.table, f.references),
                    )
                    for f in t.foreign_keys
                ),
                tuple(replace(i, columns=names(t.name, i.columns)) for i in t.indexes),
            )

        return Schema(tuple(map(renamed, schema.tables)))


def _uniques(table: Table) -> list[tuple[str, ...]]:
    """Django has no unique index apart from a unique key."""
    return [*table.uniques, *(i.columns for i in table.indexes if i.unique)]


def _free_id(table: Table) -> str:
    return "row_id" if any(c.name.lower() == "id" for c in table.columns) else "id"
