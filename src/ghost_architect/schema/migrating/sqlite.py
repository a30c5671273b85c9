"""A migration as SQLite runs it: what it cannot change in place is written anew, in one transaction.

    renames, new columns > tables that change are put aside > tables as they shall be > rows > the old ones go

The order is not that of SQLite's manual (make the new table, drop the old one, rename), and for a reason:
`sqlite3 shop.db < script.sql` goes on behind an error, so a copy that failed would be followed by the
DROP. Here a row that does not fit undoes the transaction (ON CONFLICT ROLLBACK), the tables have their
old names again, and no statement behind it finds anything that it could drop. Counts are compared
before anything goes. `legacy_alter_table` is what keeps keys of other tables on the old name meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..changes import Action, Change, Part
from ..ddl import Script
from ..objects import Column, DefaultKind, ForeignKey, Index, Table
from .copy import copied, passing_name, taken_names
from .names import in_order
from .plan import Plan
from .renames import free_name


def script(plan: Plan) -> list[list[str]]:
    """The statements in blocks, without semicolons; nothing where nothing changes."""
    return _Sqlite(plan).blocks()


class _Sqlite:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.d = plan, plan.dialect
        self.was, self.then = Script(plan.old, self.d), Script(plan.after, self.d)
        self.was.blocks()
        self.then.blocks()
        self.rebuilt = [(b, a) for b, a in plan.kept if not all(map(self._is_simple, self._changes(a.name)))]
        self.names = {a.name for _, a in self.rebuilt}
        taken = taken_names(plan)
        gone = [c.table for c in plan.some(Part.TABLE, Action.DROPPED)]
        self.aside = {name: passing_name(name, "_old", taken, None) for name in (*self.names_in_order(), *gone)}
        self.guard = free_name("migration_guard", taken)

    def names_in_order(self) -> list[str]:
        """The tables that are written anew."""
        return [after.name for _, after in self.rebuilt]

    def blocks(self) -> list[list[str]]:
        """The whole migration."""
        gone = [f"DROP TABLE {self.d.quote(name)}" for name in self.aside.values()]
        checked = list(self._check_keys())
        guard = self.d.quote(self.guard)
        guarded = bool(gone or checked)
        blocks = [
            [*self._drop_indexes()],
            [*self._rename_tables(), *self._rename_columns()],
            [*self._add_columns()],
            [f"CREATE TEMP TABLE {guard} (ok INTEGER NOT NULL CHECK (ok))"] * guarded,
            [*self._put_aside()],
            *self._create(),
            [*self._create_indexes()],
            [s for before, after in self.rebuilt for s in self._copy(before, after)],
            checked,
            gone,
            [f"DROP TABLE {guard}"] * guarded,
        ]
        written = [block for block in blocks if block]
        if not written:
            return []
        off, on = ([["PRAGMA foreign_keys = OFF"]], [["PRAGMA foreign_keys = ON"]]) if gone else ([], [])
        return [*off, ["BEGIN"], *written, ["COMMIT"], *on]

    # --- what can be done in place ---

    def _changes(self, table: str) -> list[Change]:
        return [c for c in self.plan.changes if c.table == table]

    def _is_simple(self, change: Change) -> bool:
        """Whether ALTER TABLE ... ADD COLUMN or CREATE INDEX does it
        (https://www.sqlite.org/lang_altertable.html#altertabaddcol)."""
        if change.part is Part.INDEX:
            return True
        table = self.plan.after.table(change.table)
        if change.action is not Action.ADDED or table is None:
            return False
        if change.part is Part.COLUMN:
            column = change.after
            return isinstance(column, Column) and _can_be_added(table, column)
        new = {c.column for c in self.plan.some(Part.COLUMN, Action.ADDED) if c.table == change.table}
        thing = change.after
        return isinstance(thing, ForeignKey) and len(thing.columns) == 1 and thing.columns[0] in new

    def _add_columns(self) -> Iterator[str]:
        for change in self.plan.some(Part.COLUMN, Action.ADDED):
            table = self.plan.after.table(change.table)
            if table is not None and table.name not in self.names and isinstance(change.after, Column):
                keys = [f for f in table.foreign_keys if f.columns == (change.column,)]
                written = self.then.column(table, change.after, keys)
                yield f"ALTER TABLE {self.d.quote(table.name)} ADD COLUMN {written}"

    def _drop_indexes(self) -> Iterator[str]:
        """Those that go, those of tables that change, and those that are called otherwise now: none can be renamed."""
        for table, index in self._old_indexes():
            if not self._stays(table, index):
                yield f"DROP INDEX {self.d.quote(self.was.index_names[table, index])}"

    def _old_indexes(self) -> Iterator[tuple[str, Index]]:
        return ((t.name, i) for t in self.plan.old.tables for i in t.indexes)

    def _stays(self, table: str, index: Index) -> bool:
        """An index of an old table, by its old name."""
        now = self._now(table, index)
        same = self.then.index_names.get(now) == self.was.index_names[table, index]
        return same and now[0] not in self.names

    def _now(self, table: str, index: Index) -> tuple[str, Index]:
        r = self.plan.renames
        return r.table(table), Index(r.names(table, index.columns), index.unique)

    def _create_indexes(self) -> Iterator[str]:
        stay = {self._now(t, i) for t, i in self._old_indexes() if self._stays(t, i)}
        for table in self.plan.after.tables:
            yield from (self.then.index(table, i) for i in table.indexes if (table.name, i) not in stay)

    # --- renames ---

    def _rename_tables(self) -> Iterator[str]:
        """To SQLite, names that differ in case are one name, and taken."""
        wanted = [("", old, new) for new, old in self.plan.old_tables.items() if old != new]
        taken = taken_names(self.plan)
        for _, old, new in in_order(wanted):
            between = [free_name(f"{new}_moving", taken)] if old.lower() == new.lower() else []
            for source, goal in zip([old, *between], [*between, new], strict=True):
                yield f"ALTER TABLE {self.d.quote(source)} RENAME TO {self.d.quote(goal)}"

    def _rename_columns(self) -> Iterator[str]:
        for (table, column), old in self.plan.old_columns.items():
            if old != column:
                names = f"{self.d.quote(old)} TO {self.d.quote(column)}"
                yield f"ALTER TABLE {self.d.quote(table)} RENAME COLUMN {names}"

    # --- tables that are written anew ---

    def _put_aside(self) -> Iterator[str]:
        if self.aside:
            yield "PRAGMA legacy_alter_table = ON"
            for name, aside in self.aside.items():
                yield f"ALTER TABLE {self.d.quote(name)} RENAME TO {self.d.quote(aside)}"
            yield "PRAGMA legacy_alter_table = OFF"

    def _create(self) -> Iterator[list[str]]:
        there = {after.name for _, after in self.plan.kept} - self.names
        for table in self.plan.after.tables:
            if table.name not in there:
                yield [self.then.create_table(table, table.foreign_keys)]

    def _copy(self, before: Table, after: Table) -> Iterator[str]:
        aside = self.aside[after.name]
        called = {c.name: c.name for c in before.columns}
        yield f"INSERT OR ROLLBACK {copied(self.plan, before, after, aside, after.name, called)}"
        counts = (f"(SELECT count(*) FROM {self.d.quote(name)})" for name in (after.name, aside))
        yield self._guarded(f"SELECT {' = '.join(counts)}")

    def _guarded(self, query: str) -> str:
        return f"INSERT OR ROLLBACK INTO {self.d.quote(self.guard)} {query}"

    def _check_keys(self) -> Iterator[str]:
        """Rows that point nowhere, in tables that get a key: keys are not enforced while tables are written anew."""
        new = {c.table for c in self.plan.some(Part.FOREIGN_KEY, Action.ADDED)}
        for name in self.names_in_order():
            if name in new:
                yield self._guarded(f"SELECT count(*) = 0 FROM pragma_foreign_key_check({self.d.string(name)})")


def _can_be_added(table: Table, column: Column) -> bool:
    keyed = column.name in table.primary_key or any(column.name in u for u in table.uniques)
    checked = any(column.name in c.columns and len(c.columns) > 1 for c in table.checks)
    several = sum(c.columns == (column.name,) for c in table.checks) + bool(column.enum) > 1
    constant = column.default is not None and column.default.kind is DefaultKind.LITERAL
    pointing = any(column.name in f.columns for f in table.foreign_keys)
    fits = column.default is None and column.nullable if pointing or not constant else True
    return fits and not keyed and not checked and not several
