"""The script that takes a database from one schema to another, with its rows.

    old, new -> fit -> renames -> what stays behind -> plan -> cautions, and statements of the dialect

Nothing is lost and nothing invented without a word. Tables and columns that the new schema has no place
for stay, unless they are told to go. A required column that rows have no value for gets none made up:
the migration stops at such rows, and says before how to fill them. A type that values cannot become
leaves them in a column of their own.

The script knows the old schema and nothing else: views, triggers and rights that somebody added are not
in it, and a database that is not as `ddl` made it, or an earlier migration left it, stops it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..errors import UsageError, nearest, printable
from .changes import Change, renamings
from .dialects import dialect as find_dialect
from .findings import Finding, Severity
from .fit import fit
from .migrating import mysql, postgres, sqlite
from .migrating.cautions import cautions
from .migrating.plan import Plan
from .migrating.renames import Place, place_of, recognise
from .migrating.target import left_over, target
from .objects import Default, Schema, is_literal_for, literal
from .types import NUMBERS, Kind, Type

_SCRIPTS: Mapping[str, Callable[[Plan], list[list[str]]]] = {
    "postgres": postgres.script,
    "mysql": mysql.script,
    "sqlite": sqlite.script,
}


@dataclass(frozen=True, slots=True)
class Migration:
    """A script and what is to be known of it.

    Attributes:
        plan: where from and where to.
        changes: what it does, the renames first.
        findings: what stays behind, what rows may stop it, what happens to values.
        blocks: the statements, those together that belong together, without semicolons.
    """

    plan: Plan
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    blocks: tuple[tuple[str, ...], ...]

    @property
    def statements(self) -> list[str]:
        """One after another."""
        return [statement for block in self.blocks for statement in block]

    @property
    def sql(self) -> str:
        """The script, ending in a newline; empty where nothing changes."""
        text = "\n\n".join("\n".join(f"{s};" for s in block) for block in self.blocks)
        return text + ("\n" if text else "")


def migration(
    old: Schema,
    new: Schema,
    dialect: str = "postgres",
    *,
    drop: bool = False,
    renames: Sequence[str] = (),
    guess: bool = True,
    fills: Sequence[str] = (),
) -> Migration:
    """The migration from one schema to another.

    Args:
        old: what the database is.
        new: what it shall be.
        dialect: a name in `DIALECTS`.
        drop: whether tables and columns that `new` does not have are dropped, and not left behind.
        renames: `TABLE=NEW` or `TABLE.COLUMN=NEW`, by the old names on the left.
        guess: whether further renames are recognised.
        fills: `TABLE.COLUMN=VALUE`, by the new names: what rows get that have no value for a required column.

    Raises:
        UsageError: there is no such dialect, table or column, or no such value of a column's type.
    """
    d = find_dialect(dialect)
    before, fitted = fit(old, d.name), fit(new, d.name)
    known = recognise(before.schema, fitted.schema, d, renames, guess)
    moved = known.schema(before.schema)
    after = target(moved, fitted.schema, drop)
    plan = Plan(d, before.schema, known, after, _fills(after, fills))
    made = tuple(tuple(block) for block in _SCRIPTS[d.name](plan))
    found = (
        *(loss for loss in fitted.losses if loss not in before.losses),
        *left_over(moved, fitted.schema, drop, known.out_of_the_way),
        *cautions(plan),
        *_unused(plan),
    )
    return Migration(plan, (*renamings(before.schema, known), *plan.changes), found, made)


def _fills(after: Schema, said: Sequence[str]) -> dict[Place, Default]:
    out: dict[Place, Default] = {}
    for text in said:
        left, sign, value = text.partition("=")
        while sign and place_of(after, left) is None and "=" in value:  # a name may hold an equal sign
            more, _, value = value.partition("=")
            left = f"{left}={more}"
        place = place_of(after, left)
        if not sign or place is None:
            known = [f"{t.name}.{c.name}" for t in after.tables for c in t.columns]
            hint = nearest(text.partition("=")[0], known) if sign else "TABLE.COLUMN=VALUE"
            raise UsageError(
                f"fill {printable(text)}: there is no such column" if sign else "fill: there is no =", hint
            )
        table = after.table(place[0])
        column = table.column(place[1]) if table else None
        assert column is not None
        out[place] = _value(column.type, value, text)
    return out


def _value(type_: Type, text: str, said: str) -> Default:
    """A text as a value of a type."""
    value: str | Decimal | bool = text
    problem = UsageError(f"fill {printable(said)}: {printable(text)!r} is no {type_.kind}")
    if type_.kind is Kind.BOOLEAN:
        words = {"true": True, "false": False, "1": True, "0": False}
        if text.lower() not in words:
            raise problem
        value = words[text.lower()]
    elif type_.kind in NUMBERS:
        if not _NUMBER.fullmatch(text) or not _holds(type_, Decimal(text)):
            raise problem
        value = Decimal(text)
    known = type_.kind is not Kind.ENUM or text in type_.values
    if not known or not is_literal_for(type_, value):
        raise problem
    return literal(value)


_NUMBER = re.compile(r"[+-]?[0-9]{1,1000}(\.[0-9]{1,1000})?", re.ASCII)
"""A number as a person types it. An exponent would be a way to write a gigabyte of digits in a few letters."""

_BITS = {Kind.SMALLINT: 16, Kind.INTEGER: 32, Kind.BIGINT: 64}


def _holds(type_: Type, value: Decimal) -> bool:
    """Whether a column of this type holds the number without rounding it."""
    if type_.kind in _BITS:
        most = 2 ** (_BITS[type_.kind] - 1)
        return value == value.to_integral_value() and -most <= value < most
    if type_.precision is None:
        return True
    scale = type_.scale or 0
    digits = value.as_tuple()
    assert isinstance(digits.exponent, int)
    return -digits.exponent <= scale and len(digits.digits) + digits.exponent <= type_.precision - scale


def _unused(plan: Plan) -> list[Finding]:
    """Fills that nothing asks for."""
    asked = {(c.table, c.column) for c in plan.changes}
    unused = [p for p in plan.fills if p not in asked]
    message = "nothing is filled here: the column was required before, or is not now"
    return [Finding("MIGRATE-FILL", Severity.INFO, table, column, message) for table, column in unused]
