"""Schema -> a `models.py` for Django 5.2, whose migrations create the database as far as Django can hold it.

    enum                     -> TextChoices, and a CHECK that keeps to them
    key of one column        -> primary_key=True, AutoField where rows are numbered
    key of several columns   -> CompositePrimaryKey
    foreign key              -> ForeignKey or OneToOneField; of several columns: none, and a note
    table of two keys alone  -> the `through` of a ManyToManyField

The parsed module holds imports, classes, assignments and `pass`, whatever the names are: see `python`.
What Django cannot hold stands as comments at its top: https://docs.djangoproject.com/en/5.2/ref/models/fields/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit
from ghost_architect.schema.naming import entity_name, identifier, is_plural, table_name
from ghost_architect.schema.objects import Column, OnDelete, Schema, Table

from . import Written
from .orm import django_values as values
from .orm.django_constraints import Constraints, is_indexed, unique_keys, without_bytes
from .orm.django_fields import IMPORTABLE, MODULES, RESERVED, field_class, members, note_type, shown, sizes
from .orm.django_links import Link, held_keys
from .orm.imports import Imports
from .orm.shared import back, is_junction, sound, stem
from .python import BUILTINS, INDENT, Call, Expr, Named, Names, call, class_name, layout, remark, string, variable
from .text import clean

_HEAD = "Django models, written by Ghost Architect. Needs Django 5.2 or later."
_LONGEST_TITLE = 100

_ON_DELETE: Mapping[OnDelete, str] = {
    OnDelete.CASCADE: "CASCADE",
    # The engine refuses too, at the end of the transaction, and with a plainer error.
    OnDelete.NO_ACTION: "PROTECT",
    OnDelete.RESTRICT: "RESTRICT",
}


def write(schema: Schema, dialect: str = "postgres") -> Written:
    """The models as one Python module, with remarks on what they could not hold.

    Args:
        schema: what to write. What speaks of tables or columns that are not there is left out, and said.
        dialect: the database they are for; what it cannot hold is changed as `schema.fit` says.

    Raises:
        UsageError: there is no such dialect.
    """
    module = _Module(schema, dialect)
    text = module.text()
    return Written(text, tuple(module.notes))


class _Module:
    """One module on its way."""

    def __init__(self, schema: Schema, dialect: str) -> None:
        checked = sound(fit(schema, dialect).schema)
        self.schema, self.d = checked.schema, find_dialect(dialect)
        self.notes = [f"left out: {what}" for what in checked.left_out]
        if self.d.name == "mysql":
            self.schema = without_bytes(self.schema, self._cannot)
        self.use = Imports(MODULES, "django")
        self.keys = {t.name: self._key(t) for t in self.schema.tables}
        self.links = held_keys(self.schema, self.keys, self.notes.append)
        if any(link.relation.key.on_delete is not OnDelete.NO_ACTION for link in self.links.values()):
            self.notes.append("ON DELETE is carried out by Django; the database is not told of it")
        self._name_all()

    def _cannot(self, what: str) -> None:
        self.notes.append(f"Django cannot hold {what}")

    # --- what Django can hold ---

    def _key(self, table: Table) -> tuple[str, ...]:
        """The columns of the key: a unique one where there is no primary key, or none."""
        required = {c.name for c in table.columns if not c.nullable}
        unique = next((u for u in unique_keys(table) if required.issuperset(u)), ())
        if not table.primary_key and unique:
            self.notes.append(f"{table.name!r} has no primary key; its unique key is written as one")
        elif not table.primary_key:
            self.notes.append(f"{table.name!r} has no primary key; Django adds a column for one")
        return table.primary_key or unique

    # --- names ---

    def _name_all(self) -> None:
        """Every name before the first is written."""
        self.named = Names(IMPORTABLE | BUILTINS, "Row", joint="")
        self.classes = {t.name: self.named.take(class_name(entity_name(t.name), "table")) for t in self.schema.tables}
        self.words = {
            (t.name, c.name): self._name_words(f"{entity_name(t.name)}_{c.name}")
            for t in self.schema.tables
            for c in t.columns
            if c.enum and (t.name, c.name) not in self.links
        }
        self.scopes = {t.name: self._scope(t) for t in self.schema.tables}
        self.fields = {t.name: self._fields(t) for t in self.schema.tables}
        self.backs = {place: self._back(link) for place, link in self.links.items()}
        self.throughs = dict(t for t in map(self._through, self.schema.tables) if t is not None)
        stored = Names(frozenset())
        self.tables = {t.name: self._stored(t.name, "table", "", stored) for t in self.schema.tables}
        self.constraint_names = Names(frozenset())

    def _name_words(self, label: str) -> str:
        return self.named.take(class_name(label, "table"), class_name(f"{label}_choices", "table"))

    def _scope(self, table: Table) -> Names:
        numbered = self.keys[table.name]
        own = {"id"} if len(numbered) == 1 and variable(numbered[0], "column") == "id" else set[str]()
        return Names(RESERVED - own, "_field")

    def _fields(self, table: Table) -> dict[str, str]:
        """Columns keep their names; a foreign key is called after the row that it points at."""
        scope, out = self.scopes[table.name], dict[str, str]()
        key = self.keys[table.name]
        places = sorted(table.columns, key=lambda c: (key != (c.name,), (table.name, c.name) in self.links))
        for column in places:
            plain = variable(column.name, "column")
            link = self.links.get((table.name, column.name))
            if link is None:
                out[column.name] = scope.take(plain)
            else:
                out[column.name] = scope.take(variable(stem(link.relation), "row"), plain, pair="_id")
        return out

    def _back(self, link: Link) -> str:
        parent = link.relation.parent.name
        others = sum(f.table == parent for f in link.relation.child.foreign_keys) - 1
        return self.scopes[parent].take(variable(back(link.relation, others), "rows"))

    def _through(self, table: Table) -> tuple[str, tuple[str, str, str, str]] | None:
        """For a junction: who has the ManyToManyField, what it is called at both ends, and where it leads."""
        if not is_junction(table) or not all((table.name, c.name) in self.links for c in table.columns):
            return None
        one, other = table.foreign_keys
        here = self.scopes[one.table].take(variable(table_name(other.table), "rows"))
        there = self.scopes[other.table].take(variable(table_name(one.table), "rows"))
        return table.name, (one.table, here, there, other.table)

    def _stored(self, name: str, what: str, of: str, scope: Names) -> str:
        """What a table or column is called in the database: Django 5.2 does not quote every sign, and refuses some."""
        if not set('"`%$\0') & set(name) and name:
            scope.taken.add(name.casefold())
            return name
        kept = scope.take(variable(name, what))
        self.notes.append(f"the {what} {name!r}{of} is called {kept!r}: Django does not quote such a name")
        return kept

    # --- the module ---

    def text(self) -> str:
        """All of it."""
        self.use("models")
        blocks = [block for table in self.schema.tables for block in (*self._word_classes(table), self._class(table))]
        head = [line for note in (_HEAD, *self.notes) for line in remark(note)]
        if not blocks:
            return "\n".join(head) + "\n"
        spaced = [line for block in blocks for line in ("", "", *block)]
        return "\n".join([*head, "", *self.use.lines(), *spaced]) + "\n"

    def _word_classes(self, table: Table) -> Iterator[list[str]]:
        for column in table.columns:
            name = self.words.get((table.name, column.name))
            if name:
                lines = [f"class {name}(models.TextChoices):"]
                for word, member in members(column.enum).items():
                    lines += layout(f"{member} = ", shown(word, member), depth=1)
                yield lines

    def _class(self, table: Table) -> list[str]:
        lines = [f"class {self.classes[table.name]}(models.Model):"]
        key, names = self.keys[table.name], self.fields[table.name]
        if len(key) > 1:
            parts = [self._attribute(table, c) for c in key]
            lines += layout("pk = ", Call("models.CompositePrimaryKey", [string(p) for p in parts]), depth=1)
        if not key:
            own = Names(
                RESERVED - {"id"}, "_field", {c.name.casefold() for c in table.columns} | self.scopes[table.name].taken
            )
            lines += layout(
                f"{own.take('id', 'row_id')} = ", Call("models.BigAutoField", ("primary_key=True",)), depth=1
            )
        stored = Names(frozenset(), taken={c.name.casefold() for c in table.columns})
        for column in table.columns:
            lines += layout(f"{names[column.name]} = ", self._field(table, column, stored), depth=1)
        for through, (home, here, there, target) in self.throughs.items():
            if home == table.name:
                items = [
                    self._target(table, target),
                    f"through={string(self.classes[through])}",
                    f"related_name={string(there)}",
                ]
                lines += layout(f"{here} = ", Call("models.ManyToManyField", items), depth=1)
        return [*lines, "", *self._meta(table)]

    def _attribute(self, table: Table, column: str) -> str:
        """What holds the value of a column: for a foreign key `customer`, `customer_id`."""
        name = self.fields[table.name][column]
        return f"{name}_id" if (table.name, column) in self.links else name

    def _meta(self, table: Table) -> Iterator[str]:
        yield f"{INDENT}class Meta:"
        yield from layout("db_table = ", string(self.tables[table.name]), depth=2)
        if table.comment:
            yield from layout("db_table_comment = ", self._comment(table.comment, table.name), depth=2)
        yield from (f"{INDENT * 2}{line}" for line in _titles(table))
        words = {c.name: self.words[table.name, c.name] for c in table.columns if (table.name, c.name) in self.words}
        pointing = frozenset(c.name for c in table.columns if (table.name, c.name) in self.links)
        made = Constraints(
            table,
            self.keys[table.name],
            self.fields[table.name],
            words,
            pointing,
            self.d,
            self.use,
            self.constraint_names,
            self._cannot,
        )
        for name, items in (("constraints", made.constraints()), ("indexes", made.indexes())):
            if items:
                yield from layout(f"{name} = ", Call("", items, "[]"), depth=2)

    def _comment(self, comment: str, place: str) -> str:
        """A comment without `%`: Django 5.2 hands comments to the driver as a format."""
        if "%" in comment:
            self._cannot(f"the % in the comment on {place!r}; it is another sign there")
        return string(comment.replace("%", "\uff05"))

    # --- fields ---

    def _field(self, table: Table, column: Column, stored: Names) -> Expr:
        link = self.links.get((table.name, column.name))
        name = self._attribute(table, column.name)
        kept = self._stored(column.name, "column", f" of {table.name!r}", stored)
        alone, unique = self.keys[table.name] == (column.name,), (column.name,) in unique_keys(table)
        options: list[Expr] = [Named("db_column", string(kept))] * (kept != name)
        options += ["primary_key=True"] * alone + ["unique=True"] * (unique and not alone and not link)
        options += ["null=True", "blank=True"] * column.nullable
        if link:
            head, first = self._link(table, link, unique or alone)
        else:
            head, first = self._plain(table, column, numbered=alone and column.is_identity)
        options += self._default(table, column)
        if column.comment:
            options.append(Named("db_comment", self._comment(column.comment, f"{table.name}.{column.name}")))
        return call(head, [*first, *options])

    def _plain(self, table: Table, column: Column, *, numbered: bool) -> tuple[str, list[Expr]]:
        note_type(column, f"{table.name!r}.{column.name!r}", self.d, self.notes.append)
        if column.is_identity and not numbered:
            self._cannot(f"that {table.name!r}.{column.name!r} numbers its rows: it is not the key")
        words = self.words.get((table.name, column.name))
        return field_class(column.type, numbered=numbered), [*sizes(column.type), *[f"choices={words}"] * bool(words)]

    def _link(self, table: Table, link: Link, single: bool) -> tuple[str, list[Expr]]:
        parent, key = link.relation.parent, link.relation.key
        items: list[Expr] = [self._target(table, parent.name)]
        items.append(Named("on_delete", f"models.{self._on_delete(table, link)}"))
        if self.keys[parent.name] != key.references:
            items.append(Named("to_field", string(self.fields[parent.name][link.target.name])))
        items.append(Named("related_name", string(self.backs[table.name, link.column.name])))
        if not single and not is_indexed(table, link.column.name):
            items.append("db_index=False")
        if link.column.is_identity:
            self._cannot(f"that {table.name!r}.{link.column.name!r} numbers its rows: it is a foreign key")
        return f"models.{'OneToOneField' if single else 'ForeignKey'}", items

    def _target(self, table: Table, parent: str) -> str:
        """A class that stands above by itself, another by its name."""
        order = [t.name for t in self.schema.tables]
        if parent == table.name:
            return '"self"'
        name = self.classes[parent]
        return name if order.index(parent) < order.index(table.name) else string(name)

    def _on_delete(self, table: Table, link: Link) -> str:
        action, column = link.relation.key.on_delete, link.column
        if action in _ON_DELETE:
            return _ON_DELETE[action]
        if action is OnDelete.SET_DEFAULT and column.default is not None:
            if (
                values.default(column.default, column.type, self.use, self.d.name) is not None
                and column.default.value is not None
            ):
                return "SET_DEFAULT"
        elif column.nullable:
            return "SET_NULL"
        self._cannot(f"ON DELETE {action} of {table.name!r}.{column.name!r}; a deletion is refused")
        return "PROTECT"

    def _default(self, table: Table, column: Column) -> Iterator[Expr]:
        if column.default is None or column.is_identity:
            return
        word = column.default.value
        named = self.words.get((table.name, column.name))
        said = values.default(column.default, column.type, self.use, self.d.name)
        if named and isinstance(word, str) and word in column.enum:
            said = f"{named}.{members(column.enum)[word]}"
        if said is None:
            self._cannot(f"the default of {table.name!r}.{column.name!r}")
            return
        link = self.links.get((table.name, column.name))
        if link and link.relation.key.on_delete is OnDelete.SET_DEFAULT and word is not None:
            yield Named("default", said)
        yield Named("db_default", said)


def _titles(table: Table) -> Iterator[str]:
    """What the admin calls the rows: as the screen does if that names them, else a plural that takes more than an s."""
    row = entity_name(table.name)
    rows, title = table_name(row), clean(table.title)[:_LONGEST_TITLE].strip()
    said = identifier(title)
    if said == row:
        yield f"verbose_name = {string(title)}"
    if said and said != row and is_plural(said):
        yield f"verbose_name_plural = {string(title)}"
    elif rows != f"{row}s":
        yield f"verbose_name_plural = {string(rows.replace('_', ' ')[:_LONGEST_TITLE])}"
