"""What a label, its values and its widget say about a column: `signals.yaml`, applied.

    label "Placed on" + values ("Mar 3, 14:05", ...) + widget "header"  ->  Meaning(type=timestamptz, ...)

The label names the column; values prove or contradict what the label suggests. English labels carry
their head at the end ("delivery status" is a status), so the match that ends last wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ghost_architect.schema import naming, types
from ghost_architect.schema.types import INTEGERS, MOMENTS, NUMBERS, Kind, Type


class Role(StrEnum):
    """What becomes of a label on a screen."""

    COLUMN = "column"
    ENUM = "enum"
    REFERENCE = "reference"
    MANY = "many"
    SECRET = "secret"
    ABSENT = "absent"


class Proof(StrEnum):
    """What is enough to believe a signal: its values alone, its label alone, or either."""

    VALUES = "values"
    WORDS = "words"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Signal:
    """One row of `columns` in `signals.yaml`; its head comment says what each field means."""

    name: str
    role: Role
    type: Type
    words: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    values: re.Pattern[str] | None
    proof: Proof
    widgets: tuple[str, ...]
    nullable: bool | None
    unique: bool
    unique_in: frozenset[str]
    default: bool | None
    minimum: Decimal | None
    maximum: Decimal | None
    rename: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was concluded about one label. `target` is the other table of a reference ("self" for the same one)."""

    signal: str
    role: Role
    type: Type
    nullable: bool | None = None
    unique: bool = False
    default: bool | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    rename: str = ""
    suffix: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """The whole file, ready to use. (Equal only to itself, so that answers about a label can be kept.)"""

    columns: tuple[Signal, ...]
    relations: Mapping[str, tuple[str, ...]]
    references: Mapping[str, str]
    lookups: Mapping[str, str]
    captions: Mapping[str, frozenset[str]]
    empty: frozenset[str]
    many: frozenset[str]

    def is_caption(self, text: str) -> bool:
        """Whether a line is only a button, a menu entry or paging, and so never a label."""
        return " ".join(tokens(text)) in self.captions["buttons"]

    def is_empty(self, value: str) -> bool:
        """Whether a cell says that it holds nothing."""
        return value.strip().lower() in self.empty

    def knows(self, label: str) -> bool:
        """Whether the words of a label alone say something."""
        words = " ".join(tokens(label))
        return words in self.references or words in self.lookups or _best_by_words(self, label) is not None

    def meaning(self, label: str, values: Sequence[str] = (), widget: str = "", table: str = "") -> Meaning:
        """What this label is in the table called `table`.

        Args:
            label: the text as on the screen; "" where a value has none.
            values: what stands under or beside it, as on the screen.
            widget: a name of `widgets`, or "".
        """
        said = [v.strip() for v in values if v.strip() and not self.is_empty(v)]
        reference = self._reference(label, said, widget)
        if reference:
            return reference
        if self._is_many(label, said, widget):
            return Meaning("many", Role.MANY, types.BIGINT, target=naming.table_name(" ".join(tokens(label))))
        signal = self._decide(_best_by_words(self, label), self._by_values(said), said, widget)
        if signal is None:
            return Meaning("text", Role.COLUMN, types.varchar(255) if widget != "textarea" else types.TEXT)
        return _concluded(signal, said, table)

    def _by_values(self, values: Sequence[str]) -> Signal | None:
        if not values:
            return None
        return next(
            (s for s in self.columns if s.values and s.proof is not Proof.WORDS and _all_match(s.values, values)), None
        )

    def _decide(
        self, by_words: Signal | None, by_values: Signal | None, values: Sequence[str], widget: str
    ) -> Signal | None:
        if by_words and values and _contradicted(by_words, values):
            by_words = None
        if by_words is None or by_values is None:
            found = by_words or by_values
            return self._named("flag") if found is None and widget in ("checkbox", "toggle") else found
        if by_values.proof is Proof.VALUES or (by_words.name in _VAGUE and by_values.name not in _WEAK):
            return by_values
        other = by_words.values is not None and not _all_match(by_words.values, values)
        return by_values if other and by_values.name not in _WEAK else by_words

    def _named(self, name: str) -> Signal:
        return next(s for s in self.columns if s.name == name)

    def _is_many(self, label: str, values: Sequence[str], widget: str) -> bool:
        """Several of something in one place: a plural label over chips, or over short words between commas."""
        chips = widget in ("text_input", "select") and len(values) > 1
        parts = [p.strip() for v in values for p in re.split(r"[,;]", v)]
        listed = widget in ("value", "header") and len(parts) >= 1.5 * max(1, len(values))
        told = bool(self.many.intersection(tokens(label)[-1:]))
        # Two words between commas under an unknown label are as likely a place ("Oslo, Norway").
        named = told or ((chips or len(parts) >= 2.5 * len(values)) and _best_by_words(self, label) is None)
        short = all(p and len(p.split()) <= 3 and not p[0].isdigit() for p in parts)
        return (chips or listed) and named and short and bool(tokens(label)) and naming.is_plural(label)

    def _reference(self, label: str, values: Sequence[str], widget: str) -> Meaning | None:
        words = " ".join(tokens(label)).removeprefix("please ")
        picked = widget == "select"
        asked = re.fullmatch(r"(?:select|choose|pick)(?: an?| the| your)? (.+)", words)
        if asked:
            words, picked = asked[1], True
        pool = {**self.lookups, **self.references} if picked else self.references
        named = picked or (bool(values) and all(map(_is_proper, values)))
        key = next(
            (k for k in sorted(pool, key=len, reverse=True) if words == k or (named and words.endswith(" " + k))), None
        )
        if key is None and picked and not self.knows(words) and any(_is_proper(v) for v in values):
            return Meaning("reference", Role.REFERENCE, types.BIGINT, target=naming.table_name(words))
        if key is None or not (picked or (values and all(_is_name(v, pool[key]) for v in values))):
            return None
        return Meaning("reference", Role.REFERENCE, types.BIGINT, target=pool[key])


