"""Keys of a table: lists of columns, and what stands behind REFERENCES -> a draft.

    ( a, b DESC, c(10) )        REFERENCES t [(a, b)] [ON DELETE ...] [MATCH ...] [DEFERRABLE ...] ...

Of a list only the columns are kept, of a reference what happens on DELETE; the rest is reported.
"""

from __future__ import annotations

from ..objects import OnDelete
from .drafts import KeyDraft, Report, TableDraft
from .scan import Cursor, Name, Span

_ORDER_WORDS = frozenset(("ASC", "DESC", "NULLS", "FIRST", "LAST"))


class KeyReader:
    """Reads keys into a table draft."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def columns(self, table: TableDraft, cursor: Cursor) -> tuple[Name, ...]:
        """`[name] [USING x] ( a, b )`; nothing if that is not what stands there or one is an expression."""
        if cursor.span.word(cursor.at) not in ("(", "USING"):
            cursor.name()
        if cursor.take("USING"):
            cursor.name()
        inside = cursor.parentheses()
        return self.name_list(table, inside) if inside is not None else ()

    def name_list(self, table: TableDraft, inside: Span) -> tuple[Name, ...]:
        """Names of columns between commas, or nothing if one is an expression. DESC and prefixes are reported."""
        names: list[Name] = []
        for part in inside.split():
            cursor = Cursor(part)
            name = cursor.name()
            prefix = cursor.parentheses() if name else None
            if name is None or (prefix is not None and not prefix.text.isdigit()):
                return ()
            rest = [w for w in (cursor.rest.word(i) for i in range(len(cursor.rest))) if w != "ASC"]
            if not _ORDER_WORDS.issuperset(rest):
                return ()
            if rest or prefix is not None:
                message = f"{part.text}: only the column is kept"
                self.report.note("PARSE-INDEX", part, message, table.name.text, name.text, mild=True)
            names.append(name)
        return tuple(names)

    def primary_key(self, table: TableDraft, names: tuple[Name, ...], span: Span) -> None:
        """The key is these columns, unless the table has another one already."""
        if table.primary_key and table.primary_key != names:
            message = f"{span.text}: the table has a primary key already"
            self.report.note("PARSE-KEY", span, message, table.name.text, names[0].text)
        else:
            table.primary_key = names

    def references(self, table: TableDraft, columns: tuple[Name, ...], cursor: Cursor, start: int) -> None:
        """What stands behind REFERENCES."""
        target = cursor.dotted()
        inside = cursor.parentheses()
        if not target:
            span = cursor.span[start : cursor.at]
            self.report.note("PARSE-KEY", span, f"{span.text}: no table", table.name.text, columns[0].text)
            return
        references = self.name_list(table, inside) if inside is not None else ()
        action = self._actions(table, columns, cursor)
        table.keys.append(KeyDraft(columns, target[-1], references, action, cursor.span[start : cursor.at]))

    def _actions(self, table: TableDraft, columns: tuple[Name, ...], cursor: Cursor) -> OnDelete:
        """What stands behind the columns pointed at: the action that is kept."""
        action = OnDelete.NO_ACTION
        while not cursor.done:
            start = cursor.at
            if cursor.take("ON", "DELETE") and (found := _action(cursor)) is not None:
                action = found
                continue
            cursor.at = start
            if not _key_option(cursor):
                break
            option = cursor.span[start : cursor.at]
            mild = option.text.upper().endswith("NO ACTION")
            message = f"{option.text} is not kept"
            self.report.note("PARSE-OPTION", option, message, table.name.text, columns[0].text, mild=mild)
        return action


def _action(cursor: Cursor) -> OnDelete | None:
    """NO ACTION, SET NULL and the like."""
    return next((a for a in OnDelete if cursor.take(*a.split())), None)


def _key_option(cursor: Cursor) -> bool:
    """Take an option of a foreign key that a schema does not keep."""
    if cursor.take("ON", "UPDATE"):
        return _action(cursor) is not None
    if cursor.take("MATCH") or cursor.take("INITIALLY"):
        return cursor.name() is not None
    return cursor.take("DEFERRABLE") or cursor.take("NOT", "DEFERRABLE") or cursor.take("NOT", "VALID")
