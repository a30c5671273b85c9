"""A migration as MySQL and MariaDB run it: every statement commits, so what rows may stop comes first.

    tables that are written anew are made and filled > renames, and one ALTER for each of the others
    > the new ones take the place of the old ones > new tables > foreign keys, looked at row by row

Neither server says how it calls a CHECK, or the index that comes with a key, and they differ; so a table that
loses a check or a key, or has one over a column that changes, is written anew. (MariaDB drops the check of a
column at MODIFY, MySQL keeps it; MySQL refuses to rename a checked column: manual, "CHECK Constraints".) In
strict mode a value that does not fit is an error, and NO_AUTO_VALUE_ON_ZERO keeps a 0 in a numbered column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..changes import Action, Change, Part
from ..ddl import Script
from ..objects import IDENTITY, Column, ForeignKey, Index, Table
from ..types import Type
from .casts import is_made_boolean
from .copy import copied, passing_name, taken_names
from .names import in_order
from .plan import Plan
from .renames import Place

_MODE = "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'"
_OF_COLUMNS = (Part.TYPE, Part.NULLABLE, Part.DEFAULT, Part.COMMENT)


def script(plan: Plan) -> list[list[str]]:
    """The statements in blocks, without semicolons; nothing where nothing changes."""
    blocks = [block for block in _MySql(plan).blocks() if block]
    return [[_MODE], *blocks] if blocks else []


class _MySql:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.d = plan, plan.dialect
        self.was, self.then = Script(plan.old, self.d), Script(plan.after, self.d)
        self.was.blocks()
        self.then.blocks()
        self.anew = self._written_anew()
        self.rebuilt = [(b, a) for b, a in plan.kept if a.name in self.anew]
        self.altered = [(b, a) for b, a in plan.kept if a.name not in self.anew]
        taken = taken_names(plan)
        longest = self.d.max_name_bytes
        self.passing = {name: passing_name(name, "_new", taken, longest) for name in sorted(self.anew)}

    def blocks(self) -> Iterator[list[str]]:
        """The whole migration."""
        gone = [self._old(c.table) for c in self.plan.some(Part.TABLE, Action.DROPPED)]
        gone += [self._old(a.name) for _, a in self.rebuilt]
        yield ["SET foreign_key_checks = 0"] * bool(gone)
        for before, after in self.rebuilt:
            yield [self._create(after, self.passing[after.name]), f"INSERT {self._copy(before, after)}"]
        yield [f"DROP TABLE {', '.join(gone)}"] * bool(gone)
        yield [f"RENAME TABLE {self.d.quote(new)} TO {self.d.quote(name)}" for name, new in self.passing.items()]
        yield [*self._rename_tables()]
        for before, after in self.altered:
            yield [*self._alter(before, after)]
        kept = {a.name for _, a in self.plan.kept}
        for table in self.plan.after.tables:
            if table.name not in kept:
                yield [self._create(table, table.name)]
        for table in self.plan.after.tables:
            if table.name not in {a.name for _, a in self.altered}:
                yield [self.then.index(table, index) for index in table.indexes]
        yield ["SET foreign_key_checks = 1"] * bool(gone)
        yield [*self._keys()]

    def _old(self, table: str) -> str:
        return self.d.quote(self.plan.old_tables[table])

    # --- which tables are written anew ---

    def _written_anew(self) -> set[str]:
        """The tables whose changes need it, and those that point at a column that is called otherwise there."""
        anew = {after.name for before, after in self.plan.kept if self._needs_copy(before, after)}
        moved = {(t, c) for (t, c), old in self.plan.old_columns.items() if old != c and t in anew}
        for before, _ in self.plan.kept:
            if any((f.table, c) in moved for f in before.foreign_keys for c in f.references):
                anew.add(before.name)
        return anew & {after.name for _, after in self.plan.kept}

    def _needs_copy(self, before: Table, after: Table) -> bool:
        checked = _checked(before, self.was) | _checked(after, self.then)
        keyed = self._keyed(before)
        renamed = {c for (t, c), old in self.plan.old_columns.items() if t == after.name and old != c}
        if renamed & (checked | _indexed_by_a_key(before)):
            return True
        mine = [c for c in self.plan.changes if c.table == after.name]
        return any(self._is_hard(c, checked, keyed, before) for c in mine)

    def _is_hard(self, change: Change, checked: set[str], keyed: set[str], before: Table) -> bool:
        """Whether ALTER TABLE cannot make this change without the name of something."""
        if change.part in (Part.TABLE, Part.PRIMARY_KEY):
            return change.part is Part.PRIMARY_KEY
        if change.part is Part.COLUMN:
            column = change.after if change.before is None else change.before
            numbered = isinstance(column, Column) and column.is_identity
            return numbered or change.column in checked | keyed
        if change.part in _OF_COLUMNS and change.column:
            numbered = any(c.name == change.column and c.is_identity for c in before.columns)
            return numbered or _becomes_boolean(change) or change.after == IDENTITY or change.column in checked | keyed
        if change.part is Part.INDEX and change.after is None:
            return bool(before.foreign_keys)
        if isinstance(change.after, ForeignKey):
            return self.d.must_name_keys(change.table)
        return change.after is None and change.part is not Part.COMMENT

    def _keyed(self, table: Table) -> set[str]:
        """The columns of a table that a key is made of, here or elsewhere: their types cannot change in place."""
        names = {c for key in (table.primary_key, *table.uniques) for c in key}
        names |= {c for i in table.indexes for c in i.columns}
        names |= {c for f in table.foreign_keys for c in f.columns}
        for schema in (self.plan.before, self.plan.after):
            names |= {r for t in schema.tables for f in t.foreign_keys if f.table == table.name for r in f.references}
        return names

    def _create(self, table: Table, name: str) -> str:
        """The table without foreign keys, which come when all tables are there."""
        written = self.then.create_table(table, ())
        head = f"CREATE TABLE {self.d.quote(table.name)} ("
        return f"CREATE TABLE {self.d.quote(name)} (" + written.removeprefix(head)

    def _copy(self, before: Table, after: Table) -> str:
        called = {c.name: self.plan.old_columns[after.name, c.name] for c in before.columns}
        source = self.plan.old_tables[after.name]
        return copied(self.plan, before, after, source, self.passing[after.name], called)

    # --- which are altered ---

    def _rename_tables(self) -> Iterator[str]:
        wanted = [("", self.plan.old_tables[a.name], a.name) for _, a in self.altered]
        for _, old, new in in_order(wanted):
            yield f"RENAME TABLE {self.d.quote(old)} TO {self.d.quote(new)}"

    def _alter(self, before: Table, after: Table) -> Iterator[str]:
        """Names first, since what follows uses them; then all in one statement; then what needs filled rows."""
        renames = [
            f"RENAME COLUMN {self.d.quote(old)} TO {self.d.quote(column)}"
            for (table, column), old in self.plan.old_columns.items()
            if table == after.name and old != column
        ]
        yield from self._altering(after, renames)
        mine = [c for c in self.plan.changes if c.table == after.name]
        waiting = [c for c in after.columns if self._waits((after.name, c.name), c)]
        actions = [*self._column_actions(after, mine, waiting), *self._other_actions(before, after, mine)]
        yield from self._altering(after, actions)
        for column in waiting:
            name, fill = self.d.quote(column.name), self.plan.fill(after.name, column.name)
            if fill:
                yield f"UPDATE {self.d.quote(after.name)} SET {name} = {fill} WHERE {name} IS NULL"
        yield from self._altering(after, [f"MODIFY COLUMN {self._column(after, c)}" for c in waiting])

    def _waits(self, place: Place, column: Column) -> bool:
        """Whether a column is to be required that rows may have no value for."""
        if column.nullable:
            return False
        for change in self.plan.changes:
            if (change.table, change.column) == place and (
                change.part is Part.NULLABLE
                or (change.part is Part.COLUMN and change.action is Action.ADDED and column.default is None)
            ):
                return True
        return False

    def _altering(self, table: Table, actions: Sequence[str]) -> Iterator[str]:
        """All of them in one statement: it is done whole or not at all, and the table is written once."""
        before = "\n    " if len(actions) > 1 else " "
        if actions:
            yield f"ALTER TABLE {self.d.quote(table.name)}{before}" + f",{before}".join(actions)

    def _column(self, table: Table, column: Column) -> str:
        """A column without what is no part of it: constraints are added by themselves."""
        return self.then.column(replace(table, primary_key=(), uniques=(), checks=()), column)

    def _column_actions(self, table: Table, mine: list[Change], waiting: list[Column]) -> Iterator[str]:
        done: set[str] = set()
        for change in mine:
            column = table.column(change.column)
            if change.part is Part.COLUMN and change.action is Action.DROPPED:
                yield f"DROP COLUMN {self.d.quote(change.column)}"
            if column is None or column.name in done or change.part not in (Part.COLUMN, *_OF_COLUMNS):
                continue
            done.add(column.name)
            if change.part is Part.COLUMN:
                now = replace(column, nullable=True) if column in waiting else column
                yield f"ADD COLUMN {self._column(table, now)}"
            elif column not in waiting:
                yield f"MODIFY COLUMN {self._column(table, column)}"

    def _other_actions(self, before: Table, after: Table, mine: list[Change]) -> Iterator[str]:
        for change in mine:
            thing = change.after
            if change.part is Part.UNIQUE and isinstance(thing, tuple):
                yield f"ADD UNIQUE {self.d.names(thing)}"
            elif change.part is Part.CHECK and not isinstance(thing, ForeignKey) and thing in after.checks:
                yield f"ADD {self.then.check(next(c for c in after.checks if c == thing))}"
            elif change.part is Part.COMMENT and not change.column:
                yield f"COMMENT = {self.d.string(after.comment)}"
        yield from self._indexes(before, after)

    def _indexes(self, before: Table, after: Table) -> Iterator[str]:
        old_name = self.plan.old_tables[after.name]
        r = self.plan.renames
        old = next(t for t in self.plan.old.tables if t.name == old_name)
        was = {Index(r.names(old_name, i.columns), i.unique): self.was.index_names[old_name, i] for i in old.indexes}
        for index in before.indexes:
            new = self.then.index_names.get((after.name, index))
            if new is None:
                yield f"DROP INDEX {self.d.quote(was[index])}"
            elif new != was[index]:
                yield f"RENAME INDEX {self.d.quote(was[index])} TO {self.d.quote(new)}"
        for index in after.indexes:
            if index not in was:
                name = self.d.quote(self.then.index_names[after.name, index])
                yield f"ADD INDEX {name} {self.d.names(index.columns)}"

    def _keys(self) -> Iterator[str]:
        """The foreign keys that are not there: all of those tables that were made."""
        there = {after.name for _, after in self.altered}
        new = {(c.table, c.after) for c in self.plan.some(Part.FOREIGN_KEY, Action.ADDED)}
        for table in self.plan.after.tables:
            for key in table.foreign_keys:
                if table.name not in there or (table.name, key) in new:
                    yield self.then.add(table, self.then.key(table, key))


def _indexed_by_a_key(table: Table) -> set[str]:
    """The columns that lead an index which came with a foreign key: MariaDB called it like them, and RENAME COLUMN
    leaves it that name."""
    own = [table.primary_key, *table.uniques, *(i.columns for i in table.indexes)]
    keys = [f.columns for f in table.foreign_keys]
    return {key[0] for key in keys if not any(o[: len(key)] == key for o in own)}


def _becomes_boolean(change: Change) -> bool:
    """Whether numbers become yes or no: to these servers BOOLEAN is a small number, and MODIFY keeps a 3 what it is."""
    before, after = change.before, change.after
    return isinstance(before, Type) and isinstance(after, Type) and is_made_boolean(before, after)


def _checked(table: Table, script: Script) -> set[str]:
    """The columns that a check is about."""
    return {c for check in table.checks for c in check.columns} | {
        c.name for c in table.columns if script.is_checked(c)
    }
