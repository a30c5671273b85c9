"""Schema -> DBML, the text that dbdiagram.io draws and edits. Language: https://dbml.dbdiagram.io/docs

    Project     which database it is meant for
    Enum        before the first table that uses it
    Table       columns with settings, `indexes` for what is about several columns, a note
    Ref         every foreign key, at the end

Read by @dbml/core 10.2 (dbdiagram.io's own reader) and by PyDBML 1.2; what only one of them takes is
not used. What both cannot say is said in a note: CHECKs (PyDBML knows no `checks`), a second key
between the same columns, a default with characters that cannot be seen, the real name of what had to
be renamed (a quoted name may hold no quotation mark, backslash, comma or parenthesis), and tables
without columns, which stand in a comment. A relation is always `>`, many to one, since the two read
`-` in opposite directions; that a parent has at most one child shows in `unique`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ghost_architect.schema.ddl import check_sql, made_names
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit, keyed_columns
from ghost_architect.schema.objects import Column, DefaultKind, ForeignKey, Index, OnDelete, Schema, Table
from ghost_architect.schema.types import Kind

from .text import clean, distinct, escaped, is_visible, lines_of

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset("as checks enum indexes note project records ref table tablegroup tablepartial".split())
_REPLACED = str.maketrans('"\\,.()', "'/;_[]")
"""What PyDBML takes for the end of a name, for a second column or for a database schema."""
_NUMBER = re.compile(r"(0|[1-9]\d*)(\.\d+)?")
_EXACT = 15
"""Digits that a reader keeps which takes a number for a 64-bit float."""
_EMPTY = "(empty)"
_UNSEEN = frozenset("\n\t\r")
"""Characters that cannot be seen, and that both readers take as an escape."""


def write(schema: Schema, dialect: str = "postgres") -> str:
    """The schema as DBML, with types and expressions as this dialect writes them.

    Args:
        schema: what to write. A foreign key on something that is not there stands in a note.
        dialect: whose limits apply, as in `schema.fit`.

    Raises:
        UsageError: there is no such dialect.
    """
    return _Document(fit(schema, dialect).schema, dialect).text()


class _Document:
    """One fitted schema on its way to DBML; holds how everything is called there."""

    def __init__(self, schema: Schema, dialect: str) -> None:
        self.schema, self.d = schema, find_dialect(dialect)
        self.keyed = keyed_columns(schema)
        self.made = made_names(schema, dialect)
        self.tables = dict(zip(map(id, schema.tables), _names(t.name for t in schema.tables), strict=True))
        self.columns = {id(t): _column_names(t) for t in schema.tables}
        self.enums = self._enum_names()
        self.spoken = _spoken_keys(schema)

    def text(self) -> str:
        blocks = [["Project database {", f"  database_type: {_string(self.d.title)}", "}"]]
        written = set[str]()
        for table in self.schema.tables:
            for column in table.columns:
                name = self.enums.get((id(table), column.name))
                if name is not None and name not in written:
                    written.add(name)
                    blocks.append([f"Enum {_quoted(name)} {{", *self._values(column), "}"])
            blocks.append(list(self._table(table)))
        blocks.append([self._ref(table, key) for table in self.schema.tables for key in self.spoken[id(table)]])
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    # --- enums ---

    def _enum_names(self) -> dict[tuple[int, str], str]:
        """Per enum column the name of its Enum; columns share one where PostgreSQL would compare them."""
        shared = made_names(self.schema, "postgres").enums
        places = [(t, c) for t in self.schema.tables for c in t.columns if c.type.kind is Kind.ENUM]
        real = [shared.get((t.name, c.name), f"{t.name}_{c.name}") for t, c in places]
        each = dict.fromkeys(real)
        written = dict(zip(each, _names(each), strict=True))
        return {(id(t), c.name): written[name] for (t, c), name in zip(places, real, strict=True)}

    def _values(self, column: Column) -> Iterator[str]:
        for value, written in zip(column.enum, _values(column), strict=True):
            note = "" if value == written else f" [note: {_string('the value is ' + escaped(value))}]"
            yield f"  {_quoted(written)}{note}"

    # --- tables ---

    def _table(self, table: Table) -> Iterator[str]:
        name, remarks = self.tables[id(table)], self._remarks(table)
        if not table.columns:
            yield f"// {' '.join([f'Table {name} has no columns.', *remarks])}"
            return
        yield f"Table {_quoted(name)} {{"
        for column in table.columns:
            settings = ", ".join(self._settings(table, column))
            yield f"  {self._name(table, column.name)} {self._type(table, column)}" + (settings and f" [{settings}]")
        lines = list(self._index_lines(table))
        if lines:
            yield from ("", "  indexes {", *(f"    {line}" for line in lines), "  }")
        if remarks:
            yield ""
            yield from _note(remarks)
        yield "}"

    def _name(self, table: Table, column: str) -> str:
        return _quoted(self.columns[id(table)][column])

    def _type(self, table: Table, column: Column) -> str:
        enum = self.enums.get((id(table), column.name))
        if enum is not None:
            return _quoted(enum)
        spelled = self.d.write_type(column.type, keyed=column.name in self.keyed[table.name]).lower().replace(", ", ",")
        return f'"{spelled}"' if " " in spelled else spelled

    def _settings(self, table: Table, column: Column) -> Iterator[str]:
        alone = table.primary_key == (column.name,)
        if alone:
            yield "pk"
        if column.is_identity:
            yield "increment"
        if not column.nullable and not alone:
            yield "not null"
        if (column.name,) in table.uniques:
            yield "unique"
        default = self._default(column)
        if default:
            yield f"default: {default}"
        remarks = list(self._column_remarks(table, column))
        if remarks:
            yield f"note: {_string(chr(10).join(remarks))}"

    def _default(self, column: Column) -> str:
        """As a literal where both readers keep it as it is, else as an expression; empty if there is none to write."""
        default = column.default
        if default is None or column.is_identity:
            return ""
        value = default.value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            written = dict(zip(column.enum, _values(column), strict=True)).get(value, value)
            return _string(written) if _can_be_said(written) else ""
        text = self.d.write_default(default, column.type)
        exact = default.kind is DefaultKind.LITERAL and sum(map(str.isdigit, text)) <= _EXACT
        return text if exact and _NUMBER.fullmatch(text) else f"`{text}`"

    def _column_remarks(self, table: Table, column: Column) -> Iterator[str]:
        if column.comment:
            yield from lines_of(column.comment)
        if column.name != self.columns[id(table)][column.name]:
            yield f"named {escaped(column.name)} in the database"
        default = column.default and column.default.value
        if isinstance(default, str) and not self._default(column):
            yield f"default {escaped(default)}"

    def _index_lines(self, table: Table) -> Iterator[str]:
        if len(table.primary_key) > 1 and self._has(table, table.primary_key):
            yield f"{self._subject(table, table.primary_key)} [pk]"
        for unique in table.uniques:
            if len(unique) > 1 and self._has(table, unique):
                yield f"{self._subject(table, unique)} [unique]"
        for index in table.indexes:
            if self._has(table, index.columns):
                yield f"{self._subject(table, index.columns)} [{', '.join(self._index_settings(table, index))}]"

    def _index_settings(self, table: Table, index: Index) -> Iterator[str]:
        if index.unique:
            yield "unique"
        yield f"name: {_string(_word(self.made.indexes[table.name, index]))}"

    def _subject(self, table: Table, columns: Sequence[str]) -> str:
        names = [self._name(table, c) for c in columns]
        return names[0] if len(names) == 1 else f"({', '.join(names)})"

    def _has(self, table: Table, columns: Iterable[str]) -> bool:
        return set(columns) <= self.columns[id(table)].keys()

    def _remarks(self, table: Table) -> list[str]:
        """What is known of a table and has no other place, a line each."""
        out = [*lines_of(table.title)] if clean(table.title).casefold() != table.name.casefold() else []
        out += lines_of(table.comment)
        if table.name != self.tables[id(table)]:
            out.append(f"named {escaped(table.name)} in the database")
        out += [clean(f"CHECK ({check_sql(c, self.d.name)})") for c in table.checks]
        out += [clean(self._silent(key)) for key in table.foreign_keys if key not in self.spoken[id(table)]]
        return list(dict.fromkeys(out))

    # --- keys ---

    def _silent(self, key: ForeignKey) -> str:
        columns, references = (", ".join(names) for names in (key.columns, key.references))
        return f"FOREIGN KEY ({columns}) REFERENCES {key.table} ({references}) ON DELETE {key.on_delete}"

    def _ref(self, table: Table, key: ForeignKey) -> str:
        parent = self.schema.table(key.table)
        assert parent is not None
        ends = [self._end(table, key.columns), self._end(parent, key.references)]
        action = "" if key.on_delete is OnDelete.NO_ACTION else f" [delete: {key.on_delete.lower()}]"
        return f"Ref: {ends[0]} > {ends[1]}{action}"

    def _end(self, table: Table, columns: Sequence[str]) -> str:
        return f"{_quoted(self.tables[id(table)])}.{self._subject(table, columns)}"


def _spoken_keys(schema: Schema) -> dict[int, list[ForeignKey]]:
    """Per table, the keys that can be a Ref: both ends are there and differ, and no other Ref joins the same two."""
    joined = set[frozenset[tuple[str, tuple[str, ...]]]]()
    out: dict[int, list[ForeignKey]] = {}
    for table in schema.tables:
        spoken = out[id(table)] = []
        for key in table.foreign_keys:
            ends = frozenset({(table.name, key.columns), (key.table, key.references)})
            if len(ends) == 2 and ends not in joined and _is_whole(schema, table, key):
                joined.add(ends)
                spoken.append(key)
    return out


def _is_whole(schema: Schema, table: Table, key: ForeignKey) -> bool:
    parent = schema.table(key.table)
    if parent is None or len(key.columns) != len(key.references) or schema.table(table.name) is not table:
        return False
    return all(table.column(c) for c in key.columns) and all(parent.column(c) for c in key.references)


# --- words ---


def _word(name: str) -> str:
    """The name as both readers take it between quotation marks."""
    return clean(clean(name).translate(_REPLACED)) or "_"


def _names(names: Iterable[str]) -> list[str]:
    return distinct(_word(name) for name in names)


def _column_names(table: Table) -> dict[str, str]:
    """Per column its name in DBML. (A column that is there twice is a fault that `verify` reports.)"""
    names = list(dict.fromkeys(c.name for c in table.columns))
    return dict(zip(names, _names(names), strict=True))


def _values(column: Column) -> list[str]:
    return distinct(clean(clean(value).replace('"', "'").replace("\\", "/")) or _EMPTY for value in column.enum)


def _quoted(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and name.lower() not in _KEYWORDS
    return name if plain else f'"{name}"'


def _can_be_said(text: str) -> bool:
    return all(c in _UNSEEN or is_visible(c) for c in text)


def _string(text: str) -> str:
    """A string on one line."""
    return "'" + _inside(text).replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + "'"


def _inside(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _note(lines: Sequence[str]) -> Iterator[str]:
    if len(lines) == 1:
        yield f"  Note: {_string(lines[0])}"
    else:
        yield from ("  Note: '''", *(f"    {_inside(line)}" for line in lines), "  '''")
