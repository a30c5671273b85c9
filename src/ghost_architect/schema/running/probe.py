"""Prove by rows that an engine enforces what a schema says.

For every table one row that must be taken; then the same row with one thing wrong for every CHECK,
every NOT NULL and every enum, each of which must be refused for just that reason; then the row
with its defaults left out, which must read back the defaults, and without its identity, which the
engine must number. Two rows stay, so that tables pointing here find something to point at.

Where no row can be found (a check between types that engines compare differently, keys in a circle
without a nullable column), the finding says so at INFO: that is a limit of this search and not a
fault of the schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..engines.base import Habits, Reason, Refused, Session
from ..findings import Finding, Severity
from ..objects import Check, Column, Comparison, ForeignKey, Op, Schema, Table
from . import candidates
from .candidates import NULL, Reader, Unprovable, Value
from .readback import same
from .solve import Row, Rule, solve


def probe(session: Session, schema: Schema, habits: Habits) -> Iterator[Finding]:
    """Everything that the engine does otherwise than the schema says, and what could not be proved.

    Args:
        session: a database in which the schema, as the engine's dialect holds it, has been made.
        schema: that schema.
        habits: the engine's.

    Raises:
        Refused: the time is up.
    """
    filled: dict[str, list[Row]] = {}
    waiting = list(schema.tables)
    while waiting:
        names = {t.name for t in waiting}
        free = (t for t in waiting if not names & {f.table for f in t.foreign_keys} - {t.name})
        fillable = (t for t in waiting if _Proof(session, t, filled, Reader(habits)).row() is not None)
        table = next(free, None) or next(fillable, waiting[0])
        waiting.remove(table)
        proof = _Proof(session, table, filled, Reader(habits))
        yield from proof.run()
        filled[table.name] = proof.kept


@dataclass
class _Proof:
    """The proof of one table. `kept` are the rows that stay in it."""

    session: Session
    table: Table
    filled: Mapping[str, list[Row]]
    reader: Reader
    kept: list[Row] = field(default_factory=list)

    def run(self) -> Iterator[Finding]:
        """All findings of this table."""
        row = self.row()
        if row is None:
            yield self._unproved("", "no row was found that this table must take")
            return
        with self.session.undone():
            refusal = self._insert(row)
        if refusal is not None:
            yield self._not_taken(refusal)
            return
        for column in self.table.columns:
            yield from self._prove_column(column, row)
        for check in self.table.checks:
            yield from self._prove_check(check)
        yield from self._prove_defaults()
        self._keep()

    def row(self, fixed: Mapping[str, Value] | None = None) -> Row | None:
        """A row that keeps every rule of the table and has these values; None when none was found."""
        try:
            rules = [r for c in self.table.checks for t in c.terms for r in self._term_rule(t)]
            rules += [self._key_rule(f) for f in self.table.foreign_keys]
            rules += [self._unique_rule(u) for u in self._uniques()]
            return solve(self._choices(pointing=True) | {n: [v] for n, v in (fixed or {}).items()}, rules)
        except Unprovable:
            return None

    def _row_breaking(self, check: Check, term: Comparison) -> Row | None:
        """A row that keeps every other check and breaks this comparison.

        It need not point anywhere: engines look at a row's checks before they look for what it points at.
        """
        try:
            rules = [r for c in self.table.checks if c != check for t in c.terms for r in self._term_rule(t)]
            kept = self._term(term)
            broken = Rule(kept.columns, lambda row: not kept.holds(row))
            return solve(self._choices(pointing=False), [*rules, broken])
        except Unprovable:
            return None

    def _choices(self, pointing: bool) -> dict[str, Sequence[Value]]:
        """Values to try for every column; `pointing` ones hold only what is there to point at."""
        borders = candidates.borders(self.table, self.reader)
        choices: dict[str, Sequence[Value]] = {}
        for column in self.table.columns:
            plain = self.reader.candidates(column.type, borders)
            found = self._pointing(column, plain) if pointing else plain
            choices[column.name] = found + ([NULL] if column.nullable else [])
        return choices

    def _pointing(self, column: Column, plain: list[Value]) -> list[Value]:
        """The values a column may have by its foreign keys: what the rows pointed at hold."""
        found = plain
        for key in self.table.foreign_keys:
            if column.name in key.columns and key.table != self.table.name:
                there = key.references[key.columns.index(column.name)]
                held = [r[there] for r in self.filled.get(key.table, ()) if r[there] != NULL]
                texts = {v.text for v in found} if found is not plain else None
                found = [v for v in dict.fromkeys(held) if texts is None or v.text in texts]
        return found

    def _term_rule(self, term: Comparison) -> Iterator[Rule]:
        """The rule that a comparison is not false; none where its columns may be NULL and engines differ on it."""
        rule = self._term(term)
        try:
            rule.holds({c.name: self.reader.candidates(c.type, ())[0] for c in self.table.columns})
            yield rule
        except Unprovable:
            nullable = [n for n in rule.columns if (c := self.table.column(n)) is not None and c.nullable]
            if not nullable:
                raise
            yield Rule((nullable[0],), lambda row: row[nullable[0]].text is None)

    def _term(self, term: Comparison) -> Rule:
        left = self.table.column(term.left)
        if left is None or (left.enum and term.op not in (Op.EQ, Op.NE)):
            raise Unprovable(f"{term.left} {term.op}")  # enums are ordered by place here, by letter there
        if term.column is not None:
            right = term.column
            return Rule((term.left, right), lambda row: candidates.holds(term, row[term.left], row[right]) is not False)
        assert term.value is not None
        constant = self.reader.key(left.type, term.value)
        return Rule((term.left,), lambda row: candidates.holds(term, row[term.left], constant) is not False)

    def _key_rule(self, key: ForeignKey) -> Rule:
        own = key.table == self.table.name
        rows = self.kept if own else self.filled.get(key.table, [])
        there = {tuple(r[c].text for c in key.references) for r in rows}

        def points_at_something(row: Row) -> bool:
            here = tuple(row[c].text for c in key.columns)
            itself = own and here == tuple(row[c].text for c in key.references)
            return None in here or here in there or itself

        return Rule(key.columns + (key.references if own else ()), points_at_something)

    def _uniques(self) -> list[tuple[str, ...]]:
        indexes = [i.columns for i in self.table.indexes if i.unique]
        return [u for u in (self.table.primary_key, *self.table.uniques, *indexes) if u]

    def _unique_rule(self, columns: tuple[str, ...]) -> Rule:
        taken = {tuple(r[c].text for c in columns) for r in self.kept}
        return Rule(columns, lambda row: tuple(row[c].text for c in columns) not in taken)

    def _insert(self, row: Row, left_out: frozenset[str] = frozenset()) -> Refused | None:
        try:
            self.session.insert(self.table.name, {n: v.text for n, v in row.items() if n not in left_out})
        except Refused as refusal:
            if refusal.reason is Reason.DEADLINE:
                raise
            return refusal
        return None

    def _keep(self) -> None:
        """Two different rows stay, or one where the table can hold no more."""
        for _ in range(2):
            row = self.row()
            if row is not None and self._insert(row) is None:
                self.kept.append(row)

    def _prove_column(self, column: Column, row: Row) -> Iterator[Finding]:
        if not column.nullable and not column.is_identity:
            yield from self._must_refuse(row | {column.name: NULL}, (Reason.NOT_NULL,), column.name, "NULL")
        if column.enum:
            strange = next(w for w in ("?", "??", "???") if w not in column.enum)
            wrong = row | {column.name: Value(strange)}
            yield from self._must_refuse(wrong, (Reason.ENUM, Reason.CHECK), column.name, "a word that is not listed")
            for word in column.enum:
                yield from self._must_take_word(column, word)

    def _must_take_word(self, column: Column, word: str) -> Iterator[Finding]:
        row = self.row({column.name: self.reader.write(column.type, word)})
        if row is None:
            yield self._unproved(column.name, f"no row was found with {word!r}")
            return
        with self.session.undone():
            refusal = self._insert(row)
        if refusal is not None:
            yield self._differs(column.name, f"the listed word {word!r} is refused: {refusal}")

    def _prove_check(self, check: Check) -> Iterator[Finding]:
        """Every comparison of it is broken in a row of its own, where such a row exists."""
        name, proved = check.columns[0] if check.columns else "", False
        for term in check.terms:
            row = self._row_breaking(check, term)
            if row is not None:
                proved = True
                yield from self._must_refuse(row, (Reason.CHECK,), name, f"{term.left} {term.op} ... broken")
        if not proved:
            yield self._unproved(name, "no row was found that a check must refuse")

    def _must_refuse(self, row: Row, reasons: tuple[Reason, ...], column: str, what: str) -> Iterator[Finding]:
        with self.session.undone():
            refusal = self._insert(row)
        if refusal is None or refusal.reason is Reason.FOREIGN_KEY:  # which is looked at last
            yield self._differs(column, f"a row is taken that must be refused: {what}")
        elif refusal.reason not in reasons:
            yield self._unproved(column, f"a row with {what} was refused for another reason: {refusal}")

    def _prove_defaults(self) -> Iterator[Finding]:
        """All defaults at once; where no such row is found, each by itself."""
        with_default = [c for c in self.table.columns if c.default is not None]
        if not with_default:
            return
        if self._row_with(with_default) is not None:
            yield from self._prove_left_out(with_default)
        else:
            for column in with_default:
                yield from self._prove_left_out([column])

    def _row_with(self, columns: list[Column]) -> Row | None:
        return self.row({c.name: self.reader.default(c.type, c.default) for c in columns if c.default is not None})

    def _prove_left_out(self, columns: list[Column]) -> Iterator[Finding]:
        row, names = self._row_with(columns), [c.name for c in columns]
        if row is None:
            yield self._unproved(names[0], "no row was found that may leave out the default")
            return
        with self.session.undone():
            refusal = self._insert(row, frozenset(names))
            read = self.session.rows(self.table.name, names) if refusal is None else []
        if refusal is not None:
            yield self._differs(names[0], f"a row without {', '.join(names)} is refused: {refusal}")
            return
        for column, text in zip(columns, read[0], strict=True):
            yield from self._compare_default(column, text)

    def _compare_default(self, column: Column, text: str | None) -> Iterator[Finding]:
        assert column.default is not None
        equal = same(column.type, column.default, text)
        if equal is None:
            yield self._unproved(column.name, f"the default reads back as {text!r}, which may be spelled differently")
        elif not equal:
            yield self._differs(column.name, f"the default reads back as {text!r}")

    def _not_taken(self, refusal: Refused) -> Finding:
        return self._differs("", f"a row that must be taken is refused: {refusal}")

    def _differs(self, column: str, message: str) -> Finding:
        return Finding("PROBE", Severity.ERROR, self.table.name, column, message)

    def _unproved(self, column: str, message: str) -> Finding:
        return Finding("PROBE-OPEN", Severity.INFO, self.table.name, column, message)
