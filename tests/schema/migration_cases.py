"""Pairs of schemas by hand, the rows of the first, and what has to stand in the second after a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ghost_architect.schema.objects import Schema
from ghost_architect.schema.parse import parse

from .engine_samples import ENGINES

Row = Mapping[str, str | None]


def schema(sql: str) -> Schema:
    """A schema from PostgreSQL's SQL, all of which is understood."""
    parsed = parse(sql)
    assert parsed.unread == ()
    return parsed.schema


@dataclass(frozen=True)
class Case:
    """Two schemas, the rows of the first, and what has to stand in the second.

    `only` is the engines on which it is so; `options` go to `migration`.
    """

    name: str
    old: str
    new: str
    rows: Mapping[str, tuple[Row, ...]]
    after: Mapping[str, tuple[Row, ...]]
    options: Mapping[str, object] = field(default_factory=dict)
    only: tuple[str, ...] = ENGINES


PEOPLE = "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL, fax VARCHAR(20));"
ANN_BO = ({"id": "1", "name": "Ann", "fax": "12"}, {"id": "2", "name": "Bö 'x'", "fax": None})
SHOP = (
    PEOPLE
    + """
CREATE TABLE orders (
    id BIGINT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    total NUMERIC(8, 2) CHECK (total >= 0)
);
CREATE INDEX orders_person_id_idx ON orders (person_id);"""
)
SHOP_ROWS = {
    "people": ANN_BO,
    "orders": ({"id": "7", "person_id": "1", "total": "12.50"}, {"id": "8", "person_id": "1", "total": None}),
}
STATE = "CREATE TYPE s AS ENUM ({}); CREATE TABLE t (id INT PRIMARY KEY, state s NOT NULL{});"
STATES = {"t": ({"id": "1", "state": "open"}, {"id": "2", "state": "paid"})}


def words(*values: str, more: str = "") -> str:
    return STATE.format(", ".join(f"'{v}'" for v in values), more)


