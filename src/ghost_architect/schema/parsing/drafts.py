"""Tables while a script is being read, and how they become objects once all of it is known.

A key may point at a table that comes later, a check may speak of a column that ALTER adds, a type
may be an enum; so what needs the whole script is kept as written and settled at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..dialects import Dialect
from ..findings import Finding, Severity
from ..objects import IDENTITY, Check, Column, Default, ForeignKey, Index, OnDelete, Schema, Table
from ..types import TEXTS, Kind, Type, enum
from .clauses import NotUnderstood, Words, check_of
from .expressions import expression
from .scan import Name, Span


class Report:
    """Collects findings; each message ends in the line it is about."""

    def __init__(self) -> None:
        self._lines: dict[Finding, int] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything noted, each once, in the order of the text."""
        return tuple(sorted(self._lines, key=self._lines.__getitem__))

    def note(
        self, code: str, span: Span, message: str, table: str = "", column: str = "", *, mild: bool = False
    ) -> None:
        """Record a finding; `mild` where nothing that matters was lost."""
        severity = Severity.INFO if mild else Severity.WARNING
        line = span.line
        self._lines.setdefault(Finding(code, severity, table, column, f"{message} (line {line})"), line)


@dataclass(slots=True)
class ColumnDraft:
    """A column. `words` is its type as written, in upper case."""

    name: Name
    type: Type
    words: str = ""
    nullable: bool = True
    default: Default | None = None
    comment: str = ""


@dataclass(slots=True)
class KeyDraft:
    """A foreign key; without `references` it points at the primary key."""

    columns: tuple[Name, ...]
    table: Name
    references: tuple[Name, ...]
    on_delete: OnDelete
    span: Span


@dataclass(slots=True)
class CheckDraft:
    """A condition; the whole clause; and the column behind which it stood, if any."""

    condition: Span
    span: Span
    column: str


@dataclass(slots=True)
class TableDraft:
    """A table. `rowid` is False where it says that its rows have no number of their own (SQLite)."""

    name: Name
    span: Span
    columns: list[ColumnDraft] = field(default_factory=list)
    primary_key: tuple[Name, ...] = ()
    uniques: list[tuple[Name, ...]] = field(default_factory=list)
    checks: list[CheckDraft] = field(default_factory=list)
    keys: list[KeyDraft] = field(default_factory=list)
    indexes: list[tuple[tuple[Name, ...], bool]] = field(default_factory=list)
    comment: str = ""
    rowid: bool = True


