"""The JSON of tables, to the letter. (That it can be read back is in test_roundtrip.)"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ghost_architect.schema import types as t
from ghost_architect.schema.jsonform import tables_from_json, tables_to_json
from ghost_architect.schema.objects import (
    IDENTITY,
    TODAY,
    Check,
    Column,
    Comparison,
    Evidence,
    ForeignKey,
    Index,
    OnDelete,
    Op,
    Schema,
    Table,
    literal,
)

TABLE = Table(
    "orders",
    (
        Column("id", t.BIGINT, False, IDENTITY),
        Column(
            "state", t.enum("new", "it's"), False, literal("it's"), "How far", (Evidence(1, 7, (1, 2, 3, 4), "State"),)
        ),
        Column("total", t.numeric(12, 2), default=literal(0)),
        Column("day", t.DATE, default=TODAY),
        Column("parent_id", t.BIGINT),
    ),
    ("id",),
    (("state", "day"),),
    (Check((Comparison("total", Op.GE, value=Decimal(0)), Comparison("state", Op.NE, value="x"))),),
    (ForeignKey(("parent_id",), "orders", ("id",), OnDelete.SET_NULL),),
    (Index(("parent_id",)),),
    "What was sold",
    "Orders",
    (Evidence(0, 1, (0, 0, 10, 5), "Orders"),),
)


def _column(name: str, type_: str, default: str | None, *, nullable: bool = True) -> dict[str, object]:
    parts = {"name": name, "type": type_, "nullable": nullable, "default": default, "enum": None, "comment": ""}
    return {**parts, "inferred": True, "evidence": []}


def test_the_contract_to_the_letter() -> None:
    state = {
        **_column("state", "text", "'it''s'", nullable=False),
        "enum": ["new", "it's"],
        "comment": "How far",
        "inferred": False,
        "evidence": [{"screen": 1, "line": 7, "box": [1, 2, 3, 4], "text": "State"}],
    }
    assert tables_to_json(Schema((TABLE,))) == [
        {
            "name": "orders",
            "title": "Orders",
            "comment": "What was sold",
            "columns": [
                _column("id", "bigint", "identity", nullable=False),
                state,
                _column("total", "numeric(12,2)", "0"),
                _column("day", "date", "CURRENT_DATE"),
                _column("parent_id", "bigint", None),
            ],
            "primary_key": ["id"],
            "uniques": [["state", "day"]],
            "checks": [{"columns": ["total", "state"], "sql": "total >= 0 AND state <> 'x'"}],
            "foreign_keys": [
                {
                    "columns": ["parent_id"],
                    "references": {"table": "orders", "columns": ["id"]},
                    "on_delete": "SET NULL",
                }
            ],
            "indexes": [{"columns": ["parent_id"], "unique": False}],
            "evidence": [{"screen": 0, "line": 1, "box": [0, 0, 10, 5], "text": "Orders"}],
        }
    ]


def test_a_pair_has_no_evidence() -> None:
    (table,) = tables_to_json(Schema((TABLE,)), evidence=False)
    assert "evidence" not in json.dumps(table)
    assert "inferred" not in json.dumps(table)
    assert tables_from_json([table]).tables[0] == TABLE


@pytest.mark.parametrize(
    ("part", "value"),
    [("default", "1 + 1"), ("default", "'"), ("type", "varchar"), ("type", "nonsense"), ("default", "now()::text")],
)
def test_what_is_not_written_so_is_refused(part: str, value: str) -> None:
    (table,) = tables_to_json(Schema((Table("t", (Column("c", t.INTEGER),)),)))
    table["columns"][0][part] = value
    with pytest.raises(ValueError):  # noqa: PT011 - four modules word it, each in its own way
        tables_from_json([table])


def test_a_part_that_is_missing_is_named() -> None:
    (table,) = tables_to_json(Schema((TABLE,)))
    del table["primary_key"]
    with pytest.raises(KeyError, match="primary_key"):
        tables_from_json([table])
