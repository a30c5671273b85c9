"""GhostScore: the agreed cases to the last count, and what must hold for any answer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.evaluation.ghostscore import RELATIONS_FROM, Counts, counts, ghostscore, totals
from ghost_architect.evaluation.metrics import METRICS, Count

AGREED = json.loads((Path(__file__).parents[1] / "fixtures" / "ghostscore_cases.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = AGREED["cases"]


def as_counts(row: dict[str, list[int]]) -> dict[str, Count]:
    return {name: Count(*c) for name, c in row.items()}


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_agreed_case(case: dict[str, Any]) -> None:
    assert counts(case["reference"], case["sql"]) == as_counts(case["counts"])


def test_agreed_totals() -> None:
    assert totals([as_counts(c["counts"]) for c in CASES]) == AGREED["totals_over_all"]


# A shop: products of a supplier, orders with lines. `note` is real and not on the screen.
SHOP: list[dict[str, Any]] = [
    {
        "name": "suppliers",
        "columns": [
            {"name": "id", "type": "integer", "pk": True, "visible": False},
            {"name": "company", "type": "text"},
        ],
        "foreign_keys": [],
    },
    {
        "name": "products",
        "visible_title": "Catalogue",
        "columns": [
            {"name": "id", "type": "integer", "pk": True, "visible": False},
            {"name": "title", "type": "varchar", "label": "Product name"},
            {"name": "price", "type": "numeric"},
            {"name": "active", "type": "boolean", "type_alternatives": ["varchar"]},
            {"name": "supplier_id", "type": "integer", "label": "Supplier"},
        ],
        "foreign_keys": [["supplier_id", "suppliers"]],
        "other_columns": ["note"],
    },
]
SUPPLIERS = "CREATE TABLE suppliers (id BIGINT PRIMARY KEY, company TEXT);"
ANSWER = f"""{SUPPLIERS}
CREATE TABLE products (
    id BIGINT PRIMARY KEY, title TEXT, price NUMERIC(10, 2), active BOOLEAN,
    supplier_id BIGINT REFERENCES suppliers (id)
);"""


def of(sql: str) -> dict[str, Count]:
    return counts(SHOP, sql)


def test_the_truth_itself_is_all_right() -> None:
    got = of(ANSWER)
    assert all(c.right == c.answered == c.expected > 0 for c in got.values())
    assert got["column"].expected == 5
    assert got["fk"].expected == 1


def test_an_empty_answer_is_wrong_by_what_it_lacks_only() -> None:
    for name, c in of("").items():
        assert c.right == 0
        # `anywhere` is a share: of the visible columns, not of the answer's.
        assert c.answered == (c.expected if name == "anywhere" else 0)


def test_no_page_is_no_answer() -> None:
    assert set(counts([], "").values()) == {Count(0, 0, 0)}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        pytest.param(
            "price NUMERIC(10, 2), ", "", {"column": (4, 4, 5), "typed": (4, 4, 5), "anywhere": (4, 5, 5)}, id="dropped"
        ),
        pytest.param("title", "product_name", {}, id="label as name"),
        pytest.param("title", "name", {}, id="synonym"),
        pytest.param("title", "product_title", {}, id="table's name in front"),
        pytest.param("title", "tilte", {}, id="slip of the pen"),
        pytest.param("TABLE products", "TABLE catalogue", {}, id="title on the screen as name"),
        pytest.param("TABLE products", "TABLE tbl_product", {}, id="singular with prefix"),
        pytest.param("price NUMERIC(10, 2)", "price INTEGER", {}, id="near type"),
        pytest.param("price NUMERIC(10, 2)", "price TEXT", {"typed": (4, 5, 5)}, id="other type"),
        pytest.param("active BOOLEAN", "active VARCHAR(20)", {}, id="alternative type"),
        pytest.param("active BOOLEAN", "active BOOLEAN, note TEXT", {}, id="real, but not shown"),
        pytest.param("active BOOLEAN", "active BOOLEAN, created_at TIMESTAMP", {}, id="audit column"),
        pytest.param(
            "active BOOLEAN", "active BOOLEAN, colour TEXT", {"column": (5, 6, 5), "typed": (5, 6, 5)}, id="invented"
        ),
        pytest.param(" REFERENCES suppliers (id)", "", {"fk": (0, 0, 1), "relation": (0, 0, 1)}, id="no key"),
        pytest.param(
            "REFERENCES suppliers",
            "REFERENCES products",
            {"fk": (0, 1, 1), "relation": (0, 1, 1)},
            id="key to the wrong table",
        ),
        pytest.param(
            "company TEXT);",
            "company TEXT); CREATE TABLE planets (id INT PRIMARY KEY, mass REAL, radius REAL);",
            {"table": (2, 3, 2), "column": (5, 7, 5), "typed": (5, 7, 5)},
            id="invented table",
        ),
    ],
)
def test_one_change_moves_what_it_should(old: str, new: str, changed: dict[str, tuple[int, int, int]]) -> None:
    assert old in ANSWER
    expected = of(ANSWER) | {name: Count(*c) for name, c in changed.items()}
    assert of(ANSWER.replace(old, new)) == expected


def test_a_table_that_is_missing_can_still_be_read_elsewhere() -> None:
    flat = "CREATE TABLE products (id INT PRIMARY KEY, title TEXT, price NUMERIC, active BOOLEAN, company TEXT)"
    got = of(flat)
    assert got["table"] == (1, 1, 2)
    assert got["relation"] == (0, 0, 1)
    # company is read although its table is not there; the supplier's label matches nothing.
    assert got["anywhere"].right == got["column"].right + 1 == 4


def test_the_order_of_tables_and_columns_is_nothing() -> None:
    rng = random.Random(4)
    columns = [
        "id BIGINT PRIMARY KEY",
        "title TEXT",
        "cost NUMERIC(8, 2)",
        "active DATE",
        "weight REAL",
        "supplier_id INT",
    ]
    before = None
    for _ in range(5):
        rng.shuffle(columns)
        tables = [SUPPLIERS, f"CREATE TABLE products ({', '.join(columns)});"]
        rng.shuffle(tables)
        key = "ALTER TABLE products ADD FOREIGN KEY (supplier_id) REFERENCES suppliers (id);"
        got = of("\n".join([*tables, key]))
        assert before in (None, got)
        before = got


def test_sql_that_is_not_understood_costs_its_columns_only() -> None:
    assert of(ANSWER + "\nSELECT nonsense FROM;") == of(ANSWER)


def relations(n: int) -> Counts:
    return as_counts({m.name: [1, 2, 4] for m in METRICS}) | {"relation": Count(0, n, n)}


def test_few_relations_are_left_out_of_the_score() -> None:
    third = round(2 / 6, 3)
    assert totals([relations(RELATIONS_FROM - 1)])["GhostScore"] == third
    assert totals([relations(RELATIONS_FROM)])["GhostScore"] == round(0.75 * third, 3)
    assert ghostscore(relations(RELATIONS_FROM), with_relations=False) == third


def test_totals_are_micro_averaged() -> None:
    rows = [as_counts({m.name: c for m in METRICS}) for c in ([1, 1, 1], [0, 3, 4])]
    assert totals(rows)["table"] == {"P": 0.25, "R": 0.2, "F1": 0.222}


def test_nothing_at_all_has_no_rates() -> None:
    assert totals([])["table"] == {"P": None, "R": None, "F1": None}
    assert totals([])["GhostScore"] == 0.0


def test_metrics_have_names_of_their_own_and_weights_of_one() -> None:
    assert len({m.name for m in METRICS}) == len(METRICS)
    assert sum(m.weight for m in METRICS) == pytest.approx(1.0)
