"""The rows of an application: what its tables hold, and how its screens show it.

    Rows(app).of(thing) -> rows ; .shown(thing, row, attribute) -> text ; .inserts() -> SQL

Columns are made when somebody asks for them, each from a stream of chance of its own, so that the same application
has the same rows whatever is looked at first. They keep the keys of the schema: what must be filled is, what is
unique is, and every reference leads to a row. A row is known by its place in `of(thing)`, from 0; its number
is one more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from random import Random

from ..apps.app import App, Attribute, Thing
from .column import Column, Maker, Value
from .computed import computed
from .counts import Counts
from .inserts import inserts
from .keys import Key, assign, keys_of
from .texts import all_of, drawn, folded, size
from .values import AT_HOME, MAKERS
from .writing import Writing, draw_writing

_EMPTY_SHARE = 0.15
_MOST_LISTED = 400
_PLAIN = (str, int, Decimal, bool, date, time)


class Row:
    """One row: `row["name"]` is its value.

    Attributes:
        number: its primary key, from 1 (of UUID keys: what they are made from).
    """

    __slots__ = ("_rows", "_thing", "number")

    def __init__(self, rows: Rows, thing: Thing, number: int) -> None:
        self._rows, self._thing, self.number = rows, thing, number

    def __getitem__(self, name: str) -> Value:
        return self._rows.column(self._thing, name)[self.number - 1]

    def __iter__(self) -> Iterator[str]:
        return (a.name for a in self._thing.attributes)

    def __len__(self) -> int:
        return len(self._thing.attributes)

    def __contains__(self, name: object) -> bool:
        return any(a.name == name for a in self._thing.attributes)

    def __repr__(self) -> str:
        return f"Row({self._thing.name} {self.number})"


class Rows:
    """All rows of an application.

    Attributes:
        app: whose.
        writing: how it writes values.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.writing: Writing = draw_writing(app.locale, Random(f"writing/{app.id}"))
        self._counts = Counts(app)
        self._rows: dict[str, Sequence[Row]] = {}
        self._columns: dict[tuple[str, str], list[Value]] = {}
        self._people: dict[str, Sequence[tuple[str, str]]] = {}
        patterns = self.writing.locale.company["patterns"]
        firm = drawn(patterns, self.writing.locale.names, Random(f"firm/{app.id}"))
        self._host = f"{'-'.join(folded(firm).split('-')[:2])}.example"

    # --- what there is ---

    def of(self, thing: Thing) -> Sequence[Row]:
        """The rows of a thing, the same each time."""
        if thing.name not in self._rows:
            self._rows[thing.name] = tuple(Row(self, thing, i + 1) for i in range(self._counts.of(thing)))
        return self._rows[thing.name]

    def under(self, thing: Thing, parent: Thing, index: int) -> Sequence[Row]:
        """The rows of a thing that point at this row of its parent (the lines of an order), in order."""
        pointing = next(a for a in thing.attributes if a.targets == (parent.name,) and not a.junction)
        values = self.column(thing, pointing.name)
        return [row for row, value in zip(self.of(thing), values, strict=True) if value == index]

    def someone(self, rng: Random) -> str:
        """The name of a person who might use the application."""
        return f"{rng.choice(self.writing.locale.first)} {rng.choice(self.writing.locale.last)}"

    def inserts(self, dialect: str = "sqlite") -> Iterator[str]:
        """Statements that load every row into the tables of `ddl(app.schema, dialect)`, one after another."""
        return inserts(self.app, self, dialect)

    # --- as it is shown ---

    def shown(self, thing: Thing, row: Row, attribute: Attribute) -> str:
        """A value as the application writes it; empty where there is none."""
        value, field = row[attribute.name], attribute.field
        if value is None:
            return ""
        if field.is_relation:
            return self._named(attribute, value)
        how = _SHOWN.get(field.kind)
        if how is not None:
            return how(self.writing, value)
        if field.kind == "measure":
            return self.writing.measure(_number(value), field.unit)
        return self._figure(attribute, value) if isinstance(value, Decimal | int) else str(value)

    def _figure(self, attribute: Attribute, value: Decimal | int) -> str:
        low, high = attribute.field.low, attribute.field.high
        years = low is not None and high is not None and low >= 1900 and high <= 2100
        return str(value) if years or attribute.kind == "position" else self.writing.number(value)

    def _named(self, attribute: Attribute, value: Value) -> str:
        if attribute.kind == "><":
            indexes = value if isinstance(value, tuple) else ()
            return ", ".join(self.name_of(self.app.things[attribute.targets[0]], int(i)) for i in indexes)
        if isinstance(value, tuple):
            return self.name_of(self.app.things[str(value[0])], int(value[1]))
        return self.name_of(self.app.things[attribute.targets[0]], int(str(value)))

    def name_of(self, thing: Thing, index: int) -> str:
        """What a row is called; its number where it has no name."""
        row = self.of(thing)[index]
        parts = (self.shown(thing, row, attribute) for attribute in thing.calling)
        return " ".join(filter(None, parts)) or f"{thing.noun} #{row.number}"

    # --- how it is made ---

    def column(self, thing: Thing, name: str) -> list[Value]:
        """The values of an attribute, by the places of the rows.

        Raises:
            KeyError: the thing has no such attribute.
        """
        found = self._columns.get((thing.name, name))
        if found is not None:
            return found
        attribute = thing.attribute(name)
        if attribute is None:
            raise KeyError(name)
        keys = keys_of(thing)
        joined = [k for k in keys if name in k.names]
        if any(len(k.names) > 1 for k in joined):
            self._fill_keys(thing, keys)
        else:
            self._columns[thing.name, name] = self._alone(thing, attribute)
        return self._columns[thing.name, name]

    def _alone(self, thing: Thing, attribute: Attribute) -> list[Value]:
        """A column that shares no key with another."""
        count, rng = self._counts.of(thing), self._rng(thing, attribute, "")
        if attribute.field.computed:
            made = computed(self, thing, attribute)
            if made is not None:
                return made
        maker = self._maker(thing, attribute)
        called = attribute.name == thing.called
        if attribute.field.unique or called:
            values = self._distinct(thing, attribute, maker, count)
        else:
            values = [maker(i) for i in range(count)]
        if attribute.kind in ("date", "moment") and _runs(thing, attribute) and rng.random() < 0.7:
            values.sort(key=str)
        if thing.role == "lookup" and attribute.kind == "money":
            values = self._tiers(thing, attribute, values)
        if attribute.required or called or attribute.field.computed or attribute.kind in ("flag", "><"):
            return values
        return [None if rng.random() < _EMPTY_SHARE else v for v in values]

    def _tiers(self, thing: Thing, attribute: Attribute, values: list[Value]) -> list[Value]:
        """Sums of what is listed from the smallest to the largest; what is called free costs least."""
        rising = sorted(values, key=_number)
        names = self.column(thing, thing.called) if thing.called not in ("", attribute.name) else []
        free = next((i for i, name in enumerate(names) if str(name).lower() == "free"), 0)
        lowest = Decimal(0) if names and str(names[free]).lower() == "free" and not attribute.field.low else rising[0]
        return [*rising[1 : free + 1], lowest, *rising[free + 1 :]]

    def _distinct(self, thing: Thing, attribute: Attribute, maker: Maker, count: int) -> list[Value]:
        """Values no two of which are the same; of names, as few as can be."""
        field, rng = attribute.field, self._rng(thing, attribute, "order")
        lists = self.app.lists
        if field.kind == "words" and size(field.texts, lists) <= _MOST_LISTED:
            pool = all_of(field.texts, lists)
            if thing.role == "lookup":
                chosen = sorted(rng.sample(range(len(pool)), min(count, len(pool))))
                home = self.writing.locale.country
                if thing.name == "country" and home in pool and pool.index(home) not in chosen:
                    chosen = sorted([pool.index(home), *chosen[1:]])
            else:
                chosen = rng.sample(range(len(pool)), len(pool))
            if field.unique and not attribute.required:
                return [pool[chosen[i]] if i < len(chosen) else None for i in range(count)]
            return [pool[chosen[i % len(chosen)]] for i in range(count)]
        key = Key((attribute.name,))
        values: list[Value] = [None] * count
        if field.unique:
            assign(thing, (key,), {attribute.name: maker}, {attribute.name: values}, self._counts.choices)
            return values
        seen: set[Value] = set()
        for i in range(count):
            values[i] = next((v for v in (maker(i) for _ in range(6)) if v not in seen), None) or maker(i)
            seen.add(values[i])
        return values

    def _fill_keys(self, thing: Thing, keys: Sequence[Key]) -> None:
        """The columns that keys over several share, row by row."""
        names = {n for k in keys if len(k.names) > 1 for n in k.names}
        attributes = [a for a in thing.attributes if a.name in names]
        columns: dict[str, list[Value]] = {a.name: [None] * self._counts.of(thing) for a in attributes}
        for name, values in columns.items():
            self._columns[thing.name, name] = values  # a maker may look at what the row has so far
        makers = {a.name: self._optional(thing, a) for a in attributes}
        assign(thing, [k for k in keys if names.issuperset(k.names)], makers, columns, self._counts.choices)

    def _optional(self, thing: Thing, attribute: Attribute) -> Maker:
        maker, rng = self._maker(thing, attribute), self._rng(thing, attribute, "empty")
        if attribute.required:
            return maker
        return lambda i: None if rng.random() < _EMPTY_SHARE else maker(i)

    def _rng(self, thing: Thing, attribute: Attribute, what: str) -> Random:
        return Random(f"rows/{self.app.id}/{thing.name}/{attribute.name}/{what}")

    def _maker(self, thing: Thing, attribute: Attribute) -> Maker:
        field, rng = attribute.field, self._rng(thing, attribute, "values")
        if field.is_relation:
            return self._pointing(thing, attribute, rng)
        parallel = _parallel(thing, attribute)
        if parallel is not None:
            return lambda i: field.texts[parallel.field.texts.index(str(self.column(thing, parallel.name)[i]))]
        if (
            field.kind == "int"
            and any(attribute.name in k.names for k in keys_of(thing))
            and self._counts.parent(thing)
        ):
            low, high = int(field.low or 0), int(field.high or 0)
            return lambda i: low + self._counts.place(thing, i) % (high - low + 1)
        column = Column(
            thing=thing,
            field=field,
            rng=rng,
            locale=self.writing.locale,
            lists=self.app.lists,
            other=lambda name, i: self.column(thing, name)[i],
            who=lambda i: self._who(thing)[i],
            place=lambda i: self._counts.place(thing, i),
            host=self._host,
        )
        return MAKERS[field.kind](column)

    def _who(self, thing: Thing) -> Sequence[tuple[str, str]]:
        """The person that each row is about, no two the same."""
        if thing.name not in self._people:
            said, rng = self.writing.locale, Random(f"who/{self.app.id}/{thing.name}")
            count = self._counts.of(thing)
            places = rng.sample(range(len(said.first) * len(said.last)), count)
            self._people[thing.name] = [
                (said.first[p % len(said.first)], said.last[p // len(said.first)]) for p in places
            ]
        return self._people[thing.name]

    def _pointing(self, thing: Thing, attribute: Attribute, rng: Random) -> Maker:
        """Which rows a relation points at."""
        targets = [self.app.things[t] for t in attribute.targets]
        counts = [self._counts.of(t) for t in targets]
        count, own = counts[0], targets[0] is thing
        if attribute.kind == "><":
            return lambda i: _several(rng, count, i if own else -1)
        if len(targets) > 1:
            return lambda _: _any(rng, targets, counts)
        if attribute.field.part:
            return lambda i: self._counts.parents(thing)[i]
        if own:
            # Rows point at earlier ones, so no row is above itself.
            return lambda i: None if i == 0 or (not attribute.required and rng.random() < 0.3) else rng.randrange(i)
        if targets[0].name == "country" and any(a.kind == "city" for a in thing.attributes):
            names = [self.name_of(targets[0], i) for i in range(count)]
            home = names.index(self.writing.locale.country) if self.writing.locale.country in names else 0
            return lambda _: home if rng.random() < AT_HOME else rng.randrange(count)
        skew = rng.choice([1.0, 1.0, 1.6])
        if attribute.field.unique:
            order = rng.sample(range(count), count)
            return lambda i: order[i] if i < count else None
        twins = [a.name for a in thing.attributes if a.targets == attribute.targets and a.kind == "->"]
        before = twins[: twins.index(attribute.name)] if attribute.kind == "->" and count > len(twins) else []

        def make(i: int) -> int:
            taken = [self.column(thing, n)[i] for n in before]
            index = int(count * rng.random() ** skew)
            while index in taken:
                index = (index + 1) % count
            return index

        return make


def _several(rng: Random, count: int, without: int) -> tuple[int, ...]:
    wanted = rng.choices([0, 1, 2, 3, 4], [1, 3, 3, 2, 1])[0]
    able = [i for i in range(count) if i != without]
    return tuple(rng.sample(able, min(wanted, len(able))))


def _any(rng: Random, targets: Sequence[Thing], counts: Sequence[int]) -> tuple[str, int]:
    chosen = rng.randrange(len(targets))
    return targets[chosen].name, rng.randrange(counts[chosen])


def _parallel(thing: Thing, attribute: Attribute) -> Attribute | None:
    """The name that stands in the same place of an equally long list ("US dollar | Euro" and "$ | €")."""
    called = thing.attribute(thing.called)
    if thing.role != "lookup" or called is None or called is attribute or not called.kind == attribute.kind == "words":
        return None
    texts = (*called.field.texts, *attribute.field.texts)
    same = len(called.field.texts) == len(attribute.field.texts) > 2
    return called if same and not any("{" in t or t.startswith("@") for t in texts) else None


def _runs(thing: Thing, attribute: Attribute) -> bool:
    """Whether later rows have later times: the first time of what is written as it happens."""
    timed = [a.name for a in thing.attributes if a.field.when == "past"]
    return thing.role in ("main", "log") and timed[:1] == [attribute.name]


# --- writing by kind ---


def _number(value: Value) -> Decimal | int:
    if value is None:
        return 0
    assert isinstance(value, Decimal | int)
    return value


def _moment(writing: Writing, value: Value) -> str:
    assert isinstance(value, datetime)
    return writing.moment(value)


def _day(writing: Writing, value: Value) -> str:
    assert isinstance(value, date)
    return writing.date(value)


def _clock(writing: Writing, value: Value) -> str:
    assert isinstance(value, time)
    return writing.time(value)


_SHOWN: dict[str, Callable[[Writing, Value], str]] = {
    "flag": lambda w, v: w.flag(bool(v)),
    "money": lambda w, v: w.money(_number(v)),
    "percent": lambda w, v: w.percent(_number(v)),
    "minutes": lambda w, v: w.minutes(int(_number(v))),
    "rating": lambda w, v: w.rating(int(_number(v))),
    "coordinate": lambda w, v: w.coordinate(Decimal(_number(v))),
    "year": lambda _w, v: str(v),
    "moment": _moment,
    "date": _day,
    "time": _clock,
    "username": lambda w, v: f"{w.handle}{v}",
    "slug": lambda w, v: f"{w.path}{v}",
    "secret": lambda _w, _v: "•" * 10,
    "image": lambda _w, v: str(v).rpartition("/")[2],
    "file": lambda _w, v: str(v).rpartition("/")[2],
}
