"""The way back: screens for a schema that somebody has, drawn as the factory draws its own.

    Schema -> App -> (kind, thing) ... -> pictures

What a column holds is told from its type, its words and `pages/signals.yaml`, as the `rules` backend tells it
from a label. Names of tables and columns are somebody's data: they are words on a screen and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ghost_architect.pages import signals
from ghost_architect.schema import naming
from ghost_architect.schema.objects import Column, ForeignKey, OnDelete, Schema, Table
from ghost_architect.schema.types import INTEGERS, NUMBERS, Kind

from ..domains.catalogue import Entity, catalogue
from ..domains.fields import Field
from ..domains.phrases import phrase
from .app import App, Attribute, Preset, Thing
from .calling import called_by

_NAMES = (
    "Aurora",
    "Beacon",
    "Cedar",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
    "Keystone",
    "Lagoon",
    "Meridian",
    "Northwind",
    "Opal",
    "Pinewood",
    "Quartz",
    "Ridge",
    "Summit",
    "Tundra",
    "Umber",
    "Vista",
    "Willow",
    "Zephyr",
)

_BY_WORD: Mapping[str, str] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "surname": "last_name",
    "full_name": "person",
    "company": "company",
    "city": "city",
    "town": "city",
    "country": "country",
    "state": "region",
    "region": "region",
    "street": "street",
    "address": "street",
    "job_title": "job",
    "position": "job",
    "author": "person",
    "contact": "person",
}

_BY_SIGNAL: Mapping[str, str] = {
    "email": "email",
    "phone": "phone",
    "url": "url",
    "username": "username",
    "slug": "slug",
    "image": "image",
    "attachment": "file",
    "ip_address": "ip",
    "color": "color",
    "postal_code": "postcode",
    "long_text": "text",
    "password": "secret",
    "api_secret": "secret",
    "uuid": "uuid",
}

_BY_TYPE: Mapping[Kind, str] = {
    Kind.ENUM: "choice",
    Kind.BOOLEAN: "flag",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "moment",
    Kind.TIMESTAMPTZ: "moment",
    Kind.TIME: "time",
    Kind.UUID: "uuid",
    Kind.JSON: "json",
    Kind.INET: "ip",
    Kind.BINARY: "file",
}

_WHOLE: Mapping[str, str] = {"rating": "rating", "year": "year", "duration": "minutes", "quantity": "count"}
"""Kinds of whole numbers by what the signals say of their name; the others are `int`."""

_PEOPLE = frozenset(
    "user customer client employee person member patient student teacher contact author doctor guest driver".split()
)

_RANGES: Mapping[str, tuple[int, int]] = {
    "money": (5, 900),
    "percent": (0, 100),
    "count": (0, 200),
    "int": (1, 500),
    "decimal": (1, 900),
    "minutes": (5, 180),
    "year": (1990, 2026),
    "measure": (1, 120),
}


def app_of(schema: Schema, name: str, locale: str = "en_US", seed: int = 0) -> App:
    """An application over a schema."""
    pure = {t.name: t for t in schema.tables if _is_pure_junction(t)}
    tables = {t.name: t for t in schema.tables if t.name not in pure}
    joined = list(_joined(pure.values(), tables))
    names = _entity_names(tables)
    things = [_thing(t, names, [j for j in joined if j[0] == name]) for name, t in tables.items()]
    by_entity = {thing.name: thing for thing in things}
    lists = {**catalogue().platform.lists, "mock_name": _NAMES}
    return App(f"mock-{seed}", name, "", Preset.RAILS, locale, by_entity, schema, lists, seed)


def _is_pure_junction(table: Table) -> bool:
    keys = [c for f in table.foreign_keys for c in f.columns]
    others = [c for c in table.columns if c.name not in keys and c.name not in ("id", "created_at", "updated_at")]
    return len(table.foreign_keys) == 2 and len(set(keys)) == 2 and not others


def _joined(junctions: Iterable[Table], tables: Mapping[str, Table]) -> Iterator[tuple[str, str, str]]:
    for junction in junctions:
        one, other = (f.table for f in junction.foreign_keys)
        if one in tables and other in tables:
            yield one, other, junction.name


def _entity_names(tables: Iterable[str]) -> dict[str, str]:
    """What one row of each table is called; no two alike, though tables may be called `user` and `users`."""
    names: dict[str, str] = {}
    for table in tables:
        names[table] = naming.free_name(naming.entity_name(table), names.values())
    return names


def _thing(table: Table, names: Mapping[str, str], joined: Sequence[tuple[str, str, str]]) -> Thing:
    key = table.primary_key[0] if len(table.primary_key) == 1 else (table.columns[0].name if table.columns else "id")
    attributes = [
        a for c in table.columns if c.name != key or c.name in _keys(table) for a in _attributes(c, table, names)
    ]
    attributes += [_many(other, junction, names) for _, other, junction in joined]
    fields = tuple(a.field for a in attributes)
    entity = Entity(names[table.name], "", (), (), _role(table, fields), (), (), fields)
    words = _sentence(table.name)
    return Thing(
        entity,
        table.name,
        key,
        _sentence(naming.entity_name(table.name)),
        table.title or words,
        tuple(attributes),
        called_by(fields),
    )


def _keys(table: Table) -> frozenset[str]:
    return frozenset(c for f in table.foreign_keys for c in f.columns)


def _role(table: Table, fields: Sequence[Field]) -> str:
    if any(f.part for f in fields):
        return "part"
    if table.name.rpartition("_")[2] in ("logs", "events", "entries", "readings", "history"):
        return "log"
    return "lookup" if len(table.columns) <= 3 and not table.foreign_keys else "main"


def _attributes(column: Column, table: Table, names: Mapping[str, str]) -> Iterator[Attribute]:
    foreign = next((f for f in table.foreign_keys if f.columns == (column.name,) and f.table in names), None)
    field = _relation(column, table, foreign) if foreign else _field(column, table)
    words = _sentence(_without_suffix(column, foreign is not None))
    targets = (names[foreign.table],) if foreign else ()
    yield Attribute(replace(field, targets=targets), words, words, (column.name,), targets, "", not column.nullable)


def _without_suffix(column: Column, points: bool) -> str:
    """What a screen calls a column: nobody writes "Customer id" or "Password hash" over a field."""
    for suffix in ("_id",) if points else ("_hash", "_url"):
        if column.name.endswith(suffix) and len(column.name) > len(suffix):
            return column.name.removesuffix(suffix)
    return column.name


def _relation(column: Column, table: Table, foreign: ForeignKey) -> Field:
    own = foreign.table == table.name
    part = (
        foreign.on_delete is OnDelete.CASCADE
        and not column.nullable
        and not own
        and column.name not in table.primary_key
    )
    name = column.name.removesuffix("_id") or column.name
    return Field(name, "->", required=not column.nullable, part=part and _is_first_part(column, table))


def _is_first_part(column: Column, table: Table) -> bool:
    cascading = [f.columns[0] for f in table.foreign_keys if f.on_delete is OnDelete.CASCADE and f.table != table.name]
    return cascading[:1] == [column.name]


def _many(other: str, junction: str, names: Mapping[str, str]) -> Attribute:
    target = names[other]
    words = _sentence(other)
    return Attribute(Field(other, "><", targets=(target,)), words, words, (), (target,), junction)


def _field(column: Column, table: Table) -> Field:
    kind = _kind(column, table)
    field = Field(column.name, kind, not column.nullable, (column.name,) in table.uniques)
    if kind == "choice":
        return replace(field, choices=column.enum)
    if kind == "code":
        return replace(field, pattern="%%-#####")
    if kind == "words":
        return replace(field, texts=("@mock_name", "{mock_name} {mock_name}"))
    if kind in _RANGES:
        low, high = _RANGES[kind]
        return replace(field, low=Decimal(low), high=Decimal(high), unit="kg" if kind == "measure" else "")
    if kind in ("date", "moment"):
        return replace(field, when="past")
    if kind == "time":
        return replace(field, low=Decimal(7), high=Decimal(20))
    if kind == "coordinate":
        return replace(field, when="lat" if "lat" in column.name else "lng")
    return field


def _kind(column: Column, table: Table) -> str:
    type_ = column.type.kind
    if type_ in _BY_TYPE:
        return _BY_TYPE[type_]
    said = signals.load().meaning(column.name.replace("_", " "), table=table.name).signal
    if type_ in INTEGERS:
        return _WHOLE.get(said, "int")
    if type_ in NUMBERS:
        return said if said in ("money", "percent", "measure", "coordinate") else "decimal"
    return _text_kind(column, table, said)


def _text_kind(column: Column, table: Table, said: str) -> str:
    if column.name in _BY_WORD:
        return _BY_WORD[column.name]
    if column.name == "name" and naming.entity_name(table.name).rpartition("_")[2] in _PEOPLE:
        return "person"
    if said in ("document_number", "unique_code"):
        return "code"
    if column.type.kind is Kind.TEXT and said not in _BY_SIGNAL and said != "label":
        return "text"
    return _BY_SIGNAL.get(said, "words")


def _sentence(name: str) -> str:
    return phrase(naming.identifier(name, "value"))
