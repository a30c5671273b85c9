"""What a written column type means, whoever wrote it.

SQL in the wild mixes dialects, so the words of all of them are understood here; a dialect overrides
what means something else there (`TIMESTAMP` in MySQL). Reading is by the words as written and not
by sqlglot's types, which put INTEGER with INT, REAL with DOUBLE, and MySQL's INT8 with TINYINT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .. import types as t
from ..types import Kind, Type


@dataclass(frozen=True, slots=True)
class Spelling:
    """A type as written: upper-case words, what stood in its parentheses, words behind them.

    `DOUBLE PRECISION` has the words "DOUBLE PRECISION"; `INT(10) UNSIGNED` has "INT", ("10",), "UNSIGNED".
    """

    words: str
    args: tuple[str, ...] = ()
    tail: str = ""


@dataclass(frozen=True, slots=True)
class TypeReading:
    """What was understood. `type` is None for an unknown type; `notes` say what was not kept."""

    type: Type | None
    identity: bool = False
    notes: tuple[str, ...] = ()


PLAIN: Mapping[str, Type] = {
    **dict.fromkeys(("SMALLINT", "INT2", "TINYINT", "INT1"), t.SMALLINT),
    **dict.fromkeys(("INTEGER", "INT", "INT4", "MEDIUMINT", "INT3", "MIDDLEINT", "INT32"), t.INTEGER),
    **dict.fromkeys(("BIGINT", "INT8", "INT64", "BIG INT", "LONG"), t.BIGINT),
    **dict.fromkeys(("REAL", "FLOAT4"), t.REAL),
    **dict.fromkeys(("DOUBLE PRECISION", "DOUBLE", "FLOAT8", "FLOAT"), t.DOUBLE),
    **dict.fromkeys(("BOOLEAN", "BOOL"), t.BOOLEAN),
    **dict.fromkeys(("TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "CLOB", "NTEXT", "STRING", "NAME"), t.TEXT),
    **dict.fromkeys(("DATE",), t.DATE),
    **dict.fromkeys(("TIME", "TIME WITHOUT TIME ZONE"), t.TIME),
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME", "DATETIME2", "SMALLDATETIME"), t.TIMESTAMP
    ),
    **dict.fromkeys(
        ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE", "DATETIMEOFFSET"), t.TIMESTAMPTZ
    ),
    **dict.fromkeys(("INTERVAL",), t.INTERVAL),
    **dict.fromkeys(("UUID", "UNIQUEIDENTIFIER", "GUID"), t.UUID),
    **dict.fromkeys(("JSONB", "JSON"), t.JSON),
    **dict.fromkeys(
        ("BYTEA", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "BINARY VARYING", "IMAGE"),
        t.BINARY,
    ),
    **dict.fromkeys(("INET",), t.INET),
}
"""Types that need nothing in parentheses."""

NEARLY: Mapping[str, tuple[Type, str]] = {
    "CITEXT": (t.TEXT, "that case does not matter"),
    "TIMETZ": (t.TIME, "the time zone of a time"),
    "TIME WITH TIME ZONE": (t.TIME, "the time zone of a time"),
    "CIDR": (t.INET, "that it is a network"),
    "MONEY": (t.numeric(19, 2), "the currency"),
    "SMALLMONEY": (t.numeric(10, 4), "the currency"),
    "YEAR": (t.SMALLINT, "that it is a year"),
}
"""Types held by a near one, and what gets lost."""

SERIALS: Mapping[str, Type] = {
    **dict.fromkeys(("SERIAL", "SERIAL4"), t.INTEGER),
    **dict.fromkeys(("BIGSERIAL", "SERIAL8"), t.BIGINT),
    **dict.fromkeys(("SMALLSERIAL", "SERIAL2"), t.SMALLINT),
}

VARYING = frozenset(
    (
        *("VARCHAR", "CHARACTER VARYING", "CHAR VARYING", "VARYING CHARACTER", "VARCHAR2"),
        *("NVARCHAR", "NVARCHAR2", "NATIONAL VARCHAR", "NATIONAL CHARACTER VARYING"),
    )
)
FIXED = frozenset(("CHAR", "CHARACTER", "NCHAR", "BPCHAR", "NATIONAL CHARACTER", "NATIVE CHARACTER"))
DECIMALS = frozenset(("NUMERIC", "DECIMAL", "DEC", "NUMBER", "FIXED"))
UNSIGNED: Mapping[Kind, Type] = {Kind.SMALLINT: t.INTEGER, Kind.INTEGER: t.BIGINT}
"""The signed type that holds an unsigned one. (There is none above BIGINT.)"""

_MOST_WORDS = 6
"""In the name of a type: TIMESTAMP WITH LOCAL TIME ZONE has five."""

_DISPLAY_ONLY = frozenset((Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT))
_UNSIGNED_WORDS = frozenset(("UNSIGNED", "SIGNED", "ZEROFILL"))


def read_common(spelling: Spelling, special: Mapping[str, Type] | None = None) -> TypeReading:
    """What the type means in most dialects.

    Args:
        spelling: the type as written.
        special: words that mean something else here; they win over `PLAIN`.
    """
    if "[" in spelling.words + spelling.tail or "ARRAY" in spelling.tail.split():
        return TypeReading(None)
    words, tail, signs = _without_signs(spelling)
    words, tail = _behind_parentheses(words, tail)
    reading = _read(Spelling(words, spelling.args), special or {})
    notes = reading.notes + ((f"{tail} was not understood",) if tail and reading.type else ())
    if reading.type is not None and signs - {"SIGNED"}:
        held = UNSIGNED.get(reading.type.kind, reading.type) if "UNSIGNED" in signs else reading.type
        notes += (f"{' '.join(sorted(signs))} is not kept; it is held as {t.spell(held)}",)
        return replace(reading, type=held, notes=notes)
    return replace(reading, notes=notes)


def _without_signs(spelling: Spelling) -> tuple[str, str, set[str]]:
    words, tail = spelling.words.split(), spelling.tail.split()
    signs = _UNSIGNED_WORDS.intersection(words + tail)
    return (
        " ".join(w for w in words if w not in signs),
        " ".join(w for w in tail if w not in signs),
        set(signs),
    )


def _behind_parentheses(words: str, tail: str) -> tuple[str, str]:
    """`TIMESTAMP(3) WITH TIME ZONE` is TIMESTAMP WITH TIME ZONE; so are `VARCHAR ENCRYPTED` a VARCHAR and a rest."""
    if tail.startswith("WITH"):
        zone, _, rest = tail.partition("ZONE")
        words, tail = f"{words} {zone}ZONE", rest.strip()
    parts = words.split()
    for n in range(min(len(parts), _MOST_WORDS), 0, -1):
        if _is_known(" ".join(parts[:n])):
            return " ".join(parts[:n]), " ".join([*parts[n:], tail]).strip()
    return words, tail


def _is_known(words: str) -> bool:
    known = (PLAIN, NEARLY, SERIALS, VARYING, FIXED, DECIMALS, ("ENUM", "BIT"))
    return any(words in group for group in known)


def _read(spelling: Spelling, special: Mapping[str, Type]) -> TypeReading:
    words, args = spelling.words, spelling.args
    if words in special:
        return TypeReading(special[words], notes=_ignored(words, args, special[words]))
    if words in VARYING or words in FIXED:
        return _read_text(words, args)
    if words in DECIMALS:
        return _read_decimal(args)
    if words in SERIALS:
        return TypeReading(SERIALS[words], identity=True)
    if words == "ENUM" and args:
        return _read_enum(args)
    if words == "FLOAT" and args and args[0].isdigit():
        return TypeReading(t.REAL if int(args[0]) <= 24 else t.DOUBLE, notes=_ignored(words, args[1:], t.REAL))
    if words == "BIT" and args in ((), ("1",)):
        return TypeReading(t.BOOLEAN, notes=("BIT is held as boolean",))
    if words in NEARLY:
        held, lost = NEARLY[words]
        return TypeReading(held, notes=(f"{lost} is not kept; it is held as {t.spell(held)}",))
    if words in PLAIN:
        return TypeReading(PLAIN[words], notes=_ignored(words, args, PLAIN[words]))
    return TypeReading(None)


def _ignored(words: str, args: tuple[str, ...], type_: Type) -> tuple[str, ...]:
    """What stood in the parentheses of a type that takes nothing; the display width of an integer means nothing."""
    if not args or type_.kind in _DISPLAY_ONLY or type_ == t.BOOLEAN:
        return ()
    return (f"the ({', '.join(args)}) of {words} is not kept",)


def _read_text(words: str, args: tuple[str, ...]) -> TypeReading:
    if not args:
        unbounded = words in VARYING or words == "BPCHAR"
        return TypeReading(t.TEXT if unbounded else Type(Kind.CHAR, length=1))
    if args == ("MAX",):
        return TypeReading(t.TEXT)
    kind = Kind.VARCHAR if words in VARYING else Kind.CHAR
    # Oracle writes VARCHAR2(20 CHAR); the number is what counts.
    number = args[0].partition(" ")[0]
    try:
        return TypeReading(Type(kind, length=int(number)))
    except ValueError:
        return TypeReading(t.TEXT, notes=(f"{words}({', '.join(args)}) is not a type",))


def _read_decimal(args: tuple[str, ...]) -> TypeReading:
    try:
        precision, scale = (*map(int, args), None, None)[:2] if len(args) <= 2 else (0, 0)
        return TypeReading(Type(Kind.NUMERIC, precision=precision, scale=scale))
    except ValueError:
        return TypeReading(Type(Kind.NUMERIC), notes=(f"NUMERIC({', '.join(args)}) is not a type",))


def _read_enum(args: tuple[str, ...]) -> TypeReading:
    values = tuple(dict.fromkeys(args))
    notes = () if len(values) == len(args) else ("a value that stands twice in ENUM is kept once",)
    return TypeReading(t.enum(*values), notes=notes)
