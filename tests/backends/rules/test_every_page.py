"""What holds for every answer, whatever the screen: it is read without a word lost, runs, and cites what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_architect.backends.rules import RulesBackend
from ghost_architect.backends.rules.backend import read_page
from ghost_architect.pages import signals
from ghost_architect.schema import naming
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.execute import execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import Column, Evidence, Schema, Table
from ghost_architect.schema.verify import verify

from .drawing import scaled, shifted
from .samples import SHOWN, page, schema, types, understood

Shape = dict[str, dict[str, str]]


def shape(of: Schema) -> Shape:
    """Tables, their columns and types, whatever their order."""
    return {t.name: types(t) for t in of.tables}


@pytest.mark.parametrize("name", SHOWN)
def test_the_answer_is_read_without_findings_and_whole(name: str) -> None:
    read = understood(page(name), RulesBackend().generate([page(name)], "").text)
    assert read.findings == ()
    assert not read.cut
    assert read.schema == schema(name)
    assert cited(read.schema) == cited(schema(name))


def cited(of: Schema) -> dict[str, list[int]]:
    """The numbers of the lines behind each table and column."""
    tables = {t.name: [e.line for e in t.evidence] for t in of.tables}
    return tables | {f"{t.name}.{c.name}": [e.line for e in c.evidence] for t in of.tables for c in t.columns}


@pytest.mark.parametrize("name", SHOWN)
def test_the_schema_is_right_and_good(name: str) -> None:
    for dialect in DIALECTS:
        assert [f for f in verify(schema(name), dialect) if f.severity is not Severity.INFO] == []


@pytest.mark.parametrize("name", SHOWN)
def test_the_schema_runs_and_is_what_was_meant(name: str) -> None:
    ran = execute(ddl(schema(name), "sqlite"), "sqlite", expected=schema(name))
    assert (ran.ok, ran.error, ran.differences) == (True, "", ())


@pytest.mark.parametrize("name", SHOWN)
def test_every_citation_is_a_line_of_the_page_that_speaks_of_its_column(name: str) -> None:
    lines = {n.n: n for n in page(name).lines}
    for table in schema(name).tables:
        for one in (*table.evidence, *(e for c in table.columns for e in c.evidence)):
            assert (one.screen, one.text) == (0, lines[one.line].text)
        for column in table.columns:
            assert not column.evidence or speaks_of(column, column.evidence), (table.name, column.name, column.evidence)


def speaks_of(column: Column, cited: Sequence[Evidence]) -> bool:
    """A word of the name stands there, or a value of the column's type, or what a row of a lookup is called."""
    words = {naming.singular(w) for e in cited for w in naming.tokens(naming.snake_case(e.text))}
    if words & {naming.singular(w) for w in naming.tokens(column.name)}:
        return True
    value = signals.load().meaning("", [e.text for e in cited])
    return value.type == column.type and (value.signal != "text" or column.name == "name")


@pytest.mark.parametrize("name", SHOWN)
def test_only_keys_and_lookups_are_inferred(name: str) -> None:
    for table in schema(name).tables:
        keys = {*table.primary_key, *(c for f in table.foreign_keys for c in f.columns)}
        for column in table.columns:
            assert column.evidence or column.name in keys or is_lookup(table, column)


def is_lookup(table: Table, column: Column) -> bool:
    return column.name == "name" and len(table.columns) == 2


@pytest.mark.parametrize("name", SHOWN)
def test_the_order_of_the_lines_does_not_count(name: str) -> None:
    drawn = page(name)
    assert shape(read_page(replace(drawn, lines=drawn.lines[::-1]))) == shape(schema(name))


@pytest.mark.parametrize("name", [*SHOWN, "login", "chart", "figures", "newsletter"])
def test_twice_the_scale_is_the_same_schema(name: str) -> None:
    assert shape(read_page(scaled(page(name), 2))) == shape(schema(name))


@given(st.sampled_from(sorted(SHOWN)), st.integers(0, 90), st.integers(0, 60))
@settings(max_examples=25)
def test_elsewhere_on_the_screen_is_the_same_schema(name: str, right: int, down: int) -> None:
    assert shape(read_page(shifted(page(name), right, down))) == shape(schema(name))


def test_the_backend_reads_one_page_at_a_time_and_says_who_it_is() -> None:
    backend = RulesBackend()
    assert (backend.name, backend.pages_per_call) == ("rules", 1)
    assert backend.model.startswith("rules-")
    twice = [backend.generate([page("orders_grid")], prompt).text for prompt in ("", "anything")]
    assert twice[0] == twice[1] != ""
