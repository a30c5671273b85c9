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

from collections.abc import Iterator

from ..engines.base import Habits, Reason, Refused, Session
from ..findings import Finding, Severity
from ..objects import Check, Column, Comparison, Schema
from .candidates import NULL, Unprovable, Value
from .readback import same
from .rows import Rows, fill_each
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
    for proof in fill_each(session, schema, habits, _Proof):
        yield from proof.run()


class _Proof(Rows):
    """The proof of one table."""

    def run(self) -> Iterator[Finding]:
        """All findings of this table."""
        row = self.row()
        if row is None:
            yield self._unproved("", "no row was found that this table must take")
            return
        with self.session.undone():
            refusal = self.insert(row)
        if refusal is not None:
            yield self._not_taken(refusal)
            return
        for column in self.table.columns:
            yield from self._prove_column(column, row)
        for check in self.table.checks:
            yield from self._prove_check(check)
        yield from self._prove_defaults()
        self.keep(2)

    def _row_breaking(self, check: Check, term: Comparison) -> Row | None:
        """A row that keeps every other check and breaks this comparison.

        It need not point anywhere: engines look at a row's checks before they look for what it points at.
        """
        try:
            rules = [r for c in self.table.checks if c != check for t in c.terms for r in self.term_rule(t)]
            kept = self.term(term)
            broken = Rule(kept.columns, lambda row: not kept.holds(row))
            return solve(self.choices(pointing=False), [*rules, broken])
        except Unprovable:
            return None

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
            refusal = self.insert(row)
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
            refusal = self.insert(row)
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
            refusal = self.insert(row, frozenset(names))
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
