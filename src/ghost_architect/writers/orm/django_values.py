"""Values as Django takes them for defaults and checks: texts, numbers, moments, JSON.

A value that Python has no literal for (`'infinity'` as a date, say) is None here, and its default or
check cannot be said.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import math
import re
import uuid
from decimal import Decimal

from ghost_architect.schema.objects import Default, DefaultKind, Op
from ghost_architect.schema.types import INTEGERS, TEXTS, Kind, Type

from ..python import Call, Expr, Named, octets, string
from .imports import Imports

_BITS = {Kind.SMALLINT: 15, Kind.INTEGER: 31, Kind.BIGINT: 63}
_SPAN = re.compile(r"(\d{1,6}) (day|hour|minute|second|week)s?")
_LONGEST_JSON = 10_000


def value(type_: Type, given: str | Decimal | bool, use: Imports) -> Expr | None:
    """A literal of this type as an expression; None where there is none."""
    if isinstance(given, bool):
        return str(given)
    if isinstance(given, Decimal):
        return _number(type_, given, use)
    if type_.kind in TEXTS or type_.kind is Kind.ENUM:
        return string(given)
    try:
        return _parsed(type_.kind, given, use)
    except (ValueError, OverflowError, RecursionError):
        return None


def _number(type_: Type, given: Decimal, use: Imports) -> Expr | None:
    if type_.kind in INTEGERS:
        whole = given == given.to_integral_value() and abs(given) < 2 ** _BITS[type_.kind]
        return format(given, ".0f") if whole else None
    if type_.kind is Kind.NUMERIC:
        return Call(use("Decimal"), (string(format(given, "f")),))
    near = float(given)
    return repr(near) if math.isfinite(near) else None


def _parsed(kind: Kind, given: str, use: Imports) -> Expr | None:
    if kind is Kind.JSON:
        return _json(json.loads(given)) if len(given) <= _LONGEST_JSON else None
    if kind is Kind.UUID:
        return Call(use("UUID"), (string(str(uuid.UUID(given))),))
    if kind is Kind.INET:
        return string(str(ipaddress.ip_address(given)))
    if kind is Kind.BINARY:
        return octets(bytes.fromhex(given[2:])) if given.startswith("\\x") else None
    if kind is Kind.INTERVAL:
        span = _SPAN.fullmatch(given)
        return Call(f"{use('dt')}.timedelta", (f"{span[2]}s={int(span[1])}",)) if span else None
    return _moment(kind, given, use)


def _moment(kind: Kind, given: str, use: Imports) -> Expr:
    if kind is Kind.DATE:
        return _numbers(f"{use('dt')}.date", *dt.date.fromisoformat(given).timetuple()[:3])
    if kind is Kind.TIME:
        time = dt.time.fromisoformat(given)
        if time.tzinfo is not None:
            raise ValueError("a zone without a date")
        return _numbers(f"{use('dt')}.time", *_clock(time))
    moment = dt.datetime.fromisoformat(given)
    moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment
    numbers = _numbers(f"{use('dt')}.datetime", moment.year, moment.month, moment.day, *_clock(moment.time()))
    return Call(numbers.head, [*numbers.items, f"tzinfo={use('dt')}.UTC"])


def _clock(time: dt.time) -> list[int]:
    parts = [time.hour, time.minute, time.second, time.microsecond]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()
    return parts


def _numbers(head: str, *numbers: int) -> Call:
    return Call(head, [str(n) for n in numbers])


def _json(data: object) -> Expr | None:
    """Parsed JSON; None for a null, which a default of Django's would not tell from SQL's."""
    if isinstance(data, str):
        return string(data)
    if isinstance(data, list):
        items = [_inner(d) for d in data]
        return Call("", items, "[]")
    if isinstance(data, dict):
        return Call("", [Named(string(k), _inner(v), ": ") for k, v in data.items()], "{}")
    if isinstance(data, float) and not math.isfinite(data):
        raise ValueError("no JSON")
    return None if data is None else repr(data)


def _inner(data: object) -> Expr:
    return "None" if data is None else _json(data) or "None"


def default(given: Default, type_: Type, use: Imports, dialect: str) -> Expr | None:
    """What `db_default` is given; None where Django has no words for it."""
    if given.kind is DefaultKind.LITERAL:
        assert given.value is not None
        return value(type_, given.value, use)
    if given.kind is DefaultKind.UUID:
        return Call(use("RandomUUID"), ()) if dialect == "postgres" else Call(use("Func"), ('function="UUID"',))
    now = Call(use("Now"), ())
    # Now() has a date and a time; SQLite would keep both as text.
    if type_.kind is Kind.DATE or given.kind is DefaultKind.TODAY:
        return Call(use("Cast"), (now, "models.DateField()"))
    return Call(use("Cast"), (now, "models.TimeField()")) if type_.kind is Kind.TIME else now


_LOOKUPS = {Op.LT: "lt", Op.LE: "lte", Op.EQ: "exact", Op.NE: "exact", Op.GE: "gte", Op.GT: "gt"}


def lookup(field: str, op: Op, right: Expr, use: Imports) -> Expr:
    """`field op right` as a Q."""
    name = field if op in (Op.EQ, Op.NE) else f"{field}__{_LOOKUPS[op]}"
    return Call(f"{'~' * (op is Op.NE)}{use('Q')}", (Named(name, right),))
