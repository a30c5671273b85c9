"""Values that belong together: a country and its calling code, a currency and its rate, a name and its symbol.

facts.yaml, or two lists of equal length in a domain -> together(thing, attribute, ...) -> the value of each row
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..apps.app import Attribute, Thing
from .column import Value
from .texts import Lists, all_of

Known = Callable[[str], Value]
"""From the name of a row to a value that belongs to it; None where nothing is known."""

_WORDS: Mapping[str, frozenset[str]] = {
    "symbol": frozenset({"symbol", "sign"}),
    "calling": frozenset({"calling", "dialling", "dialing", "dial", "prefix"}),
    "rate": frozenset({"rate", "fx"}),
    "rtl": frozenset({"right", "rtl"}),
}
"""Words that say in the name of a field which fact it holds."""

_KINDS: Mapping[str, frozenset[str]] = {
    "symbol": frozenset({"words"}),
    "calling": frozenset({"int", "words", "code"}),
    "rate": frozenset({"decimal"}),
    "rtl": frozenset({"flag"}),
}


@dataclass(frozen=True, slots=True)
class Together:
    """What one attribute of a thing takes from another.

    Attributes:
        source: the attribute whose value decides.
        value: what goes with it; None where nothing is known.
    """

    source: Attribute
    value: Known


@cache
def known(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The facts about things of a kind, by their names.

    Raises:
        KeyError: nothing is known of such things.
    """
    raw = yaml.safe_load(files(__package__).joinpath("facts.yaml").read_text(encoding="utf-8"))[kind]
    return {name: dict(zip(raw["columns"], row, strict=True)) for name, row in raw["rows"].items()}


def together(thing: Thing, attribute: Attribute, lists: Lists, home: str) -> Together | None:
    """What an attribute takes from the name of its row, or None.

    Args:
        thing, attribute: whose values are asked for.
        lists: of the application.
        home: the code of the currency that rates are told in.
    """
    called = thing.attribute(thing.called)
    if called is None or called is attribute or attribute.field.computed:
        return None
    if (beside := _beside(thing, called, attribute)) is not None:
        return Together(called, beside.get)
    facts = _facts(called, lists)
    fact = _fact(attribute) if facts else ""
    if not facts or fact not in next(iter(facts.values())):
        return None
    if fact != "rate":
        return Together(called, lambda name: _as(attribute, facts.get(name, {}).get(fact)))
    base = next((Decimal(f["rate"]) for f in facts.values() if f["code"] == home), Decimal(1))
    return Together(called, lambda name: _rate(attribute, facts[name]["rate"], base) if name in facts else None)


def _beside(thing: Thing, called: Attribute, attribute: Attribute) -> Mapping[str, Value] | None:
    """What stands in the same place of an equally long list ("US dollar | Euro" and "$ | €")."""
    if thing.role != "lookup" or not called.kind == attribute.kind == "words":
        return None
    names, others = called.field.texts, attribute.field.texts
    plain = not any("{" in t or t.startswith("@") for t in (*names, *others))
    return dict(zip(names, others, strict=True)) if plain and len(names) == len(others) > 2 else None


def _facts(called: Attribute, lists: Lists) -> Mapping[str, Mapping[str, Any]]:
    """The table that knows most of the names which a thing's rows have."""
    if called.kind == "country":
        return known("country")
    if called.kind != "words":
        return {}
    names = all_of(called.field.texts, lists)
    tables = (known(kind) for kind in ("country", "currency", "language"))
    return next((t for t in tables if sum(n in t for n in names) * 2 > len(names)), {})


def _fact(attribute: Attribute) -> str:
    if attribute.kind == "code" and set(attribute.field.pattern) == {"%"}:
        return "code"
    words = set(attribute.name.split("_"))
    return next((f for f, said in _WORDS.items() if words & said and attribute.kind in _KINDS[f]), "")


def _as(attribute: Attribute, value: Value) -> Value:
    """The value in the attribute's own form; None where it has no place there."""
    if value is None or isinstance(value, bool):
        return value
    field = attribute.field
    if attribute.kind == "int":
        return value if isinstance(value, int) and (field.low or 0) <= value <= (field.high or value) else None
    if attribute.kind == "code":
        return str(value) if len(str(value)) == len(field.pattern) else None
    return f"+{value}" if isinstance(value, int) else str(value)


def _rate(attribute: Attribute, rate: str, base: Decimal) -> Value:
    said = (Decimal(rate) / base).quantize(Decimal("0.01"))
    low, high = attribute.field.low or said, attribute.field.high or said
    return min(max(said, low), high)
