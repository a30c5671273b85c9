"""One application of a domain: what it keeps, how it words it, and the database under it.

    domain + seed -> App(things, schema) -> rows -> screens

Made by `sample.py`. Screens speak of things and attributes; only here is it known which table and
column each of them is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ghost_architect.schema.objects import Schema

from ..domains.catalogue import Entity
from ..domains.fields import Field


class Preset(StrEnum):
    """Whose conventions the database follows where no screen names a thing.

    That is: kinds of keys, times of rows and whether they may be empty, how a row is thrown away, the order of names in
    a junction table, what an account table brings along. What a label names is called after the label everywhere: no
    reader of a screen could tell one convention from another there.
    """

    RAILS = "rails"
    DJANGO = "django"
    LARAVEL = "laravel"
    PRISMA = "prisma"
    SUPABASE = "supabase"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field as this application has it.

    Attributes:
        field: what the domain says of it.
        label: how screens call it.
        short: how narrow places call it (the header of a list); often the same.
        columns: of the thing's own table: none for what is computed or many to many, two for a polymorphic key.
        targets: names of the things it points at.
        junction: the table between, of a many to many.
        required: whether it must be filled.
    """

    field: Field
    label: str
    short: str
    columns: tuple[str, ...]
    targets: tuple[str, ...] = ()
    junction: str = ""
    required: bool = False

    @property
    def name(self) -> str:
        """The field's name, by which rows hold its value."""
        return self.field.name

    @property
    def kind(self) -> str:
        """The field's kind, a name in KINDS."""
        return self.field.kind


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """An entity as this application has it.

    Attributes:
        entity: what the domain says of it.
        table: its table.
        key: the column of its primary key.
        noun: one of it, as screens say ("Lab order").
        title: many of it, as screens say ("Lab orders").
        attributes: in order; timestamps of the preset are among them where screens may show them.
        called: the name of the attribute that a row is called by; empty where there is none.
    """

    entity: Entity
    table: str
    key: str
    noun: str
    title: str
    attributes: tuple[Attribute, ...]
    called: str

    @property
    def name(self) -> str:
        """The entity's name, by which the application holds it."""
        return self.entity.name

    @property
    def role(self) -> str:
        """main, lookup, part or log."""
        return self.entity.role

    @property
    def calling(self) -> tuple[Attribute, ...]:
        """The attributes that together are a row's name: one, none, or a person's first and last name."""
        first = self.attribute(self.called)
        family = first is not None and first.kind == "first_name"
        last = next((a.name for a in self.attributes if a.kind == "last_name"), "") if family else ""
        found = [a for a in self.attributes if a.name in (self.called, last)]
        return tuple(sorted(found, key=lambda a: a.name == last))  # the family's name stands last, wherever its column

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name, or None."""
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """One application.

    Attributes:
        id: unique in a run: domain and seed.
        name: of the product, as in the corner of its screens.
        domain: name of the domain.
        preset: whose conventions the database follows.
        locale: of its values; labels are English.
        things: by entity name.
        schema: its database.
        lists: what its values draw from.
        seed: everything else that is random about it.
    """

    id: str
    name: str
    domain: str
    preset: Preset
    locale: str
    things: Mapping[str, Thing]
    schema: Schema
    lists: Mapping[str, tuple[str, ...]]
    seed: int

    def parts(self, thing: Thing) -> tuple[Thing, ...]:
        """The things whose rows belong to a row of this one (an order's lines)."""
        return tuple(t for t in self.things.values() if t.entity.parent == thing.name)

    def pointing(self, thing: Thing) -> tuple[tuple[Thing, Attribute], ...]:
        """The things that have rows pointing at a row of this one, parts among them, and by which attribute."""
        return tuple(
            (t, a)
            for t in self.things.values()
            for a in t.attributes
            if thing.name in a.targets and t is not thing and not a.junction
        )
