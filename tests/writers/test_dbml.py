"""DBML: the literal form, and that two readers find in it what the schema holds.

schema -> write -> PyDBML, @dbml/core -> DbmlDatabase -> tables, keys, defaults of fit(schema)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

import pytest

from ghost_architect.schema.ddl import check_sql, made_names
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Column, DefaultKind, ForeignKey, Index, OnDelete, Schema, Table, literal
from ghost_architect.schema.parse import parse
from ghost_architect.schema.types import TEXT, Kind, Type, enum
from ghost_architect.writers.dbml import write
from ghost_architect.writers.text import clean

from .readers import (
    DbmlColumn,
    DbmlDatabase,
    DbmlTable,
    Unreadable,
    read_dbml_core,
    read_dbml_pydbml,
)
from .samples import HOSTILE, LIBRARY, SHOP, column, random_schemas, table, to

Reader = Callable[[Sequence[str]], list[DbmlDatabase | Unreadable]]
READERS = pytest.mark.parametrize("read", [read_dbml_pydbml, read_dbml_core])

_NAMED = re.compile(r'^named (".*") in the database$', re.MULTILINE)
_VALUE = re.compile(r'the value is (".*")')


def test_literal() -> None:
    assert (
        write(LIBRARY)
        == """Project database {
  database_type: 'PostgreSQL'
}

Enum members_level {
  Basic
  "Gold member"
  "größte"
  "50% off"
}

