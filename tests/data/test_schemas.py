"""A row of which the schema is cut out is the row that `json` reads, and what does not run is found by either road."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ghost_architect.data.runs import Runner
from ghost_architect.data.schemas import Schemas
from ghost_architect.schema.ddl import statements
from ghost_architect.schema.parse import parse

from . import rows

LARGE = rows.pair("a")["schema"]
CIRCLE = """CREATE TABLE chiefs (id BIGINT PRIMARY KEY, team_id BIGINT);
CREATE TABLE teams (id BIGINT PRIMARY KEY, chief_id BIGINT REFERENCES chiefs (id), code TEXT);
ALTER TABLE chiefs ADD FOREIGN KEY (team_id) REFERENCES teams (id);
"""


@pytest.fixture
def known() -> Iterator[Schemas]:
    runner = Runner()
    yield Schemas(runner, scripts=False, every=False)
    runner.close()


def other(schema: Any) -> Any:
    return json.loads(json.dumps(schema).replace("orders", "invoices"))


def test_rows_are_those_that_json_reads(known: Schemas) -> None:
    texts = [
        json.dumps({"id": "a", "schema": LARGE, "split": "train"}, separators=(",", ":")),
        json.dumps({"id": "b", "schema": LARGE, "split": "train"}, separators=(",", ":")),
        json.dumps({"id": "c", "schema": {"tables": []}, "x": 1}),
        json.dumps({"schema": LARGE}, indent=2),
        json.dumps({"id": "d", "schema": other(LARGE)}),
        json.dumps({"text": '"schema": {"tables": []}', "schema": LARGE}),
        json.dumps({"evidence": {"schema": LARGE}, "schema": LARGE}),
        json.dumps({"evidence": {"schema": LARGE}}),
        json.dumps([{"schema": LARGE}]),
        json.dumps({"schema": "text"}),
        json.dumps({"schema": LARGE})[:-1] + ', "schema": null}',
        '{"schema":null}',
        '"schema":',
    ]
    for text in texts * 2:
        try:
            expected = json.loads(text)
        except ValueError as problem:
            with pytest.raises(ValueError, match=str(problem).partition(":")[0]):
                known.row(text.encode())
        else:
            assert known.row(text.encode()) == expected, text[:60]


def test_a_broken_row_is_told_as_json_tells_it(known: Schemas) -> None:
    whole = json.dumps({"id": "a", "schema": LARGE, "split": "train"})
    known.row(whole.encode())
    for cut in (len(whole) - 1, len(whole) - 12, len(whole) // 2, 9):
        with pytest.raises(json.JSONDecodeError) as expected:
            json.loads(whole[:cut])
        with pytest.raises(json.JSONDecodeError) as found:
            known.row(whole[:cut].encode())
        assert (found.value.msg, found.value.pos) == (expected.value.msg, expected.value.pos)
    with pytest.raises(ValueError, match="NaN is no JSON"):
        known.row(whole.replace('"train"', "NaN").encode())


def test_a_schema_is_read_once(known: Schemas) -> None:
    first, again = (known.row(json.dumps({"id": id_, "schema": LARGE}).encode()) for id_ in ("a", "b"))
    assert known.known(first["schema"]) is known.known(again["schema"])
    assert known.known(json.loads(json.dumps(LARGE))) is known.known(again["schema"])
    assert known.known(other(LARGE)) is not known.known(first["schema"])


def test_keys_in_a_circle_run_by_the_short_road() -> None:
    runner = Runner()
    made = statements(parse(CIRCLE).schema)
    assert any(statement.startswith("ALTER TABLE") for statement in made)
    assert runner.made(made)
    # The column is no key, so nothing can point at it.
    wrong = [s.replace("REFERENCES chiefs (id)", "REFERENCES chiefs (team_id)") for s in made]
    assert wrong != made
    assert not runner.made(wrong)
    late = [s.replace("(team_id) REFERENCES", "(nothing) REFERENCES") for s in made]
    assert late != made
    assert not runner.made(late)
    runner.close()
