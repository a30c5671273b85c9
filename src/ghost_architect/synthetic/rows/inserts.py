"""Rows as SQL: what a screen shows can be loaded into the tables under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from ghost_architect.schema.dialects import Dialect
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.objects import DefaultKind, Table

from ..apps.app import App, Attribute, Thing
from ..apps.tables import GONE, junction_keys
from .column import Value
from .writing import NOW

if TYPE_CHECKING:
    from .rows import Rows

_BATCH = 200


def inserts(app: App, rows: Rows, dialect: str) -> Iterator[str]:
    """INSERTs in an order in which every required reference is there before it is made, then UPDATEs for the others."""
    writer = _Writer(app, rows, find_dialect(dialect))
    order = _order(app)
    late: list[tuple[Thing, Attribute]] = []
    there: set[str] = set()
    for thing in order:
        waiting = {a.name for a in _single(thing) if a.targets[0] not in there and a.targets[0] != thing.name}
        late += [(thing, a) for a in _single(thing) if a.name in waiting]
        there.add(thing.name)
        yield from writer.table(thing, waiting)
    for thing in order:
        for attribute in thing.attributes:
            if attribute.junction:
                yield from writer.junction(thing, attribute)
    for thing, attribute in late:
        yield from writer.updates(thing, attribute)


def _single(thing: Thing) -> Sequence[Attribute]:
    """What its foreign keys are."""
    return [a for a in thing.attributes if a.field.is_relation and len(a.columns) == 1 and not a.junction]


def _order(app: App) -> Sequence[Thing]:
    found: dict[str, Thing] = {}

    def visit(thing: Thing) -> None:
        if thing.name in found:
            return
        for attribute in _single(thing):
            if attribute.required and attribute.targets[0] != thing.name:
                visit(app.things[attribute.targets[0]])
        found[thing.name] = thing

    for thing in app.things.values():
        visit(thing)
    return list(found.values())


def stamps(rows: Rows, thing: Thing, index: int) -> dict[str, datetime | None]:
    """When a row was made, changed and thrown away, by the columns that hold it.

    Rows are made in the order of their numbers, none after the first thing that it tells has happened; the rows of
    a lookup all within some days.
    """
    rng = Random(f"rows/{rows.app.id}/{thing.name}/stamps/{index}")
    begun, span = (900_000, 15_000) if thing.role == "lookup" else (800_000, 700_000)
    place = (index + rng.random()) / len(rows.of(thing))
    made = NOW - timedelta(minutes=begun - int(span * place))
    told = [rows.of(thing)[index][a.name] for a in thing.attributes if a.field.when == "past" and a.columns]
    times = [t if isinstance(t, datetime) else datetime.combine(t, time(8, 30)) for t in told if isinstance(t, date)]
    written = next((t for t in told if isinstance(t, datetime)), None) if _begins(thing) else None
    earlier = (t - timedelta(minutes=rng.randint(3, 4000)) for t in times)
    made = written or max(min([made, *earlier]), NOW - timedelta(minutes=1_500_000))
    made = max(made, _whole_made(rows, thing, index) or made)
    room = max(0, int((NOW - made).total_seconds()) // 60)
    return {
        "created_at": made,
        "updated_at": made + timedelta(minutes=int(room * rng.random() ** 2)),
        **dict.fromkeys(GONE, NOW if rng.random() < 0.1 else None),
    }


def _whole_made(rows: Rows, thing: Thing, index: int) -> datetime | None:
    """When the row was made whose part this is: no line is older than its order."""
    part = next((a for a in thing.attributes if a.field.part and len(a.targets) == 1), None)
    whole = rows.of(thing)[index][part.name] if part is not None else None
    if part is None or not isinstance(whole, int) or rows.app.things[part.targets[0]] is thing:
        return None
    return stamps(rows, rows.app.things[part.targets[0]], whole)["created_at"]


def _begins(thing: Thing) -> bool:
    """Whether the first time of a row is the one at which it was written down: "requested", not "last seen"."""
    first = next((a for a in thing.attributes if a.field.when == "past" and a.columns), None)
    late = ("last_", "approved", "published", "imported", "read", "seen", "updated", "verified")
    return first is not None and first.kind == "moment" and not first.name.startswith(late)


class _Writer:
    def __init__(self, app: App, rows: Rows, dialect: Dialect) -> None:
        self._app, self._rows, self._dialect = app, rows, dialect
        self._tables: Mapping[str, Table] = {t.name: t for t in app.schema.tables}

    def table(self, thing: Thing, without: set[str]) -> Iterator[str]:
        """All rows of a thing, a batch a statement."""
        columns, kept = [thing.key], [a for a in thing.attributes if a.columns and a.name not in without]
        for attribute in kept:
            columns += attribute.columns
        stamps = [c.name for c in self._tables[thing.table].columns if c.name.endswith("_at") and c.name not in columns]
        lines = []
        for i in range(len(self._rows.of(thing))):
            cells = [self._key(thing, i)]
            for attribute in kept:
                cells += self._cells(attribute, self._rows.column(thing, attribute.name)[i])
            lines.append(", ".join(cells + self._stamps(thing, i, stamps)))
        yield from self._statements(thing.table, [*columns, *stamps], lines)

    def junction(self, thing: Thing, attribute: Attribute) -> Iterator[str]:
        """The pairs of a many to many."""
        target = self._app.things[attribute.targets[0]]
        lines = []
        for i, others in enumerate(self._rows.column(thing, attribute.name)):
            assert isinstance(others, tuple)
            lines += [f"{self._key(thing, i)}, {self._key(target, int(o))}" for o in others]
        yield from self._statements(attribute.junction, junction_keys(thing, target), lines)

    def updates(self, thing: Thing, attribute: Attribute) -> Iterator[str]:
        """References to rows that were not there yet."""
        table, key = self._dialect.quote(thing.table), self._dialect.quote(thing.key)
        column = self._dialect.quote(attribute.columns[0])
        for i, value in enumerate(self._rows.column(thing, attribute.name)):
            if value is not None:
                (cell,) = self._cells(attribute, value)
                yield f"UPDATE {table} SET {column} = {cell} WHERE {key} = {self._key(thing, i)}"

    def _statements(self, table: str, columns: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
        head = f"INSERT INTO {self._dialect.quote(table)} {self._dialect.names(columns)} VALUES"
        for start in range(0, len(lines), _BATCH):
            yield head + "\n" + ",\n".join(f"    ({line})" for line in lines[start : start + _BATCH])

    def _key(self, thing: Thing, index: int) -> str:
        column = next(c for c in self._tables[thing.table].columns if c.name == thing.key)
        if column.default is not None and column.default.kind is DefaultKind.UUID:
            return f"'{uuid5(NAMESPACE_OID, f'{self._app.id}/{thing.name}/{index}')}'"
        return str(index + 1)

    def _cells(self, attribute: Attribute, value: Value) -> list[str]:
        if value is None:
            return ["NULL"] * len(attribute.columns)
        if not attribute.field.is_relation:
            return [self._literal(value)]
        if isinstance(value, tuple):
            return [self._dialect.string(str(value[0])), self._key(self._app.things[str(value[0])], int(value[1]))]
        assert isinstance(value, int)
        return [self._key(self._app.things[attribute.targets[0]], value)]

    def _literal(self, value: Value) -> str:
        match value:
            case bool() | Decimal():
                return self._dialect.value(value)
            case int():
                return str(value)
            case datetime():
                return f"'{value:%Y-%m-%d %H:%M:%S}'"
            case date():
                return f"'{value:%Y-%m-%d}'"
            case time():
                return f"'{value:%H:%M:%S}'"
            case _:
                return self._dialect.string(str(value))

    def _stamps(self, thing: Thing, index: int, names: Sequence[str]) -> list[str]:
        times: Mapping[str, Value] = stamps(self._rows, thing, index)
        return ["NULL" if times[n] is None else self._literal(times[n]) for n in names]
