"""How an application words its fields, and what the columns are called for it.

A name is copied from the label wherever a reader of the screen could do so: that is what a model can
learn. A label that is no plain noun phrase (a question, an abbreviation, a sentence) leaves the column
with the name that the domain gives it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from random import Random

from ghost_architect.schema import naming
from ghost_architect.schema.dialects import DIALECTS

from ..domains.fields import Field

_NO_NAME = frozenset(
    "a an are at can did do does for from has have how i if in is it me my of on our please so than that the this to "
    "until up via was what when where which who why with you your".split()
)
"""Words that make a label a clause: nobody calls a column so."""

_RESERVED = frozenset[str]().union(*(d.reserved for d in DIALECTS.values()))
"""Words that would have to be quoted in one dialect or another."""

_VOWELLESS = frozenset(
    {"cry", "dry", "fly", "gym", "hymn", "lynx", "myth", "rhythm", "shy", "sky", "spy", "sync", "try"}
)
"""Short words without a vowel that are no abbreviations."""

_PLAIN = re.compile(r"[A-Za-z]+([ -][A-Za-z]+){0,2}")


def is_plain(label: str) -> bool:
    """Whether a label can be copied as a column's name: one to three whole words."""
    if not _PLAIN.fullmatch(label):
        return False
    words = label.replace("-", " ").split()
    return not any(w.lower() in _NO_NAME or _is_short(w) for w in words)


def _is_short(word: str) -> bool:
    """An abbreviation: "Qty", "DOB", "Amt"."""
    lower = word.lower()
    return (len(word) > 1 and word.isupper()) or (
        len(word) <= 4 and not re.search("[aeiou]", lower) and lower not in _VOWELLESS
    )


_CODE = re.compile(r"\b(?:USD|EUR|GBP|BRL|CHF)\b")
_SIGN = re.compile(r"(?<=[(/])(?:[$€£])(?=[)/])")


def in_currency(label: str, currency: Mapping[str, str]) -> str:
    """The label in the currency of the application: no list has pounds under "Price (USD)"."""
    return _SIGN.sub(currency["symbol"], _CODE.sub(currency["code"], label))


def worded(field: Field, rng: Random, nouns: Collection[str] = ()) -> tuple[str, str, str]:
    """The label of a field, the one for narrow places, and the column's name without suffixes.

    Args:
        field: what is labelled.
        rng: chooses.
        nouns: what a row is called: a label that only says so ("Doctor" over doctors' names) names no column.
    """
    labels = (field.label, *field.labels)
    label = rng.choices(labels, [1.0, *[0.8] * len(field.labels)])[0]
    shorter = [text for text in labels if len(text) < len(label)]
    short = rng.choice(shorter) if shorter and rng.random() < 0.2 else label
    return label, short, named(field, label, nouns)


def named(field: Field, label: str, nouns: Collection[str] = ()) -> str:
    """What the column of a field is called where screens word it so."""
    if label == field.label or not is_plain(label):
        return field.name
    name = naming.identifier(label, field.name)
    return field.name if name in nouns or name in _RESERVED else name
