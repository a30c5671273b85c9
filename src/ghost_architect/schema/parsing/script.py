"""A script, statement by statement: CREATE, ALTER and COMMENT become drafts, the rest is reported."""

from __future__ import annotations

from sqlglot import TokenType

from ..dialects import Dialect
from ..findings import Finding
from ..objects import Schema
from ..types import Type, enum
from .drafts import Report, Resolver, TableDraft
from .items import ItemReader
from .scan import Cursor, Name, Span, statements

_HOME_SCHEMAS = frozenset(("public", "main", "dbo"))


class ScriptReader:
    """Reads one script."""

    def __init__(self, d: Dialect) -> None:
        self.d, self.report = d, Report()
        self.tables: list[TableDraft] = []
        self.by_key: dict[str, TableDraft] = {}
        self.foreign_schemas: set[str] = set()
        self.enums: dict[str, Type] = {}
        self.items = ItemReader(d, self.report, lambda name: self.enums.get(self._key(name)))

    def read(self, sql: str) -> tuple[Schema, tuple[Finding, ...]]:
        """The schema that the script makes, and a finding for every part that was not understood."""
        good, bad = statements(sql, self.d.sqlglot)
        for piece in bad:
            self.report.note("PARSE-SYNTAX", piece, "a quote or comment that never ends; its statement is lost")
        # Types first, so that a column may name one that is made further down.
        for span in good:
            if span.words(2) == ("CREATE", "TYPE"):
                self._create_type(span)
        for span in good:
            self._statement(span)
        return Resolver(self.tables, self.d, self.report).schema(), self.report.findings

    def _statement(self, span: Span) -> None:
        cursor = Cursor(span)
        if cursor.take("CREATE", "TYPE"):
            return
        if cursor.take("CREATE"):
            self._create(cursor)
        elif cursor.take("ALTER", "TABLE"):
            self._alter(cursor)
        elif cursor.take("COMMENT", "ON"):
            self._comment(cursor)
        else:
            self._lost(span, "it is not part of a schema", mild=True)

    def _lost(self, span: Span, why: str, code: str = "PARSE-STATEMENT", *, mild: bool = False) -> None:
        self.report.note(code, span, f"{span.text}: {why}", mild=mild)

    def _key(self, name: Name) -> str:
        return self.d.key(name.text, name.quoted)

    def _own(self, names: tuple[Name, ...], span: Span) -> Name:
        """The last part of a dotted name; a schema of its own is not kept."""
        for name in names[:-1]:
            if name.text.lower() not in _HOME_SCHEMAS | self.foreign_schemas:
                self.foreign_schemas.add(name.text.lower())
                self.report.note("PARSE-NAME", span, f"the schema {name.text} is not kept", mild=True)
        return names[-1]

    def _find(self, name: Name) -> TableDraft | None:
        return self.by_key.get(self._key(name))

    # --- CREATE ---

    def _create(self, cursor: Cursor) -> None:
        cursor.take("OR", "REPLACE")
        kind = cursor.take_any("TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL")
        if cursor.take("TABLE"):
            self._create_table(cursor, kind)
        elif cursor.take("UNIQUE", "INDEX"):
            self._create_index(cursor, True)
        elif cursor.take("INDEX"):
            self._create_index(cursor, False)
        else:
            self._lost(cursor.span, "it is not part of a schema")

    def _create_type(self, span: Span) -> None:
        cursor = Cursor(span)
        cursor.take("CREATE", "TYPE")
        names = cursor.dotted()
        values = cursor.parentheses() if names and cursor.take("AS", "ENUM") else None
        listed = list(values.split()) if values else []
        words = tuple(v.tokens[0].text for v in listed if v.tokens)
        if not words or not cursor.done:
            self._lost(span, "only enum types are kept")
        elif not all(len(v) == 1 and v.tokens[0].token_type is TokenType.STRING for v in listed):
            self._lost(span, "a value of the enum is not one quoted text")
        elif len(set(words)) < len(words):
            self._lost(span, "a value stands twice in the enum")
        else:
            self.enums[self._key(self._own(names, span))] = enum(*words)

    def _create_table(self, cursor: Cursor, kind: str) -> None:
        span = cursor.span
        cursor.take("IF", "NOT", "EXISTS")
        names = cursor.dotted()
        body = cursor.parentheses() if names else None
        if body is None:
            self._lost(span, "a table without a list of columns is not kept")
            return
        if cursor.at > len(span):
            self._lost(span, "the parenthesis of the table is never closed", "PARSE-SYNTAX")
        table = TableDraft(self._own(names, span), span)
        self.tables.append(table)
        self.by_key.setdefault(self._key(table.name), table)
        if kind:
            self.report.note("PARSE-OPTION", span, f"{kind} is not kept", table.name.text)
        for item in body.split() if body.tokens else ():
            self.items.read(table, item)
        self._options(table, cursor)

    def _options(self, table: TableDraft, cursor: Cursor) -> None:
        """What stands behind the closing parenthesis: a comment is kept, the rest is how rows are stored."""
        start = cursor.at
        while not cursor.done:
            at = cursor.at
            if cursor.take("COMMENT"):
                cursor.take("=")
                if not cursor.done:
                    self._stored(table, cursor.span[start:at])
                    table.comment = cursor.span.tokens[cursor.at].text
                    start = cursor.at + 1
            elif cursor.take("WITHOUT", "ROWID"):
                table.rowid = False
                continue
            cursor.at += 1
        self._stored(table, cursor.span[start:])

    def _stored(self, table: TableDraft, rest: Span) -> None:
        if rest.tokens:
            self.report.note("PARSE-OPTION", rest, f"{rest.text} is not kept", table.name.text, mild=True)

    def _create_index(self, cursor: Cursor, unique: bool) -> None:
        span = cursor.span
        cursor.take("CONCURRENTLY")
        cursor.take("IF", "NOT", "EXISTS")
        if cursor.span.word(cursor.at) != "ON":
            cursor.dotted()
        names = _indexed(cursor)
        table = self._find(names[-1]) if names else None
        if cursor.take("USING"):
            cursor.name()
        inside = cursor.parentheses()
        if table is None or inside is None:
            self._lost(span, "the table of the index is not in the script")
            return
        columns = self.items.keys.name_list(table, inside)
        partial = any(cursor.span.word(i) == "WHERE" for i in range(cursor.at, len(span)))
        if not columns or partial:
            why = "only part of the rows is indexed" if partial else "an expression is indexed"
            self.report.note("PARSE-INDEX", span, f"{span.text}: {why}", table.name.text)
            return
        table.indexes.append((columns, unique))
        if not cursor.done:
            self._stored(table, cursor.rest)

    # --- ALTER and COMMENT ---

    def _alter(self, cursor: Cursor) -> None:
        span = cursor.span
        cursor.take("IF", "EXISTS")
        cursor.take("ONLY")
        names = cursor.dotted()
        table = self._find(names[-1]) if names else None
        if table is None:
            self._lost(span, "the table is not in the script")
            return
        for action in cursor.rest.split():
            if action.tokens:
                self._action(table, action)
            else:
                self._lost(span, "something is missing", "PARSE-SYNTAX")

    def _action(self, table: TableDraft, action: Span) -> None:
        cursor = Cursor(action)
        if cursor.take("ADD"):
            cursor.take("COLUMN")
            cursor.take("IF", "NOT", "EXISTS")
            inside = cursor.parentheses()
            for item in inside.split() if inside is not None and cursor.done else (action[cursor.at :],):
                self.items.read(table, item)
        elif not (cursor.take("ALTER") and self._alter_column(table, cursor)):
            self.report.note("PARSE-STATEMENT", action, f"{action.text} is not kept", table.name.text)

    def _alter_column(self, table: TableDraft, cursor: Cursor) -> bool:
        """`ALTER COLUMN c SET DEFAULT x | SET NOT NULL | ADD GENERATED ...`, as pg_dump writes them."""
        cursor.take("COLUMN")
        name = cursor.name()
        column = next((c for c in table.columns if name and self._key(c.name) == self._key(name)), None)
        if column is None or not cursor.take_any("SET", "ADD"):
            return False
        if cursor.span.word(cursor.at) not in ("DEFAULT", "NOT", "GENERATED"):
            return False
        self.items.clauses(table, column, Cursor(cursor.rest))
        return True

    def _comment(self, cursor: Cursor) -> None:
        span = cursor.span
        kind = cursor.take_any("TABLE", "COLUMN")
        names = cursor.dotted()
        if not kind or not cursor.take("IS") or len(cursor.rest) != 1 or cursor.rest.word(0):
            self._lost(span, "only comments on tables and columns are kept")
            return
        text = cursor.rest.tokens[0].text
        table = self._find(names[-1 if kind == "TABLE" else -2]) if len(names) > (kind == "COLUMN") else None
        column = next((c for c in table.columns if self._key(c.name) == self._key(names[-1])), None) if table else None
        if table is not None and kind == "TABLE":
            table.comment = text
        elif column is not None:
            column.comment = text
        else:
            self._lost(span, "what it is about is not in the script")


def _indexed(cursor: Cursor) -> tuple[Name, ...]:
    """The table behind ON; `ONLY` before it is a word, before a parenthesis a table."""
    if not cursor.take("ON"):
        return ()
    if cursor.span.word(cursor.at + 1) != "(":
        cursor.take("ONLY")
    return cursor.dotted()
