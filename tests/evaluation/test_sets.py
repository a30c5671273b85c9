"""Loading sets in their three layouts, and joining the screens of an app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ghost_architect.data.asked import answer
from ghost_architect.errors import InputError
from ghost_architect.evaluation.ghostscore import counts, totals
from ghost_architect.evaluation.sets import MIXED, Case, by_app, general_kind, load_set
from ghost_architect.pages.pair import FILE, read_pairs

VALIDATION = Path(__file__).parents[2] / "data" / "validation_set"

ORDERS = {"name": "orders", "columns": [{"name": "total", "type": "numeric", "visible": True}], "foreign_keys": []}


def put(file: Path, value: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


def test_a_list_of_references(tmp_path: Path) -> None:
    put(
        tmp_path / "refs.json",
        [{"image": "a.png", "tables": [ORDERS]}, {"image": "b.jpg", "site": "x.org", "tables": []}],
    )
    put(tmp_path / "a.png", "")
    put(tmp_path / "b.jpg", "")
    a, b = load_set(tmp_path).cases
    assert (a.name, a.images, a.app, a.kind) == ("a", (tmp_path / "a.png",), "a", "")
    assert a.tables == (ORDERS,)
    assert (b.app, b.tables) == ("x.org", ())


def test_a_reference_a_file(tmp_path: Path) -> None:
    for n, kind in enumerate(["form (modal)", "list"]):
        ref = {"id": f"s{n}", "app": f"app_{n}", "repo": "me/shop", "screen_kind": kind, "tables": [ORDERS]}
        put(tmp_path / "refs" / f"{n}.json", ref | {"image_file": f"images/{n}.png"})
        put(tmp_path / "images" / f"{n}.png", "")
    set_ = load_set(tmp_path)
    assert set_.name == tmp_path.name
    assert [(c.name, c.app, c.kind) for c in set_.cases] == [("s0", "me/shop", "form"), ("s1", "me/shop", "list")]
    (app,) = by_app(set_).cases
    assert (app.name, app.kind) == ("me/shop", MIXED)
    assert app.images == tuple(tmp_path / "images" / f"{n}.png" for n in (0, 1))


PAIR: dict[str, Any] = {
    "id": "p1",
    "images": ["p1.png", "p2.png"],
    "device": "desktop",
    "theme": "light",
    "screen_kinds": ["list", "list"],
    "lines": [
        [{"n": 1, "box": [0, 0, 9, 9], "text": "Amount due"}],
        [{"n": 2, "box": [0, 0, 9, 9], "text": "Customer"}],
    ],
    "schema": {
        "tables": [
            {
                "name": "customers",
                "title": "Clients",
                "columns": [{"name": "id", "type": "bigint"}, {"name": "name", "type": "text"}],
                "primary_key": ["id"],
                "foreign_keys": [],
            },
            {
                "name": "orders",
                "title": "",
                "columns": [
                    {"name": "id", "type": "bigint"},
                    {"name": "total", "type": "numeric(10,2)"},
                    {"name": "customer_id", "type": "bigint"},
                    {"name": "secret", "type": "text"},
                ],
                "primary_key": ["id"],
                "foreign_keys": [
                    {
                        "columns": ["customer_id"],
                        "references": {"table": "customers", "columns": ["id"]},
                        "on_delete": None,
                    }
                ],
            },
            {"name": "logs", "columns": [{"name": "line", "type": "text"}], "primary_key": []},
        ]
    },
    "visibility": {
        "customers.id": "implied",
        "customers.name": "visible",
        "orders.id": "implied",
        "orders.total": "visible",
        "orders.customer_id": "visible",
        "orders.secret": "hidden",
        "logs.line": "hidden",
    },
    "evidence": {"orders.total": [1], "orders.customer_id": [2]},
    "split": "test",
}
PAIR_SQL = """CREATE TABLE clients (id BIGINT PRIMARY KEY, name TEXT);
CREATE TABLE orders (
    id BIGINT PRIMARY KEY, {amount} NUMERIC(10, 2), customer_id BIGINT REFERENCES clients (id), secret TEXT
);"""


def loaded(folder: Path, pair: dict[str, Any]) -> tuple[Case, ...]:
    """The cases of a set of this pair alone; its images are there and hold nothing."""
    put(folder / FILE, json.dumps(pair) + "\n\n")
    for image in pair["images"]:
        put(folder / image, "")
    return load_set(folder).cases


def test_pairs(tmp_path: Path) -> None:
    (case,) = loaded(tmp_path, PAIR)
    assert (case.name, case.app, case.kind, len(case.images)) == ("p1", "p1", "list", 2)
    assert [t["name"] for t in case.tables] == ["customers", "orders"]  # nothing of logs is shown
    # The label that a column was drawn with is as good as its name; the hidden column is neutral.
    for amount in ("total", "amount_due"):
        got = counts(case.tables, PAIR_SQL.format(amount=amount))
        assert got["column"] == (3, 3, 3)
        assert got["fk"] == (1, 1, 1)


def test_a_hidden_key_is_not_asked_for(tmp_path: Path) -> None:
    hidden = PAIR | {
        "visibility": PAIR["visibility"] | {"orders.customer_id": "hidden"},
        "evidence": {"orders.total": [1]},
    }
    (case,) = loaded(tmp_path, hidden)
    assert [t["foreign_keys"] for t in case.tables] == [[], []]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, total NUMERIC, customer_id BIGINT)",
        """CREATE TABLE customers (id BIGINT PRIMARY KEY, name TEXT);
        CREATE TABLE orders (id BIGINT PRIMARY KEY, total NUMERIC, customer_id BIGINT REFERENCES customers (id))""",
    ],
    ids=["without", "with"],
)
def test_a_key_to_a_table_of_which_nothing_is_shown_is_open(tmp_path: Path, sql: str) -> None:
    nothing = {"customers.id": "hidden", "customers.name": "hidden"}
    (case,) = loaded(tmp_path, PAIR | {"visibility": PAIR["visibility"] | nothing})
    assert [t["name"] for t in case.tables] == ["orders"]
    got = counts(case.tables, sql)
    assert (got["table"], got["column"]) == ((1, 1, 1), (2, 2, 2))
    assert got["fk"] == got["relation"] == (0, 0, 0)


def test_the_key_of_a_shown_table_is_implied(tmp_path: Path) -> None:
    """A many-to-many of which the screen implies one side only: its table has two keys all the same."""
    links = {
        "name": "customers_orders",
        "columns": [{"name": "customer_id", "type": "bigint"}, {"name": "order_id", "type": "bigint"}],
        "primary_key": ["customer_id", "order_id"],
        "foreign_keys": [
            {"columns": [f"{one}_id"], "references": {"table": f"{one}s", "columns": ["id"]}}
            for one in ("customer", "order")
        ],
    }
    seen = {"customers_orders.customer_id": "implied", "customers_orders.order_id": "hidden"}
    more = {
        "schema": {"tables": [*PAIR["schema"]["tables"], links]},
        "visibility": PAIR["visibility"] | seen,
    }
    (case,) = loaded(tmp_path, PAIR | more)
    (table,) = (t for t in case.tables if t["name"] == "customers_orders")
    assert [(c["name"], c["visible"]) for c in table["columns"]] == [("customer_id", False), ("order_id", False)]
    assert [k["ref_table"] for k in table["foreign_keys"]] == ["customers", "orders"]


def test_the_own_answer_of_every_pair_is_right() -> None:
    """What a model is taught to say of a pair is what the pair is scored by."""
    cases = {case.name: case for case in load_set(VALIDATION).cases}
    got = {pair.id: counts(cases[pair.id].tables, answer(pair)) for pair in read_pairs(VALIDATION / FILE)}
    assert got.keys() == cases.keys()
    wrong = {name: {m: c for m, c in own.items() if len(set(c)) > 1} for name, own in got.items()}
    assert {name: own for name, own in wrong.items() if own} == {}
    assert totals(list(got.values()))["GhostScore"] == 1.0


def test_what_any_screen_shows_of_an_app_is_shown(tmp_path: Path) -> None:
    def table(name: str, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"name": name, "columns": list(columns), "foreign_keys": []} | more

    list_ = table(
        "orders",
        {"name": "total", "type": "integer", "label": "Sum", "visible": True},
        {"name": "note", "type": "text", "visible": False},
        aliases=["purchases"],
        other_columns=["paid_on"],
    )
    form = table(
        "orders",
        {"name": "total", "type": "numeric", "label": ["Sum", "Amount"], "visible": False},
        {"name": "note", "type": "text", "visible": True, "label": None},
        {"name": "customer_id", "type": "integer", "visible": True},
        foreign_keys=[{"columns": ["customer_id"], "ref_table": "customers"}],
        visible_title="New order",
    )
    refs = [
        {"image": "1.png", "app": "shop", "tables": [list_]},
        {"image": "2.png", "app": "shop", "tables": [form, table("customers", {"name": "name", "type": "text"})]},
    ]
    put(tmp_path / "refs.json", refs)
    put(tmp_path / "1.png", "")
    put(tmp_path / "2.png", "")
    (case,) = by_app(load_set(tmp_path)).cases
    orders, customers = case.tables
    total, note, customer = orders["columns"]
    assert total["visible"]
    assert note["visible"]
    assert (total["type"], total["type_alternatives"]) == ("integer", ["numeric"])
    assert total["label"] == ["Sum", "Amount"]
    assert (orders["aliases"], orders["visible_title"]) == (["purchases"], ["New order"])
    assert orders["other_columns"] == ["paid_on"]
    assert customers["name"] == "customers"
    sql = """CREATE TABLE customers (id INT PRIMARY KEY, name TEXT);
    CREATE TABLE orders (id INT PRIMARY KEY, amount NUMERIC, note TEXT, paid_on DATE,
        customer_id INT REFERENCES customers (id))"""
    assert counts(case.tables, sql)["typed"] == (4, 4, 4)
    assert counts(case.tables, sql)["relation"] == (1, 1, 1)
    assert customer["name"] == "customer_id"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("list (tab of a detail page)", "list"),
        ("detail with two tables", "detail"),
        ("Order form", "order form"),
        ("", ""),
    ],
)
def test_general_kind(kind: str, expected: str) -> None:
    assert general_kind(kind) == expected


@pytest.mark.parametrize(
    ("refs", "message"),
    [
        ([], "holds no references"),
        ({}, "a list is expected"),
        ("[", "is not JSON"),
        ([3], "entry 1: an object is expected"),
        ([{"tables": []}], "neither image nor image_file"),
        ([{"image": "gone.png", "tables": []}], r"the image gone\.png is missing"),
        ([{"image": "a.png"}], "tables: a list is expected"),
        ([{"image": "a.png", "tables": [{"name": "t"}]}], "columns: a list is expected"),
        ([{"image": "a.png", "tables": [{"name": "t", "columns": [{}]}]}], "has no name"),
        ([{"image": "a.png", "tables": []}, {"image": "a.png", "tables": []}], "two references are named 'a'"),
    ],
)
def test_what_is_no_set(tmp_path: Path, refs: object, message: str) -> None:
    put(tmp_path / "refs.json", refs)
    put(tmp_path / "a.png", "")
    with pytest.raises(InputError, match=message):
        load_set(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no references") as e:
        load_set(tmp_path / "nowhere")
    assert "refs.json" in e.value.hint
