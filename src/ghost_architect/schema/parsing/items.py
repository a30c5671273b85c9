"""The inside of CREATE TABLE and ALTER TABLE ADD: one column or one constraint -> a draft.

    column     = name [type] clause*          clause = NOT NULL | DEFAULT ... | REFERENCES ... | ...
    constraint = [CONSTRAINT name] PRIMARY KEY (...) | UNIQUE (...) | FOREIGN KEY (...) ... | CHECK (...)

Words that mean nothing here are reported up to the next word that does. Expressions go to sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable

from ..dialects import Dialect
from ..dialects.reading import Spelling, TypeReading
from ..objects import IDENTITY
from ..types import INTEGERS, TEXT, Type
from .clauses import NotUnderstood, default_of
from .drafts import CheckDraft, ColumnDraft, Report, TableDraft
from .expressions import expression
from .keys import KeyReader
from .scan import Cursor, Name, Span

_CLAUSES = frozenset(
    """
    AS AUTO_INCREMENT AUTOINCREMENT CHARSET CHECK COLLATE COMMENT COMPRESSION CONSTRAINT DEFAULT DEFERRABLE ENCODE
    GENERATED IDENTITY INDEX INITIALLY INVISIBLE KEY MASKED MATCH NOT NOTNULL NULL ON PERSISTED PRIMARY REFERENCES
    ROWGUIDCOL SPARSE STORAGE STORED UNIQUE USING VIRTUAL VISIBLE FIRST AFTER
    """.split()
) | {"PRIMARY KEY"}
"""Words that end a type or a default."""

_CONSTRAINTS = frozenset(("CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "UNIQUE", "CHECK", "LIKE"))
_KEY_WORDS = ("KEY", "INDEX")
_NUMBERED = ("AUTO_INCREMENT", "AUTOINCREMENT", "IDENTITY")


class ItemReader:
    """Reads items into a table draft. `enum_of` gives the enum type of a name, or None."""

    def __init__(self, d: Dialect, report: Report, enum_of: Callable[[Name], Type | None]) -> None:
        self.d, self.report, self.enum_of = d, report, enum_of
        self.keys = KeyReader(report)

    def read(self, table: TableDraft, item: Span) -> None:
        """One item between the commas of CREATE TABLE."""
        if not item.tokens:
            self.report.note("PARSE-SYNTAX", table.span, "a comma with nothing beside it", table.name.text)
        elif self._is_constraint(item):
            self._constraint(table, item)
        else:
            self._column(table, item)

    def _is_constraint(self, item: Span) -> bool:
        first, second = item.words(2)
        if first in ("EXCLUDE", "PERIOD"):
            return second in ("USING", "(", "FOR")
        if first in ("FULLTEXT", "SPATIAL"):
            return second in _KEY_WORDS or second == "("
        if first in _KEY_WORDS:
            # `key TEXT` is a column, `KEY (a)` and `KEY by_a (a)` are indexes.
            return second == "(" or (item.word(2) == "(" and self.d.read_type(Spelling(second)).type is None)
        # SQLite takes LIKE for a name.
        return first in _CONSTRAINTS and (first != "LIKE" or "like" in self.d.reserved)

    # --- columns ---

    def _column(self, table: TableDraft, item: Span) -> None:
        cursor = Cursor(item)
        name = cursor.name()
        if name is None:
            self.report.note("PARSE-SYNTAX", item, f"{item.text} was not understood", table.name.text)
            return
        column = ColumnDraft(name, TEXT)
        table.columns.append(column)
        self._type(table, column, cursor)
        self.clauses(table, column, cursor)

    def _type(self, table: TableDraft, column: ColumnDraft, cursor: Cursor) -> None:
        start = cursor.at
        declared = cursor.dotted() if cursor.span.word(cursor.at) not in _CLAUSES else ()
        type_ = self.enum_of(declared[-1]) if declared else None
        if type_ is not None:
            column.type = type_
            return
        cursor.at = start
        spelling = self.spelling(cursor)
        reading = self.d.read_type(spelling)
        span = cursor.span[start : cursor.at] if cursor.at > start else cursor.span
        self._take_type(table, column, spelling, reading, span)

    def _take_type(
        self, table: TableDraft, column: ColumnDraft, spelling: Spelling, reading: TypeReading, span: Span
    ) -> None:
        column.words = spelling.words
        column.type = reading.type or TEXT
        if reading.identity:
            column.default, column.nullable = IDENTITY, False
        if not spelling.words:
            self._note(table, column, "PARSE-TYPE", span, "no type is given; it is held as text")
        elif reading.type is None:
            self._note(table, column, "PARSE-TYPE", span, f"{span.text} is not a known type; it is held as text")
        for note in reading.notes:
            self._note(table, column, "PARSE-TYPE", span, note, mild=True)

    def spelling(self, cursor: Cursor) -> Spelling:
        """The words of a type, up to what can only be a clause."""
        words: list[str] = []
        tail: list[str] = []
        args: tuple[str, ...] | None = None
        while not cursor.done:
            word = cursor.span.word(cursor.at)
            if word in _CLAUSES or (word == "CHARACTER" and cursor.span.word(cursor.at + 1) == "SET"):
                break
            if word == "(" and args is None:
                inside = cursor.parentheses()
                assert inside is not None
                args = tuple(_argument(a) for a in inside.split()) if inside.tokens else ()
                continue
            # SQLite takes brackets for quotes: there, `TEXT[]` ends in a name without letters.
            text = cursor.span.tokens[cursor.at].text.upper() or "[]"
            (words if args is None else tail).append(text)
            cursor.at += 1
        return Spelling(" ".join(words), args or (), " ".join(tail))

    def clauses(self, table: TableDraft, column: ColumnDraft, cursor: Cursor) -> None:
        """What stands behind the type, one clause after the other."""
        while not cursor.done:
            start = cursor.at
            if not self._clause(table, column, cursor) and not self._computed(table, column, cursor, start):
                cursor.at = start + 1
                self._skip(cursor)
                rest = cursor.span[start : cursor.at]
                self._note(table, column, "PARSE-OPTION", rest, f"{rest.text} is not kept")

    def _computed(self, table: TableDraft, column: ColumnDraft, cursor: Cursor, start: int) -> bool:
        """`GENERATED ALWAYS AS (...) STORED`, or just `AS (...)`."""
        cursor.at = start
        cursor.take("GENERATED", "ALWAYS")
        if not cursor.take("AS") or cursor.parentheses() is None:
            return False
        cursor.take_any("STORED", "VIRTUAL", "PERSISTED")
        span = cursor.span[start : cursor.at]
        self._note(table, column, "PARSE-OPTION", span, f"{span.text}: that it is computed is not kept")
        return True

    def _clause(self, table: TableDraft, column: ColumnDraft, cursor: Cursor) -> bool:
        """Take one clause; False where there is none that a schema keeps."""
        start = cursor.at
        if cursor.take("CONSTRAINT"):
            cursor.name()
        if cursor.take("NOT", "NULL") or cursor.take("NOTNULL"):
            column.nullable = False
        elif cursor.take("DEFAULT"):
            self._default(table, column, cursor)
        elif cursor.take("REFERENCES"):
            self.keys.references(table, (column.name,), cursor, start)
        elif cursor.take("CHECK"):
            self._check(table, cursor, start, column)
        elif cursor.take("COMMENT"):
            return self._comment(column, cursor)
        elif not self._key_clause(table, column, cursor, start):
            return cursor.take("NULL") or self._number_clause(table, column, cursor, start)
        return True

    def _key_clause(self, table: TableDraft, column: ColumnDraft, cursor: Cursor, start: int) -> bool:
        if cursor.take("UNIQUE"):
            cursor.take_any(*_KEY_WORDS)
            table.uniques.append((column.name,))
        elif cursor.take("PRIMARY KEY") or (self.d.name == "mysql" and cursor.take("KEY")):
            if cursor.take_any("ASC", "DESC") == "DESC":
                # "INTEGER PRIMARY KEY DESC" does not number its rows (SQLite manual, CREATE TABLE, rowid).
                table.rowid = False
            self.keys.primary_key(table, (column.name,), cursor.span[start : cursor.at])
        else:
            return False
        return True

    def _number_clause(self, table: TableDraft, column: ColumnDraft, cursor: Cursor, start: int) -> bool:
        always = cursor.take("GENERATED", "ALWAYS", "AS", "IDENTITY")
        plain = cursor.take("GENERATED", "BY", "DEFAULT", "AS", "IDENTITY") or cursor.take_any(*_NUMBERED)
        if not always and not plain:
            return False
        options = cursor.parentheses()
        span = cursor.span[start : cursor.at]
        self._numbered(table, column, span)
        if options is not None and options.tokens:
            self._note(table, column, "PARSE-OPTION", options, f"{options.text} is not kept", mild=True)
        if always:
            self._note(table, column, "PARSE-OPTION", span, "GENERATED ALWAYS is held as BY DEFAULT", mild=True)
        return True

    def _default(self, table: TableDraft, column: ColumnDraft, cursor: Cursor) -> None:
        start = cursor.at
        cursor.at = min(start + 1, len(cursor.span)) if cursor.span.word(start) != "(" else start
        self._skip(cursor)
        span = cursor.span[start : cursor.at]
        try:
            column.default = default_of(expression(span, self.d), column.type) or column.default
        except NotUnderstood as why:
            self._note(table, column, "PARSE-DEFAULT", span, f"DEFAULT {span.text}: {why}")
        else:
            column.nullable = column.nullable and column.default != IDENTITY

    def _skip(self, cursor: Cursor) -> None:
        """Go on to the next word that begins a clause."""
        while not cursor.done and cursor.span.word(cursor.at) not in _CLAUSES:
            if cursor.parentheses() is None:
                cursor.at += 1

    def _numbered(self, table: TableDraft, column: ColumnDraft, span: Span) -> None:
        if column.type.kind in INTEGERS:
            column.default, column.nullable = IDENTITY, False
        else:
            self._note(table, column, "PARSE-DEFAULT", span, f"{span.text}: only an integer numbers its rows")

    def _comment(self, column: ColumnDraft, cursor: Cursor) -> bool:
        if cursor.done:
            return False
        column.comment = cursor.span.tokens[cursor.at].text
        cursor.at += 1
        return True

    # --- constraints ---

    def _constraint(self, table: TableDraft, item: Span) -> None:
        cursor = Cursor(item)
        if cursor.take("CONSTRAINT") and cursor.span.word(cursor.at) not in _CONSTRAINTS:
            cursor.name()
        if cursor.take("CHECK"):
            self._check(table, cursor, 0, None)
        elif not self._list_constraint(table, cursor):
            self.report.note("PARSE-OPTION", item, f"{item.text} is not kept", table.name.text)
            return
        if not cursor.done:
            rest = cursor.rest
            self.report.note("PARSE-OPTION", rest, f"{rest.text} is not kept", table.name.text, mild=True)

    def _list_constraint(self, table: TableDraft, cursor: Cursor) -> bool:
        """A constraint that is a list of columns; False for what a schema does not keep."""
        if cursor.take("PRIMARY KEY"):
            names = self.keys.columns(table, cursor)
            if names:
                self.keys.primary_key(table, names, cursor.span)
        elif cursor.take("UNIQUE"):
            cursor.take_any(*_KEY_WORDS)
            names = self.keys.columns(table, cursor)
            if names:
                table.uniques.append(names)
        elif cursor.take("FOREIGN KEY"):
            names = self.keys.columns(table, cursor)
            if not names or not cursor.take("REFERENCES"):
                return False
            self.keys.references(table, names, cursor, 0)
        elif cursor.take_any(*_KEY_WORDS):
            names = self.keys.columns(table, cursor)
            if names:
                table.indexes.append((names, False))
        else:
            return False
        return bool(names)

    def _check(self, table: TableDraft, cursor: Cursor, start: int, column: ColumnDraft | None) -> None:
        inside = cursor.parentheses()
        name = column.name.text if column else ""
        if inside is None or not inside.tokens:
            self.report.note("PARSE-SYNTAX", cursor.span, f"{cursor.span.text}: no condition", table.name.text, name)
            return
        table.checks.append(CheckDraft(inside, cursor.span[start : cursor.at], name))

    def _note(
        self, table: TableDraft, column: ColumnDraft, code: str, span: Span, message: str, *, mild: bool = False
    ) -> None:
        self.report.note(code, span, message, table.name.text, column.name.text, mild=mild)


def _argument(span: Span) -> str:
    """One thing in the parentheses of a type: a number, or the text of an enum's value."""
    return " ".join(token.text for token in span.tokens)
