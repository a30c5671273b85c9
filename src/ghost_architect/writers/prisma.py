"""Schema -> `schema.prisma`, for Prisma 7 and later.
Language: https://www.prisma.io/docs/orm/reference/prisma-schema-reference

    generator, datasource    without a `url`: since Prisma 7 that stands in prisma.config.ts
    model                    columns with native types, then relation fields, then keys and indexes
    enum                     behind the first model that uses it

Models and fields are called as TypeScript calls things; the names in the database stand in `@map`.
Names of constraints are written where they are not the ones that Prisma makes by itself. Prisma's
validator (8.1) takes it, and its formatter changes nothing.

What Prisma cannot say stands in a `///` comment, which is the documentation of its model: CHECKs, and
foreign keys that do not point at a whole key. A table without a key that Prisma can use has `@@ignore`.
On SQLite Prisma knows no lengths, and keeps watch over the values of an enum itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ghost_architect.schema.ddl import check_sql, made_names
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit, keyed_columns
from ghost_architect.schema.naming import entity_name, utf8
from ghost_architect.schema.objects import Column, ForeignKey, OnDelete, Schema, Table
from ghost_architect.schema.types import Kind

from .orm.shared import back, sound, stem
from .prisma_words import (
    PROVIDERS,
    RESERVED,
    Field,
    Names,
    aligned,
    call,
    camel,
    default,
    model_name,
    native,
    pascal,
    scalar,
    string,
    value_name,
)
from .relations import Relation, relations
from .text import clean, lines_of

_HEAD = """\
generator client {{
  provider = "prisma-client"
  output   = "../generated/prisma"
}}

