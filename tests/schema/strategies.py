"""Hypothesis strategies for random schemas that PostgreSQL accepts.

`schemas()` makes whole schemas with everything a schema can hold: every type, enums with odd words,
reserved words and blanks in names, composite keys, self references, keys in a circle, defaults of
each kind, checks, unique and plain indexes, comments with quotes and line breaks. Names differ from
each other even when case is ignored, since not every engine tells `A` from `a`.

Hypothesis looks a strategy over when it first draws from it, which takes longer than the drawing.
So strategies are made once, at the top or in a cache, and what depends on a drawn value is a
function that draws, or a place in a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from ghost_architect.schema import types as t
from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    NOW,
    TODAY,
    Check,
    Column,
    Comparison,
    Default,
    Evidence,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Schema,
    Table,
    literal,
)
from ghost_architect.schema.types import Kind, Type

PLAIN_NAMES = st.sampled_from("id name email orders customers status total created_at a b c x1 sku price_net".split())
AWKWARD_NAMES = st.sampled_from(
    (
        *("order", "group", "select", "user", "table", "key", "index", "check", "primary", "default", "values", "rank"),
        *("date", "time", "timestamp", "interval", "text", "comment", "year", "interval_", "end", "offset", "rows"),
        *(
            "orderNumber",
            "Customer",
            "2fa",
            "first name",
            'a"b',
            "a`b",
            "it's",
            "größe",
            "名前",
            "a.b",
            "50%",
            ":x",
            "--",
        ),
        *(
            "a;b",
            "a(b",
            "type",
            "position",
            "exclude",
            "like",
            "period",
            "constraint",
            "back\\slash",
            "$1",
            "a,b",
            "[x]",
        ),
    )
)
NAMES = st.one_of(PLAIN_NAMES, AWKWARD_NAMES, st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))

# No NUL and no lone surrogates (no engine stores them); the rest of Unicode is fair.
CHARACTERS = st.one_of(
    st.sampled_from("ab '\"\\`,;()%:-\n\r\t$?{}[]é€😀\u2028"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
)
TEXTS = st.text(CHARACTERS, max_size=12)
COMMENTS = st.one_of(st.just(""), TEXTS)
WORDS = st.one_of(st.sampled_from(("draft", "paid", "it's", "a, b", "In Progress", "größe", "")), TEXTS)

ENUMS = st.lists(WORDS, min_size=1, max_size=5, unique=True).map(lambda words: t.enum(*words))
NUMERICS = st.integers(1, 1000).flatmap(
    lambda precision: st.integers(0, precision).map(lambda scale: t.numeric(precision, scale))
)
SIMPLE = (
    *(t.SMALLINT, t.INTEGER, t.BIGINT, t.REAL, t.DOUBLE, t.BOOLEAN, t.TEXT, t.DATE, t.TIME, t.TIMESTAMP),
    *(
        t.TIMESTAMPTZ,
        t.INTERVAL,
        t.UUID,
        t.JSON,
        t.BINARY,
        t.INET,
        Type(Kind.NUMERIC),
        t.numeric(12, 2),
        t.varchar(255),
    ),
)
LENGTHS = st.one_of(st.integers(1, 300), st.sampled_from((768, 769, 16_383, 16_384, 10_485_760)))
TYPES = st.one_of(
    st.sampled_from(SIMPLE),
    ENUMS,
    NUMERICS,
    LENGTHS.map(t.varchar),
    LENGTHS.map(lambda n: Type(Kind.CHAR, length=n)),
)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(Decimal),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4),
)

_SAMPLES = {
    Kind.DATE: ("2026-01-31", "1999-12-31"),
    Kind.TIME: ("12:30:00", "00:00"),
    Kind.TIMESTAMP: ("2026-01-31 12:30:00",),
    Kind.TIMESTAMPTZ: ("2026-01-31 12:30:00+02", "2026-01-31 12:30:00"),
    Kind.INTERVAL: ("1 day",),
    Kind.UUID: ("00000000-0000-0000-0000-000000000000",),
    Kind.JSON: ("{}", '{"a": [1, "b\'c"]}'),
    Kind.BINARY: ("\\x00ff",),
    Kind.INET: ("127.0.0.1",),
}
_NUMBER_RANGE = {Kind.SMALLINT: 2**15 - 1, Kind.INTEGER: 2**31 - 1, Kind.BIGINT: 2**63 - 1}

OPERATORS = st.sampled_from(tuple(Op))
ACTIONS = st.sampled_from(tuple(OnDelete))
_T = TypeVar("_T")


def _one(draw: st.DrawFn, among: Sequence[_T]) -> _T:
    """One of these."""
    return among[draw(st.integers(0, len(among) - 1))]


@cache
def unique_names(min_size: int, max_size: int) -> st.SearchStrategy[list[str]]:
    """Names that differ from each other even without case."""
    return st.lists(NAMES, min_size=min_size, max_size=max_size, unique_by=str.lower)


@cache
def literals(type_: Type) -> st.SearchStrategy[Default]:
    """Literal defaults that an engine takes for this type."""
    values: st.SearchStrategy[str | Decimal | bool]
    if type_.kind is Kind.ENUM:
        values = st.sampled_from(type_.values)
    elif type_.kind is Kind.BOOLEAN:
        values = st.booleans()
    elif type_.kind in _NUMBER_RANGE:
        values = st.integers(-_NUMBER_RANGE[type_.kind], _NUMBER_RANGE[type_.kind]).map(Decimal)
    elif type_.precision is not None:
        digits, scale = min(type_.precision, 20), type_.scale or 0
        values = st.integers(1 - 10**digits, 10**digits - 1).map(lambda n: Decimal(n).scaleb(-scale))
    elif type_.kind in t.NUMBERS:
        values = NUMBERS
    elif type_.kind in _SAMPLES:
        values = st.sampled_from(_SAMPLES[type_.kind])
    else:
        values = TEXTS.map(lambda text: text[: type_.length])
    return values.map(literal)


@cache
def defaults(type_: Type) -> st.SearchStrategy[Default | None]:
    """Any default for this type, or none (never IDENTITY)."""
    choices: list[st.SearchStrategy[Default | None]] = [st.none(), literals(type_)]
    if type_.kind is Kind.DATE:
        choices.append(st.just(TODAY))
    elif type_.kind in t.MOMENTS:
        choices.append(st.just(NOW))
    elif type_.kind is Kind.UUID or type_ in (Type(Kind.CHAR, length=36), t.TEXT):
        choices.append(st.just(NEW_UUID))
    return st.one_of(choices)


def _column(draw: st.DrawFn, name: str) -> Column:
    """A column of any type."""
    type_ = draw(TYPES)
    default = draw(defaults(type_))
    nullable = draw(st.booleans())
    if type_.kind in t.INTEGERS and draw(st.integers(0, 3)) == 0:
        default, nullable = IDENTITY, False
    return Column(name, type_, nullable, default, draw(COMMENTS))


@cache
def _places(count: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    """Up to `most` lists of up to three places among `count`, in any order."""
    one = st.lists(st.integers(0, count - 1), min_size=1, max_size=3, unique=True)
    return st.lists(one, max_size=most)


def _lists(draw: st.DrawFn, names: Sequence[str], most: int) -> tuple[tuple[str, ...], ...]:
    """Some lists of these names, in any order."""
    return tuple(tuple(names[i] for i in places) for places in draw(_places(len(names), most)))


def _check(draw: st.DrawFn, cols: Sequence[Column]) -> Check:
    """Comparisons of a column with a value of its type, or with a column of the same type."""
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        left = _one(draw, cols)
        op = draw(OPERATORS)
        same = [c.name for c in cols if c.type == left.type]
        if draw(st.booleans()):
            terms.append(Comparison(left.name, op, column=_one(draw, same)))
        else:
            value = draw(literals(left.type)).value
            assert not isinstance(value, bool)
            terms.append(Comparison(left.name, op, value=value))
    return Check(tuple(terms))


def _table(draw: st.DrawFn, name: str) -> Table:
    """A table without foreign keys."""
    names = draw(unique_names(1, 6))
    cols = tuple(_column(draw, n) for n in names)
    comparable = [c for c in cols if c.type.kind not in (Kind.BOOLEAN, Kind.JSON)]
    listed = [_check(draw, comparable) for _ in range(draw(st.integers(0, 2)))] if comparable else []
    indexes = _lists(draw, names, 2)
    return Table(
        name=name,
        columns=cols,
        primary_key=next(iter(_lists(draw, names, 1)), ()),
        uniques=_lists(draw, names, 2),
        checks=tuple(listed),
        indexes=tuple(Index(i, draw(st.booleans())) for i in indexes),
        comment=draw(COMMENTS),
    )


def _with_keys(draw: st.DrawFn, table: Table, others: Sequence[Table]) -> Table:
    """The table with keys to any of the tables, itself and later ones included."""
    keys, extra = [], []
    taken = {c.name.lower() for c in table.columns}
    for target in [_one(draw, others) for _ in range(draw(st.integers(0, 2)))]:
        wanted = target.primary_key or next(iter(target.uniques), ())
        names = [f"{target.name}_{n}_{i}"[:20] for i, n in enumerate(wanted)]
        if not wanted or taken.intersection(n.lower() for n in names) or len({n.lower() for n in names}) < len(names):
            continue
        taken.update(n.lower() for n in names)
        types = [c.type for n in wanted for c in target.columns if c.name == n]
        extra += [Column(n, type_, draw(st.booleans())) for n, type_ in zip(names, types, strict=True)]
        keys.append(ForeignKey(tuple(names), target.name, wanted, draw(ACTIONS)))
    return replace(table, columns=(*table.columns, *extra), foreign_keys=tuple(keys))


@st.composite
def schemas(draw: st.DrawFn, most: int = 4) -> Schema:
    """A schema of up to `most` tables."""
    made = [_table(draw, name) for name in draw(unique_names(0, most))]
    return Schema(tuple(_with_keys(draw, table, made) for table in made))


def clashes(schema: Schema) -> bool:
    """MariaDB 10.11 names a second UNIQUE on a column `constraint` as it names a second CHECK, and then finds two.

    An enum may be kept by a CHECK.
    """

    def checks(table: Table) -> int:
        return len(table.checks) + sum(bool(c.enum) for c in table.columns)

    return any(checks(t) > 1 and len([u for u in t.uniques if u[0] == "constraint"]) > 1 for t in schema.tables)


EVIDENCE = st.lists(
    st.builds(
        Evidence,
        screen=st.integers(0, 3),
        line=st.integers(1, 999),
        box=st.tuples(*[st.integers(0, 2000)] * 4),
        text=TEXTS,
    ),
    max_size=3,
).map(tuple)
"""What a column was read from."""


@st.composite
def cited_schemas(draw: st.DrawFn, most: int = 3) -> Schema:
    """A schema whose tables and columns carry evidence and titles."""
    out = []
    for table in draw(schemas(most)).tables:
        cols = tuple(replace(c, evidence=draw(EVIDENCE)) for c in table.columns)
        out.append(replace(table, columns=cols, evidence=draw(EVIDENCE), title=draw(TEXTS)))
    return Schema(tuple(out))
