"""Names and labels that are meant to break something, and schemas that are called so.

`NAMES` is one fixed list: the same for every dialect and every writer, so that a figure of one means
the same as a figure of another. What would run, if it ran, makes a file, a table or a variable called
`CANARY`; a test that works in an empty folder sees it. To add a name, write it into `signs.json` (what
breaks out of where it stands) or `words.json` (what means something in a language); nothing that
cannot be seen stands there bare.

Everything that can be a `str` may be a name: a server answers in JSON, where a lone surrogate and a
NUL can be written down.
"""

from __future__ import annotations

import builtins
import json
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.objects import IDENTITY, Column, Evidence, ForeignKey, Index, Schema, Table, literal
from ghost_architect.schema.types import BIGINT, TEXT, enum

CANARY = "ghost_canary"
"""The file, table or variable that would be there if a name had been run."""

_EDGES = {"a": (63, 64, 65), "é": (31, 32), "名": (21, 22), "😀": (15, 16), "1": (70,), "9": (400,)}
"""How often a character fits into a name: PostgreSQL counts 63 bytes, MySQL 64 characters."""

_LENGTHS = (
    *(character * 300 for character in "a名😀﷽Wi'\"`\\\n<([{*|-"),
    *(unit * (300 // len(unit)) for unit in ("a😀", "a b ", "a_", "a.", "a\u0301", "&amp;")),
    *(character * length for character, lengths in _EDGES.items() for length in lengths),
    *("a" * 63 + "b", "a" * 63 + "c", "a" * 299 + "'", "x" * 62 + "😀", "y" * 61 + "éé"),
)


def _listed(file: str) -> Iterator[str]:
    groups: Mapping[str, list[str]] = json.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return chain.from_iterable(groups.values())


def _reserved() -> Iterator[str]:
    for dialect in DIALECTS.values():
        yield from sorted(dialect.reserved)
    yield from (*keyword.kwlist, *keyword.softkwlist, *sorted(vars(builtins)))


SIGNS: tuple[str, ...] = tuple(dict.fromkeys((*_listed("signs.json"), *_LENGTHS)))
"""What breaks out of where it stands, by its signs or by its length."""

WORDS: tuple[str, ...] = tuple(dict.fromkeys(w for w in (*_reserved(), *_listed("words.json")) if w not in SIGNS))
"""What means something in one of the languages: reserved words, and names that every class has already."""

NAMES: tuple[str, ...] = (*SIGNS, *WORDS)
"""All of them, each once, in an order that does not change (a newer Python may add words of its own)."""

SHORT: tuple[str, ...] = (
    *chain.from_iterable(SIGNS[i : i + 8] for i in range(0, len(SIGNS), 16)),
    *WORDS[::5],
)
"""Every second eight of the signs, twins beside each other, and every fifth word: for a check that has to be quick."""


def batches(names: Sequence[str] = NAMES, size: int = 8) -> Iterator[tuple[str, ...]]:
    """The names in small groups, in order: neighbours in the list, which are twins of each other, stay together."""
    for start in range(0, len(names), size):
        yield tuple(names[start : start + size])


def apart(names: Iterable[str], fold: Callable[[str], str], size: int = 8) -> list[tuple[str, ...]]:
    """The names in small groups, in none of which two names are one to an engine that compares them by `fold`."""
    groups: list[dict[str, str]] = []
    first = 0
    for name in names:
        key = fold(name)
        home = next((g for g in groups[first:] if key not in g and len(g) < size), None)
        if home is None:
            home = {}
            groups.append(home)
        home[key] = name
        while first < len(groups) and len(groups[first]) >= size:
            first += 1
    return [tuple(g.values()) for g in groups]


def _read(text: str, line: int = 1) -> tuple[Evidence, ...]:
    return (Evidence(0, line, (10, 20, 80, 16), text),)


def _named(name: str, *columns: Column, keys: tuple[ForeignKey, ...] = ()) -> Table:
    return Table(name, (Column("id", BIGINT, False, IDENTITY), *columns), ("id",), foreign_keys=keys)


def as_tables(names: Sequence[str]) -> Schema:
    """A table of each name; each but the first points at the one before it."""
    tables = []
    for i, name in enumerate(names):
        keys = (ForeignKey(("parent_id",), names[i - 1], ("id",)),) if i else ()
        extra = (Column("parent_id", BIGINT),) if i else ()
        tables.append(_named(name, *extra, keys=keys))
    return Schema(tuple(tables))


def as_columns(names: Sequence[str]) -> Schema:
    """One table with a column of each name: keys, uniques and indexes over them; and a table that points at it."""
    columns = tuple(Column(name, BIGINT, nullable=i % 2 == 1) for i, name in enumerate(names))
    first, last = names[0], names[-1]
    parent = Table("things", columns, (first,), ((last,),) if last != first else (), indexes=(Index(tuple(names[:3])),))
    key = ForeignKey((last,), "things", (first,))
    own = tuple(Column(name, BIGINT) for name in names)
    child = Table("parts", own, (), (), foreign_keys=(key,), indexes=(Index((last,)),))
    return Schema((parent, child))


def as_values(names: Sequence[str]) -> Schema:
    """An enum of these words, one of them its default."""
    words = enum(*names)
    return Schema((_named("things", Column("state", words, False, literal(names[0])), Column("more", words)),))


def as_titles(names: Sequence[str]) -> Schema:
    """Tables that a screen calls so."""
    named = [_named(f"t{i}", Column("a", TEXT)) for i, _ in enumerate(names)]
    return Schema(
        tuple(
            Table(t.name, t.columns, t.primary_key, title=name, evidence=_read(name))
            for t, name in zip(named, names, strict=True)
        )
    )


def as_comments(names: Sequence[str]) -> Schema:
    """Comments on a table and on its columns."""
    columns = tuple(Column(f"c{i}", TEXT, comment=name) for i, name in enumerate(names))
    table = _named("things", *columns)
    return Schema((Table(table.name, table.columns, table.primary_key, comment=" ".join(names)),))


def as_defaults(names: Sequence[str]) -> Schema:
    """String literals behind DEFAULT."""
    return Schema((_named("things", *(Column(f"c{i}", TEXT, True, literal(n)) for i, n in enumerate(names))),))


def as_evidence(names: Sequence[str]) -> Schema:
    """Columns that were read from these texts."""
    columns = (Column(f"c{i}", TEXT, evidence=_read(name, i + 1)) for i, name in enumerate(names))
    return Schema((_named("things", *columns),))


PLACES: Mapping[str, Callable[[Sequence[str]], Schema]] = MappingProxyType(
    {
        "tables": as_tables,
        "columns": as_columns,
        "values": as_values,
        "titles": as_titles,
        "comments": as_comments,
        "defaults": as_defaults,
        "evidence": as_evidence,
    }
)
"""Every place of a schema where text stands, and the schema that has these texts there."""


def schema_with(names: Sequence[str]) -> Schema:
    """One schema that has each of the names in every place at once."""
    tables = []
    for i, name in enumerate(names):
        said = _read(name, i + 1)
        columns = [Column("id", BIGINT, False, IDENTITY), Column("said", TEXT, True, literal(name), name, said)]
        if i:
            columns.append(Column("parent_id", BIGINT))
        else:
            columns.append(Column("state", enum(*names), False, literal(name)))
            columns += [Column(n, TEXT, evidence=said) for n in names if n not in _TAKEN]
        keys = (ForeignKey(("parent_id",), names[i - 1], ("id",)),) if i else ()
        indexes = tuple(Index((c.name,)) for c in columns[3:4])
        tables.append(Table(name, tuple(columns), ("id",), (), (), keys, indexes, name, title=name, evidence=said))
    return Schema(tuple(tables))


_TAKEN = frozenset({"id", "said", "state"})