# A label that says little: what its values look like says more.
_VAGUE = frozenset({"label", "long_text", "choice", "document_number", "json"})
# Values that fit many things: the label says more.
_WEAK = frozenset({"integer_value", "decimal_value", "sentence_value", "version", "document_number"})
_NUMBER_LIKE = re.compile(r".*\d.*|mm/dd.*", re.IGNORECASE)


def tokens(label: str) -> list[str]:
    """The words of a label, lower case, camelCase and snake_case taken apart; # and % count as words."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", label)
    return re.findall(r"[^\W_]+|[#%]", spaced.lower())


def _contradicted(signal: Signal, values: Sequence[str]) -> bool:
    if signal.type.kind in NUMBERS | MOMENTS and signal.role is Role.COLUMN:
        fits = signal.values is not None and _all_match(signal.values, values)
        return not fits and not any(_NUMBER_LIKE.fullmatch(v) for v in values)
    if signal.name == "flag":
        return signal.values is not None and not _all_match(signal.values, values)
    return False


def _is_proper(value: str) -> bool:
    """The name of a thing or a person, and not a word from a fixed list: several words, capitals or numbers in them."""
    words = value.split()
    capitals = sum(w[:1].isupper() or w[:1].isdigit() for w in words)
    return 2 <= len(words) <= 6 and words[0][:1].isupper() and 2 * capitals >= len(words)


def _is_name(value: str, target: str) -> bool:
    if target == "users" and re.fullmatch(r"[a-z][\w.-]{1,30}", value):
        return True  # a user name
    return (
        bool(re.fullmatch(r"[A-Z0-9][\w.&'’ -]{1,60}", value))
        and any(c.isalpha() for c in value)
        and len(value.split()) <= 6
    )


def _all_match(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    # One value in five may be misread or cut off.
    return sum(bool(pattern.fullmatch(v)) for v in values) >= max(1, 0.8 * len(values))


@lru_cache(1 << 13)
def _best_by_words(signals: Signals, label: str) -> Signal | None:
    """The signal whose phrase ends last, then the longest; a phrase that says "no column" goes before all."""
    text = " ".join(tokens(label))
    forms = {
        text,
        " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in text.split()),
    }
    best: tuple[bool, int, int] = (False, 0, 0)
    found: Signal | None = None
    for signal in signals.columns:
        if any(u.search(f) for u in signal.unless for f in forms):
            continue
        absent = signal.role is Role.ABSENT
        for form in (text,) if absent else forms:  # "View" is a button, "Views" are counted
            ends = [(absent, m.end() - len(form), m.end() - m.start()) for w in signal.words for m in w.finditer(form)]
            top = max(ends, default=None)
            if top and (found is None or top > best):
                best, found = top, signal
    return found


def _concluded(signal: Signal, values: Sequence[str], table: str) -> Meaning:
    type_, role = signal.type, signal.role
    if role is Role.ENUM:
        type_, role = _choice(values)
    if type_.kind in INTEGERS and any(re.search(r"\d[.,]\d{1,2}\b(?!\d)", v) for v in values):
        type_ = types.numeric(12, 2)
    if signal.values and type_.kind is Kind.BIGINT and values and not _all_match(signal.values, values):
        type_ = types.varchar(64)  # "TS-1042" under "Product ID"
    unique = signal.unique or table in signal.unique_in
    return Meaning(
        signal.name,
        role,
        type_,
        signal.nullable,
        unique,
        signal.default,
        signal.minimum,
        signal.maximum,
        signal.rename,
        signal.suffix,
    )


def _choice(values: Sequence[str]) -> tuple[Type, Role]:
    """An enum needs at least two words to choose from; one seen value does not say what the others are."""
    words = tuple(dict.fromkeys(values))
    if all(re.fullmatch(r"\d+", w) for w in words) and words:
        return types.INTEGER, Role.COLUMN
    if 2 <= len(words) <= 12 and all(len(w) <= 40 for w in words):
        return types.enum(*words), Role.ENUM
    return types.varchar(64), Role.COLUMN


def _phrase(text: str) -> re.Pattern[str]:
    start, end = text.startswith("^"), text.endswith("$")
    body = re.escape(text.strip("^$ "))
    return re.compile(("^" if start else r"(?:^|(?<= ))") + body + ("$" if end else r"(?=$| )"))


def _signal(row: Mapping[str, Any]) -> Signal:
    kind = row.get("type", "absent")
    role = Role(kind) if kind in tuple(Role) else Role.COLUMN
    number = {k: None if row.get(k) is None else Decimal(str(row[k])) for k in ("min", "max")}
    values = row.get("values")
    return Signal(
        name=row["name"],
        role=role,
        type=_type_of(role, kind),
        words=tuple(_phrase(w) for w in row.get("words", ())),
        unless=tuple(_phrase(w) for w in row.get("unless", ())),
        values=re.compile(values, re.IGNORECASE) if values else None,
        proof=Proof(row.get("proof", "words")),
        widgets=tuple(row.get("widgets", ())),
        nullable=row.get("nullable"),
        unique=row.get("unique", False),
        unique_in=frozenset(row.get("unique_in", ())),
        default=row.get("default"),
        minimum=number["min"],
        maximum=number["max"],
        rename=row.get("rename", ""),
        suffix=row.get("suffix", ""),
    )


def _type_of(role: Role, kind: str) -> Type:
    if role in (Role.ABSENT, Role.ENUM):
        return types.TEXT
    return types.varchar(255) if role is Role.SECRET else types.read(kind)


@cache
def load() -> Signals:
    """The signals of this installation, read once."""
    raw = yaml.safe_load(files(__package__).joinpath("signals.yaml").read_text(encoding="utf-8"))
    return Signals(
        columns=tuple(_signal(row) for row in raw["columns"]),
        relations={name: tuple(widgets) for name, widgets in raw["relations"].items()},
        references=raw["references"],
        lookups=raw["lookups"],
        captions={k: frozenset(" ".join(tokens(str(w))) for w in v) for k, v in raw["captions"].items()},
        empty=frozenset(str(w).lower() for w in raw["empty"]),
        many=frozenset(raw["many"]),
    )
