"""A migration as PostgreSQL runs it: one transaction of ALTER statements, so that it happens whole or not at all.

    what is in the way goes (by its old name) > everything gets its new name > types > columns
    > keys, checks and indexes > new tables > foreign keys > comments > types that nothing uses

Facts are from the manual, "ALTER TABLE" and "ALTER TYPE". Constraints are named, and renamed, so that
the database ends up as the new script alone would have made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..changes import Action, Part
from ..ddl import Script
from ..objects import Column, Default, ForeignKey, Index, Table
from ..types import INTEGERS, TEXT, TEXTS, Kind, Type
from .casts import using
from .enums import EnumTypes
from .names import Key, Taken, Thing, constraint_names, in_order
from .plan import Plan
from .renames import free_name

_ORDER = (Part.FOREIGN_KEY, Part.CHECK, Part.INDEX, Part.UNIQUE, Part.PRIMARY_KEY)
"""In this order constraints go: the first need the last."""


def script(plan: Plan) -> list[list[str]]:
    """The statements in blocks, without semicolons; nothing where nothing changes."""
    blocks = [block for block in _Postgres(plan).blocks() if block]
    return [["BEGIN"], *blocks, ["COMMIT"]] if blocks else []


class _Postgres:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.d = plan, plan.dialect
        was, self.then = Script(plan.old, self.d), Script(plan.after, self.d)
        was.blocks()
        self.then.blocks()
        self.types = EnumTypes(plan, was, self.then)
        self.was_checked = was.is_checked
        self.names_now = {self._moved(key): name for key, name in constraint_names(plan.old, was).items()}
        self.names_then = constraint_names(plan.after, self.then)
        self.retyped = {(t.name, c.name) for t, b, c in plan.columns() if self._is_retyped(t, b, c)}
        self.recast = {
            (t.name, c.name)
            for t, b, c in plan.columns()
            if (t.name, c.name) in self.retyped and _is_of_another_sort(b.type, c.type)
        }
        self.going = self._going()
        self.coming = [k for k in self.names_then if k[0] in self._kept_names and self._is_new(k)]

    def blocks(self) -> Iterator[list[str]]:
        """The whole migration."""
        drops = {part: [self._drop(key) for key in self.going if key[1] is part] for part in _ORDER}
        yield [*drops.pop(Part.FOREIGN_KEY), *self._drop_tables()]
        yield [statement for part in drops.values() for statement in part]
        yield [*self._drop_columns()]
        yield [*self._rename_relations(), *self._rename_columns(), *self._rename_constraints()]
        yield [*self._grow_types(), *(self.then.create_type(name, values) for name, values in self.types.made)]
        for _, after in self.plan.kept:
            yield [*self._columns(after)]
        yield [self._add(k) for part in reversed(_ORDER) for k in self.coming if k[1] is part and _is_local(k)]
        late: list[Key] = []
        for table in self.plan.after.tables:
            if table.name not in self._kept_names:
                yield self._create(table, late)
        late += [k for k in self.coming if k[1] is Part.FOREIGN_KEY]
        yield [self._add(key) for key in late]
        yield [*self._comments()]
        yield [f"DROP TYPE {self.d.quote(name)}" for name in self._gone_types]

    # --- names ---

    @property
    def _kept_names(self) -> set[str]:
        return {after.name for _, after in self.plan.kept}

    def _old(self, table: str) -> str:
        return self.d.quote(self.plan.old_tables[table])

    def _moved(self, key: Key) -> Key:
        """A thing of the old schema by its new names."""
        table, part, thing = key
        r = self.plan.renames
        moved: Thing
        if isinstance(thing, ForeignKey):
            moved = r.key(table, thing)
        elif isinstance(thing, Index):
            moved = Index(r.names(table, thing.columns), thing.unique)
        elif isinstance(thing, tuple):
            moved = r.names(table, thing)
        elif isinstance(thing, str):
            moved = r.column(table, thing)
        else:
            moved = r.check(table, thing)
        return r.table(table), part, moved

    # --- what goes and what comes ---

    def _is_retyped(self, table: Table, before: Column, after: Column) -> bool:
        place = (table.name, after.name)
        if place in self.types.before or place in self.types.after:
            return self.types.is_retyped(place)
        return self.d.write_type(before.type) != self.d.write_type(after.type)

    def _going(self) -> list[Key]:
        """What has to go from tables that stay: what is not wanted, and what is in the way and comes back."""
        stays = [k for k in self.names_now if k[0] in self._kept_names]
        going = [k for k in stays if k not in self.names_then or self._is_words_changed(k) or self._is_in_the_way(k)]
        unique = {(key[0], frozenset(_columns(key[2]))) for key in going if _makes_unique(key)}
        rests = [k for k in stays if k not in going and isinstance(f := k[2], ForeignKey) and _target(f) in unique]
        return [*going, *rests]

    def _is_new(self, key: Key) -> bool:
        return key not in self.names_now or key in self.going

    def _is_words_changed(self, key: Key) -> bool:
        """Whether it is the check that holds the words of an enum, and these are others now."""
        table, _, column = key
        if not isinstance(column, str):
            return False
        return any(c.name == column and was.enum != c.enum for t, was, c in self.plan.columns() if t.name == table)

    def _is_in_the_way(self, key: Key) -> bool:
        """PostgreSQL casts a column under its indexes, and under what compares it as long as it stays of its sort."""
        table, part, thing = key
        if part is Part.CHECK:
            return any((table, name) in self.recast for name in _columns(thing))
        if isinstance(thing, ForeignKey):
            here = {(table, name) for name in thing.columns}
            return bool(self.recast & (here | {(thing.table, name) for name in thing.references}))
        return False

    def _drop(self, key: Key) -> str:
        """By the old name of the table: nothing is renamed yet."""
        if key[1] is Part.INDEX:
            return f"DROP INDEX {self.d.quote(self.names_now[key])}"
        return f"ALTER TABLE {self._old(key[0])} DROP CONSTRAINT {self.d.quote(self.names_now[key])}"

    def _drop_columns(self) -> Iterator[str]:
        for change in self.plan.some(Part.COLUMN, Action.DROPPED):
            name = self.plan.old_columns[change.table, change.column]
            yield f"ALTER TABLE {self._old(change.table)} DROP COLUMN {self.d.quote(name)}"

    def _drop_tables(self) -> Iterator[str]:
        """In one statement, since they may point at each other."""
        gone = [self._old(c.table) for c in self.plan.some(Part.TABLE, Action.DROPPED)]
        if gone:
            yield f"DROP TABLE {', '.join(reversed(gone))}"

    # --- renames ---

    def _rename_relations(self) -> Iterator[str]:
        """Tables, indexes and types share their names, so they are renamed in an order in which none is in the way."""
        wanted: list[tuple[str, str, str]] = []
        kept = self._kept_names
        for name, old in self.plan.old_tables.items():
            if name in kept:
                wanted.append(("TABLE", old, name))
        for key, old in self.names_now.items():
            if key[0] in kept and key not in self.going and key[1] in (*_UNIQUE_PARTS, Part.INDEX):
                wanted.append(("INDEX", old, self.names_then[key]))
        wanted += [("TYPE", old, name) for old, name in self.types.kept.items()]
        wanted += [("TYPE", old, name) for old, name in zip(self.types.gone, self._gone_types, strict=True)]
        for kind, old, new in in_order(wanted):
            yield f"ALTER {kind} {self.d.quote(old)} RENAME TO {self.d.quote(new)}"

    @property
    def _gone_types(self) -> list[str]:
        """What the types that go are called until then: out of the way of everything that comes."""
        taken = {t.name.lower() for t in self.plan.after.tables}
        taken |= {name.lower() for name in (*self.types.after.values(), *self.names_then.values())}
        return [free_name(n if n.lower() not in taken else f"{n}_old", taken) for n in self.types.gone]

    def _rename_columns(self) -> Iterator[str]:
        for change_table, table in self.plan.kept:
            for column in change_table.columns:
                old = self.plan.old_columns[table.name, column.name]
                if old != column.name and table.column(column.name) is not None:
                    yield self._alter(table.name, f"RENAME COLUMN {self.d.quote(old)} TO {self.d.quote(column.name)}")

    def _rename_constraints(self) -> Iterator[str]:
        """Foreign keys and checks, whose names count within their table."""
        for table in self._in_new_order():
            wanted = [
                ("", old, self.names_then[key])
                for key, old in self.names_now.items()
                if key[0] == table and key not in self.going and key[1] in (Part.FOREIGN_KEY, Part.CHECK)
            ]
            for _, old, new in in_order(wanted):
                yield self._alter(table, f"RENAME CONSTRAINT {self.d.quote(old)} TO {self.d.quote(new)}")

    def _in_new_order(self) -> list[str]:
        return [after.name for _, after in self.plan.kept]

    # --- columns ---

    def _alter(self, table: str, action: str) -> str:
        return f"ALTER TABLE {self.d.quote(table)} {action}"

    def _grow_types(self) -> Iterator[str]:
        for name, value, where in self.types.grown:
            yield f"ALTER TYPE {self.d.quote(name)} ADD VALUE {self.d.string(value)} {where}"

    def _columns(self, table: Table) -> Iterator[str]:
        """The columns of a table that stays, each as it shall be."""
        before = self.plan.before.table(table.name)
        assert before is not None
        for column in table.columns:
            was = before.column(column.name)
            yield from self._add_column(table, column) if was is None else self._change(table, was, column)

    def _add_column(self, table: Table, column: Column) -> Iterator[str]:
        """A required column that nothing fills comes as an optional one, and is required once it is filled."""
        bare = Table(table.name, (column,))
        must_fill = not column.nullable and column.default is None
        plain = replace(column, type=TEXT) if self.then.is_checked(column) else column
        written = self.then.column(bare, replace(plain, nullable=True) if must_fill else plain)
        yield self._alter(table.name, f"ADD COLUMN {written}")
        if must_fill:
            yield from self._require(table, column)

    def _require(self, table: Table, column: Column) -> Iterator[str]:
        fill, name = self.plan.fill(table.name, column.name), self.d.quote(column.name)
        if fill:
            yield f"UPDATE {self.d.quote(table.name)} SET {name} = {fill} WHERE {name} IS NULL"
        yield self._alter(table.name, f"ALTER COLUMN {name} SET NOT NULL")

    def _change(self, table: Table, was: Column, now: Column) -> Iterator[str]:
        """What would stand in the way of a cast goes first, what the new type needs comes last."""
        retyped = (table.name, now.name) in self.retyped
        column = f"ALTER COLUMN {self.d.quote(now.name)}"
        same = was.default == now.default and (table.name, now.name) not in self.recast
        redefault = not same and not (was.is_identity and now.is_identity)
        if redefault and was.default is not None and (retyped or was.is_identity or now.is_identity or not now.default):
            yield self._alter(table.name, f"{column} DROP {'IDENTITY' if was.is_identity else 'DEFAULT'}")
        if now.nullable and not was.nullable:
            yield self._alter(table.name, f"{column} DROP NOT NULL")
        if retyped:
            written = self.then.type(table, now)
            how = using(was.type, now.type, self.d.quote(now.name), written)
            yield self._alter(table.name, f"{column} TYPE {written}" + (f" USING {how}" if how else ""))
        if was.nullable and not now.nullable:
            yield from self._require(table, now)
        if redefault and now.default is not None:
            yield from self._set_default(table, now, now.default)

    def _set_default(self, table: Table, column: Column, default: Default) -> Iterator[str]:
        name = self.d.quote(column.name)
        if not column.is_identity:
            written = self.d.write_default(default, column.type)
            yield self._alter(table.name, f"ALTER COLUMN {name} SET DEFAULT {written}")
            return
        yield self._alter(table.name, f"ALTER COLUMN {name} ADD {self.d.identity}")
        sequence = f"pg_get_serial_sequence({self.d.string(self.d.quote(table.name))}, {self.d.string(column.name)})"
        yield f"SELECT setval({sequence}, coalesce(max({name}), 0) + 1, false) FROM {self.d.quote(table.name)}"

    # --- constraints and tables ---

    def _add(self, key: Key) -> str:
        """A constraint or an index of a table that is there."""
        table = self.plan.after.table(key[0])
        assert table is not None
        thing, part = key[2], key[1]
        if isinstance(thing, Index):
            return self.then.index(table, thing)
        if isinstance(thing, ForeignKey):
            written = self.then.key(table, thing)
        elif isinstance(thing, tuple):
            written = f"{'PRIMARY KEY' if part is Part.PRIMARY_KEY else 'UNIQUE'} {self.d.names(thing)}"
        elif isinstance(thing, str):
            column = table.column(thing)
            assert column is not None
            written = f"CHECK ({self.then.words(column)})"
        else:
            written = self.then.check(thing)
        return self.then.add(table, f"CONSTRAINT {self.d.quote(self.names_then[key])} {written}")

    def _create(self, table: Table, late: list[Key]) -> list[str]:
        """A new table. Foreign keys to tables that are not there yet go to `late`."""
        place = {t.name: i for i, t in enumerate(self.plan.after.tables)}
        mine = place[table.name]
        there = [f for f in table.foreign_keys if f.table in self._kept_names or place.get(f.table, mine) <= mine]
        own = [key for key in self.names_then if key[0] == table.name]
        used = {*place, *(name for key, name in self.names_then.items() if key[0] != table.name)} - {table.name}
        given = Taken(set(used), set(used)).table(table, there, self.then)
        late += [key for key in own if isinstance(f := key[2], ForeignKey) and f not in there]
        if all(name == self.names_then[key] for key, name in given.items()):
            indexes = [self.then.index(table, i) for i in table.indexes]
            return [self.then.create_table(table, there), *indexes, *self.then.comments(table)]
        # The names that PostgreSQL would give depend on what was there first: they are said.
        late += [key for key in own if isinstance(f := key[2], ForeignKey) and f in there]
        made = self.then.create_table(_without_constraints(table, self.then), ())
        added = [self._add(k) for part in reversed(_ORDER) for k in own if k[1] is part and _is_local(k)]
        return [made, *added, *self.then.comments(table)]

    def _comments(self) -> Iterator[str]:
        for change in self.plan.some(Part.COMMENT):
            place = self.d.quote(change.table) + (f".{self.d.quote(change.column)}" if change.column else "")
            text = self.d.string(str(change.after)) if change.after else "NULL"
            yield f"COMMENT ON {'COLUMN' if change.column else 'TABLE'} {place} IS {text}"
        for change in self.plan.some(Part.COLUMN, Action.ADDED):
            if isinstance(change.after, Column) and change.after.comment:
                place = f"{self.d.quote(change.table)}.{self.d.quote(change.column)}"
                yield f"COMMENT ON COLUMN {place} IS {self.d.string(change.after.comment)}"


_UNIQUE_PARTS = (Part.UNIQUE, Part.PRIMARY_KEY)


def _is_local(key: Key) -> bool:
    return key[1] is not Part.FOREIGN_KEY


def _columns(thing: Thing) -> tuple[str, ...]:
    """The columns that a thing is about."""
    if isinstance(thing, str):
        return (thing,)
    return thing if isinstance(thing, tuple) else thing.columns


def _without_constraints(table: Table, then: Script) -> Table:
    """The table with its columns only; the words of an enum are a constraint too."""
    plain = tuple(replace(c, type=TEXT) if then.is_checked(c) else c for c in table.columns)
    return Table(table.name, plain, comment=table.comment)


def _makes_unique(key: Key) -> bool:
    """Whether a foreign key may rest on it."""
    return key[1] in _UNIQUE_PARTS or (isinstance(key[2], Index) and key[2].unique)


def _target(key: ForeignKey) -> tuple[str, frozenset[str]]:
    return key.table, frozenset(key.references)


def _is_of_another_sort(before: Type, after: Type) -> bool:
    """Whether what was said about values of one type has to be said anew for the other.

    A default of an enum would go on using its type; a key between INTEGER and NUMERIC is refused.
    """
    return not any(before.kind in family and after.kind in family for family in (TEXTS, INTEGERS, {Kind.NUMERIC}))
