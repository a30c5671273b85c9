"""What the screens of a pair ask for, as the answer that a model shall give: `schema.ddl` with lines cited.

A column is asked for that a screen shows or implies. With it comes what its table needs and no line shows: the
primary key, and where a key points at a table of which nothing is shown, that table's key. Of constraints, keys and
indexes stay those that speak of nothing else.

A prompt may have no room for every line. What was not shown is not cited, and a column all of whose lines were left
out is not asked for: nobody could know of it. What is cited stays in a prompt that is shortened to fit a training row,
so the prompt of these lines and no others is the shortest that a pair is trained with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ghost_architect.pages.pair import Pair, Visibility
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.objects import Evidence, Schema, Table

from .pairs import label

MOST_TITLES = 3
"""So many lines with its name are cited for a table: its heading, an entry of a menu, a tab."""

Facts = dict[str, set[str]]
"""Table -> names of its columns."""


def answer(pair: Pair, shown: Collection[int] | None = None) -> str:
    """The answer to a pair; empty where its screens hold no data.

    Args:
        pair: screens and their truth.
        shown: the numbers of the lines that the prompt has; None for all.
    """
    return written(asked(pair, shown))


def written(schema: Schema) -> str:
    """What is asked for, as the text of an answer."""
    return ddl(schema, "postgres", Citations.LINES)


def asked(pair: Pair, shown: Collection[int] | None = None) -> Schema:
    """The part of the truth that the screens ask for, with evidence."""
    lines = {
        line.n: Evidence(screen, line.n, line.box, line.text)
        for screen, own in enumerate(pair.lines)
        for line in own
        if shown is None or line.n in shown
    }
    facts = _needed(pair.schema, _seen(pair, lines))
    cited = {fact: tuple(lines[n] for n in numbers if n in lines) for fact, numbers in pair.evidence.items()}
    named = _titles(lines.values(), {n for numbers in pair.evidence.values() for n in numbers})
    return Schema(tuple(_part(table, facts, cited, named) for table in pair.schema.tables if table.name in facts))


def cited(schema: Schema) -> set[int]:
    """The numbers of the lines that the answer cites, if this is what is asked for."""
    tables = schema.tables
    return {e.line for table in tables for e in (*table.evidence, *(e for c in table.columns for e in c.evidence))}


def left_out(pair: Pair, shown: Collection[int]) -> int:
    """How many visible columns are not asked for since the prompt has none of their lines."""
    every, some = _seen(pair, range(1, 1 + sum(map(len, pair.lines)))), _seen(pair, shown)
    return sum(
        pair.visibility[f"{table}.{column}"] is Visibility.VISIBLE and column not in some.get(table, ())
        for table, columns in every.items()
        for column in columns
    )


def _seen(pair: Pair, shown: Collection[int]) -> Facts:
    """The columns that are shown or implied, by what is left of the lines."""
    facts: Facts = {}
    emptied: dict[str, bool] = {}
    for table in pair.schema.tables:
        for column in table.columns:
            fact = f"{table.name}.{column.name}"
            seen = pair.visibility[fact]
            if seen is Visibility.HIDDEN:
                continue
            numbers = pair.evidence.get(fact, ())
            gone = seen is Visibility.VISIBLE and bool(numbers) and not any(n in shown for n in numbers)
            if seen is Visibility.VISIBLE:
                emptied[table.name] = emptied.get(table.name, True) and gone
            if not gone:
                facts.setdefault(table.name, set()).add(column.name)
    # What is implied is so by what is shown: a table that lost all of that is not implied either.
    return {name: columns for name, columns in facts.items() if not emptied.get(name, False)}


def _needed(schema: Schema, facts: Facts) -> Facts:
    """These columns, and the keys without which their tables do not stand."""
    tables = {table.name: table for table in schema.tables}
    waiting = [(name, column) for name, columns in facts.items() for column in columns]
    waiting += [(name, column) for name in facts for column in tables[name].primary_key]
    done: Facts = {}
    while waiting:
        name, column = waiting.pop()
        if column in done.setdefault(name, set()):
            continue
        done[name].add(column)
        waiting += [(name, other) for other in tables[name].primary_key]
        for key in tables[name].foreign_keys:
            if column in key.columns and key.table in tables and done[name].issuperset(key.columns):
                waiting += [(key.table, other) for other in key.references]
    return done


def _part(
    table: Table, facts: Facts, cited: dict[str, tuple[Evidence, ...]], named: dict[str, list[Evidence]]
) -> Table:
    """The table with its columns among these facts, and what speaks of nothing else."""
    kept = facts[table.name]
    columns = tuple(
        replace(column, evidence=cited.get(f"{table.name}.{column.name}", ()))
        for column in table.columns
        if column.name in kept
    )
    titles = {e.line: e for name in (table.title.casefold(), table.name) if name for e in named.get(name, ())}
    return replace(
        table,
        columns=columns,
        uniques=tuple(u for u in table.uniques if kept.issuperset(u)),
        checks=tuple(c for c in table.checks if kept.issuperset(c.columns)),
        foreign_keys=tuple(
            f
            for f in table.foreign_keys
            if kept.issuperset(f.columns) and facts.get(f.table, set()).issuperset(f.references)
        ),
        indexes=tuple(i for i in table.indexes if kept.issuperset(i.columns)),
        evidence=tuple(titles[n] for n in sorted(titles)[:MOST_TITLES]),
    )


def _titles(lines: Collection[Evidence], labels: set[int]) -> dict[str, list[Evidence]]:
    """Lines that could be the name of a table, by their text and by what a table of that name is called.

    A pair says which lines show a column, and not which ones name a table: those are the lines that read like it.
    """
    found: dict[str, list[Evidence]] = {}
    for line in lines:
        if line.line not in labels:
            for name in _names(line.text):
                found.setdefault(name, []).append(line)
    return found


def _names(text: str) -> Iterator[str]:
    yield text.strip().casefold()
    yield label(text)  # in the plural, as tables are called: `Customer` is the label of a choice
