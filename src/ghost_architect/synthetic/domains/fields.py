"""A field of a domain as its file writes it: one line of text in, one value out.

    "money 40..250 ! ; Fee, Charge per visit"  ->  Field(kind="money", low=40, high=250, required=True, labels=(...))

`domains/README.md` is the description of the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from .kinds import KINDS, RELATIONS, WHENS, Takes
from .phrases import phrase


@dataclass(frozen=True, slots=True)
class Field:
    """One fact about a thing.

    Attributes:
        name: snake_case, without `_id`.
        kind: a name in KINDS.
        required: whether it must be filled; None leaves it to the sampler.
        unique: whether no two rows share it.
        labels: how screens may call it, besides its name in words.
        computed: whether it is shown and not stored.
        texts: what `words` and `text` draw from: texts, templates with {lists}, `@list`.
        pattern: of a code.
        choices: of an enum, the first being the one a new row gets.
        low, high: of numbers, in the column's own unit (of times of day: hours).
        unit: of a measure.
        when: past, future, near or birth; for coordinates lat or lng.
        after: the field that it comes after.
        within: how soon and how late after it, days of dates and minutes of moments; empty where nothing is said.
        targets: the entities that it points at; "self" is its own; several are a polymorphic key.
        part: whether the row belongs to the one it points at, and goes with it.
    """

    name: str
    kind: str
    required: bool | None = None
    unique: bool = False
    labels: tuple[str, ...] = ()
    computed: bool = False
    texts: tuple[str, ...] = ()
    pattern: str = ""
    choices: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    when: str = ""
    after: str = ""
    within: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    part: bool = False

    @property
    def is_relation(self) -> bool:
        """Whether it points at rows."""
        return self.kind in RELATIONS

    @property
    def label(self) -> str:
        """Its name in words."""
        return phrase(self.name)


_NAME = re.compile(r"[a-z]+(_[a-z0-9]*[a-z][a-z0-9]*)*")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_AFTER = re.compile(r"after (?P<field>\w+)(?: within (?:(?P<first>\d+)\.\.)?(?P<last>\d+))?")


def read_field(name: str, line: str) -> Field:
    """A field from its name and line.

    Raises:
        ValueError: the line is none; the message says why.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field name: lower-case words with underscores, no numbers")
    if name == "id":
        raise ValueError("id: every table gets its key from the sampler")
    said, _, labels = line.partition(";")
    words = said.split()
    computed = words[:1] == ["computed"]
    kind, *rest = words[1:] if computed else words or [""]
    if kind not in KINDS:
        raise ValueError(f"{name}: {kind!r} is no kind")
    if kind in RELATIONS and name.endswith("_id"):
        raise ValueError(f"{name}: the sampler adds `_id` to what points at rows")
    flags = []
    while rest and rest[-1] in ("!", "?", "*"):
        flags.append(rest.pop())
    required = True if "!" in flags else False if "?" in flags else KINDS[kind].required
    found = tuple(label.strip() for label in labels.split(",") if label.strip())
    field = Field(name, kind, required, "*" in flags or kind == "--", found, computed)
    read = _READERS[KINDS[kind].takes](field, " ".join(rest))
    if read is None:
        raise ValueError(f"{name}: {kind} takes {KINDS[kind].takes}, not {' '.join(rest)!r}")
    return read


# One reader for each form of arguments; None where they are not of that form.


def _nothing(field: Field, text: str) -> Field | None:
    return None if text else field


def _texts(field: Field, text: str) -> Field | None:
    if not text and field.kind != "text":
        return None
    return replace(field, texts=tuple(t.strip() for t in text.split("|") if t.strip()))


def _pattern(field: Field, text: str) -> Field | None:
    return replace(field, pattern=text) if set(text) & {"#", "%"} else None


def _choices(field: Field, text: str) -> Field | None:
    choices = tuple(c.strip() for c in text.split(","))
    sound = 2 <= len(choices) <= 9 and all(choices) and len(set(choices)) == len(choices)
    return replace(field, choices=choices) if sound else None


def _range(field: Field, text: str) -> Field | None:
    if not text and field.kind == "percent":
        text = "0..100"
    match = _RANGE.fullmatch(text)
    if match is None or Decimal(match[1]) >= Decimal(match[2]):
        return None
    return replace(field, low=Decimal(match[1]), high=Decimal(match[2]))


def _unit_range(field: Field, text: str) -> Field | None:
    unit, _, ends = text.rpartition(" ")
    return _range(replace(field, unit=unit), ends) if unit else None


def _axis(field: Field, text: str) -> Field | None:
    return replace(field, when=text) if text in ("lat", "lng") else None


def _when(field: Field, text: str) -> Field | None:
    if text in WHENS:
        return replace(field, when=text)
    match = _AFTER.fullmatch(text)
    if match is None:
        return None
    last = int(match["last"] or 0)
    first = int(match["first"] or min(1, last))
    if first > last:
        return None
    return replace(field, after=match["field"], within=(first, last) if last else ())


def _hours(field: Field, text: str) -> Field | None:
    if text.startswith("after "):
        return _when(field, text)
    read = _range(field, text or "7..20")
    return read if read and read.low is not None and read.low >= 0 and (read.high or 0) <= 24 else None


def _targets(field: Field, text: str) -> Field | None:
    targets = tuple(t.strip() for t in text.removesuffix(" part").split("|"))
    if not all(_NAME.fullmatch(t) for t in targets) or (len(targets) > 1 and field.kind != "->"):
        return None
    return replace(field, targets=targets, part=text.endswith(" part"))


_READERS: Mapping[Takes, Callable[[Field, str], Field | None]] = {
    Takes.NOTHING: _nothing,
    Takes.TEXTS: _texts,
    Takes.PATTERN: _pattern,
    Takes.CHOICES: _choices,
    Takes.RANGE: _range,
    Takes.UNIT_RANGE: _unit_range,
    Takes.AXIS: _axis,
    Takes.WHEN: _when,
    Takes.HOURS: _hours,
    Takes.ENTITIES: _targets,
}
