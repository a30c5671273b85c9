"""Values that a column can hold, chosen near the borders that its table's checks draw.

A `Value` is what is sent to an engine (`text`) and what a comparison sees in it (`key`). Only
values about which every engine agrees are chosen: floats that are exact in 32 bits, plain ASCII
words without blanks at the end, moments in UTC. A comparison whose outcome depends on the engine
raises `Unprovable`; its check is then reported as not proved.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from itertools import islice
from string import ascii_lowercase

from ..engines.base import Habits
from ..objects import Comparison, Default, DefaultKind, Op, Table
from ..types import INTEGER_BITS, INTEGERS, MOMENTS, NUMBERS, TEXTS, Kind, Type

Key = Decimal | str | datetime | time
SPREAD = 8
"""How many neighbours on either side of a border are tried: a chain of up to this many columns can be ordered."""

_DIGITS = 2_200
"""Enough to add any two of PostgreSQL's numbers exactly: 1000 digits before the point and 1000 behind."""

_TINY, _CLOSE = Decimal("1e-200"), Decimal("1e-9")
"""Doubles go down to 1e-308 and have 15 digits; closer than this is not tried."""

_FOLDED_ALIKE = re.compile(r"[a-z0-9]*")
"""Texts about which every collation agrees: digits before letters, letters by the alphabet."""

_MIDDLES = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC))
"""Moments before and after any clock that runs this, so that a default of "now" lies between them."""


class Unprovable(Exception):
    """The outcome of a comparison depends on the engine."""


@dataclass(frozen=True, slots=True)
class Value:
    """`text` None is NULL. `key` None cannot be ordered; two such values are equal when their texts are."""

    text: str | None
    key: Key | None = None


NULL = Value(None)


