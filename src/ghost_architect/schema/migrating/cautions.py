"""What a person should know before a migration runs: what rows may stop it, and what it does to values.

A hint is what to type. Where rows may stop the migration it is the query that finds them, by the names
that the database has before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..changes import Change, Part, describe
from ..ddl import check_sql
from ..findings import Finding, Severity
from ..objects import Check, Column, ForeignKey, Index, Table
from ..types import Kind, Type
from .casts import Effect, assumes_utc, effect, lost
from .plan import Plan

_STOP = "stop the migration"


def cautions(plan: Plan) -> Iterator[Finding]:
    """Everything to be said about the changes of a plan, in their order."""
    yield from _guesses(plan)
    yield from _aside(plan)
    for change in plan.changes:
        rule = _RULES.get(change.part)
        if rule is not None and change.after is not None:
            yield from rule(plan, change)


def _warning(code: str, change: Change, message: str, hint: str = "", column: str | None = None) -> Finding:
    where = change.column if column is None else column
    return Finding(code, Severity.WARNING, change.table, where, message, hint)


def _info(code: str, change: Change, message: str) -> Finding:
    return Finding(code, Severity.INFO, change.table, change.column, message)


def _guesses(plan: Plan) -> Iterator[Finding]:
    """What was taken to be something under a new name."""
    for table, name in sorted(plan.renames.guessed):
        now = plan.renames.table(table), plan.renames.column(table, name) if name else ""
        message = f"it is taken to be the {'column' if name else 'table'} {name or table} under a new name"
        yield Finding("MIGRATE-RENAME", Severity.WARNING, *now, message, "--no-renames if it is another")


def _aside(plan: Plan) -> Iterator[Finding]:
    for table, name in sorted(plan.renames.aside):
        home, now = plan.renames.table(table), plan.renames.column(table, name)
        after = plan.after.table(home)
        stays = after is not None and after.column(now) is not None
        became = f"stay in {now} (--drop drops them)" if stays else "are dropped"
        message = f"its values cannot become of the new type and {became}; the column is a new one"
        yield Finding("MIGRATE-ASIDE", Severity.WARNING, home, name, message)


# --- columns ---


def _type(plan: Plan, change: Change) -> Iterator[Finding]:
    before, after = change.before, change.after
    assert isinstance(before, Type)
    assert isinstance(after, Type)
    outcome = effect(before, after)
    to = describe(after)
    if plan.dialect.name == "sqlite" and after.kind is not Kind.ENUM:
        if outcome is not Effect.SAFE:
            yield _info("MIGRATE-TYPE", change, f"SQLite keeps every value as it is, whether or not it is {to}")
    elif outcome is Effect.STOPS:
        yield _warning(
            "MIGRATE-TYPE", change, f"values that are no {to} {_STOP}", _words_query(plan, change, before, after)
        )
    elif outcome is Effect.ROUNDS:
        yield _warning("MIGRATE-ROUND", change, f"{describe(before)} becomes {to}: {lost(before, after)}")
    if plan.dialect.name == "postgres" and assumes_utc(before, after):
        yield _info("MIGRATE-UTC", change, "moments without a zone are taken to be in UTC")


def _words_query(plan: Plan, change: Change, before: Type, after: Type) -> str:
    """The query for values that are too long, or are no word of an enum."""
    d, (table, column) = plan.dialect, _old_place(plan, change)
    if after.kind is Kind.ENUM:
        words = ", ".join(map(d.string, after.values))
        text = f"{column}::text" if d.name == "postgres" else column
        return f"SELECT DISTINCT {column} FROM {table} WHERE {text} NOT IN ({words})"
    if after.length is not None and (before.length is not None or before.kind is Kind.TEXT):
        return f"SELECT {column} FROM {table} WHERE char_length({column}) > {after.length}"
    return ""


def _old_place(plan: Plan, change: Change) -> tuple[str, str]:
    d = plan.dialect
    old = plan.old_columns[change.table, change.column]
    return d.quote(plan.old_tables[change.table]), d.quote(old)


def _required(plan: Plan, change: Change) -> Iterator[Finding]:
    """NOT NULL where NULL was fine."""
    if change.after:
        return
    fill = plan.fill(change.table, change.column)
    if fill:
        yield _info("MIGRATE-FILL", change, f"rows without a value get {fill}")
        return
    table, column = _old_place(plan, change)
    hint = f"SELECT * FROM {table} WHERE {column} IS NULL; or --fill {change.table}.{change.column}=VALUE"
    yield _warning("MIGRATE-NULL", change, f"rows without a value {_STOP}", hint)


def _column(plan: Plan, change: Change) -> Iterator[Finding]:
    column = change.after
    if not isinstance(column, Column) or column.nullable or column.default is not None:
        return
    fill = plan.fill(change.table, change.column)
    if fill:
        yield _info("MIGRATE-FILL", change, f"rows that are there get {fill}")
        return
    message = f"rows that are there have no value for it and {_STOP}"
    yield _warning("MIGRATE-FILL", change, message, f"--fill {change.table}.{change.column}=VALUE")


# --- constraints ---


def _unique(plan: Plan, change: Change) -> Iterator[Finding]:
    thing = change.after
    if isinstance(thing, Index):
        if not thing.unique:
            return
        thing = thing.columns
    assert isinstance(thing, tuple)
    if _all_empty(plan, change.table, thing) and change.part is not Part.PRIMARY_KEY:
        return
    if any(c.is_identity for c in _new_columns(plan, change.table, thing)):
        return  # rows are numbered as the column comes
    names = _old_names(plan, change.table, thing)
    listed = ", ".join(map(plan.dialect.quote, names))
    table = plan.dialect.quote(plan.old_tables[change.table])
    query = f"SELECT {listed}, count(*) FROM {table} GROUP BY {listed} HAVING count(*) > 1" if names else ""
    yield _warning("MIGRATE-UNIQUE", change, f"rows that hold the same ({', '.join(thing)}) {_STOP}", query)


def _check(plan: Plan, change: Change) -> Iterator[Finding]:
    check = change.after
    assert isinstance(check, Check)
    if _all_empty(plan, change.table, check.columns) and len(check.terms) == 1:
        return
    query = ""
    if _old_names(plan, change.table, check.columns):
        old = {name: plan.old_columns[change.table, name] for name in check.columns}
        condition = check_sql(_by_old_names(check, old), plan.dialect.name)
        query = f"SELECT * FROM {plan.dialect.quote(plan.old_tables[change.table])} WHERE NOT ({condition})"
    yield _warning("MIGRATE-CHECK", change, f"rows that break {describe(check)} {_STOP}", query, check.columns[0])


def _by_old_names(check: Check, old: Mapping[str, str]) -> Check:
    return Check(tuple(replace(t, left=old[t.left], column=t.column and old[t.column]) for t in check.terms))


def _key(plan: Plan, change: Change) -> Iterator[Finding]:
    key = change.after
    assert isinstance(key, ForeignKey)
    if _all_empty(plan, change.table, key.columns) or _only_action_changed(plan, change.table, key):
        return
    here = _old_names(plan, change.table, key.columns)
    there = _old_names(plan, key.table, key.references) if key.table in plan.old_tables else ()
    query = _orphans(plan, change.table, key.table, here, there) if here and len(here) == len(there) else ""
    yield _warning("MIGRATE-KEY", change, f"rows that point at no row of {key.table} {_STOP}", query, key.columns[0])


def _only_action_changed(plan: Plan, table: str, key: ForeignKey) -> bool:
    before = plan.before.table(table)
    keys = before.foreign_keys if before else ()
    return any((k.columns, k.table, k.references) == (key.columns, key.table, key.references) for k in keys)


def _orphans(plan: Plan, table: str, target: str, here: Sequence[str], there: Sequence[str]) -> str:
    quote = plan.dialect.quote
    filled = " AND ".join(f"a.{quote(c)} IS NOT NULL" for c in here)
    same = " AND ".join(f"b.{quote(r)} = a.{quote(c)}" for c, r in zip(here, there, strict=True))
    tables = quote(plan.old_tables[table]), quote(plan.old_tables[target])
    return f"SELECT * FROM {tables[0]} a WHERE {filled} AND NOT EXISTS (SELECT 1 FROM {tables[1]} b WHERE {same})"


def _old_names(plan: Plan, table: str, names: Sequence[str]) -> tuple[str, ...]:
    """What these columns are called in the database; nothing where one of them is new."""
    old = [plan.old_columns.get((table, n)) for n in names]
    return tuple(n for n in old if n is not None) if None not in old else ()


def _new_columns(plan: Plan, table: str, names: Sequence[str]) -> list[Column]:
    after = plan.after.table(table) or Table(table, ())
    return [c for c in after.columns if c.name in names and (table, c.name) not in plan.old_columns]


def _all_empty(plan: Plan, table: str, names: Sequence[str]) -> bool:
    """Whether one of the columns is new and empty in every row: what holds for NULL holds then."""
    return any(c.nullable and c.default is None for c in _new_columns(plan, table, names))


_RULES: Mapping[Part, Callable[[Plan, Change], Iterator[Finding]]] = {
    Part.TYPE: _type,
    Part.NULLABLE: _required,
    Part.COLUMN: _column,
    Part.UNIQUE: _unique,
    Part.PRIMARY_KEY: _unique,
    Part.INDEX: _unique,
    Part.CHECK: _check,
    Part.FOREIGN_KEY: _key,
}
