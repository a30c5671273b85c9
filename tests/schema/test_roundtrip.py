"""The promises of the heart, over random schemas and every dialect.

parse(ddl(s, d), d) == fit(s, d)      nothing unread      fit is idempotent      PostgreSQL holds everything
"""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given

from ghost_architect.schema.ddl import Citations, ddl, statements
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.fit import fit
from ghost_architect.schema.jsonform import tables_from_json, tables_to_json
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse

from .strategies import cited_schemas, schemas


@pytest.mark.parametrize("dialect", DIALECTS)
@given(schema=schemas())
def test_parse_is_the_inverse_of_ddl(dialect: str, schema: Schema) -> None:
    sql = ddl(schema, dialect)
    parsed = parse(sql, dialect)
    assert parsed.unread == ()
    assert parsed.schema == fit(schema, dialect).schema


@pytest.mark.parametrize("dialect", DIALECTS)
@given(schema=schemas())
def test_what_fits_stays_as_it_is(dialect: str, schema: Schema) -> None:
    once = fit(schema, dialect)
    again = fit(once.schema, dialect)
    assert again.schema == once.schema
    assert again.losses == ()
    assert ddl(once.schema, dialect) == ddl(schema, dialect)
    assert bool(once.losses) or once.schema == schema


@given(schema=schemas())
def test_postgres_holds_everything(schema: Schema) -> None:
    assert fit(schema, "postgres").schema == schema
    assert fit(schema, "postgres").losses == ()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("citations", [Citations.LINES, Citations.TEXT])
@given(schema=cited_schemas())
def test_citations_are_comments_and_nothing_else(dialect: str, citations: Citations, schema: Schema) -> None:
    parsed = parse(ddl(schema, dialect, citations), dialect)
    assert parsed.unread == ()
    assert parsed.schema == fit(schema, dialect).schema


@given(schema=schemas())
def test_sqlite_runs_every_schema(schema: Schema) -> None:
    with sqlite3.connect(":memory:") as database:
        for statement in statements(schema, "sqlite"):
            database.execute(statement)
        made = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    assert made == {table.name for table in schema.tables}


@given(schema=cited_schemas())
def test_json_there_and_back(schema: Schema) -> None:
    back = tables_from_json(tables_to_json(schema))
    assert back == schema
    assert repr(back) == repr(schema)  # evidence and titles are no part of equality
    assert tables_from_json(tables_to_json(schema, evidence=False)) == schema
