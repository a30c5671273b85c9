"""Schema -> a module of SQLAlchemy models (2.0 and 2.1) that create the same database as `schema.ddl` does.

    tables with a key          -> classes with `Mapped[...]`, and relationships at both ends of a key
    tables of two keys alone   -> `Table`, the `secondary` of a many-to-many relationship
    tables without a key       -> `Table`: the ORM maps only rows that it can tell apart

The parsed module holds imports, classes, assignments and `pass`, whatever the names are: see `python`.
What SQLAlchemy cannot say stands as a comment at its top.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghost_architect.schema.ddl import check_sql, made_names
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit, keyed_columns
from ghost_architect.schema.objects import Column, ForeignKey, OnDelete, Schema, Table
from ghost_architect.schema.types import INTEGERS, Kind

from . import Written
from .orm.alchemy_links import links
from .orm.alchemy_names import is_dotted, name_all
from .orm.alchemy_types import MODULES, SaType, annotation, forgotten, server_default, type_of
from .orm.imports import Imports
from .orm.shared import sound
from .python import (
    INDENT,
    WIDTH,
    Call,
    Expr,
    Named,
    Names,
    call,
    keywords,
    layout,
    remark,
    string,
)

_INT = "SQLite numbers the rows of a key that is declared INTEGER; one declared INT is left to you."
_HEAD = "SQLAlchemy models, written by Ghost Architect."

# sqlalchemy.sql.compiler, BIND_PARAMS and BIND_PARAMS_ESC: what a text has to have a backslash before.
_BOUND = re.compile(r"(?<![:\w$\\]):(?=[\w$]+(?![:\w$]))|(?<=\\):(?=[\w$]*(?![:\w$]))")


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
        self.use = Imports(MODULES, "sqlalchemy")
        self.made = made_names(self.schema, dialect)
        self.keyed = keyed_columns(self.schema)
        self.key_names = Names(frozenset())
        self.named = name_all(self.schema, self.made.enums)
        self.place = {t.name: i for i, t in enumerate(self.schema.tables)}
        self.schema = Schema(tuple(self._without_unsaid(t) for t in self.schema.tables))
        self.place = {t.name: i for i, t in enumerate(self.schema.tables)}

    # --- the module ---

    def text(self) -> str:
        """All of it."""
        self.links = links(self.schema, self.named)
        if not self.schema.tables:
            return "\n".join(line for note in (_HEAD, *self.notes) for line in remark(note)) + "\n"
        loose = [t for t in self.schema.tables if t.name in self.named.tables and t.name not in self.named.junctions]
        blocks = [
            *self._words(),
            *self._plain_int(),
            [f"class Base({self.use('DeclarativeBase')}):", "    pass"],
            *(self._table(t) for t in self.schema.tables if t.name in self.named.junctions),
            *(self._class(t) for t in self.schema.tables if t.name in self.named.classes),
            *(self._table(t) for t in loose),
        ]
        self.use("annotations")
        head = [line for note in (_HEAD, *self.notes) for line in remark(note)]
        body = list(_spaced(blocks))[bool(self.named.words) :]  # isort: one line between imports and what is no class
        return "\n".join([*head, "", *self.use.lines(), *body]) + "\n"

    def _words(self) -> Iterator[list[str]]:
        done = set[str]()
        lines = list[str]()
        for table in self.schema.tables:
            for column in table.columns:
                name = self.named.words.get((table.name, column.name))
                if name and name not in done:
                    done.add(name)
                    lines += layout(f"{name} = ", Call(self.use("Literal"), [string(v) for v in column.enum], "[]"))
        if lines:
            yield lines

    def _plain_int(self) -> Iterator[list[str]]:
        if any(self._is_plain_int(t, c) for t in self.schema.tables for c in t.columns):
            yield [
                f"class INT({self.use('UserDefinedType')}[int]):",
                *(f"    {line}" for line in remark(_INT, WIDTH - len(INDENT))),
                "    cache_ok = True",
                '    get_col_spec = lambda self, **kw: "INT"  # noqa: E731',
            ]

    def _class(self, table: Table) -> list[str]:
        lines = [f"class {self.named.classes[table.name]}(Base):", f"    __tablename__ = {string(table.name)}"]
        arguments = self._arguments(table)
        if arguments:
            lines += layout("__table_args__ = ", arguments, depth=1)
        lines.append("")
        for column in table.columns:
            lines += self._attribute(table, column)
        found = self.links.get(table.name, [])
        lines += [""] * bool(found)
        for link in found:
            lines += layout(f"{link.name}: Mapped[{link.type_}] = ", link.value, depth=1)
            self.use("relationship")
        return lines

    def _table(self, table: Table) -> list[str]:
        """A table that is no class."""
        columns = [call(self.use("Column"), [string(c.name), *self._column(table, c)]) for c in table.columns]
        items = [string(table.name), "Base.metadata", *columns, *self._constraints(table), *_options(table)]
        if forgotten(table.name, self.d):
            items.append("quote=True")
        return layout(f"{self.named.tables[table.name]} = ", Call(self.use("Table"), items))

    def _arguments(self, table: Table) -> Expr | None:
        """What stands in `__table_args__`."""
        options = [Named(string(n.name), n.value, ": ") for n in _options(table)]
        if forgotten(table.name, self.d):
            options.append(Named('"quote"', "True", ": "))
        items = list(self._constraints(table))
        if not items:
            return Call("", options, "{}") if options else None
        return Call("", [*items, Call("", options, "{}")] if options else items)

    # --- columns ---

    def _attribute(self, table: Table, column: Column) -> list[str]:
        type_, name = self._type(table, column), self.named.attributes[table.name][column.name]
        values = self.named.words.get((table.name, column.name)) or annotation(type_, self.use)
        mapped = f"{self.use('Mapped')}[{values} | None]" if column.nullable else f"{self.use('Mapped')}[{values}]"
        # SQLAlchemy wants the name where it is told to quote it.
        items: list[Expr] = [string(column.name)] if name != column.name or forgotten(column.name, self.d) else []
        items += [i for i in self._column(table, column, type_) if i != "nullable=False"]
        return layout(f"{name}: {mapped} = ", call(self.use("mapped_column"), items), depth=1)

    def _type(self, table: Table, column: Column) -> SaType:
        if column.type.kind is Kind.ENUM and not self.d.checked_enum(column.type):
            named = self.made.enums.get((table.name, column.name))
            words = self.named.words.get((table.name, column.name))
            values: list[Expr] = [f"*{self.use('get_args')}({words})"] if words else [string(v) for v in column.enum]
            return SaType("str", call(self.use("Enum"), [*values, f"name={string(named)}" if named else None]))
        if self._is_plain_int(table, column):
            return SaType("int", "INT")
        return type_of(column, self.d, self.use, keyed=column.name in self.keyed[table.name])

    def _column(self, table: Table, column: Column, type_: SaType | None = None) -> Iterator[Expr]:
        """What a column is given, its name apart. `type_` is given where an annotation stands beside it."""
        type_, annotated = type_ or self._type(table, column), type_ is not None
        if not (annotated and type_.implied):
            yield self.use(type_.sql) if isinstance(type_.sql, str) else type_.sql
        yield from (self._reference(table, f) for f in table.foreign_keys if f.columns == (column.name,))
        yield from self._keyed(table, column)
        if (column.name,) in table.uniques:
            yield "unique=True"
        if column.default is not None and not column.is_identity:
            yield Named("server_default", server_default(column.default, column, self.d, self.use))
        if column.comment:
            yield f"comment={string(column.comment)}"
        if forgotten(column.name, self.d):
            yield "quote=True"

    def _keyed(self, table: Table, column: Column) -> Iterator[Expr]:
        """Part of the key or not, NULL or not, and whether its rows are numbered (which SQLAlchemy guesses too)."""
        if column.is_identity and self.d.name == "postgres":
            yield Call(self.use("Identity"), ())
        if column.name in table.primary_key and _is_in_order(table):
            yield "primary_key=True"
        elif not column.nullable:
            yield "nullable=False"
        if column.is_identity and self.d.name == "mysql":
            yield from self._numbered(table, column)
        guessed = table.primary_key == (column.name,) and column.type.kind in INTEGERS
        if guessed and not column.is_identity and not any(f.columns == (column.name,) for f in table.foreign_keys):
            yield "autoincrement=False"

    def _is_plain_int(self, table: Table, column: Column) -> bool:
        """Whether the column is an INT and no INTEGER, by which SQLite would number its rows."""
        sole = self.d.rowid_keys and table.primary_key == (column.name,)
        return sole and column.type.kind is Kind.INTEGER and not column.is_identity

    def _numbered(self, table: Table, column: Column) -> Iterator[Expr]:
        if column.name in table.primary_key:
            if table.primary_key != (column.name,):
                yield "autoincrement=True"
            if table.primary_key[0] != column.name:
                first = f"that the primary key of {table.name!r} begins with {table.primary_key[0]!r}"
                self._cannot(f"{first}: the column that numbers rows comes first")
        else:
            self._cannot(f"that {table.name!r}.{column.name!r} numbers its rows: it is no part of the primary key")

    def _cannot(self, what: str) -> None:
        self.notes.append(f"SQLAlchemy cannot say {what}")

    # --- constraints ---

    def _constraints(self, table: Table) -> Iterator[Expr]:
        if not _is_in_order(table):
            yield call(self.use("PrimaryKeyConstraint"), map(string, table.primary_key))
        for unique in (u for u in table.uniques if len(u) > 1):
            yield call(self.use("UniqueConstraint"), map(string, unique))
        for key in (f for f in table.foreign_keys if len(f.columns) > 1):
            yield self._reference(table, key)
        for condition in self._conditions(table):
            yield call(self.use("CheckConstraint"), [string(_BOUND.sub(r"\\:", condition))])
        for index in table.indexes:
            name = string(self.made.indexes[table.name, index])
            items = [name, *map(string, index.columns), *["unique=True"] * index.unique]
            yield call(self.use("Index"), items)

    def _conditions(self, table: Table) -> Iterator[str]:
        for column in table.columns:
            if column.enum and self.d.checked_enum(column.type):
                yield f"{self.d.quote(column.name)} IN ({', '.join(map(self.d.string, column.enum))})"
        yield from (check_sql(c, self.d.name) for c in table.checks)

    def _reference(self, table: Table, key: ForeignKey) -> Expr:
        targets = self._targets(key)
        late = self.place[key.table] > self.place[table.name]
        named = late or self.d.must_name_keys(table.name)
        options = keywords(
            ondelete=string(key.on_delete) if key.on_delete is not OnDelete.NO_ACTION else None,
            name=string(self._key_name(table, key)) if named else None,
            use_alter="True" if late else None,
        )
        if len(key.columns) == 1:
            return call(self.use("ForeignKey"), [targets[0], *options])
        mine = Call("", [string(c) for c in key.columns], "[]")
        return call(self.use("ForeignKeyConstraint"), [mine, Call("", targets, "[]"), *options])

    def _targets(self, key: ForeignKey) -> Sequence[str]:
        """What a key points at, as text; where a full stop in a name would be misread, as the column itself."""
        if not is_dotted(key):
            return [string(f"{key.table}.{name}") for name in key.references]
        if key.table in self.named.tables:
            return [f"{self.named.tables[key.table]}.c[{string(name)}]" for name in key.references]
        return [f"{self.named.classes[key.table]}.{self.named.attributes[key.table][name]}" for name in key.references]

    def _without_unsaid(self, table: Table) -> Table:
        """The table without the keys that lead to a column with a full stop in its name, and are not behind it."""
        unsaid = [f for f in table.foreign_keys if is_dotted(f) and self._order(f.table) >= self._order(table.name)]
        for key in unsaid:
            names = ", ".join(map(repr, key.references))
            self._cannot(f"that {table.name!r} has a key to {names} of {key.table!r}: a full stop parts names there")
        return replace(table, foreign_keys=tuple(f for f in table.foreign_keys if f not in unsaid))

    def _order(self, table: str) -> tuple[int, int]:
        """Where a table stands in the module."""
        group = 0 if table in self.named.junctions else 1 if table in self.named.classes else 2
        return group, self.place[table]

    def _key_name(self, table: Table, key: ForeignKey) -> str:
        """A name, which a key needs that is added afterwards: as PostgreSQL would call it."""
        name = "_".join((table.name, *key.columns, "fkey"))
        if len(name.encode()) > 56:
            name = f"{name.encode()[:47].decode(errors='ignore')}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return self.key_names.take(name)


def _is_in_order(table: Table) -> bool:
    """Whether the key has its columns in the order of the table."""
    return [c.name for c in table.columns if c.name in table.primary_key] == list(table.primary_key)


def _options(table: Table) -> list[Named]:
    return [Named("comment", string(table.comment))] if table.comment else []


def _spaced(blocks: Sequence[list[str]]) -> Iterator[str]:
    for block in blocks:
        yield from ("", "", *block)
