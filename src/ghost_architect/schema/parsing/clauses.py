"""sqlglot's nodes -> what they mean for a column: a default, a check, the values of an enum.

Each function either understands the whole node or raises `NotUnderstood`; none guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from ..objects import IDENTITY, NEW_UUID, NOW, TODAY, Check, Comparison, Default, Op, literal
from ..types import INTEGERS, MOMENTS, NUMBERS, TEXTS, Kind, Type
from .scan import Name


class NotUnderstood(Exception):
    """This part of the SQL has no counterpart in a schema. The message says why, where that helps."""


_NOW = frozenset(
    """
    now getdate sysdate sysdatetime clock_timestamp transaction_timestamp statement_timestamp localtimestamp localtime
    current_timestamp utc_timestamp current_time
    """.split()
)
_TODAY = frozenset("curdate current_date today utc_date".split())
_UUID = frozenset("gen_random_uuid uuid_generate_v4 uuid_generate_v1 uuid newid uuidv4 uuidv7".split())
_NOW_NODES = (exp.CurrentTimestamp, exp.CurrentTime, exp.Localtimestamp, exp.Localtime, exp.UtcTimestamp)
_UUID_BYTES = 36

_OPS: dict[type[exp.Expression], Op] = {
    exp.LT: Op.LT,
    exp.LTE: Op.LE,
    exp.EQ: Op.EQ,
    exp.NEQ: Op.NE,
    exp.GTE: Op.GE,
    exp.GT: Op.GT,
}
_MIRRORED = {Op.LT: Op.GT, Op.LE: Op.GE, Op.EQ: Op.EQ, Op.NE: Op.NE, Op.GE: Op.LE, Op.GT: Op.LT}


def bare(node: exp.Expression) -> exp.Expression:
    """The node without parentheses and casts around it."""
    while isinstance(node, (exp.Paren, exp.Cast)):
        node = node.this
    return node


def name_of(node: exp.Expression) -> Name:
    """The name a column node or an identifier stands for.

    Raises:
        NotUnderstood: it is not a plain name.
    """
    node = bare(node)
    if isinstance(node, exp.Ordered):
        if node.args.get("desc"):
            raise NotUnderstood("the order of an index is not kept")
        node = node.this
    identifier = node.this if isinstance(node, exp.Column) else node
    if not isinstance(identifier, exp.Identifier):
        raise NotUnderstood("an expression is not kept, only columns are")
    return Name(identifier.name, bool(identifier.args.get("quoted")))


# --- values ---


def value_of(node: exp.Expression) -> str | Decimal | bool:
    """A literal.

    Raises:
        NotUnderstood: it is something that has to be computed.
    """
    node = bare(node)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        value = value_of(node.this)
        if isinstance(value, Decimal):
            # copy_negate and not `-`, which rounds to the precision of the context.
            return value.copy_negate()
    elif isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else _number(str(node.this))
    elif isinstance(node, (exp.RawString, exp.National, exp.ByteString, exp.UnicodeString)):
        return str(node.this)
    elif isinstance(node, exp.BitString):
        return Decimal(int(str(node.this), 2))
    elif isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal) and node.unit is not None:
        return f"{node.this.this} {node.unit.name}"
    elif isinstance(node, exp.Column) and node.this.args.get("quoted") and not node.table:
        return str(node.this.name)  # SQLite takes a quoted name that is no column for a text
    raise NotUnderstood("an expression is not kept")


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotUnderstood(f"{text} is not a number") from None
    if not value.is_finite() or abs(value.adjusted()) > 1000:
        raise NotUnderstood(f"{text} is out of range")
    return value


def fitting(value: str | Decimal | bool, type_: Type) -> str | Decimal | bool:
    """The value in the Python type that a literal of this column has: '0' is a number in a number column.

    Raises:
        NotUnderstood: it cannot stand there.
    """
    if type_.kind is Kind.BOOLEAN:
        return _truth(value)
    if type_.kind in NUMBERS:
        return Decimal(value) if isinstance(value, bool) else _number(value) if isinstance(value, str) else value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and (type_.kind in TEXTS or type_.kind in (Kind.ENUM, Kind.JSON)):
        return format(value, "f")
    raise NotUnderstood(f"{value} is not a value of {type_.kind}")


def _truth(value: str | Decimal | bool) -> bool:
    """Engines take 't', 'yes', 1 and the like (PostgreSQL manual, "Boolean Type")."""
    word = str(value).strip().lower()
    if word in ("true", "t", "yes", "y", "on", "1"):
        return True
    if word in ("false", "f", "no", "n", "off", "0"):
        return False
    raise NotUnderstood(f"{value} is neither true nor false")


# --- defaults ---


def default_of(node: exp.Expression, type_: Type) -> Default | None:
    """What DEFAULT means in a column of this type; None for DEFAULT NULL, which says nothing.

    Raises:
        NotUnderstood: it is an expression, or makes no sense there.
    """
    node = bare(node)
    if isinstance(node, exp.Null):
        return None
    made = _made(node)
    if made is None:
        return literal(fitting(value_of(node), type_))
    if made in (NOW, TODAY):
        if type_.kind not in MOMENTS:
            raise NotUnderstood(f"a moment is not a value of {type_.kind}")
        return TODAY if type_.kind is Kind.DATE else NOW
    if made == NEW_UUID and type_.kind is not Kind.UUID and (type_.kind not in TEXTS or _too_short(type_)):
        raise NotUnderstood(f"a UUID is not a value of {type_.kind}")
    if made == IDENTITY and type_.kind not in INTEGERS:
        raise NotUnderstood("only an integer numbers its rows")
    return made


def _too_short(type_: Type) -> bool:
    return type_.length is not None and type_.length < _UUID_BYTES


def _made(node: exp.Expression) -> Default | None:
    """The default that the engine makes, if the node calls for one."""
    if isinstance(node, exp.Uuid) and not node.this:
        return NEW_UUID
    if isinstance(node, exp.CurrentDate):
        return TODAY
    if isinstance(node, _NOW_NODES):
        return NOW
    if isinstance(node, (exp.Date, exp.Datetime, exp.TsOrDsToDate)):
        return (NOW if isinstance(node, exp.Datetime) else TODAY) if _is_text_now([node.this]) else None
    if isinstance(node, exp.Anonymous):
        return _called(str(node.this).lower(), node.expressions)
    if isinstance(node, exp.Column) and not node.this.args.get("quoted"):
        return _called(node.name.lower(), [])
    return None


def _called(function: str, args: list[exp.Expression]) -> Default | None:
    if function in _NOW and (not args or not _is_text_now(args)):
        return NOW
    if function in _TODAY and not args:
        return TODAY
    if function in _UUID and not args:
        return NEW_UUID
    if function == "nextval":
        return IDENTITY
    return NOW if function == "datetime" and _is_text_now(args) else None


def _is_text_now(args: list[exp.Expression]) -> bool:
    """SQLite's `datetime('now')`."""
    return len(args) == 1 and isinstance(args[0], exp.Literal) and str(args[0].this).lower() == "now"


