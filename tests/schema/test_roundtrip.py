"""The promises of the heart, over random schemas and every dialect.

    parse(ddl(s, d), d) == fit(s, d)      nothing unread      fit is idempotent      PostgreSQL holds everything

Making a schema takes longer than checking it, so each one is asked everything that it can be.
"""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings

from ghost_architect.schema.ddl import Citations, ddl, statements
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.fit import fit
from ghost_architect.schema.jsonform import tables_from_json, tables_to_json
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse

from .strategies import cited_schemas, schemas

FEWER = settings(max_examples=settings().max_examples // 2)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(schema=cited_schemas())
def test_a_dialect_keeps_its_promises(dialect: str, schema: Schema) -> None:
    fitted = fit(schema, dialect)
    for citations in Citations:
        parsed = parse(ddl(schema, dialect, citations), dialect)
        assert parsed.unread == ()
        assert parsed.schema == fitted.schema

    again = fit(fitted.schema, dialect)
    assert again.schema == fitted.schema
    assert again.losses == ()
    assert ddl(fitted.schema, dialect) == ddl(schema, dialect)
    assert fitted.losses or fitted.schema == schema, "a change that is no finding"
    if dialect == "postgres":
        assert fitted.schema == schema


@FEWER
@given(schema=schemas())
def test_sqlite_runs_every_schema(schema: Schema) -> None:
    database = sqlite3.connect(":memory:")
    for statement in statements(schema, "sqlite"):
        database.execute(statement)
    made = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    assert made == {table.name for table in schema.tables}


@FEWER
@given(schema=cited_schemas())
def test_json_there_and_back(schema: Schema) -> None:
    back = tables_from_json(tables_to_json(schema))
    assert back == schema
    assert repr(back) == repr(schema), "evidence and titles, which are no part of equality"
    assert tables_from_json(tables_to_json(schema, evidence=False)) == schema
