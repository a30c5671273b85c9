"""Keys over values: what no two rows of a thing may share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice, product

from ..apps.app import Thing
from .column import Maker, Value

_DRAWS = 24
_SEARCHED = 5000


class NoRoomError(ValueError):
    """The keys of a thing leave no room for as many rows as it should have."""


@dataclass(frozen=True, slots=True)
class Key:
    """Attributes whose values together are those of one row only (rows that lack one are free, as in SQL)."""

    names: tuple[str, ...]


@lru_cache(512)
def keys_of(thing: Thing) -> tuple[Key, ...]:
    """The keys that the thing's table has, besides its primary key."""
    by_name = {a.name: a for a in thing.attributes}
    alone = [Key((a.name,)) for a in thing.attributes if a.field.unique and len(a.columns) == 1]
    joined = [
        Key(names) for names in thing.entity.unique if all(n in by_name and len(by_name[n].columns) == 1 for n in names)
    ]
    return (*alone, *joined)


def assign(
    thing: Thing,
    keys: Sequence[Key],
    makers: Mapping[str, Maker],
    columns: Mapping[str, list[Value]],
    choices: Callable[[Thing, str], Sequence[Value]],
) -> None:
    """Fill columns so that every key holds.

    Args:
        thing: whose columns they are.
        keys: over these columns only.
        makers: draw a value each.
        columns: filled here, as long as there are rows.
        choices: all values that an attribute can have, or nothing.

    Raises:
        NoRoomError: some row cannot be filled.
    """
    seen: dict[Key, set[tuple[Value, ...]]] = {key: set() for key in keys}

    def held(i: int, key: Key) -> tuple[Value, ...]:
        return tuple(columns[n][i] for n in key.names)

    def free(i: int) -> bool:
        return not any((h := held(i, key)) in seen[key] and None not in h for key in keys)

    for i in range(min(map(len, columns.values()))):
        for _ in _tries(thing, i, makers, columns, choices):
            if free(i):
                break
        else:
            raise NoRoomError(f"{thing.table}: there are too few values for {i + 1} rows under its keys")
        for key in keys:
            seen[key].add(held(i, key))


def _tries(
    thing: Thing,
    i: int,
    makers: Mapping[str, Maker],
    columns: Mapping[str, list[Value]],
    choices: Callable[[Thing, str], Sequence[Value]],
) -> Iterator[None]:
    """Set one row again and again: by chance, then every combination, then with numbers behind texts, on other days."""
    for _ in range(_DRAWS):
        for name, make in makers.items():
            columns[name][i] = make(i)
        yield
    drawn = {name: columns[name][i] for name in makers}
    able = [choices(thing, name) or (drawn[name],) for name in makers]
    for values in islice(product(*able), _SEARCHED):
        for name, value in zip(makers, values, strict=True):
            columns[name][i] = value
        yield
    for n in range(2, 100):
        for name, value in drawn.items():
            attribute = thing.attribute(name)
            free = attribute is not None and not attribute.field.after
            columns[name][i] = _numbered(value, n) if free else value
        yield


def _numbered(value: Value, n: int) -> Value:
    """A text with a number, before the @ of an address; a day or moment so many days before."""
    if isinstance(value, date):
        return value - timedelta(n - 1)
    if not isinstance(value, str):
        return value
    name, at, host = value.partition("@")
    return f"{name}{n}{at}{host}"