CASES = (
    Case("a column more", PEOPLE, PEOPLE.replace("fax", "phone TEXT, fax"), {"people": ANN_BO},
         {"people": tuple({**row, "phone": None} for row in ANN_BO)}),
    Case("a required column with a default", PEOPLE, PEOPLE.replace("fax", "points INT NOT NULL DEFAULT 5, fax"),
         {"people": ANN_BO}, {"people": tuple({**row, "points": "5"} for row in ANN_BO)}),
    Case("a required column that is filled", PEOPLE, PEOPLE.replace("fax", "city TEXT NOT NULL, fax"),
         {"people": ANN_BO}, {"people": tuple({**row, "city": "it's"} for row in ANN_BO)},
         {"fills": ["people.city=it's"]}),
    Case("required now, empty ones filled", PEOPLE, PEOPLE.replace("fax VARCHAR(20)", "fax VARCHAR(20) NOT NULL"),
         {"people": ANN_BO}, {"people": (ANN_BO[0], {**ANN_BO[1], "fax": "none"})}, {"fills": ["people.fax=none"]}),
    Case("optional now", PEOPLE, PEOPLE.replace(" NOT NULL", ""), {"people": ANN_BO}, {"people": ANN_BO}),
    Case("a column that is not wanted stays", PEOPLE, PEOPLE.replace(", fax VARCHAR(20)", ""),
         {"people": ANN_BO}, {"people": ANN_BO}),
    Case("a required column that is not wanted stays and is not required", PEOPLE,
         PEOPLE.replace("name VARCHAR(40) NOT NULL, ", ""), {"people": ANN_BO}, {"people": ANN_BO}),
    Case("a column is dropped", PEOPLE, PEOPLE.replace(", fax VARCHAR(20)", ""), {"people": ANN_BO},
         {"people": tuple({"id": r["id"], "name": r["name"]} for r in ANN_BO)}, {"drop": True}),
    Case("a column is renamed", PEOPLE, PEOPLE.replace(" name", " person_name"), {"people": ANN_BO},
         {"people": tuple({"id": r["id"], "person_name": r["name"], "fax": r["fax"]} for r in ANN_BO)}),
    Case("the same column with renames off", PEOPLE, PEOPLE.replace(" name VARCHAR(40) NOT NULL", " person_name TEXT"),
         {"people": ANN_BO}, {"people": tuple({**r, "person_name": None} for r in ANN_BO)}, {"guess": False}),
    Case("a rename that is said", PEOPLE, PEOPLE.replace("fax", "number"), {"people": ANN_BO},
         {"people": tuple({"id": r["id"], "name": r["name"], "number": r["fax"]} for r in ANN_BO)},
         {"renames": ["people.fax=number"], "guess": False}),
    Case("two columns change places", "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b TEXT, c TEXT);",
         "CREATE TABLE t (id INT PRIMARY KEY, c TEXT, d TEXT, e TEXT);",
         {"t": ({"id": "1", "a": "A", "b": "B", "c": "C"},)}, {"t": ({"id": "1", "d": "A", "e": "B", "c": "C"},)},
         {"renames": ["t.a=d", "t.b=e"], "guess": False}),
    Case("a table is renamed, with what points at it", SHOP, SHOP.replace("people", "clients"), SHOP_ROWS,
         {"clients": ANN_BO, "orders": SHOP_ROWS["orders"]}, {"renames": ["people=clients"]}),
    Case("a table comes, one goes aside", SHOP, PEOPLE + "CREATE TABLE bills (id INT PRIMARY KEY, sum INT);", SHOP_ROWS,
         {"people": ANN_BO, "orders": SHOP_ROWS["orders"], "bills": ()}),
    Case("a table is dropped", SHOP, PEOPLE, SHOP_ROWS, {"people": ANN_BO}, {"drop": True}),
    Case("longer text and numbers", SHOP, SHOP.replace("40", "90").replace("8, 2", "14, 2"), SHOP_ROWS, SHOP_ROWS),
    Case("shorter text that fits", SHOP, SHOP.replace("40", "9"), SHOP_ROWS, SHOP_ROWS),
    Case("a key of another type on both sides", SHOP.replace("BIGINT", "INT"), SHOP, SHOP_ROWS, SHOP_ROWS),
    Case("numbers become texts", "CREATE TABLE t (id INT PRIMARY KEY, n INT);",
         "CREATE TABLE t (id INT PRIMARY KEY, n TEXT);", {"t": ({"id": "1", "n": "-42"}, {"id": "2", "n": None})},
         {"t": ({"id": "1", "n": "-42"}, {"id": "2", "n": None})}),
    Case("texts become numbers", "CREATE TABLE t (id INT PRIMARY KEY, n TEXT);",
         "CREATE TABLE t (id INT PRIMARY KEY, n INT);", {"t": ({"id": "1", "n": "-42"}, {"id": "2", "n": None})},
         {"t": ({"id": "1", "n": "-42"}, {"id": "2", "n": None})}),
    Case("texts become dates", "CREATE TABLE t (id INT PRIMARY KEY, d TEXT);",
         "CREATE TABLE t (id INT PRIMARY KEY, d DATE);", {"t": ({"id": "1", "d": "2026-02-28"},)},
         {"t": ({"id": "1", "d": "2026-02-28"},)}),
    Case("a date becomes a moment", "CREATE TABLE t (id INT PRIMARY KEY, d DATE);",
         "CREATE TABLE t (id INT PRIMARY KEY, d TIMESTAMP);", {"t": ({"id": "1", "d": "2026-02-28"},)},
         {"t": ({"id": "1", "d": "2026-02-28 00:00:00"},)}, only=("postgres", "mysql")),
    Case("a number becomes yes or no", "CREATE TABLE t (id INT PRIMARY KEY, b INT);",
         "CREATE TABLE t (id INT PRIMARY KEY, b BOOLEAN);",
         {"t": ({"id": "1", "b": "3"}, {"id": "2", "b": "0"}, {"id": "3", "b": None})},
         {"t": ({"id": "1", "b": "1"}, {"id": "2", "b": "0"}, {"id": "3", "b": None})}, only=("mysql", "sqlite")),
    Case("a type that nothing becomes: the values stand beside it", "CREATE TABLE t (id INT PRIMARY KEY, x INT);",
         "CREATE TABLE t (id INT PRIMARY KEY, x BYTEA);", {"t": ({"id": "1", "x": "5"},)},
         {"t": ({"id": "1", "x": None, "x_old": "5"},)}),
    Case("an enum grows at its end", words("open", "paid"), words("open", "paid", "sent"), STATES, STATES),
    Case("an enum grows in the middle", words("open", "paid"), words("a", "open", "x", "paid"), STATES, STATES),
    Case("an enum grows, and its new value is the default", words("open", "paid"),
         words("open", "paid", "sent", more=" DEFAULT 'sent'"), STATES, STATES),
    Case("an enum loses a value that nobody has", words("open", "x", "paid"), words("open", "paid"), STATES, STATES),
    Case("an enum has another order and another default", words("open", "paid", more=" DEFAULT 'open'"),
         words("paid", "open", more=" DEFAULT 'paid'"), STATES, STATES),
    Case("an enum becomes text", words("open", "paid", more=" DEFAULT 'open'"),
         "CREATE TABLE t (id INT PRIMARY KEY, state VARCHAR(9) NOT NULL DEFAULT 'open');", STATES, STATES),
    Case("text becomes an enum", "CREATE TABLE t (id INT PRIMARY KEY, state TEXT NOT NULL);", words("open", "paid"),
         STATES, STATES),
    Case("a unique, a check and an index come", SHOP,
         SHOP.replace("NOT NULL, fax", "NOT NULL UNIQUE, fax").replace("total >= 0", "total >= 1")
         + "CREATE INDEX people_fax_idx ON people (fax);", SHOP_ROWS, SHOP_ROWS),
    Case("they go", SHOP.replace("NOT NULL, fax", "NOT NULL UNIQUE, fax"),
         SHOP.replace(" CHECK (total >= 0)", "").partition("CREATE INDEX")[0],
         SHOP_ROWS, SHOP_ROWS),
    Case("a foreign key comes", SHOP.replace(" REFERENCES people (id)", ""), SHOP, SHOP_ROWS, SHOP_ROWS),
    Case("a foreign key goes", SHOP, SHOP.replace(" REFERENCES people (id)", ""), SHOP_ROWS, SHOP_ROWS),
    Case("a foreign key does something else", SHOP, SHOP.replace("people (id)", "people (id) ON DELETE CASCADE"),
         SHOP_ROWS, SHOP_ROWS),
    Case("another primary key", SHOP, SHOP.replace("id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL",
         "id BIGINT UNIQUE, name VARCHAR(40) PRIMARY KEY"), SHOP_ROWS, SHOP_ROWS,
         {"fills": ["people.id=0"]}),
    Case("no primary key any more, and a numbered one beside it", PEOPLE,
         PEOPLE.replace("id BIGINT PRIMARY KEY", "nr BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id BIGINT"),
         {"people": ANN_BO}, {"people": ({**ANN_BO[0], "nr": "1"}, {**ANN_BO[1], "nr": "2"})}),
    Case("rows are numbered from now on", PEOPLE,
         PEOPLE.replace("id BIGINT", "id BIGINT GENERATED BY DEFAULT AS IDENTITY"), {"people": ANN_BO},
         {"people": ANN_BO}),
    Case("rows are not numbered any more", PEOPLE.replace("id BIGINT", "id BIGINT GENERATED BY DEFAULT AS IDENTITY"),
         PEOPLE, {"people": ANN_BO}, {"people": ANN_BO}),
    Case("a number 0 stays 0", PEOPLE, PEOPLE.replace("id BIGINT", "id BIGINT GENERATED BY DEFAULT AS IDENTITY"),
         {"people": ({"id": "0", "name": "Zero", "fax": None},)},
         {"people": ({"id": "0", "name": "Zero", "fax": None},)}),
    Case("comments come and go", PEOPLE + "COMMENT ON COLUMN people.fax IS 'a';",
         PEOPLE + "COMMENT ON TABLE people IS 'it''s'; COMMENT ON COLUMN people.name IS '\"n\"';", {"people": ANN_BO},
         {"people": ANN_BO}),
    Case("tables that point at each other",
         "CREATE TABLE a (id INT PRIMARY KEY, b_id INT);"
         "CREATE TABLE b (id INT PRIMARY KEY, a_id INT REFERENCES a (id));"
         "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id);",
         "CREATE TABLE a (id BIGINT PRIMARY KEY, b_id BIGINT);"
         "CREATE TABLE b (id BIGINT PRIMARY KEY, a_id BIGINT REFERENCES a (id) ON DELETE SET NULL);"
         "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id);",
         {"a": ({"id": "1", "b_id": None},), "b": ({"id": "2", "a_id": "1"},)},
         {"a": ({"id": "1", "b_id": None},), "b": ({"id": "2", "a_id": "1"},)}),
    Case("a table that points at itself", "CREATE TABLE t (id INT PRIMARY KEY, up INT REFERENCES t (id));",
         "CREATE TABLE t (nr BIGINT PRIMARY KEY, up BIGINT REFERENCES t (nr), note TEXT NOT NULL DEFAULT '');",
         {"t": ({"id": "1", "up": None}, {"id": "2", "up": "1"})},
         {"t": ({"nr": "1", "up": None, "note": ""}, {"nr": "2", "up": "1", "note": ""})}, {"renames": ["t.id=nr"]}),
)  # fmt: skip
