"""The database under an application: tables from things.

Types, defaults and limits are those of `pages/signals.yaml`, so that what a screen says and what the
truth holds cannot drift apart. Everything follows the quality rules of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from ghost_architect.pages import signals
from ghost_architect.schema import naming, types
from ghost_architect.schema.objects import (
    IDENTITY,
    NEW_UUID,
    NOW,
    Check,
    Column,
    Comparison,
    Default,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Table,
    literal,
)
from ghost_architect.schema.types import Type

from ..domains.fields import Field
from ..domains.kinds import KINDS
from .app import Attribute, Preset, Thing

_SUBJECT = types.varchar(64)
"""The name of a kind of row, in a polymorphic key."""

_STATES = frozenset({"state", "status", "stage", "phase", "priority", "visibility", "progress", "condition"})
"""Choices that a new row has an answer to before anybody makes one."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What primary keys are, and which times every row carries."""

    uuid: bool = False

    @property
    def type(self) -> Type:
        """Of a primary key and of all that point at it."""
        return types.UUID if self.uuid else types.BIGINT

    @property
    def default(self) -> Default:
        """Who makes a key."""
        return NEW_UUID if self.uuid else IDENTITY


@cache
def signal(kind: str) -> signals.Signal:
    """What the signals say of fields of this kind."""
    name = KINDS[kind].signal
    return next(s for s in signals.load().columns if s.name == name)


def stored_name(field: Field, name: str) -> str:
    """The column's name with what its kind adds: `photo_url`, `password_hash`."""
    said = signal(field.kind)
    if field.kind == "secret":
        return said.rename if name.endswith("password") else f"{name}_hash"
    if said.suffix and not name.endswith(("url", "link", "uri", "path")):
        return f"{name}_{said.suffix}"
    return name


def columns_of(attribute: Attribute, keys: Keys, default: bool) -> tuple[Column, ...]:
    """The columns that hold this attribute in its thing's own table."""
    if not attribute.columns:
        return ()
    nullable = not attribute.required
    if len(attribute.columns) == 2:
        kind, number = attribute.columns
        return Column(kind, _SUBJECT, nullable), Column(number, keys.type, nullable)
    (name,) = attribute.columns
    if attribute.field.is_relation:
        return (Column(name, keys.type, nullable),)
    return (Column(name, _type(attribute.field), nullable, _default(attribute, default)),)


def _type(field: Field) -> Type:
    if field.kind == "choice":
        return types.enum(*field.choices)
    if field.kind == "secret":
        return types.varchar(255)
    return signal(field.kind).type


def _default(attribute: Attribute, wanted: bool) -> Default | None:
    field, said = attribute.field, signal(attribute.kind)
    if said.default is not None:
        return literal(said.default)
    if field.kind == "count":
        return literal(0)
    if field.kind == "choice" and wanted and field.name.rpartition("_")[2] in _STATES:
        return literal(field.choices[0])
    return None


def checks_of(thing: Thing) -> Iterator[Check]:
    """What the kinds and ranges of the attributes demand."""
    columns = {a.name: a.columns[0] for a in thing.attributes if len(a.columns) == 1}
    for attribute in thing.attributes:
        field = attribute.field
        if len(attribute.columns) != 1 or field.is_relation:
            continue
        terms = _limits(attribute.columns[0], field)
        if terms:
            yield Check(terms)
        if field.after in columns:
            yield Check((Comparison(columns[field.after], Op.LE, column=attribute.columns[0]),))


def _limits(column: str, field: Field) -> tuple[Comparison, ...]:
    said = signal(field.kind)
    ends: Sequence[tuple[Op, Decimal | None]] = ((Op.GE, said.minimum), (Op.LE, said.maximum))
    return tuple(Comparison(column, op, value=value) for op, value in ends if value is not None)


def table_of(thing: Thing, columns: Sequence[Column], things: Mapping[str, Thing]) -> Table:
    """The table of a thing with these columns, keys and indexes included."""
    foreign = tuple(_foreign_keys(thing, things))
    by_name = {a.name: a for a in thing.attributes}
    uniques: list[tuple[str, ...]] = [
        (a.columns[0],) for a in thing.attributes if a.field.unique and len(a.columns) == 1
    ]
    uniques += [
        tuple(by_name[name].columns[0] for name in key)
        for key in thing.entity.unique
        if all(name in by_name and len(by_name[name].columns) == 1 for name in key)
    ]
    led = {key[0] for key in uniques}
    subjects = [Index(a.columns) for a in thing.attributes if len(a.columns) == 2]
    return Table(
        name=thing.table,
        columns=tuple(columns),
        primary_key=(thing.key,),
        uniques=tuple(uniques),
        checks=tuple(checks_of(thing)),
        foreign_keys=foreign,
        indexes=(*(Index(f.columns) for f in foreign if f.columns[0] not in led), *subjects),
        title=thing.title,
    )


def _foreign_keys(thing: Thing, things: Mapping[str, Thing]) -> Iterator[ForeignKey]:
    for attribute in thing.attributes:
        if not attribute.field.is_relation or len(attribute.columns) != 1 or attribute.junction:
            continue
        target = things[attribute.targets[0]]
        yield ForeignKey(attribute.columns, target.table, (target.key,), _on_delete(attribute))


def _on_delete(attribute: Attribute) -> OnDelete:
    if attribute.field.part:
        return OnDelete.CASCADE
    return OnDelete.NO_ACTION if attribute.required else OnDelete.SET_NULL


def junction_keys(thing: Thing, target: Thing) -> tuple[str, str]:
    """The columns of the table between two things."""
    own = naming.reference_name(thing.table)
    other = naming.reference_name(target.table)
    return own, f"related_{other}" if other == own else other


def junction_of(thing: Thing, attribute: Attribute, things: Mapping[str, Thing], keys: Keys) -> Table:
    """The table between two things: both keys, and nothing else, are its key."""
    target = things[attribute.targets[0]]
    own, other = junction_keys(thing, target)
    ends = ((own, thing), (other, target))
    return Table(
        name=attribute.junction,
        columns=tuple(Column(name, keys.type, nullable=False) for name, _ in ends),
        primary_key=(own, other),
        foreign_keys=tuple(ForeignKey((n,), t.table, (t.key,), OnDelete.CASCADE) for n, t in ends),
        indexes=(Index((other,)),),
    )


def junction_name(own: str, target: str, preset: Preset) -> str:
    """What the table between two tables is called by the conventions of a preset.

    Rails and Laravel put both names in the order of the alphabet; the others name the owner first. Where a convention
    is neither snake_case nor a plural (Laravel's `allergen_patient`, Prisma's `_AllergenToPatient`), the quality rules
    of the contract win.
    """
    if preset in (Preset.RAILS, Preset.LARAVEL):
        return "_".join(sorted((own, target)))
    return f"{naming.entity_name(own)}_{target}"


GONE = ("deleted_at", "discarded_at", "archived_at")
"""Times at which a row was thrown away without being deleted; `is_deleted` says it without one."""


def stamp(name: str, nullable: bool) -> Column:
    """A time that every row carries, or the flag that it is thrown away."""
    if name.startswith("is_"):
        return Column(name, types.BOOLEAN, nullable=False, default=literal(False))
    made = name not in GONE
    return Column(name, types.TIMESTAMPTZ, nullable or not made, NOW if made and not nullable else None)


def key_of(thing: Thing, keys: Keys) -> Column:
    """The primary key's column."""
    return Column(thing.key, keys.type, nullable=False, default=keys.default)
