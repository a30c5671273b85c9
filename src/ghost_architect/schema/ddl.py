"""Schema -> SQL text: the only writer of SQL in the project.

What it writes is both what a model is trained to answer and what a user gets, so there is one form,
and it is canonical: equal schemas give equal text. A constraint over one column stands behind that
column, any other as a line of its own; keys that run in a circle are added at the end. Names of
indexes and enum types are made here from what they are about, since a schema does not hold them.

    >>> from .objects import Column, Schema, Table
    >>> from .types import TEXT
    >>> print(ddl(Schema((Table("notes", (Column("body", TEXT),)),))), end="")
    CREATE TABLE notes (
        body TEXT
    );
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from .dialects import Dialect
from .dialects import dialect as find_dialect
from .fit import fit, keyed_columns
from .objects import Check, Column, Comparison, DefaultKind, Evidence, ForeignKey, Index, OnDelete, Schema, Table
from .script_names import FreeNames, Place, shared_enums
from .types import Kind

_LONGEST_CITED = 120

_Checks = Mapping[str, Sequence[Check]]


class Citations(Enum):
    """How the text lines that a column was read from are cited in comments."""

    NONE = "none"
    LINES = "lines"
    TEXT = "text"


def ddl(schema: Schema, dialect: str = "postgres", citations: Citations = Citations.NONE) -> str:
    """The script that makes this schema, ending in a newline; empty for an empty schema.

    What the dialect cannot hold is left out or changed as `fit` says.

    Args:
        schema: what to write.
        dialect: a name in `DIALECTS`.
        citations: whether evidence is written behind tables and columns, and how.

    Raises:
        UsageError: there is no such dialect.
    """
    blocks = Script(fit(schema, dialect).schema, find_dialect(dialect), citations).blocks()
    return "\n\n".join("\n".join(f"{s};" for s in block) for block in blocks) + ("\n" if blocks else "")


def statements(schema: Schema, dialect: str = "postgres") -> list[str]:
    """The statements of `ddl`, one by one, without the semicolon.

    Raises:
        UsageError: there is no such dialect.
    """
    blocks = Script(fit(schema, dialect).schema, find_dialect(dialect)).blocks()
    return [s for block in blocks for s in block]


@dataclass(frozen=True, slots=True)
class MadeNames:
    """The names that stand in the script and not in the schema.

    Attributes:
        enums: per enum column whose type has a name, that name; columns that share a type share the name.
        indexes: per table and index, the name of the index.
    """

    enums: Mapping[Place, str]
    indexes: Mapping[tuple[str, Index], str]


def made_names(schema: Schema, dialect: str = "postgres") -> MadeNames:
    """How `ddl` calls enum types and indexes, for whoever describes the same database in another language.

    Raises:
        UsageError: there is no such dialect.
    """
    script = Script(fit(schema, dialect).schema, find_dialect(dialect))
    script.blocks()
    named = script.enum_names
    return MadeNames({p: named[first] for p, first in script.home.items() if first in named}, script.index_names)


def check_sql(check: Check, dialect: str = "postgres") -> str:
    """The condition of a check, as it stands between the parentheses of CHECK (...)."""
    d = find_dialect(dialect)
    return " AND ".join(_comparison(term, d) for term in check.terms)


def _comparison(term: Comparison, d: Dialect) -> str:
    if term.column is not None:
        return f"{d.quote(term.left)} {term.op} {d.quote(term.column)}"
    assert term.value is not None
    return f"{d.quote(term.left)} {term.op} {d.value(term.value)}"


class Script:
    """One schema, already fitted, on its way into one dialect.

    `blocks` is the whole script. The other methods write its pieces, for whoever changes a database
    that is there (`migrating/`); names that are made here are made by `blocks`, which comes first.
    """

    def __init__(self, schema: Schema, d: Dialect, citations: Citations = Citations.NONE) -> None:
        self.schema, self.d, self.citations = schema, d, citations
        self.names = FreeNames(d.max_name_bytes, {t.name.lower() for t in schema.tables})
        self.home = shared_enums(schema)
        self.enum_names: dict[Place, str] = {}
        self.index_names: dict[tuple[str, Index], str] = {}
        self.key_names: dict[tuple[str, ForeignKey], str] = {}
        self.place = {t.name: i for i, t in reversed(list(enumerate(schema.tables)))}

    @cached_property
    def _keyed(self) -> Mapping[str, Collection[str]]:
        return keyed_columns(self.schema)

    def blocks(self) -> list[list[str]]:
        """Statements that belong together: types, table, indexes, comments of each table, then late keys."""
        out: list[list[str]] = []
        for i, table in enumerate(self.schema.tables):
            out.append(list(self._enum_types(table)))
            late = self._late_keys(i, table)
            keys = [f for f in table.foreign_keys if f not in late] if late else table.foreign_keys
            out.append([self.create_table(table, keys)])
            out.append([self._create_index(table, index) for index in table.indexes])
            out.append(list(self.comments(table)))
        late_keys = ((t, f) for i, t in enumerate(self.schema.tables) for f in self._late_keys(i, t))
        out.append([self.add(table, self.key(table, key)) for table, key in late_keys])
        return [block for block in out if block]

    # --- enums ---

    def _enum_types(self, table: Table) -> Iterable[str]:
        """The types that this table is the first to use. A type shares its namespace with tables."""
        for c in table.columns:
            if not self._is_named(c):
                continue
            place = (table.name, c.name)
            if self.home[place] == place and place not in self.enum_names:
                self.enum_names[place] = self.names.make(place)
                yield self.create_type(self.enum_names[place], c.enum)

    def create_type(self, name: str, values: Sequence[str]) -> str:
        """An enum type."""
        return f"CREATE TYPE {self.d.quote(name)} AS ENUM ({', '.join(map(self.d.string, values))})"

    def _is_named(self, column: Column) -> bool:
        return column.type.kind is Kind.ENUM and self.d.named_enum(column.type)

    # --- tables ---

    def create_table(self, table: Table, keys: Sequence[ForeignKey]) -> str:
        """The table with these of its foreign keys, without indexes and comments that are statements."""
        checks = _checks_by_column(table)
        lines = [self._column(table, c, keys, checks) for c in table.columns]
        lines += self._constraints(table, keys, checks)
        lines[:-1] = [f"{line}," for line in lines[:-1]]
        if self.citations is not Citations.NONE:
            cited = [line + self._cite(c.evidence) for line, c in zip(lines, table.columns, strict=False)]
            lines = cited + lines[len(cited) :]
        body = "".join([f"    {line}\n" for line in lines])
        head = f"CREATE TABLE {self.d.quote(table.name)} ({self._cite(table.evidence)}\n"
        inline = table.comment and self.d.comments == "inline"
        return f"{head}{body})" + (f" COMMENT={self.d.string(table.comment)}" if inline else "")

    def column(self, table: Table, column: Column, keys: Sequence[ForeignKey] = ()) -> str:
        """A column, and behind it the constraints that are about it alone."""
        return self._column(table, column, keys, _checks_by_column(table))

    def _column(self, table: Table, column: Column, keys: Sequence[ForeignKey], checks: _Checks) -> str:
        name, d = column.name, self.d
        own = (name,)
        alone = table.primary_key == own
        parts = [d.quote(name), self.type(table, column), *self._left_out(column, alone)]
        if alone:
            parts.append("PRIMARY KEY")
        if own in table.uniques:
            parts.append("UNIQUE")
        if keys and d.inline_keys:
            parts += [self._references(f) for f in keys if f.columns == own]
        # MariaDB takes a CHECK only behind everything else.
        if column.comment and d.comments == "inline":
            parts.append(f"COMMENT {d.string(column.comment)}")
        # The first check stands behind it (MariaDB takes no second one), others in their own lines.
        if self.is_checked(column):
            parts.append(f"CHECK ({self.words(column)})")
        elif name in checks:
            parts.append(self.check(checks[name][0]))
        return " ".join(parts)

    def _left_out(self, column: Column, alone: bool) -> list[str]:
        """What holds for a row that does not say its value; `alone`: it is the primary key."""
        default, d = column.default, self.d
        if default is not None and default.kind is DefaultKind.IDENTITY:
            return [d.identity] if d.identity else []
        parts = [] if column.nullable or (alone and d.key_is_required) else ["NOT NULL"]
        if default is not None:
            parts.append(f"DEFAULT {d.write_default(default, column.type)}")
        return parts

    def type(self, table: Table, column: Column) -> str:
        """The type of a column, as it stands behind its name."""
        if self._is_named(column):
            return self.d.quote(self.enum_names[self.home[table.name, column.name]])
        d = self.d
        alone = d.rowid_keys and table.primary_key == (column.name,)
        if alone and column.type.kind is Kind.INTEGER and not column.is_identity:
            return "INT"
        return d.write_type(column.type, keyed=d.keyed_types and column.name in self._keyed[table.name])

    def check(self, check: Check) -> str:
        """A check, as it stands in a table."""
        return f"CHECK ({check_sql(check, self.d.name)})"

    def is_checked(self, column: Column) -> bool:
        """Whether the values of an enum are kept by a check."""
        return column.type.kind is Kind.ENUM and self.d.checked_enum(column.type)

    def words(self, column: Column) -> str:
        """The condition that an enum column holds one of its values."""
        return f"{self.d.quote(column.name)} IN ({', '.join(map(self.d.string, column.enum))})"

    def _constraints(self, table: Table, keys: Sequence[ForeignKey], checks: _Checks) -> Iterable[str]:
        """Table lines: what is about several columns, or cannot stand behind one.

        A constraint on a column that is not there is written too: the engine is to refuse it.
        """
        d = self.d
        names = {c.name for c in table.columns}
        if not _is_inline(names, table.primary_key) and table.primary_key:
            yield f"PRIMARY KEY {d.names(table.primary_key)}"
        yield from (f"UNIQUE {d.names(u)}" for u in table.uniques if not _is_inline(names, u))
        for key in keys:
            if not _is_inline(names, key.columns) or not d.inline_keys:
                yield self.key(table, key)
        if checks:
            for column in table.columns:
                yield from map(self.check, checks.get(column.name, ())[0 if self.is_checked(column) else 1 :])
        yield from (self.check(c) for c in table.checks if not _is_inline(names, c.columns))

    # --- keys ---

    def _references(self, key: ForeignKey) -> str:
        action = "" if key.on_delete is OnDelete.NO_ACTION else f" ON DELETE {key.on_delete}"
        return f"REFERENCES {self.d.quote(key.table)} {self.d.names(key.references)}{action}"

    def key(self, table: Table, key: ForeignKey) -> str:
        """A foreign key, as it stands in a table."""
        written = f"FOREIGN KEY {self.d.names(key.columns)} {self._references(key)}"
        if not self.d.must_name_keys(table.name):
            return written
        place = table.name, key
        if place not in self.key_names:
            self.key_names[place] = self.names.make((table.name, *key.columns, "fkey"))
        return f"CONSTRAINT {self.d.quote(self.key_names[place])} {written}"

    def _late_keys(self, i: int, table: Table) -> list[ForeignKey]:
        """Keys to tables that do not exist yet when this one is made."""
        return [f for f in table.foreign_keys if self.d.late_keys and self.place.get(f.table, i) > i]

    def add(self, table: Table, constraint: str) -> str:
        """A constraint, written as it stands in a table, for a table that is there."""
        return f"ALTER TABLE {self.d.quote(table.name)} ADD {constraint}"

    def _create_index(self, table: Table, index: Index) -> str:
        self.index_names[table.name, index] = self.names.make((table.name, *index.columns, "idx"))
        return self.index(table, index)

    def index(self, table: Table, index: Index) -> str:
        """An index of a table that is there."""
        name = self.index_names[table.name, index]
        unique = "UNIQUE " if index.unique else ""
        return f"CREATE {unique}INDEX {self.d.quote(name)} ON {self.d.quote(table.name)} {self.d.names(index.columns)}"

    # --- comments ---

    def comments(self, table: Table) -> Iterable[str]:
        """The comments of a table and its columns, where these are statements."""
        d = self.d
        if d.comments != "statement":
            return
        if table.comment:
            yield f"COMMENT ON TABLE {d.quote(table.name)} IS {d.string(table.comment)}"
        for c in table.columns:
            if c.comment:
                yield f"COMMENT ON COLUMN {d.quote(table.name)}.{d.quote(c.name)} IS {d.string(c.comment)}"

    def _cite(self, evidence: Sequence[Evidence]) -> str:
        if not evidence or self.citations is Citations.NONE:
            return ""
        if self.citations is Citations.LINES:
            return f" -- {', '.join(str(e.line) for e in evidence)}"
        return " -- " + ", ".join(f'"{_printable(e.text)}" (screen {e.screen}, line {e.line})' for e in evidence)


def _is_inline(names: Collection[str], columns: tuple[str, ...]) -> bool:
    """Whether a constraint over these columns stands behind a column of a table that has these."""
    return len(columns) == 1 and columns[0] in names


def _checks_by_column(table: Table) -> _Checks:
    """The checks that are about one column each."""
    found: dict[str, list[Check]] = {}
    for check in table.checks:
        columns = check.columns
        if len(columns) == 1:
            found.setdefault(columns[0], []).append(check)
    return found


def _printable(text: str) -> str:
    """Text from a picture, so that it cannot end the comment it stands in: no control, format or line characters."""
    safe = "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)
    return " ".join(safe.split())[:_LONGEST_CITED]
