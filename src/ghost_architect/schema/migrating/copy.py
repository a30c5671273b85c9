"""Writing a table anew: the statement that brings its rows over, and the names that it needs on the way.

SQLite can change little of a table that is there, and MySQL does not say how it calls a CHECK; both get
a new table and a copy (https://www.sqlite.org/lang_altertable.html#otheralter).
"""

from __future__ import annotations

from collections.abc import Mapping

from ..objects import Column, Table
from .casts import is_made_boolean
from .plan import Plan
from .renames import free_name


def taken_names(plan: Plan) -> set[str]:
    """Every name, in lower case, that a table has before or after."""
    names = [t.name for s in (plan.old, plan.before, plan.after) for t in s.tables]
    return {name.lower() for name in names}


def passing_name(table: str, ending: str, taken: set[str], longest: int | None) -> str:
    """A name that a table has while the migration runs."""
    room = None if longest is None else longest - len(ending) - 4
    return free_name(table.encode()[:room].decode(errors="ignore") + ending, taken)


def copied(plan: Plan, before: Table, after: Table, source: str, goal: str, called: Mapping[str, str]) -> str:
    """`INSERT INTO goal (...) SELECT ... FROM source`, without its first word.

    Args:
        plan: what is to be done.
        before, after: the table as it is, by its new names, and as it shall be.
        source, goal: what the two are called when this runs.
        called: what the columns of `before` are called then.
    """
    d = plan.dialect
    there = {c.name: c for c in before.columns}
    names = d.names([c.name for c in after.columns])
    values = ", ".join(_value(plan, after, there.get(c.name), c, called) for c in after.columns)
    return f"INTO {d.quote(goal)} {names} SELECT {values} FROM {d.quote(source)}"


def _value(plan: Plan, table: Table, was: Column | None, now: Column, called: Mapping[str, str]) -> str:
    """What a row gets in a column: what it had, else what it is filled with, else the default, else nothing."""
    d, fill = plan.dialect, plan.fill(table.name, now.name)
    if was is None:
        if now.default is not None and not now.is_identity:
            return d.write_default(now.default, now.type)
        return fill or "NULL"  # a NULL in a numbered column is numbered
    value = d.quote(called[was.name])
    if is_made_boolean(was.type, now.type):
        value = f"{value} <> 0"
    return f"coalesce({value}, {fill})" if fill and was.nullable and not now.nullable else value
