"""What PostgreSQL says is there: its own catalogue, read into `SeenTable`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...objects import ForeignKey, Index, OnDelete
from ...types import read, spell
from ..base import SeenColumn, SeenTable

Ask = Callable[[str], Sequence[Sequence[Any]]]

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
    (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.oid, a.attnum"""

_CONSTRAINTS = """
SELECT c.relname, k.contype::text,
    (SELECT array_agg(a.attname::text ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n),
    f.relname,
    (SELECT array_agg(a.attname::text ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n),
    k.confdeltype::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE n.nspname = 'public' AND k.contype IN ('p', 'u', 'f')"""

_INDEXES = """
SELECT c.relname, i.indisunique,
    (SELECT array_agg(coalesce(a.attname::text, '(expression)') ORDER BY o)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, o)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0
        WHERE o <= i.indnkeyatts)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
    AND k.contype IN ('p', 'u', 'x'))"""

_ACTIONS = {
    "a": OnDelete.NO_ACTION,
    "r": OnDelete.RESTRICT,
    "c": OnDelete.CASCADE,
    "n": OnDelete.SET_NULL,
    "d": OnDelete.SET_DEFAULT,
}
_SPELLINGS = (
    ("character varying", "varchar"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time without time zone", "time"),
    ("character", "char"),
)


def tables(ask: Ask) -> tuple[SeenTable, ...]:
    """Every table in the schema `public` of the database.

    Args:
        ask: runs a query.
    """
    columns: dict[str, list[SeenColumn]] = {}
    for table, name, type_, nullable, identity, values in ask(_COLUMNS):
        found = columns.setdefault(table, [])
        if name is not None:
            spelled = "text" if values else _logical(type_)
            found.append(SeenColumn(name, spelled, nullable, identity, tuple(values or ())))
    constraints, indexes = ask(_CONSTRAINTS), ask(_INDEXES)
    return tuple(
        SeenTable(
            name,
            tuple(found),
            next((tuple(k[2]) for k in constraints if k[:2] == [name, "p"]), ()),
            frozenset(tuple(k[2]) for k in constraints if k[:2] == [name, "u"]),
            frozenset(
                ForeignKey(tuple(k[2]), k[3], tuple(k[4]), _ACTIONS[k[5]]) for k in constraints if k[:2] == [name, "f"]
            ),
            frozenset(Index(tuple(i[2]), i[1]) for i in indexes if i[0] == name),
        )
        for name, found in columns.items()
    )


def _logical(type_: str) -> str:
    """PostgreSQL's own name of a type in our spelling."""
    for theirs, ours in _SPELLINGS:
        if type_ == theirs or type_.startswith(theirs + "("):
            type_ = ours + type_[len(theirs) :]
            break
    try:
        return spell(read(type_))
    except ValueError:
        return type_
