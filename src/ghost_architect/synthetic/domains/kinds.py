"""What a field of a domain can hold: one row a kind.

A kind is a signal of `pages/signals.yaml` (its type, its widgets) with a way to write its arguments down.
What values of it look like is in `values.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Takes(StrEnum):
    """How the arguments of a kind are written (domains/README.md)."""

    NOTHING = "nothing"
    TEXTS = "A | B, @list or a template"
    PATTERN = "a pattern of # and %"
    CHOICES = "A, B, C"
    RANGE = "LOW..HIGH"
    UNIT_RANGE = "UNIT LOW..HIGH"
    AXIS = "lat or lng"
    WHEN = "past, future, near, birth or after FIELD"
    HOURS = "LOW..HIGH in hours, or after FIELD"
    ENTITIES = "ENTITY"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind.

    Attributes:
        signal: its name in `pages/signals.yaml`; empty for relations.
        takes: its arguments.
        required: whether a field of it must be filled where nothing is said; None leaves it to the sampler.
    """

    signal: str
    takes: Takes = Takes.NOTHING
    required: bool | None = None


_PLAIN = {
    "person": "label",
    "first_name": "label",
    "last_name": "label",
    "company": "label",
    "street": "label",
    "city": "label",
    "region": "label",
    "country": "label",
    "job": "label",
    "postcode": "postal_code",
    "email": "email",
    "phone": "phone",
    "url": "url",
    "username": "username",
    "slug": "slug",
    "ip": "ip_address",
    "mac": "unique_code",
    "iban": "unique_code",
    "color": "color",
    "uuid": "uuid",
    "rating": "rating",
    "image": "image",
    "file": "attachment",
    "json": "json",
}

KINDS: Mapping[str, Kind] = MappingProxyType(
    {name: Kind(signal) for name, signal in _PLAIN.items()}
    | {
        "words": Kind("label", Takes.TEXTS),
        "text": Kind("long_text", Takes.TEXTS),
        "code": Kind("document_number", Takes.PATTERN),
        "choice": Kind("choice", Takes.CHOICES),
        "flag": Kind("flag", required=True),
        "secret": Kind("password"),
        "position": Kind("quantity", required=True),
        "int": Kind("integer_value", Takes.RANGE),
        "count": Kind("quantity", Takes.RANGE, required=True),
        "money": Kind("money", Takes.RANGE),
        "decimal": Kind("decimal_value", Takes.RANGE),
        "minutes": Kind("duration", Takes.RANGE),
        "year": Kind("year", Takes.RANGE),
        "percent": Kind("percent", Takes.RANGE),
        "measure": Kind("measure", Takes.UNIT_RANGE),
        "coordinate": Kind("coordinate", Takes.AXIS),
        "date": Kind("date", Takes.WHEN),
        "moment": Kind("moment", Takes.WHEN),
        "time": Kind("time_of_day", Takes.HOURS),
        "->": Kind("", Takes.ENTITIES, required=True),
        "--": Kind("", Takes.ENTITIES, required=True),
        "><": Kind("", Takes.ENTITIES, required=True),
    }
)
"""Every kind by the word that domain files use."""

RELATIONS = frozenset({"->", "--", "><"})
WHENS = frozenset({"past", "future", "near", "birth"})