datasource db {{
  provider = "{provider}"
}}"""

_ACTIONS = {
    OnDelete.NO_ACTION: "NoAction",
    OnDelete.RESTRICT: "Restrict",
    OnDelete.CASCADE: "Cascade",
    OnDelete.SET_NULL: "SetNull",
    OnDelete.SET_DEFAULT: "SetDefault",
}


def write(schema: Schema, dialect: str = "postgres") -> str:
    """The schema as Prisma's own language.

    Args:
        schema: what to write. What speaks of tables or columns that are not there is left out, and says so
            at the end.
        dialect: whose limits apply, as in `schema.fit`; decides the provider.

    Raises:
        UsageError: there is no such dialect.
    """
    return _Document(fit(schema, dialect).schema, dialect).text()


@dataclass(slots=True)
class _Model:
    """One table on its way: what it and its columns are called, and the relation fields that other tables add."""

    table: Table
    name: str
    names: Names
    fields: dict[str, str]
    ignored: bool
    relations: list[Field] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class _Document:
    """One fitted schema on its way; holds how everything is called, in Prisma and in the database."""

    def __init__(self, schema: Schema, dialect: str) -> None:
        self.d = find_dialect(dialect)
        whole = sound(schema)
        self.schema, self.left_out = whole.schema, list(whole.left_out)
        self.keyed = keyed_columns(self.schema)
        self.made = made_names(self.schema, dialect)
        self.types = Names(set(RESERVED))
        self.models = {t.name: self._new(t) for t in self.schema.tables if t.columns}
        self.left_out += [f"table {t.name!r}: it has no columns" for t in self.schema.tables if not t.columns]
        self.enums = self._enum_names()
        taken = (*(t.name for t in self.schema.tables), *self.made.indexes.values())
        self.constraints = Names({name.lower() for name in taken})
        self._relate()

    def text(self) -> str:
        blocks = [[_HEAD.format(provider=PROVIDERS[self.d.name])]]
        written = set[str]()
        for model in self.models.values():
            blocks.append(list(self._model(model)))
            for column in model.table.columns:
                name = self.enums.get((model.table.name, column.name))
                if name is not None and name not in written:
                    written.add(name)
                    blocks.append(list(self._enum(model.table, column, name)))
        blocks.append([f"// Left out: {clean(what)}" for what in self.left_out])
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    def _new(self, table: Table) -> _Model:
        names = Names()
        fields = {c.name: names.make(camel(c.name)) for c in table.columns}
        return _Model(table, self.types.make(model_name(table.name)), names, fields, not _is_usable(table))

    # --- enums ---

    def _enum_names(self) -> dict[tuple[str, str], str]:
        """Per enum column the name of its enum; columns that are compared share one, as in PostgreSQL."""
        shared = made_names(self.schema, "postgres").enums
        made: dict[tuple[str, str] | str, str] = {}
        out: dict[tuple[str, str], str] = {}
        for table in self.schema.tables:
            for column in table.columns:
                place = (table.name, column.name)
                if column.type.kind is Kind.ENUM and self._is_enum(column):
                    root = shared.get(place, place)
                    if root not in made:
                        made[root] = self.types.make(pascal(f"{entity_name(table.name)}_{column.name}"))
                    out[place] = made[root]
        return out

    def _is_enum(self, column: Column) -> bool:
        """Whether Prisma has an enum for these values. On SQLite it has one for any."""
        return self.d.name == "sqlite" or not self.d.checked_enum(column.type)

    def _enum(self, table: Table, column: Column, name: str) -> Iterator[str]:
        yield f"enum {name} {{"
        pairs = list(zip(_value_names(column), column.enum, strict=True))
        width = max(len(written) for written, _ in pairs)
        for written, value in pairs:
            yield f"  {written}" if written == value else f"  {written.ljust(width)} @map({string(value)})"
        called = self.made.enums.get((table.name, column.name))
        if called is not None and called != name:
            yield from ("", f"  @@map({string(called)})")
        yield "}"

    # --- models ---

    def _model(self, model: _Model) -> Iterator[str]:
        table = model.table
        keys = list(self._block_attributes(model))
        fields = [self._column(model, c) for c in table.columns] + model.relations
        yield from (f"/// {line}" for line in self._documentation(model))
        yield f"model {model.name} {{"
        yield from aligned(fields)
        yield from ("", *(f"  {line}" for line in keys)) if keys else ()
        yield "}"

    def _documentation(self, model: _Model) -> list[str]:
        table = model.table
        title = lines_of(table.title) if clean(table.title).casefold() != table.name.casefold() else []
        checks = [f"CHECK ({check_sql(check, self.d.name)})" for check in table.checks]
        for column in table.columns:
            if column.type.kind is Kind.ENUM and (table.name, column.name) not in self.enums:
                words = ", ".join(map(self.d.string, column.enum))
                checks.append(f"CHECK ({self.d.quote(column.name)} IN ({words}))")
        return [*title, *lines_of(table.comment), *_unsaid(checks), *_unsaid(model.remarks)]

    def _column(self, model: _Model, column: Column) -> Field:
        table, name = model.table, model.fields[column.name]
        enum = self.enums.get((table.name, column.name))
        keyed = column.name in self.keyed[table.name]
        attributes = []
        if table.primary_key == (column.name,):
            attributes.append(call("@id", self._named(table, (), "pkey")))
        if (column.name,) in table.uniques:
            attributes.append(call("@unique", self._named(table, (column.name,), "key")))
        made = self._default(column, enum)
        if made:
            attributes.append(f"@default({made})")
        if name != column.name:
            attributes.append(f"@map({string(column.name)})")
        attributes.append("" if enum else native(column.type, self.d, keyed))
        type_ = (enum or scalar(column.type)) + "?" * column.nullable
        return Field(name, type_, [a for a in attributes if a], lines_of(column.comment))

    def _default(self, column: Column, enum: str | None) -> str:
        if enum is None or column.default is None:
            return default(column, self.d)
        value = str(column.default.value)
        return _value_names(column)[column.enum.index(value)] if value in column.enum else ""

    def _block_attributes(self, model: _Model) -> Iterator[str]:
        table = model.table
        if len(table.primary_key) > 1:
            yield call("@@id", self._list(model, table.primary_key), self._named(table, (), "pkey"))
        for unique in table.uniques:
            if len(unique) > 1:
                yield call("@@unique", self._list(model, unique), self._named(table, unique, "key"))
        for index in sorted(table.indexes, key=lambda i: not i.unique):
            called = self.made.indexes[table.name, index]
            word, end = ("@@unique", "key") if index.unique else ("@@index", "idx")
            usual = called == "_".join((table.name, *index.columns, end))
            yield call(word, self._list(model, index.columns), "" if usual else f"map: {string(called)}")
        if model.name != table.name:
            yield f"@@map({string(table.name)})"
        if model.ignored:
            yield "@@ignore"

    def _list(self, model: _Model, columns: Iterable[str]) -> str:
        return f"[{', '.join(model.fields[c] for c in columns)}]"

    def _named(self, table: Table, columns: Sequence[str], end: str) -> str:
        """`map: "..."` where the name that Prisma would make is taken, or too long; else nothing.

        Prisma's names are `table_columns_end`. SQLite knows names of unique keys only, MySQL none of primary keys.
        """
        if (end != "key" and self.d.name == "sqlite") or (end == "pkey" and self.d.name == "mysql"):
            return ""
        usual = "_".join((table.name, *columns, end))
        most = self.d.max_name_bytes
        short = usual if most is None or len(utf8(usual)) <= most else f"{_cut(usual, most - 8)}_{end}"
        called = self.constraints.make(short)
        return "" if called == usual else f"map: {string(called)}"

    # --- relations ---

    def _relate(self) -> None:
        """Gives every foreign key a field at both ends, or a remark where Prisma cannot say it."""
        found = []
        for relation in relations(self.schema):
            if self._can_be_said(relation):
                found.append(relation)
            if not self._can_be_said(relation) or self._action(relation) is not relation.key.on_delete:
                self.models[relation.child.name].remarks.append(self._foreign_key(relation.key))
        between = Counter(frozenset((r.child.name, r.parent.name)) for r in found)
        one_way = Counter((r.child.name, r.parent.name) for r in found)
        names = Names()
        for relation in found:
            child, parent = self.models[relation.child.name], self.models[relation.parent.name]
            others = one_way[child.table.name, parent.table.name] - 1
            own = camel(stem(relation))
            row = camel(entity_name(parent.table.name))
            there = child.names.make(own, camel(f"{stem(relation)}_{entity_name(parent.table.name)}"), f"{row}Row")
            here = parent.names.make(camel(back(relation, others)), f"{camel(back(relation, others))}Rows")
            several = between[frozenset((child.table.name, parent.table.name))] > 1 or child is parent
            name = names.make(child.name + there[0].upper() + there[1:]) if several else ""
            self._link(relation, name, there, here)

    def _can_be_said(self, relation: Relation) -> bool:
        """Prisma wants one type at both ends, and a whole key at the end that is pointed at."""
        child, parent, key = relation.child, relation.parent, relation.key
        same = all(
            self._type(child, c) == self._type(parent, r) for c, r in zip(key.columns, key.references, strict=True)
        )
        return same and any(set(key.references) == set(unique) for unique in parent.unique_keys)

    def _action(self, relation: Relation) -> OnDelete:
        """What Prisma can be told: SET NULL where NULL cannot be, which forbids to delete, on PostgreSQL only."""
        child, key = relation.child, relation.key
        required = any(not c.nullable for c in child.columns if c.name in key.columns)
        refused = key.on_delete is OnDelete.SET_NULL and required and self.d.name != "postgres"
        return OnDelete.NO_ACTION if refused else key.on_delete

    def _type(self, table: Table, name: str) -> str:
        column = table.column(name)
        return self.enums.get((table.name, name)) or (scalar(column.type) if column else "")

    def _foreign_key(self, key: ForeignKey) -> str:
        d = self.d
        words = f"FOREIGN KEY {d.names(key.columns)} REFERENCES {d.quote(key.table)} {d.names(key.references)}"
        return f"{words} ON DELETE {key.on_delete}"

    def _link(self, relation: Relation, name: str, there: str, here: str) -> None:
        """The two fields: the row that is pointed at, with the key, and the row or rows that point."""
        child, parent, key = self.models[relation.child.name], self.models[relation.parent.name], relation.key
        single = any(key.columns == unique for unique in child.table.unique_keys)
        label = string(name) if name else ""
        arguments = (
            label,
            f"fields: {self._list(child, key.columns)}",
            f"references: {self._list(parent, key.references)}",
            f"onDelete: {_ACTIONS[self._action(relation)]}",
            "onUpdate: NoAction",
            self._named(child.table, key.columns, "fkey"),
        )
        other = ["@ignore"] * (parent.ignored and not child.ignored)
        child.relations.append(
            Field(there, parent.name + "?" * relation.optional, [call("@relation", *arguments), *other])
        )
        attributes = [call("@relation", label)] * bool(label) + ["@ignore"] * (child.ignored and not parent.ignored)
        parent.relations.append(Field(here, child.name + ("?" if single else "[]"), attributes))


def _is_usable(table: Table) -> bool:
    """Whether Prisma can tell the rows apart: a key none of whose columns may be empty, or has no type in Prisma."""
    fine = {c.name for c in table.columns if not c.nullable and c.type.kind is not Kind.INTERVAL}
    return any(fine.issuperset(key) for key in table.unique_keys)


def _value_names(column: Column) -> list[str]:
    names = Names()
    return [names.make(value_name(value)) for value in column.enum]


def _cut(text: str, most: int) -> str:
    return utf8(text)[:most].decode(errors="ignore")


def _unsaid(conditions: Iterable[str]) -> Iterator[str]:
    yield from (f"Not in Prisma's language, so add it to the migration: {clean(text)}" for text in conditions)