# --- checks ---


@dataclass(frozen=True, slots=True)
class Words:
    """A list of allowed words: `column IN ('a', 'b')`."""

    column: str
    values: tuple[str, ...]


FindColumn = Callable[[Name], tuple[str, Type]]
"""Finds a column: its name as it was declared, and its type."""


def check_of(node: exp.Expression, column: FindColumn) -> tuple[Check | None, tuple[Words, ...]]:
    """A condition, taken apart into comparisons that all hold, and lists of allowed words.

    Raises:
        NotUnderstood: something else stands in it.
    """
    terms: list[Comparison] = []
    words: list[Words] = []
    for part in _conjuncts(node):
        listed = _words(part, column)
        if listed is not None:
            words.append(listed)
        elif isinstance(part, exp.Between):
            terms.append(_comparison(part.this, Op.GE, part.args["low"], column))
            terms.append(_comparison(part.this, Op.LE, part.args["high"], column))
        elif type(part) in _OPS:
            terms.append(_comparison(part.this, _OPS[type(part)], part.expression, column))
        else:
            raise NotUnderstood("only comparisons of columns and values, joined with AND, are kept")
    return (Check(tuple(terms)) if terms else None), tuple(words)


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    """The parts that AND joins, from left to right, however deep they are nested."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        while isinstance(part, exp.Paren):
            part = part.this
        if isinstance(part, exp.And):
            waiting += [part.expression, part.this]
        else:
            yield part


def _comparison(left: exp.Expression, op: Op, right: exp.Expression, column: FindColumn) -> Comparison:
    if not _is_column(left) and _is_column(right):
        left, op, right = right, _MIRRORED[op], left
    name, type_ = column(name_of(left))
    if _is_column(right):
        return Comparison(name, op, column=column(name_of(right))[0])
    value = value_of(right)
    if isinstance(value, bool) or type_.kind is Kind.BOOLEAN:
        raise NotUnderstood("a comparison with a truth value is not kept")
    fitted = fitting(value, type_) if type_.kind in NUMBERS else value
    assert not isinstance(fitted, bool)
    return Comparison(name, op, value=fitted)


def _is_column(node: exp.Expression) -> bool:
    return isinstance(bare(node), exp.Column)


def _words(node: exp.Expression, column: FindColumn) -> Words | None:
    """`c IN ('a', 'b')`, or as PostgreSQL prints it: `c = ANY (ARRAY['a', 'b'])`."""
    if isinstance(node, exp.In) and node.expressions:
        values = node.expressions
    elif isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = bare(node.expression.this)
        values = array.expressions if isinstance(array, exp.Array) else []
    else:
        return None
    texts = [value_of(v) for v in values]
    if not texts or not all(isinstance(text, str) for text in texts) or not _is_column(node.this):
        raise NotUnderstood("only a list of texts is kept")
    return Words(column(name_of(node.this))[0], tuple(dict.fromkeys(str(text) for text in texts)))