Table members {
  id uuid [pk, default: `gen_random_uuid()`]
  "full name" varchar(120) [not null, note: 'As on the card; it\\'s shown “as is”']
  level members_level [not null, default: 'Basic']
  invited_by uuid
  active boolean [not null, default: true]
  settings jsonb [not null, default: '{}']
  photo bytea
  last_address inet
  joined_on date [not null, default: `CURRENT_DATE`]

  indexes {
    ("full name", level) [unique, name: 'members_full name_level_idx']
    invited_by [name: 'members_invited_by_idx']
  }

  Note: '''
    Member list
    People who borrow.
    One row a card.
  '''
}

Table books {
  isbn varchar(17) [not null]
  edition smallint [not null, default: 1]
  title text [not null]
  price numeric(8,2) [default: 0]
  pages integer
  loan_period interval [not null, default: '14 days']

  indexes {
    (isbn, edition) [pk]
    (title, edition) [unique]
  }

  Note: 'CHECK (price >= 0 AND pages > 0)'
}

Enum loans_state {
  open
  returned
  lost
}

Table loans {
  id bigint [pk, increment]
  book_isbn varchar(17) [not null]
  book_edition smallint [not null]
  member_id uuid [not null]
  returned_to uuid
  state loans_state [not null, default: 'open']
  lent_at timestamptz [not null, default: `CURRENT_TIMESTAMP`]
  "note" text [default: 'it\\'s \\\\ new']

  indexes {
    (book_isbn, book_edition) [name: 'loans_book_isbn_book_edition_idx']
    member_id [name: 'loans_member_id_idx']
    returned_to [name: 'loans_returned_to_idx']
  }

  Note: 'CHECK (book_edition > 0)'
}

Ref: members.invited_by > members.id [delete: set null]
Ref: loans.(book_isbn, book_edition) > books.(isbn, edition) [delete: restrict]
Ref: loans.member_id > members.id [delete: cascade]
Ref: loans.returned_to > members.id [delete: set null]
"""
    )


def real(name: str, note: str) -> str:
    """The name in the database: what the note says, else the name itself."""
    said = _NAMED.search(note)
    return str(json.loads(said[1])) if said else name


@lru_cache(1 << 12)
def type_of(spelled: str, dialect: str) -> Type:
    found = parse(f"CREATE TABLE t (c {spelled})", dialect).schema.tables[0].columns[0]
    return found.type


def same_column(found: DbmlColumn, meant: Column, enums: dict[str, tuple[tuple[str, str], ...]], dialect: str) -> None:
    if meant.type.kind is Kind.ENUM:
        values = [json.loads(said[1]) if (said := _VALUE.search(note)) else v for v, note in enums[found.type]]
        assert tuple(values) == meant.enum
    else:
        assert type_of(found.type, dialect) == meant.type
    assert (found.not_null or found.pk or found.increment) == (not meant.nullable)
    assert found.increment == meant.is_identity
    same_default(found, meant, enums, dialect)
    assert set(map(clean, meant.comment.splitlines())) - {""} <= set(found.note.split("\n"))


def same_default(found: DbmlColumn, meant: Column, enums: dict[str, tuple[tuple[str, str], ...]], dialect: str) -> None:
    default = meant.default
    if default is None or meant.is_identity:
        assert found.default is None
    elif found.default is None:
        said = re.search(r'^default (".*")$', found.note, re.MULTILINE)
        assert said
        assert json.loads(said[1]) == default.value
    elif isinstance(default.value, bool):
        assert found.default == ("boolean", str(default.value).lower())
    elif isinstance(default.value, Decimal):
        assert Decimal(found.default[1]) == default.value
    elif default.kind is not DefaultKind.LITERAL:
        assert found.default == ("expression", find_dialect(dialect).write_default(default, meant.type))
    elif meant.type.kind is Kind.ENUM:
        written = [value for value, _ in enums[found.type]]
        assert found.default == ("string", written[meant.enum.index(str(default.value))])
    else:
        assert found.default == ("string", default.value)


def same_table(found: DbmlTable, meant: Table, database: DbmlDatabase, dialect: str) -> None:
    names = {c.name: real(c.name, c.note) for c in found.columns}
    assert list(names.values()) == [c.name for c in meant.columns]
    for one, other in zip(found.columns, meant.columns, strict=True):
        same_column(one, other, database.enums, dialect)

    def listed(pk: bool, unique: bool, named: bool) -> list[tuple[str, ...]]:
        kept = (i for i in found.indexes if (i.pk, i.unique, bool(i.name)) == (pk, unique, named))
        return sorted(tuple(names[c] for c in i.columns) for i in kept)

    alone = [c for c in found.columns if c.pk]
    assert [(names[c.name],) for c in alone] + listed(True, False, False) == [meant.primary_key] * bool(
        meant.primary_key
    )
    uniques = [(names[c.name],) for c in found.columns if c.unique] + listed(False, True, False)
    assert sorted(uniques) == sorted(meant.uniques)
    for unique in (True, False):
        assert listed(False, unique, True) == sorted(i.columns for i in meant.indexes if i.unique is unique)
    for check in meant.checks:
        assert clean(f"CHECK ({check_sql(check, dialect)})") in found.note
    assert set(map(clean, meant.comment.splitlines())) - {""} <= set(found.note.split("\n"))


def same(found: DbmlDatabase | Unreadable, schema: Schema, dialect: str) -> None:
    """Whether what a reader found is what this dialect holds of the schema."""
    assert isinstance(found, DbmlDatabase), found
    meant = fit(schema, dialect).schema
    by_name = {real(t.name, t.note): t for t in found.tables}
    assert list(by_name) == [t.name for t in meant.tables if t.columns]
    called = {t.name: name for name, t in by_name.items()}
    for name, one in by_name.items():
        other = meant.table(name)
        assert other
        same_table(one, other, found, dialect)
    keys = {(t.name, f) for t in meant.tables for f in t.foreign_keys}
    for ref in found.refs:
        ends = [(by_name[called[t]], cs) for t, cs in ((ref.table, ref.columns), (ref.parent, ref.references))]
        columns, references = ([real(c, {x.name: x.note for x in t.columns}[c]) for c in cs] for t, cs in ends)
        action = OnDelete(ref.on_delete.upper() or "NO ACTION")
        keys.remove((called[ref.table], ForeignKey(tuple(columns), called[ref.parent], tuple(references), action)))
        assert ref.relation == ">"
    for name, key in keys:
        assert f"FOREIGN KEY ({clean(', '.join(key.columns))}" in by_name[name].note


@READERS
@pytest.mark.parametrize("dialect", DIALECTS)
def test_both_readers_find_what_was_meant(read: Reader, dialect: str) -> None:
    chosen: Iterable[Schema] = (SHOP, LIBRARY, Schema(), *random_schemas(40))
    meant = list(chosen)
    for found, schema in zip(read([write(s, dialect) for s in meant]), meant, strict=True):
        same(found, schema, dialect)


@READERS
def test_names_that_end_what_they_stand_in(read: Reader) -> None:
    names = [
        HOSTILE,
        '"',
        "'''",
        "\\",
        "a\nb",
        "//",
        "/*",
        "}",
        "`",
        "",
        " ",
        "(a)",
        "a,b",
        "public.things",
        "Note: ''",
    ]
    meant = []
    for name in names:
        child = table("child", column("c"), keys=(to(name, "c"),))
        odd = replace(table(name, column(name), column("e", enum(name, "b"))), comment=name, title=name)
        meant.append(Schema((odd, child, table("things"))))
    for found, schema in zip(read([write(s) for s in meant]), meant, strict=True):
        same(found, schema, "postgres")


@READERS
def test_names_that_become_equal_stay_apart(read: Reader) -> None:
    schema = Schema((table('a"b', column("x(y"), column("x[y")), table("a'b"), Table("a.b", (column("x"),))))
    [found] = read([write(schema)])
    same(found, schema, "postgres")


@READERS
def test_what_cannot_be_said_is_a_remark(read: Reader) -> None:
    first = ForeignKey(("c",), "t", ("id",))
    odd = Table(
        "t",
        (*table("t").columns, column("c"), Column("d", TEXT, True, literal("a\u202eb"))),
        ("id",),
        foreign_keys=(first, replace(first, on_delete=OnDelete.CASCADE), ForeignKey(("c",), "nowhere", ("id",))),
        indexes=(Index(("not there",)),),
    )
    [found] = read([write(Schema((odd, Table("empty */ \n Table x {", ()))))])
    assert isinstance(found, DbmlDatabase)
    assert [t.name for t in found.tables] == ["t"]
    assert len(found.refs) == 1
    assert found.tables[0].note.split("\n")[:2] == [
        "FOREIGN KEY (c) REFERENCES nowhere (id) ON DELETE NO ACTION",
        "FOREIGN KEY (c) REFERENCES t (id) ON DELETE NO ACTION",
    ]
    assert found.tables[0].columns[2].note == 'default "a\\u202eb"'


def test_indexes_and_enums_are_called_as_in_the_sql() -> None:
    made = made_names(LIBRARY)
    for name in (*made.indexes.values(), *made.enums.values()):
        assert name in write(LIBRARY)
