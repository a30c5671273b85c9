"""The rows of an application: what its tables hold, and how its screens show it.

    Rows(app).of(thing) -> rows ; .shown(thing, row, attribute) -> text ; .inserts() -> SQL

Columns are made when somebody asks for them, each from a stream of chance of its own, so that the same application
has the same rows whatever is looked at first. They keep the keys of the schema: what must be filled is, what is
unique is, and every reference leads to a row. A row is known by its place in `of(thing)`, from 0; its number
is one more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from ..apps.app import App, Attribute, Thing
from .column import Column, Maker, Value
from .computed import computed
from .counts import Counts
from .distinct import MOST_LISTED, listed, seldom, tiers
from .empty import holes, share, with_holes
from .facts import known, together
from .inserts import inserts
from .keys import Key, assign, keys_of
from .pointing import echoed, pointing
from .shown import written
from .texts import all_of, drawn, folded, size
from .times import begun
from .values import MAKERS
from .writing import Writing, draw_writing


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
        self._levels: dict[str, Sequence[float]] = {}
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
        value = row[attribute.name]
        if value is None or not attribute.field.is_relation:
            return written(self.writing, attribute, value)
        return self._named(attribute, value)

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
        called = attribute in thing.calling
        named = attribute.name == thing.called and echoed(self.app, thing, attribute) is None
        if attribute.field.unique or named:
            values = self._distinct(thing, attribute, maker)
        else:
            values = [maker(i) for i in range(count)]
        if thing.role in ("main", "log") and attribute.name == begun(thing) and rng.random() < 0.7:
            values.sort(key=str)
        if thing.role == "lookup" and attribute.kind == "money":
            names = self.column(thing, thing.called) if thing.called not in ("", attribute.name) else []
            values = tiers(values, names, attribute.field)
        if attribute.required or called or attribute.field.computed or attribute.kind in ("flag", "><"):
            return values
        return with_holes(values, holes(self.app.id, thing, attribute, count, rng))

    def _distinct(self, thing: Thing, attribute: Attribute, maker: Maker) -> list[Value]:
        """Values no two of which are the same; of names, as few as can be."""
        field, count = attribute.field, self._counts.of(thing)
        nations = thing.name == "country" and field.kind == "country"
        if nations or (field.kind == "words" and size(field.texts, self.app.lists) <= MOST_LISTED):
            home = self.writing.locale.country if thing.name == "country" else ""
            names = list(known("country")) if nations else all_of(field.texts, self.app.lists)
            return listed(thing, attribute, names, count, home, self._rng(thing, attribute, "order"))
        if not field.unique:
            return seldom(maker, count)
        values: list[Value] = [None] * count
        columns, key = {attribute.name: values}, Key((attribute.name,))
        assign(thing, (key,), {attribute.name: maker}, columns, self._counts.choices)
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
        return lambda i: None if rng.random() < share(attribute) else maker(i)

    def _rng(self, thing: Thing, attribute: Attribute, what: str) -> Random:
        return Random(f"rows/{self.app.id}/{thing.name}/{attribute.name}/{what}")

    def _maker(self, thing: Thing, attribute: Attribute) -> Maker:
        field, rng = attribute.field, self._rng(thing, attribute, "values")
        if field.is_relation:
            return pointing(self, self._counts, thing, attribute, rng)
        keyed = field.kind == "int" and any(attribute.name in k.names for k in keys_of(thing))
        if keyed and self._counts.parent(thing):
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
            level=lambda i: self._level(thing)[i],
            host=self._host,
            keyed=any(attribute.name in k.names for k in keys_of(thing)),
        )
        made = self._with_facts(thing, attribute, MAKERS[field.kind](column))
        same = echoed(self.app, thing, attribute) if field.kind == "words" else None
        return made if same is None else self._echo(thing, same, made)

    def _echo(self, thing: Thing, same: Attribute, maker: Maker) -> Maker:
        """The name of the row pointed at, where one is."""
        target = self.app.things[same.targets[0]]

        def make(i: int) -> Value:
            index = self.column(thing, same.name)[i]
            return self.name_of(target, index) if isinstance(index, int) else maker(i)

        return make

    def _with_facts(self, thing: Thing, attribute: Attribute, maker: Maker) -> Maker:
        """What belongs to the name of the row, where anything does."""
        found = together(thing, attribute, self.app.lists, self.writing.locale.currency["code"])
        if found is None:
            return maker

        def make(i: int) -> Value:
            value = found.value(str(self.column(thing, found.source.name)[i]))
            return maker(i) if value is None else value

        return make

    def _who(self, thing: Thing) -> Sequence[tuple[str, str]]:
        """The person that each row is about, no two the same; of an account, the person who holds it."""
        if thing.name not in self._people:
            said, rng = self.writing.locale, Random(f"who/{self.app.id}/{thing.name}")
            count = self._counts.of(thing)
            places = rng.sample(range(len(said.first) * len(said.last)), count)
            names = [(said.first[p % len(said.first)], said.last[p // len(said.first)]) for p in places]
            holder = _holder(self.app, thing)
            if holder is not None:
                whose = self._who(self.app.things[holder.targets[0]])
                held = self.column(thing, holder.name)
                names = [whose[h] if isinstance(h, int) else n for n, h in zip(names, held, strict=True)]
            self._people[thing.name] = names
        return self._people[thing.name]

    def _level(self, thing: Thing) -> Sequence[float]:
        """How large each row is among the others; what people choose between by its price rises."""
        if thing.name not in self._levels:
            rng = Random(f"level/{self.app.id}/{thing.name}")
            found = [rng.random() for _ in range(self._counts.of(thing))]
            rises = thing.role == "lookup" and any(a.kind == "money" for a in thing.attributes)
            self._levels[thing.name] = sorted(found) if rises else found
        return self._levels[thing.name]


_PERSON = frozenset({"person", "first_name"})
_HOLDERS = frozenset({"account", "client", "customer", "employee", "holder", "member", "owner", "student", "user"})


def _holder(app: App, thing: Thing) -> Attribute | None:
    """The attribute that says whose account or card a row is, where the row itself names nobody."""
    if any(a.kind in _PERSON for a in thing.attributes):
        return None
    for a in thing.attributes:
        if a.kind in ("->", "--") and len(a.targets) == 1 and (a.name in _HOLDERS or a.name == a.targets[0]):
            target = app.things[a.targets[0]]
            if target is not thing and any(o.kind in _PERSON for o in target.attributes):
                return a
    return None