@dataclass(frozen=True, slots=True)
class Reader:
    """How an engine takes and compares values. One for all tables of a schema makes the values of a type once."""

    habits: Habits
    _made: dict[tuple[Type, tuple[str, ...]], tuple[Value, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def key(self, type_: Type, value: str | Decimal) -> Key:
        """What a comparison sees in a constant beside a column of this type.

        Raises:
            Unprovable: that depends on the engine.
        """
        try:
            return self._key(type_, value)
        except (ValueError, InvalidOperation, OverflowError):
            raise Unprovable(f"{value!s} beside {type_.kind}") from None

    def _key(self, type_: Type, value: str | Decimal) -> Key:
        if type_.kind in NUMBERS:
            number = Decimal(value)
            if number and not self.habits.exact_numbers and not _TINY < abs(number) < 1 / _TINY:
                raise Unprovable(f"{number} is kept as a double")
            return number
        if isinstance(value, Decimal):
            raise Unprovable(f"the number {value} beside {type_.kind}")
        if type_.kind is Kind.ENUM or (type_.kind in TEXTS and self._compared_alike(value)):
            return value
        if type_.kind in MOMENTS:
            return value if self.habits.moments_are_text else _moment(type_.kind, value)
        raise Unprovable(f"{type_.kind} is compared")

    def _compared_alike(self, text: str) -> bool:
        """Whether the engine orders this text among our own words, and sets it apart from them, by code points."""
        return _FOLDED_ALIKE.fullmatch(text) is not None if self.habits.folds_texts else text == text.rstrip()

    def write(self, type_: Type, key: Key) -> Value:
        """The value of this type that a comparison sees as `key`."""
        if isinstance(key, Decimal):
            return Value(format(key, "f"), key)
        if isinstance(key, str):
            return Value(key, key)
        text = _spell(type_.kind, key)
        return Value(text, text if self.habits.moments_are_text else key)

    def default(self, type_: Type, default: Default) -> Value:
        """The value that a column gets when none is given; `text` is set for literals only."""
        if default.kind is DefaultKind.LITERAL:
            assert default.value is not None
            return self.literal(type_, default.value)
        if default.kind in (DefaultKind.NOW, DefaultKind.TODAY) and type_.kind in MOMENTS:
            now = datetime.now(UTC)
            return self.write(type_, now.timetz().replace(tzinfo=None) if type_.kind is Kind.TIME else now)
        return Value("made by the engine")

    def literal(self, type_: Type, value: str | Decimal | bool) -> Value:
        """A literal of a schema as a value."""
        if isinstance(value, bool):
            return Value(str(int(value)))
        text = value if isinstance(value, str) else format(value, "f")
        try:
            return Value(text, self.key(type_, value))
        except Unprovable:
            return Value(text)

    def candidates(self, type_: Type, borders: Sequence[Key]) -> tuple[Value, ...]:
        """Values of a type: plain ones first, then those on and around each border."""
        asked = type_, tuple(map(repr, borders))  # 1 and 1.0 are equal, and written differently
        if asked not in self._made:
            self._made[asked] = tuple(self._candidates(type_, borders))
        return self._made[asked]

    def _candidates(self, type_: Type, borders: Sequence[Key]) -> list[Value]:
        if type_.kind in NUMBERS:
            bits = INTEGER_BITS.get(type_.kind, 0) if self.habits.narrow_integers else 63
            marks = [b for b in borders if isinstance(b, Decimal)]
            numbers = _numbers(type_, marks, bits)
            exact = self.habits.exact_numbers or type_.kind in INTEGERS
            keys: Iterable[Key] = numbers if exact else _apart(numbers, marks)
        elif type_.kind in TEXTS:
            keys = _words(type_, [b for b in borders if isinstance(b, str)])
        elif type_.kind is Kind.ENUM:
            keys = type_.values
        elif type_.kind in MOMENTS:
            keys = _moments(type_.kind, [_as_moment(type_.kind, b) for b in borders])
        else:
            return [Value(text) for text in _others(type_.kind)]
        return [self.write(type_, key) for key in dict.fromkeys(keys)]


def holds(term: Comparison, left: Value, right: Value | Key) -> bool | None:
    """The outcome of a comparison; None for SQL's unknown.

    Raises:
        Unprovable: the two cannot be compared alike everywhere.
    """
    other = right.key if isinstance(right, Value) else right
    if left.text is None or (isinstance(right, Value) and right.text is None):
        return None
    if left.key is None or other is None or type(left.key) is not type(other):
        raise Unprovable(f"{left.text} {term.op} {other}")
    a, b = left.key, other
    if term.op in (Op.EQ, Op.NE):
        return (a == b) is (term.op is Op.EQ)
    less, more = a < b, a > b  # type: ignore[operator]  # both are of one type
    return {Op.LT: less, Op.LE: not more, Op.GE: not less, Op.GT: more}[term.op]


def borders(table: Table, reader: Reader) -> list[Key]:
    """The constants that the checks of a table compare with."""
    found: dict[Key, None] = {}
    for check in table.checks:
        for term in check.terms:
            column = table.column(term.left)
            if column is not None and term.value is not None:
                try:
                    found[reader.key(column.type, term.value)] = None
                except Unprovable:
                    continue
    return list(found)


def _numbers(type_: Type, borders: list[Decimal], bits: int) -> list[Decimal]:
    with localcontext(prec=_DIGITS):
        step = Decimal(1).scaleb(-type_.scale) if type_.scale else Decimal(1)
        steps = [i * s for s in (Decimal(1), step) for i in range(1, SPREAD)]
        around = [*steps, Decimal(0), -step]
        for border in borders:
            nearest = border.quantize(step)
            around += [
                border,
                nearest,
                *(nearest + s for s in reversed(steps)),
                *(nearest - s for s in reversed(steps)),
            ]
        return [n for n in around if _fits(type_, n, bits)]


def _apart(numbers: list[Decimal], borders: list[Decimal]) -> Iterator[Decimal]:
    """Those numbers that stay different from each other, and from the borders, when they are kept as doubles."""
    kept = list(borders)
    for number in numbers:
        if all(number == k or abs(number - k) > max(abs(number), abs(k), _TINY) * _CLOSE for k in kept):
            kept.append(number)
            yield number


def _fits(type_: Type, number: Decimal, bits: int) -> bool:
    if type_.kind in INTEGERS:
        return number == number.to_integral_value() and abs(number) < 1 << bits
    if type_.kind is Kind.NUMERIC and type_.precision is not None:
        whole = Decimal(10) ** (type_.precision - (type_.scale or 0))
        return abs(number) < whole and -int(number.normalize().as_tuple().exponent) <= (type_.scale or 0)
    if type_.kind is Kind.NUMERIC:
        return True
    if abs(number) > 10**30:
        return False
    return Decimal(struct.unpack("f", struct.pack("f", number))[0]) == number


def _words(type_: Type, borders: list[str]) -> Iterator[str]:
    words = list(ascii_lowercase[:SPREAD])
    for border in borders:
        words += [border, *(border + letter for letter in ascii_lowercase[:SPREAD]), border[:-1].rstrip()]
    yield from (w for w in [*words, "z", "zz", ""] if type_.length is None or len(w) <= type_.length)


def _moments(kind: Kind, borders: list[datetime | None]) -> Iterator[Key]:
    step = timedelta(minutes=1) if kind is Kind.TIME else timedelta(days=1)
    for middle in [*_MIDDLES, *(b for b in borders if b is not None)]:
        for i in (0, *(sign * n for n in range(1, SPREAD) for sign in (1, -1))):
            try:
                moved = middle + i * step
            except OverflowError:
                continue
            if kind is not Kind.TIME:
                yield moved
            elif moved.date() == middle.date():
                yield moved.time()


def _as_moment(kind: Kind, border: Key) -> datetime | None:
    """A border as a moment to walk from: a constant of another column may be of no use here."""
    if isinstance(border, str):
        try:
            border = _moment(kind, border)
        except ValueError:
            return None
    if isinstance(border, time):
        return datetime.combine(_MIDDLES[0], border, UTC)
    return border if isinstance(border, datetime) else None


def _moment(kind: Kind, text: str) -> datetime | time:
    if kind is Kind.TIME:
        return time.fromisoformat(text)
    if kind is Kind.DATE:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _spell(kind: Kind, key: datetime | time) -> str:
    if isinstance(key, time):
        return key.strftime("%H:%M:%S")
    if kind is Kind.DATE:
        return key.strftime("%Y-%m-%d")
    return key.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + ("+00" if kind is Kind.TIMESTAMPTZ else "")


def _others(kind: Kind) -> list[str]:
    patterns = {
        Kind.BOOLEAN: ("1", "0"),
        Kind.UUID: (f"00000000-0000-4000-8000-00000000000{i}" for i in range(SPREAD)),
        Kind.JSON: (f"[{i}]" for i in range(SPREAD)),
        Kind.INET: (f"192.0.2.{i}" for i in range(1, SPREAD)),
        Kind.INTERVAL: (f"{i} days" for i in range(2, SPREAD)),
        Kind.BINARY: ascii_lowercase,
    }
    return list(islice(patterns[kind], SPREAD))