class Resolver:
    """Turns drafts into a schema, by the dialect's rule on when two names are one."""

    def __init__(self, tables: Sequence[TableDraft], d: Dialect, report: Report) -> None:
        self.tables, self.d, self.report = tables, d, report
        self.by_key: dict[str, TableDraft] = {}
        # Names as declared, by their key, per table. Of columns that share a key the first counts.
        self.declared: dict[int, dict[str, str]] = {}
        for table in tables:
            self.declared[id(table)] = {self._key_of(c.name): c.name.text for c in reversed(table.columns)}
            self.by_key.setdefault(self._key_of(table.name), table)

    def schema(self) -> Schema:
        """All tables, with what their texts refer to."""
        return Schema(tuple(self._table(t) for t in self.tables))

    def _table(self, draft: TableDraft) -> Table:
        columns = self._columns(draft)
        checks, enums = self._checks(draft, columns)
        columns = [replace(c, type=enum(*enums[c.name])) if c.name in enums else c for c in columns]
        primary_key = self._names(draft, draft.primary_key)
        return Table(
            name=draft.name.text,
            columns=tuple(self._numbered(draft, columns, primary_key)),
            primary_key=primary_key,
            uniques=tuple(self._names(draft, u) for u in draft.uniques),
            checks=tuple(checks),
            foreign_keys=tuple(self._key(draft, k) for k in draft.keys),
            indexes=tuple(Index(self._names(draft, names), unique) for names, unique in draft.indexes),
            comment=draft.comment,
        )

    def _columns(self, draft: TableDraft) -> list[Column]:
        return [
            Column(c.name.text, c.type, c.nullable and c.default != IDENTITY, c.default, c.comment)
            for c in draft.columns
        ]

    def _numbered(self, draft: TableDraft, columns: Iterable[Column], key: tuple[str, ...]) -> Iterable[Column]:
        """SQLite numbers the rows of a table whose only key column is declared INTEGER, spelled so."""
        words = {c.name.text: c.words for c in draft.columns}
        for column in columns:
            numbered = self.d.rowid_keys and draft.rowid and key == (column.name,) and words[column.name] == "INTEGER"
            yield replace(column, default=IDENTITY, nullable=False) if numbered else column

    # --- names ---

    def _key_of(self, name: Name) -> str:
        return self.d.key(name.text, name.quoted)

    def _names(self, draft: TableDraft, names: Sequence[Name]) -> tuple[str, ...]:
        """Names as they were declared; a name that was not declared stays as written."""
        same = self.declared[id(draft)]
        return tuple(same.get(self._key_of(n), n.text) for n in names)

    # --- keys ---

    def _key(self, draft: TableDraft, key: KeyDraft) -> ForeignKey:
        target = self.by_key.get(self._key_of(key.table))
        columns = self._names(draft, key.columns)
        name = target.name.text if target else key.table.text
        references = self._names(target, key.references) if target else tuple(n.text for n in key.references)
        return ForeignKey(columns, name, references or self._implied(draft, key, target, columns), key.on_delete)

    def _implied(
        self, draft: TableDraft, key: KeyDraft, target: TableDraft | None, columns: tuple[str, ...]
    ) -> tuple[str, ...]:
        """What `REFERENCES t` points at: the primary key of t."""
        if target is not None and len(target.primary_key) == len(columns):
            return self._names(target, target.primary_key)
        guess = ("id",) if len(columns) == 1 else columns
        message = f"{key.span.text}: the key it points at is not known, {', '.join(guess)} is assumed"
        self.report.note("PARSE-KEY", key.span, message, draft.name.text, columns[0] if columns else "")
        return guess

    # --- checks ---

    def _checks(self, draft: TableDraft, columns: Sequence[Column]) -> tuple[list[Check], dict[str, tuple[str, ...]]]:
        """Checks, and the words of each text column that a check makes an enum."""
        checks: list[Check] = []
        enums: dict[str, tuple[str, ...]] = {}
        find = self._finder(draft, columns)
        for item in draft.checks:
            try:
                node = expression(item.condition, self.d, self.declared[id(draft)])
                check, words = check_of(node, find)
                for listed in words:
                    _add_enum(enums, listed, columns)
            except NotUnderstood as why:
                message = f"{item.span.text}: {why}"
                self.report.note("PARSE-CHECK", item.span, message, draft.name.text, item.column)
            else:
                checks += [check] if check else []
        return checks, enums

    def _finder(self, draft: TableDraft, columns: Sequence[Column]) -> Callable[[Name], tuple[str, Type]]:
        same, types = self.declared[id(draft)], {c.name: c.type for c in columns}

        def find(name: Name) -> tuple[str, Type]:
            declared = same.get(self._key_of(name))
            if declared is None:
                raise NotUnderstood(f"there is no column {name.text}")
            return declared, types[declared]

        return find


def _add_enum(enums: dict[str, tuple[str, ...]], words: Words, columns: Sequence[Column]) -> None:
    """Make a text column an enum; the same list on a column that is one already says nothing new.

    Raises:
        NotUnderstood: the column holds something else, or has another list.
    """
    type_ = next(c.type for c in columns if c.name == words.column)
    known = enums.get(words.column) or type_.values
    if known:
        if set(known) != set(words.values):
            raise NotUnderstood("the column has another list of words already")
    elif type_.kind in TEXTS:
        enums[words.column] = words.values
    else:
        raise NotUnderstood(f"a list of words in a column of {Kind(type_.kind)}")
