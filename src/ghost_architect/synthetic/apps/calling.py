"""What a row is called by: its name or title, else its number.

fields -> called_by -> "name" ; the domains do not say it, their names of fields do
"""

from __future__ import annotations

from collections.abc import Sequence

from ..domains.fields import Field

_CALLED = ("name", "title", "headline", "subject", "label", "full_name", "company", "username")
"""Fields that a row is called by, the best first."""

_NUMBERED = ("number", "code", "description")
"""Those that it is called by where it has no name."""

_TITLES = frozenset({"title", "heading", "caption", "subject", "headline"})
_NAMES = frozenset({"name", "names"})
_OWN = frozenset("full display legal given known trade common official short brand product stage maiden".split())
"""Before "name": what is the row's own, and not its bank's."""

_CALLING = frozenset(
    {
        "words",
        "person",
        "company",
        "username",
        "code",
        "email",
        "city",
        "country",
        "region",
        "job",
        "first_name",
        "last_name",
        "street",
    }
)
"""Kinds whose values can stand for a row."""

_LONE = frozenset({"words", "code", "username"})
"""Those of them that do so whatever the field is called; the others only as a row's first field."""


def called_by(fields: Sequence[Field]) -> str:
    """The name of the field that a row is called by; empty where no field can stand for it."""
    whole = all(f.kind != "first_name" for f in fields)
    by_name = {f.name: f for f in fields if f.kind in _CALLING and not f.computed}
    by_name = {n: f for n, f in by_name.items() if f.kind != "last_name" or whole}  # a family, else half a name
    named = [f.name for f in fields[:5] if f.name in by_name and _names(f)]
    for name in (*_CALLED, *named, *_NUMBERED):
        if name in by_name:
            return name
    first = [f for f in fields[:3] if f.name in by_name]
    numbers = (f.name for f in fields if f.kind == "code" and f.unique and not f.computed)
    lone = (f.name for i, f in enumerate(first) if f.kind in _LONE or (i == 0 and f is fields[0]))
    return next(lone, next(numbers, ""))


def _names(f: Field) -> bool:
    """Whether a field is the row's own name or title, though it is called otherwise."""
    owner, _, last = f.name.rpartition("_")
    if f.kind in ("first_name", "last_name") or (f.kind == "words" and last in _TITLES):
        return True
    return f.kind in ("words", "person") and last in _NAMES and owner in _OWN
